#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Fills build/aarch64-root: what preset aarch64 needs beside Debian's cross compiler, taken from Debian's own packages
# for that architecture (the reference zlib, Boost.Test) without changing the system's list of architectures.
# Does nothing when the folder is complete. Exits 77 with the reason when a tool or a package cannot be had.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

skip() { printf 'skipped: %s\n' "$*"; exit 77; }

for tool in aarch64-linux-gnu-g++ qemu-aarch64-static dpkg-deb; do
    command -v "$tool" >/dev/null || skip "no $tool (scripts/packages.txt lists what is needed)"
done
root=$WARPZ_ROOT/build/aarch64-root
[[ ! -e $root/complete ]] || exit 0

# Lists and cache of their own: apt believes itself on an AArch64 machine with nothing installed.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/warpz-aarch64.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
mkdir -p "$scratch"/{state/lists,cache/archives,packages}
: >"$scratch/status"
cat >"$scratch/apt.conf" <<EOF
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$scratch/state";
Dir::State::status "$scratch/status";
Dir::Cache "$scratch/cache";
EOF
export APT_CONFIG=$scratch/apt.conf
boost=$(dpkg-query -W -f '${Depends}' libboost-test-dev | sed -n 's/^libboost-test\([0-9.]*\)-dev.*/\1/p')
{
    apt-get -qq update &&
        (cd "$scratch/packages" && apt-get -qq download zlib1g "libboost-test$boost.0" "libboost-test$boost-dev")
} >"$scratch/log" 2>&1 || { cat "$scratch/log"; skip "Debian's packages for arm64 cannot be fetched"; }

rm -rf "$root"
mkdir -p "$root/lib/aarch64-linux-gnu" "$root/usr/include"
for package in "$scratch"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
# Headers are the same on all architectures. The C and C++ libraries come with the cross compiler; here they are where
# the dynamic linker looks under qemu -L.
ln -s /usr/include/boost "$root/usr/include/boost"
ln -s /usr/aarch64-linux-gnu/lib/* "$root/lib/aarch64-linux-gnu/"
ln -s /usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1 "$root/lib/"
touch "$root/complete"
