# SPDX-License-Identifier: Zlib
# V5: mainline's hisi_zip. The library finds its node by sysfs and speaks to queues that a driver of somebody else's has made.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
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

check_kernel_log
say "80 clients killed"
kill_clients 1 1
expect_all_free "$killed killed clients"
expect_used
tolerate_dead_processes
check_kernel_log
TOLERATED=$NOTHING

# The driver's own answers: it stops a queue whose ring is broken, and all of them for a reset.
under bad_status status,after=5,count=3,detail=130
under ring_not_accessible ring,after=5

FUNCTION=/sys/bus/pci/devices/$(address)
say "FLR under streams"
start_endless "$FILE"
client=$!
wait_for 30 is_busy || fail "the client opens no queue"
write "$FUNCTION/reset" 1 || fail "FLR"
expect_used
kill -0 "$client" || fail "the client did not outlive the FLR"
tolerate_dead_processes
kill -9 "$client"
wait "$client" 2>/dev/null
expect_all_free "FLR"

# The driver does not let go of a device that has users: unbinding waits until the last of them has closed its queue,
# and what they do meanwhile is done. It has no answer to a device that is taken away.
say "unbinding under streams"
start_endless "$FILE"
client=$!
wait_for 30 is_busy || fail "the client opens no queue"
write "/sys/bus/pci/drivers/hisi_zip/unbind" "${FUNCTION##*/}" &
unbinding=$!
sleep 5
kill -0 "$unbinding" 2>/dev/null || fail "unbinding did not wait for a user"
kill -0 "$client" 2>/dev/null || fail "the client did not outlive an unbinding that waits"
client /out/unbind.stats "$FILE" 2 || fail "a client failed while an unbinding waits"
(($(sum_of /out/unbind.stats deflate_queue.jobs) > 0)) || fail "no new queue while an unbinding waits"
kill -9 "$client"
wait "$client" 2>/dev/null
wait "$unbinding" || fail "unbind"
wait_for 30 has_no_node || fail "a node is left after unbind"
client /out/unbound.stats "$FILE" 1 || fail "a client failed without the device"
write "/sys/bus/pci/drivers/hisi_zip/bind" "${FUNCTION##*/}" || fail "bind"
find_device || fail "no node after bind"
expect_used
expect_all_free "unbind and bind"
rmmod hisi_zip && rmmod hisi_qm && rmmod uacce || fail "the modules do not go"
pass
