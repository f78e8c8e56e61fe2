# SPDX-License-Identifier: Zlib
# The jobs: which machine each has, which script its guest runs, what the host checks afterwards. A job returns 0 or not;
# what the guest found is in $OUT/result. Sourced by run.
# shellcheck shell=bash

ALL_JOBS=(V1 V2 V3 V4 V5 V6 V7 V8 D1 K612 Knewest)
declare -A JOB_TITLES=(
    [V1]="bounce mode, the main path: QEMU 7.2, Linux 6.1, no IOMMU"
    [V2]="the same behind an IOMMU"
    [V3]="faults, resets, removal, many and hostile processes"
    [V4]="shared virtual addresses: a newer QEMU, Debian's newest kernel"
    [V5]="mainline's own hisi_zip on HiSilicon's registers, versions 2 and 3 of the queue manager"
    [V6]="a kernel that says it shares addresses and does not: a newer QEMU, Linux 6.12"
    [V7]="python3, git, nginx, PostgreSQL and rsyslog on the device"
    [V8]="the accelerator as a process of the host, warpz-vdev, killed and started again: a newer QEMU, Linux 6.1"
    [K612]="the main path on Debian's 6.12"
    [Knewest]="the main path on Debian's newest kernel"
    [D1]="the driver without the library: rules, users who break them, users who outlive a device"
)

# KVM only where the processor really has it: the node alone says nothing.
ACCELERATION=(-accel tcg,thread=multi -cpu max)
if grep -q -w -E 'vmx|svm' /proc/cpuinfo && [[ -w /dev/kvm ]]; then ACCELERATION=(-accel kvm -cpu host); fi

# What only a guest that hangs needs: on a busy host each of them may take a multiple of its minutes.
GUEST_SECONDS=2700
# On a busy host an emulated HPET makes up for lost ticks until its guest does nothing else, the kernel's check of the
# timer's interrupt fails, and its watchdogs take a CPU for stuck that merely got no time.
PATIENT_KERNEL="no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300 sysctl.kernel.hung_task_timeout_secs=900"

