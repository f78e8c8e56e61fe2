/* SPDX-License-Identifier: Zlib */
/* Streams and files that the system's libz made, given to our functions: they are passed on to it, with default and
 * with own allocators. A state of nobody's is refused. */
#include <unistd.h>

#include "shim_check.h"

void* behind(const char* name);
void* behind_version(const char* name, const char* version);

enum { kSize = 100000 };
static unsigned char text[kSize], packed[2 * kSize], unpacked[kSize];
static int allocations;

static void* count_alloc(void* opaque, uInt items, uInt size) {
    ++*(int*)opaque;
    return calloc(items, size);
}
static void count_free(void* opaque, void* block) {
    --*(int*)opaque;
    free(block);
}

static void check_deflate(z_stream strm) {
    int (*init)(z_streamp, int, int, int, int, int, const char*, int) =
        (int (*)(z_streamp, int, int, int, int, int, const char*, int))behind("deflateInit2_");
    z_stream copy;
    unsigned pending;
    int bits;
    CHECK(is_systems((void*)init) && is_ours((void*)deflate));
    CHECK(init(&strm, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, sizeof strm) == Z_OK);
    CHECK(!made_by_warpz(&strm));
    CHECK(deflateBound(&strm, kSize) >= kSize);
    strm.next_in = text;
    strm.avail_in = kSize;
    strm.next_out = packed;
    strm.avail_out = sizeof packed;
    CHECK(deflateParams(&strm, 1, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(deflate(&strm, Z_SYNC_FLUSH) == Z_OK && strm.avail_in == 0);
    CHECK(deflatePending(&strm, &pending, &bits) == Z_OK && pending == 0 && bits == 0);
    CHECK(deflateCopy(&copy, &strm) == Z_OK && !made_by_warpz(&copy));
    CHECK(deflateEnd(&copy) == Z_DATA_ERROR);  // busy, as zlib reports it
    CHECK(deflate(&strm, Z_FINISH) == Z_STREAM_END);
    const uLong size = strm.total_out;
    CHECK(deflateReset(&strm) == Z_OK && strm.total_out == 0);
    CHECK(deflateEnd(&strm) == Z_OK && strm.state == NULL);
    CHECK(deflateEnd(&strm) == Z_STREAM_ERROR);

    z_stream reader = {.next_in = packed, .avail_in = (uInt)size, .next_out = unpacked};
    reader.avail_out = kSize;
    CHECK(inflateInit2(&reader, 31) == Z_OK && made_by_warpz(&reader));
    CHECK(inflate(&reader, Z_FINISH) == Z_STREAM_END);
    CHECK(memcmp(text, unpacked, kSize) == 0);
    CHECK(inflateEnd(&reader) == Z_OK);
}

static void check_inflate(z_stream strm) {
    int (*init)(z_streamp, int, const char*, int) =
        (int (*)(z_streamp, int, const char*, int))behind_version("inflateInit2_", "ZLIB_1.2.0");
    CHECK(init == NULL);  // it carries no version
    init = (int (*)(z_streamp, int, const char*, int))behind("inflateInit2_");
    uLong size = sizeof packed;
    z_stream copy;
    CHECK(compress(packed, &size, text, kSize) == Z_OK);
    CHECK(is_systems((void*)init));
    strm.next_in = packed;
    strm.avail_in = (uInt)size;
    CHECK(init(&strm, 15, ZLIB_VERSION, sizeof strm) == Z_OK && !made_by_warpz(&strm));
    strm.next_out = unpacked;
    strm.avail_out = kSize / 2;
    CHECK(inflate(&strm, Z_NO_FLUSH) == Z_OK);
    CHECK(inflateMark(&strm) != -65536);
    CHECK(inflateCopy(&copy, &strm) == Z_OK && inflateEnd(&copy) == Z_OK);
    strm.avail_out = kSize - kSize / 2;
    CHECK(inflate(&strm, Z_FINISH) == Z_STREAM_END);
    CHECK(memcmp(text, unpacked, kSize) == 0);
    CHECK(inflateReset2(&strm, -15) == Z_OK && inflatePrime(&strm, 3, 5) == Z_OK);
    CHECK(inflateEnd(&strm) == Z_OK && strm.state == NULL);
}

static unsigned take(void* position, z_const unsigned char** data) {
    *data = packed;
    return *(unsigned*)position;
}
static int give(void* position, unsigned char* data, unsigned size) {
    memcpy(unpacked + *(unsigned*)position, data, size);
    *(unsigned*)position += size;
    return 0;
}

static void check_inflate_back(void) {
    static unsigned char window[32768];
    int (*init)(z_streamp, int, unsigned char*, const char*, int) =
        (int (*)(z_streamp, int, unsigned char*, const char*, int))behind("inflateBackInit_");
    z_stream packer = {.next_in = text, .avail_in = kSize, .next_out = packed};
    packer.avail_out = sizeof packed;
    CHECK(deflateInit2(&packer, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(deflate(&packer, Z_FINISH) == Z_STREAM_END);
    unsigned in_size = (unsigned)packer.total_out, out_size = 0;
    CHECK(deflateEnd(&packer) == Z_OK);

    z_stream strm = {0};
    CHECK(is_systems((void*)init) && init(&strm, 15, window, ZLIB_VERSION, sizeof strm) == Z_OK);
    memset(unpacked, 0, sizeof unpacked);
    CHECK(inflateBack(&strm, take, &in_size, give, &out_size) == Z_STREAM_END);
    CHECK(out_size == kSize && memcmp(text, unpacked, kSize) == 0);
    CHECK(inflateBackEnd(&strm) == Z_OK);
}

static void check_gz_file(void) {
    char name[] = "/tmp/warpz-foreign.XXXXXX";
    char line[32];
    const int fd = mkstemp(name);
    gzFile (*opens)(const char*, const char*) =
        (gzFile(*)(const char*, const char*))behind("gzopen");
    CHECK(fd >= 0 && close(fd) == 0 && is_systems((void*)opens));
    gzFile file = opens(name, "wb6");
    int code = -1;
    CHECK(file != NULL && gzbuffer(file, 4096) == 0 && gzputs(file, "first\n") == 6);
    CHECK(gzprintf(file, "%d %s\n", 42, "second") == 10 && gzputc(file, 'x') == 'x');
    CHECK(gzflush(file, Z_SYNC_FLUSH) == Z_OK && gztell(file) == 17);
    CHECK(strcmp(gzerror(file, &code), "") == 0 && code == Z_OK && gzclose(file) == Z_OK);

    file = opens(name, "rb");
    CHECK(file != NULL && gzgets(file, line, sizeof line) != NULL && strcmp(line, "first\n") == 0);
    CHECK(gzgetc(file) == '4' && gzungetc('4', file) == '4' && gzgetc_(file) == '4');
    CHECK(gzseek(file, 9, SEEK_SET) == 9 && gzread(file, line, 32) == 8 && line[7] == 'x');
    CHECK(gzeof(file) == 1 && gzdirect(file) == 0 && gzclose_r(file) == Z_OK);

    /* And one of ours is ours. */
    file = gzopen(name, "rb");
    CHECK(file != NULL && gzread(file, line, 32) == 17 && gzclose(file) == Z_OK);
    CHECK(unlink(name) == 0);
}

/* A state with neither our tag nor zlib's back pointer. */
static void check_nobodys_stream(void) {
    static struct {
        z_stream* owner;
        unsigned long tag[32];
    } state;
    z_stream strm = {.zalloc = count_alloc, .zfree = count_free, .opaque = &allocations};
    CHECK(inflate(&strm, Z_NO_FLUSH) == Z_STREAM_ERROR);
    strm.state = (struct internal_state*)&state;
    CHECK(deflate(&strm, Z_NO_FLUSH) == Z_STREAM_ERROR);
    CHECK(inflate(&strm, Z_NO_FLUSH) == Z_STREAM_ERROR);
    CHECK(inflateMark(&strm) == -65536);
    CHECK(inflateEnd(&strm) == Z_STREAM_ERROR && deflateEnd(&strm) == Z_STREAM_ERROR);
    CHECK(deflate(NULL, Z_NO_FLUSH) == Z_STREAM_ERROR && gzclose(NULL) == Z_STREAM_ERROR);
}

int main(void) {
    const z_stream own_allocator = {
        .zalloc = count_alloc, .zfree = count_free, .opaque = &allocations};
    fill_text(text, kSize);
    CHECK(is_systems(behind("deflate")) && is_ours((void*)deflate));
    check_deflate((z_stream){0});
    check_deflate(own_allocator);
    check_inflate((z_stream){0});
    check_inflate(own_allocator);
    CHECK(allocations == 0);
    check_inflate_back();
    check_gz_file();
    check_nobodys_stream();
    return 0;
}
