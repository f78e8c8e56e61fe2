/* SPDX-License-Identifier: Zlib
   A module one of whose functions is reached through a pointer that leads out of the module, as a preloaded library
   would divert it: the benchmark's proof of isolation has to find it. */
#include <stdlib.h>

int crc32(void);

int crc32(void) { return 0; }

int (*through_pointer)(void) = crc32;

__attribute__((constructor)) static void divert(void) { through_pointer = rand; }
