# SPDX-License-Identifier: Zlib
# V3 and V4: suspend (to idle, to memory) while streams are in flight. The guest's root is over a device that does not survive
# that, so what goes on meanwhile lives in memory: this script moves there and begins again.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
ROOT=/dev/shm/root

# Programs with their libraries, at the places that they have here.
copy() { cp -L --parents "$@" "$ROOT"; }
with_libraries() { copy "$@" && ldd "$@" | grep -o '/[^ :]*' | sort -u | xargs cp -L --parents -t "$ROOT"; }
move_to_memory() {
    local folder
    mkdir -p "$ROOT"/{usr/{bin,sbin,lib,lib64},proc,sys,dev,out,tmp,bin.busybox}
    for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$ROOT/$folder"; done
    with_libraries /usr/bin/{bash,python3} "$VM_STAGE"/lib/libwarpz-preload.so "$VM_STAGE/bin/client" || return
    copy /usr/lib/python3.*/os.py "$VM_STAGE"/{guest,small,packed-small}/* || return
    # What streams.py imports.
    /usr/bin/python3 -c 'import os, pathlib, sys, zlib
for module in set(sys.modules.values()):
    if getattr(module, "__file__", None): print(module.__file__)' | xargs cp -L --parents -t "$ROOT" || return
    cp /bin/busybox "$ROOT/bin.busybox" && "$ROOT/bin.busybox/busybox" --install -s "$ROOT/bin.busybox"
    for folder in proc sys dev; do mount --rbind "/$folder" "$ROOT/$folder" || return; done
    mount --move /out "$ROOT/out"
}
if [[ ! ${VM_IN_MEMORY:-} ]]; then
    load_driver
    move_to_memory >&3 2>&3 || fail "the programs do not move to memory"
    exec env LC_ALL=C VM_IN_MEMORY=yes PATH="$PATH:/usr/bin:/bin.busybox" chroot "$ROOT" /bin/bash "$VM_STAGE/guest/suspend.sh"
fi

find_device || fail "no device in here"
QUEUES=$(available)
RESULTS=/results
mkdir -p $RESULTS
WAY_OUT=$(basename "$(dirname "$(grep -l out /sys/bus/virtio/drivers/9pnet_virtio/*/mount_tag)")")
umount /out || fail "/out is in use"

# asleep STATE: all devices are suspended in all phases; instead of stopping its processors for that state the kernel
# wakes them again. (From S3 proper the emulated machine, its kernel started uncompressed, comes back by a reset.)
asleep() { write /sys/power/state "$1"; }
write /sys/module/suspend/parameters/pm_test_delay 1 && write /sys/power/pm_test platform || fail "this kernel does not try a suspend"
grep -q '\[deep\]' /sys/power/mem_sleep || write /sys/power/mem_sleep deep || fail "this machine has no S3"
for state in freeze mem; do
    trace_calls wz_suspend wz_wake
    during "suspend.$state" asleep "$state"
    expect_calls wz_suspend wz_wake
    expect_used
    expect_all_free "$state"
done
(($(dmesg | grep -c 'PM: suspend exit') == 2)) || fail "it was not asleep"
dmesg | grep 'PM: suspend' >&3

write /sys/bus/virtio/drivers/9pnet_virtio/unbind "$WAY_OUT" && write /sys/bus/virtio/drivers/9pnet_virtio/bind "$WAY_OUT" &&
    mount -t 9p -o trans=virtio,version=9p2000.L,rw,cache=none out /out && cp -r $RESULTS/. /out || fail "/out does not come back"
pass
