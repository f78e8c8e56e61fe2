# SPDX-License-Identifier: Zlib
# V3 and V4: the device is reset, reports errors of its bus, is unbound, removed and unplugged, and vanishes, while
# programs have it mapped and streams are in flight. Programs go on in software and come back to the device when it is
# there again.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)
PLACE=$(address)
FUNCTION=/sys/bus/pci/devices/$PLACE
DRIVER=/sys/bus/pci/drivers/warpz_zip
MODE=$(cat "$FUNCTION/address_mode")

# serves_again AFTER: as it did before.
serves_again() {
    find_device || fail "$1: no node afterwards"
    [[ $(cat "$FUNCTION/address_mode") == "$MODE" ]] || fail "$1: another address mode"
    expect_used
    expect_all_free "$1"
}

during function_reset write "$FUNCTION/reset" 1
serves_again "function reset"

twice() { write "$FUNCTION/reset" 1 && sleep 1 && write "$FUNCTION/reset" 1; }
during two_resets twice
serves_again "two resets"

# bus_error ERROR: by the root port's interrupt, the kernel's recovery and the driver's part in it.
recovered() { (($(dmesg | grep -c 'device recovery successful') == RECOVERIES)); }
RECOVERIES=0
bus_error() {
    ((++RECOVERIES))
    host aer "$1" >/dev/null && wait_for 30 recovered
}
for error in COMP_ABORT MALF_TLP; do
    trace_calls wz_error_detected wz_slot_reset wz_resume
    during "bus_error.$error" bus_error "$error"
    expect_calls wz_error_detected wz_slot_reset wz_resume
    serves_again "$error"
done
dmesg | grep -E 'AER: .*(Fatal|Non-Fatal|reset)|recovery' >&3

during unbind write "$DRIVER/unbind" "$PLACE"
has_no_node || fail "a node is left after unbind"
write "$DRIVER/bind" "$PLACE" || fail "bind"
serves_again "unbind and bind"

during removal write "$FUNCTION/remove" 1
wait_for 30 has_no_node || fail "a node is left after remove"
write /sys/bus/pci/rescan 1
serves_again "remove and rescan"

"$VM_STAGE/bin/vm_client" outlive "$DEVICE" 900 >/out/outlive.log 2>&1 &
outliver=$!
wait_for 30 grep -q working /out/outlive.log || fail "a user of the node does not start"
during unplug host unplug
wait "$outliver" || { cat /out/outlive.log >&3; fail "a user of the node does not survive its device"; }
wait_for 30 has_no_node || fail "a node is left after unplugging"
host plug >/dev/null || fail "plugging"
wait_for 30 test -e "$FUNCTION" || write /sys/bus/pci/rescan 1
serves_again "unplug and plug"

# All registers read as ones, without notice.
during vanished host fault gone
host fault none >/dev/null
write "$FUNCTION/remove" 1
wait_for 30 has_no_node || fail "a vanished device's node stays"
write /sys/bus/pci/rescan 1
serves_again "a vanished device"

# The module stays while a queue is open, and goes without a trace when none is.
start_endless "$VM_STAGE/small/sample00"
holder=$!
wait_for 30 is_working || fail "the client opens no queue"
! rmmod warpz_zip 2>/dev/null || fail "the module goes while a queue is open"
is_working || fail "the client's queue is gone"
check_kernel_log
is_sva && tolerate_dead_processes
kill -9 "$holder"
wait "$holder" 2>/dev/null
expect_all_free "a killed holder"
check_kernel_log
TOLERATED=$NOTHING
rmmod warpz_zip || fail "the module does not go"
has_no_node || fail "a node is left after rmmod"
insmod "$MODULES/warpz_zip.ko" || fail "the module does not come back"
serves_again "the module"
is_sva || main_path
pass
