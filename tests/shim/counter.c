/* SPDX-License-Identifier: Zlib */
/* Another preload library, of the kind that measures programs: it counts deflate() and dlsym() calls, and finds the
 * real ones with RTLD_NEXT, already from its constructor. It also stands in front of a string function, as sanitizers
 * do: whoever calls that while it is being looked up never comes back. */
#include "shim_check.h"

#define EXPORTED __attribute__((visibility("default")))

static void* (*next_dlsym)(void*, const char*);
static int (*next_deflate)(z_streamp, int);
static int deflate_calls, lookups;

EXPORTED void* dlsym(void* handle, const char* name) {
    ++lookups;
    if (next_dlsym == NULL) {
        next_dlsym = (void* (*)(void*, const char*))dlvsym(RTLD_NEXT, "dlsym", WARPZ_OLD_GLIBC);
    }
    return next_dlsym(handle, name);
}

EXPORTED int strcmp(const char* a, const char* b) {
    static int (*next_strcmp)(const char*, const char*);
    if (next_strcmp == NULL)
        next_strcmp = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "strcmp");
    return next_strcmp(a, b);
}

__attribute__((constructor)) static void find_next(void) {
    char name[] = "deflate";
    if (strcmp(name, "inflate") != 0) {
        next_deflate = (int (*)(z_streamp, int))dlsym(RTLD_NEXT, name);
    }
}

EXPORTED int deflate(z_streamp strm, int flush) {
    ++deflate_calls;
    return next_deflate(strm, flush);
}

EXPORTED int counted_deflate_calls(void) { return deflate_calls; }
EXPORTED int counted_lookups(void) { return lookups; }
EXPORTED void* counted_next_deflate(void) { return (void*)next_deflate; }
