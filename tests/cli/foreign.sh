#!/bin/sh
# SPDX-License-Identifier: Zlib
# Data that gzip decodes besides its own: compress(1)'s, and the first entry of a zip archive.
. "$(dirname "$0")/lib.sh"

if ! command -v python3 >/dev/null; then
    skip 'compress and zip data: there is no python3 to make them'
    exit 77
fi
{ sample 200000; head -c 50000 /dev/urandom; sample 100000 | rev; } >plain

# An encoder of compress(1)'s format: FILE, greatest code width, clear code or none, bytes between clear codes or 0.
cat >"$scratch/lzw.py" <<'EOF'
import sys

def encode(data, max_width, has_clear, clear_every):
    out = bytearray([0x1f, 0x9d, max_width | (0x80 if has_clear else 0)])
    held = held_bits = width = count = 0

    def put(code):
        nonlocal held, held_bits, count
        held |= code << held_bits
        held_bits += width
        count += 1
        while held_bits >= 8:
            out.append(held & 255)
            held >>= 8
            held_bits -= 8

    def end_group():
        nonlocal count
        while count % 8:
            put(0)
        count = 0

    def added():
        nonlocal width
        if next_entry > 1 << width and width < max_width:
            end_group()
            width += 1

    singles = {bytes([i]): i for i in range(256)}
    table, next_entry, width, string = dict(singles), 257 if has_clear else 256, 9, b""
    for i, byte in enumerate(data):
        longer = string + bytes([byte])
        if longer in table:
            string = longer
            continue
        put(table[string])
        if next_entry < 1 << max_width:
            table[longer] = next_entry
            next_entry += 1
            added()
        string = bytes([byte])
        if has_clear and clear_every and i % clear_every == clear_every - 1:
            put(table[string])
            if next_entry < 1 << max_width:
                next_entry += 1
                added()
            put(256)
            end_group()
            table, next_entry, width, string = dict(singles), 257, 9, b""
    if string:
        put(table[string])
    if held_bits:
        out.append(held & 255)
    return bytes(out)

data = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(encode(data, int(sys.argv[2]), sys.argv[3] == "1", int(sys.argv[4])))
EOF
: >empty
printf x >one
head -c 30000 /dev/zero >zeros
for name in plain empty one zeros; do
    for parameters in '16 1 0' '16 1 50000' '16 0 0' '12 1 0' '12 1 7000' '12 0 0' '10 1 0' '10 0 0'; do
        python3 "$scratch/lzw.py" $name $parameters >x.Z
        run "$warpz" -dc x.Z
        expect_status 0
        check "$name, $parameters" cmp -s "$out" $name
        if [ $name = one ] || [ $name = zeros ]; then same_as_gzip -d x.Z; fi
    done
done
python3 "$scratch/lzw.py" plain 16 1 0 >x.Z
for options in -d -dk -dc -t -dN; do same_as_gzip $options x.Z; done
same_stdin=x.Z same_as_gzip -d
cp x.Z x.tar.Z
same_as_gzip -dv x.tar.Z
run "$warpz" -l x.Z
check 'its length' grep -q ' 350000 ' "$out"
for width in 17 31; do
    printf "\\037\\235\\$(printf %o $((width + 128)))abcdefgh" >bad.Z
    same_as_gzip -t bad.Z
done
printf '\037\235' >bad.Z
run "$warpz" -t bad.Z
expect_status 1
for damage in '\377\377\377\377' '\000\001\002\003'; do
    { head -c 3 x.Z; printf "$damage"; tail -c +8 x.Z; } >bad.Z
    run "$warpz" -d bad.Z
    expect_status 1
    expect_err 'warpz: bad.Z: corrupt input.'
    check 'nothing is left of it' [ ! -e bad -a -f bad.Z ]
done
rm -f *.Z

# zip: stored, deflated, with sizes before and behind the data, of one entry and of several.
python3 - <<'EOF'
import io, zipfile
plain = open("plain", "rb").read()

class Stream(io.RawIOBase):  # cannot seek: sizes come behind the data
    def __init__(self, path): self.file = open(path, "wb")
    def writable(self): return True
    def write(self, data): return self.file.write(data)
    def close(self): self.file.close(); super().close()

for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
    with zipfile.ZipFile(name + ".zip", "w", method) as archive: archive.writestr("entry", plain)
    with zipfile.ZipFile(name + "_two.zip", "w", method) as archive:
        archive.writestr("entry", plain)
        archive.writestr("other", b"x")
with zipfile.ZipFile(Stream("streamed.zip"), "w", zipfile.ZIP_DEFLATED) as archive: archive.writestr("entry", plain)
with zipfile.ZipFile("bzip2.zip", "w", zipfile.ZIP_BZIP2) as archive: archive.writestr("entry", plain)
EOF
for name in stored deflated streamed; do
    run_from $name.zip "$warpz" -d
    expect_status 0
    expect_err ''
    check "$name" cmp -s "$out" plain
    cp $name.zip x.gz
    for options in -d -dc -t -dk; do same_as_gzip $options x.gz; done
    { head -c 1000 $name.zip; printf '\252\125\252\125'; tail -c +1005 $name.zip; } >bad.gz
    run "$warpz" -d bad.gz
    expect_status 1
    check "$name, damaged: no target" [ ! -e bad ]
done
for name in stored_two deflated_two; do
    cp $name.zip x.gz
    for options in -dc -t -d; do same_as_gzip $options x.gz; done
done
cp bzip2.zip x.gz
same_as_gzip -dc x.gz
head -c 20 deflated.zip >x.gz
run "$warpz" -dc x.gz
expect_status 1
expect_err 'warpz: x.gz: not a valid zip file'
head -c 2000 deflated.zip >x.gz
run "$warpz" -dc x.gz
expect_status 1
expect_err 'warpz: x.gz: unexpected end of file'
finish
