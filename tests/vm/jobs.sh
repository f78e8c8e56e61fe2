# SPDX-License-Identifier: Zlib
# The jobs: which machine each has, which script its guest runs, what the host checks afterwards. A job returns 0 or not;
# what the guest found is in $OUT/result. Sourced by run.
# shellcheck shell=bash

ALL_JOBS=(V1 V2 V3 V7 D1 K612 Knewest)
declare -A JOB_TITLES=(
    [V1]="bounce mode, the main path: QEMU 7.2, Linux 6.1, no IOMMU"
    [V2]="the same behind an IOMMU"
    [V3]="faults, resets, removal, many and hostile processes"
    [V7]="python3, git, nginx, PostgreSQL and rsyslog on the device"
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

# boot SCRIPT QEMU-OPTION...: one guest from start to end, on the kernel and QEMU of this Debian. A job that wants others sets QEMU,
# PRELOAD (into it; may be empty), MACHINE_WORDS, KERNEL_WORDS.
boot() {
    local script=$1
    shift
    WARPZ_VM_PRELOAD=${PRELOAD-$MODEL} python3 "$HERE/machine.py" "$OUT" "$GUEST_SECONDS" "${QEMU:-qemu-system-x86_64}" \
        -M "q35,hpet=off${MACHINE_WORDS:-}" "${ACCELERATION[@]}" -m 2G -nodefaults -no-user-config -display none -serial stdio -no-reboot -kernel "$VMLINUX" -initrd "$INITRD" \
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

job_V1() { boot bounce.sh "${ACCELERATOR[@]}" && verify data "$OUT/library" "$OUT/preload"; }

# Every device behind it, with translation on: a bus address that is none of the DMA API's is a fault in the log.
job_V2() {
    KERNEL_WORDS="intel_iommu=on iommu.strict=1" boot iommu.sh -machine kernel-irqchip=split -device intel-iommu,intremap=on \
        "${ACCELERATOR[@]}" && verify data "$OUT/preload"
}

job_V3() {
    local script folder
    for script in ${V3_GUESTS:-faults removal storm}; do
        rm -f "$OUT"/answer.*
        boot "$script.sh" -smp 2 "${ACCELERATOR[@]}" || return
        for folder in "$OUT"/*/; do
            case $script in
                faults) verify small "$folder" ;;
                removal) verify data "$folder" ;;
            esac || return
            rm -rf "$folder"
        done
    done
}

job_V7() { boot programs.sh "${ACCELERATOR[@]}" && "$HERE/programs_check.sh" "$OUT" "$STAGE"; }

job_D1() { boot users.sh "${ACCELERATOR[@]}"; }

# The main path on another kernel, whose packages are of another suite and may be gone: then it is skipped.
job_on_kernel() {
    local status=0
    if [[ ! $AGAIN ]]; then
        get_kernel "$1" || status=$?
        if ((status == 77)); then
            sed -n 's/^.*\(skipped: .*\)/\1/p' "$OUT/console" | tail -n 1 >"$OUT/result"
            return
        fi
        ((status == 0)) || return
    fi
    use_kernel "$1"
    make_initrd "$1" && stage_modules && boot kernel.sh "${ACCELERATOR[@]}" && verify data "$OUT/preload" || status=$?
    use_kernel 6.1
    return "$status"
}
job_K612() { job_on_kernel 6.12; }
job_Knewest() { job_on_kernel newest; }
