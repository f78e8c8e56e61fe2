/* SPDX-License-Identifier: Zlib */
/* A program without libc's headers (Z_SOLO): streams with an allocator of its own, and checks. It links with the
 * ordinary library. Exit status 0, or the number of the step that failed. */
#define Z_SOLO
#include <zlib.h>

#if defined(NULL) || defined(SEEK_SET) || defined(va_start) || defined(Z_LARGE64)
#error "Z_SOLO includes a header of libc"
#endif

/* Would clash with a declaration in zlib.h. */
typedef int gzFile;
int compress(int value);
int compress(int value) { return value; }

static unsigned char arena[1 << 20];
static unsigned long used;

static voidpf take(voidpf opaque, uInt items, uInt size) {
    unsigned char* block = arena + used;
    (void)opaque;
    used += ((unsigned long)items * size + 63) & ~63UL;
    return used <= sizeof(arena) ? block : Z_NULL;
}

static void give_back(voidpf opaque, voidpf block) {
    (void)opaque;
    (void)block;
}

static z_stream stream(Bytef* in, uInt in_bytes, Bytef* out, uInt out_bytes) {
    z_stream strm;
    strm.zalloc = take;
    strm.zfree = give_back;
    strm.opaque = Z_NULL;
    strm.next_in = in;
    strm.avail_in = in_bytes;
    strm.next_out = out;
    strm.avail_out = out_bytes;
    return strm;
}

int main(void) {
    static Bytef text[10000], packed[20000], unpacked[10000];
    z_stream strm;
    uInt i, packed_bytes;
    const z_crc_t* table = get_crc_table();

    for (i = 0; i < sizeof(text); ++i) text[i] = (Bytef)(i / 100);
    strm = stream(text, sizeof(text), packed, sizeof(packed));
    if (deflateInit(&strm, Z_BEST_COMPRESSION) != Z_OK) return 1;
    if (deflate(&strm, Z_FINISH) != Z_STREAM_END) return 2;
    packed_bytes = (uInt)strm.total_out;
    if (deflateEnd(&strm) != Z_OK) return 3;
    strm = stream(packed, packed_bytes, unpacked, sizeof(unpacked));
    if (inflateInit(&strm) != Z_OK) return 4;
    if (inflate(&strm, Z_FINISH) != Z_STREAM_END) return 5;
    if (inflateEnd(&strm) != Z_OK) return 6;
    for (i = 0; i < sizeof(text); ++i) {
        if (text[i] != unpacked[i]) return 7;
    }
    if (sizeof(z_crc_t) != 4 || table[1] != 0x77073096UL) return 8;
    if (crc32_combine(crc32(0, text, 5000), crc32(0, text + 5000, 5000), 5000) !=
        crc32(0, text, 10000))
        return 9;
    return compress(0);
}
