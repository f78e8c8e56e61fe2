#!/bin/sh
# SPDX-License-Identifier: Zlib
# Directories with -r.
. "$(dirname "$0")/lib.sh"

make_tree() {
    fresh
    mkdir -p tree/sub/deep tree/empty
    sample 2000 >tree/a
    sample 3000 >tree/sub/b
    sample 4000 >tree/sub/deep/c
    : >tree/sub/deep/d
}
make_tree
run "$warpz" -r tree
expect_status 0
expect_err ''
expect_files tree tree/a.gz tree/empty tree/sub tree/sub/b.gz tree/sub/deep tree/sub/deep/c.gz tree/sub/deep/d.gz
run "$warpz" -r tree
expect_status 0
expect_err ''
run "$warpz" -rt tree
expect_status 0
run "$warpz" -rd tree
expect_status 0
expect_files tree tree/a tree/empty tree/sub tree/sub/b tree/sub/deep tree/sub/deep/c tree/sub/deep/d
run "$warpz" -rd tree
expect_status 0
expect_err ''
run "$warpz" -rv tree
check 'a line per file' [ "$(grep -c ' -- replaced with tree/' "$err")" -eq 4 ]
run "$warpz" -rdc tree
expect_status 0
check 'all files on standard output' [ "$(wc -c <"$out")" -eq 9000 ]
make_tree
for options in -r -rk -rd -rt -rl -rq -r1; do
    same_as_gzip $options tree
    same_as_gzip $options tree/
    same_as_gzip $options tree/sub/deep tree/a
done
same_as_gzip -r
same_stdin=tree/a same_as_gzip -r
same_as_gzip -r .
same_as_gzip -r nosuch tree
run "$warpz" -r tree
for options in -r -rd -rt -rdk -rdN; do same_as_gzip $options tree; done

# Files of both kinds: the wrong ones are mentioned with -v only.
sample 100 >tree/plain
run "$warpz" -rd tree
expect_status 0
expect_err ''
run "$warpz" -rdv tree/plain
expect_status 2
expect_err 'warpz: tree/plain: unknown suffix -- ignored'
same_as_gzip -rdv tree/plain
same_as_gzip -rtv tree/plain
same_as_gzip -rdc tree/plain

# Links and special files on the way.
make_tree
echo outside >outside
ln -s ../outside tree/link
ln -s ../../outside tree/sub/link.gz
ln -s .. tree/sub/up
run "$warpz" -r tree
expect_status 1
expect_err 'warpz: tree/link: Too many levels of symbolic links
warpz: tree/sub/link.gz: Too many levels of symbolic links
warpz: tree/sub/up: Too many levels of symbolic links'
check 'what a link points to stays' grep -qx outside outside
run "$warpz" -rf tree
expect_status 2
check 'no way through a link to a directory' grep -qx \
    'warpz: tree/sub/up: is a symbolic link to a directory -- ignored' "$err"
run "$warpz" -rc tree
expect_status 2
make_tree
if mkfifo tree/fifo; then
    for options in -r -rc -rt -rd; do
        run timeout 20 "$warpz" $options tree
        expect_status 2
    done
    expect_err 'warpz: tree/fifo: is not a directory or a regular file - ignored'
fi

# A defect in one file leaves the others done.
make_tree
run "$warpz" -r tree
head -c 20 tree/sub/b.gz >short
mv short tree/sub/b.gz
run "$warpz" -rd tree
expect_status 1
expect_err 'warpz: tree/sub/b.gz: unexpected end of file'
expect_files tree tree/a tree/empty tree/sub tree/sub/b.gz tree/sub/deep tree/sub/deep/c tree/sub/deep/d
if [ "$(id -u)" -ne 0 ]; then
    chmod 000 tree/sub
    run "$warpz" -r tree
    expect_status 1
    check 'an unreadable directory' grep -qx 'warpz: tree/sub: Permission denied' "$err"
    chmod 755 tree/sub
else
    skip 'an unreadable directory: root reads all'
fi

# A tree deeper than a path can say.
fresh
mkdir deep
name=$(printf 'd%.0s' $(seq 200))
(
    cd deep || exit 1
    for level in $(seq 30); do
        mkdir "$name" || exit 1
        cd -P "$name" 2>/dev/null || exit 1
    done
    sample 100 >bottom
) || fail 'the deep tree'
run "$warpz" -r deep
expect_status 0
expect_err ''
run "$warpz" -rt deep
expect_status 0
check 'the file at the bottom' [ "$(find deep -name bottom.gz | wc -l)" -eq 1 ]
finish
