#!/bin/sh
# SPDX-License-Identifier: Zlib
# No room for the output: the reason, exit status 1, no partial target, an untouched source.
. "$(dirname "$0")/lib.sh"

head -c 1000000 /dev/urandom >random
sample 3000 >small
"$warpz" -c random >packed.gz
"$warpz" -c small >small.gz

if [ -c /dev/full ]; then
    # onto_full ARGUMENT...
    onto_full() {
        last_command="warpz $* >/dev/full"
        "$warpz" "$@" </dev/null >/dev/full 2>"$err"
        status=$?
        expect_status 1
        expect_err 'warpz: stdout: No space left on device'
    }
    onto_full -c random
    onto_full -c small
    onto_full
    onto_full -dc packed.gz
    onto_full -dc small.gz
    onto_full -c small small small
    "$warpz" -cv small >/dev/full 2>"$err"
    check 'with -v the name comes first' [ "$(cat "$err")" = "$(printf 'small:\t\nwarpz: stdout: No space left on device')" ]
    onto_full -l small.gz
    onto_full -dcf random
    onto_full -cr .
    expect_files packed.gz random small small.gz
else
    skip '/dev/full: there is none'
fi

mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=512k tmpfs disk 2>/dev/null; then
    trap 'cd /; umount "$scratch/work/disk"; chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
    cp small disk/small
    head -c 400000 /dev/urandom >disk/random
    cp disk/random random
    run "$warpz" disk/random
    expect_status 1
    expect_err 'warpz: disk/random.gz: No space left on device'
    check 'the source is whole' cmp disk/random random
    check 'no partial file' [ "$(ls disk | tr '\n' ' ')" = 'random small ' ]
    # What fits is still done.
    run "$warpz" -r disk
    expect_status 1
    check 'the small file is done' [ "$(ls disk | tr '\n' ' ')" = 'random small.gz ' ]
    rm disk/*
    head -c 5000000 /dev/zero | "$warpz" -c >disk/zeros.gz
    cp disk/zeros.gz .
    run "$warpz" -d disk/zeros.gz
    expect_status 1
    expect_err 'warpz: disk/zeros: No space left on device'
    check 'the source is whole' cmp disk/zeros.gz zeros.gz
    check 'no partial file' [ "$(ls disk)" = zeros.gz ]
    "$warpz" -dc disk/zeros.gz >disk/out 2>"$err"
    status=$?
    expect_status 1
    expect_err 'warpz: stdout: No space left on device'
    umount disk
    # No room for another name.
    if mount -t tmpfs -o size=512k,nr_inodes=2 tmpfs disk 2>/dev/null; then
        cp small disk
        run "$warpz" disk/small
        expect_status 1
        expect_err 'warpz: disk/small.gz: No space left on device'
        check 'the source is whole' cmp disk/small small
    fi
    mount -o remount,ro disk
    run "$warpz" disk/small
    expect_status 1
    expect_err 'warpz: disk/small.gz: Read-only file system'
else
    skip 'a full file system: needs root and the right to mount'
fi
finish
