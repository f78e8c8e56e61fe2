#!/bin/sh
# SPDX-License-Identifier: Zlib
# What files are called after compression and decompression, and which name is meant.
. "$(dirname "$0")/lib.sh"

# One file per suffix, each with a base of its own, so that the results do not meet.
make_files() {
    fresh
    number=0
    for suffix in .gz -gz .z -z _z .Z .GZ .Gz .tgz .taz .TGZ .Taz .tar.gz .tar.Z .gz.gz .foo .FOO .tar gz z .bz2; do
        number=$((number + 1))
        cp "$1" "f$number$suffix"
        cp "$1" ".f$number$suffix"
    done
}
sample 2000 >"$scratch/plain"
"$warpz" -c "$scratch/plain" >"$scratch/packed"
make_files "$scratch/packed"
for options in -d -dv -dc -t -tv -dk '-d -S gz' '-d -S z' -dS.foo -dSfoo '-d -S .gz' '-d -S .tgz' -dS.Foo -dr; do
    same_as_gzip $options .f* f*
done
make_files "$scratch/plain"
for options in '' -v -q -r -rv '-S gz' '-S z' '-S .tar.gz' -S.foo -S.FOO -f; do same_as_gzip $options .f* f*; done

# Nothing but a suffix is no name.
fresh
cp "$scratch/packed" packed
mkdir folder
for name in .gz .z -z _z -gz .tgz; do
    cp packed "./$name"
    cp packed "folder/$name"
done
same_as_gzip -d -- .gz .z -z _z -gz .tgz
same_as_gzip -d ./.gz ./.z ./-z ./_z ./-gz ./.tgz
same_as_gzip -d folder/.gz folder/.z folder/-z folder/_z folder/-gz folder/.tgz
same_as_gzip -k ./.gz ./.z ./-z ./_z ./-gz ./.tgz
rm -rf folder ./.gz ./.z ./-z ./_z ./-gz ./.tgz

# A name without its suffix finds the file.
for suffix in .gz .z -z .Z -gz _z .tgz .foo; do
    cp packed "f$suffix"
    same_as_gzip -d f
    same_as_gzip -dc f
    same_as_gzip -t f
    same_as_gzip -dS.foo f
    rm "f$suffix"
done
mkdir folder
cp packed folder/f.gz
cp packed folder/f.foo
same_as_gzip -d folder/f
same_as_gzip -dS.foo folder/f
same_as_gzip -d folder
run "$warpz" -dv folder/f
expect_status 0
check 'the message names the file that was found' grep -q '^folder/f.gz:	.* -- replaced with folder/f$' "$err"
finish
