#!/bin/sh
# SPDX-License-Identifier: Zlib
# What is not touched, what is said about it, and what -f changes.
. "$(dirname "$0")/lib.sh"

sample 9000 >file
sample 100 >other
"$warpz" -c file >packed.gz
cp packed.gz plain_but_packed
mkdir folder
cp file folder/inner
run "$warpz" nosuch
expect_status 1
expect_err 'warpz: nosuch: No such file or directory'
same_as_gzip nosuch
same_as_gzip -d nosuch
same_as_gzip -q nosuch file
same_as_gzip -k file nosuch other
same_as_gzip nosuch/file
same_as_gzip -d nosuch/file
same_as_gzip file/
same_as_gzip file/inner
same_as_gzip "$(printf 'n%.0s' $(seq 300))"

# Directories.
run "$warpz" folder
expect_status 2
expect_err 'warpz: folder: is a directory -- ignored'
for options in -k -d -c -dc -t -l -f -q; do same_as_gzip $options folder; done
same_as_gzip . ..
same_as_gzip folder/ file

# Suffixes.
run "$warpz" packed.gz
expect_status 0
expect_err 'warpz: packed.gz: already has .gz suffix -- unchanged'
expect_files file folder folder/inner other packed.gz plain_but_packed
same_as_gzip packed.gz
same_as_gzip -v packed.gz
same_as_gzip -q packed.gz
same_as_gzip -f packed.gz
same_as_gzip -c packed.gz
run "$warpz" -d plain_but_packed
expect_status 2
expect_err 'warpz: plain_but_packed: unknown suffix -- ignored'
for options in -d -df -dq -dv -dc -t -l -dk; do same_as_gzip $options plain_but_packed; done

# Existing targets. Standard input is no terminal, so there is no question.
cp other file.gz
run "$warpz" file
expect_status 2
expect_err 'warpz: file.gz: already exists; not overwritten'
check 'the existing file remains' cmp other file.gz
run "$warpz" -q file
expect_err 'warpz: file.gz: already exists; not overwritten'
cp other packed
for options in '' -k -q -v; do same_as_gzip $options file; done
for options in -d -dk -dv; do same_as_gzip $options packed.gz; done
same_as_gzip -f file
same_as_gzip -kf file
same_as_gzip -df packed.gz
rm file.gz packed
mkdir file.gz
same_as_gzip file
same_as_gzip -f file
check 'the source survives a directory in the way' [ -f file ]
rmdir file.gz
ln -s other file.gz
same_as_gzip file
same_as_gzip -f file
run "$warpz" -kf file
check 'a link in the way is replaced, not followed' [ ! -L file.gz ]
rm file.gz
ln -s nowhere file.gz
same_as_gzip file
rm file.gz

# Links.
ln -s file link
ln -s packed.gz link.gz
ln -s nowhere dangling
run "$warpz" link
expect_status 1
expect_err 'warpz: link: Too many levels of symbolic links'
check 'the link remains' [ -L link ]
for options in '' -k -c -f -kf; do same_as_gzip $options link; done
for options in -d -dk -dc -t -l -df -dkf; do same_as_gzip $options link.gz; done
same_as_gzip dangling
same_as_gzip -f dangling
ln -s folder folder_link
same_as_gzip folder_link
same_as_gzip -f folder_link
rm folder_link link link.gz dangling
ln file second
run "$warpz" file
expect_status 2
expect_err 'warpz: file: has 1 other link -- file ignored'
ln file third
for options in '' -k -c -f -kf -q; do same_as_gzip $options file; done
rm second third

# Set-user-ID, set-group-ID, sticky.
for mode in 4755 2755 6755 1755 7777; do
    cp file special
    chmod $mode special
    for options in '' -k -c -f; do same_as_gzip $options special; done
done
rm -f special

# Not regular files.
if mkfifo fifo; then
    run "$warpz" fifo
    expect_status 2
    expect_err 'warpz: fifo: is not a directory or a regular file - ignored'
    same_as_gzip -f fifo
    same_as_gzip -d fifo
    "$warpz" -c file >fifo &
    run "$warpz" -dc fifo
    expect_status 0
    check 'a pipe is read for -c' cmp -s "$out" file
    wait
fi
same_as_gzip /dev/null
same_as_gzip -c /dev/null

# An empty name, a name that prints badly.
run "$warpz" ''
expect_status 1
expect_err "warpz: '': No such file or directory"
run "$warpz" "$(printf 'no\nsuch\033[31m')"
expect_status 1
expect_err 'warpz: no?such?[31m: No such file or directory'
run "$warpz" "$(printf 'n%.0s' $(seq 254))"
expect_status 1
sample 10 >"$(printf 'n%.0s' $(seq 254))"
run "$warpz" "$(printf 'n%.0s' $(seq 254))"
expect_status 1
check 'no room for the suffix: the reason' grep -q 'File name too long$' "$err"
check 'no room for the suffix: the source remains' [ -f "$(printf 'n%.0s' $(seq 254))" ]

# The result may not be the source: a stored name that is the file's own.
fresh
sample 5000 >x.gz
"$warpz" -fc x.gz >y && mv y x.gz
check 'stored name x.gz' sh -c '"$1" -lN x.gz | grep -q " x.gz\$"' sh "$warpz"
cp x.gz original
run "$warpz" -dNf x.gz
expect_status 1
expect_err 'warpz: x.gz: input and output are the same file'
check 'the source remains' cmp x.gz original

# Rights.
fresh
chmod 777 .
if command -v setpriv >/dev/null && [ "$(id -u)" -eq 0 ] && chmod 755 "$scratch" &&
    setpriv --reuid=65534 --regid=65534 --clear-groups "$warpz" -V >/dev/null 2>&1; then
    mkdir closed
    sample 100 >closed/file
    sample 100 >secret
    chmod 755 closed
    chmod 600 secret
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$warpz" closed/file
    expect_status 1
    expect_err 'warpz: closed/file.gz: Permission denied'
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$warpz" secret
    expect_status 1
    expect_err 'warpz: secret: Permission denied'
    expect_files closed closed/file secret
    # Somebody else's file in an open folder: the copy is one's own, and a foreign group gains nothing.
    sample 100 >group
    chown 65534:2 group
    chmod 664 group
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$warpz" group
    expect_status 0
    check 'rights of another group' [ "$(stat -c '%u %g %a' group.gz)" = '65534 65534 644' ]
    # Root gives the file to its owner.
    sample 100 >owned
    chown 1234:2345 owned
    chmod 640 owned
    run "$warpz" owned
    check 'owner, group and mode' [ "$(stat -c '%u %g %a' owned.gz)" = '1234 2345 640' ]
    run "$warpz" -d owned.gz
    check 'owner, group and mode' [ "$(stat -c '%u %g %a' owned)" = '1234 2345 640' ]
else
    skip 'other users: needs root and setpriv'
fi
for mode in 400 600 644 755 777 000; do
    rm -f mode mode.gz
    sample 100 >mode
    chmod $mode mode
    if [ -r mode ]; then
        run "$warpz" mode
        expect_status 0
        check "mode $mode" [ "$(stat -c %a mode.gz)" = "$(printf %o 0$mode)" ]
    else
        skip "mode $mode: unreadable for this user"
    fi
done
finish
