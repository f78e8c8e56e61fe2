/* SPDX-License-Identifier: Zlib */
/* The public interface of warpz: that of zlib 1.3.2, in source and in binary. A program compiled
 * against either header runs with either library.
 *
 * Formats: "zlib" is RFC 1950, "raw deflate" RFC 1951, "gzip" RFC 1952.
 *
 * Threads: a z_stream or gzFile belongs to one thread at a time; different ones are independent,
 * and every other function may be called from any thread at any time, provided that a caller's own
 * zalloc and zfree may. The library installs no signal handler and writes to no descriptor but a
 * gzFile's.
 *
 * Streams: each function that takes a z_streamp returns Z_STREAM_ERROR, or the value named there,
 * when strm is null, was not initialised by the matching init function, or is a copy of a z_stream
 * made by assignment. This is not repeated below.
 */

#ifndef ZLIB_H
#define ZLIB_H

#include "zconf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers and dots only, because programs parse it (CPython's tests turn each part into an int). zlib's own says
 * "1.3.2": the last part says the same and tells the libraries apart. */
#define ZLIB_VERSION "1.3.2.0"
#define ZLIB_VERNUM 0x1320
#define ZLIB_VER_MAJOR 1
#define ZLIB_VER_MINOR 3
#define ZLIB_VER_REVISION 2
#define ZLIB_VER_SUBREVISION 0

/* ---- Structures ---- */

/* zalloc returns a block of items * size bytes, aligned as malloc's, or null. zfree takes it back.
 * Both get the stream's opaque. */
typedef voidpf (*alloc_func)(voidpf opaque, uInt items, uInt size);
typedef void (*free_func)(voidpf opaque, voidpf address);

struct internal_state;

/* The two buffers of a stream and what is known about it. Before an init function the caller sets
 * zalloc, zfree and opaque (null selects malloc and free) and, for inflate, next_in and avail_in;
 * afterwards it moves the buffers and leaves the rest alone. Until the end function the structure
 * stays at its address. */
typedef struct z_stream_s {
    z_const Bytef* next_in; /* input not yet taken */
    uInt avail_in;          /* its size in bytes */
    uLong total_in;         /* bytes taken since the init or reset */

    Bytef* next_out; /* room for output */
    uInt avail_out;  /* its size in bytes */
    uLong total_out; /* bytes written since the init or reset */

    z_const char* msg;                /* text of the last error, static; null when there is none */
    struct internal_state FAR* state; /* the library's own */

    alloc_func zalloc;
    free_func zfree;
    voidpf opaque;

    int data_type;  /* deflate: Z_BINARY, Z_TEXT or Z_UNKNOWN. inflate: a position, see there */
    uLong adler;    /* check value of the uncompressed data: Adler-32, for gzip CRC-32 */
    uLong reserved; /* keeps the size */
} z_stream;

typedef z_stream FAR* z_streamp;

/* Fields of a gzip header (RFC 1952, 2.3), for deflateSetHeader() and inflateGetHeader(). Null
 * pointers mean "absent" when writing and "not wanted" when reading. */
typedef struct gz_header_s {
    int text;       /* FTEXT */
    uLong time;     /* MTIME */
    int xflags;     /* XFL; only read */
    int os;         /* OS */
    Bytef* extra;   /* FEXTRA's bytes */
    uInt extra_len; /* XLEN */
    uInt extra_max; /* room at extra; only for reading */
    Bytef* name;    /* FNAME, with its zero byte */
    uInt name_max;  /* room at name; only for reading */
    Bytef* comment; /* FCOMMENT, with its zero byte */
    uInt comm_max;  /* room at comment; only for reading */
    int hcrc;       /* the header has a CRC-16 */
    int done;       /* reading: 0 not yet, 1 complete, -1 the stream is not gzip */
} gz_header;

typedef gz_header FAR* gz_headerp;

/* ---- Constants ---- */

/* flush, of deflate() and inflate() */
#define Z_NO_FLUSH 0
#define Z_PARTIAL_FLUSH 1
#define Z_SYNC_FLUSH 2
#define Z_FULL_FLUSH 3
#define Z_FINISH 4
#define Z_BLOCK 5
#define Z_TREES 6

/* Results. Negative ones are errors, positive ones are events. */
#define Z_OK 0
#define Z_STREAM_END 1       /* the stream is complete */
#define Z_NEED_DICT 2        /* inflateSetDictionary() is due */
#define Z_ERRNO (-1)         /* the file system's error, see errno */
#define Z_STREAM_ERROR (-2)  /* a bad argument or stream */
#define Z_DATA_ERROR (-3)    /* the input is not what the format allows */
#define Z_MEM_ERROR (-4)     /* zalloc returned null */
#define Z_BUF_ERROR (-5)     /* nothing could be done with the buffers given; not fatal */
#define Z_VERSION_ERROR (-6) /* compiled against another major version or z_stream */

