# SPDX-License-Identifier: Zlib
# What the guest's scripts share: asking the host, loading the driver, running programs on the device and proving that
# they were, the verdict. Sourced as root, in the guest; VM_STAGE is the folder that the host has prepared, /out the
# one that the host reads.
# shellcheck shell=bash
set -uo pipefail
ulimit -c 0
exec 3>&1
cd /tmp || exit 1
MODULES=$VM_STAGE/modules/$(uname -r)
NAMES=/sys/class/uacce
RESULTS=/out
REQUESTS=0
DEVICE=''
PATIENCE=8

say() { printf '== [%s] %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*" >&3; }
# The first verdict counts: fail and skip leave through the trap below, too.
fail() { printf '@result fail: %s\n' "$*" >&3; dmesg | tail -n 30 >&3; exit 1; }
skip() { printf '@result skipped: %s\n' "$*" >&3; exit 0; }
trap 'printf "@result fail: the script ended early\n" >&3' EXIT

# host VERB WORD...: has the host do it (see machine.py) and prints its answer.
host() {
    local number=$((++REQUESTS)) waited=0
    printf '@host %d %s\n' "$number" "$*" >&3
    until [[ -e /out/answer.$number ]]; do
        sleep 0.2
        ((++waited < 900 * PATIENCE)) || fail "the host does not answer: $*"
    done
    cat "/out/answer.$number"
    ! grep -q '^error' "/out/answer.$number"
}
# host_counter NAME: one of what the accelerator itself has counted. Not in a subshell with other requests beside it.
host_counter() { sed "s/.*\b$1=\([0-9]*\).*/\1/" "/out/answer.$REQUESTS"; }

# wait_for SECONDS COMMAND...: until it succeeds; seconds of an idle host, of which a busy one gets a multiple.
wait_for() {
    local end=$((SECONDS + $1 * PATIENCE))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.3
    done
}

# load_driver [PARAMETER...]: both modules; sets DEVICE once there is a node.
load_driver() {
    insmod "$MODULES/uacce.ko" || fail "uacce.ko does not load"
    insmod "$MODULES/warpz_zip.ko" "$@" || fail "warpz_zip.ko does not load"
    find_device || fail "no device appears in $NAMES"
    say "device $DEVICE: $(cat "$NAMES/$DEVICE/api"), flags $(cat "$NAMES/$DEVICE/flags"), \
$(cat "$NAMES/$DEVICE/available_instances") queues"
}
has_node() {
    local node
    for node in "$NAMES"/*; do
        if [[ -e $node/api && -e /dev/${node##*/} ]]; then DEVICE=${node##*/}; return 0; fi
    done
    return 1
}
find_device() { DEVICE='' && wait_for 60 has_node; }
has_no_node() { ! has_node; }
available() { cat "$NAMES/$DEVICE/available_instances" 2>/dev/null || echo 0; }
QUEUES=0
all_queues_are_free() { (($(available) == QUEUES)); }
is_busy() { ! all_queues_are_free; }
address() { basename "$(readlink -f "$NAMES/$DEVICE/device")"; }
is_sva() { [[ $(cat "$NAMES/$DEVICE/flags") == 1 ]]; }
# device_counter NAME: what warpz_zip shows of its devices.
device_counter() { sed -n "s/^$1 //p" /sys/kernel/debug/warpz_zip/*/stats; }
# is_working [FREE]: jobs are on the device, and fewer than so many queues are free.
is_working() {
    local before
    before=$(device_counter descriptors) && (($(available) < ${1:-$QUEUES})) && sleep 0.2 &&
        (($(device_counter descriptors) > before))
}
write() { echo "$2" >"$1"; }

# The two ways in. The environment of a program that is to use the device for all that it has.
LIBRARY=(LD_LIBRARY_PATH="$VM_STAGE/lib")
PRELOAD=(LD_PRELOAD="$VM_STAGE/lib/libwarpz-preload.so")
on_device() { env WARPZ_DEVICE="uacce:$DEVICE" WARPZ_MIN_BYTES=1 "$@"; }

# start_endless FILE: a client that works until it is killed; $! is its own process, not a shell's.
start_endless() {
    env WARPZ_DEVICE="uacce:$DEVICE" WARPZ_MIN_BYTES=1 "${PRELOAD[@]}" "$VM_STAGE/bin/client" "$1" 0 2>/dev/null &
}

# client STATS ARGUMENT...
client() {
    local stats=$1
    shift
    on_device "${PRELOAD[@]}" WARPZ_STATS="$stats" "$VM_STAGE/bin/client" "$@"
}
# clients N STATS ARGUMENT...: so many at once; all have to be good.
clients() {
    local count=$1 pids=() pid
    shift
    while ((count--)); do
        client "$@" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || return 1; done
}
# kill_clients PROGRAMS FORKS: kills so many times 40 programs, some of which are about to begin, and so many times 40 forks of one.
# Sets `killed`. FILE is what they work on.
kill_clients() {
    local pids i
    killed=0
    while ((killed < $1 * 40)); do
        pids=()
        for ((i = 0; i < 40; i++)); do
            start_endless "$FILE"
            pids+=($!)
        done
        sleep "0.$((RANDOM % 9))"
        kill -9 "${pids[@]}"
        wait "${pids[@]}" 2>/dev/null
        killed=$((killed + 40))
    done
    while ((killed < ($1 + $2) * 40)); do
        client /dev/null --kill "$FILE" 40 || fail "clients that are to be killed"
        killed=$((killed + 40))
    done
}

# beside_hostile ROUNDS: honest clients while a hostile process does what it likes.
beside_hostile() {
    local hostile turns=0
    "$VM_STAGE/bin/vm_client" hostile "$DEVICE" "$1" 1 >&3 2>&3 &
    hostile=$!
    while kill -0 "$hostile" 2>/dev/null; do
        clients 2 /out/honest.stats "$FILE" 2 || fail "an honest client failed beside a hostile one"
        turns=$((turns + 4))
    done
    wait "$hostile" || fail "the hostile process was hurt"
    (($(sum_of /out/honest.stats deflate_queue.jobs) > 0)) || fail "honest clients did not get the device"
    say "$turns honest turns meanwhile"
    expect_all_free "a hostile process"
    expect_used
}

# sum_of FILE NAME: a counter over all processes that left a line in a WARPZ_STATS file.
sum_of() { grep -o "\b$2=[0-9]*" "$1" 2>/dev/null | awk -F= '{ sum += $2 } END { printf "%d\n", sum }'; }

# expect_share WHAT PART WHOLE: at least 90 of 100 bytes.
expect_share() {
    say "$1: $2 of $3 bytes"
    (($3 > 0 && $2 * 100 >= $3 * 90)) || fail "$1: only $2 of $3 bytes went over the device"
}

# streams DATA OUT [ENVIRONMENT...]: streams.py with the shim, over the data of that kind (data or small), while things
# happen to the device. Its lines are in OUT.log, its counters in OUT.stats; the host checks what is in OUT (OUT.data).
streams() {
    local data=$1 out=$2
    shift 2
    echo "$data" >"$out.data"
    on_device "${PRELOAD[@]}" WARPZ_STATS="$out.stats" "$@" \
        /usr/bin/python3 "$VM_STAGE/guest/streams.py" "$VM_STAGE/$data" "$VM_STAGE/packed-$data" "$out" >"$out.log" 2>&1
}
# main_path [DATA]: streams to /out/preload, nine tenths of their bytes over the device.
main_path() {
    local deflated inflated
    streams "${1:-data}" /out/preload || { cat /out/preload.log >&3; fail "streams.py"; }
    IFS=, read -r deflated inflated < <(sed 's/bytes=//' /out/preload.log)
    expect_share "compressed" "$(sum_of /out/preload.stats deflate_queue.in_bytes)" "$deflated"
    expect_share "decompressed" "$(sum_of /out/preload.stats inflate_queue.out_bytes)" "$inflated"
}
# under NAME FAULT [ENVIRONMENT...]: streams while the device's fault strikes; it has to have struck. Programs see no
# error and no wrong byte; afterwards the device is used again and all queues are free.
under() {
    local name=$1 fault=$2 before
    shift 2
    host fault "$fault" >/dev/null || fail "$name: the device does not know $fault"
    before=$(host_counter faults)
    streams small "$RESULTS/$name" "$@" || { cat "$RESULTS/$name.log" >&3; fail "$name: a program failed"; }
    /usr/bin/python3 "$VM_STAGE/verify.py" check "$VM_STAGE/small" "$RESULTS/$name" >&3 || fail "$name: wrong bytes"
    host fault none >/dev/null
    (($(host_counter faults) > before)) || fail "$name: the fault did not strike"
    expect_used
    expect_all_free "$name"
    say "$name: $(grep -o 'faults=[0-9]*\|retries=[0-9]*\|deflate_queue.jobs=[0-9]*' "$RESULTS/$name.stats" | tr '\n' ' ')"
}
# during NAME COMMAND...: streams one after the other, the command while jobs of theirs are on the device, and the
# outcome of both. The program has to have lost a job or a queue by it, and to have gone on.
during() {
    local name=$1 goes_on=/dev/shm/goes_on free program
    shift
    free=$(available)
    touch "$goes_on"
    streams small "$RESULTS/$name" VM_WHILE="$goes_on" &
    program=$!
    wait_for 60 is_working "$free" || fail "$name: no streams on the device"
    "$@" || fail "$name: $*"
    kill -0 "$program" 2>/dev/null || { cat "$RESULTS/$name.log" >&3; fail "$name: the streams ended before"; }
    rm "$goes_on"
    wait "$program" || { cat "$RESULTS/$name.log" >&3; fail "$name: a program failed"; }
    say "$name: $(grep -o 'faults=[0-9]*\|deflate_queue.jobs=[0-9]*\|reason.[a-z]*=[0-9]*' "$RESULTS/$name.stats" | tr '\n' ' ')"
    (($(sum_of "$RESULTS/$name.stats" faults) > 0)) || fail "$name: no stream met it"
}

# Whom the kernel has called, by its function tracer: expect_calls compares.
TRACING=/sys/kernel/debug/tracing
trace_calls() {
    write $TRACING/current_tracer nop && write $TRACING/set_ftrace_filter "$*" && write $TRACING/trace '' &&
        write $TRACING/current_tracer function || fail "no function tracer"
}
expect_calls() {
    local calls
    calls=$(sed -n 's/^.*: \(wz_[a-z_]*\) <-.*/\1/p' $TRACING/trace | tr '\n' ' ')
    write $TRACING/current_tracer nop
    [[ $calls == "$* " ]] || fail "the kernel has called: $calls"
    say "called: $calls"
}

