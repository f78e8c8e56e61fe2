// SPDX-License-Identifier: Zlib
// The device's side of the protocol, descriptor by descriptor: what the executor refuses, what it answers, and that
// nothing in a descriptor, a list or a context leads it astray.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <cstring>

#include "device/device_fixture.hpp"
#include "device/model/descriptor_executor.hpp"
#include "support/bit_builder.hpp"

using namespace warpz;
using namespace warpz::device;
using namespace warpz::device::model;
using namespace warpz::test;

namespace {

/// Memory of a device behind a bus: addresses from kBase, nothing else in reach. With `is_mapped` it can be touched
/// directly, else by copies only.
class BusMemory final : public DeviceMemory {
  public:
    static constexpr std::uint64_t kBase = 0x7000'0000;

    explicit BusMemory(std::size_t size, bool is_mapped) : bytes(size), is_mapped_(is_mapped) {}
    ~BusMemory() = default;

    std::uint8_t* map(std::uint64_t address, std::size_t size) noexcept override {
        return is_mapped_ ? at(address, size) : nullptr;
    }
    bool read(std::uint64_t address, std::span<std::uint8_t> to) noexcept override {
        const std::uint8_t* from = at(address, to.size());
        if (from != nullptr) std::memcpy(to.data(), from, to.size());
        return from != nullptr;
    }
    bool write(std::uint64_t address, std::span<const std::uint8_t> from) noexcept override {
        std::uint8_t* to = at(address, from.size());
        if (to != nullptr) std::memcpy(to, from.data(), from.size());
        return to != nullptr;
    }

    Bytes bytes;

  private:
    std::uint8_t* at(std::uint64_t address, std::size_t size) {
        if (address < kBase || address - kBase > bytes.size() ||
            size > bytes.size() - (address - kBase)) {
            return nullptr;
        }
        return bytes.data() + (address - kBase);
    }
    bool is_mapped_;
};

constexpr std::uint64_t kIn = BusMemory::kBase;
constexpr std::uint64_t kOut = BusMemory::kBase + (1 << 20);
constexpr std::uint64_t kContext = BusMemory::kBase + (2 << 20);
constexpr std::uint64_t kLists = BusMemory::kBase + (3 << 20);
constexpr std::size_t kMemory = 4 << 20;

struct Bench {
    explicit Bench(Generation generation = Generation::kV3, bool is_mapped = true)
        : memory(kMemory, is_mapped) {
        executor.create({.generation = generation, .level = 6}, SealKey{1, 2});
        type = generation == Generation::kV3 ? 3 : 0;
    }
    ~Bench() { executor.destroy(); }

    /// A descriptor for `in` bytes at kIn.
    Sqe descriptor(std::uint32_t request, std::size_t in, std::size_t out,
                   std::uint32_t flags) const {
        Sqe sqe{};
        sqe.input_length = static_cast<std::uint32_t>(in);
        sqe.output_length = static_cast<std::uint32_t>(out);
        sqe.dw7 = flags | type << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT;
        sqe.dw9 = request | WARPZ_ZIP_WINDOW_32K << WARPZ_ZIP_DW9_WINDOW_SHIFT;
        sqe.source_addr[0] = static_cast<std::uint32_t>(kIn);
        sqe.dest_addr[0] = static_cast<std::uint32_t>(kOut);
        if ((flags & WARPZ_ZIP_DW7_STATEFUL) != 0) {
            sqe.stream_ctx_addr[0] = static_cast<std::uint32_t>(kContext + WARPZ_ZIP_CTX_HW_OFFSET);
        }
        sqe.tag_type0 = 77;
        sqe.tag_type3[0] = 88;
        return sqe;
    }
    void put(const Bytes& content, std::uint64_t address = kIn) {
        std::copy(content.begin(), content.end(),
                  memory.bytes.begin() + static_cast<std::ptrdiff_t>(address - BusMemory::kBase));
    }
    Bytes get(std::size_t size, std::uint64_t address = kOut) const {
        const auto begin =
            memory.bytes.begin() + static_cast<std::ptrdiff_t>(address - BusMemory::kBase);
        return {begin, begin + static_cast<std::ptrdiff_t>(size)};
    }
    unsigned run(Sqe& sqe, Operation operation) {
        BOOST_REQUIRE(executor.execute(sqe, operation, memory));
        return sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK;
    }
    unsigned deflate(Sqe& sqe) { return run(sqe, Operation::kDeflate); }
    unsigned inflate(Sqe& sqe) { return run(sqe, Operation::kInflate); }

