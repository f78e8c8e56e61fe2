#!/bin/sh
# SPDX-License-Identifier: Zlib
# -o, --files0-from, --sparse, extended attributes and access control lists.
. "$(dirname "$0")/lib.sh"

sample 5000 >a
sample 6000 >b
chmod 640 a
touch -d '2020-01-02 03:04:05 UTC' a
run "$warpz" -o packed a
expect_status 0
expect_err ''
expect_files a b packed
check 'mode and time are taken over' [ "$(stat -c '%a %Y' packed)" = "$(stat -c '%a %Y' a)" ]
run "$warpz" -d -o plain packed
expect_status 0
check 'there and back' cmp plain a
run "$warpz" -o packed b
expect_status 2
expect_err 'warpz: packed: already exists; not overwritten'
run "$warpz" -f -o packed b
expect_status 0
check 'overwritten' sh -c '"$1" -dc packed | cmp -s - b' sh "$warpz"
cp b gone
run "$warpz" --rm -o made gone
expect_status 0
check '--rm: the source goes' sh -c '[ ! -e gone ] && "$1" -dc made | cmp -s - b' sh "$warpz"
run "$warpz" --rm -k -o kept made
check '--rm -k: the last one counts' [ -e made ]
rm made kept
run "$warpz" -o a a
expect_status 1
expect_err 'warpz: a: input and output are the same file'
run "$warpz" -f -o a a
expect_status 1
run "$warpz" -o c a b
expect_status 1
expect_err 'warpz: c: is not a directory, as several results need it'
mkdir dir
run "$warpz" -o dir a b
expect_status 0
check 'into a directory' [ "$(ls dir)" = 'a.gz
b.gz' ]
check 'the files are kept' [ -f a -a -f b ]
mkdir other
run "$warpz" -d --output=other/ dir/a.gz dir/b.gz
expect_status 0
check 'out of it' sh -c 'cmp a other/a && cmp b other/b && [ -f dir/a.gz ]'
run_from a "$warpz" -o stdin.gz
expect_status 0
expect_out ''
check 'standard input into a file' sh -c '"$1" -dc stdin.gz | cmp -s - a' sh "$warpz"
check "it is the user's own" [ "$(stat -c %a stdin.gz)" = 644 ]
run_from a "$warpz" -o dir
expect_status 1
expect_err 'warpz: -o needs a file name for standard input'
run "$warpz" -o nosuch/x a
expect_status 1
expect_err 'warpz: nosuch/x: No such file or directory'
run "$warpz" -o '' a
expect_status 1
check 'the source of a failure stays' [ -f a ]

# Names from a file.
fresh
for name in one 'two words' "$(printf 'three\nlines')" -four; do sample 100 >"./$name"; done
find . -type f -print0 | sort -z >../names
run "$warpz" --files0-from ../names
expect_status 0
check 'all of them' [ "$(find . -name '*.gz' | wc -l)" -ge 4 ]
find . -type f -name '*.gz' -print0 >../names
run_from ../names "$warpz" -d --files0-from=-
expect_status 0
check 'and back' [ "$(find . -name '*.gz' | wc -l)" -eq 0 ]
printf 'one\000\000nosuch\000two words' >../names
run "$warpz" --files0-from ../names
expect_status 1
expect_err "warpz: ../names: holds an empty file name
warpz: nosuch: No such file or directory"
check 'the others are done' [ -f one.gz -a -f 'two words.gz' ]
run "$warpz" --files0-from nosuch
expect_status 1
expect_err 'warpz: nosuch: No such file or directory'
: >none
run "$warpz" --files0-from none
expect_status 0
expect_out ''

# Holes.
fresh
{ sample 10000; head -c 3000000 /dev/zero; sample 5000; head -c 1000001 /dev/zero; } >plain
"$warpz" -c plain >holes.gz
run "$warpz" -dk --sparse holes.gz
expect_status 0
check 'the same data' cmp holes plain
check 'with holes' [ "$(($(stat -c '%b * %B' holes)))" -lt 1000000 ]
rm holes
"$warpz" -dc --sparse holes.gz >holes
check 'the same data on standard output' cmp holes plain
check 'with holes on standard output' [ "$(($(stat -c '%b * %B' holes)))" -lt 1000000 ]
printf 'begin' >holes
"$warpz" -dc --sparse holes.gz >>holes
check 'appended data' sh -c '{ printf begin; cat plain; } | cmp -s - holes'
head -c 9000000 /dev/urandom >holes
"$warpz" -dc --sparse holes.gz 1<>holes
check 'nothing shines through' cmp -n "$(stat -c %s plain)" holes plain
"$warpz" -dc --sparse holes.gz | cmp -s - plain || fail 'a pipe has no holes'
head -c 8192 /dev/zero >zeros
"$warpz" -k zeros
rm zeros
run "$warpz" -d --sparse zeros.gz
check 'nothing but a hole' [ "$(stat -c %s zeros)" -eq 8192 ]

# Extended attributes, and with them access control lists.
fresh
sample 1000 >file
if command -v python3 >/dev/null && python3 -c 'import os; os.setxattr("file", "user.comment", b"kept")' 2>/dev/null; then
    run "$warpz" file
    run "$warpz" -d file.gz
    check "users' attributes" python3 -c 'import os
assert os.getxattr("file", "user.comment") == b"kept"'
    if python3 -c 'import os, struct
entries = [(1, 6, -1), (2, 4, 12345), (4, 4, -1), (16, 6, -1), (32, 0, -1)]
os.setxattr("file", "system.posix_acl_access",
            struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries))' 2>/dev/null; then
        python3 -c 'import os; print(os.getxattr("file", "system.posix_acl_access"))' >before
        run "$warpz" file
        run "$warpz" -d file.gz
        check 'access control lists' sh -c 'python3 -c "import os
print(os.getxattr(\"file\", \"system.posix_acl_access\"))" | cmp - before'
    else
        skip 'access control lists: this file system has none'
    fi
else
    skip 'extended attributes: this file system has none, or there is no python3'
fi
finish
