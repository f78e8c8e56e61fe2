#!/bin/sh
# SPDX-License-Identifier: Zlib
# Defects of compressed files: the message, the exit status, no target, an untouched source, and the other files done.
. "$(dirname "$0")/lib.sh"

sample 5000 >plain
"$warpz" -nc plain >good.gz
head -c 10 good.gz >header
tail -c +11 good.gz | head -c -8 >data
tail -c 8 good.gz >trailer
header() { printf '\037\213'; printf "$1"; }

# defect FILE REASON: all ways to read FILE end with exit status 1 and this reason.
defect() {
    for options in -t -dk '-dc -q' -l; do
        cp "$1" x.gz
        run "$warpz" $options x.gz
        expect_status 1
        # -t also says where, but for the end of the file.
        if [ "$options" = -t ]; then
            grep -v '^warpz: x.gz: damage found at byte [0-9][0-9]*$' "$err" >"$err.rest"
            case $2 in invalid*) check "$2: -t says where" [ "$(wc -l <"$err")" -eq 2 ] ;; esac
            mv "$err.rest" "$err"
        fi
        expect_err "warpz: x.gz: $2"
        check "$2, $options: the source remains" cmp "$1" x.gz
        check "$2, $options: no target" [ ! -e x ]
    done
    run_from "$1" "$warpz" -d
    expect_status 1
    expect_err "warpz: stdin: $2"
    run "$warpz" -d x.gz
    check "$2, -d: the source remains" cmp "$1" x.gz
    check "$2, -d: no target" [ ! -e x ]
    rm x.gz
}

# Cut anywhere, the end is missing. A prefix of what was there comes out.
size=$(stat -c %s good.gz)
for length in 0 1 2 3 4 9 10 11 12 100 $((size / 2)) $((size - 9)) $((size - 8)) $((size - 4)) $((size - 1)); do
    head -c $length good.gz >bad
    defect bad 'unexpected end of file'
    "$warpz" -dc <bad >prefix 2>/dev/null
    check "prefix of $length bytes" cmp -n "$(stat -c %s prefix)" prefix plain
done
head -c $((size - 8)) good.gz >bad
"$warpz" -dc <bad >prefix 2>/dev/null
check 'all data come out when the trailer is missing' cmp prefix plain

# Check value and length.
printf '\001\002\003\004' >word
{ cat header data word; tail -c 4 trailer; } >bad
defect bad 'invalid compressed data--crc error'
{ cat header data; head -c 4 trailer; cat word; } >bad
defect bad 'invalid compressed data--length error'
{ cat header data word word; } >bad
run_from bad "$warpz" -t
expect_status 1
check 'both are said' [ "$(grep -c 'data--crc error$\|data--length error$' "$err")" -eq 2 ]
run_from bad "$warpz" -dc
check 'data with a wrong check value come out' cmp -s "$out" plain

# Deflate data.
{ cat header; printf '\007'; cat data trailer; } >bad # block type 3
defect bad 'invalid compressed data--format violated'
{ cat header; printf '\001\005\000\005\000hello'; cat trailer; } >bad # LEN and NLEN disagree
defect bad 'invalid compressed data--format violated'
{ cat header; head -c 1000 data; head -c 500 /dev/zero | tr '\000' '\377'; cat data trailer; } >bad
run "$warpz" -t bad
expect_status 1

# Headers.
{ header '\011\000\000\000\000\000\000\003'; cat data trailer; } >bad
defect bad 'unknown method 9 -- not supported'
for flags in 040:'is encrypted -- not supported' 340:'is encrypted -- not supported' \
    100:'has flags 0x40 -- not supported' 200:'has flags 0x80 -- not supported' 300:'has flags 0xc0 -- not supported'; do
    { header "\\010\\${flags%%:*}\\000\\000\\000\\000\\000\\003"; cat data trailer; } >bad
    defect bad "${flags#*:}"
done
{ header '\010\002\000\000\000\000\000\003\001\002'; cat data trailer; } >bad
defect bad 'header checksum 0x0201 != computed checksum 0x77a7'
for flags in '\004' '\010' '\020' '\002' '\004\000\000\000\000\000\003\005\000ab' '\010\000\000\000\000\000\003name'; do
    header "\\010$flags" >bad
    defect bad 'unexpected end of file'
done

# Sound, if rare: all header fields, a sound header checksum.
{ header '\010\035\000\000\000\000\000\003\005\000extraname\000comment\000'; cat data trailer; } >x.gz
run "$warpz" -dc x.gz
expect_status 0
expect_err ''
check 'all fields' cmp -s "$out" plain
run "$warpz" -tv x.gz
expect_err 'warpz: x.gz: extra field of 5 bytes ignored
x.gz:	 OK'
{ header '\010\002\000\000\000\000\000\003\247\167'; cat data trailer; } >x.gz
run "$warpz" -dc x.gz
expect_status 0
check 'header checksum' cmp -s "$out" plain
rm x.gz

# Other formats.
printf 'hello world\n' >bad
defect bad 'not in gzip format'
printf '\000\000' >bad
defect bad 'not in gzip format'
printf '\037\036abcdefgh' >bad
defect bad 'compressed with pack (.z) -- not supported'

# A second member's defects count, and one bad file does not stop the others.
{ cat good.gz; head -c 100 good.gz; } >bad
defect bad 'unexpected end of file'
{ cat good.gz; printf '\037\213\011'; cat data; } >bad
defect bad 'unknown method 9 -- not supported'
fresh
sample 5000 >plain
"$warpz" -c plain >one.gz
cp one.gz three.gz
head -c 1000 one.gz >two.gz
run "$warpz" -tv one.gz two.gz three.gz
expect_status 1
expect_err 'one.gz:	 OK
two.gz:	
warpz: two.gz: unexpected end of file
three.gz:	 OK'
run "$warpz" -d one.gz two.gz three.gz
expect_status 1
expect_err 'warpz: two.gz: unexpected end of file'
expect_files one plain three two.gz
check 'one' cmp one plain
check 'three' cmp three plain

# An existing target survives a defect without -f; with -f it was removed first, as in gzip.
echo precious >two
run "$warpz" -d two.gz
expect_status 2
check 'the existing file remains' grep -qx precious two
finish
