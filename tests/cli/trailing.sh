#!/bin/sh
# SPDX-License-Identifier: Zlib
# What follows the compressed data: members, zero bytes, garbage; and data in no known format with -dcf.
. "$(dirname "$0")/lib.sh"

sample 5000 >one
sample 300 >two
cat one two one >all
for name in one two one; do "$warpz" -c $name; done >members.gz
run "$warpz" -dk members.gz
expect_status 0
check 'members one after the other' cmp members all
rm members
for count in 1 2 1000; do
    for part in $(seq $count); do "$warpz" -c </dev/null; done >empties.gz
    run "$warpz" -dc empties.gz
    expect_status 0
    expect_out ''
    [ $count -eq 2 ] || continue
    same_as_gzip -d empties.gz
done

"$warpz" -c one >x
{ cat x; head -c 1 /dev/zero; } >zero.gz
{ cat x; head -c 300000 /dev/zero; } >zeros.gz
{ cat x; echo garbage; } >garbage.gz
{ cat x; head -c 400000 /dev/urandom | tr '\037' '\036'; } >big_garbage.gz
{ cat x; head -c 1000 /dev/zero; echo garbage; } >zeros_garbage.gz
{ cat x; head -c 512 /dev/zero; cat x; } >zeros_member.gz
{ cat x; printf x; } >one_byte.gz
{ cat x; printf '\037'; } >one_magic_byte.gz
{ cat x; printf '\037\213'; } >magic.gz
{ cat x; printf '\037\213\010'; } >part_of_header.gz
{ cat x; printf 'PK\003\004abcdefgh'; } >zip.gz
rm x
# Where gzip goes on to the next file, one call does them all.
for options in -d -dk -dc -dq -t -tq -df -dcf -tf; do
    same_as_gzip $options zero.gz zeros.gz garbage.gz big_garbage.gz zeros_garbage.gz zeros_member.gz zip.gz members.gz
done
for name in one_byte one_magic_byte magic part_of_header; do
    for options in -dk -t -dcf; do same_as_gzip $options $name.gz; done
done
for name in zeros garbage zeros_member one_byte; do
    for options in -d -df -dcf -t; do
        same_stdin=$name.gz
        same_as_gzip $options
    done
done
run "$warpz" -dk garbage.gz
expect_status 2
expect_err 'warpz: garbage.gz: decompression OK, trailing garbage ignored'
check 'data before garbage' cmp garbage one
run "$warpz" -dk zeros.gz
expect_status 0
expect_err ''
run "$warpz" -tv zeros.gz
expect_status 2
expect_err "$(printf 'zeros.gz:\t\nwarpz: zeros.gz: decompression OK, trailing zero bytes ignored\n OK')"

# -dcf is cat for what it does not know.
fresh
sample 500000 >plain
: >empty
printf x >byte
printf '\037' >magic_byte
printf '\000\000\000' >zeros
"$warpz" -c plain >packed.gz
{ cat packed.gz plain; } >both.gz
{ cat plain packed.gz; } >plain_first
for options in -dcf -df -tf -tvf; do
    for name in empty byte magic_byte zeros; do same_as_gzip $options $name; done
    same_as_gzip $options plain packed.gz both.gz plain_first
done
for name in plain empty byte both.gz plain_first; do
    for options in -dcf -df -tf; do
        same_stdin=$name
        same_as_gzip $options
    done
done
same_as_gzip -lf plain
same_as_gzip -dcf plain packed.gz byte empty
run "$scratch/bin/warpz-zcat" -f plain
check 'warpz-zcat -f is cat' cmp -s "$out" plain
finish
