#!/bin/sh
# SPDX-License-Identifier: Zlib
# Called gzip, gunzip or zcat, the program is gzip to the letter: exit status, output, each byte on standard error, and the
# files that are left. What differs on purpose is not among these calls: docs/options.md.
. "$(dirname "$0")/lib.sh"

if [ -z "$gzip" ]; then
    skip 'there is no gzip to compare with'
    exit 77
fi
mkdir "$scratch/ours"
for name in gzip gunzip zcat; do ln -s ../bin/warpz "$scratch/ours/$name"; done

# The ratio is the compressor's own.
normalise() { sed 's/ *-*[0-9.]*%/ N%/' "$1"; }

# same COMMAND: it is the same with either program in PATH.
same() {
    run_in_copy gzip sh -c "$1"
    run_in_copy warpz env PATH="$scratch/ours:$PATH" sh -c "$1"
    for aspect in status output messages tree; do
        cmp -s "$scratch/gzip.$aspect" "$scratch/warpz.$aspect" && continue
        fail "$1: $aspect differs from gzip's"
        diff "$scratch/gzip.$aspect" "$scratch/warpz.$aspect" | cat -v | sed 's/^/    /'
    done
}

sample 5000 >plain
touch -d '2020-01-02 03:04:05 UTC' plain
"$warpz" -c plain >good.gz
"$warpz" -nc plain >raw
head -c 10 raw >header
tail -c +11 raw | head -c -8 >data
tail -c 8 raw >trailer
printf '\001\002\003\004' >word
{ cat header data word; tail -c 4 trailer; } >crc.gz
{ cat header data; head -c 4 trailer; cat word; } >length.gz
{ cat header data word word; } >both.gz
{ cat header; printf '\007abcdef'; } >block.gz
{ printf '\037\213\011'; tail -c +4 raw; } >method.gz
{ printf '\037\213\010\040'; tail -c +5 raw; } >encrypted.gz
{ printf '\037\213\010\100'; tail -c +5 raw; } >flags.gz
{ printf '\037\213\010\004\000\000\000\000\000\003\002\000xx'; cat data trailer; } >extra.gz
{ printf '\037\236'; tail -c +3 raw; } >old.gz
head -c 100 raw >cut.gz
head -c -3 raw >tail.gz
printf '\037' >byte.gz
: >nothing.gz
printf 'hello, world\n' >other.gz
{ cat raw; head -c 10 /dev/zero; } >zeros.gz
{ cat raw; echo garbage; } >garbage.gz
printf '\037\213\010\010\000\000\000\000\000\003self.gz\000' >self.gz
cat data trailer >>self.gz
printf '\037\235\221abcdefgh' >bits.Z
rm header data trailer word raw

# Where the run ends and where the next file has its turn.
for name in good crc length both block method encrypted flags extra old cut tail byte nothing other zeros garbage; do
    for options in -tv -dk; do same "gzip $options $name.gz good.gz"; done
    # gzip writes a byte less of what is cut off.
    [ $name = cut ] || for command in 'gzip -dv <' 'zcat good.gz '; do same "$command$name.gz"; done
    case $name in zeros | garbage) ;; *) same "gzip -l $name.gz good.gz" ;; esac
done
same 'gzip -dN self.gz'
same 'gzip -t bits.Z good.gz'

# Messages about files.
mkdir folder
cp plain folder/inner
cp plain packed
cp good.gz plain.gz
ln plain linked
ln -s packed link
cp packed setuid
chmod 4755 setuid
for arguments in nosuch '-d nosuch' folder '-q folder' plain '-k plain' '-v packed' good.gz '-v good.gz' '-d packed' linked '-q linked' \
    link setuid /dev/null "''" folder/ packed/ 'packed nosuch folder' '-kv packed' '-cv packed' '-dkv plain.gz' \
    '-dv plain.gz' '-rk folder' '-S "" packed' '-S .123456789012345678901234567890 packed' '- - <packed'; do
    same "gzip $arguments"
done

# Options.
for arguments in -z --nosuch --fast=3 -S --suffix '-b x' "-b ''" '-?' -Z --lzw -a -aq -0 --best=9; do same "gzip $arguments -k packed"; done
for value in -9 -d -k foo -- --nosuch -S.x ''; do same "GZIP='$value' gzip -kn packed"; done
same 'GZIP=-9 gunzip -k plain.gz'
same '(sleep 0.1; echo n) | gzip ---presume-input-tty plain'
same '(sleep 0.1; echo y) | gzip -k ---presume-input-tty plain linked packed'
same 'gzip ---presume-input-tty -d <good.gz'
same 'gzip ---presume-input-tty -dq <good.gz; echo $?'

# Standard streams.
same 'gzip -c packed >&-'
same 'gzip -dc good.gz >&-'
same 'gzip <.'
if [ -c /dev/full ]; then
    same 'gzip -c packed packed >/dev/full'
    same 'gzip -dc good.gz good.gz >/dev/full'
fi
same 'gzip -c packed | gzip -t'
same 'cat good.gz good.gz | gunzip'
finish