/* level */
#define Z_NO_COMPRESSION 0
#define Z_BEST_SPEED 1
#define Z_BEST_COMPRESSION 9
#define Z_DEFAULT_COMPRESSION (-1) /* 6 */

/* strategy */
#define Z_FILTERED 1     /* residuals of a predictor: drops matches of up to 5 bytes */
#define Z_HUFFMAN_ONLY 2 /* no matches */
#define Z_RLE 3          /* matches of distance 1 only */
#define Z_FIXED 4        /* no dynamic block */
#define Z_DEFAULT_STRATEGY 0

/* data_type of a deflate stream */
#define Z_BINARY 0
#define Z_TEXT 1
#define Z_ASCII Z_TEXT
#define Z_UNKNOWN 2

/* method */
#define Z_DEFLATED 8

#define Z_NULL 0

/* ---- Version ---- */

/* The library's ZLIB_VERSION, a static string. The init functions accept a caller whose
 * ZLIB_VERSION begins with the same character. */
ZEXTERN const char* ZEXPORT zlibVersion(void);
#define zlib_version zlibVersion()

/* How the library was built.
 *
 * bits 0-1, 2-3, 4-5, 6-7  sizes of uInt, uLong, voidpf and z_off_t: 0 is 16 bits, 1 is 32,
 *                          2 is 64, 3 another
 * bit 8                    debug build of zlib
 * bit 9                    assembler code
 * bit 10                   WINAPI calling convention
 * bits 12, 13              decoding tables, CRC tables are made at run time
 * bits 16, 17              gz files cannot be written; gzip is missing
 * bits 20, 21              a lenient inflate; deflate has one level
 * bits 24-27               gzprintf: at most 20 arguments, unbounded, length inferred, missing
 * Other bits are zero. */
ZEXTERN uLong ZEXPORT zlibCompileFlags(void);

/* A static text for a result code, empty for Z_OK and unknown codes. */
ZEXTERN const char* ZEXPORT zError(int code);

/* ---- deflate ---- */

/* int deflateInit(z_streamp strm, int level)
 * int deflateInit2(z_streamp strm, int level, int method, int windowBits, int memLevel,
 *                  int strategy)
 *
 * Makes strm a deflate stream and resets its counters, adler and msg; takes no input. deflateInit()
 * writes zlib, with windowBits 15, memLevel 8 and Z_DEFAULT_STRATEGY.
 *
 * level       0 stores, 1 is the fastest, 9 the smallest; Z_DEFAULT_COMPRESSION is 6
 * method      Z_DEFLATED
 * windowBits  base 2 logarithm of the window: 9..15, or 8 which is taken as 9, writes zlib;
 *             -9..-15 writes raw deflate; 25..31 (16 more) writes gzip
 * memLevel    1..MAX_MEM_LEVEL; memory and block length grow with it, see zconf.h
 * strategy    which matches and blocks are used; any value yields a valid stream for any data
 * returns     Z_OK; Z_STREAM_ERROR for a value out of range, Z_MEM_ERROR, Z_VERSION_ERROR
 *
 * Macros over the functions with an underscore, which also get the caller's version and size. */
ZEXTERN int ZEXPORT deflateInit_(z_streamp strm, int level, const char* version, int stream_size);
ZEXTERN int ZEXPORT deflateInit2_(z_streamp strm, int level, int method, int windowBits,
                                  int memLevel, int strategy, const char* version, int stream_size);

/* Takes input and writes output until one of the buffers is used up. Input may be held back for a
 * longer block or match, output that found no room is kept.
 *
 * flush       Z_NO_FLUSH       write when it is worth it
 *             Z_PARTIAL_FLUSH  end the block, then an empty fixed block: the other side can decode
 *                              everything given so far
 *             Z_SYNC_FLUSH     end the block, then an empty stored block, which ends at a byte
 *             Z_FULL_FLUSH     the same, and forget the window: decoding can begin here
 *             Z_BLOCK          end the block; up to 7 bits wait for the next one
 *             Z_FINISH         end the stream
 *             While a flush ends with avail_out == 0 it is unfinished: repeat the call with the
 *             same value and more room. Room for more than six bytes avoids a second marker.
 * returns     Z_OK when bytes were taken or written; Z_STREAM_END when Z_FINISH is complete (one
 *             call is enough with deflateBound() bytes of room); Z_BUF_ERROR when nothing could be
 *             done; Z_STREAM_ERROR when next_out is null, next_in is null with avail_in > 0, or
 *             flush is unknown, or not Z_FINISH after a Z_FINISH
 *
 * Updates adler, data_type (a guess from the first bytes) and the counters. After Z_STREAM_END only
 * deflateReset() and deflateEnd() are useful. */
