// SPDX-License-Identifier: Zlib
// The functions of zlib.h as a table of pointers, once for each implementation in the process: the
// reference (the system's libz), the library's objects as linked into the test, and any libz file.
// A test written against ZlibApi runs on all of them.
#pragma once

#include <cstdarg>
#include <string>

#include "zlib.h"
#undef gzgetc  // the macro of that name would replace the member

#ifndef _LARGEFILE64_SOURCE
#error "the 64-bit functions are part of the table"
#endif

namespace warpz::test {

// clang-format off
/// F(name, result, parameters) for every function of zlib 1.2.13.
#define WARPZ_ZLIB_FUNCTIONS(F)                                                                     \
    F(adler32, uLong, (uLong, const Bytef*, uInt))                                                  \
    F(adler32_combine, uLong, (uLong, uLong, z_off_t))                                              \
    F(adler32_combine64, uLong, (uLong, uLong, off64_t))                                            \
    F(adler32_z, uLong, (uLong, const Bytef*, z_size_t))                                            \
    F(compress, int, (Bytef*, uLongf*, const Bytef*, uLong))                                        \
    F(compress2, int, (Bytef*, uLongf*, const Bytef*, uLong, int))                                  \
    F(compressBound, uLong, (uLong))                                                                \
    F(crc32, uLong, (uLong, const Bytef*, uInt))                                                    \
    F(crc32_combine, uLong, (uLong, uLong, z_off_t))                                                \
    F(crc32_combine64, uLong, (uLong, uLong, off64_t))                                              \
    F(crc32_combine_gen, uLong, (z_off_t))                                                          \
    F(crc32_combine_gen64, uLong, (off64_t))                                                        \
    F(crc32_combine_op, uLong, (uLong, uLong, uLong))                                               \
    F(crc32_z, uLong, (uLong, const Bytef*, z_size_t))                                              \
    F(deflate, int, (z_streamp, int))                                                               \
    F(deflateBound, uLong, (z_streamp, uLong))                                                      \
    F(deflateCopy, int, (z_streamp, z_streamp))                                                     \
    F(deflateEnd, int, (z_streamp))                                                                 \
    F(deflateGetDictionary, int, (z_streamp, Bytef*, uInt*))                                        \
    F(deflateInit2_, int, (z_streamp, int, int, int, int, int, const char*, int))                   \
    F(deflateInit_, int, (z_streamp, int, const char*, int))                                        \
    F(deflateParams, int, (z_streamp, int, int))                                                    \
    F(deflatePending, int, (z_streamp, unsigned*, int*))                                            \
    F(deflatePrime, int, (z_streamp, int, int))                                                     \
    F(deflateReset, int, (z_streamp))                                                               \
    F(deflateResetKeep, int, (z_streamp))                                                           \
    F(deflateSetDictionary, int, (z_streamp, const Bytef*, uInt))                                   \
    F(deflateSetHeader, int, (z_streamp, gz_headerp))                                               \
    F(deflateTune, int, (z_streamp, int, int, int, int))                                            \
    F(get_crc_table, const z_crc_t*, (void))                                                        \
    F(gzbuffer, int, (gzFile, unsigned))                                                            \
    F(gzclearerr, void, (gzFile))                                                                   \
    F(gzclose, int, (gzFile))                                                                       \
    F(gzclose_r, int, (gzFile))                                                                     \
    F(gzclose_w, int, (gzFile))                                                                     \
    F(gzdirect, int, (gzFile))                                                                      \
    F(gzdopen, gzFile, (int, const char*))                                                          \
    F(gzeof, int, (gzFile))                                                                         \
    F(gzerror, const char*, (gzFile, int*))                                                         \
    F(gzflush, int, (gzFile, int))                                                                  \
    F(gzfread, z_size_t, (voidp, z_size_t, z_size_t, gzFile))                                       \
    F(gzfwrite, z_size_t, (voidpc, z_size_t, z_size_t, gzFile))                                     \
    F(gzgetc, int, (gzFile))                                                                        \
    F(gzgetc_, int, (gzFile))                                                                       \
    F(gzgets, char*, (gzFile, char*, int))                                                          \
    F(gzoffset, z_off_t, (gzFile))                                                                  \
    F(gzoffset64, off64_t, (gzFile))                                                                \
    F(gzopen, gzFile, (const char*, const char*))                                                   \
    F(gzopen64, gzFile, (const char*, const char*))                                                 \
    F(gzprintf, int, (gzFile, const char*, ...))                                                    \
    F(gzputc, int, (gzFile, int))                                                                   \
    F(gzputs, int, (gzFile, const char*))                                                           \
    F(gzread, int, (gzFile, voidp, unsigned))                                                       \
    F(gzrewind, int, (gzFile))                                                                      \
    F(gzseek, z_off_t, (gzFile, z_off_t, int))                                                      \
    F(gzseek64, off64_t, (gzFile, off64_t, int))                                                    \
    F(gzsetparams, int, (gzFile, int, int))                                                         \
    F(gztell, z_off_t, (gzFile))                                                                    \
    F(gztell64, off64_t, (gzFile))                                                                  \
    F(gzungetc, int, (int, gzFile))                                                                 \
    F(gzvprintf, int, (gzFile, const char*, va_list))                                               \
    F(gzwrite, int, (gzFile, voidpc, unsigned))                                                     \
    F(inflate, int, (z_streamp, int))                                                               \
    F(inflateBack, int, (z_streamp, in_func, void*, out_func, void*))                               \
    F(inflateBackEnd, int, (z_streamp))                                                             \
    F(inflateBackInit_, int, (z_streamp, int, unsigned char*, const char*, int))                    \
    F(inflateCodesUsed, unsigned long, (z_streamp))                                                 \
    F(inflateCopy, int, (z_streamp, z_streamp))                                                     \
    F(inflateEnd, int, (z_streamp))                                                                 \
    F(inflateGetDictionary, int, (z_streamp, Bytef*, uInt*))                                        \
    F(inflateGetHeader, int, (z_streamp, gz_headerp))                                               \
    F(inflateInit2_, int, (z_streamp, int, const char*, int))                                       \
    F(inflateInit_, int, (z_streamp, const char*, int))                                             \
    F(inflateMark, long, (z_streamp))                                                               \
    F(inflatePrime, int, (z_streamp, int, int))                                                     \
    F(inflateReset, int, (z_streamp))                                                               \
    F(inflateReset2, int, (z_streamp, int))                                                         \
    F(inflateResetKeep, int, (z_streamp))                                                           \
    F(inflateSetDictionary, int, (z_streamp, const Bytef*, uInt))                                   \
    F(inflateSync, int, (z_streamp))                                                                \
    F(inflateSyncPoint, int, (z_streamp))                                                           \
    F(inflateUndermine, int, (z_streamp, int))                                                      \
    F(inflateValidate, int, (z_streamp, int))                                                       \
    F(uncompress, int, (Bytef*, uLongf*, const Bytef*, uLong))                                      \
    F(uncompress2, int, (Bytef*, uLongf*, const Bytef*, uLong*))                                    \
    F(zError, const char*, (int))                                                                   \
    F(zlibCompileFlags, uLong, (void))                                                              \
    F(zlibVersion, const char*, (void))

/// The functions that came with 1.3.1.2 and 1.3.2; null in the table of an older library.
#define WARPZ_ZLIB_FUNCTIONS_SINCE_1_3(F)                                                           \
    F(compress2_z, int, (Bytef*, z_size_t*, const Bytef*, z_size_t, int))                           \
    F(compressBound_z, z_size_t, (z_size_t))                                                        \
    F(compress_z, int, (Bytef*, z_size_t*, const Bytef*, z_size_t))                                 \
    F(deflateBound_z, z_size_t, (z_streamp, z_size_t))                                              \
    F(deflateUsed, int, (z_streamp, int*))                                                          \
    F(uncompress2_z, int, (Bytef*, z_size_t*, const Bytef*, z_size_t*))                             \
    F(uncompress_z, int, (Bytef*, z_size_t*, const Bytef*, z_size_t))
// clang-format on

struct ZlibApi {
    std::string file;  ///< where the functions are: a library's path, or "linked"

#define WARPZ_MEMBER(name, result, parameters) result(*name) parameters = nullptr;
    WARPZ_ZLIB_FUNCTIONS(WARPZ_MEMBER)
    WARPZ_ZLIB_FUNCTIONS_SINCE_1_3(WARPZ_MEMBER)
#undef WARPZ_MEMBER

