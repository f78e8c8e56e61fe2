#!/bin/sh
# SPDX-License-Identifier: Zlib
# --recover: what is readable comes out, what is not is told, and the damaged file stays.
. "$(dirname "$0")/lib.sh"

sample 2000000 >plain
"$warpz" -n -c plain >good.gz
size=$(stat -c %s good.gz)

# Nothing is wrong: as -d.
cp good.gz x.gz
run "$warpz" --recover x.gz
expect_status 0
expect_err ''
expect_files plain good.gz x
check 'all of it' cmp x plain
rm x

# A hole in the middle: what precedes it, and what follows, in which lost bytes are question marks.
{
    head -c $((size / 2)) good.gz
    head -c 500 /dev/zero | tr '\000' '\377'
    tail -c +$((size / 2 + 501)) good.gz
} >x.gz
cp x.gz before
run "$warpz" --recover x.gz
expect_status 2
check 'what was lost is told' grep -Eq '^warpz: x.gz: bytes [0-9]+ to [0-9]+ cannot be decoded and are lost$' "$err"
check 'the damaged file stays' cmp x.gz before
check 'the beginning' cmp -n 500000 x plain
check 'the end' sh -c 'tail -c 1000 x | tr -d "?" | wc -c | grep -qv "^0$"'
check 'more than half' [ "$(stat -c %s x)" -gt 1100000 ]
# Each line that is whole is one of the original's, but for those at the gap.
check 'lines are the original ones' sh -c 'grep -v "?" x | grep -vxF -f plain | wc -l | grep -Eqx "[0-2]"'
rm x

# Whole members around a damaged one.
sample 30000 >small
"$warpz" -n -c small >small.gz
{ cat small.gz; head -c 100 /dev/urandom; cat small.gz; } >x.gz
run "$warpz" --recover -c x.gz
expect_status 2
cat small small >both
check 'members on both sides' cmp -s "$out" both
{ cat small.gz; tail -c +20 small.gz; cat small.gz; head -c 512 /dev/zero; } >x.gz
run "$warpz" --recover -c x.gz
expect_status 2
check 'the members that are whole' sh -c 'head -c 30000 "$1" | cmp -s - small && tail -c 30000 "$1" | cmp -s - small' sh "$out"

# Zeros behind the last member are no loss.
{ cat small.gz; head -c 512 /dev/zero; } >x.gz
run "$warpz" --recover -kf x.gz
expect_status 0
expect_err ''

# A wrong check value.
{ head -c -8 small.gz; printf '\001\002\003\004'; tail -c 4 small.gz; } >x.gz
run "$warpz" --recover -kf x.gz
expect_status 2
expect_err 'warpz: x.gz: member 1 decodes, but its check value is another'
check 'the data' cmp x small

# Cut anywhere, and no gzip data at all.
for length in 0 1 5 20 $((size / 3)) $((size - 4)); do
    head -c $length good.gz >x.gz
    run "$warpz" --recover -kf x.gz
    expect_status 2
    check "a prefix of $length bytes" cmp -n "$(stat -c %s x)" x plain
done
cp plain x.gz
run "$warpz" --recover -kf x.gz
expect_status 2
run "$warpz" --recover nosuch.gz
expect_status 1
cat x.gz | "$warpz" --recover -c 2>"$err"
check 'a pipe is refused' grep -qx 'warpz: stdin: only a regular file can be recovered' "$err"
finish
