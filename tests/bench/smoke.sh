#!/bin/bash
# SPDX-License-Identifier: Zlib
# Runs every operation of warpz_bench once on small files, reads its JSON, and tries what it must refuse.
# Usage: smoke.sh WARPZ_BENCH FILE DIRECTORY
set -euo pipefail

bench=$1
file=$2
directory=$3

expect() {  # expect STATUS COMMAND...
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" -eq "$wanted" ] || { echo "exit status $status instead of $wanted: $*"; exit 1; }
}

expect 0 "$bench" --help | grep -q -- --levels
for wrap in raw zlib gzip; do
    expect 0 "$bench" --rounds 1 --op deflate,inflate --levels 0-9 --chunk all,4K,7 --wrap $wrap "$file"
done
for strategy in filtered huffman rle fixed; do
    expect 0 "$bench" --rounds 1 --op deflate --levels 1,6 --strategy $strategy "$file"
done
for between in reset init; do
    expect 0 "$bench" --rounds 1 --op messages --messages 100,1K --between $between --per-file "$file" "$directory"
done
expect 0 "$bench" --rounds 1 --op inflate --wrap zlib,gzip --chunk 1K "$file" | grep -c '^inflate, .*, 1K per call' | grep -qx 2
expect 0 "$bench" --rounds 1 --op messages --messages 4K "$file" | grep -c 'between' | grep -qx 4
expect 0 "$bench" --rounds 1 --op strategies --levels 6 --by-kind "$file" "$directory" | grep -q '^deflate with Z_RLE.*: warpz by kind'
scratch=$(mktemp -d "${TMPDIR:-/tmp}/warpz_bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
picture=$scratch/speed.svg
expect 0 "$bench" --rounds 2 --op deflate,crc32,adler32 --levels 1 --by-kind --plot "$picture" --json "$file" |
    python3 -c '
import json, sys, xml.etree.ElementTree as xml
results = json.load(sys.stdin)["results"]
assert any(r["library"] == "warpz" for r in results)
assert any(r["kind"] == "LICENSE" for r in results)
assert xml.parse(sys.argv[1]).getroot().tag == "{http://www.w3.org/2000/svg}svg"' "$picture"

expect 2 "$bench" --levels 7-3 "$file"
expect 2 "$bench" --no-such-option
expect 2 "$bench" --rounds
expect 2 "$bench" --op inflate --plot "$picture" "$file"
expect 1 "$bench" /no/such/file
expect 1 "$bench" --rounds 1 --levels 1 --op deflate --plot /no/such/folder/x.svg "$file"
expect 1 "$bench" --isal /no/such/libisal.so "$file"
expect 1 "$bench" --lib /no/such/libz.so.1 "$file"
# The same file under two names would be compared with itself.
ours=$(dirname "$bench")/../lib/libz.so.1
expect 1 "$bench" --lib again="$ours" "$file"
# A copy is a library of its own, but not under the same name.
cp "$ours" "$scratch/libz.so.1"
expect 0 "$bench" --rounds 1 --op crc32 --lib copy="$scratch/libz.so.1" "$file" >/dev/null
expect 2 "$bench" --lib warpz="$scratch/libz.so.1" "$file"
