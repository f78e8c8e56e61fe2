/* SPDX-License-Identifier: Zlib */
/* dlopen("libz.so.1") gives the system's library, and what is looked up on that handle is ours: dlsym, dlvsym, also
 * under the lookup functions' older version, and functions that an older libz lacks. Other namespaces, other
 * names, other libraries and failures are as the dynamic linker has them. */
#include <link.h>

#include "shim_check.h"

int main(void) {
    void* libz = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    const struct link_map* map = NULL;
    CHECK(libz != NULL);
    CHECK(dlinfo(libz, RTLD_DI_LINKMAP, &map) == 0 && strstr(map->l_name, "/libz.so.1") != NULL);
    CHECK(is_mapped(map->l_name));

    const char* (*version)(void) = (const char* (*)(void))dlsym(libz, "zlibVersion");
    CHECK(version != NULL && strcmp(version(), "1.3.2.0") == 0);
    CHECK(is_ours(dlsym(libz, "inflate")) && is_ours(dlsym(libz, "gzprintf")));
    CHECK(is_ours(dlvsym(libz, "crc32_z", "ZLIB_1.2.9")));
    CHECK(
        is_ours(dlsym(RTLD_DEFAULT, "inflate")));  // the preload object stands in the global scope
    CHECK(is_ours(dlsym(RTLD_NEXT, "inflate")));   // and behind the program
    void* self = dlopen(NULL, RTLD_NOW);
    CHECK(self != NULL && is_ours(dlsym(self, "inflate")));

    /* Newer than 1.2.13. Whether the system's has it or not, the answer agrees with zlibVersion(). */
    CHECK(is_ours(dlsym(libz, "deflateUsed")) && dlerror() == NULL);
    CHECK(is_ours(dlvsym(libz, "compress_z", "ZLIB_1.3.2")) && dlerror() == NULL);

    CHECK(dlsym(libz, "deflateNothing") == NULL && dlerror() != NULL);
    CHECK(dlvsym(libz, "deflateUsed", "ZLIB_1.2.9") == NULL && dlerror() != NULL);
    CHECK(dlvsym(libz, "crc32_z", "ZLIB_1.2.0") == NULL && dlerror() != NULL);

    /* A name of zlib's that is not in the library asked for. */
    void* libc = dlopen("libc.so.6", RTLD_NOW);
    CHECK(libc != NULL && dlsym(libc, "inflate") == NULL && dlsym(libc, "malloc") != NULL);

    /* The lookup functions themselves, as other libraries that stand in front of them find them. */
    void* old_dlsym = dlvsym(RTLD_DEFAULT, "dlsym", WARPZ_OLD_GLIBC);
    CHECK(is_ours(old_dlsym) && is_ours(dlsym(RTLD_DEFAULT, "dlvsym")));
    CHECK(((void* (*)(void*, const char*))old_dlsym)(libz, "inflate") == dlsym(libz, "inflate"));

    /* Another namespace has its own libz and keeps it. */
    void* apart = dlmopen(LM_ID_NEWLM, "libz.so.1", RTLD_NOW | RTLD_LOCAL);
    if (apart != NULL) {
        version = (const char* (*)(void))dlsym(apart, "zlibVersion");
        CHECK(version != NULL && strcmp(version(), "1.3.2.0") != 0);
        CHECK(is_systems(dlsym(apart, "inflate")));
        CHECK(is_systems(dlvsym(apart, "crc32_z", "ZLIB_1.2.9")));
        CHECK(dlclose(apart) == 0);
    }
    CHECK(dlclose(libz) == 0);
    return 0;
}