ZEXTERN int ZEXPORT deflate(z_streamp strm, int flush);

/* Frees the stream. Z_OK; Z_DATA_ERROR when it had begun and was not complete: it is freed, too. */
ZEXTERN int ZEXPORT deflateEnd(z_streamp strm);

/* Puts bytes before the data: matches can point into them. The decoder has to be given the same.
 *
 * dictionary  the most useful bytes last; those that fit in the window count
 * returns     Z_OK, with adler the Adler-32 of the whole dictionary for a zlib stream;
 *             Z_STREAM_ERROR when dictionary is null, for a gzip stream, for a zlib stream that
 *             has begun, for a raw stream that holds input back */
ZEXTERN int ZEXPORT deflateSetDictionary(z_streamp strm, const Bytef* dictionary, uInt dictLength);

/* Copies the window: the last bytes taken, at most 32768 and possibly up to 258 fewer than the
 * window holds.
 *
 * dictionary  room for 32768 bytes, or null
 * dictLength  set to the number of bytes, or null */
ZEXTERN int ZEXPORT deflateGetDictionary(z_streamp strm, Bytef* dictionary, uInt* dictLength);

/* Makes dest, whose content is overwritten, an independent stream in source's state, with the same
 * buffers and allocator. Z_OK, Z_MEM_ERROR. */
ZEXTERN int ZEXPORT deflateCopy(z_streamp dest, z_streamp source);

/* Begins a new stream with the same parameters and memory. deflateResetKeep() leaves out the window
 * and what deflateTune() has set. */
ZEXTERN int ZEXPORT deflateReset(z_streamp strm);
ZEXTERN int ZEXPORT deflateResetKeep(z_streamp strm);

/* Changes level and strategy, from the next byte not taken yet.
 *
 * When the change needs it and the stream has begun, the input given so far is written first, as by
 * deflate(strm, Z_BLOCK).
 *
 * returns     Z_OK; Z_BUF_ERROR when that did not fit: nothing is changed, call again with more
 *             room; Z_STREAM_ERROR for a value out of range */
ZEXTERN int ZEXPORT deflateParams(z_streamp strm, int level, int strategy);

/* Replaces the level's search limits, until the level changes: match lengths at which the search is
 * shortened, a lazy search is skipped and the search ends, and the number of candidates. */
ZEXTERN int ZEXPORT deflateTune(z_streamp strm, int good_length, int max_lazy, int nice_length,
                                int max_chain);

/* Upper bound of the output for sourceLen bytes, when deflate() is called with Z_NO_FLUSH and
 * Z_FINISH only. Call it after deflateSetHeader(). strm may be null: then the bound holds for any
 * parameters, without a gzip header's optional fields. The largest value of the type when the sum
 * does not fit. */
ZEXTERN uLong ZEXPORT deflateBound(z_streamp strm, uLong sourceLen);
ZEXTERN z_size_t ZEXPORT deflateBound_z(z_streamp strm, z_size_t sourceLen);

/* Output that is made but not delivered: whole bytes, and 0..7 bits of the next. Either may be
 * null. */
ZEXTERN int ZEXPORT deflatePending(z_streamp strm, unsigned* pending, int* bits);

/* Bits used, 1..8, in the last byte before the latest byte boundary that a flush made; 0 before the
 * first. bits may be null. */
ZEXTERN int ZEXPORT deflateUsed(z_streamp strm, int* bits);

/* Puts the low `bits` bits of value, 0..16, into the output of a raw stream.
 * Z_OK; Z_BUF_ERROR when bits is out of range or there is no room inside the stream. */
ZEXTERN int ZEXPORT deflatePrime(z_streamp strm, int bits, int value);

/* Gives the fields of the gzip header. Call it before the first deflate(); head and what it points
 * to stay until the header is written. deflateReset() forgets it.
 * Z_OK; Z_STREAM_ERROR when the stream is not gzip. */
ZEXTERN int ZEXPORT deflateSetHeader(z_streamp strm, gz_headerp head);

/* ---- inflate ---- */

