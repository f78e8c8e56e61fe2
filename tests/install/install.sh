#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# install.sh CASE: builds and runs programs against the installed tree, the way other projects do.
#
#   tree          installs into $WARPZ_TREES: plain (--prefix), staged (DESTDIR), moved (plain, elsewhere); before all
#   files         what is in the trees, and that none of it names where it was made
#   pkg_config    C and C++ by pkg-config, shared and static, from each tree
#   cmake         C and C++ by find_package(ZLIB) in module and config mode, shared and static
#   native        libwarpz and libwarpz-zstd: their files, C and C++ by pkg-config and by find_package(warpz)
#   prefix        a library built with WARPZ_Z_PREFIX: all names begin with z_, and its package says so
#   headers       language standards, the macros of zconf.h, orders of inclusion
#
# WARPZ_BUILD is the build tree, CC and CXX the compilers. Each program prints which libz the loader gave it.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd -P)
CC=${CC:-cc} CXX=${CXX:-c++}
STRICT=(-pedantic -Wall -Wextra -Wundef -Werror)
export LC_ALL=C.UTF-8
unset LD_LIBRARY_PATH LD_PRELOAD CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH \
    ZLIB_ROOT DESTDIR CFLAGS CXXFLAGS LDFLAGS

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
passed=0
pass() { passed=$((passed + 1)); printf 'ok: %s\n' "$*"; }

# The trees. The staged one is complete under its DESTDIR, as a package builder sees it.
PLAIN=$WARPZ_TREES/plain STAGE=$WARPZ_TREES/stage MOVED=$WARPZ_TREES/elsewhere/moved
library_dir() { dirname "$(find "$1" -name libz.so.1)"; }

# run_shared TREE PROGRAM, run_static PROGRAM: the program ends well and says where its libz is from.
run_shared() {
    local out directory
    directory=$(library_dir "$1")
    out=$(LD_LIBRARY_PATH=$directory "$2" "$SCRATCH/consumer.gz") || fail "$2: $out"
    [[ $out == "libz: $(realpath "$directory/libz.so.1")" ]] || fail "$2: $out, not the one in $directory"
}
run_static() {
    local out
    out=$("$1" "$SCRATCH/consumer.gz") || fail "$1: $out"
    [[ $out == "libz: none" ]] || fail "$1 is not static: $out"
}

case_tree() {
    rm -rf "$WARPZ_TREES"
    cmake --install "$WARPZ_BUILD" --prefix "$PLAIN" >/dev/null
    cmake --install "$WARPZ_BUILD" --prefix "$WARPZ_TREES/first" >/dev/null
    mkdir "$WARPZ_TREES/elsewhere" && mv "$WARPZ_TREES/first" "$MOVED"
    DESTDIR=$STAGE cmake --install "$WARPZ_BUILD" --prefix /usr >/dev/null
    pass "three trees in $WARPZ_TREES"
}

case_files() {
    local tree directory file
    for tree in "$PLAIN" "$MOVED" "$STAGE/usr"; do
        directory=$(library_dir "$tree")
        for file in "$tree"/include/{zlib,zconf}.h "$directory"/{libz.a,libz.so.1.3.2,pkgconfig/zlib.pc} \
            "$directory"/cmake/zlib/ZLIBConfig{,Version}.cmake; do
            [[ -f $file && ! -L $file ]] || fail "no file $file"
        done
        [[ $(readlink "$directory/libz.so") == libz.so.1 ]] || fail "$directory/libz.so is no link to libz.so.1"
        [[ $(readlink "$directory/libz.so.1") == libz.so.1.3.2 ]] || fail "$directory/libz.so.1 is no link to libz.so.1.3.2"
        cmp "$tree/include/zlib.h" "$HERE/../../compat/include/zlib.h"
        if grep -r -l -F -e "$WARPZ_TREES" -e "$WARPZ_BUILD" "$tree"/include "$directory"/{libz.so.1.3.2,pkgconfig,cmake}; then
            fail "these files name the folder they were made in"
        fi
        pass "files of $tree"
    done
}

