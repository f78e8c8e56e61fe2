#!/bin/sh
# SPDX-License-Identifier: Zlib
# abidiff.sh REFERENCE OURS: no symbol of the reference is missing or changed here. New ones are fine.
if ! command -v abidiff >/dev/null; then
    echo "skipped: there is no abidiff (Debian package abigail-tools)"
    exit 77
fi
abidiff --no-added-syms "$1" "$2" || exit 1
echo "abidiff: $2 is compatible with $1"
