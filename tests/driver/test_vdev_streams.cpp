// SPDX-License-Identifier: Zlib
// Streams of many packets through warpz-vdev on an accelerator of its host: what the device begins to decompress it goes on
// with, what is compressed changes hands at any packet, and a stream that the device has lost is told to be lost.
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>

#include "driver/backed_client.hpp"
#include "driver/stream_packets.hpp"

using namespace warpz::vfio_user;
namespace data = boost::unit_test::data;
using warpz::device::AddressMode;
using warpz::device::model::FaultKind;
using warpz::test::BackedClient;
using warpz::test::kGzipStream;
using warpz::test::kRawStream;
using warpz::test::kZlibStream;
using warpz::test::model_of;
using warpz::test::reference_zlib;
using warpz::test::StreamFormat;
using warpz::test::StreamPackets;

namespace {

constexpr std::uint32_t kBytes = BackedClient::kBytes;
/// Bytes that make many blocks.
std::vector<std::uint8_t> noisy_sample() {
    std::vector<std::uint8_t> plain = BackedClient::sample();
    std::uint32_t seed = 1;
    for (std::size_t i = 0; i < plain.size(); i += 3) {
        seed = seed * 1664525 + 1013904223;
        plain[i] = static_cast<std::uint8_t>(seed >> 24);
    }
    return plain;
}

std::vector<std::uint8_t> packed(const StreamFormat& format) {
    std::vector<std::uint8_t> plain = noisy_sample();
    std::vector<std::uint8_t> out(kBytes + 1000);
    z_stream stream{};
    BOOST_TEST_REQUIRE(reference_zlib().deflateInit2_(&stream, 6, Z_DEFLATED, format.window_bits, 8,
                                                      Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                                                      sizeof stream) == Z_OK);
    stream.next_in = plain.data();
    stream.avail_in = kBytes;
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    BOOST_TEST_REQUIRE(reference_zlib().deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    reference_zlib().deflateEnd(&stream);
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(format.header.size()));
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vdev_streams)

BOOST_DATA_TEST_CASE(a_stream_is_decompressed_by_the_device_packet_by_packet,
                     data::make({AddressMode::kBounce, AddressMode::kShared}) *
                         data::make({0, 1, 2}) * data::make({3000, 60000, 180000}) *
                         data::make({700, 190000}),
                     mode, format, in_bytes, space) {
    const StreamFormat& form = format == 0 ? kZlibStream : format == 1 ? kGzipStream : kRawStream;
    BackedClient client(model_of(mode), WARPZ_QC_TYPE_DECOMPRESS, {.proof = Proof::kNone});
    StreamPackets stream(client, form);
    const auto in = packed(form);
    stream.inflate(in, static_cast<std::size_t>(in_bytes), static_cast<std::uint32_t>(space));
    BOOST_TEST(stream.status == WARPZ_ZIP_STATUS_END);
    BOOST_TEST(stream.at == in.size());
    BOOST_TEST((stream.out == noisy_sample()));
    BOOST_TEST(client.by_cores() == 0U);
    BOOST_TEST(client.told("device_failures") == 0U);
    BOOST_TEST(client.told("failed") == 0U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_the_device_loses_is_told_to_be_lost_and_can_be_found_again) {
    // All queues are stopped, twice; the context is as it was.
    BackedClient client(
        model_of(AddressMode::kBounce, {.kind = FaultKind::kReset, .first = 4, .count = 2}),
        WARPZ_QC_TYPE_DECOMPRESS);
    StreamPackets stream(client, kZlibStream);
    const auto in = packed(kZlibStream);
    stream.inflate(in, 10000, 190000, 5);
    BOOST_TEST(stream.status == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    const auto so_far = stream.out.size();
    BOOST_TEST((so_far > 0 && so_far < kBytes));
    stream.inflate(in, 10000, 190000);
    BOOST_TEST(stream.status == WARPZ_ZIP_STATUS_END);
    BOOST_TEST((stream.out == noisy_sample()));
}

BOOST_DATA_TEST_CASE(a_stream_outlives_the_loss_of_a_queue,
                     data::make({FaultKind::kReset, FaultKind::kWrongTag, FaultKind::kWrongIndex}),
                     kind) {
    auto model = model_of(AddressMode::kBounce);
    for (std::size_t i = 0; i < 4; ++i) model.faults.faults[i] = {.kind = kind, .first = 2 + 3 * i};
    BackedClient client(model, WARPZ_QC_TYPE_DECOMPRESS,
                        {.patience_us = 4'000'000, .pause_us = 60'000'000});
    StreamPackets stream(client, kZlibStream);
    stream.inflate(packed(kZlibStream), 10000, 190000);
    BOOST_TEST(stream.status == WARPZ_ZIP_STATUS_END);
    BOOST_TEST((stream.out == noisy_sample()));
    BOOST_TEST(client.by_cores() == 0U);
    BOOST_TEST(client.told("device_failures") == 4U);
}

BOOST_DATA_TEST_CASE(a_wrong_byte_in_the_middle_of_a_stream_is_not_seen,
                     data::make({FaultKind::kBitFlip, FaultKind::kWrongLength,
                                 FaultKind::kWrongChecksum}),
                     kind) {
    BackedClient client(
        model_of(AddressMode::kBounce, {.kind = kind, .first = 2, .count = 1000, .detail = 77}),
        WARPZ_QC_TYPE_DECOMPRESS);
    StreamPackets stream(client, kGzipStream);
    stream.inflate(packed(kGzipStream), 10000, 190000);
    BOOST_TEST(stream.status == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    const auto plain = noisy_sample();
    BOOST_TEST((!stream.out.empty() && stream.out.size() < kBytes));
    BOOST_TEST(std::equal(stream.out.begin(), stream.out.end(), plain.begin()));
    BOOST_TEST(client.told("device_failures") == 1U);
}

BOOST_AUTO_TEST_CASE(a_reset_of_the_guests_device_ends_its_streams) {
    BackedClient client(model_of(AddressMode::kBounce), WARPZ_QC_TYPE_DECOMPRESS);
    StreamPackets stream(client, kZlibStream);
    const auto in = packed(kZlibStream);
    stream.inflate(in, 10000, 190000, 3);
    BOOST_TEST(stream.is_good());
    BOOST_TEST(client.call(Command::kReset).error() == 0U);
    BOOST_TEST(client.unmap(0, warpz::test::VdevClient::kMemoryBytes) == 0U);
    client.start_queue(WARPZ_QC_TYPE_DECOMPRESS);
    stream.inflate(in, 10000, 190000, 1);
    BOOST_TEST(stream.status == WARPZ_ZIP_STATUS_BAD_CONTEXT);
}

BOOST_AUTO_TEST_CASE(a_context_that_the_guest_has_changed_harms_nobody) {
    for (const std::uint32_t at : {64U, 72U, 0xc00U, 0xd00U, 0x9fd0U, 0xa100U, 0xffc0U, 0xfff0U}) {
        BackedClient client(model_of(AddressMode::kShared), WARPZ_QC_TYPE_DECOMPRESS);
        StreamPackets stream(client, kZlibStream);
        const auto in = packed(kZlibStream);
        stream.inflate(in, 10000, 190000, 2);
        BOOST_TEST(stream.is_good());
        client.region()[StreamPackets::kContext + at] ^= 0x55;
        stream.inflate(in, 10000, 190000);
        // Where nobody has put anything it may even go well.
        if (stream.status == WARPZ_ZIP_STATUS_END) BOOST_TEST((stream.out == noisy_sample()));
    }
}

/// Every other packet finds no device: a queue that is lost, and no pause after it.
BOOST_AUTO_TEST_CASE(what_is_compressed_changes_hands_at_any_packet) {
    auto model = model_of(AddressMode::kShared);
    for (std::size_t i = 0; i < 4; ++i) {
        model.faults.faults[i] = {.kind = FaultKind::kReset, .first = 1 + 2 * i};
    }
    BackedClient client(model);
    StreamPackets stream(client, kZlibStream);
    const auto plain = noisy_sample();
    constexpr std::size_t kPart = 20000;
    for (std::size_t at = 0; at < kBytes; at += kPart) {
        const bool is_last = at + kPart == kBytes;
        usleep(1000);
        stream.packet(std::span(plain).subspan(at, kPart), 30000, is_last);
        BOOST_TEST(stream.is_good());
    }
    std::vector<std::uint8_t> whole(std::begin(client.kHeader), std::end(client.kHeader));
    whole.insert(whole.end(), stream.out.begin(), stream.out.end());
    std::vector<std::uint8_t> out(kBytes);
    uLongf size = out.size();
    BOOST_TEST(reference_zlib().uncompress(out.data(), &size, whole.data(), whole.size()) == Z_OK);
    BOOST_TEST((size == kBytes && out == plain));
    BOOST_TEST(client.by_device() == 6U);
    BOOST_TEST(client.by_cores() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
