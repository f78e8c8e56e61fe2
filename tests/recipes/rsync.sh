#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# rsync -z between two processes over a pipe: long-lived raw streams with a flush per file, and files that the
# receiver partly has.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

RSYNC=/usr/bin/rsync
require_program $RSYNC rsync
needs_zlib $RSYNC
shows '\<zlibx\>' $RSYNC --version || skip "this rsync has no zlibx compression"

# The remote shell of this test: the far side is a process on this machine, and only it gets the library when WARPZ_SIDE
# says so.
cat >remote-shell <<'SCRIPT'
#!/bin/sh
shift
exec $FAR_SIDE "$@"
SCRIPT
chmod +x remote-shell
sample_tree tree 12288
far="env ${WARPZ_ENV[*]} LD_DEBUG=libs LD_DEBUG_OUTPUT=$SCRATCH/loader/libs"

# transfer NAME LEVEL: one copy to an empty folder, then one after changes in the middle of every tenth file.
transfer() {
    local runner=$1 name=$2 level=$3
    $runner $RSYNC -a -z --compress-choice=zlibx --compress-level="$level" -e ./remote-shell tree/ "far:$SCRATCH/$name/"
    diff -r tree "$name"
    find "$name" -type f -size +40k | sort | awk 'NR % 10 == 0' | while read -r file; do
        printf 'changed' | dd of="$file" bs=1 seek=20000 conv=notrunc status=none
    done
    $runner $RSYNC -a -z -c --no-whole-file --compress-choice=zlibx --compress-level="$level" -e ./remote-shell tree/ "far:$SCRATCH/$name/"
    diff -r tree "$name"
}
export FAR_SIDE
for level in 1 6 9; do
    FAR_SIDE=$far transfer with_warpz "both$level" "$level"
    FAR_SIDE='' transfer with_warpz "sender$level" "$level"
    FAR_SIDE=$far transfer env "receiver$level" "$level"
done
prove_loaded "rsync"
FAR_SIDE='' prove_bound deflate $RSYNC -a -z --compress-choice=zlibx -e ./remote-shell tree/ "far:$SCRATCH/bound/"
note "nine transfers between old and new zlib arrive whole"