/* int inflateInit(z_streamp strm)
 * int inflateInit2(z_streamp strm, int windowBits)
 *
 * Makes strm an inflate stream and resets its counters and msg; takes no input. inflateInit() is
 * inflateInit2() with windowBits 15.
 *
 * windowBits  8..15    zlib; a stream with a larger window is a data error
 *             0        zlib, with the window of the stream's header
 *             -8..-15  raw deflate; nothing is checked but the format
 *             24..31   (16 more) gzip: one member, up to its trailer
 *             40..47   (32 more) zlib or gzip, by the first bytes; 16 and 32 go with 0, too
 * returns     Z_OK, Z_STREAM_ERROR for a value out of range, Z_MEM_ERROR, Z_VERSION_ERROR */
ZEXTERN int ZEXPORT inflateInit_(z_streamp strm, const char* version, int stream_size);
ZEXTERN int ZEXPORT inflateInit2_(z_streamp strm, int windowBits, const char* version,
                                  int stream_size);

/* Decodes until input or room is used up, the stream ends, or the point that flush names.
 *
 * flush       Z_NO_FLUSH, Z_SYNC_FLUSH  as far as possible
 *             Z_FINISH  as far as possible; Z_BUF_ERROR unless that is the end: not fatal
 *             Z_BLOCK   until the next end of a block, and after the header
 *             Z_TREES   the same, and until the end of each block's header
 * returns     Z_OK          bytes were taken or written
 *             Z_STREAM_END  the stream, its check value and length are complete and right; next_in
 *                           is at the first byte behind it
 *             Z_NEED_DICT   adler is the dictionary's Adler-32; see inflateSetDictionary()
 *             Z_BUF_ERROR   nothing could be done
 *             Z_DATA_ERROR  msg says what is wrong; what comes before it has been written
 *             Z_MEM_ERROR
 *             Z_STREAM_ERROR  next_out is null, or next_in is null with avail_in > 0
 *
 * On return data_type is the number of bits taken from next_in and not used, plus 64 in the last
 * block, plus 128 right behind a block or a header, plus 256 right behind a block's header. */
ZEXTERN int ZEXPORT inflate(z_streamp strm, int flush);

/* Frees the stream. */
ZEXTERN int ZEXPORT inflateEnd(z_streamp strm);

/* Gives the bytes before the data: after Z_NEED_DICT, or at any time for a raw stream.
 * Z_OK; Z_DATA_ERROR when its Adler-32 is not the one asked for; Z_STREAM_ERROR at another time. */
ZEXTERN int ZEXPORT inflateSetDictionary(z_streamp strm, const Bytef* dictionary, uInt dictLength);

/* Copies the last bytes written, at most 32768; arguments as deflateGetDictionary(). */
ZEXTERN int ZEXPORT inflateGetDictionary(z_streamp strm, Bytef* dictionary, uInt* dictLength);

/* Skips input to behind the next 00 00 FF FF, where a full flush may have been, for decoding to go
 * on there. Z_OK; Z_DATA_ERROR when the input ends first: go on with more; Z_BUF_ERROR without
 * input. */
ZEXTERN int ZEXPORT inflateSync(z_streamp strm);

/* 1 when the next byte is the first of a stored block's LEN, as in the empty block that
 * Z_SYNC_FLUSH and Z_FULL_FLUSH write, else 0. */
ZEXTERN int ZEXPORT inflateSyncPoint(z_streamp strm);

/* As deflateCopy(). */
ZEXTERN int ZEXPORT inflateCopy(z_streamp dest, z_streamp source);

/* Begins a new stream in the same memory; inflateReset2() with another windowBits,
 * inflateResetKeep() with the window as it is. Z_OK; Z_STREAM_ERROR for windowBits out of range. */
ZEXTERN int ZEXPORT inflateReset(z_streamp strm);
ZEXTERN int ZEXPORT inflateReset2(z_streamp strm, int windowBits);
ZEXTERN int ZEXPORT inflateResetKeep(z_streamp strm);

/* Puts the low `bits` bits of value before the input; a negative `bits` empties the bit buffer.
 *
 * bits        up to 16, and no more than 32 - (data_type & 63)
 * returns     Z_OK; Z_STREAM_ERROR for bits out of range */
ZEXTERN int ZEXPORT inflatePrime(z_streamp strm, int bits, int value);

/* Where decoding stands inside a code, for random access: (back << 16) + done.
 *
 * back        -1 outside a code, else the bits by which the current code began before the input's
 *             position
 * done        bytes written of that code's match; with back -1 the bytes left of a stored block
 * returns     that, or -65536 when strm is not an inflate stream */
