#!/bin/bash
# SPDX-License-Identifier: Zlib
# Builds the kernels and checksums for AArch64 and runs their walk under qemu, on CPUs with and without the optional
# instructions. Exit status 77 means skipped.
# Usage: aarch64.sh SOURCE_DIR SCRATCH_DIR
set -euo pipefail

source_dir=$1
scratch=$2
compiler=${WARPZ_AARCH64_CXX:-aarch64-linux-gnu-g++}

qemu=
for candidate in qemu-aarch64-static qemu-aarch64; do
    if command -v "$candidate" >/dev/null; then qemu=$candidate; break; fi
done
if ! command -v "$compiler" >/dev/null; then
    echo "skipped: no cross compiler $compiler (Debian: g++-aarch64-linux-gnu)"
    exit 77
fi
if [ -z "$qemu" ]; then
    echo "skipped: no qemu-aarch64 (Debian: qemu-user-static)"
    exit 77
fi

mkdir -p "$scratch"
program=$scratch/kernels_aarch64
cd "$source_dir"
"$compiler" -std=c++20 -O2 -static -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wconversion -Werror -Ilib -Itests \
    lib/kernels/*.cpp lib/kernels/generic/*.cpp lib/kernels/arm/*.cpp lib/checksum/*.cpp \
    tests/kernels/checksum_walk.cpp tests/kernels/standalone_main.cpp \
    tests/support/guarded_buffer.cpp tests/support/sample_data.cpp -o "$program"

# cortex-a72 lacks UDOT, max has everything.
for cpu in cortex-a72 max; do
    echo "== qemu -cpu $cpu"
    "$qemu" -cpu "$cpu" "$program"
done
