/* SPDX-License-Identifier: Zlib */
/* A module linked to the system's libz, for opener.c to dlopen(). It hands out a stream, its functions' addresses,
 * and what RTLD_NEXT and RTLD_DEFAULT mean to it. */
#include "shim_check.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void* module_address(const char* name) {
    if (strcmp(name, "inflate") == 0) return (void*)inflate;
    if (strcmp(name, "deflateInit_") == 0) return (void*)deflateInit_;
    return NULL;
}

EXPORTED void* module_default(const char* name) { return dlsym(RTLD_DEFAULT, name); }
EXPORTED void* module_next(const char* name) { return dlsym(RTLD_NEXT, name); }
EXPORTED void* module_next_version(const char* name, const char* version) {
    return dlvsym(RTLD_NEXT, name, version);
}

EXPORTED int module_open(z_stream* strm) { return deflateInit(strm, 6); }
EXPORTED int module_finish(z_stream* strm) { return deflate(strm, Z_FINISH); }
EXPORTED int module_close(z_stream* strm) { return deflateEnd(strm); }
