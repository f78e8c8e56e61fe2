#!/bin/sh
# SPDX-License-Identifier: Zlib
# secure.sh PROGRAM LIBRARY: runs a copy of it as it is, then as a set-user-ID program of another user, which needs root.
# The environment and the file of settings count for the first alone.
set -eu
[ "$(id -u)" = 0 ] || { echo "skipped: a set-user-ID program of another user needs root"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 1777 "$scratch"
printf 'WARPZ_STATS = %s\n' "$scratch/summary" >"$scratch/warpz.conf"
export WARPZ_CONF="$scratch/warpz.conf"
cp "$1" "$scratch/program"
"$scratch/program" plain
[ -s "$scratch/summary" ] || { echo "the file of settings was not read"; exit 1; }
rm "$scratch/summary"
chown 65534:65534 "$scratch/program"
chmod 4755 "$scratch/program"
if ! setpriv --reuid 65534 --clear-groups test -r "$2"; then
    echo "skipped: $2 is not readable by user 65534"
    exit 77
fi
WARPZ_STATS="$scratch/summary" "$scratch/program" secure
[ ! -e "$scratch/summary" ] || { echo "a program with raised privileges was configured"; exit 1; }
