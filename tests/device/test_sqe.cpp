// SPDX-License-Identifier: Zlib
// Descriptor words one by one: what is written for a job, and what the answers mean.
#include <cstring>

#include "device/device_fixture.hpp"
#include "device/sqe.hpp"
#include "device/window_ring.hpp"
#include "support/bit_builder.hpp"

using namespace warpz;
using namespace warpz::device;
using namespace warpz::test;

extern "C" int uapi_words(const Sqe* sqe);  // uapi_layout.c

namespace {

constexpr DeviceInfo kV2{.name = "v2",
                         .generation = Generation::kV2,
                         .address_mode = AddressMode::kShared,
                         .formats = 0b110,
                         .numa_node = 0};
constexpr DeviceInfo kV3{.name = "v3",
                         .generation = Generation::kV3,
                         .address_mode = AddressMode::kShared,
                         .formats = 0b111,
                         .numa_node = 0};

std::uint32_t word(const Sqe& sqe, std::size_t index) {
    return load_le<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(&sqe) + 4 * index);
}

Sqe build(const Job& job, const DeviceInfo& device, Placement placement) {
    Sqe sqe;
    std::memset(&sqe, 0xee, sizeof sqe);
    placement.tag = 0x12345678;
    build_sqe(sqe, job, device, placement);
    return sqe;
}

