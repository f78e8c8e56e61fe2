/* SPDX-License-Identifier: Zlib */
/* A program that uses an installed zlib: C89, and C++ when compiled as that. It packs and unpacks with the three
 * parts of the interface, checks that header and library are this project's, and ends with the line
 * "libz: FILE", the library the loader chose, or "libz: none" when it is part of the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define TEXT_BYTES 100000

static unsigned char text[TEXT_BYTES], packed[TEXT_BYTES * 2], unpacked[TEXT_BYTES];

static void require(int condition, const char* what) {
    if (condition) return;
    printf("failed: %s\n", what);
    exit(1);
}

static void check_version(void) {
    require(strcmp(zlibVersion(), ZLIB_VERSION) == 0, "header and library have the same version");
    require(strncmp(zlib_version, "1.3.2", 5) == 0, "the version begins with 1.3.2");
    require(strcmp(zlibVersion(), "1.3.2.0") == 0, "the library is warpz");
    require(ZLIB_VERNUM == 0x1320, "ZLIB_VERNUM");
}

static void check_buffers(void) {
    uLongf packed_bytes = compressBound(TEXT_BYTES), unpacked_bytes = sizeof(unpacked);
    require(packed_bytes <= sizeof(packed), "compressBound");
    require(compress2(packed, &packed_bytes, text, TEXT_BYTES, 9) == Z_OK, "compress2");
    require(packed_bytes < TEXT_BYTES / 2, "the text shrinks");
    require(uncompress(unpacked, &unpacked_bytes, packed, packed_bytes) == Z_OK, "uncompress");
    require(unpacked_bytes == TEXT_BYTES && memcmp(text, unpacked, TEXT_BYTES) == 0, "same text");
}

static void check_streams(void) {
    z_stream strm;
    uLong packed_bytes;

    memset(&strm, 0, sizeof(strm));
    require(deflateInit2(&strm, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
            "deflateInit2");
    strm.next_in = text;
    strm.avail_in = TEXT_BYTES;
    strm.next_out = packed;
    strm.avail_out = sizeof(packed);
    require(deflate(&strm, Z_FINISH) == Z_STREAM_END, "deflate");
    require(strm.adler == crc32(crc32(0L, Z_NULL, 0), text, TEXT_BYTES), "crc32");
    packed_bytes = strm.total_out;
    require(deflateEnd(&strm) == Z_OK, "deflateEnd");

    memset(&strm, 0, sizeof(strm));
    memset(unpacked, 0, sizeof(unpacked));
    require(inflateInit2(&strm, MAX_WBITS + 32) == Z_OK, "inflateInit2");
    strm.next_in = packed;
    strm.avail_in = (uInt)packed_bytes;
    strm.next_out = unpacked;
    strm.avail_out = sizeof(unpacked);
    require(inflate(&strm, Z_FINISH) == Z_STREAM_END, "inflate");
    require(strm.total_out == TEXT_BYTES && memcmp(text, unpacked, TEXT_BYTES) == 0, "same text");
    require(inflateEnd(&strm) == Z_OK, "inflateEnd");
}

static void check_files(const char* name) {
    gzFile file = gzopen(name, "wb9");
    require(file != NULL, "gzopen to write");
    require(gzwrite(file, text, TEXT_BYTES) == TEXT_BYTES, "gzwrite");
    require(gzprintf(file, "%s %d\n", "and", 42) == 7, "gzprintf");
    require(gzclose(file) == Z_OK, "gzclose");

    file = gzopen(name, "rb");
    require(file != NULL, "gzopen to read");
    require(gzgetc(file) == text[0], "gzgetc");
    require(gzseek(file, TEXT_BYTES, SEEK_SET) == TEXT_BYTES, "gzseek");
    require(gzread(file, unpacked, 100) == 7 && memcmp(unpacked, "and 42\n", 7) == 0, "gzread");
    require(gzeof(file) && gztell(file) == TEXT_BYTES + 7, "gzeof, gztell");
    require(gzclose(file) == Z_OK, "gzclose");
    remove(name);
}

static void print_library(void) {
    char line[4096];
    char* path = NULL;
    FILE* maps = fopen("/proc/self/maps", "r");
    require(maps != NULL, "/proc/self/maps");
    while (path == NULL && fgets(line, (int)sizeof(line), maps) != NULL) {
        path = strchr(line, '/');
        if (path != NULL && strstr(path, "/libz.so") == NULL) path = NULL;
    }
    fclose(maps);
    if (path != NULL) path[strcspn(path, "\n")] = '\0';
    printf("libz: %s\n", path != NULL ? path : "none");
}

int main(int argc, char** argv) {
    int i;
    for (i = 0; i < TEXT_BYTES; ++i)
        text[i] = (unsigned char)("the quick brown fox "[i % 20] + (i % 977 == 0));
    check_version();
    check_buffers();
    check_streams();
    check_files(argc > 1 ? argv[1] : "consumer.gz");
    print_library();
    return 0;
}