    BusMemory memory;
    DescriptorExecutor executor;
    std::uint32_t type;
};

constexpr std::uint32_t kFinish = WARPZ_ZIP_DW7_FINISH;
constexpr std::uint32_t kStateful = WARPZ_ZIP_DW7_STATEFUL;
constexpr std::uint32_t kNew = WARPZ_ZIP_DW7_STREAM_NEW;
constexpr std::uint32_t kRaw = WARPZ_ZIP_REQUEST_DEFLATE;
constexpr std::uint32_t kZlib = WARPZ_ZIP_REQUEST_ZLIB;
constexpr std::uint32_t kGzip = WARPZ_ZIP_REQUEST_GZIP;

Format format_of(std::uint32_t request) {
    if (request == kRaw) return Format::kRaw;
    return request == kZlib ? Format::kZlib : Format::kGzip;
}

/// The words that a submitter carries from a finished descriptor to the next one.
void carry(const Sqe& from, Sqe& to) {
    to.ctx_dw0 = from.ctx_dw0;
    to.ctx_dw1 = from.ctx_dw1;
    to.ctx_dw2 = from.ctx_dw2;
    to.checksum = from.checksum;
    to.isize = from.isize;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(executor)

BOOST_AUTO_TEST_CASE(fields_that_break_a_rule_are_refused) {
    Bench v3;
    Bench v2(Generation::kV2);
    const auto status = [](Bench& bench, Operation operation, auto change) {
        Sqe sqe = bench.descriptor(kZlib, 4096, 8192, kFinish);
        change(sqe);
        return bench.run(sqe, operation);
    };
    const unsigned kBad = WARPZ_ZIP_STATUS_BAD_REQUEST;
    using enum Operation;
    BOOST_TEST(status(v3, kDeflate, [](Sqe&) {}) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(status(v2, kDeflate, [](Sqe&) {}) == WARPZ_ZIP_STATUS_OK);
    // The other generation's descriptors.
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw7 = kFinish; }) == kBad);
    BOOST_TEST(status(v2, kDeflate, [](Sqe& s) { s.dw7 |= 3U << 28; }) == kBad);
    // Raw deflate on v3 only; others nowhere.
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw9 = kRaw; }) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(status(v2, kDeflate, [](Sqe& s) { s.dw9 = kRaw; }) == kBad);
    BOOST_TEST(status(v2, kInflate, [](Sqe& s) { s.dw9 = kRaw; }) == kBad);
    for (const std::uint32_t request : {0x00U, 0x04U, 0x10U, 0x40U, 0x43U, 0xffU}) {
        BOOST_TEST(status(v3, kDeflate, [&](Sqe& s) { s.dw9 = request; }) == kBad);
    }
    // Words of other engines.
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.lba[1] = 1; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw12 = 1; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw9 |= 2 << 8; }) == kBad);   // buffer type
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw9 |= 7 << 12; }) == kBad);  // window
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw8 = 2; }) ==
               kBad);  // an offset without a list
    // Sizes.
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.input_length = (8 << 20) + 1; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.output_length = (8 << 20) + 1; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.input_length = 0; }) == kBad);
    BOOST_TEST(status(v3, kInflate, [](Sqe& s) { s.input_length = 0; }) == kBad);
}

