#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Builds warpz-zip-qemu.so for the QEMU of this Debian. Its headers come from Debian's source package, configured but not
# compiled; nothing of it is kept in this tree.
#
#   build.sh ACCELERATOR.a LIBZ.a FOLDER     FOLDER keeps the sources between runs and gets warpz-zip-qemu.so
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$HERE/../../../scripts/lib.sh"

(($# == 3)) || die "usage: $0 ACCELERATOR.a LIBZ.a FOLDER"
ACCELERATOR=$(realpath "$1") LIBZ=$(realpath "$2")
mkdir -p "$3"
cd "$3"
TREE=$PWD/qemu-source BUILD=$PWD/qemu-build

if [[ ! -e $BUILD/.configured ]]; then
    rm -rf "$TREE" "$BUILD"
    mkdir -p archive "$BUILD"
    fetch_debian_source qemu archive
    dpkg-source -x --no-check archive/qemu_*.dsc "$TREE"
    cd "$BUILD"
    "$TREE/configure" --target-list=x86_64-softmmu --without-default-features --enable-tcg --disable-docs \
        --disable-tools --disable-werror
    ninja qapi/qapi-builtin-types.h config-poison.h
    touch .configured
fi

cd "$BUILD"
CC=${CC:-cc}
GLIB=$(pkg-config --cflags glib-2.0 pixman-1)
# shellcheck disable=SC2086
"$CC" $GLIB -std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers \
    -Wno-sign-compare -iquote . -iquote "$TREE" -iquote "$TREE/include" -iquote "$TREE/tcg/i386" \
    -isystem "$TREE/linux-headers" -I "$HERE/.." -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -fno-strict-aliasing \
    -fno-common -fwrapv -fPIC -fvisibility=hidden -c -o ../warpz_zip.o "$HERE/warpz_zip.c"
# The engine's own zlib functions stay inside: QEMU goes on using its own.
"${CXX:-c++}" -shared -o ../warpz-zip-qemu.so ../warpz_zip.o -Wl,--whole-archive "$ACCELERATOR" -Wl,--no-whole-archive \
    "$LIBZ" -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -static-libstdc++ -static-libgcc
