/* SPDX-License-Identifier: Zlib */
/* A program linked to the preload object, as one that finds it in /etc/ld.so.preload. Started plainly it uses our
 * engine. Started as a set-user-ID program it uses the system's libz, and ours only when it has no other
 * (built with WITHOUT_LIBZ). secure plain|secure says which start it is. */
#include <sys/auxv.h>

#include "shim_check.h"

int main(int argc, char** argv) {
    CHECK(argc == 2);
    const bool is_secure = strcmp(argv[1], "secure") == 0;
    if (is_secure && getauxval(AT_SECURE) == 0) {
        puts("skipped: set-user-ID has no effect here");
        return SKIPPED;
    }
#ifdef WITHOUT_LIBZ
    const bool is_served = true;
    CHECK(!is_mapped("/libz.so.1"));
#else
    const bool is_served = !is_secure;
    void* libz = dlopen("libz.so.1", RTLD_NOW);
    CHECK(libz != NULL);
    CHECK(is_served ? is_ours(dlsym(libz, "inflate")) : is_systems(dlsym(libz, "inflate")));
#endif
    CHECK(is_ours((void*)deflate));
    CHECK((strcmp(zlibVersion(), "1.3.2.0") == 0) == is_served);

    unsigned char text[1000], packed[2000], unpacked[1000];
    fill_text(text, sizeof text);
    z_stream strm = {.next_in = text, .avail_in = sizeof text, .next_out = packed};
    strm.avail_out = sizeof packed;
    CHECK(deflateInit(&strm, 6) == Z_OK && made_by_warpz(&strm) == is_served);
    CHECK(deflate(&strm, Z_FINISH) == Z_STREAM_END);
    uLong size = sizeof unpacked;
    CHECK(uncompress(unpacked, &size, packed, strm.total_out) == Z_OK);
    CHECK(size == sizeof text && memcmp(text, unpacked, size) == 0);
    CHECK(deflateEnd(&strm) == Z_OK);
    return 0;
}
