# SPDX-License-Identifier: Zlib
# V4: descriptors name the process's own addresses. Pages that are not there yet are asked for; copy-on-write, killed
# processes with requests under way, faults, resets and more processes than queues, as in bounce mode.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
# A process that is killed loses its address space before its queues are stopped. The kernel then has the IOMMU pass over
# what a device still asks of it (FPD in the PASID's entry), but the emulated one tells each such request.
TOLERATED='DMAR: DRHD: handling fault status|DMAR: \[DMA (Read|Write) NO_PASID\].*fault reason 0x5b'
say "Linux $(uname -r)"
load_driver
QUEUES=$(available)
[[ $(cat "$NAMES/$DEVICE/device/address_mode") == sva && $(cat "$NAMES/$DEVICE/flags") == 1 ]] || {
    dmesg | grep -i -E 'warpz|dmar|iommu' >&3
    fail "not in SVA mode"
}
main_path
host counters >counters
cat counters >&3
(($(host_counter page_requests) > 0)) || fail "no page was asked for"
expect_all_free "the main path"

say "sequences for zstd"
on_device "$VM_STAGE/bin/test_zstd" --report_level=short >&3 2>&3 || fail "test_zstd"

say "rules of the node"
"$VM_STAGE/bin/vm_client" edges "$DEVICE" >&3 || fail "vm_client edges"

FILE=$VM_STAGE/small/sample03

# Both go on with both streams after the fork: their buffers are copy-on-write for the device as for the processor.
say "forks in mid-stream"
clients 3 /out/fork.stats --fork "$FILE" 4 || fail "a client that forks failed"
(($(sum_of /out/fork.stats deflate_queue.jobs) > 0)) || fail "the forking clients did not use the device"
expect_all_free "forks"

say "more processes than queues"
clients $((QUEUES + 8)) /out/crowd.stats "$FILE" 2 || fail "a client among many failed"
expect_all_free "many clients"

say "240 clients killed"
kill_clients 1 5
expect_all_free "$killed killed clients"
expect_used

say "a hostile process beside honest ones"
beside_hostile 30000

for fault in status,after=5,count=3,detail=130 hang,after=5 ring,after=5 fatal,after=5 stuck,after=5; do
    say "fault $fault"
    host fault "$fault" >/dev/null || fail "the device does not know $fault"
    streams small "/out/${fault%%,*}" || { cat "/out/${fault%%,*}.log" >&3; fail "$fault: a program failed"; }
    /usr/bin/python3 "$VM_STAGE/verify.py" check "$VM_STAGE/small" "/out/${fault%%,*}" >&3 || fail "$fault: wrong bytes"
    host fault none >/dev/null
    expect_used
    expect_all_free "$fault"
done

say "FLR under streams"
start_endless "$FILE"
client=$!
sleep 2
echo 1 >"$NAMES/$DEVICE/device/reset" || fail "FLR"
expect_used
kill -9 "$client"
wait "$client" 2>/dev/null
expect_all_free "FLR"

say "unplugging under streams"
start_endless "$FILE"
client=$!
sleep 2
host unplug >/dev/null || fail "unplugging"
wait_for 30 has_no_node || fail "a node is left after unplugging"
kill -0 "$client" 2>/dev/null || fail "the client did not outlive its device"
host plug >/dev/null || fail "plugging"
find_device || fail "no node after plugging"
[[ $(cat "$NAMES/$DEVICE/device/address_mode") == sva ]] || fail "not in SVA mode after plugging"
expect_used
kill -9 "$client"
wait "$client" 2>/dev/null
expect_all_free "plugging"
rmmod warpz_zip && rmmod uacce || fail "the modules do not go"
pass
