/* SPDX-License-Identifier: Zlib */
/* What the shim's test programs share: a check that names its line, and whose code a pointer or stream belongs to.
 * The programs are plain C linked to the system's libz; CTest runs them with LD_PRELOAD. */
#pragma once

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zlib.h"

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                \
        }                                                                           \
    } while (0)

#define SKIPPED 77 /* exit status of a test that could not run; the reason is on stdout */

/* File name of the loaded object that holds the address. */
static inline const char* object_of(const void* address) {
    Dl_info info;
    if (address == NULL || dladdr(address, &info) == 0 || info.dli_fname == NULL) return "";
    return info.dli_fname;
}

static inline bool is_ours(const void* address) {
    return strstr(object_of(address), "libwarpz-preload.so") != NULL;
}

static inline bool is_systems(const void* address) {
    return strstr(object_of(address), "/libz.so.1") != NULL;
}

/* zlib's own versions have three numbers or a suffix; ours has a fourth. */
static inline bool is_our_version(const char* version) {
    return strcmp(version, ZLIB_VERSION) == 0;
}

/* True when the state of an open stream carries a tag of ours: the library that ran the init function was warpz. */
static inline bool made_by_warpz(const z_stream* strm) {
    return memcmp((const char*)strm->state + sizeof(void*), "wrpz", 4) == 0;
}

static inline bool is_mapped(const char* name) {
    char line[4096];
    bool found = false;
    FILE* maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    while (!found && fgets(line, sizeof line, maps) != NULL) found = strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

/* Text with repetitions at many distances. */
static inline void fill_text(unsigned char* text, size_t size) {
    unsigned state = 1;
    for (size_t i = 0; i < size; ++i) {
        state = state * 1103515245u + 12345u;
        text[i] = (state >> 16) % 5 != 0 && i > 64 ? text[i - 1 - (state >> 20) % 60]
                                                   : (unsigned char)('a' + (state >> 24) % 26);
    }
}
