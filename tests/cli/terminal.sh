#!/bin/sh
# SPDX-License-Identifier: Zlib
# Behaviour at a terminal: no compressed data to or from it without -f, and the question before overwriting.
. "$(dirname "$0")/lib.sh"

if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    skip 'terminals: script(1) of util-linux makes them and is missing'
    exit 77
fi

# at_terminal INPUT COMMAND: runs the shell command with a terminal as stdin, stdout and stderr. INPUT is typed.
at_terminal() {
    last_command=$2
    { sleep 0.2; printf "$1"; sleep 0.3; } | script -qec "$2" /dev/null >"$out.raw" 2>&1
    status=$?
    tr -d '\r' <"$out.raw" >"$out"
    : >"$err"
}

sample 1000 >file
sample 500 >other
"$warpz" -c other >packed.gz
for command in "$warpz" "$warpz <file" "$warpz -c file" "$warpz -c - <file"; do
    at_terminal '' "$command"
    expect_status 1
    expect_out 'warpz: compressed data not written to a terminal. Use -f to force compression.'
done
for command in "$warpz -d" "$warpz -t" "$warpz -dc -" "$scratch/bin/warpz-zcat"; do
    at_terminal '' "$command"
    expect_status 1
    expect_out 'warpz: compressed data not read from a terminal. Use -f to force decompression.'
done
at_terminal '' "$warpz -cf file"
expect_status 0
at_terminal '' "$warpz -dc packed.gz"
expect_status 0
expect_out "$(cat other)"
at_terminal '' "$warpz -tv packed.gz"
expect_status 0

# The question.
question='warpz: file.gz: already exists; do you wish to overwrite (y or n)? '
for answer in n '' no x; do
    cp other file.gz
    at_terminal "$answer\n" "$warpz file"
    expect_status 2
    check "answer '$answer'" grep -q 'not overwritten' "$out"
    check 'the question' grep -qF "$question" "$out"
    check "answer '$answer': nothing is overwritten" cmp other file.gz
    check "answer '$answer': the source remains" [ -f file ]
done
at_terminal '\004' "$warpz file"
expect_status 2
check 'no answer: nothing is overwritten' cmp other file.gz
for answer in y Y yes; do
    cp other file.gz
    at_terminal "$answer\n" "$warpz -k file"
    expect_status 0
    check "answer '$answer'" sh -c '"$1" -dc file.gz | cmp - file' sh "$warpz"
done
cp other file.gz
cp file second
cp other second.gz
at_terminal 'n\ny\n' "$warpz file second"
expect_status 2
check 'two questions, first answer' cmp other file.gz
check 'two questions, second answer' [ ! -e second ]
at_terminal '' "$warpz file </dev/null"
expect_status 2
expect_out 'warpz: file.gz: already exists; not overwritten'
at_terminal '' "trap '' INT; $warpz file"
expect_status 2
expect_out 'warpz: file.gz: already exists; not overwritten'
at_terminal '' "$warpz -f file"
expect_status 0
expect_out ''
check 'no question with -f' [ ! -e file ]
finish
