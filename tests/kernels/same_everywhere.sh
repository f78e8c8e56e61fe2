#!/bin/bash
# SPDX-License-Identifier: Zlib
# Runs stream_digest in a fresh process for each choice of kernels and compares what it prints: compressed bytes and
# decoded results may not depend on the CPU.
# Usage: same_everywhere.sh MACHINE BYTES OTHER COMMAND...
#   MACHINE  the architecture that COMMAND, perhaps with an emulator, runs on
#   OTHER    a stream_digest that this machine runs itself, to compare with, or - for none
set -euo pipefail

machine=$1 bytes=$2 other=$3
shift 3
scratch=$(mktemp -d "${TMPDIR:-/tmp}/warpz_same.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

case $machine in
    aarch64) choices=(generic neon crc32 pmull,crc32 neon,dotprod) ;;
    *) choices=(generic sse42 avx2 avx2,avxvnni,vpclmul avx512 avx512,vbmi,vbmi2) ;;
esac

WARPZ_CPU='' "$@" "$bytes" >"$scratch/expected"
[ "$(wc -l <"$scratch/expected")" -ge 400 ] || { cat "$scratch/expected"; echo "too few digests"; exit 1; }

status=0
compare() {  # compare NAME COMMAND...
    local name=$1 difference
    shift
    "$@" >"$scratch/found"
    if difference=$(diff "$scratch/expected" "$scratch/found"); then
        echo "$name: the same $(wc -l <"$scratch/found") digests"
    else
        echo "$name: differs"
        head -n 10 <<<"$difference"
        status=1
    fi
}
for choice in "${choices[@]}"; do
    export WARPZ_CPU=$choice
    compare "$choice" "$@" "$bytes"
done
if [ -x "$other" ]; then
    export WARPZ_CPU=
    compare "$other" "$other" "$bytes"
elif [ "$other" != - ]; then
    echo "there is no $other: nothing of this machine's own to compare with"
fi
exit $status
