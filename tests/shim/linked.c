/* SPDX-License-Identifier: Zlib */
/* A program linked to the system's libz, started with LD_PRELOAD: every zlib call is ours, in threads and on both
 * sides of a fork too, while the system's libz stays loaded and unused. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim_check.h"

enum { kSize = 300000 };
static unsigned char text[kSize];

static void round_trip(void) {
    uLong packed_size = compressBound(kSize);
    unsigned char* packed = malloc(packed_size);
    unsigned char* unpacked = malloc(kSize);
    uLong size = kSize;
    CHECK(packed != NULL && unpacked != NULL);
    CHECK(compress2(packed, &packed_size, text, kSize, 6) == Z_OK);
    CHECK(packed_size < kSize);
    CHECK(uncompress(unpacked, &size, packed, packed_size) == Z_OK);
    CHECK(size == kSize && memcmp(text, unpacked, kSize) == 0);
    free(packed);
    free(unpacked);
}

static void* run_thread(void* unused) {
    for (int i = 0; i < 10; ++i) round_trip();
    return unused;
}

static void check_threads(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i) CHECK(pthread_create(&threads[i], NULL, run_thread, NULL) == 0);
    for (int i = 0; i < 4; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
}

/* Finishes a stream that has taken the first half of the text, and checks the whole. */
static void finish(z_stream* strm, unsigned char* packed) {
    unsigned char* unpacked = malloc(kSize);
    uLong size = kSize;
    CHECK(unpacked != NULL);
    strm->next_in = text + kSize / 2;
    strm->avail_in = kSize - kSize / 2;
    CHECK(deflate(strm, Z_FINISH) == Z_STREAM_END);
    CHECK(uncompress(unpacked, &size, packed, strm->total_out) == Z_OK);
    CHECK(size == kSize && memcmp(text, unpacked, kSize) == 0);
    CHECK(deflateEnd(strm) == Z_OK);
    free(unpacked);
}

static void check_fork(void) {
    z_stream strm = {0};
    int status = 0;
    CHECK(deflateInit(&strm, 6) == Z_OK);
    CHECK(made_by_warpz(&strm));
    uLong bound = deflateBound(&strm, kSize);
    unsigned char* packed = malloc(bound);
    CHECK(packed != NULL);
    strm.next_in = text;
    strm.avail_in = kSize / 2;
    strm.next_out = packed;
    strm.avail_out = (uInt)bound;
    CHECK(deflate(&strm, Z_NO_FLUSH) == Z_OK);
    const pid_t child = fork();
    CHECK(child >= 0);
    finish(&strm, packed);
    free(packed);
    if (child == 0) {
        check_threads();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void check_gz_file(void) {
    char name[] = "/tmp/warpz-shim.XXXXXX";
    char line[32];
    const int fd = mkstemp(name);
    CHECK(fd >= 0);
    gzFile file = gzdopen(fd, "wb");
    CHECK(file != NULL && gzprintf(file, "%s %d\n", "line", 17) == 8 && gzclose(file) == Z_OK);
    file = gzopen(name, "rb");
    CHECK(file != NULL && gzgets(file, line, sizeof line) == line &&
          strcmp(line, "line 17\n") == 0);
    CHECK(gzgetc(file) == -1 && gzclose(file) == Z_OK);
    CHECK(unlink(name) == 0);
}

int main(void) {
    fill_text(text, kSize);
    CHECK(strcmp(zlibVersion(), "1.3.2.0") == 0);
    CHECK(is_ours((void*)deflate) && is_ours((void*)inflateInit_) && is_ours((void*)crc32_z));
    CHECK(is_mapped("libwarpz-preload.so") && is_mapped("/libz.so.1"));
    CHECK(crc32(0, (const Bytef*)"123456789", 9) == 0xcbf43926);
    round_trip();
    check_threads();
    check_fork();
    check_gz_file();
    return 0;
}