case_pkg_config() {
    local tree directory flags source
    for tree in "$PLAIN" "$MOVED" "$STAGE/usr"; do
        directory=$(library_dir "$tree")
        # The staged tree is one for /usr, whose flags pkg-config leaves out as the compiler's own.
        export PKG_CONFIG_PATH=$directory/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
        [[ $(pkg-config --modversion zlib) == 1.3.2 ]] || fail "pkg-config finds version $(pkg-config --modversion zlib)"
        pkg-config --exists 'zlib >= 1.2.11' || fail "zlib.pc is too old for zlib >= 1.2.11"
        [[ $(realpath "$(pkg-config --variable=includedir zlib)") == $(realpath "$tree/include") ]] ||
            fail "includedir is $(pkg-config --variable=includedir zlib)"
        [[ $(realpath "$(pkg-config --variable=libdir zlib)") == $(realpath "$directory") ]] ||
            fail "libdir is $(pkg-config --variable=libdir zlib)"

        for source in "$CC -ansi" "$CC -std=c11" "$CXX -xc++ -std=c++98" "$CXX -xc++ -std=c++20"; do
            read -ra flags < <(pkg-config --cflags zlib)
            # shellcheck disable=SC2086
            $source "${STRICT[@]}" "${flags[@]}" -c -o "$SCRATCH/consumer.o" "$HERE/consumer.c"
            read -ra flags < <(pkg-config --libs zlib)
            "${source%% *}" -o "$SCRATCH/shared" "$SCRATCH/consumer.o" "${flags[@]}"
            run_shared "$tree" "$SCRATCH/shared"
            read -ra flags < <(pkg-config --libs --static zlib)
            # Static as a whole, and libz alone: by a C compiler where the program is C.
            "${source%% *}" -static -o "$SCRATCH/static" "$SCRATCH/consumer.o" "${flags[@]}"
            run_static "$SCRATCH/static"
            "${source%% *}" -o "$SCRATCH/static" "$SCRATCH/consumer.o" -Wl,-Bstatic "${flags[@]}" -Wl,-Bdynamic
            run_static "$SCRATCH/static"
            pass "$source, pkg-config, $tree: shared, static"
        done
    done
}

# cmake_consumer TREE shared|static FIND TARGET [OPTION...]
cmake_consumer() {
    local tree=$1 kind=$2 find=$3 target=$4 build=$SCRATCH/cmake program
    shift 4
    rm -rf "$build"
    cmake -S "$HERE/cmake_consumer" -B "$build" -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
        -DCMAKE_PREFIX_PATH="$tree" -DFIND="$find" -DLINK="$target" "$@" >"$SCRATCH/cmake.log" 2>&1 ||
        { cat "$SCRATCH/cmake.log"; fail "find_package(ZLIB $find) in $tree"; }
    cmake --build "$build" >"$SCRATCH/cmake.log" 2>&1 || { cat "$SCRATCH/cmake.log"; fail "$target of $tree"; }
    for program in "$build"/consumer_{c,cpp}; do
        if [[ $kind == shared ]]; then run_shared "$tree" "$program"; else run_static "$program"; fi
    done
    pass "find_package(ZLIB $find) $target ${*:-}, $tree: $kind"
}

case_cmake() {
    local tree
    for tree in "$PLAIN" "$MOVED" "$STAGE/usr"; do
        cmake_consumer "$tree" shared "MODULE" ZLIB::ZLIB
        cmake_consumer "$tree" shared "1.2.11 CONFIG" ZLIB::ZLIB
        cmake_consumer "$tree" static "CONFIG" ZLIB::ZLIBSTATIC
    done
    cmake_consumer "$PLAIN" static "1.3" ZLIB::ZLIB -DZLIB_USE_STATIC_LIBS=ON
    cmake_consumer "$PLAIN" shared "MODULE" variables
    cmake_consumer "$PLAIN" shared "CONFIG" variables
    cmake_consumer "$PLAIN" shared "" ZLIB::ZLIB -DCMAKE_FIND_PACKAGE_PREFER_CONFIG=ON
    cmake_consumer "$PLAIN" shared "CONFIG COMPONENTS shared" ZLIB::ZLIB
    cmake_consumer "$PLAIN" static "CONFIG COMPONENTS static" variables
    if (cmake_consumer "$PLAIN" static "CONFIG COMPONENTS shared nothing" ZLIB::ZLIB) >/dev/null 2>&1; then
        fail "a component that does not exist was found"
    fi
    if (cmake_consumer "$PLAIN" shared "2.0 CONFIG" ZLIB::ZLIB) >/dev/null 2>&1; then fail "version 2.0 was found"; fi
    pass "what does not exist is not found"
}

