#!/bin/sh
# SPDX-License-Identifier: Zlib
# The zstd format, against zstd itself in both directions: levels, windows, threads, frames of all kinds; damage, and what is
# refused.
. "$(dirname "$0")/lib.sh"

{ sample 900000; head -c 200000 /dev/urandom; sample 700000 | rev; } >plain
: >empty
printf x >one

run "$warpz" --format=zstd -c one
if [ "$status" -ne 0 ]; then
    expect_err 'warpz: one: zstd is not supported: this program was built without libzstd'
    skip 'zstd: the program was built without libzstd'
    finish
fi
has_zstd=$(command -v zstd)
[ -n "$has_zstd" ] || skip 'what zstd makes and reads: zstd is not installed'

# What we write: zstd reads it, and so do we; the number of threads does not show.
for name in plain empty one; do
    for options in '' -1 --fast --best -9 -p1 --rsyncable --long --long=10 --long=24 --no-check --level=12; do
        "$warpz" --format=zstd $options -c $name >packed.zst || fail "--format=zstd $options $name"
        check "$options $name there and back" sh -c '"$1" -dc packed.zst | cmp -s - "$2"' sh "$warpz" $name
        [ -z "$has_zstd" ] || check "zstd reads $options $name" sh -c 'zstd -qdc packed.zst | cmp -s - "$1"' sh $name
        "$warpz" --format=zstd $options -p3 -c $name | cmp -s - packed.zst || fail "$options $name: three threads"
    done
done
head -c 100000 plain >short
for level in 1 3 10 19 20 21 22; do
    "$warpz" --format=zstd -$level -c short >packed.zst
    check "level $level" sh -c '"$1" -t packed.zst' sh "$warpz"
    [ -z "$has_zstd" ] || check "zstd reads level $level" sh -c 'zstd -qdc packed.zst | cmp -s - short'
done
before=$("$warpz" --format=zstd -1 -c short | wc -c)
for level in 1 5 50 131072; do
    "$warpz" --format=zstd --fast=$level -c short >packed.zst
    check "--fast=$level" sh -c '"$1" -dc packed.zst | cmp -s - short' sh "$warpz"
    "$warpz" --format=zstd --level=-$level -c short | cmp -s - packed.zst || fail "--level=-$level"
    size=$(stat -c %s packed.zst)
    [ $level -gt 50 ] || check "--fast=$level is larger than the level above" [ "$size" -gt "$before" ]
    before=$size
done
for options in '--format=zstd --fast=131073' '--format=zstd --fast=0' '--format=zstd --fast=' '--format=zstd --level=-x' --level=-1 --fast=2; do
    run "$warpz" $options -c short
    expect_status 1
    expect_out ''
done
"$warpz" --format=zstd -19 -c short >packed.zst
check '-19 is smaller than -1' [ "$(stat -c %s packed.zst)" -lt "$("$warpz" --format=zstd -1 -c short | wc -c)" ]
cat plain | "$warpz" --format=zstd >pipe.zst
check 'a pipe' sh -c '"$1" -dc <pipe.zst | cmp -s - plain' sh "$warpz"

# The accelerator inside the process, which parses blocks for libzstd.
for name in plain empty one; do
    "$warpz" --device=model --format=zstd -c $name >device.zst || fail "--device=model $name"
    check "--device=model $name" sh -c '"$1" -dc device.zst | cmp -s - "$2"' sh "$warpz" $name
    [ -z "$has_zstd" ] || check "zstd reads what a device made of $name" sh -c 'zstd -qdc device.zst | cmp -s - "$1"' sh $name
done
"$warpz" --device=model --format=zstd --long -c plain >device.zst
check '--device=model --long' sh -c '"$1" -dc device.zst | cmp -s - plain' sh "$warpz"

