// SPDX-License-Identifier: Zlib
// compress(), compress2(), uncompress(), uncompress2() and their _z forms: every size of the target, every cut of
// the source, null pointers.
#include <boost/test/unit_test.hpp>

#include "compat/conformance.hpp"
#include "support/bit_builder.hpp"
#include "support/guarded_buffer.hpp"

using namespace warpz::test;

namespace {

void note_uncompress(const ZlibApi& zlib, Transcript& t, ByteView packed, std::size_t room) {
    const GuardedBuffer space(room);
    const GuardedBuffer source(packed);
    uLongf size = static_cast<uLongf>(room);
    uLong taken = static_cast<uLong>(packed.size());
    t.note("uncompress2", zlib.uncompress2(space.data(), &size, source.data(), &taken));
    t.note("size", static_cast<long long>(size));
    t.note("taken", static_cast<long long>(taken));
    t.note("output", ByteView(space.data(), size));
    size = static_cast<uLongf>(room);
    t.note("uncompress",
           zlib.uncompress(space.data(), &size, source.data(), static_cast<uLong>(packed.size())));
    t.note("size", static_cast<long long>(size));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oneshot)

BOOST_AUTO_TEST_CASE(compress_reports_what_it_wrote) {
    for (const Bytes& plain : tiny_samples()) {
        for (int level = -2; level <= 10; ++level) {
            BOOST_TEST_CONTEXT("size " << plain.size() << ", level " << level) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    uLongf size = zlib.compressBound(static_cast<uLong>(plain.size()));
                    Bytes packed(size);
                    const int code = zlib.compress2(packed.data(), &size, plain.data(),
                                                    static_cast<uLong>(plain.size()), level);
                    t.note("compress2", code);
                    if (code != Z_OK) return;
                    packed.resize(size);
                    t.note("plain", unpack(packed).plain);
                    // Each smaller target is a buffer error that fills the target.
                    for (uLongf room = 0; room < packed.size(); ++room) {
                        const GuardedBuffer small(room);
                        uLongf written = room;
                        const int small_code =
                            zlib.compress2(small.data(), &written, plain.data(),
                                           static_cast<uLong>(plain.size()), level);
                        BOOST_TEST(small_code == Z_BUF_ERROR);
                        BOOST_TEST(written <= room);
                    }
                });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(compress_is_compress2_at_the_default_level) {
    const ZlibApi& zlib = tested_zlib();
    const Bytes plain = make_sample(Sample::kText, 50'000);
    Bytes first(zlib.compressBound(50'000));
    Bytes second = first;
    uLongf first_size = first.size();
    uLongf second_size = second.size();
    BOOST_TEST(zlib.compress(first.data(), &first_size, plain.data(), 50'000) == Z_OK);
    BOOST_TEST(zlib.compress2(second.data(), &second_size, plain.data(), 50'000, -1) == Z_OK);
    first.resize(first_size);
    second.resize(second_size);
    BOOST_TEST((first == second));
    if (!zlib.is_1_3_2()) return;
    Bytes third(zlib.compressBound_z(50'000));
    z_size_t third_size = third.size();
    BOOST_TEST(zlib.compress_z(third.data(), &third_size, plain.data(), 50'000) == Z_OK);
    third.resize(third_size);
    BOOST_TEST((first == third));
    third_size = third.size();
    BOOST_TEST(zlib.compress2_z(third.data(), &third_size, plain.data(), 50'000, 6) == Z_OK);
    BOOST_TEST((first == third));
    Bytes back(50'000);
    z_size_t back_size = back.size();
    z_size_t taken = third_size;
    BOOST_TEST(zlib.uncompress2_z(back.data(), &back_size, third.data(), &taken) == Z_OK);
    BOOST_TEST(taken == third_size);
    BOOST_TEST((back == plain));
    BOOST_TEST(zlib.uncompress_z(back.data(), &back_size, third.data(), third_size) == Z_OK);
}

BOOST_AUTO_TEST_CASE(uncompress_with_every_room_and_every_cut) {
    const Bytes plain = bytes_of("a small text, a small text, and one more small text!");
    const Bytes dictionary = bytes_of("small text");
    std::vector<Bytes> streams{
        pack(reference_zlib(), plain), pack(reference_zlib(), plain, {.level = 0}),
        pack(reference_zlib(), {}), pack(reference_zlib(), plain, {.dictionary = dictionary}),
        pack(reference_zlib(), plain, {.window_bits = 31})};
    streams.push_back(streams[0]);
    streams.back().back() ^= 1;  // a wrong check value
    streams.push_back(streams[0]);
    streams.back()[10] ^= 0x55;
    streams.push_back(streams[0]);
    streams.back().insert(streams.back().end(), 9, 'x');  // bytes after the end
    for (std::size_t which = 0; which < streams.size(); ++which) {
        for (std::size_t cut = 0; cut <= streams[which].size(); ++cut) {
            for (std::size_t room = 0; room <= plain.size() + 2; ++room) {
                BOOST_TEST_CONTEXT("stream " << which << ", cut to " << cut << ", room " << room) {
                    const ByteView packed = ByteView(streams[which]).first(cut);
                    // 1.2.13 lends a byte to an empty target; see the case below.
                    const Unpacked whole = unpack(packed);
                    if (room == 0 && !whole.plain.empty()) continue;
                    // The target is full when the source ends: 1.2.13 blames the target, 1.3.2 the source.
                    if (whole.code != Z_STREAM_END && whole.left == 0 &&
                        room <= whole.plain.size()) {
                        uLongf size = static_cast<uLongf>(room);
                        Bytes space(room + 1);
                        const int code = tested_zlib().uncompress(
                            space.data(), &size, packed.data(), static_cast<uLong>(cut));
                        BOOST_TEST((code == Z_DATA_ERROR || code == Z_BUF_ERROR));
                        BOOST_TEST(size <= room);
                        continue;
                    }
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        note_uncompress(zlib, t, packed, room);
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_source_that_ends_with_the_target_full_is_a_data_error) {
    const Bytes plain = bytes_of("twelve bytes");
    const Bytes packed = pack(reference_zlib(), plain, {.level = 0});
    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
        // All output bytes are there, the check value is not.
        Bytes space(plain.size());
        uLongf size = static_cast<uLongf>(space.size());
        t.changed("uncompress() of a cut source with a full target",
                  zlib.uncompress(space.data(), &size, packed.data(),
                                  static_cast<uLong>(packed.size() - 4)),
                  Z_BUF_ERROR, Z_DATA_ERROR);
    });
}

BOOST_AUTO_TEST_CASE(an_empty_target_is_too_small_for_anything) {
    const Bytes packed = pack(reference_zlib(), bytes_of("text"), {.level = 0});
    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
        for (std::size_t cut = 0; cut <= packed.size(); ++cut) {
            std::uint8_t nothing = 0;
            uLongf size = 0;
            const int code =
                zlib.uncompress(&nothing, &size, packed.data(), static_cast<uLong>(cut));
            // 2 bytes of zlib header and 5 of the stored block's come before the first byte of text.
            t.changed("uncompress() into an empty target", code, Z_DATA_ERROR,
                      cut < 8 ? Z_DATA_ERROR : Z_BUF_ERROR);
            t.note("size", static_cast<long long>(size));
        }
    });
}

BOOST_AUTO_TEST_CASE(null_pointers_are_stream_errors_since_1_3_2) {
    const ZlibApi& zlib = tested_zlib();
    BOOST_REQUIRE(zlib.is_1_3_2());
    Bytes space(100);
    const Bytes packed = pack(reference_zlib(), bytes_of("text"));
    uLongf size = 100;
    uLong taken = static_cast<uLong>(packed.size());
    z_size_t size_z = 100;
    z_size_t taken_z = packed.size();
    BOOST_TEST(zlib.compress2_z(space.data(), nullptr, packed.data(), 5, 6) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.compress2(nullptr, &size, packed.data(), 5, 6) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.compress2(space.data(), &size, nullptr, 5, 6) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.compress(nullptr, &size, packed.data(), 5) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.compress_z(space.data(), &size_z, nullptr, 5) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.uncompress2_z(space.data(), nullptr, packed.data(), &taken_z) ==
               Z_STREAM_ERROR);
    BOOST_TEST(zlib.uncompress2_z(space.data(), &size_z, packed.data(), nullptr) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.uncompress2(nullptr, &size, packed.data(), &taken) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.uncompress2(space.data(), &size, nullptr, &taken) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.uncompress(nullptr, &size, packed.data(), taken) == Z_STREAM_ERROR);
    BOOST_TEST(zlib.uncompress_z(space.data(), &size_z, nullptr, 3) == Z_STREAM_ERROR);
    BOOST_TEST(size == 100U);
    BOOST_TEST(size_z == 100U);
    // Nothing from nowhere is fine.
    size = 100;
    BOOST_TEST(zlib.compress(space.data(), &size, nullptr, 0) == Z_OK);
    space.resize(size);
    check_unpacks_to(space, {});
    uLongf none = 0;
    BOOST_TEST(zlib.uncompress(nullptr, &none, space.data(), size) == Z_OK);
    none = 0;
    BOOST_TEST(zlib.uncompress(nullptr, &none, packed.data(), static_cast<uLong>(packed.size())) ==
               Z_BUF_ERROR);
    none = 0;
    BOOST_TEST(zlib.uncompress(nullptr, &none, nullptr, 0) == Z_DATA_ERROR);
}

BOOST_AUTO_TEST_SUITE_END()
