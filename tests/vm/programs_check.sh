#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# What programs wrote in the guest, by the host's own tools and zlib: usage: programs_check.sh OUT STAGE
set -euo pipefail
unset LD_PRELOAD LD_LIBRARY_PATH
OUT=$1 STAGE=$2
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

if [[ -e $OUT/python3.zip ]]; then
    /usr/bin/python3 -m zipfile -e "$OUT/python3.zip" "$SCRATCH/zip"
    diff -r "$SCRATCH/zip/usr" "$STAGE/tree/usr"
    gzip -dc "$OUT/python3.gz" | cmp - "$STAGE/small/sample00"
fi
if [[ -e $OUT/git.bundle ]]; then
    git clone -q "$OUT/git.bundle" "$SCRATCH/clone"
    git -C "$SCRATCH/clone" fsck --full --strict --no-progress
    diff -r --exclude=.git "$SCRATCH/clone" "$STAGE/tree"
fi
if [[ -e $OUT/nginx.log ]]; then
    for file in sample00 sample03 random; do gzip -dc "$OUT/nginx.$file.gz" | cmp - "$STAGE/small/$file"; done
fi
if [[ -e $OUT/rsyslog.gz ]]; then gzip -dc "$OUT/rsyslog.gz" | cmp - "$OUT/rsyslog.lines"; fi
if [[ -e $OUT/postgresql.gz ]]; then
    gzip -dc "$OUT/postgresql.gz" >"$SCRATCH/dump"
    grep -q '^-- PostgreSQL database dump complete' "$SCRATCH/dump"
    (($(grep -c -P '^\d+\t[0-9a-f]{32}$' "$SCRATCH/dump") == 40000))
    gzip -dc "$OUT/postgresql.base.tar.gz" | tar -t >"$SCRATCH/base"
    grep -q '^PG_VERSION$' "$SCRATCH/base"
fi
echo "what the programs wrote is right, by the host's own tools"