# Names, times, modes: as with gzip.
cp plain file
touch -d '2020-01-02 03:04:05.123456789 UTC' file
chmod 640 file
run "$warpz" -v --format=zstd file
expect_status 0
check 'the file is replaced' [ ! -e file ]
check 'mode and time' [ "$(stat -c '%a %Y' file.zst)" = '640 1577934245' ]
check '-v' grep -Eq '^file:	 *[0-9.]+% -- replaced with file\.zst$' "$err"
run "$warpz" --format=zstd file.zst
expect_status 0
expect_err 'warpz: file.zst: already has .zst suffix -- unchanged'
run "$warpz" -d file
expect_status 0
check 'the suffix is found and goes' cmp file plain
check 'mode and time come back' [ "$(stat -c '%a %Y' file)" = '640 1577934245' ]
"$warpz" --format=zstd -c file >archive.tzst
run "$warpz" -d archive.tzst
expect_status 0
check '.tzst becomes .tar' cmp archive.tar plain
cp file.other odd 2>/dev/null || "$warpz" --format=zstd -S .odd -k file
check '-S' [ -f file.odd ]
run "$warpz" -dc -S .odd file.odd
expect_status 0
check '-S, back' cmp "$out" plain
rm -f file.odd archive.tar

# -l, -t, --json, --stats, --sparse.
"$warpz" --format=zstd -c plain >p.zst
cat p.zst p.zst >pp.zst
run "$warpz" -l pp.zst
expect_status 0
check '-l: both frames' grep -Eq "^ *$(stat -c %s pp.zst) +$((2 * $(stat -c %s plain))) +[0-9.]+% pp\$" "$out"
run "$warpz" -lv p.zst
check '-lv: the method' grep -q '^zstd  [0-9a-f]\{8\} ' "$out"
run "$warpz" -l --json pp.zst
check '-l --json' grep -q '"method": "zstd", "members": 2,' "$out"
run "$warpz" -tv p.zst
expect_status 0
expect_err 'p.zst:	 OK'
run "$warpz" --stats -kf --format=zstd plain
check '--stats' grep -q '^files 1, in ' "$err"
head -c 3000000 /dev/zero >zeros
"$warpz" --format=zstd -c zeros >zeros.zst
run "$warpz" -dk --sparse -o sparse zeros.zst
check '--sparse' cmp zeros sparse
check '--sparse leaves holes' [ "$(stat -c %b sparse)" -lt 1000 ]

# Frames of all kinds.
printf '\120\052\115\030\005\000\000\000hello' >skip
printf '\137\052\115\030\000\000\000\000' >skip_nothing
cat skip p.zst skip_nothing skip p.zst skip >frames.zst
run "$warpz" -dc frames.zst
expect_status 0
check 'skippable frames' sh -c 'cat plain plain | cmp -s - "$1"' sh "$out"
run "$warpz" -dc skip
expect_status 0
expect_out ''
"$warpz" --format=zstd -c empty >empty.zst
cat empty.zst empty.zst p.zst empty.zst >frames.zst
run "$warpz" -dc frames.zst
check 'empty frames' cmp "$out" plain
if [ -n "$has_zstd" ]; then
    for options in -1 -3 -19 '--ultra -22' --fast=5 --long=27 --long=24 -T2 '-T2 --rsyncable' --check --no-check \
        --no-content-size '-B100000 -T2' --single-thread; do
        zstd -q $options -c plain >theirs.zst
        run "$warpz" -dc theirs.zst
        expect_status 0
        check "zstd $options" cmp "$out" plain
        cat plain | zstd -q $options -c >theirs.zst
        run "$warpz" -dc theirs.zst
        check "zstd $options from a pipe" cmp "$out" plain
    done
    if command -v pzstd >/dev/null; then
        pzstd -q -p 3 -c plain >theirs.zst
        run "$warpz" -dc theirs.zst
        check 'pzstd' cmp "$out" plain
    else
        skip 'what pzstd makes: it is not installed'
    fi
    # A window beyond 128 MiB is not taken without being asked for; it needs no data to be declared.
    head -c 300000 plain | zstd -q --long=28 --no-content-size -c >wide.zst
    run "$warpz" -t wide.zst
    expect_status 1
    expect_err 'warpz: wide.zst: needs a window of more than 131072 KiB -- use --long=31'
    run "$warpz" -t --long=28 wide.zst
    expect_status 0
    run "$warpz" -t --long=20 wide.zst
    expect_status 1
    expect_err 'warpz: wide.zst: needs a window of more than 1024 KiB -- use --long=31'
    zstd -q --train plain file -B2000 --maxdict=2000 -o dictionary 2>/dev/null && {
        zstd -q -D dictionary -c short >dictionary.zst
        run "$warpz" -t dictionary.zst
        expect_status 1
        expect_err 'warpz: dictionary.zst: needs a dictionary -- not supported'
    }
