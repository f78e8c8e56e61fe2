#!/bin/sh
# SPDX-License-Identifier: Zlib
# --format, --independent, --blocksize, --index: what comes out is what others read, bgzip and samtools among them.
. "$(dirname "$0")/lib.sh"

{ sample 700000; head -c 200000 /dev/urandom; } >plain
: >empty
printf x >one

# zlib and raw, by a decoder that is not ours.
if command -v python3 >/dev/null; then
    for name in plain empty one; do
        for blocks in '' --independent '--blocksize=64K -p2'; do
            "$warpz" --format=zlib $blocks -c $name >packed
            check "zlib $blocks of $name" python3 -c 'import sys, zlib
assert zlib.decompress(open("packed", "rb").read()) == open(sys.argv[1], "rb").read()' $name
            "$warpz" --format=raw $blocks -c $name >packed
            check "raw $blocks of $name" python3 -c 'import sys, zlib
assert zlib.decompress(open("packed", "rb").read(), -15) == open(sys.argv[1], "rb").read()' $name
        done
    done
else
    skip 'zlib and raw data are not decoded by others: there is no python3'
fi
for format in zlib raw bgzf gzip; do
    for name in plain empty one; do
        cp $name file
        run "$warpz" --format $format file
        expect_status 0
        packed=$(ls file.*)
        run "$warpz" -t --format $format "$packed"
        expect_status 0
        run "$warpz" -d --format $format "$packed"
        expect_status 0
        check "$format, $name: there and back" cmp file $name
        rm -f file file.*
    done
done
for suffix in zlib:zz raw:deflate bgzf:gz gzip:gz; do
    run "$warpz" -kf --format ${suffix%:*} one
    check "the suffix of ${suffix%:*}" [ -f one.${suffix#*:} ]
done
run "$warpz" -dc --format zlib one.gz
expect_status 1
expect_err 'warpz: one.gz: not in zlib format'
run "$warpz" -dc one.zz
expect_status 1
expect_err 'warpz: one.zz: not in gzip format'
head -c 100000 plain | "$warpz" --format zlib >cut.zz
head -c 1000 cut.zz >bad.zz
run "$warpz" -t --format zlib bad.zz
expect_status 1
expect_err 'warpz: bad.zz: unexpected end of file'
{ cat one.zz; echo more; } >more.zz
run "$warpz" -t --format zlib more.zz
expect_status 2
expect_err 'warpz: more.zz: decompression OK, trailing garbage ignored'

# Blocks of a gzip stream: each can be decoded alone, behind its flush.
run "$warpz" --blocksize=100K -kf plain
expect_status 0
if [ -n "$gzip" ]; then check 'gzip reads it' sh -c 'gzip -dc plain.gz | cmp -s - plain'; fi
check 'name and time are stored' sh -c '"$1" -lN plain.gz | grep -q " plain$"' sh "$warpz"
check 'a flush for each block' [ "$(od -An -v -tx1 -w1 plain.gz | tr -d ' \n' | grep -o 0000ffff | wc -l)" -ge 9 ]
for threads in 1 2 5; do
    "$warpz" -n --blocksize=100K -p $threads -c plain >threads.$threads
    check "the same bytes with $threads threads" cmp threads.1 threads.$threads
done

# bgzf.
for name in plain empty one; do
    run "$warpz" -kf --format=bgzf --index $name
    expect_status 0
    check 'it ends with the empty member' [ "$(tail -c 28 $name.gz | od -An -tx1 | tr -d ' \n')" = \
        1f8b08040000000000ff0600424302001b0003000000000000000000 ]
    if [ -n "$gzip" ]; then check 'gzip reads it' sh -c 'gzip -dc "$1.gz" | cmp -s - "$1"' sh $name; fi
    if command -v bgzip >/dev/null; then
        check 'bgzip reads it' sh -c 'bgzip -dc "$1.gz" | cmp -s - "$1"' sh $name
        # Of an empty file, bgzip's index says that it has -1 entries.
        if [ $name = empty ]; then printf '\000\000\000\000\000\000\000\000' >made.gzi; else bgzip -r $name.gz -I made.gzi; fi
        check 'the index is what bgzip makes' cmp made.gzi $name.gz.gzi
    else
        skip 'bgzip does not read it: it is not installed (package tabix)'
    fi
done
if command -v bgzip >/dev/null; then
    "$warpz" -kf --format=bgzf --index -p3 plain
    for at in 0 65279 65280 300000 899990; do
        check "reading from $at on" sh -c 'bgzip -b "$1" -s 10 plain.gz | cmp -s - found' sh $at $(tail -c +$((at + 1)) plain | head -c 10 >found)
    done
    bgzip -c plain >theirs.gz
    check "what bgzip makes is read" sh -c '"$1" -dc theirs.gz | cmp -s - plain' sh "$warpz"
fi
if command -v samtools >/dev/null; then
    printf '@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:x\tLN:1000\nr1\t0\tx\t1\t60\t4M\t*\t0\t0\tACGT\tIIII\n' >reads.sam
    run "$warpz" --format=bgzf reads.sam
    run samtools view -c reads.sam.gz
    expect_out 1
else
    skip 'samtools does not read it: it is not installed'
fi
"$warpz" --format=bgzf --blocksize=1000 -c plain >small.gz
check 'small members' sh -c '"$1" -dc small.gz | cmp -s - plain' sh "$warpz"

# What cannot be.
for options in '--format=zip' '--format=' '--blocksize=0' '--blocksize=1' '--blocksize=1Q' '--blocksize=2G' --index \
    '--format=bgzf --blocksize=64K' '--format=bgzf --rsyncable' '--rsyncable --independent' '--format=bgzf --index -c' \
    '--recover --format=raw' '--recover -t' '--device=' '--device=gpu' '-o x -c'; do
    run "$warpz" $options plain
    expect_status 1
    expect_out ''
    check "$options: one line and a hint" [ "$(wc -l <"$err")" -eq 2 ]
    check "$options: nothing happens" [ -f plain ]
done
finish
