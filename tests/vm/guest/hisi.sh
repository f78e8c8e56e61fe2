# SPDX-License-Identifier: Zlib
# V5: mainline's hisi_zip. The library finds its node by sysfs and speaks to queues that a driver of somebody else's has made.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
# As in shared.sh: a killed process's address space goes before its queues stop.
TOLERATED='DMAR: DRHD: handling fault status|DMAR: \[DMA (Read|Write) NO_PASID\].*fault reason 0x5b'
say "Linux $(uname -r)"
{ read -r image; mapfile -t needs; } <"$MODULES/needs"
((${#needs[@]} == 0)) || modprobe -d "$image" -a "${needs[@]}" || fail "${needs[*]} do not load"
insmod "$MODULES/uacce.ko" && insmod "$MODULES/hisi_qm.ko" && insmod "$MODULES/hisi_zip.ko" uacce_mode=1 pf_q_num=64 ||
    fail "mainline's modules do not load"
find_device || { dmesg | grep -i -E 'hisi|uacce|dmar|iommu' >&3; fail "no device appears in $NAMES"; }
api=$(cat "$NAMES/$DEVICE/api")
say "device $DEVICE: $api, flags $(cat "$NAMES/$DEVICE/flags"), $(tr '\n' ' ' <"$NAMES/$DEVICE/algorithms")"
case $(cat "$NAMES/$DEVICE/device/revision")/$api/$(cat "$NAMES/$DEVICE/flags") in
    0x21/hisi_qm_v2/1 | 0x30/hisi_qm_v3/1) ;;
    *) fail "that is not the device that was plugged in, or not with SVA" ;;
esac
QUEUES=$(available)

say "streams"
case $api in
    hisi_qm_v2) main_path wrapped ;;
    *) main_path ;;
esac
host counters >counters
cat counters >&3
(($(host_counter failed) == 0 && $(host_counter bad_doorbells) == 0)) || fail "the device had to refuse something"
expect_all_free "the main path"

say "warpzctl"
on_device "$VM_STAGE/bin/warpzctl" devices >&3 || fail "warpzctl devices"
on_device "$VM_STAGE/bin/warpzctl" check >&3 || fail "warpzctl check"

FILE=$VM_STAGE/small/sample03
say "a fork in mid-stream"
client /out/fork.stats --fork "$FILE" 2 || fail "a client that forks failed"
(($(sum_of /out/fork.stats deflate_queue.jobs) > 0)) || fail "the forking client did not use the device"

say "80 clients killed"
kill_clients 1 1
expect_all_free "$killed killed clients"
expect_used

# The driver's own answers: it stops a queue whose ring is broken, and all of them for a reset.
for fault in status,after=5,count=3,detail=130 ring,after=5; do
    say "fault $fault"
    host fault "$fault" >/dev/null || fail "the device does not know $fault"
    streams small "/out/${fault%%,*}" || { cat "/out/${fault%%,*}.log" >&3; fail "$fault: a program failed"; }
    /usr/bin/python3 "$VM_STAGE/verify.py" check "$VM_STAGE/small" "/out/${fault%%,*}" >&3 || fail "$fault: wrong bytes"
    host fault none >/dev/null
    expect_used
    expect_all_free "$fault"
done
say "FLR"
echo 1 >"$NAMES/$DEVICE/device/reset" || fail "FLR"
expect_used
expect_all_free "FLR"
rmmod hisi_zip && rmmod hisi_qm && rmmod uacce || fail "the modules do not go"
pass