# run_native TREE PROGRAM: it says that all is done, with the library of that tree.
run_native() {
    local out directory
    directory=$(library_dir "$1")
    out=$(LD_LIBRARY_PATH=$directory "$2") || fail "$2: step $?"
    [[ $out == "done" ]] || fail "$2: $out"
    out=$(LD_LIBRARY_PATH=$directory ldd "$2")
    [[ $out == *" => $directory/libwarpz"* ]] || fail "$2 is not on the library in $directory"
}

case_native() {
    local tree directory file package sources source compiler flags build
    local packages=(warpz)
    if [[ -e $(library_dir "$PLAIN")/libwarpz-zstd.so.0 ]]; then
        packages+=(warpz-zstd)
    else
        printf 'left out: libwarpz-zstd, which needs libzstd 1.5.4 and was not built\n'
    fi
    for tree in "$PLAIN" "$MOVED" "$STAGE/usr"; do
        directory=$(library_dir "$tree")
        for package in "${packages[@]}"; do
            [[ $(readlink "$directory/lib$package.so") == lib$package.so.0 ]] || fail "$directory/lib$package.so"
            [[ $(readlink "$directory/lib$package.so.0") == lib$package.so.0.* ]] || fail "$directory/lib$package.so.0"
        done
        for file in "$tree"/include/warpz/warpz.{h,hpp} "$directory"/pkgconfig/warpz.pc \
            "$directory"/cmake/warpz/warpzConfig{,Version}.cmake; do
            [[ -f $file ]] || fail "no file $file"
        done
        if grep -r -l -F -e "$WARPZ_TREES" -e "$WARPZ_BUILD" "$tree"/include/warpz "$directory"/{pkgconfig,cmake/warpz} \
            "$directory"/libwarpz*.so.0; then
            fail "these files name the folder they were made in"
        fi

        export PKG_CONFIG_PATH=$directory/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
        for source in "warpz $CC -std=c99 $HERE/../native/consumer.c" "warpz $CXX -std=c++11 -xc++ $HERE/../native/consumer.c" \
            "warpz $CXX -std=c++20 $HERE/native_consumer/jobs.cpp" "warpz-zstd $CC -std=c99 $HERE/native_consumer/sequences.c"; do
            read -ra sources <<<"$source"
            [[ " ${packages[*]} " == *" ${sources[0]} "* ]] || continue
            read -ra flags < <(pkg-config --cflags --libs "${sources[0]}")
            "${sources[@]:1}" -xnone "${STRICT[@]}" -o "$SCRATCH/native" "${flags[@]}"
            run_native "$tree" "$SCRATCH/native"
            pass "${sources[*]}, pkg-config, $tree"
        done

        build=$SCRATCH/native_cmake
        rm -rf "$build"
        {
            cmake -S "$HERE/native_consumer" -B "$build" -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
                -DCMAKE_PREFIX_PATH="$tree" -DFIND="0.1 CONFIG"
            cmake --build "$build"
        } >"$SCRATCH/cmake.log" 2>&1 || { cat "$SCRATCH/cmake.log"; fail "find_package(warpz) in $tree"; }
        for file in "$build"/native_{c,cpp} ${packages[1]:+"$build/native_zstd"}; do run_native "$tree" "$file"; done
        pass "find_package(warpz), $tree"
    done
    for flags in "9.0 CONFIG" "CONFIG COMPONENTS nothing"; do
        rm -rf "$SCRATCH/native_cmake"
        if cmake -S "$HERE/native_consumer" -B "$SCRATCH/native_cmake" -DCMAKE_PREFIX_PATH="$PLAIN" -DFIND="$flags" \
            >"$SCRATCH/cmake.log" 2>&1; then fail "find_package(warpz $flags) found something"; fi
    done
    pass "what does not exist is not found"
}

