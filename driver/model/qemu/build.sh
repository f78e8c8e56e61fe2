#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Builds warpz-zip-qemu.so for the QEMU of this Debian, or for that of a later suite and those after it. The headers come from
# Debian's source package, configured but not compiled; nothing of it is kept in this tree.
#
#   build.sh ACCELERATOR.a LIBZ.a FOLDER [SUITE]     FOLDER keeps the sources between runs and gets warpz-zip-qemu.so
#
# Exits 77 when the later suite's source cannot be had.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$HERE/../../../scripts/lib.sh"

(($# == 3 || $# == 4)) || die "usage: $0 ACCELERATOR.a LIBZ.a FOLDER [SUITE]"
ACCELERATOR=$(realpath "$1") LIBZ=$(realpath "$2") SUITE=${4:-}
mkdir -p "$3"
cd "$3"
FOLDER=$PWD TREE=$PWD/qemu-source BUILD=$PWD/qemu-build
CONFIGURE=("$TREE/configure" --target-list=x86_64-softmmu --without-default-features --enable-tcg --disable-docs --disable-tools
    --disable-werror)

# fetch_later: the source and the meson of SUITE, since QEMU asks for a newer one than Debian 12 has. It gets a Python of its own.
fetch_later() {
    DEB_SRC=yes debian_suites "$FOLDER/apt" "$SUITE" &&
        (cd archive && apt-get "${APT[@]}" --download-only source qemu && apt-get "${APT[@]}" download meson) || {
        echo "skipped: no source of QEMU in $SUITE, or no answer from the archive" >&2
        exit 77
    }
    local python=$FOLDER/python
    /usr/bin/python3 -m venv --without-pip "$python"
    dpkg-deb -x archive/meson_*.deb "$FOLDER/meson"
    cp -r "$FOLDER"/meson/usr/lib/python3/dist-packages/* "$python"/lib/python3*/site-packages
    sed "1s|.*|#!$python/bin/python3|" "$FOLDER/meson/usr/bin/meson" >"$python/bin/meson"
    chmod 755 "$python/bin/meson"
    CONFIGURE+=("--python=$python/bin/python3" --disable-download --disable-install-blobs)
}

if [[ ! -e $BUILD/.configured ]]; then
    rm -rf "$TREE" "$BUILD" archive apt python meson
    mkdir -p archive "$BUILD"
    if [[ $SUITE ]]; then fetch_later; else fetch_debian_source qemu archive; fi
    dpkg-source -x --no-check archive/qemu_*.dsc "$TREE"
    cd "$BUILD"
    "${CONFIGURE[@]}"
    ninja qapi/qapi-builtin-types.h config-poison.h
    rm -rf "$FOLDER"/{apt,archive}
    touch .configured
fi

cd "$BUILD"
CC=${CC:-cc}
FLAGS=(-std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wno-sign-compare -iquote .)
for folder in . include tcg/i386 host/include/x86_64 host/include/generic; do FLAGS+=(-iquote "$TREE/$folder"); done
FLAGS+=(-isystem "$TREE/linux-headers" -I "$HERE/.." -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -fno-strict-aliasing -fno-common
    -fwrapv -fPIC -fvisibility=hidden)
read -ra GLIB <<<"$(pkg-config --cflags glib-2.0 pixman-1)"
OBJECTS=()
for source in warpz_zip hisi_zip bus shared_addresses ecap_overlay; do
    "$CC" "${GLIB[@]}" "${FLAGS[@]}" -c -o "../$source.o" "$HERE/$source.c"
    OBJECTS+=("../$source.o")
done
# The engine's own zlib functions stay inside: QEMU goes on using its own.
"${CXX:-c++}" -shared -o ../warpz-zip-qemu.so "${OBJECTS[@]}" -Wl,--whole-archive "$ACCELERATOR" -Wl,--no-whole-archive \
    "$LIBZ" -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -static-libstdc++ -static-libgcc
