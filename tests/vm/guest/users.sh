# SPDX-License-Identifier: Zlib
# D1: what users of the device node may do, and what the driver does to them. Each rule broken once;
# hostile programs while an honest one works; more openers than queues; a thousand of them killed; a reset, unbinding and
# unplugging under a program that goes on; a module in use; a driver without memory.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
CLIENT=$VM_STAGE/bin/vm_client

# outlive WHAT COMMAND...: a program works, COMMAND takes its device, the program goes on without a signal.
outlive() {
    local what=$1 status=0 log=/tmp/outlive.$1
    shift
    say "under a program: $what"
    "$CLIENT" outlive "$DEVICE" 900 >"$log" 2>&1 &
    local program=$!
    wait_for 30 grep -q working "$log" || fail "$what: the program does not start"
    sleep 1
    "$@" || fail "$what: $*"
    wait "$program" || status=$?
    cat "$log" >&3
    ((status == 0)) || fail "$what: the program ended with $status"
}
by_reset() { echo 1 >"/sys/bus/pci/devices/$(address)/reset"; }
by_unbinding() { address >/sys/bus/pci/drivers/warpz_zip/unbind; }
by_removal() { echo 1 >"/sys/bus/pci/devices/$(address)/remove"; }
by_unplugging() { host unplug; }
rebind() { echo "$1" >/sys/bus/pci/drivers/warpz_zip/bind && find_device; }

load_driver
QUEUES=$(available)
PLACE=$(address)
[[ $(cat "/sys/bus/pci/devices/$PLACE/address_mode") == bounce ]] || fail "not in bounce mode"

say "rules"
"$CLIENT" edges "$DEVICE" >&3 || fail "a rule does not hold"
(($(device_counter window_refusals) > 0)) || fail "the device refused no address"
expect_all_free "rules"

say "four hostile programs"
HOSTILE=()
for seed in 1 2 3 4; do
    "$CLIENT" hostile "$DEVICE" 50000 "$seed" >&3 &
    HOSTILE+=($!)
done
while [[ $(jobs -rp) ]]; do "$CLIENT" work "$DEVICE" 5 >&3 || fail "an honest program among hostile ones"; done
for process in "${HOSTILE[@]}"; do wait "$process" || fail "a hostile program ended with $?"; done
expect_all_free "hostile programs"
(($(device_counter resets) == 0 && $(device_counter queue_errors) == 0 && $(device_counter drain_timeouts) == 0)) ||
    fail "the device had to be reset, or to stop a queue"

say "more programs than queues, and a thousand killed"
"$CLIENT" hold "$DEVICE" "$QUEUES" 3600 >hold.log &
wait_for 30 grep -q "hold: $QUEUES" hold.log || fail "not all queues can be had"
(($(available) == 0)) || fail "available_instances"
! "$CLIENT" hold "$DEVICE" 1 0 >&3 || fail "a queue too many"
kill -9 %% && wait
expect_all_free "one killed"
before=$(device_counter opened)
"$CLIENT" storm "$DEVICE" 1000 >&3 || fail "the storm"
say "of a thousand clients, $(($(device_counter opened) - before)) had a queue"
expect_all_free "a thousand killed"

outlive "a reset" by_reset
outlive "unbinding" by_unbinding
rebind "$PLACE" || fail "bind"
outlive "removal" by_removal
echo 1 >/sys/bus/pci/rescan && find_device || fail "rescan"
outlive "unplugging" by_unplugging
wait_for 10 has_no_node || fail "the node stays"
host plug >&3 && find_device || fail "plug"
"$CLIENT" work "$DEVICE" 2 >&3 || fail "work after plugging"

say "faults of the device"
for fault in fatal ring; do
    outlive "$fault" host fault "$fault"
    wait_for 60 "$CLIENT" work "$DEVICE" 1 >&3 || fail "$fault: the device does not work again"
    expect_all_free "$fault"
done
# A queue that never stops: the program gives up, and closing its file resets the device.
"$CLIENT" work "$DEVICE" 900 >stuck.log &
sleep 1
host fault stuck
! wait $! || fail "stuck: the program got its answers"
grep -q "no answer" stuck.log || fail "stuck: $(cat stuck.log)"
expect_all_free "stuck"
"$CLIENT" work "$DEVICE" 1 >&3 || fail "stuck: the device does not work again"
(($(device_counter drain_timeouts) == 1 && $(device_counter queue_errors) > 0)) || fail "the faults were not counted"

say "isolation"
(($(cat "$NAMES/$DEVICE/isolate_strategy") > 0)) || fail "isolate_strategy"
echo 1 >"$NAMES/$DEVICE/isolate_strategy"
outlive "a last error" host fault fatal
wait_for 10 grep -q 1 "$NAMES/$DEVICE/isolate" || fail "not isolated"
(($(available) == 0)) || fail "an isolated device offers queues"
! "$CLIENT" hold "$DEVICE" 1 0 >&3 || fail "a queue of an isolated device"
! echo 5 2>/dev/null >"$NAMES/$DEVICE/isolate_strategy" || fail "isolate_strategy of an isolated device"
by_reset && grep -q 0 "$NAMES/$DEVICE/isolate" || fail "a reset does not end isolation"
expect_all_free "isolation"

say "the module"
"$CLIENT" hold "$DEVICE" 1 3600 >hold.log &
wait_for 30 grep -q "hold: 1" hold.log || fail "no queue to hold the module by"
! rmmod warpz_zip 2>/dev/null || fail "a module in use was unloaded"
kill -9 %% && wait
expect_all_free "the holder killed"
rmmod warpz_zip || fail "rmmod"

say "no memory"
insmod "$MODULES/warpz_zip_debug.ko" fail_every=3 || fail "the debug module does not load"
find_device || fail "no device"
for seed in 5 6; do "$CLIENT" hostile "$DEVICE" 20000 "$seed" >&3 || fail "hostile without memory"; done
(($(device_counter refused) > 0)) || fail "no allocation failed"
echo 0 >/sys/module/warpz_zip/parameters/fail_every
expect_all_free "no memory"
"$CLIENT" work "$DEVICE" 2 >&3 || fail "work with memory"
pass
