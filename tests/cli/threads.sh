#!/bin/sh
# SPDX-License-Identifier: Zlib
# Many threads make what one makes: the same bytes when compressing, the same data, messages and exit status when
# decompressing, whatever the file is made of and wherever it is damaged.
. "$(dirname "$0")/lib.sh"

# About 3 MB compressed, of many blocks, with data that refer far back, and some that do not compress.
{
    sample 4000000
    head -c 1000000 /dev/urandom
    sample 3000000 | rev
    head -c 400000 /dev/urandom | od -An -tx1
    head -c 300000 /dev/zero
    sample 2000000
} >plain

# Compression: the number of threads does not show.
"$warpz" -p1 -cn plain >one.gz
for threads in 2 3 8 auto; do
    "$warpz" -p $threads -cn plain >many.gz
    check "-p $threads makes the same bytes" cmp one.gz many.gz
done
WARPZ_THREADS=3 "$warpz" -cn plain | cmp -s - one.gz || fail 'WARPZ_THREADS=3 makes the same bytes'
if [ -n "$gzip" ]; then check 'gzip reads it' sh -c 'gzip -dc one.gz | cmp -s - plain'; fi

# What decodes with one thread and with many: same_decoding FILE.
same_decoding() {
    for options in -dc -t -lv; do
        "$warpz" -p1 $options <"$1" >one.out 2>one.err
        one_status=$?
        for threads in 2 3 5; do
            "$warpz" -p $threads $options <"$1" >many.out 2>many.err
            [ $? -eq $one_status ] || fail "$1: $options -p $threads: exit status differs from one thread's"
            cmp -s one.out many.out || fail "$1: $options -p $threads: output differs from one thread's"
            cmp -s one.err many.err || fail "$1: $options -p $threads: messages differ from one thread's"
        done
    done
}

same_decoding one.gz
"$warpz" -p3 -dc one.gz | cmp -s - plain || fail 'three threads decode what was compressed'
"$warpz" -p3 -dkc <one.gz | cmp -s - plain || fail 'three threads decode standard input'
cat one.gz | "$warpz" -p3 -dc | cmp -s - plain || fail 'a pipe is decoded'
if [ -n "$gzip" ]; then
    for level in 1 6 9; do
        "$gzip" -$level -c plain >gzip.gz
        same_decoding gzip.gz
        "$warpz" -p3 -dc gzip.gz | cmp -s - plain || fail "three threads decode gzip -$level's"
    done
fi

# Members: large, many small, empty; with names; followed by zeros and by other data.
cat one.gz one.gz >two.gz
same_decoding two.gz
: >empty
"$warpz" -c empty >empty.gz
split -b 30000 plain part.
for part in part.*; do "$warpz" -c "$part"; done >small.gz
rm part.*
cat empty.gz small.gz empty.gz one.gz empty.gz >mixed.gz
for name in small mixed; do
    same_decoding $name.gz
    "$warpz" -p3 -dc $name.gz >out.$name
done
check 'many small members' cmp out.small plain
check 'members of all sizes' sh -c 'cat plain plain | cmp -s - out.mixed'
{ cat mixed.gz; head -c 1000 /dev/zero; } >zeros.gz
{ cat one.gz; echo garbage; } >garbage.gz
{ cat one.gz; printf '\037\213\010'; } >begun.gz
same_decoding zeros.gz
same_decoding garbage.gz
same_decoding begun.gz
"$warpz" --format bgzf -p3 -c plain >blocked.gz
same_decoding blocked.gz
"$warpz" --blocksize 64K -c plain >flushed.gz
same_decoding flushed.gz
"$warpz" --rsyncable -c plain >rsyncable.gz
same_decoding rsyncable.gz
# A file that holds gzip files: what looks like a member is not one.
cat small.gz one.gz >stored
"$warpz" -1 -c stored >stored.gz
same_decoding stored.gz
"$warpz" -p3 -dc stored.gz | cmp -s - stored || fail 'gzip data inside of gzip data'

# Damage: cut, a byte changed, bytes lost, everywhere.
for name in one small blocked; do
    size=$(stat -c %s $name.gz)
    for at in 1 2 3 4 5 6 7; do
        place=$((size * at / 8 + at))
        head -c $place $name.gz >bad.gz
        same_decoding bad.gz
        { head -c $place $name.gz; printf '\252'; tail -c +$((place + 2)) $name.gz; } >bad.gz
        same_decoding bad.gz
        { head -c $place $name.gz; tail -c +$((place + 100)) $name.gz; } >bad.gz
        same_decoding bad.gz
    done
done
{ head -c -8 one.gz; printf '\001\002\003\004'; tail -c 4 one.gz; } >bad.gz
same_decoding bad.gz
{ cat small.gz; cat bad.gz; cat one.gz; } >inner.gz
same_decoding inner.gz

# Without memory for chunks one thread does it all.
if sh -c 'ulimit -v 40000 && exec "$1" -V' sh "$warpz" >/dev/null 2>&1; then
    for limit in 40000 60000 120000 250000; do
        sh -c 'ulimit -v "$1" && exec "$2" -p4 -dc one.gz' sh $limit "$warpz" >limited 2>"$err" ||
            fail "with $limit KiB of memory: $(cat "$err")"
        check "with $limit KiB of memory" cmp limited plain
    done
else
    skip 'little memory: the program does not start with 40 MB (a sanitizer takes more)'
fi

# Values.
for value in 257 -1 x 1x '' 99999999999999999999; do
    run "$warpz" -p "$value" plain
    expect_status 1
    check "-p '$value' is refused" grep -q "^warpz: invalid value '$value' for --threads" "$err"
done
check 'nothing was touched' [ -f plain ]
finish
