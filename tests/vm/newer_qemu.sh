#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# A QEMU newer than this Debian's: the packages of a later suite with all that they need, unpacked into a folder. Nothing
# is installed; no version is named here, the archive tells what it has.
#
#   tests/vm/newer_qemu.sh FOLDER [MAJOR.MINOR]     at least that version, 10.1 by default
#
# Leaves FOLDER/qemu-system-x86_64, to be called as any other: with its own loader, libraries, modules and firmware. What
# is to be preloaded into it is named by WARPZ_QEMU_PRELOAD, since LD_PRELOAD would be for this system's libc. Prints the version
# that it has, on one line; a FOLDER that has one already is left as it is. Exits 77 with "skipped: REASON" on one line
# when none can be had.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

(($# == 1 || $# == 2)) || die "usage: $0 FOLDER [MAJOR.MINOR]"
LEAST=${2:-10.1}
mkdir -p "$1"
FOLDER=$(cd "$1" && pwd -P)

skip() { printf 'skipped: %s\n' "$*"; exit 77; }

# version: of the QEMU in FOLDER; fails where there is none that runs, or only an older one.
version() {
    local version
    version=$("$FOLDER/qemu-system-x86_64" --version 2>/dev/null | sed -nE '1s/^QEMU emulator version ([0-9.]+).*/\1/p') || return
    [[ $version ]] && dpkg --compare-versions "$version" ge "$LEAST" && printf '%s\n' "$version"
}

# fetch SUITE...: the packages of the first suite, with what it builds on from the others, into FOLDER/root.
fetch() {
    local apt=$FOLDER/apt candidate deb
    rm -rf "$apt" "$FOLDER/root"
    mkdir -p "$FOLDER/root"
    debian_suites "$apt" "$@" || { REASON="no answer from the archive"; return 1; }
    APT+=(-o "APT::Default-Release=$1")
    candidate=$(apt-cache "${APT[@]}" policy qemu-system-x86 | sed -nE 's/^ *Candidate: ([0-9]+:)?([0-9.]+).*/\2/p')
    if [[ ! $candidate ]] || ! dpkg --compare-versions "$candidate" ge "$LEAST"; then
        REASON="$1 has QEMU ${candidate:-not at all}"
        return 1
    fi
    apt-get "${APT[@]}" -y --no-install-recommends --download-only install qemu-system-x86 ||
        { REASON="$1 has QEMU $candidate, but not all that it needs"; return 1; }
    for deb in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$deb" "$FOLDER/root" || return; done
    rm -rf "$apt"
    # Where the loader is depends on whether /lib is a folder or a link to /usr/lib.
    cat >"$FOLDER/qemu-system-x86_64" <<'SH'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
lib=usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR="$root/$lib/qemu"
exec "$root/$lib/ld-linux-x86-64.so.2" --library-path "$root/$lib" ${WARPZ_QEMU_PRELOAD:+--preload "$WARPZ_QEMU_PRELOAD"} \
    "$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" "$@"
SH
    chmod 755 "$FOLDER/qemu-system-x86_64"
    version >/dev/null || { REASON="$1's QEMU $candidate does not run here"; return 1; }
}

version && exit
command -v apt-get >/dev/null && [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || skip "no apt-get, or no keys of Debian"
REASON='' REASONS=''
# A stable suite first: its packages stay.
for suites in "trixie-backports trixie" forky sid; do
    # shellcheck disable=SC2086
    if fetch $suites >"$FOLDER/log" 2>&1; then version; exit; fi
    REASONS+="${REASONS:+; }${REASON:-$suites: see $FOLDER/log}"
done
skip "no QEMU from $LEAST on: $REASONS"
