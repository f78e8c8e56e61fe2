#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# zlib's own test programs: example, minigzip and infcover.
set -euo pipefail
. "$(dirname "$0")/build.sh"

# The tests alone, away from zlib's own zlib.h; infcover needs two private headers to compile.
cp zlib/test/{example,minigzip,infcover}.c zlib/inf{late,trees}.h plain/
python3 "$HERE/public_infcover.py" plain/infcover.c plain/public_infcover.c
build example example.c
build example64 example.c -D_FILE_OFFSET_BITS=64
build minigzip minigzip.c
build minigzip64 minigzip.c -D_FILE_OFFSET_BITS=64
build minigzip_solo minigzip.c -DZ_SOLO
build infcover public_infcover.c

# The system's zlib says what the programs print; the version line differs, and so do numbers of bytes allocated.
same_output() { sed -E -e '/^zlib version /d' -e '/^warning: different zlib version/d' -e 's/: [0-9]+ (allocated|high water mark)$/: \1/' "$1"; }
./debian_example reference.gz >reference.txt 2>&1 || fail "example with the system's zlib"
for kind in "${KINDS[@]}"; do
    for name in example example64; do
        with_warpz "./${kind}_$name" "$kind.gz" >"$kind.txt" 2>&1 || { cat "$kind.txt"; fail "$kind $name ends with $?"; }
        diff <(same_output reference.txt) <(same_output "$kind.txt") || fail "$kind $name prints something else"
        # A program made for Debian's zlib notices that it is another.
        grep -q -E '^(zlib version|warning: different zlib version linked:) 1\.3\.2\.0' "$kind.txt" ||
            fail "$kind $name: $(grep 'zlib version' "$kind.txt")"
        /usr/bin/gzip -t "$kind.gz" || fail "$kind $name: gzip refuses its file"
        prove_loaded "$kind $name"
    done
done

# minigzip: streams and files, all its options, against gzip.
sample_tree tree 6144
tar -cf sample --sort=name --mtime=@0 --owner=0 --group=0 tree
: >empty
printf x >byte
for kind in "${KINDS[@]}"; do
    for name in minigzip minigzip64; do
        program=./${kind}_$name
        [[ $(echo hello world | with_warpz "$program" | with_warpz "$program" -d) == "hello world" ]] || fail "$kind $name"
        for file in empty byte sample; do
            for options in "" -1 -6 -9 -f -h -r "-f -1" "-h -9"; do
                # shellcheck disable=SC2086
                with_warpz "$program" $options <"$file" >packed.gz
                /usr/bin/gzip -dc packed.gz | cmp - "$file" || fail "gzip -d of $kind $name $options <$file"
            done
            with_warpz "$program" -d <packed.gz | cmp - "$file" || fail "$kind $name -d <$file"
            cat packed.gz packed.gz | with_warpz "$program" -d | cmp - <(cat "$file" "$file") || fail "$kind $name -d of two members"
            /usr/bin/gzip -9 -c "$file" | with_warpz "$program" -d | cmp - "$file" || fail "$kind $name -d of gzip's file"
            cp "$file" copy
            with_warpz "$program" copy || fail "$kind $name FILE ends with $?"
            [[ -s copy.gz && ! -e copy ]] || fail "$kind $name FILE: not copy.gz in place of copy"
            with_warpz "$program" -c -d copy.gz | cmp - "$file" || fail "$kind $name -c -d FILE"
            with_warpz "$program" -d copy.gz || fail "$kind $name -d FILE ends with $?"
            cmp copy "$file" || fail "$kind $name -d FILE: another file"
        done
        head -c 100000 packed.gz >truncated.gz
        if with_warpz "$program" -d <truncated.gz >/dev/null 2>&1; then fail "$kind $name -d takes a truncated file"; fi
        prove_loaded "$kind $name"
    done
done

# Compiled with Z_SOLO, minigzip makes gzip files by streams with an allocator of its own, one member each.
for kind in "${KINDS[@]}"; do
    for file in empty sample; do
        with_warpz "./${kind}_minigzip_solo" <"$file" >packed.gz
        /usr/bin/gzip -dc packed.gz | cmp - "$file" || fail "gzip -d of $kind minigzip_solo <$file"
        /usr/bin/gzip -c "$file" | with_warpz "./${kind}_minigzip_solo" -d | cmp - "$file" || fail "$kind minigzip_solo -d <$file"
    done
    prove_loaded "$kind minigzip_solo"
done

# infcover ends at the first wrong code; it reports memory that is not given back in lines that begin with "**".
for kind in "${KINDS[@]}"; do
    with_warpz "./${kind}_infcover" >"$kind.txt" 2>&1 || { tail -n 3 "$kind.txt"; fail "$kind infcover ends with $?"; }
    if grep '^\*\*' "$kind.txt"; then fail "$kind infcover: memory is not given back"; fi
    prove_loaded "$kind infcover" inflates
done
./debian_infcover >reference.txt 2>&1 || fail "infcover with the system's zlib"
for kind in "${KINDS[@]}"; do
    diff <(same_output reference.txt | tail -n +2) <(same_output "$kind.txt" | tail -n +2) || fail "$kind infcover prints something else"
done
note "example, minigzip, infcover: good (${KINDS[*]})"
