# SPDX-License-Identifier: Zlib
# What the virtual machines are made of: a kernel of Debian as it is, unpacked and decompressed; an initrd of busybox and
# a few of its modules; uacce and the driver, built for it; the accelerator, built for Debian's QEMU; the library. All of
# it lands in VM_CACHE and is made again only when its sources are newer. Sourced by run.
# shellcheck shell=bash

VM_CACHE=${WARPZ_VM_CACHE:-$WARPZ_ROOT/build/vm}
RELEASE=$WARPZ_ROOT/build/release

# get_kernel NAME: that kernel of driver/build.sh (6.1, 6.12, newest) with the modules for it. Sets KERNEL (its release),
# IMAGE (its files), MODULES and VMLINUX. Two jobs may have the same one: the modules are built once in a run.
declare -A GOT_KERNEL=()
get_kernel() {
    if [[ ! ${GOT_KERNEL[$1]:-} ]]; then "$WARPZ_ROOT/driver/build.sh" --image "$VM_CACHE/kernels" "$1" || return; fi
    GOT_KERNEL[$1]=yes
    use_kernel "$1"
    if [[ -d $IMAGE/usr/lib/modules && ! -e $IMAGE/lib ]]; then ln -s usr/lib "$IMAGE/lib"; fi
    [[ -e $IMAGE/lib/modules/$KERNEL/modules.dep ]] || depmod -b "$IMAGE" "$KERNEL"
    # A kernel that needs no decompression boots in half the time where every instruction is emulated.
    local compressed=$IMAGE/boot/vmlinuz-$KERNEL
    [[ -e $compressed ]] || compressed=$IMAGE/lib/modules/$KERNEL/vmlinuz
    [[ -e $VMLINUX ]] || python3 "$HERE/vmlinux.py" "$compressed" "$VMLINUX"
}
use_kernel() {
    local dir=$VM_CACHE/kernels/$1
    KERNEL=$(cat "$dir/release") IMAGE=$dir/image MODULES=$dir/modules VMLINUX=$dir/vmlinux INITRD=$dir/initrd
}

# make_initrd NAME: INITRD for that kernel.
make_initrd() {
    local root=$VM_CACHE/initrd.part module
    use_kernel "$1"
    rm -rf "$root" && mkdir -p "$root/bin" "$root/modules"
    cp /bin/busybox "$root/bin/"
    cp "$HERE/guest/init" "$root/init"
    modprobe -S "$KERNEL" -d "$IMAGE" -a --show-depends virtio_pci 9pnet_virtio 9p overlay virtio_rng 2>/dev/null |
        awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
        while read -r module; do
            # busybox does not decompress them.
            case $module in
                *.xz) xz -dc "$module" >"$root/modules/$(basename "$module" .xz)" ;;
                *) cp "$module" "$root/modules/" ;;
            esac
            basename "$module" .xz >>"$root/modules/order"
        done
    [[ -s $root/modules/order ]] || return 1
    (cd "$root" && find . | cpio -o -H newc --quiet) >"$INITRD"
    rm -rf "$root"
}

# build_model: the accelerator for Debian's own QEMU.
build_model() {
    "$WARPZ_ROOT/driver/model/qemu/build.sh" "$RELEASE/lib/libwarpz_accelerator.a" "$RELEASE/lib/libz.a" "$VM_CACHE/qemu"
}

build_library() {
    cd "$WARPZ_ROOT"
    cmake --preset release
    cmake --build --preset release --parallel "$(nproc)" --target z warpz-preload warpzctl vm_client warpz_accelerator warpz-vdev \
        test_conformance test_vdev test_zstd
}

# stage_modules: those for KERNEL, where guests look for them.
stage_modules() {
    mkdir -p "$STAGE/modules/$KERNEL"
    cp "$MODULES"/*.ko "$STAGE/modules/$KERNEL/"
    cp "$MODULES/../debug/warpz_zip.ko" "$STAGE/modules/$KERNEL/warpz_zip_debug.ko"
}

# make_stage NAME: STAGE, what guests run, and the data: real files, and the same compressed by the system's own zlib.
make_stage() {
    local test
    use_kernel "$1"
    rm -rf "$STAGE" && mkdir -p "$STAGE/lib" "$STAGE/bin" "$STAGE/data"
    cp -L "$RELEASE/lib/libz.so.1" "$RELEASE/lib/libwarpz-preload.so" "$STAGE/lib/"
    cp "$RELEASE/bin/warpzctl" "$RELEASE/bin/vm_client" "$RELEASE/bin/warpz-vdev" "$STAGE/bin/"
    for test in test_conformance test_vdev test_zstd; do
        cp "$(find "$RELEASE" -type f -name "$test" -perm -100 -print -quit)" "$STAGE/bin/"
    done
    stage_modules
    local sample=$STAGE/sample part
    sample_tree "$sample" 24000
    tar -C "$sample" --sort=name --mtime=@0 --owner=0 --group=0 -cf "$STAGE/sample.tar" .
    rm -rf "$sample"
    # Pieces, so that each format has its share; incompressible data as well.
    split -n 5 -d "$STAGE/sample.tar" "$STAGE/data/sample"
    rm "$STAGE/sample.tar"
    openssl enc -aes-128-ctr -nosalt -pass pass:warpz -in /dev/zero 2>/dev/null | head -c 1500000 >"$STAGE/data/random" || true
    part=$(du -sb "$STAGE/data" | cut -f1)
    ((part >= 20 << 20)) || { echo "only $part bytes of sample data"; return 1; }
    sample_tree "$STAGE/tree" 5000
    mkdir "$STAGE/small"
    head -c 1500000 "$STAGE/data/sample00" >"$STAGE/small/sample00"
    head -c 1200000 "$STAGE/data/sample03" >"$STAGE/small/sample03"
    head -c 300000 "$STAGE/data/random" >"$STAGE/small/random"
    for part in data small; do /usr/bin/python3 "$HERE/verify.py" prepare "$STAGE/$part" "$STAGE/packed-$part"; done
    # Debian's compiler against Debian's zlib: what they call is decided when they run.
    "${CC:-cc}" -O2 -Wall -Wextra -Werror -o "$STAGE/bin/client" "$HERE/guest/client.c" -lz
}

# step COMMAND...: a part of the set-up, in a shell of its own that ends with the first command that fails; its output is
# shown only then.
step() {
    local begin=$SECONDS status=0
    (set -e; "$@") >"$VM_CACHE/$1.log" 2>&1 &
    wait $! || status=$?
    if ((status)); then
        tail -n 40 "$VM_CACHE/$1.log"
        return "$status"
    fi
    printf '%-20s %4d s\n' "$*" $((SECONDS - begin))
}

set_up() {
    mkdir -p "$VM_CACHE"
    STAGE=$VM_CACHE/stage MODEL=$VM_CACHE/qemu/warpz-zip-qemu.so
    if [[ ! $AGAIN ]]; then
        step get_kernel 6.1 && step build_library && step build_model && step make_stage 6.1 || return
    fi
    rm -rf "$STAGE/guest" && cp -r "$HERE/guest" "$HERE/verify.py" "$STAGE/"
    step make_initrd 6.1 || return
    use_kernel 6.1
}