# is_used: a new process gets its streams onto the device.
is_used() {
    local stats=/tmp/is_used.stats
    rm -f "$stats"
    has_node && on_device "${PRELOAD[@]}" WARPZ_STATS="$stats" "$VM_STAGE/bin/client" "$VM_STAGE/small/sample00" 1 &&
        (($(sum_of "$stats" deflate_queue.jobs) > 0 && $(sum_of "$stats" inflate_queue.jobs) > 0))
}
expect_used() { wait_for "${1:-60}" is_used || fail "the device is not used again"; }
expect_all_free() { wait_for 60 all_queues_are_free || fail "${1:-at the end}: $(available) of $QUEUES queues are free"; }

# The kernel has nothing to complain about. check_kernel_log looks at what is new since the last time.
TROUBLE='WARNING:|BUG:|Oops|Call Trace|general protection|refcount_t|use-after-free|scheduling while atomic|blocked for more than|DMAR:.*[Ff]ault|segfault'
# What a guest expects of its machine; nothing.
NOTHING='^$'
TOLERATED=$NOTHING
# With shared addresses, from the death of a process with jobs on the device until the next check_kernel_log: one kind
# of report by the emulated IOMMU about this device, with the line that announces it. The process's address space goes
# before its queues are stopped, and the kernel turns the PASID's table entry into one that is not present and has FPD,
# "fault processing disable", set: what the device still asks for has to fail without a report. QEMU (11.1,
# vtd_ce_get_pasid_fpd()) looks at the entry's type before it looks at FPD, takes the type 0 of a cleared entry for an
# invalid one, reason 0x5b, and reports that, without a PASID. Hardware looks at the present bit first. A translation
# that fails otherwise has another reason (0x71 and others), an access outside of shared addresses another one again;
# both stay failures. (Status 3 is that there was more to report than the IOMMU has registers for: one.)
tolerate_dead_processes() {
    local device
    device=$(address)
    TOLERATED="DMAR: DRHD: handling fault status reg [0-9a-f]*[23]\$|\
DMAR: \[DMA (Read|Write) NO_PASID\] Request device \[$device\] fault addr 0x[0-9a-f]+ \[fault reason 0x5b\]"
}
check_kernel_log() {
    dmesg -c >/tmp/dmesg
    cat /tmp/dmesg >>/out/dmesg
    ! grep -v -E "$TOLERATED" /tmp/dmesg | grep -E "$TROUBLE" >&3 || fail "the kernel's log has warnings"
}

# pass: everything was checked.
pass() {
    check_kernel_log
    trap - EXIT
    printf '@result pass\n' >&3
    exit 0
}