ZEXTERN long ZEXPORT inflateMark(z_streamp strm);

/* Asks for the fields of the gzip header. Call it before the first inflate(); head stays until
 * head->done is not 0. Each text is cut to its room, extra_len is the length in the stream; a field
 * that the stream does not have gets a null pointer. inflateReset() forgets it.
 * Z_OK; Z_STREAM_ERROR when gzip is not expected. */
ZEXTERN int ZEXPORT inflateGetHeader(z_streamp strm, gz_headerp head);

/* subvert != 0: accept distances beyond the data, which a strict build refuses with Z_DATA_ERROR;
 * this one does. */
ZEXTERN int ZEXPORT inflateUndermine(z_streamp strm, int subvert);

/* check == 0: ignore check values and lengths from now on; another value: check them. Z_OK. */
ZEXTERN int ZEXPORT inflateValidate(z_streamp strm, int check);

/* Decoding table entries that the current block uses, or (unsigned long)-1 without a stream. */
ZEXTERN unsigned long ZEXPORT inflateCodesUsed(z_streamp strm);

/* ---- inflate with callbacks ---- */

/* Returns the number of bytes at *buf, 0 when there are no more. */
typedef unsigned (*in_func)(void FAR* in_desc, z_const unsigned char FAR* FAR* buf);
/* Takes len bytes at buf, part of the window. Returns 0, or another value to stop. */
typedef int (*out_func)(void FAR* out_desc, unsigned char FAR* buf, unsigned len);

/* int inflateBackInit(z_streamp strm, int windowBits, unsigned char FAR* window)
 *
 * Makes strm a stream for inflateBack() alone, which writes into the caller's window.
 *
 * windowBits  8..15; 15 decodes any stream
 * window      1 << windowBits bytes, which stay until inflateBackEnd()
 * returns     Z_OK, Z_STREAM_ERROR, Z_MEM_ERROR, Z_VERSION_ERROR */
ZEXTERN int ZEXPORT inflateBackInit_(z_streamp strm, int windowBits, unsigned char FAR* window,
                                     const char* version, int stream_size);

/* Decodes one raw deflate stream, from next_in while it is not null and avail_in not 0, then from
 * in(); to out().
 *
 * returns     Z_STREAM_END; Z_DATA_ERROR with msg; Z_BUF_ERROR when in() had no more, with next_in
 *             null, or when out() stopped; Z_STREAM_ERROR
 *
 * next_in and avail_in are what the last in() gave and was not used. */
ZEXTERN int ZEXPORT inflateBack(z_streamp strm, in_func in, void FAR* in_desc, out_func out,
                                void FAR* out_desc);

/* Frees the stream. */
ZEXTERN int ZEXPORT inflateBackEnd(z_streamp strm);

/* The init macros: they tell the library what the caller was compiled with. */
#ifdef Z_PREFIX_SET
#define z_deflateInit(strm, level) \
    deflateInit_((strm), (level), ZLIB_VERSION, (int)sizeof(z_stream))
#define z_deflateInit2(strm, level, method, windowBits, memLevel, strategy)                      \
    deflateInit2_((strm), (level), (method), (windowBits), (memLevel), (strategy), ZLIB_VERSION, \
                  (int)sizeof(z_stream))
#define z_inflateInit(strm) inflateInit_((strm), ZLIB_VERSION, (int)sizeof(z_stream))
#define z_inflateInit2(strm, windowBits) \
    inflateInit2_((strm), (windowBits), ZLIB_VERSION, (int)sizeof(z_stream))
#define z_inflateBackInit(strm, windowBits, window) \
    inflateBackInit_((strm), (windowBits), (window), ZLIB_VERSION, (int)sizeof(z_stream))
#else
#define deflateInit(strm, level) deflateInit_((strm), (level), ZLIB_VERSION, (int)sizeof(z_stream))
#define deflateInit2(strm, level, method, windowBits, memLevel, strategy)                        \
    deflateInit2_((strm), (level), (method), (windowBits), (memLevel), (strategy), ZLIB_VERSION, \
                  (int)sizeof(z_stream))
#define inflateInit(strm) inflateInit_((strm), ZLIB_VERSION, (int)sizeof(z_stream))
#define inflateInit2(strm, windowBits) \
    inflateInit2_((strm), (windowBits), ZLIB_VERSION, (int)sizeof(z_stream))
#define inflateBackInit(strm, windowBits, window) \
    inflateBackInit_((strm), (windowBits), (window), ZLIB_VERSION, (int)sizeof(z_stream))
