// SPDX-License-Identifier: Zlib
// Broken zlib and gzip wrappers, streams cut at every byte, and streams with every bit flipped once.
#include <boost/test/unit_test.hpp>

#include "compat/malformed.hpp"

using namespace warpz::test;

namespace {

const Bytes& plain() {
    static const Bytes bytes = bytes_of("wrapped wrapped wrapped");
    return bytes;
}

const Bytes& raw() {
    static const Bytes bytes = pack(reference_zlib(), plain(), {.window_bits = -15});
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wrappers)

BOOST_AUTO_TEST_CASE(every_pair_of_first_bytes_is_judged_alike) {
    for (unsigned cmf = 0; cmf < 256; ++cmf) {
        for (unsigned flg = 0; flg < 256;
             flg += cmf == 0x78 || cmf == 0x1f || cmf == 0x18 ? 1 : 17) {
            Bytes packed{static_cast<std::uint8_t>(cmf), static_cast<std::uint8_t>(flg)};
            packed.insert(packed.end(), 20, 0);
            for (const int window_bits : {0, 9, 15, 31, 47}) {
                const NamedStream stream{"", packed, window_bits};
                BOOST_TEST_CONTEXT("bytes " << cmf << ' ' << flg << ", window bits "
                                            << window_bits) {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        drive_inflate(zlib, t, stream, {.in_chunk = 1});
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(zlib_headers) {
    const auto wrapped = [](const ZlibFields& fields) { return zlib_wrap(raw(), plain(), fields); };
    same_refusal("wrong FCHECK", wrapped({.fcheck = 0}), "incorrect header check", 15);
    same_refusal("wrong CM", wrapped({.cm = 7}), "unknown compression method", 15);
    same_refusal("CINFO of 64 KB", wrapped({.cinfo = 8}), "invalid window size", 15);
    same_refusal("CINFO above the window asked for", wrapped({.cinfo = 5}), "invalid window size",
                 12);
    same_decoding("CINFO below the window asked for", wrapped({.cinfo = 0}), 15);
    same_refusal("wrong check value", wrapped({.adler = 1}), "incorrect data check", 15);
    same_decoding("a dictionary that nobody has", wrapped({.fdict = true, .dictid = 0x01020304}),
                  15);
    same_refusal("zlib where gzip is expected", wrapped({}), "incorrect header check", 31);
    for (unsigned flevel = 0; flevel < 4; ++flevel)
        same_decoding("FLEVEL", wrapped({.flevel = flevel}), 15);
}

BOOST_AUTO_TEST_CASE(gzip_headers) {
    const auto wrapped = [](const GzipFields& fields) { return gzip_wrap(raw(), plain(), fields); };
    for (const int window_bits : {31, 47}) {
        same_refusal("wrong CM", wrapped({.cm = 9}), "unknown compression method", window_bits);
        for (const unsigned flag : {0x20U, 0x40U, 0x80U, 0xe0U}) {
            same_refusal("reserved flag", wrapped({.reserved_flags = flag}),
                         "unknown header flags set", window_bits);
        }
        same_refusal("wrong CRC", wrapped({.crc = 0}), "incorrect data check", window_bits);
        same_refusal("wrong ISIZE", wrapped({.isize = 22}), "incorrect length check", window_bits);
        GzipFields fields;
        fields.fhcrc = true;
        fields.extra = bytes_of("extra");
        fields.name = "name";
        fields.comment = "comment";
        same_decoding("right header CRC", wrapped(fields), window_bits);
        fields.hcrc = 0x1234;
        same_refusal("wrong header CRC", wrapped(fields), "header crc mismatch", window_bits);
        GzipFields empty;
        empty.extra = Bytes{};
        empty.name = "";
        empty.comment = "";
        same_decoding("empty fields", wrapped(empty), window_bits);
    }
    same_refusal("wrong ID1", wrapped({.id1 = 0x1e}), "incorrect header check", 31);
    same_refusal("wrong ID2", wrapped({.id2 = 0x8c}), "incorrect header check", 31);
    same_refusal("gzip where zlib is expected", wrapped({}), "incorrect header check", 15);
}

BOOST_AUTO_TEST_CASE(streams_cut_anywhere_starve) {
    for (const auto& stream : small_streams()) {
        for (std::size_t size = 0; size < stream.packed.size(); ++size) {
            NamedStream cut = stream;
            cut.packed.resize(size);
            for (const int flush : {Z_NO_FLUSH, Z_FINISH}) {
                for (const std::size_t in : {1U, 1000U}) {
                    BOOST_TEST_CONTEXT(stream.name << ", cut to " << size << ", flush " << flush) {
                        same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                            drive_inflate(zlib, t, cut, {.in_chunk = in, .flush = flush});
                        });
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_judged_alike) {
    for (const auto& stream : small_streams()) {
        for (std::size_t bit = 0; bit < stream.packed.size() * 8; ++bit) {
            NamedStream flipped = stream;
            flipped.packed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            BOOST_TEST_CONTEXT(stream.name << ", bit " << bit) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    drive_inflate(zlib, t, flipped,
                                  {.in_chunk = 1 + bit % 40, .out_chunk = 1 + bit % 300});
                });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(damage_in_large_streams_is_judged_alike) {
    Random random(13);
    for (int round = 0; round < 3000; ++round) {
        NamedStream stream = large_streams()[random.below(large_streams().size())];
        const std::size_t reach = random.one_in(3) ? 200 : stream.packed.size();
        for (std::uint64_t i = random.between(1, 3); i > 0; --i) {
            stream.packed[random.below(std::min(reach, stream.packed.size()))] =
                static_cast<std::uint8_t>(random.next());
        }
        const InflatePlan plan{.in_chunk = random.between(1, random.one_in(2) ? 500 : 60'000),
                               .out_chunk = random.between(50, random.one_in(2) ? 700 : 100'000)};
        BOOST_TEST_CONTEXT(stream.name << ", round " << round) {
            same_on_both(
                [&](const ZlibApi& zlib, Transcript& t) { drive_inflate(zlib, t, stream, plan); });
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
