#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# pigz: many raw deflate streams at once, each primed with its neighbour's window as a dictionary and ended by
# flushes that pigz puts together bit by bit (deflatePrime, deflateParams, deflateTune, inflateBack).
set -euo pipefail
. "$(dirname "$0")/lib.sh"

PIGZ=/usr/bin/pigz
require_program $PIGZ pigz

sample_tree tree 12288
tar -cf tree.tar tree
count=0
for options in -0 -1 -2 -3 -6 -9 '-6 -p 1' '-9 -p 4 -b 32' '-6 -i' '-6 -R' '-6 -R -i -p 3' '-9 -b 1024' '-6 -H' '-6 -U' '-1 -H -p 1'; do
    with_warpz $PIGZ $options -k -c tree.tar >packed.gz
    gzip -dc packed.gz | cmp - tree.tar || fail "gzip reads something else after pigz $options"
    with_warpz $PIGZ -dc packed.gz | cmp - tree.tar || fail "pigz $options does not come back"
    count=$((count + 1))
done
with_warpz $PIGZ -z -k -c tree.tar >packed.zz
with_warpz $PIGZ -dc packed.zz | cmp - tree.tar
with_warpz $PIGZ -K -k -c tree.tar >packed.zip
/usr/bin/python3 -s -c 'import sys, zipfile
archive = zipfile.ZipFile("packed.zip")
sys.exit(archive.testzip() or archive.read(archive.namelist()[0]) != open("tree.tar", "rb").read())'
cat packed.gz packed.gz >members.gz
with_warpz $PIGZ -t members.gz
head -c 100000 packed.gz >cut.gz
if with_warpz $PIGZ -t cut.gz 2>/dev/null; then fail "pigz takes a truncated file for a whole one"; fi
prove_loaded "pigz"
prove_bound deflate $PIGZ -c tree.tar >/dev/null
prove_bound inflateBack $PIGZ -dc packed.gz >/dev/null
note "gzip and zipfile read back $count ways of compressing $(stat -c %s tree.tar) bytes"
