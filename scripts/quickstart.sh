#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# From a clean Debian 12 to a table: installs what is missing, builds the release preset, lets unmodified programs
# compress and decompress real files of this machine under the library, and lets the system's own gzip, zlib and git
# check the results. Every number is measured in this run: each job runs twice on the system's zlib and twice on
# warpz, in turn; the table shows the faster of the two. Exits 0 only if every row is verified and shows our library.
set -euo pipefail
unset "${!WARPZ_@}" LD_LIBRARY_PATH LD_PRELOAD LD_DEBUG
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$WARPZ_ROOT"
export LC_ALL=C.UTF-8

install_packages build quickstart

say "building the release preset"
BUILD_LOG=$(mktemp "${TMPDIR:-/tmp}/warpz-build.XXXXXX")
{
    cmake --preset release && cmake --build --preset release --target z zstatic warpz-preload warpz
} >"$BUILD_LOG" 2>&1 || { tail -n 40 "$BUILD_LOG"; die "the release preset does not build (all of it: $BUILD_LOG)"; }
rm -f "$BUILD_LOG"
LIB=$WARPZ_ROOT/build/release/lib
WARPZ=$WARPZ_ROOT/build/release/bin/warpz
printf 'libz.so.1, libz.a and libwarpz-preload.so are in %s\nwarpz is %s\n' "$LIB" "$WARPZ"
CORPUS_KIB=49152
. "$WARPZ_ROOT/scripts/quickstart_table.sh"