#endif

#ifndef Z_SOLO

/* ---- Whole buffers ---- */

/* Compresses to zlib; compress() at the default level.
 *
 * destLen     in: room at dest, compressBound(sourceLen) is enough; out: bytes written
 * returns     Z_OK, Z_BUF_ERROR when the room was too small, Z_MEM_ERROR, Z_STREAM_ERROR for a
 *             level out of range and for a null buffer of more than 0 bytes */
ZEXTERN int ZEXPORT compress(Bytef* dest, uLongf* destLen, const Bytef* source, uLong sourceLen);
ZEXTERN int ZEXPORT compress_z(Bytef* dest, z_size_t* destLen, const Bytef* source,
                               z_size_t sourceLen);
ZEXTERN int ZEXPORT compress2(Bytef* dest, uLongf* destLen, const Bytef* source, uLong sourceLen,
                              int level);
ZEXTERN int ZEXPORT compress2_z(Bytef* dest, z_size_t* destLen, const Bytef* source,
                                z_size_t sourceLen, int level);

/* Upper bound of what compress() and compress2() write, at any level. The largest value of the type
 * when the sum does not fit. */
ZEXTERN uLong ZEXPORT compressBound(uLong sourceLen);
ZEXTERN z_size_t ZEXPORT compressBound_z(z_size_t sourceLen);

/* Decodes a zlib stream.
 *
 * destLen     in: room at dest; out: bytes written
 * sourceLen   with uncompress2: in: bytes at source; out: bytes used
 * returns     Z_OK; Z_BUF_ERROR when the room was too small: it is filled; Z_DATA_ERROR when the
 *             input is corrupt, incomplete or needs a dictionary; Z_MEM_ERROR; Z_STREAM_ERROR for a
 *             null buffer of more than 0 bytes */
ZEXTERN int ZEXPORT uncompress(Bytef* dest, uLongf* destLen, const Bytef* source, uLong sourceLen);
ZEXTERN int ZEXPORT uncompress_z(Bytef* dest, z_size_t* destLen, const Bytef* source,
                                 z_size_t sourceLen);
ZEXTERN int ZEXPORT uncompress2(Bytef* dest, uLongf* destLen, const Bytef* source,
                                uLong* sourceLen);
ZEXTERN int ZEXPORT uncompress2_z(Bytef* dest, z_size_t* destLen, const Bytef* source,
                                  z_size_t* sourceLen);

/* ---- gzip files ---- */

/* A gzip file, or when reading any file. Errors stay until gzclearerr() or a seek; gzerror() tells
 * them. Z_STREAM_ERROR (or -1, 0, null, as the function has it) answers a null file and one that
 * was opened in the other direction. */
typedef struct gzFile_s* gzFile;

/* gzFile gzopen(const char* path, const char* mode)
 *
 * Opens path, or takes over the descriptor fd (gzdopen); gzclose() closes either.
 *
 * mode        r read, w write, a append a member; one of them
 *             0..9 level; f h R F the strategies FILTERED, HUFFMAN_ONLY, RLE, FIXED
 *             x with w or a: fail when the file exists; e: close on exec; N: non-blocking
 *             T write without compression, not with r; G refuse what is not gzip, only with r
 *             b and unknown letters mean nothing
 * returns     null for + or another bad mode, for lack of memory, for fd -1, and when the file
 *             cannot be opened (errno); gzdopen() leaves fd open then
 *
 * Reading takes a file of members one after the other as one, ignores what follows them and is not
 * gzip, and copies a file that does not begin as gzip. */
ZEXTERN gzFile ZEXPORT gzdopen(int fd, const char* mode);

/* Sets the buffer size in bytes, 8192 at first, before anything is read or written. 0, or -1. */
ZEXTERN int ZEXPORT gzbuffer(gzFile file, unsigned size);

/* Changes level and strategy; what was written before keeps the old ones.
 * Z_OK, Z_STREAM_ERROR, Z_ERRNO, Z_MEM_ERROR. */
ZEXTERN int ZEXPORT gzsetparams(gzFile file, int level, int strategy);

/* Reads up to len bytes, at most INT_MAX.
 *
 * returns     the bytes read, fewer than len at the end; -1 for an error, once the bytes before it
 *             are delivered. A file that ends in mid-member reads as a short one: gzerror() then
 *             says Z_BUF_ERROR, as does gzclose(). -1 with errno EAGAIN when a non-blocking
 *             descriptor has nothing. */
ZEXTERN int ZEXPORT gzread(gzFile file, voidp buf, unsigned len);

