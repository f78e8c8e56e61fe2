// SPDX-License-Identifier: Zlib
// Driving a stream; see isal_stream.hpp.
#include "isal_stream.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstring>
#include <memory>

namespace warpz::test {

OpenStream::OpenStream(int level, int window_bits, std::size_t out_step) : out_step_(out_step) {
    BOOST_REQUIRE(linked_zlib().deflate_init(&strm, level, window_bits) == Z_OK);
}

OpenStream::~OpenStream() { linked_zlib().deflateEnd(&strm); }

int OpenStream::write(const std::uint8_t* data, std::size_t size, int flush) {
    strm.next_in = const_cast<Bytef*>(data);
    strm.avail_in = static_cast<uInt>(size);
    int code = Z_OK;
    do {
        const std::size_t at = out.size();
        out.resize(at + out_step_);
        strm.next_out = out.data() + at;
        strm.avail_out = static_cast<uInt>(out_step_);
        code = linked_zlib().deflate(&strm, flush);
        out.resize(out.size() - strm.avail_out);
    } while (code == Z_OK && strm.avail_out == 0);
    if (code == Z_OK) BOOST_REQUIRE(strm.avail_in == 0);
    return code;
}

Decoded decode(const Bytes& packed, int window_bits) {
    const ZlibApi& zlib = reference_zlib();
    z_stream strm{};
    BOOST_REQUIRE(zlib.inflate_init(&strm, window_bits) == Z_OK);
    strm.next_in = const_cast<Bytef*>(packed.data());
    strm.avail_in = static_cast<uInt>(packed.size());
    Decoded result{};
    do {
        const std::size_t at = result.data.size();
        result.data.resize(at + (1U << 18));
        strm.next_out = result.data.data() + at;
        strm.avail_out = 1U << 18;
        result.code = zlib.inflate(&strm, Z_SYNC_FLUSH);
        result.data.resize(result.data.size() - strm.avail_out);
    } while (result.code == Z_OK && strm.avail_out == 0);
    result.is_complete = result.code == Z_STREAM_END && strm.avail_in == 0;
    zlib.inflateEnd(&strm);
    return result;
}

Bytes deflate_at_once(const Bytes& data, int level, int window_bits) {
    const ZlibApi& zlib = linked_zlib();
    z_stream strm{};
    BOOST_REQUIRE(zlib.deflate_init(&strm, level, window_bits) == Z_OK);
    Bytes packed(zlib.deflateBound(&strm, data.size()));
    strm.next_in = const_cast<Bytef*>(data.data());
    strm.avail_in = static_cast<uInt>(data.size());
    strm.next_out = packed.data();
    strm.avail_out = static_cast<uInt>(packed.size());
    BOOST_TEST(zlib.deflate(&strm, Z_FINISH) == Z_STREAM_END);
    packed.resize(strm.total_out);
    BOOST_TEST(zlib.deflateEnd(&strm) == Z_OK);
    return packed;
}

bool is_mapped(const char* name) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/maps", "r"),
                                                         std::fclose);
    BOOST_REQUIRE(maps != nullptr);
    char line[4096];
    while (std::fgets(line, sizeof line, maps.get()) != nullptr) {
        if (std::strstr(line, name) != nullptr) return true;
    }
    return false;
}

}  // namespace warpz::test