case_prefix() {
    local build=$SCRATCH/prefix_build tree=$SCRATCH/prefix flags names
    {
        cmake -S "$HERE/../.." -B "$build" -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_BUILD_TYPE=Debug \
            -DWARPZ_Z_PREFIX=ON -DWARPZ_BUILD_TESTS=OFF \
            -DCMAKE_INSTALL_LIBDIR="lib/$("$CC" -print-multiarch)"
        cmake --build "$build" --parallel 2
        cmake --install "$build" --prefix "$tree"
    } >"$SCRATCH/cmake.log" 2>&1 || true
    [[ -e $tree/include/zlib.h ]] || { tail -n 30 "$SCRATCH/cmake.log"; fail "no library with WARPZ_Z_PREFIX"; }
    names=$(nm -D --defined-only "$(library_dir "$tree")/libz.so.1" | awk '$2 == "T" { print $3 }')
    [[ $(wc -l <<<"$names") == 95 ]] || fail "exports $names"
    if grep -v '^z_' <<<"$names"; then fail "these names have no prefix"; fi
    PKG_CONFIG_PATH=$(library_dir "$tree")/pkgconfig
    export PKG_CONFIG_PATH
    read -ra flags < <(pkg-config --cflags --libs zlib)
    "$CC" -o "$SCRATCH/prefixed" "$HERE/consumer.c" "${flags[@]}"
    run_shared "$tree" "$SCRATCH/prefixed"
    cmake_consumer "$tree" shared "CONFIG" ZLIB::ZLIB
    cmake_consumer "$tree" static "CONFIG" ZLIB::ZLIBSTATIC
    pass "Z_PREFIX"
}

# compile LANGUAGE FLAG...: compiles standard input with the plain tree's header, warnings being errors.
compile() {
    local language=$1 compiler=$CC
    shift
    [[ $language == c ]] || compiler=$CXX
    "$compiler" -x "$language" "${STRICT[@]}" -I"$PLAIN/include" "$@" -c -o "$SCRATCH/unit.o" - 2>"$SCRATCH/errors" ||
        { cat "$SCRATCH/errors"; fail "$language $*"; }
}
undefined() { nm -u "$SCRATCH/unit.o" | awk '{ print $2 }' | sort -u; }

