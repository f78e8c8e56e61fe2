// SPDX-License-Identifier: Zlib
// inflateGetHeader(): fields arrive as the header is read, into buffers of any size, and `done` tells how it went.
#include <boost/test/unit_test.hpp>

#include "compat/inflate_streams.hpp"
#include "support/bit_builder.hpp"
#include "support/guarded_buffer.hpp"

using namespace warpz::test;

namespace {

struct HeaderBuffers {
    std::size_t extra = 100;
    std::size_t name = 100;
    std::size_t comment = 100;
    bool with_pointers = true;
};

// Decodes in pieces of `piece` bytes and notes every field after every call.
void drive_header(const ZlibApi& zlib, Transcript& t, const Bytes& packed, int window_bits,
                  std::size_t piece, const HeaderBuffers& sizes) {
    const GuardedBuffer extra(sizes.extra);
    const GuardedBuffer name(sizes.name);
    const GuardedBuffer comment(sizes.comment);
    gz_header header{};
    header.text = header.hcrc = 1;
    header.os = header.xflags = 0xA5;
    header.time = 77;
    header.extra_len = 7777;
    if (sizes.with_pointers) {
        header.extra = extra.data();
        header.name = name.data();
        header.comment = comment.data();
    }
    header.extra_max = static_cast<uInt>(sizes.extra);
    header.name_max = static_cast<uInt>(sizes.name);
    header.comm_max = static_cast<uInt>(sizes.comment);
    header.done = 5;

    TestStream strm(zlib);
    t.note("init", strm.inflate_init(window_bits));
    t.note("get_header", zlib.inflateGetHeader(strm.get(), &header));
    Bytes space(400);
    for (std::size_t given = 0; given < packed.size(); given += piece) {
        strm.input(ByteView(packed).subspan(given, std::min(piece, packed.size() - given)));
        strm.output(space);
        const int code = strm.inflate(Z_BLOCK);
        note_inflate(t, strm, code);
        t.note("text", header.text);
        t.note("time", static_cast<long long>(header.time));
        t.note("xflags", header.xflags);
        t.note("os", header.os);
        t.note("has_extra", header.extra != nullptr);
        t.note("extra_len", header.extra_len);
        t.note("has_name", header.name != nullptr);
        t.note("has_comment", header.comment != nullptr);
        t.note("hcrc", header.hcrc);
        t.note("done", header.done);
        t.note("extra", extra.span());
        t.note("name", name.span());
        t.note("comment", comment.span());
        if (code != Z_OK) break;
    }
}

Bytes member_with(bool extra, bool name, bool comment, bool fhcrc, bool ftext) {
    GzipFields fields;
    fields.ftext = ftext;
    fields.fhcrc = fhcrc;
    fields.mtime = 0x87654321;
    fields.xfl = 4;
    fields.os = 255;
    if (extra) fields.extra = bytes_of("0123456789abcdefghij");
    if (name) fields.name = "a longish file name";
    if (comment) fields.comment = "a comment";
    BitBuilder b;
    b.stored_block(true, bytes_of("body"));
    return gzip_wrap(b.stream(), bytes_of("body"), fields);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inflate_header)

BOOST_AUTO_TEST_CASE(every_combination_of_fields_in_every_piece_size) {
    for (unsigned flags = 0; flags < 32; ++flags) {
        const Bytes packed = member_with(flags & 1, flags & 2, flags & 4, flags & 8, flags & 16);
        for (const std::size_t piece : {1U, 2U, 3U, 5U, 16U, 1000U}) {
            for (const int window_bits : {31, 47}) {
                BOOST_TEST_CONTEXT("fields " << flags << ", pieces of " << piece) {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        drive_header(zlib, t, packed, window_bits, piece, {});
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(short_buffers_are_filled_and_never_overrun) {
    const Bytes packed = member_with(true, true, true, true, false);
    for (const std::size_t size : {0U, 1U, 2U, 8U, 9U, 10U, 19U, 20U, 21U}) {
        for (const std::size_t piece : {1U, 3U, 7U, 13U, 1000U}) {
            BOOST_TEST_CONTEXT("buffers of " << size << ", pieces of " << piece) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    drive_header(zlib, t, packed, 31, piece, {size, size, size});
                });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(null_buffers_are_left_alone) {
    const Bytes packed = member_with(true, true, true, true, true);
    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
        drive_header(zlib, t, packed, 31, 4, {.with_pointers = false});
    });
}

BOOST_AUTO_TEST_CASE(a_zlib_stream_sets_done_to_minus_one) {
    const Bytes packed = pack(reference_zlib(), bytes_of("plain zlib"));
    same_on_both(
        [&](const ZlibApi& zlib, Transcript& t) { drive_header(zlib, t, packed, 47, 1, {}); });
}

BOOST_AUTO_TEST_CASE(a_broken_header_leaves_done_at_zero) {
    Bytes packed = member_with(true, true, true, true, true);
    for (std::size_t position = 0; position < 70 && position < packed.size(); ++position) {
        Bytes broken = packed;
        broken[position] ^= 0x40;
        BOOST_TEST_CONTEXT("bit flipped in byte " << position) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                drive_header(zlib, t, broken, 47, 6, {});
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(only_gzip_capable_streams_take_a_header) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        gz_header header{};
        for (const int window_bits : {-15, -8, 0, 8, 15, 16, 24, 31, 32, 47}) {
            TestStream strm(zlib);
            t.note("init", strm.inflate_init(window_bits));
            header.done = 9;
            t.note("get_header", zlib.inflateGetHeader(strm.get(), &header));
            t.note("done", header.done);
        }
        t.note("null", zlib.inflateGetHeader(nullptr, &header));
    });
}

BOOST_AUTO_TEST_CASE(a_header_asked_for_in_mid_header_gets_the_rest) {
    const Bytes packed = member_with(true, true, true, true, true);
    for (std::size_t when = 0; when < packed.size(); ++when) {
        BOOST_TEST_CONTEXT("asked for after " << when << " bytes") {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                TestStream strm(zlib);
                t.note("init", strm.inflate_init(31));
                Bytes space(100);
                strm.output(space);
                strm.input(ByteView(packed).first(when));
                note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
                Bytes name(50);
                gz_header header{};
                header.name = name.data();
                header.name_max = 50;
                t.note("get_header", zlib.inflateGetHeader(strm.get(), &header));
                strm.input(ByteView(packed).subspan(when));
                note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
                t.note("done", header.done);
                t.note("name", ByteView(name));
                t.note("time", static_cast<long long>(header.time));
            });
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
