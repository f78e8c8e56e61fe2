#!/bin/sh
# SPDX-License-Identifier: Zlib
# warpzctl run: exit statuses, what is passed to the program, and the sums at its end.
. "$(dirname "$0")/lib.sh"
: "${WARPZCTL:?path of the program}"
unset WARPZ_CONF WARPZ_DEVICE WARPZ_THREADS WARPZ_MIN_BYTES WARPZ_LOG WARPZ_STATS
TMPDIR=$scratch/tmp
export TMPDIR
mkdir "$TMPDIR"

run "$WARPZCTL" run true
expect_status 0
expect_out ''
run "$WARPZCTL" run -- sh -c 'echo out; echo "$WARPZ_DEVICE $WARPZ_THREADS"; exit 7'
expect_status 7
expect_out 'out
 '
run "$WARPZCTL" run --device none -T 3 sh -c 'echo "$WARPZ_DEVICE $WARPZ_THREADS $1"' sh -D
expect_out 'none 3 -D'
run "$WARPZCTL" run sh -c 'kill -TERM $$'
expect_status 143
run "$WARPZCTL" run "$scratch/nosuch"
expect_status 127
run "$WARPZCTL" run "$scratch/tmp"
expect_status 126
for arguments in '-D nosuch true' '-T many true' '' '--nosuch true'; do
    run "$WARPZCTL" run $arguments
    expect_status 125
    check 'a reason' grep -q '^warpzctl: ' "$err"
done

# A signal reaches the program, and the summary is printed nevertheless.
"$WARPZCTL" run sh -c 'trap "exit 5" TERM; echo ready >ready; while :; do sleep 0.05; done' 2>"$err" &
runner=$!
until [ -s ready ]; do sleep 0.05; done
kill -TERM "$runner"
wait "$runner"
check 'its exit status' test $? = 5
check 'a summary' grep -q '^warpzctl: ' "$err"

# The programs' own library is the preloaded one.
if python3 -c 'import zlib' 2>/dev/null; then
    cat >both.py <<'P'
import os, zlib
data = os.urandom(1000) * 4000
assert zlib.decompress(zlib.compress(data)) == data
P
    run "$WARPZCTL" run -T 2 python3 both.py
    expect_status 0
    check 'the pool' grep -Eq 'compressed by the pool +[1-9][0-9]* jobs, 3\.8M to ' "$err"
    run env WARPZ_MIN_BYTES=1 "$WARPZCTL" run -D model sh -c 'python3 both.py; python3 both.py'
    expect_status 0
    check 'processes' grep -q '^warpzctl: 2 processes used warpz' "$err"
    check 'streams' grep -Eq 'streams offloaded +2 compressed, 2 decompressed' "$err"
    check 'compressed' grep -Eq 'compressed by devices +[1-9][0-9]* jobs, 7\.6M to ' "$err"
    check 'decompressed' grep -Eq 'decompressed by devices +[1-9][0-9]* jobs' "$err"
    run "$WARPZCTL" run -D none python3 both.py
    check 'nothing' grep -q 'nothing was offloaded' "$err"
    # A program that becomes another one leaves a page that nobody has, though the process is there.
    WARPZ_RUN_DIR=$scratch/pages
    export WARPZ_RUN_DIR
    mkdir "$WARPZ_RUN_DIR"
    printf 'import os\nopen("done", "w").close()\nos.execvp("sleep", ["sleep", "60"])\n' | cat both.py - >become.py
    "$WARPZCTL" run -T 2 python3 become.py 2>"$err" &
    runner=$!
    until [ -e done ] && pgrep -P "$runner" sleep >/dev/null; do sleep 0.05; done
    check 'its page is left' test -n "$(ls "$WARPZ_RUN_DIR")"
    run "$WARPZCTL" top
    check 'nobody has it' test "$(wc -l <"$out")" = 1
    check 'it is removed' test -z "$(ls "$WARPZ_RUN_DIR")"
    kill "$runner"
    wait "$runner"
    check 'ended by the signal' test $? = 143
else
    skip 'python3 with zlib is not installed'
fi
check 'no file stays' test -z "$(ls "$TMPDIR")"
finish
