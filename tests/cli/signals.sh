#!/bin/sh
# SPDX-License-Identifier: Zlib
# A signal in the middle of the work: no partial target, an untouched source, and an end by that signal.
. "$(dirname "$0")/lib.sh"

# Sources that keep the program busy for long, but take no room: 1 TiB of zeros, and 4 GiB of zeros compressed.
truncate -s 1T source 2>/dev/null || truncate -s 100G source
head -c 1M /dev/zero | "$warpz" -c >member
cp member packed.gz
for doubling in $(seq 12); do
    cat packed.gz packed.gz >twice
    mv twice packed.gz
done
rm member

# kill_while_writing SIGNAL TARGET COMMAND...: starts COMMAND, waits until TARGET grows, sends SIGNAL.
kill_while_writing() {
    signal=$1
    target=$2
    shift 2
    last_command="$* (SIG$signal)"
    env --default-signal "$@" </dev/null >"$out" 2>"$err" &
    pid=$!
    for try in $(seq 200); do
        [ -s "$target" ] && break
        sleep 0.05
    done
    check "$last_command: $target grows" [ -s "$target" ]
    kill -s "$signal" $pid
    wait $pid 2>/dev/null
    status=$?
}

for numbered in HUP:1 INT:2 PIPE:13 TERM:15 XCPU:24 XFSZ:25; do
    signal=${numbered%:*}
    kill_while_writing $signal source.gz "$warpz" -k source
    expect_status $((128 + ${numbered#*:}))
    expect_err ''
    expect_files packed.gz source
done
# libzstd has threads of its own.
if "$warpz" --format=zstd </dev/null >/dev/null 2>&1; then
    for numbered in INT:2 TERM:15; do
        kill_while_writing ${numbered%:*} source.zst "$warpz" -kp3 --format=zstd source
        expect_status $((128 + ${numbered#*:}))
        expect_err ''
        expect_files packed.gz source
    done
else
    skip 'signals and zstd: the program was built without libzstd'
fi
kill_while_writing TERM source.gz "$warpz" source
expect_status 143
expect_files packed.gz source
kill_while_writing TERM source.gz "$warpz" -r .
expect_files packed.gz source
mkdir folder
mv source folder
(cd folder && ln ../packed.gz .)
kill_while_writing TERM folder/source.gz "$warpz" folder/source
expect_files folder folder/packed.gz folder/source packed.gz
kill_while_writing TERM folder/source.gz "$warpz" -r folder
expect_files folder folder/packed.gz folder/source packed.gz
mv folder/source .
rm -r folder
kill_while_writing TERM packed "$warpz" -d packed.gz
expect_status 143
expect_files packed.gz source
kill_while_writing INT packed "$warpz" -dk packed.gz
expect_status 130
expect_files packed.gz source

# An overwritten file is gone, but not half there.
echo old >source.gz
last_command='warpz -f source'
env --default-signal "$warpz" -kf source </dev/null 2>"$err" &
pid=$!
for try in $(seq 200); do
    [ "$(stat -c %s source.gz 2>/dev/null || echo 0)" -gt 1000 ] && break
    sleep 0.05
done
kill -s TERM $pid
wait $pid 2>/dev/null
expect_files packed.gz source

# Ignored signals stay ignored.
fresh
head -c 300M /dev/zero >source
(
    trap '' HUP INT TERM
    exec "$warpz" -k source
) &
pid=$!
# Not before the shell has set its traps and become warpz.
for try in $(seq 200); do
    [ "$(cat /proc/$pid/comm 2>/dev/null)" = warpz ] && break
    sleep 0.05
done
for signal in HUP INT TERM HUP INT TERM; do
    kill -s $signal $pid 2>/dev/null
    sleep 0.05
done
wait $pid
status=$?
last_command='warpz -k source with ignored signals'
expect_status 0
run "$warpz" -t source.gz
expect_status 0

# A reader that goes away.
env --default-signal sh -c '"$1" -c /dev/urandom; echo $? >status' sh "$warpz" 2>"$err" | head -c 1 >/dev/null
check 'end by SIGPIPE' [ "$(cat status)" = 141 ]
expect_err ''
(
    trap '' PIPE
    "$warpz" -c /dev/urandom 2>"$err"
    echo $? >status
) | head -c 1 >/dev/null
check 'SIGPIPE ignored: exit status 1' [ "$(cat status)" = 1 ]
last_command='warpz -c with SIGPIPE ignored'
expect_err 'warpz: stdout: Broken pipe'

# The limit of a file's size.
fresh
head -c 1000000 /dev/urandom >source
(
    ulimit -f 100
    run env --default-signal=XFSZ "$warpz" source
    expect_status 153
    expect_files source
    trap '' XFSZ
    run "$warpz" source
    expect_status 1
    expect_err 'warpz: source.gz: File too large'
    expect_files source
    [ $failures -eq 0 ]
) || fail 'ulimit -f'
finish