BOOST_AUTO_TEST_CASE(packets_that_go_on_are_multiples_of_four) {
    Bench bench;
    bench.put(make_sample(Sample::kText, 4096));
    for (std::size_t size = 1; size <= 12; ++size) {
        Sqe sqe = bench.descriptor(kZlib, size, 8192, kStateful | kNew);
        BOOST_TEST((bench.deflate(sqe) == WARPZ_ZIP_STATUS_BAD_REQUEST) == (size % 4 != 0));
        sqe = bench.descriptor(kZlib, size, 8192, kStateful | kNew | kFinish);
        BOOST_TEST(bench.deflate(sqe) != WARPZ_ZIP_STATUS_BAD_REQUEST);
    }
    Sqe sqe = bench.descriptor(kZlib, 4096, 8192, 0);  // stateless, and not the last
    BOOST_TEST(bench.deflate(sqe) == WARPZ_ZIP_STATUS_BAD_REQUEST);
}

BOOST_AUTO_TEST_CASE(output_space_has_four_thresholds) {
    Bench bench;
    bench.put(make_sample(Sample::kZeros, 4096));  // room is demanded even where it is not needed
    const auto deflate = [&](std::size_t in, std::size_t out, std::uint32_t flags) {
        Sqe sqe = bench.descriptor(kZlib, in, out, flags);
        return bench.deflate(sqe);
    };
    BOOST_TEST(deflate(4096, 4608, kFinish) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(deflate(4096, 4607, kFinish) == WARPZ_ZIP_STATUS_NO_SPACE);
    BOOST_TEST(deflate(4, 201, kStateful | kNew) == WARPZ_ZIP_STATUS_NEGATIVE);
    BOOST_TEST(deflate(4, 200, kStateful | kNew) == WARPZ_ZIP_STATUS_NO_SPACE);
    BOOST_TEST(deflate(4, 200, kFinish) == WARPZ_ZIP_STATUS_NEGATIVE);
    BOOST_TEST(deflate(1, 16, kFinish) == WARPZ_ZIP_STATUS_NEGATIVE);
    Sqe sqe = bench.descriptor(kZlib, 1, 15, kFinish);
    BOOST_TEST(!bench.executor.execute(sqe, Operation::kDeflate, bench.memory));  // ignored
    // More than the rule's 9/8 may still be too little: a trailer and stored blocks' headers.
    bench.put(make_sample(Sample::kRandom, 4096));
    BOOST_TEST(deflate(8, 17, kFinish) == WARPZ_ZIP_STATUS_NEGATIVE);
}

BOOST_AUTO_TEST_CASE(an_answer_keeps_tag_and_request) {
    Bench bench;
    bench.put(make_sample(Sample::kText, 4096));
    const Sqe given = bench.descriptor(kGzip, 4096, 8192, kFinish);
    Sqe sqe = given;
    BOOST_TEST(bench.deflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.tag_type0 == 77U);
    BOOST_TEST(sqe.tag_type3[0] == 88U);
    BOOST_TEST(sqe.dw7 == given.dw7);
    BOOST_TEST(sqe.dw9 == given.dw9);
    BOOST_TEST(sqe.consumed == 4096U);
    BOOST_TEST(sqe.isize == 4096U);
    BOOST_TEST(sqe.checksum == register_of_crc(simple_crc32(make_sample(Sample::kText, 4096))));
}

BOOST_DATA_TEST_CASE(streams_of_all_formats_window_sizes_and_ways_to_memory,
                     boost::unit_test::data::make({kRaw, kZlib, kGzip}) *
                         boost::unit_test::data::make({0, 1, 2, 3, 4}) *
                         boost::unit_test::data::make({true, false}),
                     request, window, is_mapped) {
    Bench bench(Generation::kV3, is_mapped);
    const Bytes plain = make_sample(Sample::kRecords, 230'000);
    Bytes packed;
    Sqe last{};
    for (std::size_t at = 0; at < plain.size();) {
        const std::size_t count = std::min<std::size_t>(60'000, plain.size() - at);
        const bool is_last = at + count == plain.size();
        bench.put({plain.begin() + static_cast<std::ptrdiff_t>(at),
                   plain.begin() + static_cast<std::ptrdiff_t>(at + count)});
        Sqe sqe = bench.descriptor(request, count, 100'000,
                                   kStateful | (at == 0 ? kNew : 0) | (is_last ? kFinish : 0));
        sqe.dw9 = request | static_cast<std::uint32_t>(window) << WARPZ_ZIP_DW9_WINDOW_SHIFT;
        if (at != 0) {
            carry(last, sqe);
        } else {
            sqe.checksum = 0xbad;  // registers are not looked at when a stream begins
            sqe.isize = 0xbad;
            sqe.ctx_dw2 = 0xbad;
        }
        BOOST_REQUIRE_EQUAL(bench.deflate(sqe), unsigned{WARPZ_ZIP_STATUS_OK});
        const Bytes made = bench.get(sqe.produced);
        if (!is_last) {
            // A sync flush: an empty stored block at the end.
            const Bytes marker{0, 0, 0xff, 0xff};
            BOOST_REQUIRE(std::equal(marker.begin(), marker.end(), made.end() - 4));
        }
        packed.insert(packed.end(), made.begin(), made.end());
        last = sqe;
        at += count;
    }
    BOOST_REQUIRE(inflate_by_zlib(format_of(request), packed) == plain);

    // And back, in one packet and in many.
    for (const std::size_t piece : {packed.size(), std::size_t{999}}) {
        Bytes decoded;
        bool is_new = true;
        unsigned status = 0;
        for (std::size_t at = 0; status != WARPZ_ZIP_STATUS_END;) {
            const std::size_t count = std::min(piece, packed.size() - at);
            bench.put({packed.begin() + static_cast<std::ptrdiff_t>(at),
                       packed.begin() + static_cast<std::ptrdiff_t>(at + count)});
            Sqe sqe = bench.descriptor(request, count, 300'000, kStateful | (is_new ? kNew : 0));
            if (!is_new) carry(last, sqe);
            status = bench.inflate(sqe);
            BOOST_REQUIRE((status == WARPZ_ZIP_STATUS_OK || status == WARPZ_ZIP_STATUS_END));
            const Bytes made = bench.get(sqe.produced);
            decoded.insert(decoded.end(), made.begin(), made.end());
            at += sqe.consumed;
            last = sqe;
            is_new = false;
        }
        BOOST_TEST((last.dw3 & WARPZ_ZIP_DW3_LAST_BLOCK) != 0U);
        BOOST_TEST(last.isize == plain.size());
        BOOST_REQUIRE(decoded == plain);
    }
}

BOOST_AUTO_TEST_CASE(state_words_of_inflate) {
    Bench bench;
    const Bytes plain = make_sample(Sample::kText, 50'000);
    const Bytes packed = deflate_by_zlib(Format::kZlib, plain);
    bench.put(packed);
    const auto ctx_state = [](const Sqe& sqe) { return sqe.ctx_dw0 & WARPZ_ZIP_CTX0_STATE_MASK; };
    const auto head_bits = [](const Sqe& sqe) {
        return (sqe.ctx_dw0 & WARPZ_ZIP_CTX0_HEAD_BITS_MASK) >> WARPZ_ZIP_CTX0_HEAD_BITS_SHIFT;
    };

    // Output full, input left.
    Sqe first = bench.descriptor(kZlib, packed.size(), 1000, kStateful | kNew);
    BOOST_TEST(bench.inflate(first) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(first.produced == 1000U);
    BOOST_TEST(first.consumed < packed.size());
    BOOST_TEST(ctx_state(first) == WARPZ_ZIP_CTX_OUTPUT_FULL);
    BOOST_TEST(first.ctx_dw2 == 1000U);  // the window so far

    // All input there, trailer incomplete.
    Sqe sqe = bench.descriptor(kZlib, packed.size() - 2, 100'000, kStateful | kNew);
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.produced == plain.size());
    BOOST_TEST(ctx_state(sqe) == WARPZ_ZIP_CTX_TRAILER);
    BOOST_TEST((sqe.ctx_dw0 & WARPZ_ZIP_CTX0_BFINAL) != 0U);
    BOOST_TEST(sqe.ctx_dw2 == 32'768U);
    bench.put({packed.end() - 2, packed.end()});
    Sqe end = bench.descriptor(kZlib, 2, 16, kStateful);
    carry(sqe, end);
    BOOST_TEST(bench.inflate(end) == WARPZ_ZIP_STATUS_END);
    BOOST_TEST(end.consumed == 2U);

    // A match that is longer than the output: all input decoded, the rest by an empty packet.
    const Bytes run = BitBuilder()
                          .block_header(true, 1)
                          .fixed_literals("a")
                          .fixed_match(258, 1)
                          .fixed_match(258, 1)
                          .end_of_block_fixed()
                          .stream();
    bench.put(run);
    sqe = bench.descriptor(kRaw, run.size(), 16, kStateful | kNew);
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.produced == 16U);
    BOOST_TEST(sqe.consumed < run.size());  // the end of block waits with its byte
    BOOST_TEST(ctx_state(sqe) == WARPZ_ZIP_CTX_OUTPUT_FULL);

    bench.put(run);
    sqe = bench.descriptor(kRaw, 3, 16,
                           kStateful | kNew);  // a part that ends within the first match's codes
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
    Sqe drain = bench.descriptor(kRaw, 0, 500, kStateful);
    carry(sqe, drain);
    BOOST_TEST(bench.inflate(drain) == WARPZ_ZIP_STATUS_OK);

    // Between blocks, and the bits read ahead are shown behind the window.
    const Bytes blocks = BitBuilder()
                             .block_header(false, 1)
                             .fixed_literals("abc")
                             .end_of_block_fixed()
                             .block_header(true, 1)
                             .stream();
    bench.put(blocks);
    sqe = bench.descriptor(kRaw, 5, 500, kStateful | kNew);
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.produced == 3U);
    BOOST_TEST(sqe.ctx_dw2 == 3U);
    if (head_bits(sqe) != 0) {
        const Bytes cached = bench.get(1, kContext + WARPZ_ZIP_CTX_HW_OFFSET + 0xc00 + 16);
        BOOST_TEST(cached[0] == blocks[4] >> (8 - head_bits(sqe)));
    }
}

BOOST_AUTO_TEST_CASE(corrupt_streams_and_wrong_trailers_have_their_status) {
    const Bytes plain = make_sample(Sample::kText, 10'000);
    for (const std::uint32_t request : {kZlib, kGzip}) {
        const Bytes packed = deflate_by_zlib(format_of(request), plain);
        for (std::size_t back = 1; back <= (request == kZlib ? 4 : 8); ++back) {
            Bench bench;
            Bytes bad = packed;
            bad.at(bad.size() - back) ^= 1;
            bench.put(bad);
            Sqe sqe = bench.descriptor(request, bad.size(), 20'000, kFinish);
            BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_CHECKSUM);
            BOOST_TEST(sqe.produced == 0U);
        }
        Bench bench;
        Bytes bad = packed;
        bad[0] |= 6;
        bench.put(bad);
        Sqe sqe = bench.descriptor(request, bad.size(), 20'000, kStateful | kNew);
        BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_BAD_DATA);
        // Whole streams: the output must hold all, the input may end early.
        bench.put(packed);
        sqe = bench.descriptor(request, packed.size(), 9999, kFinish);
        BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_NO_SPACE);
        sqe = bench.descriptor(request, packed.size() / 2, 10'000, kFinish);
        BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
        BOOST_TEST(sqe.produced < 10'000U);
        sqe = bench.descriptor(request, packed.size(), 10'000, kFinish);
        BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_END);
    }
}

BOOST_AUTO_TEST_CASE(contexts_are_believed_only_as_they_were_written) {
    Bench bench;
    const Bytes plain = make_sample(Sample::kText, 30'000);
    const Bytes packed = deflate_by_zlib(Format::kZlib, plain);
    const Bytes memory_before = bench.memory.bytes;
    const std::size_t half = packed.size() / 2;
    const auto go_on = [&](auto meddle) {
        bench.memory.bytes = memory_before;
        bench.put(packed);
        Sqe sqe = bench.descriptor(kZlib, half, 40'000, kStateful | kNew);
        BOOST_REQUIRE_EQUAL(bench.inflate(sqe), unsigned{WARPZ_ZIP_STATUS_OK});
        const Sqe done = sqe;
        bench.put({packed.begin() + static_cast<std::ptrdiff_t>(half), packed.end()});
        sqe = bench.descriptor(kZlib, packed.size() - half, 40'000, kStateful);
        carry(done, sqe);
        meddle(sqe);
        return bench.inflate(sqe);
    };
    std::uint8_t* const context =
        bench.memory.bytes.data() + (kContext - BusMemory::kBase) + WARPZ_ZIP_CTX_HW_OFFSET;
    BOOST_TEST(go_on([](Sqe&) {}) == WARPZ_ZIP_STATUS_END);
    // Words that were not carried along.
    BOOST_TEST(go_on([](Sqe& s) { s.ctx_dw0 ^= 1; }) == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    BOOST_TEST(go_on([](Sqe& s) { s.ctx_dw1 ^= 1; }) == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    BOOST_TEST(go_on([](Sqe& s) { s.ctx_dw2 ^= 1; }) == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    BOOST_TEST(go_on([](Sqe& s) { s.checksum ^= 1; }) == WARPZ_ZIP_STATUS_CHECKSUM);
    // Another format, another operation.
    BOOST_TEST(go_on([](Sqe& s) { s.dw9 ^= kZlib ^ kGzip; }) == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    // Forged state: any bit of the header and of the decoder; the window is data, and shows in the check value.
    Random random(5);
    for (int i = 0; i < 300; ++i) {
        const bool in_decoder = random.one_in(2);
        const std::size_t at =
            in_decoder ? 0xa000 - 64 + random.below(sizeof(inflate::Inflater)) : random.below(56);
        const auto bit = static_cast<std::uint8_t>(1U << random.below(8));
        BOOST_TEST(go_on([&](Sqe&) { context[at] ^= bit; }) == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    }
    const unsigned with_other_window = go_on([&](Sqe&) { context[0xc00 + 1000] ^= 1; });
    BOOST_TEST((with_other_window == WARPZ_ZIP_STATUS_CHECKSUM ||
                with_other_window == WARPZ_ZIP_STATUS_END));
    // A context of nothing, of a device with another key, and of a finished stream.
    Sqe sqe = bench.descriptor(kZlib, 100, 40'000, kStateful);
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    sqe = bench.descriptor(kZlib, 100, 40'000, kStateful);
    BOOST_TEST(bench.deflate(sqe) == WARPZ_ZIP_STATUS_BAD_CONTEXT);
    BOOST_TEST(go_on([&](Sqe&) {
                   bench.executor.destroy();
                   bench.executor.create({.generation = Generation::kV3}, SealKey{3, 4});
               }) == WARPZ_ZIP_STATUS_BAD_CONTEXT);
}

BOOST_AUTO_TEST_CASE(addresses_out_of_reach_are_an_error) {
    for (const bool is_mapped : {true, false}) {
        Bench bench(Generation::kV3, is_mapped);
        const std::uint64_t end = BusMemory::kBase + kMemory;
        const auto status = [&](auto change) {
            Sqe sqe = bench.descriptor(kZlib, 4096, 8192, kStateful | kNew);
            change(sqe);
            return bench.deflate(sqe);
        };
        const unsigned kBad = WARPZ_ZIP_STATUS_BAD_ADDRESS;
        BOOST_TEST(status([](Sqe&) {}) == WARPZ_ZIP_STATUS_OK);
        BOOST_TEST(status([](Sqe& s) { s.source_addr[0] = 0; }) == kBad);
        BOOST_TEST(status([](Sqe& s) { s.source_addr[1] = ~0U; }) == kBad);
        BOOST_TEST(status([&](Sqe& s) {
                       s.source_addr[0] = static_cast<std::uint32_t>(end - 4095);
                   }) == kBad);
        BOOST_TEST(status([&](Sqe& s) {
                       s.source_addr[0] = static_cast<std::uint32_t>(end - 4096);
                   }) == WARPZ_ZIP_STATUS_OK);
        BOOST_TEST(status([&](Sqe& s) {
                       s.stream_ctx_addr[0] = static_cast<std::uint32_t>(end - 100);
                   }) == kBad);
        BOOST_TEST(status([](Sqe& s) { s.stream_ctx_addr[0] = 0; }) == kBad);
        // Output beyond reach: at once where it is mapped, when it is written where it is copied.
        BOOST_TEST(status([&](Sqe& s) { s.dest_addr[0] = static_cast<std::uint32_t>(end - 10); }) ==
                   kBad);
    }
}

BOOST_AUTO_TEST_CASE(lists_are_gathered_and_scattered) {
    Bench bench;
    const Bytes plain = make_sample(Sample::kMixed, 50'000);
    // Writes a chain of lists over `size` bytes from `at`, in pieces; the first `skip` bytes are to be passed over.
    const auto write_chain = [&](std::uint64_t list, std::uint64_t at, std::size_t size,
                                 std::size_t piece, std::size_t per_list) {
        std::uint64_t address = list;
        while (size != 0) {
            warpz_zip_sgl head{};
            std::vector<warpz_zip_sge> entries;
            while (size != 0 && entries.size() < per_list) {
                const std::size_t count = std::min(piece, size);
                entries.push_back({at, 0, static_cast<std::uint32_t>(count), 0, 0});
                at += count;
                size -= count;
            }
            const std::uint64_t next = address + 64 * (1 + (per_list + 1) / 2);
            head.next = size == 0 ? 0 : next;
            head.entries = static_cast<std::uint16_t>(entries.size());
            head.capacity = static_cast<std::uint16_t>(per_list);
            const auto* head_bytes = reinterpret_cast<const std::uint8_t*>(&head);
            const auto* entry_bytes = reinterpret_cast<const std::uint8_t*>(entries.data());
            bench.put({head_bytes, head_bytes + sizeof head}, address);
            bench.put({entry_bytes, entry_bytes + entries.size() * sizeof(warpz_zip_sge)},
                      address + sizeof head);
            address = next;
        }
    };
    bench.put(plain);
    const std::uint64_t out_list = kLists + 0x40000;
    write_chain(kLists, kIn, plain.size(), 777, 8);
    write_chain(out_list, kOut, 70'000, 1234, 255);
    const auto descriptor = [&] {
        Sqe sqe = bench.descriptor(kZlib, plain.size() - 100, 69'990, kFinish);
        sqe.dw9 |= WARPZ_ZIP_BUFFER_SGL << WARPZ_ZIP_DW9_BUFFER_SHIFT;
        sqe.dw7 |= 100;  // as for a header
        sqe.dw8 = 2;
        sqe.source_addr[0] = static_cast<std::uint32_t>(kLists);
        sqe.dest_addr[0] = static_cast<std::uint32_t>(out_list);
        return sqe;
    };
    Sqe sqe = descriptor();
    BOOST_TEST(bench.deflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST((inflate_by_zlib(Format::kZlib, bench.get(sqe.produced, kOut + 2)) ==
                Bytes(plain.begin() + 100, plain.end())));

    // Broken lists.
    const auto status = [&](auto change) {
        sqe = descriptor();
        write_chain(kLists, kIn, plain.size(), 777, 8);
        change(reinterpret_cast<warpz_zip_sgl&>(bench.memory.bytes[kLists - BusMemory::kBase]));
        return bench.deflate(sqe);
    };
    const unsigned kBad = WARPZ_ZIP_STATUS_BAD_ADDRESS;
    BOOST_TEST(status([](warpz_zip_sgl&) {}) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(status([](warpz_zip_sgl& l) { l.next = 0; }) == kBad);        // too short
    BOOST_TEST(status([](warpz_zip_sgl& l) { l.next += 32; }) == kBad);      // alignment
    BOOST_TEST(status([](warpz_zip_sgl& l) { l.next = 1 << 20; }) == kBad);  // out of reach
    BOOST_TEST(status([](warpz_zip_sgl& l) { l.entries = 9; }) == kBad);     // more than capacity
    BOOST_TEST(status([](warpz_zip_sgl& l) { l.sge[3].length = ~0U; }) == kBad);
    BOOST_TEST(status([](warpz_zip_sgl& l) { l.sge[3].address = 0; }) == kBad);
    BOOST_TEST(status([](warpz_zip_sgl& l) {  // a circle of nothing
                   l.next = kLists;
                   l.entries = 0;
               }) == kBad);
    BOOST_TEST(status([&](warpz_zip_sgl&) { sqe.source_addr[0] += 8; }) == kBad);
}

BOOST_AUTO_TEST_CASE(random_descriptors_do_no_harm) {
    // Behind a bus anybody may have written the ring. ASan watches.
    Random random(99);
    for (const bool is_mapped : {true, false}) {
        Bench bench(Generation::kV3, is_mapped);
        bench.put(deflate_by_zlib(Format::kZlib, make_sample(Sample::kText, 60'000)));
        std::uint64_t answered = 0;
        for (int i = 0; i < 3000; ++i) {
            const std::uint32_t requests[] = {kRaw, kZlib, kGzip};
            Sqe sqe = bench.descriptor(requests[random.below(3)], 4 * random.below(4000),
                                       random.below(30'000),
                                       static_cast<std::uint32_t>(random.below(8)) << 25);
            sqe.ctx_dw0 = static_cast<std::uint32_t>(random.next());
            auto* words = reinterpret_cast<std::uint8_t*>(&sqe);
            for (std::uint64_t flips = random.below(3); flips != 0; --flips) {
                words[random.below(sizeof sqe)] ^= static_cast<std::uint8_t>(1U << random.below(8));
            }
            const auto operation = random.one_in(2) ? Operation::kDeflate : Operation::kInflate;
            if (!bench.executor.execute(sqe, operation, bench.memory)) continue;
            BOOST_REQUIRE_LE(sqe.consumed, sqe.input_length);
            BOOST_REQUIRE_LE(sqe.produced, sqe.output_length);
            if ((sqe.dw3 & 0xff) < 0x14) ++answered;
        }
        BOOST_TEST(answered > 300U);
    }
}

BOOST_AUTO_TEST_CASE(the_seal_is_siphash) {
    // Appendix A of the paper: the key 00..0f over the bytes 00..0e.
    std::uint8_t bytes[15];
    for (std::uint8_t i = 0; i < 15; ++i) bytes[i] = i;
    const SealKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    BOOST_TEST(seal(key, bytes, sizeof bytes) == 0xa129ca6149be45e5U);
}

BOOST_AUTO_TEST_SUITE_END()
