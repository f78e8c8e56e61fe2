// SPDX-License-Identifier: Zlib
// Streams that change hands again and again: large pieces with flushes, new parameters, limits, primed blocks, copies and
// resets between them, on the pool, on a device, on one that fails now and then, and on both. What comes out decodes.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "engine/stats.hpp"
#include "offload/in_child.hpp"
#include "offload/model.hpp"
#include "offload/streams.hpp"

namespace data = boost::unit_test::data;
using namespace warpz::test;
using namespace warpz::device;

namespace {

const Bytes& sample() {
    static const Bytes bytes = make_sample(Sample::kMixed, 4'000'000);
    return bytes;
}

/// One stream of random calls; its input is a prefix of sample(), which is returned in `given`.
void walk(Random& random, Packer& packer, bool is_raw, std::size_t& given) {
    const ZlibApi& zlib = linked_zlib();
    constexpr int kFlushValues[] = {Z_NO_FLUSH,   Z_NO_FLUSH,   Z_NO_FLUSH, Z_PARTIAL_FLUSH,
                                    Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
    for (std::uint64_t step = random.between(2, 12); step > 0; --step) {
        const std::size_t most = random.one_in(3) ? 3000 : random.one_in(2) ? 90'000 : 600'000;
        const std::size_t size = std::min<std::size_t>(random.below(most), sample().size() - given);
        const int flush = kFlushValues[random.below(std::size(kFlushValues))];
        packer.write(sample().data() + given, size, flush,
                     random.one_in(2) ? 70'000 : ~std::size_t{0});
        given += size;
        switch (random.below(8)) {
            case 0: {
                // What a change compresses first may need several rounds of space.
                const int level = static_cast<int>(random.below(10));
                const int strategy = random.one_in(3) ? static_cast<int>(random.below(5)) : 0;
                packer.with_space([&] {
                    packer.strm.avail_in = 0;
                    return zlib.deflateParams(&packer.strm, level, strategy) == Z_BUF_ERROR;
                });
                break;
            }
            case 1:
                if (random.one_in(8)) zlib.deflateTune(&packer.strm, 8, 16, 32, 16);
                break;
            case 2:
                // An empty fixed block, between blocks.
                if (is_raw && flush != Z_NO_FLUSH) {
                    demand(zlib.deflatePrime(&packer.strm, 10, 2) == Z_OK, "deflatePrime()");
                }
                break;
            case 3: {
                z_stream copy{};
                demand(zlib.deflateCopy(&copy, &packer.strm) == Z_OK, "deflateCopy()");
                // The stream goes on as its copy's copy.
                zlib.deflateEnd(&packer.strm);
                demand(zlib.deflateCopy(&packer.strm, &copy) == Z_OK, "deflateCopy()");
                zlib.deflateEnd(&copy);
                break;
            }
            case 4: {
                Bytes window(32768);
                uInt size_back = 0;
                zlib.deflateGetDictionary(&packer.strm, window.data(), &size_back);
                demand(size_back <= given && size_back <= 32768, "deflateGetDictionary()");
                break;
            }
            default:
                break;
        }
    }
}

void run_walks(unsigned seed) {
    Random random(seed);
    for (int round = 0; round < 12; ++round) {
        const int window_bits = random.one_in(3) ? -15 : random.one_in(2) ? 15 : 31;
        Packer packer(static_cast<int>(random.between(1, 7)), window_bits,
                      random.between(100, 200'000));
        for (int use = 0; use < 2; ++use) {
            std::size_t given = 0;
            walk(random, packer, window_bits < 0, given);
            packer.finish();
            const Bytes plain = unpack_whole(packer.out, window_bits);
            demand(
                plain.size() == given && std::equal(plain.begin(), plain.end(), sample().begin()),
                "other bytes");
            demand(packer.strm.total_out == packer.out.size() && packer.strm.total_in == given,
                   "totals");
            demand(linked_zlib().deflateReset(&packer.strm) == Z_OK, "deflateReset()");
            packer.out.clear();
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hand_over)

BOOST_DATA_TEST_CASE(random_calls_on_the_pool, data::xrange(6), seed) {
    in_child({{"WARPZ_THREADS", "3"}, {"WARPZ_MIN_BYTES", seed % 2 == 0 ? "1" : "100000"}}, [&] {
        run_walks(static_cast<unsigned>(seed));
        demand(warpz::engine::stats().pool.jobs.value() > 10, "nothing on the pool");
        return Bytes{};
    });
}

BOOST_DATA_TEST_CASE(random_calls_on_a_device, data::xrange(6), seed) {
    in_child({{"WARPZ_THREADS", seed % 3 == 0 ? "2" : "0"}, {"WARPZ_MIN_BYTES", "1"}}, [&] {
        model::ModelOptions options;
        options.has_thread = seed % 2 == 0;
        install_model(options);
        run_walks(static_cast<unsigned>(seed) + 100);
        demand(warpz::engine::stats().deflate_queue.jobs.value() > 10, "nothing on the device");
        return Bytes{};
    });
}

BOOST_DATA_TEST_CASE(random_calls_on_a_device_that_fails_now_and_then, data::xrange(6), seed) {
    in_child({{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", "1"}}, [&] {
        model::ModelOptions options;
        constexpr model::FaultKind kKinds[] = {
            model::FaultKind::kStatus, model::FaultKind::kBitFlip, model::FaultKind::kWrongLength,
            model::FaultKind::kWrongTag};
        Random random(static_cast<std::uint64_t>(seed) + 7);
        for (std::size_t i = 0; i < model::FaultPlan::kMaxFaults; ++i) {
            options.faults.faults[i] = {kKinds[random.below(4)], i * 9 + random.below(9), 1, 0x0e};
        }
        install_model(options);
        run_walks(static_cast<unsigned>(seed) + 200);
        demand(warpz::engine::stats().retries.value() > 0, "no fault");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(a_reset_stream_makes_the_bytes_of_a_new_one) {
    in_child({{"WARPZ_THREADS", "2"}}, [] {
        const auto pack = [](Packer& packer) {
            packer.out.clear();
            packer.write(sample().data(), sample().size(), Z_FINISH);
            return packer.out;
        };
        Packer fresh;
        const Bytes expected = pack(fresh);
        Packer used;
        for (const int flush : {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH}) {
            used.write(sample().data() + 1'000'000, 2'000'000, flush);
            demand(linked_zlib().deflateReset(&used.strm) == Z_OK, "deflateReset()");
            demand(pack(used) == expected, "other bytes");
            demand(linked_zlib().deflateReset(&used.strm) == Z_OK, "deflateReset()");
        }
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(new_parameters_between_flushes_are_those_of_the_next_chunks) {
    in_child({{"WARPZ_THREADS", "2"}}, [] {
        const auto second_half = [](int strategy) {
            Packer packer;
            packer.write(sample().data(), 2'000'000, Z_SYNC_FLUSH);
            packer.with_space([&] {
                return linked_zlib().deflateParams(&packer.strm, 6, strategy) == Z_BUF_ERROR;
            });
            const std::size_t first = packer.out.size();
            packer.write(sample().data() + 2'000'000, 2'000'000, Z_FINISH);
            demand(unpack_whole(packer.out) == sample(), "other bytes");
            return packer.out.size() - first;
        };
        // Without matches it is much.
        demand(second_half(Z_HUFFMAN_ONLY) > second_half(Z_DEFAULT_STRATEGY) * 5 / 4,
               "the old ones");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_SUITE_END()
