# SPDX-License-Identifier: Zlib
# A step of V1: the guest as a host, whose accelerator is behind that of another machine. warpz-vdev on the device node, driven by
# the client of test_vdev; nine tenths of all bytes on the device, by the process's count and by the device's own. Then a
# device that lies: found out, and the outputs are right in spite of it. Sourced by bounce.sh.
# shellcheck shell=bash

# through_vdev OUT: the small files there and back; sets BYTES, BY_CORES and FAILURES of what the process has counted.
through_vdev() {
    local socket=/tmp/vdev.sock pid status=0
    mkdir "/out/$1"
    "$VM_STAGE/bin/warpz-vdev" --socket "$socket" --backing "/dev/$DEVICE" --queues 2 2>"/out/$1.log" &
    pid=$!
    wait_for 30 test -S "$socket" || fail "warpz-vdev does not listen: $(cat "/out/$1.log")"
    "$VM_STAGE/bin/test_vdev" --report_level=short --run_test=@socket -- "$socket" "$VM_STAGE/small" "$VM_STAGE/packed-small" \
        "/out/$1" >&3 2>&3 || status=$?
    # A client that is gone is told of a little later.
    both_are_gone() { (($(grep -c 'the client is gone' "/out/$1.log") == 2)); }
    wait_for 30 both_are_gone "$1" || fail "warpz-vdev keeps its clients: $(cat "/out/$1.log")"
    kill "$pid"
    wait "$pid"
    cat "/out/$1.log" >&3
    ((status == 0)) || fail "test_vdev on /dev/$DEVICE"
    BYTES=$(sum_of "/out/$1.log" device_bytes) BY_CORES=$(sum_of "/out/$1.log" core_bytes)
    FAILURES=$(sum_of "/out/$1.log" device_failures)
}

say "warpz-vdev on /dev/$DEVICE"
host counters >/dev/null
before=$(($(host_counter in) + $(host_counter out)))
through_vdev vdev
expect_share "through warpz-vdev" "$BYTES" $((BYTES + BY_CORES))
((FAILURES == 0)) || fail "$FAILURES failures of a good device"
host counters >/dev/null
expect_share "as the device counts" $(($(host_counter in) + $(host_counter out) - before)) $((BYTES + BY_CORES))

say "warpz-vdev on a device that lies"
host fault flip,after=5,count=3,detail=999 >/dev/null
through_vdev vdev_lie
host fault none >/dev/null
((FAILURES > 0 && BY_CORES > 0 && BYTES > 0)) || fail "$FAILURES failures, $BY_CORES bytes by cores, $BYTES by the device"
