#!/bin/sh
# SPDX-License-Identifier: Zlib
# Stored names and times, and the times of files.
. "$(dirname "$0")/lib.sh"

sample 3000 >plain
"$warpz" -nc plain | tail -c +11 >deflated # raw deflate data and trailer

# with_name NAME: a member whose header holds NAME and the time 10^9 (2001-09-09 01:46:40 UTC).
with_name() {
    printf '\037\213\010\010\000\312\232\073\000\003'
    printf '%b' "$1"
    printf '\000'
    cat deflated
}

# A source's times go to the target, to the nanosecond.
touch -d '2021-05-06 07:08:09.123456789 UTC' plain
touch -a -d '2022-06-07 08:09:10.987654321 UTC' plain
times=$(stat -c '%x %y' plain)
run "$warpz" -k plain
check 'times of the compressed file' [ "$(stat -c '%x %y' plain.gz)" = "$times" ]
rm plain
touch -d '2011-05-06 07:08:09.5 UTC' plain.gz
times=$(stat -c '%x %y' plain.gz)
run "$warpz" -k -d plain.gz
check 'times of the decompressed file' [ "$(stat -c '%x %y' plain)" = "$times" ]
rm plain
run "$warpz" -kdN plain.gz
check 'the stored time' [ "$(stat -c %y plain)" = '2021-05-06 07:08:09.000000000 +0000' ]

for options in -dk -dkN -dkn -dkNn -dknN -dkm -dkM -dkNm -dknM -l -lN -lv -lvN -lvn -lvM; do
    mv plain.gz other.gz
    same_as_gzip $options other.gz
    mv other.gz plain.gz
done
mkdir folder
cp -p plain.gz folder/other.gz
same_as_gzip -dNv folder/other.gz
same_as_gzip -lN folder/other.gz
rm plain
same_stdin=plain.gz same_as_gzip -dN
same_stdin=plain.gz same_as_gzip -lN
same_stdin=plain.gz same_as_gzip -lvN

# Names that lead elsewhere lead nowhere.
fresh
sample 3000 >plain
"$warpz" -nc plain | tail -c +11 >deflated
mkdir folder
for name in ../escaped /tmp/warpz_escaped folder/inner dir/../../up a//b 'two words' '-k' '..name' .hidden; do
    with_name "$name" >folder/x.gz
    same_as_gzip -dkN folder/x.gz
    same_as_gzip -lN folder/x.gz
done
with_name ../../escaped >folder/x.gz
run "$warpz" -dN folder/x.gz
expect_status 0
expect_files deflated folder folder/escaped plain
check 'contents' cmp folder/escaped plain
rm folder/escaped
# One that cannot name a file is not used.
for name in '' . .. / x/ ../ ../.. "$(printf 'n%.0s' $(seq 300))"; do
    with_name "$name" >folder/x.gz
    run "$warpz" -dkN folder/x.gz
    expect_status 0
    expect_err ''
    expect_files deflated folder folder/x folder/x.gz plain
    check "time beside the name '$name'" [ "$(stat -c %Y folder/x)" = 1000000000 ]
    rm folder/x
done
# Control characters reach the file's name, but no message.
with_name 'a\nb\033[31m' >folder/x.gz
run "$warpz" -dkNv folder/x.gz
expect_status 0
check 'control characters in a message' grep -q 'created folder/a?b?\[31m$' "$err"
check 'control characters in a name' [ -f "$(printf 'folder/a\nb\033[31m')" ]
run "$warpz" -lN folder/x.gz
check 'control characters in the table' grep -q ' folder/a?b?\[31m$' "$out"

# A stored name does not overwrite.
fresh
sample 3000 >plain
sample 10 >other
"$warpz" -c plain >x.gz
run "$warpz" -dN x.gz
expect_status 2
expect_err 'warpz: plain: already exists; not overwritten'
expect_files other plain x.gz
same_as_gzip -dN x.gz
same_as_gzip -dNf x.gz

# Times outside of 1 .. 2^32-1 are not stored.
for time in '1969-12-31 23:59:59' '1970-01-01 00:00:00' '1970-01-01 00:00:01' '2038-01-19 03:14:08' \
    '2106-02-07 06:28:15' '2106-02-07 06:28:16' '2106-02-07 06:28:15.9'; do
    touch -d "$time UTC" plain
    for options in -k -kn -kN -kq -km; do same_as_gzip $options plain; done
    same_stdin=plain same_as_gzip -N
    same_stdin=plain same_as_gzip
done
touch -d '1960-01-01 UTC' plain
run "$warpz" -k plain
expect_status 2
expect_err 'warpz: plain: warning: file timestamp out of range for gzip format'
check 'no time stored' [ "$(head -c 10 plain.gz | od -An -tx1)" = ' 1f 8b 08 08 00 00 00 00 00 03' ]
check 'time kept' [ "$(stat -c %Y plain.gz)" = "$(stat -c %Y plain)" ]

# A comment, which gzip skips.
run "$warpz" -nc --comment='two words' plain
expect_status 0
check 'the comment is in the header' [ "$(head -c 20 "$out" | od -An -c | tr -d ' \n')" = "$(printf '\037\213\b\020\0\0\0\0\0\003two words\0' | od -An -c | tr -d ' \n')" ]
check 'and can be skipped' sh -c '"$1" -dc <"$2" | cmp -s - plain' sh "$warpz" "$out"
for options in --format=zlib --format=bgzf --independent; do
    run "$warpz" $options --comment=x plain
    expect_status 1
done
finish
