#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# gcc's assembler, ld, objcopy and readelf with compressed debug sections: one-shot streams inside ELF files,
# decompressed into buffers of exactly the announced size.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

require_program /usr/bin/c++ g++
require_program /usr/bin/objcopy binutils

cat >program.cpp <<'CODE'
#include <iostream>
#include <map>
#include <string>
#include <vector>
int main() {
    std::map<std::string, std::vector<int>> table{{"one", {1, 2, 3}}, {"two", {4, 5}}};
    for (const auto& [name, values] : table) std::cout << name << values.size() << '\n';
}
CODE
c++ -std=c++17 -g3 -c program.cpp -o plain.o
objcopy --decompress-debug-sections plain.o plain-sections.o
with_warpz c++ -std=c++17 -g3 -gz=zlib -c program.cpp -o packed.o
with_warpz c++ -gz=zlib packed.o -o packed
for format in zlib-gabi zlib-gnu; do with_warpz objcopy --compress-debug-sections=$format plain.o "$format.o"; done
shows 'COMPRESSED|ZLIB' readelf -t packed.o || fail "the assembler did not compress"
(($(stat -c %s zlib-gabi.o) < $(stat -c %s plain.o))) || fail "objcopy did not compress"

for file in packed.o zlib-gabi.o zlib-gnu.o; do
    objcopy --decompress-debug-sections $file theirs.o
    with_warpz objcopy --decompress-debug-sections $file ours.o
    cmp theirs.o ours.o || fail "$file decompresses to something else"
    for section in .debug_info .debug_str .debug_macro .debug_line; do
        objcopy -O binary --only-section=$section --set-section-flags $section=alloc plain-sections.o want.bin
        objcopy -O binary --only-section=$section --set-section-flags $section=alloc ours.o have.bin
        [[ $file == packed.o ]] || cmp want.bin have.bin || fail "$section of $file"
    done
done
with_warpz readelf --debug-dump=info packed >ours.txt 2>/dev/null
readelf --debug-dump=info packed >theirs.txt 2>/dev/null
cmp ours.txt theirs.txt
shows one3 ./packed
prove_loaded "as, ld, objcopy and readelf"
prove_bound compress /usr/bin/objcopy --compress-debug-sections=zlib plain.o bound.o
prove_bound inflate /usr/bin/objcopy --decompress-debug-sections bound.o unbound.o
note "debug sections of $(stat -c %s plain.o) bytes of object come back whole"
