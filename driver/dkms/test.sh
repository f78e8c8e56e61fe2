#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Builds the packages and has DKMS build their modules as it would on a user's machine, in folders of its own:
#
#   driver/dkms/test.sh FOLDER KERNEL...     FOLDER is the one of driver/build.sh, KERNEL 6.1 or 6.12
#
# Also that a kernel which has uacce keeps its own, and that a machine without the kernel's source is told what to install.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$HERE/../../scripts/lib.sh"

(($# >= 2)) || die "usage: $0 FOLDER KERNEL..."
FOLDER=$(cd "$1" && pwd -P)
shift
WORK=$(mktemp -d "${TMPDIR:-/tmp}/warpz-dkms-test.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

"$HERE/build_packages.sh" "$WORK/packages" >/dev/null
for package in "$WORK"/packages/*.deb; do dpkg-deb -x "$package" "$WORK/root"; done
VERSION=$(basename "$WORK"/root/usr/src/warpz-uacce-*)
VERSION=${VERSION#warpz-uacce-}

# in_dkms VERB MODULE RELEASE HEADERS: DKMS with trees of our own.
in_dkms() {
    dkms "$1" -m "$2" -v "$VERSION" -k "$3" -a x86_64 --kernelsourcedir "$4" --dkmstree "$WORK/dkms" \
        --sourcetree "$WORK/root/usr/src" --installtree "$WORK/modules" >"$WORK/log" 2>&1
}
built() { find "$WORK/dkms/$1/$VERSION/$2/x86_64/module" -name "$3.ko*" | grep -q .; }
fail() { cat "$WORK/log" "$WORK"/dkms/*/*/build/make.log 2>/dev/null | tail -n 40 >&2; die "$*"; }

mkdir -p "$WORK/dkms"
for kernel in "$@"; do
    release=$(<"$FOLDER/$kernel/release")
    headers=$FOLDER/$kernel/root/usr/src/linux-headers-$release
    series=$(sed -E 's/^([0-9]+\.[0-9]+).*/\1/' <<<"$release")
    export WARPZ_LINUX_SOURCE=$WORK/no-source
    ! in_dkms build warpz-uacce "$release" "$headers" || fail "$release: uacce was built from nothing"
    grep -q "install linux-source-$series" "$WORK/log" || fail "$release: the message does not say what to install"
    rm -rf "$WORK/dkms"/*

    # A tarball, as the package linux-source has it.
    export WARPZ_LINUX_SOURCE=$WORK/source
    mkdir -p "$WORK/source/part/linux-source-$series/drivers/misc/uacce"
    cp "$FOLDER/$kernel/source/drivers/misc/uacce/uacce.c" "$WORK/source/part/linux-source-$series/drivers/misc/uacce"
    tar -C "$WORK/source/part" -cJf "$WORK/source/linux-source-$series.tar.xz" "linux-source-$series"
    rm -rf "$WORK/source/part"

    in_dkms build warpz-uacce "$release" "$headers" || fail "$release: warpz-uacce does not build"
    built warpz-uacce "$release" uacce || fail "$release: no uacce.ko"
    in_dkms build warpz "$release" "$headers" || fail "$release: warpz does not build"
    built warpz "$release" warpz_zip || fail "$release: no warpz_zip.ko"
    echo "dkms: built uacce and warpz_zip for $release"

    # The same kernel, if it had uacce.
    cp -r "$headers" "$WORK/with-uacce"
    sed -i 's/^# CONFIG_UACCE is not set/CONFIG_UACCE=m/' "$WORK/with-uacce/.config"
    grep -q '^CONFIG_UACCE=m' "$WORK/with-uacce/.config" || fail "$release: no CONFIG_UACCE in its configuration"
    rm -rf "$WORK/dkms"/*
    status=0
    in_dkms build warpz-uacce "$release" "$WORK/with-uacce" || status=$?
    ((status == 77)) || fail "$release: uacce would be built over the kernel's own ($status)"
    rm -rf "$WORK/with-uacce" "$WORK/dkms"/*
    echo "dkms: $release keeps a uacce of its own"
done