case_headers() {
    local standard macros language order names name libraries
    libraries=(-L"$(library_dir "$PLAIN")" -lz)

    for macros in '' -DZLIB_CONST -DZ_SOLO -DZ_PREFIX '-DZ_PREFIX -DZ_SOLO' -D_FILE_OFFSET_BITS=64 -D_LARGEFILE64_SOURCE \
        -D_LARGEFILE64_SOURCE=0 -D_LARGEFILE_SOURCE -D_GNU_SOURCE -DZ_U4='unsigned\ int' \
        '-D_FILE_OFFSET_BITS=64 -D_LARGEFILE64_SOURCE=1' '-DZ_PREFIX -D_FILE_OFFSET_BITS=64'; do
        eval "set -- $macros"
        for standard in ansi std=c99 std=c11 std=gnu17; do compile c "-$standard" "$@" <<<'#include <zlib.h>'; done
        for standard in 98 11 20; do compile c++ "-std=c++$standard" "$@" <<<'#include <zlib.h>'; done
    done
    pass "C89 to C17 and C++98 to C++20, with each macro of zconf.h"

    # Before, between and behind the headers it relates to; twice; inside what programs wrap around it.
    for language in c c++; do
        while IFS= read -r order; do
            { printf '%b\n' "$order"; echo 'int f(gzFile file, z_streamp s) { return gzeof(file) + inflateInit(s); }'; } |
                compile "$language"
        done <<'ORDERS'
#include <zlib.h>\n#include <stdio.h>\n#include <unistd.h>
#include <stdio.h>\n#include <zlib.h>
#include <unistd.h>\n#include <sys/types.h>\n#include <zlib.h>\n#include <fcntl.h>
#include <zlib.h>\n#include <zlib.h>
#include <zconf.h>\n#include <zlib.h>\n#include <zconf.h>
#define _GNU_SOURCE 1\n#include <zlib.h>
#define _LARGEFILE64_SOURCE\n#include <zlib.h>\nz_off64_t at(gzFile g) { return gztell64(g); }
#define _FILE_OFFSET_BITS 64\n#include <zlib.h>
#pragma GCC visibility push(hidden)\n#include <zlib.h>\n#pragma GCC visibility pop
#include <zlib.h>\n#undef deflateInit\n#undef gzgetc\nint g(gzFile f) { return gzgetc(f); }
#define ZEXPORT\n#define ZEXTERN extern\n#include <zlib.h>
#include <zlib.h>\ntypedef int (ZEXPORT* reader)(gzFile, voidp, unsigned);\nreader r = gzread;\nint h OF((int));
ORDERS
    done
    compile c++ <<<$'extern "C" {\n#include <zlib.h>\n}\nint (*f)(z_streamp, int) = deflate;'
    compile c++ <<<$'#include <zlib.h>\n#include <cstdio>\n#include <string>\nstd::string s(zError(Z_OK));'
    pass "orders of inclusion"

    # What a program calls: the 64-bit names, and the z_ names of Z_PREFIX.
    names='#include <zlib.h>
        void* all[] = { (void*)gzopen, (void*)gzseek, (void*)gztell, (void*)gzoffset, (void*)adler32_combine,
                        (void*)crc32_combine, (void*)crc32_combine_gen };'
    compile c -Wno-pedantic -D_FILE_OFFSET_BITS=64 <<<"$names"
    [[ $(undefined | grep -c '64$') == 7 ]] || fail "_FILE_OFFSET_BITS=64 gives $(undefined)"
    compile c -Wno-pedantic -D_LARGEFILE64_SOURCE <<<"$names"
    [[ $(undefined | grep -c '64$') == 0 ]] || fail "_LARGEFILE64_SOURCE gives $(undefined)"
    for macros in -DZ_PREFIX '-DZ_PREFIX -D_FILE_OFFSET_BITS=64'; do
        # shellcheck disable=SC2086
        "$CC" $macros -D_LARGEFILE64_SOURCE -I"$PLAIN/include" -c -o "$SCRATCH/unit.o" "$HERE/all_names.c"
        name=$(undefined | grep -v -E '^z_' || true)
        [[ ! $name ]] || fail "$macros leaves the names $name"
        [[ $(undefined | wc -l) -ge 88 ]] || fail "$macros: only $(undefined | wc -l) names"
    done
    pass "the names that large files and Z_PREFIX mean"

    "$CC" "${STRICT[@]}" -ansi -I"$PLAIN/include" -o "$SCRATCH/solo" "$HERE/solo.c" "${libraries[@]}"
    LD_LIBRARY_PATH=$(library_dir "$PLAIN") "$SCRATCH/solo" || fail "solo: step $?"
    "$CC" -I"$PLAIN/include" -o "$SCRATCH/solo" "$HERE/solo.c" "$(library_dir "$PLAIN")/libz.a"
    "$SCRATCH/solo" || fail "solo, static: step $?"
    pass "Z_SOLO"
    for macros in -D_FILE_OFFSET_BITS=64 -D_LARGEFILE64_SOURCE '-D_FILE_OFFSET_BITS=64 -D_LARGEFILE64_SOURCE'; do
        # shellcheck disable=SC2086
        "$CC" $macros "${STRICT[@]}" -I"$PLAIN/include" -o "$SCRATCH/large" "$HERE/large_file.c" "${libraries[@]}"
        LD_LIBRARY_PATH=$(library_dir "$PLAIN") "$SCRATCH/large" "$SCRATCH/large.gz" || fail "large_file $macros: step $?"
        pass "large_file $macros"
    done
}

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/warpz-install.XXXXXX")
trap 'rm -rf "$SCRATCH"' EXIT
[[ $(type -t "case_${1:-}") == function ]] || fail "usage: $0 tree|files|pkg_config|cmake|native|prefix|headers"
"case_$1"
printf '%s: %d passed\n' "$1" "$passed"
