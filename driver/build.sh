#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Builds the kernel modules against Debian's kernels, on a machine that has none of them installed: headers and uacce.c
# come from Debian's packages, unpacked into a folder. Warnings are errors; sparse and checkpatch --strict have to be silent.
#
#   driver/build.sh FOLDER KERNEL...     KERNEL is 6.1, 6.12 or newest
#   driver/build.sh --image FOLDER KERNEL...     also gets the kernel itself, for tests that boot it
#   driver/build.sh --run FOLDER KERNEL COMMAND...     runs a command where that kernel's compiler is; FOLDER/newest/root is / there
#
# Leaves in FOLDER/KERNEL: `release` (of the kernel), `source` (what is built of it), `modules/uacce.ko`, `modules/warpz_zip.ko`,
# `debug/warpz_zip.ko` (with fault injection), and with --image the image package's tree in `image`. What is downloaded is kept
# there; versions are resolved anew when FOLDER/KERNEL is removed. Needs apt-get, dpkg-deb, make, gcc-12, sparse, perl; `newest`
# also needs root, for its own compiler in a chroot. Exits 77 when the archive does not have the kernel any more, or `newest` is
# asked for without root.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$HERE/../scripts/lib.sh"

WITH_IMAGE='' RUN=''
if [[ ${1-} == --image ]]; then WITH_IMAGE=yes; shift; elif [[ ${1-} == --run ]]; then RUN=yes; shift; fi
(($# >= 2)) || die "usage: $0 [--image] FOLDER KERNEL..., or --run FOLDER KERNEL COMMAND..."
mkdir -p "$1"
FOLDER=$(cd "$1" && pwd -P)
shift

# skip TEXT...: what is needed cannot be had.
skip() { printf 'skipped: %s\n' "$*" >&2; exit 77; }

# archive DIR SUITE...: see debian_suites; packages are downloaded to DIR/debs.
archive() {
    mkdir -p "$1/debs"
    debian_suites "$@" || skip "no answer from the archive"
}

# newest_release PATTERN: the highest kernel release among the headers packages that match.
newest_release() {
    apt-cache "${APT[@]}" pkgnames linux-headers- | sed -nE "s/^linux-headers-($1)-amd64\$/\\1/p" | sort -V | tail -n 1
}

# get_kernel KERNEL: headers, kbuild and source of the kernel, unpacked in FOLDER/KERNEL/root.
get_kernel() {
    local kernel=$1 dir=$FOLDER/$1 pattern abi common packages=()
    if [[ -e $dir/release && -d $dir/source/drivers/crypto && (! $WITH_IMAGE || -d $dir/image) ]]; then return; fi
    rm -rf "$dir"
    mkdir -p "$dir/root"
    case $kernel in
        6.1) archive "$dir/apt" bookworm bookworm-security; pattern='6\.1\.0-[0-9]+' ;;
        6.12) archive "$dir/apt" bookworm-backports; pattern='6\.12\.[^-]*' ;;
        newest) archive "$dir/apt" forky; pattern='[0-9]+\.[0-9]+\.[^-]*' ;;
        *) die "unknown kernel $kernel: 6.1, 6.12 or newest" ;;
    esac
    abi=$(newest_release "$pattern")
    [[ $abi ]] || skip "the archive has no headers for $kernel"
    common=linux-headers-$abi-common
    packages=("linux-headers-$abi-amd64" "$common")
    # 6.1 has one kbuild package for all of its releases.
    packages+=("$(apt-cache "${APT[@]}" depends --no-recommends "linux-headers-$abi-amd64" | sed -nE 's/.*Depends: (linux-kbuild-.*)/\1/p')")
    packages+=("linux-source-$(sed -E 's/^([0-9]+\.[0-9]+).*/\1/' <<<"$abi")")
    (cd "$dir/apt/debs" && apt-get "${APT[@]}" download "${packages[@]}") >/dev/null
    if [[ $kernel == newest ]]; then
        # Its objects need its own compiler and objtool's libraries.
        apt-get "${APT[@]}" -y --no-install-recommends -o "Dir::Cache::archives=$dir/apt/cache/archives" --download-only \
            install gcc make dash bash coreutils sed grep gawk findutils libelf1t64 perl-base >/dev/null
        local gcc
        gcc=$(apt-cache "${APT[@]}" depends --no-recommends "linux-headers-$abi-amd64" | sed -nE 's/.*Depends: (gcc-[0-9]+).*/\1/p' | head -n 1)
        apt-get "${APT[@]}" -y --no-install-recommends -o "Dir::Cache::archives=$dir/apt/cache/archives" --download-only \
            install "$gcc" >/dev/null
        mv "$dir"/apt/cache/archives/*.deb "$dir/apt/debs"
    fi
    if [[ $WITH_IMAGE ]]; then
        # Later kernels come in parts.
        mapfile -t packages < <(apt-cache "${APT[@]}" depends --no-recommends "linux-image-$abi-amd64" |
            sed -nE 's/.*Depends: (linux-(binary|modules)-.*)/\1/p')
        (cd "$dir/apt/debs" && apt-get "${APT[@]}" download "linux-image-$abi-amd64" "${packages[@]}") >/dev/null
    fi
    local deb
    for deb in "$dir"/apt/debs/*.deb; do
        case $deb in
            *linux-image-* | *linux-binary-* | *linux-modules-*) mkdir -p "$dir/image" && dpkg-deb -x "$deb" "$dir/image" ;;
            *) dpkg-deb -x "$deb" "$dir/root" ;;
        esac
    done
    rm -rf "$dir/apt"
    # One pass over a file that takes ten seconds to unpack.
    mkdir -p "$dir/source"
    local tarball series
    tarball=$(echo "$dir"/root/usr/src/linux-source-*.tar.xz)
    series=$(basename "$tarball" .tar.xz)
    tar -xf "$tarball" -C "$dir/source" --strip-components=1 "$series"/drivers/{misc/uacce/uacce.c,crypto/hisilicon} \
        "$series"/scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch}
    rm "$tarball"
    if [[ $kernel != newest ]]; then sed -i "s|/usr/src/|$dir/root/usr/src/|" "$dir/root/usr/src/linux-headers-$abi-amd64/Makefile"; fi
    printf '%s-amd64\n' "$abi" >"$dir/release"
}

# in_kernel KERNEL COMMAND...: runs it where the kernel's compiler is. $BUILD is FOLDER/KERNEL/root/build, seen from there.
in_kernel() {
    local kernel=$1 root=$FOLDER/$1/root; shift
    if [[ $kernel != newest ]]; then
        "$@"
        return
    fi
    ((EUID == 0)) || skip "kernel $kernel needs root, for a chroot"
    [[ -e $root/usr/bin/awk ]] || ln -s gawk "$root/usr/bin/awk"
    mkdir -p "$root/proc" "$root/dev"
    [[ -e $root/dev/null ]] || mknod -m 666 "$root/dev/null" c 1 3
    # In a name space of its own, so that nothing stays mounted whatever happens.
    unshare --mount sh -c 'mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" "$@"' sh "$root" "$@"
}

# build KERNEL: the modules.
build() {
    local kernel=$1 dir=$FOLDER/$1 release build sees make
    get_kernel "$kernel"
    release=$(<"$dir/release")
    build=$dir/root/build sees=$dir/root
    [[ $kernel != newest ]] || sees=
    say "modules for $release"
    rm -rf "$build" "$dir/modules" "$dir/debug"
    mkdir -p "$build/uacce" "$dir/modules" "$dir/debug"
    cp "$dir/source/drivers/misc/uacce/uacce.c" "$build/uacce"
    printf 'obj-m := uacce.o\nccflags-y += -DCONFIG_UACCE=1\n' >"$build/uacce/Kbuild"
    cp -r "$HERE/include" "$HERE/warpz_zip" "$build"
    cp -r "$build/warpz_zip" "$build/warpz_zip_debug"
    make=(make -C "$sees/usr/src/linux-headers-$release" -j1 -s KCFLAGS=-Werror CONFIG_DEBUG_INFO_BTF_MODULES=)
    in_kernel "$kernel" "${make[@]}" "M=$sees/build/uacce" modules
    cp "$build/uacce/uacce.ko" "$dir/modules"
    make+=("KBUILD_EXTRA_SYMBOLS=$sees/build/uacce/Module.symvers" W=1)
    # sparse is this system's, and cannot be had in the chroot.
    [[ $kernel == newest ]] || make+=(C=2 "CHECK=sparse -Wsparse-error")
    in_kernel "$kernel" "${make[@]}" "M=$sees/build/warpz_zip" modules
    cp "$build/warpz_zip/warpz_zip.ko" "$dir/modules"
    in_kernel "$kernel" "${make[@]}" "M=$sees/build/warpz_zip_debug" WARPZ_ZIP_DEBUG=y modules
    cp "$build/warpz_zip_debug/warpz_zip.ko" "$dir/debug"
    check_style "$dir/source/scripts/checkpatch.pl"
}

# check_style CHECKPATCH: the header is read by programs, too, and has this project's line length.
check_style() {
    # Macros that the older kernels do not have are not to be preferred.
    local check=(perl "$1" --no-tree --no-summary --strict --terse --ignore ALLOC_WITH_SIZEOF)
    "${check[@]}" -f "$HERE"/warpz_zip/zip*.[ch]
    "${check[@]}" --max-line-length=120 -f "$HERE"/include/uapi/warpz/*.h
}

if [[ $RUN ]]; then in_kernel "$@"; exit; fi
for kernel in "$@"; do build "$kernel"; done
say "done"