CachedBits judge(const BitBuilder& bits, unsigned from = 0) {
    Bytes stream = bits.stream();
    const auto count = static_cast<unsigned>(stream.size() * 8) - from;
    stream.resize(16);
    return judge_cached_bits(load_le<std::uint64_t>(stream.data()) >> from, count);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(descriptors)

BOOST_AUTO_TEST_CASE(c_and_cpp_agree_on_the_layout) {
    const Sqe sqe{};
    BOOST_TEST(uapi_words(&sqe) == 32);
}

BOOST_AUTO_TEST_CASE(a_first_packet_in_both_types) {
    const Bytes in(4096);
    Bytes out(9000);
    const Job job{.format = Format::kZlib, .level = 6, .in = in, .out = out};
    const Placement placement{.in = 0x1122334455667788,
                              .out = 0x99aabbccddeeff00,
                              .context = 0x0123456789abcd40,
                              .is_stateful = true,
                              .is_first = true,
                              .tag = 0,
                              .carried = nullptr};
    for (const DeviceInfo& device : {kV2, kV3}) {
        const Sqe sqe = build(job, device, placement);
        const bool is_v3 = device.generation == Generation::kV3;
        std::uint32_t expected[32] = {};
        expected[4] = 4096;
        expected[7] = 1U << 26 | 1U << 27 | (is_v3 ? 3U << 28 : 0);
        expected[9] = 0x02 | 2U << 12;  // zlib, flat, 16 KiB
        expected[13] = is_v3 ? 0 : 0x12345678;
        expected[14] = 9000;
        expected[18] = 0x55667788;
        expected[19] = 0x11223344;
        expected[20] = 0xddeeff00;
        expected[21] = 0x99aabbcc;
        expected[22] = 0x89abcd40;
        expected[23] = 0x01234567;
        expected[26] = is_v3 ? 0x12345678 : 0;
        for (std::size_t i = 0; i < 32; ++i) {
            BOOST_TEST_CONTEXT("dword " << i) { BOOST_TEST(word(sqe, i) == expected[i]); }
        }
        BOOST_TEST(tag_of(sqe, device.generation) == 0x12345678U);
    }
}

BOOST_AUTO_TEST_CASE(a_continued_stream_carries_its_words) {
    const Bytes in(7);
    Bytes out(400);
    const CarriedWords carried{0x11, 0x22, 0x33, 0x44, 0x55};
    const Job job{.format = Format::kGzip, .is_last = true, .level = 9, .in = in, .out = out};
    const Sqe sqe = build(job, kV3, {4096, 8192, 12'352, true, false, 0, &carried});
    BOOST_TEST(word(sqe, 7) == (1U << 25 | 1U << 26 | 3U << 28));
    BOOST_TEST(word(sqe, 9) == (0x03U | 4U << 12));
    BOOST_TEST(word(sqe, 15) == 0x11U);
    BOOST_TEST(word(sqe, 28) == 0x22U);
    BOOST_TEST(word(sqe, 29) == 0x33U);
    BOOST_TEST(word(sqe, 30) == 0x55U);
    BOOST_TEST(word(sqe, 31) == 0x44U);
}

BOOST_AUTO_TEST_CASE(output_space_is_cut_to_the_limit_and_raw_packets_borrow_zlib) {
    const Bytes in(4096);
    Bytes out(kMaxPacketBytes + 5);
    const Placement placement{4096, 8192, 64, true, true, 0, nullptr};
    const Job job{.format = Format::kRaw, .in = in, .out = out};
    BOOST_TEST(word(build(job, kV3, placement), 14) == kMaxPacketBytes);
    BOOST_TEST((word(build(job, kV3, placement), 9) & 0xff) == 0x01U);
    BOOST_TEST((word(build(job, kV2, placement), 9) & 0xff) == 0x02U);
    BOOST_TEST(check_job(job, kV2) == Status::kOk);
}

BOOST_AUTO_TEST_CASE(the_gzip_register_is_the_complement_reversed) {
    BOOST_TEST(crc_of_register(0xffffffff) == 0U);
    BOOST_TEST(crc_of_register(0xfffffffe) == 0x80000000U);
    BOOST_TEST(crc_of_register(0x7fffffff) == 0x00000001U);
    BOOST_TEST(crc_of_register(~0x0f000000U) == 0x000000f0U);
    for (const std::uint32_t crc : {0U, 1U, 0xcbf43926U, 0xdeadbeefU}) {
        BOOST_TEST(crc_of_register(register_of_crc(crc)) == crc);
    }
}

BOOST_AUTO_TEST_CASE(results_of_inflate_in_the_order_of_the_rules) {
    const Bytes in(100);
    Bytes out(1000);
    const Job job{.operation = Operation::kInflate, .format = Format::kZlib, .in = in, .out = out};
    struct Row {
        std::uint32_t dw3, consumed, produced, ctx_dw0, ctx_dw1;
        Outcome outcome;
    };
    constexpr std::uint32_t kFinal = WARPZ_ZIP_CTX0_BFINAL;
    const Row rows[] = {
        {0x113, 100, 50, 0, 0, Outcome::kStreamEnd},
        {0x013, 100, 50, 0, 0, Outcome::kDone},  // end without the last block's flag
        {0x100, 100, 50, 0, 0, Outcome::kDone},  // the flag alone
        {0x00d, 100, 50, 0, 0, Outcome::kDone},
        {0x000, 100, 1000, 1, 0, Outcome::kMoreOutput},
        {0x000, 100, 1000, 2 | kFinal, 5, Outcome::kMoreOutput},
        {0x000, 99, 1000, 2 | kFinal, 5, Outcome::kDone},
        {0x000, 100, 1000, 2, 5, Outcome::kDone},
        {0x000, 100, 1000, 2 | kFinal, 0, Outcome::kDone},
        {0x000, 100, 10, 3, 0, Outcome::kDone},
        {0x000, 100, 10, 4, 0, Outcome::kDone},
        {0x000, 0, 0, 0, 0, Outcome::kFailed},  // no progress
        {0x000, 0, 0, 1, 0, Outcome::kFailed},
        {0x00e, 100, 10, 0, 0, Outcome::kNeedSpace},
        {0x010, 100, 10, 0, 0, Outcome::kBadData},
        {0x082, 100, 10, 0, 0, Outcome::kBadData},
        {0x041, 100, 10, 0, 0, Outcome::kFailed},
        {0x001, 100, 10, 0, 0, Outcome::kFailed},
    };
    for (const Row& row : rows) {
        Sqe sqe{};
        sqe.dw3 = to_le(row.dw3);
        sqe.consumed = to_le(row.consumed);
        sqe.produced = to_le(row.produced);
        sqe.ctx_dw0 = to_le(row.ctx_dw0);
        sqe.ctx_dw1 = to_le(row.ctx_dw1);
        const Reading reading = read_sqe(sqe, job, {});
        BOOST_TEST(reading.is_sane);
        BOOST_TEST(reading.completion.outcome == row.outcome);
        BOOST_TEST(reading.completion.device_status == (row.dw3 & 0xff));
        const bool has_counts = row.outcome <= Outcome::kStreamEnd;
        BOOST_TEST(reading.completion.consumed == (has_counts ? row.consumed : 0));
        BOOST_TEST(reading.completion.produced == (has_counts ? row.produced : 0));
    }
    // An empty packet that brings nothing is no reason to send another.
    const Job drain{.operation = Operation::kInflate, .format = Format::kZlib, .out = out};
    Sqe sqe{};
    sqe.ctx_dw0 = to_le(std::uint32_t{1});
    BOOST_TEST(read_sqe(sqe, drain, {}).completion.outcome == Outcome::kDone);
    sqe.produced = to_le(std::uint32_t{1001});
    BOOST_TEST(!read_sqe(sqe, drain, {}).is_sane);
    sqe.produced = 0;
    sqe.consumed = to_le(std::uint32_t{1});
    BOOST_TEST(!read_sqe(sqe, drain, {}).is_sane);
}

BOOST_AUTO_TEST_CASE(a_deflate_packet_is_done_when_all_of_it_is) {
    const Bytes in(100);
    Bytes out(1000);
    Job job{.in = in, .out = out};
    Sqe sqe{};
    sqe.consumed = to_le(std::uint32_t{100});
    sqe.produced = to_le(std::uint32_t{30});
    BOOST_TEST(read_sqe(sqe, job, {}).completion.outcome == Outcome::kDone);
    job.is_last = true;
    BOOST_TEST(read_sqe(sqe, job, {}).completion.outcome == Outcome::kStreamEnd);
    sqe.consumed = to_le(std::uint32_t{96});
    BOOST_TEST(read_sqe(sqe, job, {}).completion.outcome == Outcome::kFailed);
    sqe.consumed = to_le(std::uint32_t{100});
    sqe.produced = 0;
    BOOST_TEST(read_sqe(sqe, job, {}).completion.outcome == Outcome::kFailed);
}

BOOST_AUTO_TEST_CASE(cached_bits_of_raw_streams) {
    using enum CachedBits;
    // Fixed blocks.
    BOOST_TEST((judge(BitBuilder().block_header(true, 1).end_of_block_fixed()) == kFinalBlock));
    BOOST_TEST((judge(BitBuilder().block_header(false, 1).end_of_block_fixed()) == kIncomplete));
    BOOST_TEST(
        (judge(BitBuilder().block_header(true, 1).fixed_literals("ab").end_of_block_fixed()) ==
         kFinalBlock));
    BOOST_TEST((
        judge(BitBuilder().block_header(true, 1).fixed_literals("\xf0\xff").end_of_block_fixed()) ==
        kFinalBlock));
    BOOST_TEST((judge(BitBuilder().block_header(true, 1).fixed_match(3, 1).end_of_block_fixed()) ==
                kFinalBlock));
    BOOST_TEST(
        (judge(BitBuilder().block_header(true, 1).fixed_match(258, 4).end_of_block_fixed()) ==
         kFinalBlock));
    BOOST_TEST((judge(BitBuilder().block_header(true, 1).fixed_match(130, 1)) == kIncomplete));
    BOOST_TEST((judge(BitBuilder().block_header(true, 1).fixed_literals("abc")) == kIncomplete));
    BOOST_TEST((judge(BitBuilder().block_header(true, 1).fixed_symbol(286)) == kMalformed));
    BOOST_TEST((judge(BitBuilder().block_header(true, 1).fixed_symbol(287)) == kMalformed));
    BOOST_TEST((judge(BitBuilder().block_header(true, 1).fixed_symbol(257).fixed_distance_symbol(
                    30)) == kMalformed));
    // Block types.
    BOOST_TEST((judge(BitBuilder().block_header(true, 3)) == kMalformed));
    BOOST_TEST((judge(BitBuilder().block_header(false, 3)) == kMalformed));
    BOOST_TEST((judge(BitBuilder().block_header(true, 2)) == kIncomplete));
    // Stored blocks, their header at each bit of a byte: the bits before it were decoded.
    for (unsigned from = 0; from < 8; ++from) {
        const auto stored = [from](unsigned len, unsigned nlen) {
            return judge(BitBuilder().bits(0, from).stored_header(true, len, nlen), from);
        };
        BOOST_TEST((stored(0, 0xffff) == kFinalBlock));
        BOOST_TEST((stored(1, 0xfffe) == kIncomplete));
        BOOST_TEST((stored(0, 0xfffe) == kMalformed));
        BOOST_TEST((judge(BitBuilder().bits(0, from).block_header(true, 0).align().u16(0), from) ==
                    kIncomplete));
    }
    BOOST_TEST((judge_cached_bits(0, 0) == kIncomplete));
    BOOST_TEST((judge_cached_bits(1, 2) == kIncomplete));
}

BOOST_AUTO_TEST_CASE(cached_bits_decide_for_raw_streams_between_blocks) {
    const Bytes in(100);
    Bytes out(1000);
    const Job job{.operation = Operation::kInflate, .format = Format::kRaw, .in = in, .out = out};
    Bytes context(WARPZ_ZIP_CTX_BYTES);
    Sqe sqe{};
    sqe.consumed = to_le(std::uint32_t{100});
    sqe.produced = to_le(std::uint32_t{10});
    sqe.ctx_dw0 =
        to_le(std::uint32_t{WARPZ_ZIP_CTX_BLOCK_BOUNDARY | 16U << WARPZ_ZIP_CTX0_HEAD_BITS_SHIFT});
    sqe.ctx_dw2 = to_le(std::uint32_t{1001});  // the bits follow at 1008
    std::uint8_t* bits = context.data() + 64 + 0xc00 + 1008;
    bits[0] = 0x03;
    BOOST_TEST(read_sqe(sqe, job, context).completion.outcome == Outcome::kMoreOutput);
    bits[0] = 0x07;
    BOOST_TEST(read_sqe(sqe, job, context).completion.outcome == Outcome::kBadData);
    bits[0] = 0x02;
    BOOST_TEST(read_sqe(sqe, job, context).completion.outcome == Outcome::kDone);
    // A window that the context cannot hold.
    sqe.ctx_dw2 = to_le(std::uint32_t{0xffff});
    BOOST_TEST(read_sqe(sqe, job, context).completion.outcome == Outcome::kBadData);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(window_ring)

BOOST_AUTO_TEST_CASE(pieces_never_overlap_and_all_room_comes_back) {
    constexpr std::size_t kBytes = 4096;
    Random random(3);
    WindowRing ring;
    ring.create(kBytes + 17);
    BOOST_TEST(ring.capacity() == kBytes);
    struct Taken {
        WindowRing::Piece piece;
        std::size_t size;
    };
    std::vector<Taken> taken;
    std::size_t refusals = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (random.one_in(2)) {
            const std::size_t size = random.between(1, random.one_in(10) ? kBytes : 900);
            const WindowRing::Piece piece = ring.take(size);
            if (piece.taken_bytes == 0) {
                ++refusals;
                BOOST_REQUIRE(!taken.empty());
                continue;
            }
            BOOST_REQUIRE_LE(piece.offset + size, kBytes);
            BOOST_REQUIRE_EQUAL(piece.offset % WindowRing::kAlignBytes, 0U);
            for (const Taken& other : taken) {
                BOOST_REQUIRE((piece.offset + size <= other.piece.offset ||
                               other.piece.offset + other.size <= piece.offset));
            }
            taken.push_back({piece, size});
        } else if (!taken.empty()) {
            ring.give_back(taken.front().piece);
            taken.erase(taken.begin());
        }
    }
    BOOST_TEST(refusals > 100U);
    while (!taken.empty()) {
        ring.give_back(taken.front().piece);
        taken.erase(taken.begin());
    }
    BOOST_TEST(ring.take(kBytes).taken_bytes == kBytes);
    BOOST_TEST(ring.take(1).taken_bytes == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