/* As fread(): the number of whole items read. A rest that is less than an item is in buf and not
 * counted; 0 with Z_STREAM_ERROR when size * nitems does not fit. */
ZEXTERN z_size_t ZEXPORT gzfread(voidp buf, z_size_t size, z_size_t nitems, gzFile file);

/* Writes len bytes, at most INT_MAX. The number written: 0 for an error; fewer than len only on a
 * non-blocking descriptor. */
ZEXTERN int ZEXPORT gzwrite(gzFile file, voidpc buf, unsigned len);

/* As fwrite(): the number of whole items written. */
ZEXTERN z_size_t ZEXPORT gzfwrite(voidpc buf, z_size_t size, z_size_t nitems, gzFile file);

/* Writes formatted text. The bytes written; 0 when the text is not shorter than the buffer (8192,
 * see gzbuffer()) and nothing was; negative: a result code. */
ZEXTERN int ZEXPORTVA gzprintf(gzFile file, const char* format, ...);
ZEXTERN int ZEXPORTVA gzvprintf(gzFile file, const char* format, va_list va);

/* Writes a string without its zero byte. The bytes written, -1 for an error. */
ZEXTERN int ZEXPORT gzputs(gzFile file, const char* s);

/* Reads up to len - 1 bytes, to behind a newline, and adds a zero byte. buf, or null when there was
 * nothing to read, for an error and for len < 1. */
ZEXTERN char* ZEXPORT gzgets(gzFile file, char* buf, int len);

/* Writes one byte: its value, -1 for an error. */
ZEXTERN int ZEXPORT gzputc(gzFile file, int c);

/* Reads one byte: its value, -1 at the end or for an error. Also a macro, whose file must not be
 * null, and gzgetc_() for programs compiled before it was one. */
ZEXTERN int ZEXPORT gzgetc(gzFile file);
ZEXTERN int ZEXPORT gzgetc_(gzFile file);

/* Puts c back, to be read next: right after opening at least a buffer's size of them, otherwise at
 * least one; a seek drops them. c, or -1. With c -1 it only carries out a waiting seek. */
ZEXTERN int ZEXPORT gzungetc(int c, gzFile file);

/* Writes what is buffered, with deflate()'s flush; after Z_FINISH the next write begins a member.
 * A result code. */
ZEXTERN int ZEXPORT gzflush(gzFile file, int flush);

/* z_off_t gzseek(gzFile file, z_off_t offset, int whence)
 * z_off_t gztell(gzFile file)
 * z_off_t gzoffset(gzFile file)
 *
 * gzseek() moves to an offset in the uncompressed data, SEEK_SET or SEEK_CUR, when the next read or
 * write comes: reading decodes up to there, from the start if need be; writing moves forward only
 * and writes zeros. It returns the new offset or -1. gztell() returns the offset, gzoffset() the
 * one in the file itself; -1 for an error. */

/* gzseek(file, 0, SEEK_SET) as 0 or -1; for reading only. */
ZEXTERN int ZEXPORT gzrewind(gzFile file);

/* 1 when a read has asked for more than there was, else 0. */
ZEXTERN int ZEXPORT gzeof(gzFile file);

/* 1 when bytes are copied as they are, 0 when they are gzip. When reading it looks at the first
 * bytes of the file; call gzbuffer() before. */
ZEXTERN int ZEXPORT gzdirect(gzFile file);

/* Writes the rest, frees file and closes its descriptor. gzclose_r() and gzclose_w() are for one
 * direction, so that a static link leaves out the other.
 * Z_OK, Z_STREAM_ERROR, Z_ERRNO, Z_MEM_ERROR; Z_BUF_ERROR when a read ended in mid-member. */
ZEXTERN int ZEXPORT gzclose(gzFile file);
ZEXTERN int ZEXPORT gzclose_r(gzFile file);
ZEXTERN int ZEXPORT gzclose_w(gzFile file);

/* The text of the last error, valid until the next call with file; its code in *errnum unless that
 * is null. null for a bad file. */
ZEXTERN const char* ZEXPORT gzerror(gzFile file, int* errnum);

/* Forgets error and end, for a file that has grown. */
ZEXTERN void ZEXPORT gzclearerr(gzFile file);

/* What gzgetc()'s macro reads; the rest of a gzFile follows it. */
struct gzFile_s {
    unsigned have;
    unsigned char* next;
    z_off64_t pos;
};
#ifdef Z_PREFIX_SET
#undef z_gzgetc
#define z_gzgetc(g) ((g)->have ? ((g)->have--, (g)->pos++, *((g)->next)++) : (gzgetc)(g))
#else
#define gzgetc(g) ((g)->have ? ((g)->have--, (g)->pos++, *((g)->next)++) : (gzgetc)(g))
#endif

