/* SPDX-License-Identifier: Zlib */
/* A program that asks for 64-bit offsets, by _FILE_OFFSET_BITS=64 or _LARGEFILE64_SOURCE. It seeks far into a
 * gzip file, first as the plain names mean it, then by the names ending in 64; the checks combine over 4 GiB. */
#include <stdio.h>
#include <zlib.h>

#if defined(_FILE_OFFSET_BITS) && _FILE_OFFSET_BITS == 64 && !(defined(Z_WANT64) && defined(gzopen))
#error "_FILE_OFFSET_BITS=64 is not seen"
#endif
#if defined(_LARGEFILE64_SOURCE) && !defined(Z_LARGE64)
#error "_LARGEFILE64_SOURCE is not seen"
#endif

int main(int argc, char** argv) {
    const z_off_t far_away = (z_off_t)1 << 26, farther = (z_off_t)1 << 32;
    const char* name = argc > 1 ? argv[1] : "large.gz";
    gzFile file = gzopen(name, "wb1");
    if (file == NULL) return 1;
    if (gzseek(file, far_away, SEEK_SET) != far_away || gzputc(file, 'x') != 'x') return 2;
    if (gztell(file) != far_away + 1 || gzoffset(file) < 0) return 3;
    if (gzclose(file) != Z_OK) return 4;
    if (sizeof(z_off_t) != 8) return 5;
    if (crc32_combine(1, 2, farther) != crc32_combine_op(1, 2, crc32_combine_gen(farther)))
        return 6;
    if (adler32_combine(1, 1, farther) == 0) return 7;
#ifdef Z_LARGE64
    file = gzopen64(name, "rb");
    if (file == NULL) return 8;
    if (gzseek64(file, (z_off64_t)far_away, SEEK_CUR) != far_away || gzgetc(file) != 'x') return 9;
    if (gztell64(file) != far_away + 1 || gzoffset64(file) <= 0) return 10;
    if (gzclose(file) != Z_OK) return 11;
    if (adler32_combine64(1, 1, farther) != adler32_combine(1, 1, farther)) return 12;
    if (crc32_combine64(1, 2, farther) != crc32_combine(1, 2, farther)) return 13;
    if (crc32_combine_gen64(farther) != crc32_combine_gen(farther)) return 14;
#endif
    remove(name);
    return 0;
}
