#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Makes the two Debian packages: build_packages.sh FOLDER [VERSION]
#
#   warpz-uacce-dkms   uacce for kernels without it
#   warpz-dkms         warpz_zip, its udev rule and the group of its users
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$HERE/../../scripts/lib.sh"

(($# >= 1)) || die "usage: $0 FOLDER [VERSION]"
mkdir -p "$1"
FOLDER=$(cd "$1" && pwd -P)
VERSION=${2:-$(sed -nE 's/^project\(warpz VERSION ([0-9.]+).*/\1/p' "$WARPZ_ROOT/CMakeLists.txt")}
[[ $VERSION ]] || die "no version"
STAGE=$(mktemp -d "${TMPDIR:-/tmp}/warpz-dkms.XXXXXX")
trap 'rm -rf "$STAGE"' EXIT

# package NAME MODULE DEPENDS DESCRIPTION: the staged tree as a package; DKMS builds and removes MODULE as it comes and goes.
package() {
    local name=$1 module=$2 root=$STAGE/$1
    mkdir -p "$root/DEBIAN" "$root/usr/share/doc/$name"
    install -m 644 "$WARPZ_ROOT/LICENSE" "$root/usr/share/doc/$name/copyright"
    cat >"$root/DEBIAN/control" <<CONTROL
Package: $name
Version: $VERSION
Architecture: all
Section: kernel
Priority: optional
Maintainer: the warpz authors <warpz@localhost>
Depends: $3
Description: $4
CONTROL
    cat >"$root/DEBIAN/postinst" <<SCRIPT
#!/bin/sh
set -e
if [ "\$1" = configure ]; then
    if [ -e /usr/lib/sysusers.d/$name.conf ]; then systemd-sysusers $name.conf || true; fi
    /usr/lib/dkms/common.postinst $module $VERSION
    if [ -e /usr/lib/udev/rules.d/60-warpz.rules ]; then udevadm control --reload 2>/dev/null || true; fi
fi
SCRIPT
    cat >"$root/DEBIAN/prerm" <<SCRIPT
#!/bin/sh
set -e
dkms remove -m $module -v $VERSION --all >/dev/null 2>&1 || true
SCRIPT
    chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm"
    dpkg-deb --root-owner-group -Zxz --build "$root" "$FOLDER/${name}_${VERSION}_all.deb" >/dev/null
    printf '%s\n' "$FOLDER/${name}_${VERSION}_all.deb"
}

# The sources' places and modes.
uacce=$STAGE/warpz-uacce-dkms/usr/src/warpz-uacce-$VERSION
mkdir -p "$uacce"
install -m 644 "$HERE/uacce/Kbuild" "$uacce"
install -m 755 "$HERE/uacce/fetch_uacce.sh" "$HERE/uacce/keep_symbols.sh" "$uacce"
sed "s/@VERSION@/$VERSION/" "$HERE/uacce/dkms.conf" >"$uacce/dkms.conf"
package warpz-uacce-dkms warpz-uacce "dkms (>= 3.0.10), linux-source" \
    "shared accelerator framework uacce, for kernels without it
 The module is built from the distribution's own kernel source. On kernels that have
 uacce nothing is built."

warpz=$STAGE/warpz-dkms/usr/src/warpz-$VERSION
mkdir -p "$warpz/warpz_zip" "$warpz/include/uapi/warpz" "$STAGE/warpz-dkms/usr/lib/udev/rules.d" \
    "$STAGE/warpz-dkms/usr/lib/sysusers.d"
install -m 644 "$HERE"/../warpz_zip/{Kbuild,*.[ch]} "$warpz/warpz_zip"
install -m 644 "$HERE"/../include/uapi/warpz/*.h "$warpz/include/uapi/warpz"
install -m 644 "$HERE/warpz/60-warpz.rules" "$STAGE/warpz-dkms/usr/lib/udev/rules.d"
install -m 644 "$HERE/warpz/warpz.sysusers" "$STAGE/warpz-dkms/usr/lib/sysusers.d/warpz-dkms.conf"
sed "s/@VERSION@/$VERSION/" "$HERE/warpz/dkms.conf" >"$warpz/dkms.conf"
package warpz-dkms warpz "dkms (>= 3.0.10), warpz-uacce-dkms (= $VERSION)" \
    "kernel driver of the warpz compression accelerator
 Gives the accelerator's queues to programs as /dev/warpz_zip-N, by way of uacce. Users
 are members of the group uacce."
