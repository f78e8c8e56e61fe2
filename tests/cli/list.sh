#!/bin/sh
# SPDX-License-Identifier: Zlib
# The table of -l.
. "$(dirname "$0")/lib.sh"

sample 9000 >plain
touch -d '2020-01-02 03:04:05 UTC' plain
: >empty
head -c 1000 /dev/urandom >random
printf x >one
pack=${gzip:-$warpz}
for name in plain empty random one; do "$pack" -c $name >$name.gz; done
cp plain.gz archive.tgz
cp plain.gz archive.tar.gz
cp plain.gz no_suffix
touch -d '2020-11-22 13:04:05 UTC' ./*.gz archive.tgz no_suffix

for name in plain.gz empty.gz random.gz one.gz archive.tgz archive.tar.gz no_suffix plain ./plain.gz \
    "$PWD/one.gz"; do
    for options in -l -lv -lN -lvN; do same_as_gzip $options "$name"; done
    same_stdin=$name same_as_gzip -l
done
for options in -l -lv -lq -lvq -lqv -lN; do
    same_as_gzip $options plain.gz random.gz one.gz empty.gz
    same_as_gzip $options plain.gz
    same_as_gzip $options random.gz one.gz
    same_as_gzip $options nosuch plain.gz empty.gz
    same_as_gzip $options nosuch plain.gz
    same_as_gzip $options nosuch nosuch
    same_as_gzip $options empty.gz empty.gz
    same_stdin=one.gz same_as_gzip $options plain.gz - random.gz
done
TZ=XYZ-5:30
export TZ
same_as_gzip -lv plain.gz
same_as_gzip -lvN plain.gz
TZ=UTC0
mkdir folder
cp plain.gz folder/a.gz
cp plain.gz plain folder
same_as_gzip -l folder
check 'a folder, recursively' sh -c '"$1" -lr folder | grep -c " folder/\(a\|plain\)\$" | grep -qx 2' sh "$warpz"

# The table as text; the sizes are those of a member made by hand (one stored block).
printf '\037\213\010\000\000\000\000\000\000\003\001\003\000\374\377abc\302\101\044\065\003\000\000\000' >abc.gz
touch -d '2020-01-02 03:04:05 UTC' abc.gz
run "$warpz" -l abc.gz
expect_status 0
expect_out '         compressed        uncompressed  ratio uncompressed_name
                 26                   3 -166.7% abc'
run "$warpz" -lv abc.gz abc.gz
expect_out 'method  crc     date  time           compressed        uncompressed  ratio uncompressed_name
defla 352441c2 Jan  2 03:04                  26                   3 -166.7% abc
defla 352441c2 Jan  2 03:04                  26                   3 -166.7% abc
                                             52                   6 -466.7% (totals)'
expect_files $(ls) $(ls folder | sed 's,^,folder/,')

# All members count, where gzip shows the last one's length and CRC.
cat plain.gz random.gz >members.gz
cat plain random >both
"$warpz" -c both >both.gz
run "$warpz" -l members.gz
expect_status 0
check 'the length of all members' [ "$(awk 'NR == 2 { print $1, $2 }' "$out")" = "$(stat -c %s members.gz) 10000" ]
check 'the CRC of all contents' [ "$("$warpz" -lv members.gz | awk 'NR == 2 { print $2 }')" = \
    "$("$warpz" -lv both.gz | awk 'NR == 2 { print $2 }')" ]

# As JSON: a line for each file, and nothing else.
run "$warpz" -l --json members.gz plain.gz
expect_status 0
check 'a line for each file' [ "$(wc -l <"$out")" -eq 2 ]
check 'members' grep -q '"name": "members".*"uncompressed": 10000,.*"members": 2,' "$out"
if command -v python3 >/dev/null; then
    bad_name=$(printf 'a"b\\c\377\n\303\244.gz')
    cp plain.gz "$bad_name"
    run "$warpz" -l --json "$bad_name"
    check 'any name makes JSON' python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert len(rows) == 1 and rows[0]["name"] == "a\"b\\c\ufffd\n\u00e4", rows' "$out"
    rm "$bad_name"
else
    skip 'JSON is not parsed: there is no python3'
fi

# More than 4 GiB: the true length.
member_of_zeros=$(head -c 4300M /dev/zero | "$warpz" -1 | "$warpz" -l | awk 'NR == 2 { print $2 }')
check 'more than 4 GiB' [ "$member_of_zeros" = 4508876800 ]

# What is shown although something is wrong, and what is not.
(cat plain.gz; echo garbage) >garbage.gz
run "$warpz" -l garbage.gz
expect_status 2
expect_err 'warpz: garbage.gz: decompression OK, trailing garbage ignored'
check 'a row for sound data before garbage' grep -q ' 9000 .* garbage$' "$out"
head -c -1 plain.gz >cut.gz
run "$warpz" -l cut.gz plain.gz
expect_status 1
expect_err 'warpz: cut.gz: unexpected end of file'
check 'a row for the sound file only, and the sum' [ "$(wc -l <"$out")" -eq 3 ]
if [ -c /dev/full ]; then
    "$warpz" -l plain.gz >/dev/full 2>"$err"
    status=$?
    last_command='warpz -l plain.gz >/dev/full'
    expect_status 1
    expect_err 'warpz: stdout: No space left on device'
fi
finish
