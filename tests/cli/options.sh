#!/bin/sh
# SPDX-License-Identifier: Zlib
# The command line: long names, abbreviations, bundles, program names, the variable GZIP, and what is refused.
. "$(dirname "$0")/lib.sh"

make_folder() {
    fresh
    sample 9000 >file
    touch -d '2020-01-02 03:04:05.123456789 UTC' file
    cp -p file other
    "$warpz" -c other >packed.gz
}
make_folder

for options in -c --stdout --to-stdout --std -k --keep --ke -n --no-name --no -N --name --nam -q --quiet --silent \
    --fast --fa --best --be -9k -k9 -kn9 -cn1 -S.x --suffix=.x '-S .x' '--suf .x' -19 -m -M --rsyncable \
    --synchronous --sync -f --force -r --recursive -b9 '-b 9' '--bits 9' -a --ascii; do
    same_as_gzip $options file
done
for options in -d --decompress --uncompress --dec --unc -dc -cd -t --test -dk -kd -dn -dN -dq -dv -tv -l -lv -vt; do
    same_as_gzip $options packed.gz
done
same_as_gzip -c -- file
same_as_gzip -k -- file -c
same_as_gzip file -k
same_as_gzip file -c other
same_as_gzip -c file nosuch other
same_as_gzip -z file
same_as_gzip -0 file
same_as_gzip -i file
same_as_gzip --nosuch file
same_as_gzip --fast=3 file
same_as_gzip -Z file
same_as_gzip --lzw file
same_as_gzip -as file
same_as_gzip -aqk file
same_as_gzip -S
same_as_gzip --suffix
same_as_gzip -b x file
same_as_gzip -b '' file
same_as_gzip '-?' file
same_as_gzip --- file
same_as_gzip -k '' file
POSIXLY_CORRECT=1
export POSIXLY_CORRECT
same_as_gzip file -k
unset POSIXLY_CORRECT
for suffix in '' .1234567890123456789012345678 .12345678901234567890123456789 .123456789012345678901234567890; do
    same_as_gzip -S "$suffix" -k file
done
run "$warpz" -S a/b file
expect_status 1
expect_err "warpz: invalid suffix 'a/b'"
run "$warpz" --s file
expect_status 1
check 'ambiguous' grep -q "^warpz: option '--s' is ambiguous" "$err"
expect_files file other packed.gz

# -h, -V and -L stop everything else, and their output counts.
for options in -h --help -V --version -L --license '-h nosuch' '-cV file'; do
    run "$warpz" $options
    expect_status 0
    expect_err ''
    check "$options says something" [ -s "$out" ]
done
run "$warpz" --version
check 'version' sh -c 'head -n 1 "$1" | grep -Eqx "warpz [0-9]+\.[0-9]+\.[0-9]+"' sh "$out"
run "$warpz" -h
check 'usage' grep -q '^Usage: warpz ' "$out"
if [ -c /dev/full ]; then
    for option in -h -V -L; do
        "$warpz" $option >/dev/full 2>"$err"
        check "$option into a full device" [ $? -eq 1 ]
        check "$option into a full device" grep -qx 'warpz: stdout: No space left on device' "$err"
    done
fi

# The name decides: decompress, or decompress to standard output.
for name in warpz-gunzip gunzip unwarpz; do
    make_folder
    [ -e "$scratch/bin/$name" ] || ln -s warpz "$scratch/bin/$name"
    run "$scratch/bin/$name" packed.gz
    expect_status 0
    expect_files file other packed
    check "$name" cmp packed other
done
make_folder
for name in warpz-zcat zcat gzcat; do
    [ -e "$scratch/bin/$name" ] || ln -s warpz "$scratch/bin/$name"
    run "$scratch/bin/$name" packed.gz
    expect_status 0
    check "$name" cmp -s "$out" other
    expect_files file other packed.gz
done
ln -s warpz "$scratch/bin/gzip"
run "$scratch/bin/gzip" -c file
expect_status 0
check 'called as gzip' sh -c '"$1" -dc <"$2" | cmp -s - file' sh "$warpz" "$out"
run "$scratch/bin/warpz-zcat" nosuch
expect_status 1
expect_err 'warpz: nosuch.gz: No such file or directory'
run "$scratch/bin/gzip" --version
check 'a version of gzip, and which' grep -qx 'gzip (warpz) [0-9.]*' "$out"

# GZIP: harmless options only.
for value in -9 -1 '-1 -v' '	 -9  -n ' -n -N -q -v --rsyncable --fast --best --name --no-name --quiet --verbose -n9 ' ' '' \
    -d -c -k -f -t -l -r -S.x -h -L -V -a -b9 --suffix=.q --synchronous --keep foo -- -vd '-9 foo' --foo --best=3 -z; do
    GZIP=$value
    export GZIP
    same_as_gzip -c file
    unset GZIP
done
GZIP=-9
export GZIP
run "$warpz" -kn file
expect_err 'warpz: warning: GZIP environment variable is deprecated; use an alias or script'
expect_status 0
check 'GZIP=-9 is used' [ "$(head -c 10 file.gz | od -An -tx1)" = ' 1f 8b 08 00 00 00 00 00 02 03' ]
unset GZIP
finish
