#!/bin/sh
# SPDX-License-Identifier: Zlib
# What goes in comes out, at all levels and sizes, through files and pipes, in both directions with gzip.
. "$(dirname "$0")/lib.sh"

# Sizes around the buffers' (256 KiB) and the window's (32 KiB) edges.
for size in 0 1 2 100 32768 65535 65536 262143 262144 262145 1000000; do
    sample $size >plain
    for level in 1 2 3 4 5 6 7 8 9; do
        "$warpz" -c -$level plain >packed || fail "level $level, $size bytes: exit status $?"
        check "level $level, $size bytes, own decoder" sh -c '"$1" -dc packed | cmp - plain' sh "$warpz"
        [ -z "$gzip" ] || check "level $level, $size bytes, gzip" sh -c '"$1" -dc <packed | cmp - plain' sh "$gzip"
    done
    [ -z "$gzip" ] || check "gzip's $size bytes" sh -c '"$1" -c plain | "$2" -d | cmp - plain' sh "$gzip" "$warpz"
done

head -c 700000 /dev/urandom >plain
run "$warpz" -k plain
expect_status 0
check 'random data' sh -c '"$1" -dc plain.gz | cmp - plain' sh "$warpz"
check 'random data grow by little' [ "$(stat -c %s plain.gz)" -lt 700300 ]

# Small pieces through a pipe.
sample 3000 >plain
check 'one byte at a time' sh -c 'dd if=plain bs=1 status=none | "$1" | dd bs=1 status=none | "$1" -d | cmp - plain' sh "$warpz"

# A decoder passes on what it has while the writer of its input still lives.
mkfifo fifo
{ "$warpz" -c plain; exec sleep 60; } >fifo &
writer=$!
"$warpz" -dc <fifo | { head -c 3000 | cmp - plain && touch arrived; } &
for try in $(seq 100); do
    [ -e arrived ] && break
    sleep 0.1
done
check 'a decoder passes on what it has' [ -e arrived ]
kill $writer
wait

# In place, and back.
fresh
sample 100000 >file
cp file original
run "$warpz" file
expect_status 0
expect_out ''
expect_err ''
expect_files file.gz original
run "$warpz" -d file.gz
expect_status 0
expect_files file original
check 'file came back' cmp file original

# Several operands, standard input among them.
cp original file
cp original other
same_stdin=original same_as_gzip -c file - other
run_from original "$warpz" -c file - other
cp "$out" all.gz
cat original original original >three
check 'members follow each other' sh -c '"$1" -dc all.gz | cmp - three' sh "$warpz"
same_as_gzip file other
same_as_gzip -k file other
same_stdin=original same_as_gzip
same_stdin=original same_as_gzip -
same_stdin=original same_as_gzip -9n
same_stdin=all.gz same_as_gzip -d
same_stdin=all.gz same_as_gzip -dc - all
same_as_gzip -dk all.gz

# Header bytes: level marks, name, time, system.
touch -d '2020-01-02 03:04:05 UTC' file
for options in -1 -2 -6 -8 -9 -n -1n -9N; do
    run "$warpz" -c $options file
    cp "$out" ours
    if [ -n "$gzip" ]; then
        "$gzip" -c $options file >theirs
        case $options in *n) header_bytes=10 ;; *) header_bytes=15 ;; esac
        check "header with $options" cmp -n $header_bytes ours theirs
    fi
done
run "$warpz" -c file
check 'header of level 6' [ "$(head -c 15 "$out" | od -An -tx1)" = ' 1f 8b 08 08 a5 5d 0d 5e 00 03 66 69 6c 65 00' ]

# More than 4 GiB, so that lengths in the trailer wrap around.
check '4300 MiB of zeros' sh -c 'head -c 4300M /dev/zero | "$1" -1 | "$1" -dc | wc -c | grep -qx 4508876800' sh "$warpz"

# Restart points of --rsyncable: a change at the front leaves most of the output alone.
fresh
seq 1 400000 >one
(echo 'one more line'; cat one) >two
for name in one two; do
    "$warpz" --rsyncable -nc $name >$name.gz || fail "--rsyncable $name"
    check "--rsyncable $name" sh -c '"$1" -dc $2.gz | cmp - $2' sh "$warpz" $name
done
tail -c 100000 one.gz | head -c 99992 >tail.one
tail -c 100000 two.gz | head -c 99992 >tail.two
check '--rsyncable leaves the tail alone' cmp tail.one tail.two
finish
