#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# dpkg-deb: packages with gzip members at every level and strategy (it writes through gzFile), unpacked by the
# system's dpkg-deb and the other way round.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

DPKG_DEB=/usr/bin/dpkg-deb
require_program $DPKG_DEB dpkg
needs_zlib $DPKG_DEB

sample_tree package 8192
mkdir package/DEBIAN
printf 'Package: warpz-recipe\nVersion: 1\nArchitecture: all\nMaintainer: recipe <recipe@localhost>\nDescription: test\n' >package/DEBIAN/control
chmod -R a+rX,u+w package
# unpacked RUNNER FILE: its contents are those of the folder it was built from.
unpacked() {
    rm -rf copy
    $1 $DPKG_DEB -R "$2" copy
    diff -r package copy || fail "$2 unpacks to something else"
}
for options in '-z0' '-z1' '-z6' '-z9' '-z6 -Sfiltered' '-z6 -Shuffman' '-z6 -Srle' '-z6 -Sfixed'; do
    name=ours${options// /}.deb
    with_warpz $DPKG_DEB --root-owner-group --uniform-compression -Zgzip $options -b package "$name" >/dev/null
    unpacked env "$name"
    unpacked with_warpz "$name"
done
$DPKG_DEB --root-owner-group --uniform-compression -Zgzip -b package theirs.deb >/dev/null
unpacked with_warpz theirs.deb
prove_loaded "dpkg-deb"
prove_bound gzwrite $DPKG_DEB --root-owner-group --uniform-compression -Zgzip -b package bound.deb >/dev/null
prove_bound gzread $DPKG_DEB -c bound.deb >/dev/null
note "eight packages are the same to both zlibs"
