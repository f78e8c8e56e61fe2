/* SPDX-License-Identifier: Zlib */
/* Runs beside counter.c, another preload library: interposed first|last says where the shim stands. In both orders
 * calls reach our engine, lookups pass through both libraries, and RTLD_NEXT means what comes behind its caller. */
#include "shim_check.h"

static void* counter(const char* name) {
    void* address = dlsym(RTLD_DEFAULT, name);
    CHECK(address != NULL);
    return address;
}

int main(int argc, char** argv) {
    CHECK(argc == 2);
    const bool is_shim_first = strcmp(argv[1], "first") == 0;
    int (*deflate_calls)(void) = (int (*)(void))counter("counted_deflate_calls");
    int (*lookups)(void) = (int (*)(void))counter("counted_lookups");
    void* (*next_deflate)(void) = (void* (*)(void))counter("counted_next_deflate");
    CHECK(lookups() > 0);
    CHECK(is_shim_first ? is_systems(next_deflate()) : is_ours(next_deflate()));

    unsigned char text[1000], packed[2000];
    fill_text(text, sizeof text);
    z_stream strm = {.next_in = text, .avail_in = sizeof text, .next_out = packed};
    strm.avail_out = sizeof packed;
    CHECK(deflateInit(&strm, 6) == Z_OK && made_by_warpz(&strm));
    CHECK(deflate(&strm, Z_FINISH) == Z_STREAM_END);
    CHECK(deflateEnd(&strm) == Z_OK);
    CHECK(deflate_calls() == (is_shim_first ? 0 : 1));

    const int before = lookups();
    void* libz = dlopen("libz.so.1", RTLD_NOW);
    CHECK(libz != NULL && is_ours(dlsym(libz, "inflate")));
    CHECK(lookups() > before);
    return 0;
}
