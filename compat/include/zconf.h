/* SPDX-License-Identifier: Zlib */
/* Configuration behind zlib.h: the renaming of Z_PREFIX, the types every declaration uses, and the
 * large-file choice. The macros a program may set before including zlib.h, and the ones it may test
 * afterwards, are those of zlib 1.3.2; the platform is POSIX with a 32-bit int.
 *
 *   Z_PREFIX              every function, type and structure is named z_...; link a library that is
 *                         built so
 *   Z_SOLO                no libc header is included; the gz functions and those for whole buffers
 *                         are left out
 *   ZLIB_CONST            z_const is const: next_in and msg point to constant data
 *   _LARGEFILE64_SOURCE   functions with a file offset are declared with names ending in 64, too
 *   _FILE_OFFSET_BITS=64  the plain names of those functions mean the 64-bit ones
 */

#ifndef ZCONF_H
#define ZCONF_H

#ifdef Z_PREFIX
#define Z_PREFIX_SET

/* Functions and the init macros. */
#define adler32 z_adler32
#define adler32_combine z_adler32_combine
#define adler32_combine64 z_adler32_combine64
#define adler32_z z_adler32_z
#define crc32 z_crc32
#define crc32_combine z_crc32_combine
#define crc32_combine64 z_crc32_combine64
#define crc32_combine_gen z_crc32_combine_gen
#define crc32_combine_gen64 z_crc32_combine_gen64
#define crc32_combine_op z_crc32_combine_op
#define crc32_z z_crc32_z
#define deflate z_deflate
#define deflateBound z_deflateBound
#define deflateBound_z z_deflateBound_z
#define deflateCopy z_deflateCopy
#define deflateEnd z_deflateEnd
#define deflateGetDictionary z_deflateGetDictionary
#define deflateInit z_deflateInit
#define deflateInit2 z_deflateInit2
#define deflateInit2_ z_deflateInit2_
#define deflateInit_ z_deflateInit_
#define deflateParams z_deflateParams
#define deflatePending z_deflatePending
#define deflatePrime z_deflatePrime
#define deflateReset z_deflateReset
#define deflateResetKeep z_deflateResetKeep
#define deflateSetDictionary z_deflateSetDictionary
#define deflateSetHeader z_deflateSetHeader
#define deflateTune z_deflateTune
#define deflateUsed z_deflateUsed
#define get_crc_table z_get_crc_table
#define inflate z_inflate
#define inflateBack z_inflateBack
#define inflateBackEnd z_inflateBackEnd
#define inflateBackInit z_inflateBackInit
#define inflateBackInit_ z_inflateBackInit_
#define inflateCodesUsed z_inflateCodesUsed
#define inflateCopy z_inflateCopy
#define inflateEnd z_inflateEnd
#define inflateGetDictionary z_inflateGetDictionary
#define inflateGetHeader z_inflateGetHeader
#define inflateInit z_inflateInit
#define inflateInit2 z_inflateInit2
#define inflateInit2_ z_inflateInit2_
#define inflateInit_ z_inflateInit_
#define inflateMark z_inflateMark
#define inflatePrime z_inflatePrime
#define inflateReset z_inflateReset
#define inflateReset2 z_inflateReset2
#define inflateResetKeep z_inflateResetKeep
#define inflateSetDictionary z_inflateSetDictionary
#define inflateSync z_inflateSync
#define inflateSyncPoint z_inflateSyncPoint
#define inflateUndermine z_inflateUndermine
#define inflateValidate z_inflateValidate
#define zError z_zError
#define zlibCompileFlags z_zlibCompileFlags
#define zlibVersion z_zlibVersion
#ifndef Z_SOLO
#define compress z_compress
#define compress2 z_compress2
#define compress2_z z_compress2_z
#define compressBound z_compressBound
#define compressBound_z z_compressBound_z
#define compress_z z_compress_z
#define gzFile z_gzFile
#define gzbuffer z_gzbuffer
#define gzclearerr z_gzclearerr
#define gzclose z_gzclose
#define gzclose_r z_gzclose_r
#define gzclose_w z_gzclose_w
#define gzdirect z_gzdirect
#define gzdopen z_gzdopen
#define gzeof z_gzeof
#define gzerror z_gzerror
#define gzflush z_gzflush
#define gzfread z_gzfread
#define gzfwrite z_gzfwrite
#define gzgetc z_gzgetc
#define gzgetc_ z_gzgetc_
#define gzgets z_gzgets
#define gzoffset z_gzoffset
#define gzoffset64 z_gzoffset64
#define gzopen z_gzopen
#define gzopen64 z_gzopen64
#define gzprintf z_gzprintf
#define gzputc z_gzputc
#define gzputs z_gzputs
#define gzread z_gzread
#define gzrewind z_gzrewind
#define gzseek z_gzseek
#define gzseek64 z_gzseek64
#define gzsetparams z_gzsetparams
#define gztell z_gztell
#define gztell64 z_gztell64
#define gzungetc z_gzungetc
#define gzvprintf z_gzvprintf
#define gzwrite z_gzwrite
#define uncompress z_uncompress
#define uncompress2 z_uncompress2
#define uncompress2_z z_uncompress2_z
#define uncompress_z z_uncompress_z
#endif

