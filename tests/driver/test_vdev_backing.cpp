// SPDX-License-Identifier: Zlib
// warpz-vdev on an accelerator of its host: jobs that are whole streams, each fault of such a device with a right answer
// for the guest in spite of it, and the limits, which hold as on cores.
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <chrono>

#include "driver/backed_client.hpp"
#include "guarded_copy.hpp"

using namespace warpz::vfio_user;
namespace data = boost::unit_test::data;
using warpz::device::AddressMode;
using warpz::device::Generation;
using warpz::device::model::FaultKind;
using warpz::device::model::ModelOptions;
using warpz::test::BackedClient;
using warpz::test::Bus;
using warpz::test::model_of;
using warpz::test::reference_zlib;

namespace {

constexpr std::uint32_t kBytes = BackedClient::kBytes;
constexpr AddressMode kModes[] = {AddressMode::kBounce, AddressMode::kShared};

struct Form {
    std::uint32_t request;
    int window_bits;
};
constexpr Form kForms[] = {{WARPZ_ZIP_REQUEST_DEFLATE, -15}, {WARPZ_ZIP_REQUEST_ZLIB, 15}};

/// The sample, by the system's zlib, without the header.
std::vector<std::uint8_t> packed_sample(int window_bits) {
    std::vector<std::uint8_t> plain = BackedClient::sample();
    std::vector<std::uint8_t> packed(kBytes);
    z_stream stream{};
    BOOST_TEST_REQUIRE(reference_zlib().deflateInit2_(&stream, 6, Z_DEFLATED, window_bits, 8,
                                                      Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                                                      sizeof stream) == Z_OK);
    stream.next_in = plain.data();
    stream.avail_in = kBytes;
    stream.next_out = packed.data();
    stream.avail_out = kBytes;
    BOOST_TEST_REQUIRE(reference_zlib().deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    reference_zlib().deflateEnd(&stream);
    if (window_bits > 0) packed.erase(packed.begin(), packed.begin() + 2);
    return packed;
}

/// The whole sample decompressed by one job.
void expect_inflated(BackedClient& client, const Form& form) {
    const std::vector<std::uint8_t> packed = packed_sample(form.window_bits);
    std::memcpy(client.region() + Bus::kIn, packed.data(), packed.size());
    warpz_zip_sqe sqe = Bus::descriptor(static_cast<std::uint32_t>(packed.size()));
    sqe.dw9 = form.request;
    sqe.output_length = kBytes + 1000;
    std::memset(client.region() + Bus::kOut, 0, kBytes);
    const warpz_zip_sqe answer = client.run(sqe);
    BOOST_TEST(client.status_of(answer) == WARPZ_ZIP_STATUS_END);
    BOOST_TEST(answer.consumed == packed.size());
    BOOST_TEST(answer.produced == kBytes);
    BOOST_TEST(std::memcmp(client.region() + Bus::kOut, client.sample().data(), kBytes) == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vdev_backing)

BOOST_DATA_TEST_CASE(what_the_device_compresses_the_system_decompresses, data::make(kModes), mode) {
    BackedClient client(model_of(mode));
    for (int i = 0; i < 3; ++i) client.expect_deflated();
    BOOST_TEST(client.by_device() == 3U);
    BOOST_TEST(client.by_cores() == 0U);
    BOOST_TEST(client.told("device_failures") == 0U);
    BOOST_TEST(client.told("device_bytes") > 3U * kBytes);
}

BOOST_DATA_TEST_CASE(what_the_system_compresses_the_device_decompresses, data::make(kModes), mode) {
    BackedClient client(model_of(mode), WARPZ_QC_TYPE_DECOMPRESS);
    expect_inflated(client, kForms[1]);
    BOOST_TEST(client.by_device() == 1U);
}

BOOST_DATA_TEST_CASE(raw_data_has_no_proof, data::make({Proof::kAll, Proof::kSome}), proof) {
    BackedClient client(model_of(AddressMode::kBounce), WARPZ_QC_TYPE_DECOMPRESS, {.proof = proof});
    expect_inflated(client, kForms[0]);
    BOOST_TEST(client.by_device() == (proof == Proof::kAll ? 0U : 1U));
    BOOST_TEST(client.told("device_failures") == 0U);
}

BOOST_AUTO_TEST_CASE(lists_are_gathered_before_and_scattered_after) {
    BackedClient client(model_of(AddressMode::kShared));
    const auto put_list = [&](std::uint32_t at, std::uint32_t first, std::uint32_t cut,
                              std::uint32_t second, std::uint32_t size) {
        warpz_zip_sgl list{};
        list.chain_entries = list.entries = list.capacity = 2;
        warpz_zip_sge entries[2]{};
        entries[0].address = first;
        entries[0].length = cut;
        entries[1].address = second;
        entries[1].length = size - cut;
        std::memcpy(client.region() + at, &list, sizeof list);
        std::memcpy(client.region() + at + sizeof list, entries, sizeof entries);
    };
    constexpr std::uint32_t kSize = 60000;
    constexpr std::uint32_t kOutBytes = kSize + kSize / 8 + 256;
    constexpr std::uint32_t kLists = Bus::kIn + 0x38000;
    // The sample's first 60,000 bytes, the second part of them elsewhere.
    std::memmove(client.region() + Bus::kIn + 100001, client.region() + Bus::kIn + 12345,
                 kSize - 12345);
    put_list(kLists, Bus::kIn, 12345, Bus::kIn + 100001, kSize);
    put_list(kLists + 256, Bus::kOut + 7, 333, Bus::kOut + 100000, kOutBytes);
    warpz_zip_sqe sqe = Bus::descriptor(kSize);
    sqe.dw9 |= WARPZ_ZIP_BUFFER_SGL << WARPZ_ZIP_DW9_BUFFER_SHIFT;
    sqe.source_addr[0] = kLists;
    sqe.dest_addr[0] = kLists + 256;
    const warpz_zip_sqe answer = client.run(sqe);
    BOOST_TEST(client.status_of(answer) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST_REQUIRE(answer.produced > 333U);
    std::vector<std::uint8_t> packed(std::begin(client.kHeader), std::end(client.kHeader));
    const std::uint8_t* region = client.region();
    packed.insert(packed.end(), region + Bus::kOut + 7, region + Bus::kOut + 7 + 333);
    packed.insert(packed.end(), region + Bus::kOut + 100000,
                  region + Bus::kOut + 100000 + answer.produced - 333);
    std::vector<std::uint8_t> out(kSize);
    uLongf size = out.size();
    BOOST_TEST(reference_zlib().uncompress(out.data(), &size, packed.data(), packed.size()) ==
               Z_OK);
    BOOST_TEST((size == kSize && std::memcmp(out.data(), client.sample().data(), kSize) == 0));
    BOOST_TEST(client.by_device() == 1U);
}

BOOST_AUTO_TEST_CASE(what_does_not_fill_a_granule_is_stored_at_the_end) {
    BackedClient client(model_of(AddressMode::kBounce));
    for (std::uint32_t size = 1; size < 13; ++size) {
        warpz_zip_sqe sqe = Bus::descriptor(size);
        const warpz_zip_sqe answer = client.run(sqe);
        BOOST_TEST(client.status_of(answer) <= WARPZ_ZIP_STATUS_NEGATIVE);
        std::vector<std::uint8_t> packed(std::begin(client.kHeader), std::end(client.kHeader));
        const std::uint8_t* at = client.region() + Bus::kOut;
        packed.insert(packed.end(), at, at + answer.produced);
        std::vector<std::uint8_t> out(size);
        uLongf got = out.size();
        BOOST_TEST(reference_zlib().uncompress(out.data(), &got, packed.data(), packed.size()) ==
                   Z_OK);
        BOOST_TEST((got == size && std::memcmp(out.data(), client.sample().data(), size) == 0));
    }
    BOOST_TEST(client.by_device() == 9U);
    BOOST_TEST(client.by_cores() == 3U);
}

// What a device without a raw format borrows another's name for.
BOOST_AUTO_TEST_CASE(a_device_of_the_second_version_will_do) {
    BackedClient client({.generation = Generation::kV2});
    client.expect_deflated();
    BOOST_TEST(client.by_device() == 1U);
}

BOOST_DATA_TEST_CASE(whatever_a_device_does_the_answer_is_right,
                     data::make({FaultKind::kHang, FaultKind::kLate, FaultKind::kWrongTag,
                                 FaultKind::kWrongIndex, FaultKind::kWrongLength,
                                 FaultKind::kConsumedTooMuch, FaultKind::kProducedTooMuch,
                                 FaultKind::kStatus, FaultKind::kWrongChecksum, FaultKind::kBitFlip,
                                 FaultKind::kStuckPhase, FaultKind::kReset, FaultKind::kRemoval}) *
                         data::make(kModes) * data::make({0, 1}),
                     kind, mode, at) {
    // A checksum matters where the device is asked for one, and a flipped bit may be one that nobody reads.
    const std::uint64_t detail = kind == FaultKind::kLate     ? 100'000'000
                                 : kind == FaultKind::kStatus ? 0x41
                                                              : 3000;
    const warpz::device::model::ModelFault fault{
        .kind = kind, .first = static_cast<std::uint64_t>(at), .count = 1000, .detail = detail};
    constexpr HostOptions kOnce{.patience_us = 200'000, .pause_us = 60'000'000};
    BackedClient deflating(model_of(mode, fault), WARPZ_QC_TYPE_COMPRESS, kOnce);
    for (int i = 0; i < 3; ++i) deflating.expect_deflated();
    if (kind != FaultKind::kWrongChecksum) {
        BOOST_TEST(deflating.by_cores() >= 2U);
        BOOST_TEST(deflating.told("device_failures") >= 1U);
    }
    BackedClient inflating(model_of(mode, fault), WARPZ_QC_TYPE_DECOMPRESS, kOnce);
    for (int i = 0; i < 3; ++i) expect_inflated(inflating, kForms[1]);
    BOOST_TEST(inflating.by_cores() >= 2U);
    BOOST_TEST(inflating.told("device_failures") >= 1U);
}

BOOST_AUTO_TEST_CASE(a_device_without_a_free_queue_is_not_waited_for) {
    ModelOptions model;
    model.faults.has_no_queues = true;
    BackedClient client(model);
    for (int i = 0; i < 3; ++i) client.expect_deflated();
    BOOST_TEST(client.by_cores() == 3U);
    BOOST_TEST(client.told("device_failures") == 0U);
}

BOOST_AUTO_TEST_CASE(a_device_that_was_lost_is_left_alone_and_used_again) {
    BackedClient client(model_of(AddressMode::kBounce, {.kind = FaultKind::kHang}),
                        WARPZ_QC_TYPE_COMPRESS, {.patience_us = 100'000, .pause_us = 300'000});
    client.expect_deflated();
    client.expect_deflated();
    usleep(400'000);
    client.expect_deflated();
    BOOST_TEST(client.by_cores() == 2U);
    BOOST_TEST(client.by_device() == 1U);
}

BOOST_AUTO_TEST_CASE(bad_data_is_bad_data_only_when_the_cores_say_so) {
    BackedClient client({}, WARPZ_QC_TYPE_DECOMPRESS);
    std::vector<std::uint8_t> packed = packed_sample(15);
    packed[packed.size() - 1] ^= 1;
    std::memcpy(client.region() + Bus::kIn, packed.data(), packed.size());
    warpz_zip_sqe sqe = Bus::descriptor(static_cast<std::uint32_t>(packed.size()));
    sqe.output_length = kBytes + 1000;
    BOOST_TEST(client.status_of(client.run(sqe)) == WARPZ_ZIP_STATUS_CHECKSUM);
    BOOST_TEST(client.by_cores() == 1U);
    BOOST_TEST(client.told("device_failures") == 0U);
}

BOOST_AUTO_TEST_CASE(limits_hold_on_a_device_as_well) {
    const auto host = warpz::test::host_of(model_of(AddressMode::kBounce), BackedClient::kOptions);
    warpz::test::RunningClient client(
        {.queues = 4, .bytes_per_second = 1'000'000, .backing = host});
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 6; ++i) client.expect_deflated();
    // Each is paid for before the next, but for an eighth of a second's worth.
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(800)));
    BOOST_TEST(client.told("device_jobs") == 6U);
}

BOOST_AUTO_TEST_CASE(a_client_may_leave_while_the_device_hangs) {
    const auto host = warpz::test::host_of(
        model_of(AddressMode::kShared, {.kind = FaultKind::kHang}), {.patience_us = 2'000'000});
    {
        warpz::test::RunningClient client({.queues = 4, .backing = host});
        client.submit(Bus::descriptor(kBytes));
        usleep(50'000);
        const auto begin = std::chrono::steady_clock::now();
        client.hang_up();
        BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(1500)));
    }
    warpz::test::RunningClient next({.queues = 4, .backing = host});
    next.expect_deflated();
}

BOOST_AUTO_TEST_CASE(nodes_that_are_none_are_said_to_be_none) {
    for (const char* name : {"no_such_zip-0", "/dev/null", "../null", "", "."}) {
        std::string problem;
        BOOST_TEST((HostDevice::find(name, {}, problem) == nullptr));
        BOOST_TEST(!problem.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_mapping_that_goes_away_ends_the_call_and_not_the_process) {
#ifdef __SANITIZE_THREAD__
    BOOST_TEST_MESSAGE("skipped: under the thread sanitizer the signal does not arrive");
    return;
#endif
    install_copy_guard();
    const Fd file(memfd_create("rings", MFD_CLOEXEC));
    BOOST_TEST_REQUIRE(ftruncate(file.get(), 4096) == 0);
    void* rings = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    BOOST_TEST_REQUIRE(rings != MAP_FAILED);
    const auto touch = [](void* at) noexcept { *static_cast<volatile std::uint8_t*>(at) = 1; };
    BOOST_TEST(guarded_call(touch, rings));
    BOOST_TEST_REQUIRE(ftruncate(file.get(), 0) == 0);
    BOOST_TEST(!guarded_call(touch, rings));
    munmap(rings, 4096);
}

BOOST_AUTO_TEST_SUITE_END()
