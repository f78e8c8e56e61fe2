#!/bin/sh
# SPDX-License-Identifier: Zlib
# usage: page_store.sh PROGRAM FILE: packs FILE's pages and reads some of them back.
set -eu
program=$1
file=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" pack 6 "$file" "$folder/store"
pages=$((($(stat -Lc %s "$file") + 16383) / 16384))
for page in 0 $((pages / 2)) $((pages - 1)); do
    "$program" read "$folder/store" "$page" > "$folder/page"
    dd if="$file" bs=16384 skip="$page" count=1 2> "$folder/dd" | cmp - "$folder/page"
done
if "$program" read "$folder/store" "$pages" 2> "$folder/error"; then exit 1; fi
grep -q 'no such page' "$folder/error"
if "$program" read "$file" 0 2> "$folder/error"; then exit 1; fi
grep -q 'not a page store' "$folder/error"
