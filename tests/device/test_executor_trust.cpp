// SPDX-License-Identifier: Zlib
// Nothing in a descriptor, a list or a context leads the executor astray, whoever wrote it.
#include "device/executor_bench.hpp"

using namespace warpz;
using namespace warpz::test;

BOOST_AUTO_TEST_SUITE(executor_trust)

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
