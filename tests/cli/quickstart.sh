#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# The table of scripts/quickstart.sh on little data, with WARPZ_LIB and WARPZ of this build: all rows must show our library and
# be verified. The same without our library must fail, or the table would say nothing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
LIB=$(realpath "${WARPZ_LIB:?folder of the libraries}")
WARPZ=$(realpath "${WARPZ:?path of the program}")
unset "${!WARPZ_@}" LD_LIBRARY_PATH LD_PRELOAD LD_DEBUG
export LC_ALL=C.UTF-8
WARPZ_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

for program in curl git gzip /usr/sbin/nginx pigz /usr/bin/python3 tar; do
    if ! command -v "$program" >/dev/null; then
        printf 'skipped: there is no %s\n' "$program"
        exit 77
    fi
done

# table KIB: its text; the status is its own.
table() { (CORPUS_KIB=$1 && . "$WARPZ_ROOT/scripts/quickstart_table.sh"); }

rows=$(table 2048) || { printf '%s\nFAILED: a row is not verified or not loaded\n' "$rows"; exit 1; }
printf '%s\n' "$rows"
for row in 'python3 *gzip' 'python3 *gunzip' 'python3 *zipfile' 'git *init' 'git *clone' 'warpz *-6' 'warpz *-d' nginx; do
    grep -q "^$row.* yes\$" <<<"$rows" || { printf 'FAILED: there is no row of %s\n' "$row"; exit 1; }
done

nothing=$(mktemp -d)
trap 'rm -rf "$nothing"' EXIT
LIB=$nothing
if rows=$(table 256 2>&1) || (($(grep -c ' NO  *yes$' <<<"$rows") != 6)); then
    printf '%s\nFAILED: the table is content without our library\n' "$rows"
    exit 1
fi
