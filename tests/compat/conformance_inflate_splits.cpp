// SPDX-License-Identifier: Zlib
// inflate() in pieces: whatever the sizes of input and output, each call shows what the reference's call shows.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "compat/inflate_streams.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(inflate_splits)

BOOST_AUTO_TEST_CASE(every_split_of_a_small_stream_into_two_calls) {
    for (const auto& stream : small_streams()) {
        const std::size_t plain_bytes =
            unpack(stream.packed, stream.window_bits, stream.dictionary).plain.size();
        for (std::size_t in = 1; in <= stream.packed.size(); ++in) {
            for (std::size_t out = 1; out <= plain_bytes + 1; ++out) {
                BOOST_TEST_CONTEXT(stream.name << ", split after " << in << " and " << out) {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        drive_inflate(zlib, t, stream,
                                      {.out_chunk = 256, .first_in = in, .first_out = out});
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(small_pieces_of_a_small_stream) {
    for (const auto& stream : small_streams()) {
        for (std::size_t in = 1; in <= 9; ++in) {
            for (std::size_t out = 1; out <= 9; ++out) {
                for (const int flush : {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH, Z_BLOCK, Z_TREES}) {
                    BOOST_TEST_CONTEXT(stream.name << ", pieces of " << in << " and " << out
                                                   << ", flush " << flush) {
                        same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                            drive_inflate(zlib, t, stream,
                                          {.in_chunk = in, .out_chunk = out, .flush = flush});
                        });
                    }
                }
            }
        }
    }
}

BOOST_DATA_TEST_CASE(pieces_of_a_large_stream,
                     data::make({1, 2, 7, 100, 4096, 1 << 20}) *
                         data::make({1, 3, 258, 300, 5000, 1 << 18}),
                     in, out) {
    // One and two bytes at a time are covered by the small streams; here each meets one large partner.
    if (in < 7 && out != 5000) return;
    if (out < 258 && in != 4096) return;
    for (const auto& stream : large_streams()) {
        BOOST_TEST_CONTEXT(stream.name) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                drive_inflate(zlib, t, stream,
                              {.in_chunk = static_cast<std::size_t>(in),
                               .out_chunk = static_cast<std::size_t>(out)});
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(random_pieces_and_flush_values) {
    Random random(11);
    for (int round = 0; round < 300; ++round) {
        const auto& stream = large_streams()[random.below(large_streams().size())];
        const InflatePlan plan{.in_chunk = random.between(1, random.one_in(2) ? 40 : 30000),
                               .out_chunk = random.between(1, random.one_in(2) ? 600 : 70000),
                               .flush = static_cast<int>(random.below(7))};
        if (plan.in_chunk * plan.out_chunk < 500) continue;
        BOOST_TEST_CONTEXT(stream.name << ", pieces of " << plan.in_chunk << " and "
                                       << plan.out_chunk << ", flush " << plan.flush) {
            same_on_both(
                [&](const ZlibApi& zlib, Transcript& t) { drive_inflate(zlib, t, stream, plan); });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_window_smaller_than_the_streams_is_refused_alike) {
    for (const auto& stream : large_streams()) {
        for (int window_bits = 8; window_bits <= 15; ++window_bits) {
            NamedStream narrow = stream;
            narrow.window_bits = stream.window_bits < 0    ? -window_bits
                                 : stream.window_bits > 15 ? window_bits + 16
                                                           : window_bits;
            BOOST_TEST_CONTEXT(stream.name << ", decoded with " << narrow.window_bits) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    drive_inflate(zlib, t, narrow, {.in_chunk = 1000, .out_chunk = 1000});
                });
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
