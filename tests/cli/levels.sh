#!/bin/sh
# SPDX-License-Identifier: Zlib
# Levels by number: 0 and those above 9, in every format and with any number of threads; --rsyncable with them.
. "$(dirname "$0")/lib.sh"

{ sample 900000; head -c 200000 /dev/urandom; sample 700000 | rev; } >plain
: >empty

size_of() { stat -c %s "$1"; }

for level in 10 11 12; do
    "$warpz" -n -$level -c plain >long.gz
    "$warpz" -n --level=$level -p3 -c plain >named.gz
    check "-$level is --level=$level, with any number of threads" cmp long.gz named.gz
    check "-$level is smaller than -9" [ "$(size_of long.gz)" -lt "$("$warpz" -9 -c plain | wc -c)" ]
    WARPZ_THREADS=0 "$warpz" -n -$level -c plain >one.gz
    check "-$level: threads cost less than 0.5 % of a small file" \
        [ "$(size_of long.gz)" -le "$(($(size_of one.gz) * 1005 / 1000))" ]
    for name in plain empty; do
        for options in -p1 -p2 --rsyncable --blocksize=64K '--blocksize=100K -p3' --format=bgzf; do
            "$warpz" -$level $options -c $name >packed.gz
            check "-$level $options $name: warpz reads it" sh -c '"$1" -dc packed.gz | cmp -s - "$2"' sh "$warpz" $name
            [ -z "$gzip" ] || check "-$level $options $name: gzip reads it" sh -c 'gzip -dc packed.gz | cmp -s - "$1"' sh $name
        done
        for format in zlib raw; do
            "$warpz" -$level --format=$format -c $name >packed
            check "-$level $format $name" sh -c '"$1" -dc --format="$3" packed | cmp -s - "$2"' sh "$warpz" $name $format
        done
    done
done
run "$warpz" -10 -c plain
check 'XFL says slowest' [ "$(head -c 9 "$out" | tail -c 1 | od -An -tx1)" = ' 02' ]

"$warpz" --level=0 -c plain >stored.gz
check 'level 0 stores' [ "$(size_of stored.gz)" -gt "$(size_of plain)" ]
check 'level 0 is read' sh -c '"$1" -dc stored.gz | cmp -s - plain' sh "$warpz"
"$warpz" --level=9 -nc plain | cmp -s - "$("$warpz" -9 -nc plain >nine.gz; echo nine.gz)" || fail '--level=9 is -9'

# -1 is ISA-L's where it is installed and not forbidden; either way threads do not show.
for engine in auto own; do
    for threads in 1 2 3; do WARPZ_ENGINE=$engine "$warpz" -1nc -p$threads plain >$engine$threads.gz; done
    check "-1, engine $engine: the same bytes with any number of threads" \
        sh -c 'cmp "$1"1.gz "$1"2.gz && cmp "$1"1.gz "$1"3.gz' sh $engine
    check "-1, engine $engine: read" sh -c '"$1" -dc "$2"2.gz | cmp -s - plain' sh "$warpz" $engine
done
WARPZ_REPRODUCIBLE=1 "$warpz" -1nc plain >same.gz
check '-1: WARPZ_REPRODUCIBLE=1 is our engine' sh -c 'WARPZ_ENGINE=own WARPZ_REPRODUCIBLE=1 "$1" -1nc plain | cmp -s - same.gz' sh "$warpz"
WARPZ_ENGINE=isal "$warpz" -1nc plain >isal.gz
if cmp -s isal.gz own1.gz; then
    skip 'ISA-L is not there, or not in this build: -1 by it was not tried'
else
    check '-1 is ISA-L'"'"'s' cmp isal.gz auto1.gz
fi

# A bundle is gzip's: -k and then -1; two digits that are no level are gzip's, too.
cp plain file
run "$warpz" -9k file
expect_status 0
for level in 13 --level=x --level= --level=-1 --level=23 --level=13 --level=1x '--level=5 --format=zstd --level=0'; do
    case $level in
        13) same_as_gzip -$level plain ;;
        *)
            run "$warpz" $level -c plain
            expect_status 1
            expect_out ''
            check "$level: one line and a hint" [ "$(wc -l <"$err")" -eq 2 ]
            ;;
    esac
done

# Restarts depend on the data near them, at any level: what is put in front changes little of the output.
sample 3000000 >one
{ echo 'one more line'; cat one; } >two
for level in 1 6 10; do
    for name in one two; do
        "$warpz" -$level --rsyncable -nc $name >$name.gz || fail "-$level --rsyncable $name"
    done
    half=$(($(size_of one.gz) / 2))
    tail -c $half one.gz | head -c -8 >tail.one
    tail -c $half two.gz | head -c -8 >tail.two
    check "-$level --rsyncable leaves the second half alone" cmp tail.one tail.two
    check "-$level --rsyncable costs less than a fifth" \
        [ "$(size_of one.gz)" -le "$(($("$warpz" -$level -nc one | wc -c) * 120 / 100))" ]
done
finish