#endif /* !Z_SOLO */

/* ---- Check values ---- */

/* The check value of what adler or crc stands for followed by buf[0..len-1]; the value to begin
 * with when buf is null: 1 and 0. */
ZEXTERN uLong ZEXPORT adler32(uLong adler, const Bytef* buf, uInt len);
ZEXTERN uLong ZEXPORT adler32_z(uLong adler, const Bytef* buf, z_size_t len);
ZEXTERN uLong ZEXPORT crc32(uLong crc, const Bytef* buf, uInt len);
ZEXTERN uLong ZEXPORT crc32_z(uLong crc, const Bytef* buf, z_size_t len);

/* uLong adler32_combine(uLong adler1, uLong adler2, z_off_t len2)
 * uLong crc32_combine(uLong crc1, uLong crc2, z_off_t len2)
 * uLong crc32_combine_gen(z_off_t len2)
 *
 * The check value of two sequences, one after the other, from those of each and the length of the
 * second, which is not negative (adler32_combine() then returns 0xffffffff, the others 0).
 * crc32_combine_gen() prepares a length for use with many pairs. */
ZEXTERN uLong ZEXPORT crc32_combine_op(uLong crc1, uLong crc2, uLong op);

/* The table of the byte-wise CRC-32 (RFC 1952, section 8): 256 entries. */
ZEXTERN const z_crc_t FAR* ZEXPORT get_crc_table(void);

/* ---- Functions with a file offset ---- */

#ifdef Z_SOLO

ZEXTERN uLong ZEXPORT adler32_combine(uLong adler1, uLong adler2, z_off_t len2);
ZEXTERN uLong ZEXPORT crc32_combine(uLong crc1, uLong crc2, z_off_t len2);
ZEXTERN uLong ZEXPORT crc32_combine_gen(z_off_t len2);

#else

/* With 64-bit offsets the plain names are macros, but not in the library's own sources, which
 * define ZLIB_INTERNAL. */
#if defined(Z_WANT64) && !defined(ZLIB_INTERNAL)
#ifdef Z_PREFIX_SET
#define z_gzopen z_gzopen64
#define z_gzseek z_gzseek64
#define z_gztell z_gztell64
#define z_gzoffset z_gzoffset64
#define z_adler32_combine z_adler32_combine64
#define z_crc32_combine z_crc32_combine64
#define z_crc32_combine_gen z_crc32_combine_gen64
#else
#define gzopen gzopen64
#define gzseek gzseek64
#define gztell gztell64
#define gzoffset gzoffset64
#define adler32_combine adler32_combine64
#define crc32_combine crc32_combine64
#define crc32_combine_gen crc32_combine_gen64
#endif
#else
ZEXTERN gzFile ZEXPORT gzopen(const char* path, const char* mode);
ZEXTERN z_off_t ZEXPORT gzseek(gzFile file, z_off_t offset, int whence);
ZEXTERN z_off_t ZEXPORT gztell(gzFile file);
ZEXTERN z_off_t ZEXPORT gzoffset(gzFile file);
ZEXTERN uLong ZEXPORT adler32_combine(uLong adler1, uLong adler2, z_off_t len2);
ZEXTERN uLong ZEXPORT crc32_combine(uLong crc1, uLong crc2, z_off_t len2);
ZEXTERN uLong ZEXPORT crc32_combine_gen(z_off_t len2);
#endif

#if defined(Z_LARGE64) || (defined(Z_WANT64) && !defined(ZLIB_INTERNAL))
ZEXTERN gzFile ZEXPORT gzopen64(const char* path, const char* mode);
ZEXTERN z_off64_t ZEXPORT gzseek64(gzFile file, z_off64_t offset, int whence);
ZEXTERN z_off64_t ZEXPORT gztell64(gzFile file);
ZEXTERN z_off64_t ZEXPORT gzoffset64(gzFile file);
ZEXTERN uLong ZEXPORT adler32_combine64(uLong adler1, uLong adler2, z_off64_t len2);
ZEXTERN uLong ZEXPORT crc32_combine64(uLong crc1, uLong crc2, z_off64_t len2);
ZEXTERN uLong ZEXPORT crc32_combine_gen64(z_off64_t len2);
#endif

#endif /* Z_SOLO */

#ifdef __cplusplus
}
#endif

#endif /* ZLIB_H */
