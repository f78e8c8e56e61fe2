// SPDX-License-Identifier: Zlib
// uncompress() and its relatives: a whole zlib stream in memory, in one call. Lengths may exceed what one z_stream
// call can carry, so both buffers are handed to inflate() in pieces of at most UINT_MAX bytes.
#include <algorithm>
#include <limits>

#include "boundary.hpp"

namespace {

constexpr z_size_t kMaxPiece = std::numeric_limits<uInt>::max();

/// Takes the next piece off `left`.
uInt next_piece(z_size_t& left) noexcept {
    const z_size_t piece = std::min(left, kMaxPiece);
    left -= piece;
    return static_cast<uInt>(piece);
}

}  // namespace

extern "C" {

int ZEXPORT uncompress2_z(Bytef* dest, z_size_t* destLen, const Bytef* source,
                          z_size_t* sourceLen) {
    if (sourceLen == nullptr || (*sourceLen > 0 && source == nullptr) || destLen == nullptr ||
        (*destLen > 0 && dest == nullptr)) {
        return Z_STREAM_ERROR;
    }
    z_size_t in_left = *sourceLen;
    z_size_t out_left = *destLen;
    Bytef nowhere;  // inflate() wants an address even where it has no room

    z_stream strm{};
    int result = inflateInit(&strm);
    if (result != Z_OK) return result;
    strm.next_in = const_cast<z_const Bytef*>(source);
    strm.next_out = dest != nullptr ? dest : &nowhere;
    do {
        if (strm.avail_out == 0) strm.avail_out = next_piece(out_left);
        if (strm.avail_in == 0) strm.avail_in = next_piece(in_left);
        result = inflate(&strm, Z_NO_FLUSH);
    } while (result == Z_OK);

    in_left += strm.avail_in;
    out_left += strm.avail_out;
    *sourceLen -= in_left;
    *destLen -= out_left;
    inflateEnd(&strm);
    if (result == Z_STREAM_END) return Z_OK;
    if (result == Z_NEED_DICT) return Z_DATA_ERROR;
    // No progress is the source's fault if it has been used up, else the destination is too small.
    if (result == Z_BUF_ERROR && in_left == 0) return Z_DATA_ERROR;
    return result;
}

int ZEXPORT uncompress_z(Bytef* dest, z_size_t* destLen, const Bytef* source, z_size_t sourceLen) {
    return uncompress2_z(dest, destLen, source, &sourceLen);
}

int ZEXPORT uncompress2(Bytef* dest, uLongf* destLen, const Bytef* source, uLong* sourceLen) {
    z_size_t dest_size = *destLen;
    z_size_t source_size = *sourceLen;
    const int result = uncompress2_z(dest, &dest_size, source, &source_size);
    *sourceLen = static_cast<uLong>(source_size);
    *destLen = static_cast<uLong>(dest_size);
    return result;
}

int ZEXPORT uncompress(Bytef* dest, uLongf* destLen, const Bytef* source, uLong sourceLen) {
    return uncompress2(dest, destLen, source, &sourceLen);
}

}  // extern "C"
