// SPDX-License-Identifier: Zlib
// The one-shot half of zlib's ABI that compresses: compress, compress2, compressBound and their size_t forms.
#include <climits>

#include "zlib.h"

extern "C" {

int ZEXPORT compress2_z(Bytef* dest, z_size_t* destLen, const Bytef* source, z_size_t sourceLen,
                        int level) {
    if ((sourceLen > 0 && source == nullptr) || destLen == nullptr ||
        (*destLen > 0 && dest == nullptr)) {
        return Z_STREAM_ERROR;
    }
    z_size_t space = *destLen;
    *destLen = 0;

    z_stream stream{};
    int code = deflateInit(&stream, level);
    if (code != Z_OK) return code;
    stream.next_out = dest;
    stream.next_in = const_cast<Bytef*>(source);
    auto take = [](z_size_t& from) {
        const uInt part = from > UINT_MAX ? UINT_MAX : static_cast<uInt>(from);
        from -= part;
        return part;
    };
    do {
        if (stream.avail_out == 0) stream.avail_out = take(space);
        if (stream.avail_in == 0) stream.avail_in = take(sourceLen);
        code = deflate(&stream, sourceLen != 0 ? Z_NO_FLUSH : Z_FINISH);
    } while (code == Z_OK);

    *destLen = static_cast<z_size_t>(stream.next_out - dest);
    deflateEnd(&stream);
    return code == Z_STREAM_END ? Z_OK : code;
}

int ZEXPORT compress2(Bytef* dest, uLongf* destLen, const Bytef* source, uLong sourceLen,
                      int level) {
    z_size_t size = *destLen;
    const int code = compress2_z(dest, &size, source, sourceLen, level);
    *destLen = static_cast<uLong>(size);
    return code;
}

int ZEXPORT compress_z(Bytef* dest, z_size_t* destLen, const Bytef* source, z_size_t sourceLen) {
    return compress2_z(dest, destLen, source, sourceLen, Z_DEFAULT_COMPRESSION);
}

int ZEXPORT compress(Bytef* dest, uLongf* destLen, const Bytef* source, uLong sourceLen) {
    return compress2(dest, destLen, source, sourceLen, Z_DEFAULT_COMPRESSION);
}

z_size_t ZEXPORT compressBound_z(z_size_t sourceLen) {
    const z_size_t bound =
        sourceLen + (sourceLen >> 12) + (sourceLen >> 14) + (sourceLen >> 25) + 13;
    return bound < sourceLen ? ~z_size_t{0} : bound;
}

uLong ZEXPORT compressBound(uLong sourceLen) {
    const z_size_t bound = compressBound_z(sourceLen);
    return static_cast<uLong>(bound) != bound ? ~0UL : static_cast<uLong>(bound);
}

}  // extern "C"
