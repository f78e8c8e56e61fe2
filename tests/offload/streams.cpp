// SPDX-License-Identifier: Zlib
#include "offload/streams.hpp"

#include <algorithm>

namespace warpz::test {

Packer::Packer(int level, int window_bits, std::size_t out_step, const ZlibApi& zlib)
    : zlib_(zlib), out_step_(out_step) {
    demand(zlib.deflate_init(&strm, level, window_bits) == Z_OK, "deflateInit2()");
}

int Packer::write(const std::uint8_t* data, std::size_t size, int flush, std::size_t in_step) {
    int code = Z_OK;
    do {
        const std::size_t piece = std::min(in_step, size);
        strm.next_in = const_cast<Bytef*>(data);
        strm.avail_in = static_cast<uInt>(piece);
        data += piece;
        size -= piece;
        const int now = size == 0 ? flush : Z_NO_FLUSH;
        do {
            const std::size_t at = out.size();
            out.resize(at + out_step_);
            strm.next_out = out.data() + at;
            strm.avail_out = static_cast<uInt>(out_step_);
            code = zlib_.deflate(&strm, now);
            out.resize(out.size() - strm.avail_out);
            demand(code == Z_OK || code == Z_STREAM_END || (code == Z_BUF_ERROR && piece == 0),
                   "deflate()");
        } while (code == Z_OK && strm.avail_out == 0);
        if (code == Z_OK) demand(strm.avail_in == 0, "deflate() leaves input");
    } while (size != 0);
    return code;
}

void Packer::with_space(const std::function<bool()>& body) {
    bool goes_on = true;
    while (goes_on) {
        const std::size_t at = out.size();
        out.resize(at + out_step_);
        strm.next_out = out.data() + at;
        strm.avail_out = static_cast<uInt>(out_step_);
        goes_on = body();
        out.resize(out.size() - strm.avail_out);
    }
}

Bytes unpack_in_pieces(const Bytes& packed, int window_bits, std::size_t in_step,
                       std::size_t out_step, const std::function<void(z_stream&)>& between) {
    const ZlibApi& zlib = linked_zlib();
    z_stream strm{};
    demand(zlib.inflate_init(&strm, window_bits) == Z_OK, "inflateInit2()");
    Bytes plain;
    Bytes space(out_step);
    std::size_t given = 0;
    int code = Z_OK;
    while (code != Z_STREAM_END) {
        if (strm.avail_in == 0) {
            const std::size_t piece = std::min(in_step, packed.size() - given);
            strm.next_in = const_cast<Bytef*>(packed.data()) + given;
            strm.avail_in = static_cast<uInt>(piece);
            given += piece;
        }
        strm.next_out = space.data();
        strm.avail_out = static_cast<uInt>(out_step);
        code = zlib.inflate(&strm, Z_NO_FLUSH);
        demand(code == Z_OK || code == Z_STREAM_END, "inflate()");
        plain.insert(plain.end(), space.data(), strm.next_out);
        demand(strm.total_out == plain.size(), "total_out");
        demand(strm.total_in == given - strm.avail_in, "total_in");
        if (between) between(strm);
    }
    demand(strm.avail_in == 0 && given == packed.size(), "input is left");
    if (window_bits == 15) {
        demand(strm.adler == zlib.adler32(1, plain.data(), static_cast<uInt>(plain.size())),
               "adler");
    }
    zlib.inflateEnd(&strm);
    return plain;
}

Bytes unpack_whole(const Bytes& packed, int window_bits) {
    const ZlibApi& zlib = reference_zlib();
    z_stream strm{};
    demand(zlib.inflate_init(&strm, window_bits) == Z_OK, "inflateInit2()");
    strm.next_in = const_cast<Bytef*>(packed.data());
    strm.avail_in = static_cast<uInt>(packed.size());
    Bytes plain;
    int code = Z_OK;
    do {
        const std::size_t at = plain.size();
        plain.resize(at + (1U << 20));
        strm.next_out = plain.data() + at;
        strm.avail_out = 1U << 20;
        code = zlib.inflate(&strm, Z_NO_FLUSH);
        plain.resize(plain.size() - strm.avail_out);
    } while (code == Z_OK && (strm.avail_out == 0 || strm.avail_in != 0));
    const std::size_t left = strm.avail_in;
    zlib.inflateEnd(&strm);
    demand(code == Z_STREAM_END && left == 0, "not one whole stream");
    return plain;
}

}  // namespace warpz::test
