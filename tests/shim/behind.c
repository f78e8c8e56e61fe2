/* SPDX-License-Identifier: Zlib */
/* A library that comes behind the shim in load order, so that RTLD_NEXT means the system's libz to it. Through it
 * the tests reach the other libz of their process, and see that the shim keeps the caller's place. */
#include "shim_check.h"

__attribute__((visibility("default"))) void* behind(const char* name) {
    return dlsym(RTLD_NEXT, name);
}

__attribute__((visibility("default"))) void* behind_version(const char* name, const char* version) {
    return dlvsym(RTLD_NEXT, name, version);
}