# boot SCRIPT QEMU-OPTION...: one guest from start to end, on the kernel and QEMU of this Debian. A job that wants others
# sets QEMU, PRELOAD (into it; may be empty), MACHINE_WORDS, KERNEL_WORDS.
boot() {
    local script=$1
    shift
    # Of the guest before.
    rm -f "$OUT"/answer.* "$OUT"/*.stats
    WARPZ_VM_PRELOAD=${PRELOAD-$MODEL} python3 "$HERE/machine.py" "$OUT" "$GUEST_SECONDS" "${QEMU:-qemu-system-x86_64}" \
        -M "q35,hpet=off${MACHINE_WORDS:-}" "${ACCELERATION[@]}" -m 2G \
        -nodefaults -no-user-config -display none -serial stdio -no-reboot -kernel "$VMLINUX" -initrd "$INITRD" \
        -append "console=ttyS0 quiet panic=-1 $PATIENT_KERNEL ${KERNEL_WORDS:-} VM_STAGE=$STAGE VM_SCRIPT=$STAGE/guest/$script" \
        -virtfs "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap" \
        -virtfs "local,path=$OUT,mount_tag=out,security_model=none" -device virtio-rng-pci "$@"
}
# Behind a root port, so that it can be taken away.
ACCELERATOR=(-device "pcie-root-port,id=rp0,slot=1" -device "warpz-zip,id=acc,bus=rp0")

# verify FOLDER...: what guests wrote there, by the host's own zlib.
verify() {
    local data=$1
    shift
    /usr/bin/python3 "$HERE/verify.py" check "$STAGE/$data" "$@"
}

# verify_streams: all that streams() of guest/lib.sh has written there, which is removed.
verify_streams() {
    local kind
    for kind in "$OUT"/*.data; do
        if [[ -e $kind ]]; then verify "$(<"$kind")" "${kind%.data}" && rm -rf "${kind%.data}" "$kind" || return; fi
    done
}

job_V1() {
    boot bounce.sh "${ACCELERATOR[@]}" && verify data "$OUT/library" "$OUT/preload" && verify small "$OUT/vdev" "$OUT/vdev_lie"
}

# Every device behind it, with translation on: a bus address that is none of the DMA API's is a fault in the log.
job_V2() {
    KERNEL_WORDS="intel_iommu=on iommu.strict=1" boot iommu.sh -machine kernel-irqchip=split -device intel-iommu,intremap=on \
        "${ACCELERATOR[@]}" && verify_streams
}

job_V3() {
    local script
    for script in ${V3_GUESTS:-faults removal suspend storm}; do
        boot "$script.sh" -smp 2 "${ACCELERATOR[@]}" && verify_streams || return
    done
}

job_V7() { boot programs.sh "${ACCELERATOR[@]}" && "$HERE/programs_check.sh" "$OUT" "$STAGE"; }

# Guest memory has to be a file that another process can map.
job_V8() {
    local version socket=$OUT/vdev.sock
    version=$("$HERE/newer_qemu.sh" "$VM_CACHE/newer_qemu") || { echo "$version" >"$OUT/result"; return; }
    echo "QEMU $version"
    # A path of a socket has room for 107 bytes.
    ((${#socket} < 108)) || socket=$(mktemp -u "${TMPDIR:-/tmp}/warpz-vdev.XXXXXX")
    local PRELOAD='' QEMU=$VM_CACHE/newer_qemu/qemu-system-x86_64 MACHINE_WORDS=,memory-backend=mem script aborts=0
    local -x WARPZ_VM_VDEV="'$RELEASE/bin/warpz-vdev' --socket '$socket' --queues 16"
    for script in vdev vdev_again; do
        until boot "$script.sh" -action reboot=reset -object memory-backend-memfd,id=mem,size=2G,share=on \
            -device "pcie-root-port,id=rp0,slot=1" \
            -device "{\"driver\":\"vfio-user-pci\",\"id\":\"acc\",\"bus\":\"rp0\",\"socket\":{\"type\":\"unix\",\"path\":\"$socket\"}}"; do
            # QEMU 11.1 reports the death of a vfio-user device twice to one caller, and ends of it, if a message is unread then.
            ((aborts++ < 11)) && tail -n 5 "$OUT/console" | grep -q 'util/error.c:.*Assertion' || return
            echo "machine.py: QEMU has failed an assertion of its own when its device died"
            rm -rf "$OUT"/{preload,killed,dead,after}*
        done
    done
    verify data "$OUT/preload" "$OUT/killed" && verify small "$OUT/dead" "$OUT/after"
}

job_D1() { boot users.sh "${ACCELERATOR[@]}"; }

# Shared addresses: QEMU 11.1 is the first whose IOMMU offers them to devices. The object for it is built with the headers of
# QEMU in trixie, whose source stays where it is; see driver/model/qemu/shared_addresses.c.
SHARED_ADDRESSES=(-device "intel-iommu,intremap=on,device-iotlb=on,scalable-mode=on,fsts=on,pasid-bits=20,svm=on"
    -device "pcie-root-port,id=rp0,slot=1")

# on_shared_addresses KERNEL SCRIPT DEVICE: a guest whose device and IOMMU share addresses.
on_shared_addresses() {
    local version status=0 later=$VM_CACHE/qemu-later
    version=$("$HERE/newer_qemu.sh" "$VM_CACHE/newer_qemu" 11.1) || { echo "$version" >"$OUT/result"; return; }
    echo "QEMU $version"
    if [[ ! $AGAIN ]]; then
        "$WARPZ_ROOT/driver/model/qemu/build.sh" "$RELEASE/lib/libwarpz_accelerator.a" "$RELEASE/lib/libz.a" "$later" trixie || status=$?
        if ((status == 77)); then tell_skip; return; fi
        ((status == 0)) || return
    fi
    # What is preloaded is for this QEMU's own loader. Its emulated processor has longer addresses than its IOMMU translates.
    local -x WARPZ_QEMU_PRELOAD=$later/warpz-zip-qemu.so
    [[ ${ACCELERATION[*]} == *kvm* ]] || local ACCELERATION=(-accel "tcg,thread=multi" -cpu max,la57=off)
    PRELOAD='' QEMU=$VM_CACHE/newer_qemu/qemu-system-x86_64 KERNEL_WORDS="intel_iommu=on,sm_on" MACHINE_WORDS=,kernel-irqchip=split \
        job_on_kernel "$1" "$2" "${SHARED_ADDRESSES[@]}" -device "$3,id=acc,bus=rp0,sva=on,smpwc=on"
}
job_V4() {
    local AGAIN=$AGAIN script
    for script in ${V4_GUESTS:-shared faults removal suspend storm}; do
        on_shared_addresses newest "$script.sh" warpz-zip || return
        [[ $(cat "$OUT/result") == pass ]] || return 0
        AGAIN=yes
    done
}
job_V6() { on_shared_addresses 6.12 refused.sh warpz-zip; }

# A driver that is not ours, on registers that we did not design; see hisi/build.sh. What the first guest was made of serves the
# second.
job_V5() {
    local AGAIN=$AGAIN STAGE_MORE=stage_hisi version
    for version in v2 v3; do
        on_shared_addresses newest hisi.sh "warpz-hisi-zip-$version" || return
        [[ $(cat "$OUT/result") == pass ]] || return 0
        AGAIN=yes
    done
}
# stage_hisi: mainline's driver, and data in the formats that version 2 has.
stage_hisi() {
    local hisi=$VM_CACHE/kernels/newest/hisi
    [[ $AGAIN && -e $hisi/needs ]] || "$HERE/hisi/build.sh" "$VM_CACHE/kernels" || return
    cp "$hisi"/*.ko "$STAGE/modules/$KERNEL/"
    echo "$IMAGE" | cat - "$hisi/needs" >"$STAGE/modules/$KERNEL/needs"
    [[ -e $STAGE/wrapped ]] || ln -s data "$STAGE/wrapped"
    [[ -e $STAGE/packed-wrapped ]] || /usr/bin/python3 "$HERE/verify.py" prepare "$STAGE/data" "$STAGE/packed-wrapped" zlib gzip
}

# tell_skip: the reason is the last that was said.
tell_skip() { sed -n 's/^.*\(skipped: .*\)/\1/p' "$OUT/console" | tail -n 1 >"$OUT/result"; }

# job_on_kernel KERNEL SCRIPT DEVICE...: the main path on another kernel, whose packages are of another suite and may be
# gone: then it is skipped. STAGE_MORE is a command that adds to what the guest runs.
job_on_kernel() {
    local status=0 script=$2
    if [[ ! $AGAIN ]]; then
        get_kernel "$1" || status=$?
        if ((status == 77)); then tell_skip; return; fi
        ((status == 0)) || return
    fi
    use_kernel "$1"
    make_initrd "$1" && stage_modules && ${STAGE_MORE:-true} || status=$?
    if ((status == 77)); then
        tell_skip
        status=0
    elif ((status == 0)); then
        boot "$script" "${@:3}" && verify_streams || status=$?
    fi
    use_kernel 6.1
    return "$status"
}
job_K612() { job_on_kernel 6.12 kernel.sh "${ACCELERATOR[@]}"; }
job_Knewest() { job_on_kernel newest kernel.sh "${ACCELERATOR[@]}"; }
