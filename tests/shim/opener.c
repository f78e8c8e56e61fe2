/* SPDX-License-Identifier: Zlib */
/* A program that knows no libz and opens a module that brings one: opener MODULE lazy|now|global|deepbind. The
 * module's calls are ours. With RTLD_DEEPBIND the module has asked for its own libraries first: its calls stay
 * with the system's libz, and its streams go there from anywhere in the process. */
#include "shim_check.h"

static void* module;

static void* symbol(const char* name) {
    void* address = dlsym(module, name);
    CHECK(address != NULL);
    return address;
}

int main(int argc, char** argv) {
    CHECK(argc == 3);
    const bool is_deep = strcmp(argv[2], "deepbind") == 0;
    const int flags = strcmp(argv[2], "now") == 0      ? RTLD_NOW | RTLD_LOCAL
                      : strcmp(argv[2], "global") == 0 ? RTLD_NOW | RTLD_GLOBAL
                      : is_deep                        ? RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND
                                                       : RTLD_LAZY | RTLD_LOCAL;
    CHECK(!is_mapped("/libz.so.1"));
    module = dlopen(argv[1], flags);
    CHECK(module != NULL);
    CHECK(is_mapped("/libz.so.1"));

    void* (*address)(const char*) = (void* (*)(const char*))symbol("module_address");
    int (*open_stream)(z_stream*) = (int (*)(z_stream*))symbol("module_open");
    int (*finish)(z_stream*) = (int (*)(z_stream*))symbol("module_finish");
    int (*close_stream)(z_stream*) = (int (*)(z_stream*))symbol("module_close");
    CHECK(is_deep ? is_systems(address("inflate")) : is_ours(address("inflate")));
    CHECK(is_deep ? is_systems(address("deflateInit_")) : is_ours(address("deflateInit_")));

    /* libz comes with the module's handle, as dlsym() searches its dependencies. */
    CHECK(is_ours(symbol("deflate")));
    CHECK(is_ours(dlvsym(module, "deflateBound", "ZLIB_1.2.0")));
    int (*own_deflate)(z_stream*, int) = (int (*)(z_stream*, int))symbol("deflate");
    int (*own_end)(z_stream*) = (int (*)(z_stream*))symbol("deflateEnd");
    int (*own_uncompress)(Bytef*, uLongf*, const Bytef*, uLong) =
        (int (*)(Bytef*, uLongf*, const Bytef*, uLong))symbol("uncompress");

    unsigned char text[5000], packed[6000], unpacked[5000];
    fill_text(text, sizeof text);
    for (int shared = 0; shared < 2; ++shared) {
        z_stream strm = {.next_in = text, .avail_in = sizeof text, .next_out = packed};
        strm.avail_out = sizeof packed;
        CHECK(open_stream(&strm) == Z_OK);
        CHECK(made_by_warpz(&strm) == !is_deep);
        CHECK((shared ? own_deflate(&strm, Z_FINISH) : finish(&strm)) == Z_STREAM_END);
        uLong size = sizeof unpacked;
        CHECK(own_uncompress(unpacked, &size, packed, strm.total_out) == Z_OK);
        CHECK(size == sizeof text && memcmp(text, unpacked, size) == 0);
        CHECK((shared ? own_end(&strm) : close_stream(&strm)) == Z_OK);
    }
    CHECK(dlclose(module) == 0);
    return 0;
}