    /// deflateInit2(), inflateInit2() and inflateBackInit() are macros in zlib.h; these pass the
    /// same version and size.
    int deflate_init(z_streamp strm, int level = Z_DEFAULT_COMPRESSION, int window_bits = MAX_WBITS,
                     int mem_level = 8, int strategy = Z_DEFAULT_STRATEGY) const {
        return deflateInit2_(strm, level, Z_DEFLATED, window_bits, mem_level, strategy,
                             ZLIB_VERSION, static_cast<int>(sizeof(z_stream)));
    }
    int inflate_init(z_streamp strm, int window_bits = MAX_WBITS) const {
        return inflateInit2_(strm, window_bits, ZLIB_VERSION, static_cast<int>(sizeof(z_stream)));
    }
    int inflate_back_init(z_streamp strm, int window_bits, unsigned char* window) const {
        return inflateBackInit_(strm, window_bits, window, ZLIB_VERSION,
                                static_cast<int>(sizeof(z_stream)));
    }
    /// True when the library is 1.3.1.2 or newer, whose few differences from 1.2.13 are this
    /// project's contract.
    [[nodiscard]] bool is_1_3_2() const { return deflateUsed != nullptr; }
};

/// The system's zlib, found when the build was configured. Ends the process with a message when the
/// file is missing, a function is not in that very file, or the file is this project's own library.
const ZlibApi& reference_zlib();

/// The library's objects, as linked into this executable.
const ZlibApi& linked_zlib();

/// The functions of the shared library at `path`, each proved to be in that file. Ends the process
/// otherwise.
ZlibApi load_zlib(const std::string& path);

/// What a conformance test is about: the file named by the environment variable WARPZ_TEST_LIBRARY,
/// else linked_zlib().
const ZlibApi& tested_zlib();

}  // namespace warpz::test