fi

# Damage. Cut anywhere, the end is missed, and what precedes it comes out.
"$warpz" --format=zstd -c short >short.zst
size=$(stat -c %s short.zst)
for at in 1 2 3 4 5 6 7 8 9 10 100 1000 $((size / 2)) $((size - 5)) $((size - 4)) $((size - 3)) $((size - 1)); do
    head -c "$at" short.zst >cut.zst
    run "$warpz" -dc cut.zst
    expect_status 1
    expect_err 'warpz: cut.zst: unexpected end of file'
    check "cut at $at: a beginning" sh -c 'head -c "$(stat -c %s "$1")" short | cmp -s - "$1"' sh "$out"
    run "$warpz" -t cut.zst
    expect_status 1
done
cp cut.zst whole.zst
run "$warpz" -d whole.zst
expect_status 1
check 'no half file stays, the source does' [ ! -e whole -a -e whole.zst ]
{ cat short.zst; head -c 30 short.zst; } >cut.zst
run "$warpz" -t cut.zst
expect_status 1
expect_err 'warpz: cut.zst: unexpected end of file'
head -c 10 skip >cut.zst
run "$warpz" -t cut.zst
expect_status 1
expect_err 'warpz: cut.zst: unexpected end of file'
{ head -c $((size - 4)) short.zst; printf '\001\002\003\004'; } >bad.zst
run "$warpz" -t bad.zst
expect_status 1
check 'a wrong checksum' grep -qx 'warpz: bad.zst: invalid compressed data--crc error' "$err"
for at in 5 20 500 2000; do
    { head -c $at short.zst; printf '\252\125\252'; tail -c +$((at + 4)) short.zst; } >bad.zst
    run "$warpz" -t bad.zst
    expect_status 1
    check "damage at $at" grep -Eq '^warpz: bad\.zst: (invalid compressed data--(crc error|format violated)|unexpected end of file|needs a window|has features)' "$err"
done
: >none.zst
run "$warpz" -d none.zst
expect_status 1
expect_err 'warpz: none.zst: unexpected end of file'
{ cat p.zst; head -c 1000 /dev/zero; } >zeros.zst
run "$warpz" -t zeros.zst
expect_status 0
{ cat p.zst; echo garbage; } >garbage.zst
run "$warpz" -dc garbage.zst
expect_status 2
expect_err 'warpz: garbage.zst: decompression OK, trailing garbage ignored'
check 'garbage is not decoded' cmp "$out" plain
run "$warpz" -dcf garbage.zst
expect_status 0
check '-dcf copies what follows' sh -c '{ cat plain; echo garbage; } | cmp -s - "$1"' sh "$out"

# What cannot be.
run "$warpz" --recover p.zst
expect_status 1
expect_err 'warpz: p.zst: compressed with zstd -- --recover is for gzip data'
check '--recover leaves it' [ -e p.zst ]
echo text >text.zst
run "$warpz" -d --format=zstd text.zst
expect_status 1
expect_err 'warpz: text.zst: not in zstd format'
for options in '--format=zstd --level=0' '--format=zstd --level=23' '--format=zstd --independent' \
    '--format=zstd --blocksize=64K' '--format=zstd --index' --long --long=27 --no-check '--format=zstd --long=9' \
    '--format=zstd --long=32' '--format=zstd --long=x' '--recover --format=zstd' -19x; do
    run "$warpz" $options plain
    expect_status 1
    expect_out ''
    check "$options: nothing happens" [ -f plain ]
done
finish