/* Types and structures. */
#define Byte z_Byte
#define Bytef z_Bytef
#define alloc_func z_alloc_func
#define charf z_charf
#define free_func z_free_func
#define gz_header z_gz_header
#define gz_header_s z_gz_header_s
#define gz_headerp z_gz_headerp
#define in_func z_in_func
#define internal_state z_internal_state
#define intf z_intf
#define out_func z_out_func
#define uInt z_uInt
#define uIntf z_uIntf
#define uLong z_uLong
#define uLongf z_uLongf
#define voidp z_voidp
#define voidpc z_voidpc
#define voidpf z_voidpf
#endif /* Z_PREFIX */

/* STDC: the compiler knows prototypes and void pointers. STDC99: it knows long long, too. */
#if !defined(STDC) && \
    (defined(__STDC__) || defined(__STDC_VERSION__) || defined(__cplusplus) || defined(__GNUC__))
#define STDC
#endif
#if !defined(STDC99) && defined(__STDC_VERSION__)
#if __STDC_VERSION__ >= 199901L
#define STDC99
#endif
#endif

#ifndef z_const
#ifdef ZLIB_CONST
#define z_const const
#else
#define z_const
#endif
#endif

#ifndef Z_SOLO
#ifndef Z_HAVE_UNISTD_H
#define Z_HAVE_UNISTD_H
#endif
#ifndef Z_HAVE_STDARG_H
#define Z_HAVE_STDARG_H
#endif
#include <stdarg.h>    /* va_list */
#include <stddef.h>    /* size_t */
#include <sys/types.h> /* off_t */
#include <unistd.h>    /* SEEK_SET, _LFS64_LARGEFILE */
#endif

/* Largest memLevel and windowBits that deflateInit2() accepts. A stream asks its allocator for at
 * most, in bytes,
 *   deflate   (1 << (windowBits + 2)) + (1 << (memLevel + 9)) + 8192
 *   inflate   (1 << windowBits) + 24576 */
#ifndef MAX_MEM_LEVEL
#define MAX_MEM_LEVEL 9
#endif
#ifndef MAX_WBITS
#define MAX_WBITS 15
#endif

/* Prototype macros of older headers, which programs of that time still use. */
#ifndef OF
#define OF(args) args
#endif
#ifndef Z_ARG
#define Z_ARG(args) args
#endif

/* Storage class, calling convention and address space of the declarations; the last two are empty
 * here. The visibility holds where this library itself is compiled with -fvisibility=hidden. */
#ifndef ZEXTERN
#if defined(__GNUC__) && __GNUC__ >= 4
#define ZEXTERN extern __attribute__((visibility("default")))
#else
#define ZEXTERN extern
#endif
#endif
#ifndef ZEXPORT
#define ZEXPORT
#endif
#ifndef ZEXPORTVA
#define ZEXPORTVA
#endif
#ifndef FAR
#define FAR
#endif
#ifndef Z_FAR
#define Z_FAR FAR
#endif

#if !defined(__MACTYPES__)
typedef unsigned char Byte;
#endif
typedef unsigned int uInt;
typedef unsigned long uLong;
typedef Byte FAR Bytef;
typedef char FAR charf;
typedef int FAR intf;
typedef uInt FAR uIntf;
typedef uLong FAR uLongf;
typedef void const* voidpc;
typedef void FAR* voidpf;
typedef void* voidp;

#ifdef Z_SOLO
typedef unsigned long z_size_t;
#else
typedef size_t z_size_t;
#endif

/* An entry of get_crc_table(): 32 bits. */
#ifndef Z_U4
#define Z_U4 unsigned
#endif
typedef Z_U4 z_crc_t;

/* z_off_t is the offset of the plain names, z_off64_t that of the names ending in 64.
 *
 *   Z_LFS64    the platform has 64-bit offsets beside off_t
 *   Z_LARGE64  and the program asked for the names ending in 64: _LARGEFILE64_SOURCE is defined, as
 *              nothing or as other than 0 (the difference below is 2 for an empty definition)
 *   Z_WANT64   and the program asked for 64-bit offsets under the plain names */
#if defined(_LFS64_LARGEFILE)
#if _LFS64_LARGEFILE + 0
#define Z_LFS64
#endif
#endif
#if defined(_LARGEFILE64_SOURCE) && defined(Z_LFS64)
#if _LARGEFILE64_SOURCE + 0 != 0 || 1 - _LARGEFILE64_SOURCE - 1 == 2
#define Z_LARGE64
#endif
#endif
#if defined(_FILE_OFFSET_BITS) && defined(Z_LFS64)
#if _FILE_OFFSET_BITS + 0 == 64
#define Z_WANT64
#endif
#endif

#ifndef z_off_t
#ifdef Z_SOLO
#define z_off_t long
#else
#define z_off_t off_t
#endif
#endif
#ifndef z_off64_t
#ifdef Z_LARGE64
#define z_off64_t off64_t
#else
#define z_off64_t z_off_t
#endif
#endif

#if !defined(SEEK_SET) && !defined(Z_SOLO)
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif

#endif /* ZCONF_H */
