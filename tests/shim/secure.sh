#!/bin/sh
# SPDX-License-Identifier: Zlib
# secure.sh PROGRAM: runs a copy of it as it is, then as a set-user-ID program of another user, which needs root.
set -eu
[ "$(id -u)" = 0 ] || { echo "skipped: a set-user-ID program of another user needs root"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
cp "$1" "$scratch/program"
"$scratch/program" plain
chown 65534:65534 "$scratch/program"
chmod 4755 "$scratch/program"
if ! setpriv --reuid 65534 --clear-groups test -r "$2"; then
    echo "skipped: $2 is not readable by user 65534"
    exit 77
fi
"$scratch/program" secure
