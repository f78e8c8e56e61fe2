#!/bin/sh
# SPDX-License-Identifier: Zlib
# exports.sh PRELOAD LIBZ: the preload object exports what our libz.so.1 exports, with the same versions, and the
# dynamic linker's two lookup functions; it needs the C library only.
set -eu
names() { nm -D --defined-only "$1" | sed 's/^[0-9a-f]* //' | sort; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
names "$1" | grep -v -E ' dlv?sym@| GLIBC_' >"$scratch/preload"
names "$2" >"$scratch/libz"
diff -u "$scratch/libz" "$scratch/preload"
[ "$(names "$1" | grep -c -E ' dlv?sym@@?GLIBC_')" = 4 ]
if readelf -d "$1" | grep NEEDED | grep -v -E '\[(libc\.so\.6|ld-linux-[a-z0-9-]*\.so\.[0-9])\]'; then
    echo "the preload object needs another library"
    exit 1
fi
