# SPDX-License-Identifier: Zlib
# V3, second guest: the device is reset, unbound, removed and unplugged, and vanishes, while programs have it mapped and
# streams are in flight. Programs go on in software and come back to the device when it is there again.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)
FUNCTION=/sys/bus/pci/devices/$(basename "$(readlink -f "$NAMES/$DEVICE/device")")
DRIVER=/sys/bus/pci/drivers/warpz_zip

# during NAME COMMAND...: streams, the command in their midst, and the outcome of both.
during() {
    local name=$1 program
    shift
    streams data "/out/$name" &
    program=$!
    wait_for 30 test -s "/out/$name/random.raw" -o -n "$(ls "/out/$name" 2>/dev/null)" || fail "$name: no streams"
    "$@" || fail "$name: $*"
    wait "$program" || { cat "/out/$name.log" >&3; fail "$name: a program failed"; }
    say "$name: $(grep -o 'faults=[0-9]*\|deflate_queue.jobs=[0-9]*\|reason.[a-z]*=[0-9]*' "/out/$name.stats" | tr '\n' ' ')"
}
write() { echo "$2" >"$1"; }
busy() { ! all_queues_are_free; }

during function_reset write "$FUNCTION/reset" 1
expect_used
expect_all_free "function reset"

twice() { write "$FUNCTION/reset" 1 && sleep 1 && write "$FUNCTION/reset" 1; }
during two_resets twice
expect_used

during unbind write "$DRIVER/unbind" "$(basename "$FUNCTION")"
has_no_node || fail "a node is left after unbind"
write "$DRIVER/bind" "$(basename "$FUNCTION")" || fail "bind"
find_device || fail "no node after bind"
expect_used
expect_all_free "unbind and bind"

during removal write "$FUNCTION/remove" 1
wait_for 30 has_no_node || fail "a node is left after remove"
write /sys/bus/pci/rescan 1
find_device || fail "no node after a rescan"
expect_used
expect_all_free "remove and rescan"

"$VM_STAGE/bin/vm_client" outlive "$DEVICE" 900 >/out/outlive.log 2>&1 &
outliver=$!
during unplug host unplug
wait "$outliver" || { cat /out/outlive.log >&3; fail "a user of the node does not survive its device"; }
wait_for 30 has_no_node || fail "a node is left after unplugging"
host plug >/dev/null || fail "plugging"
wait_for 30 test -e "$FUNCTION" || write /sys/bus/pci/rescan 1
find_device || fail "no node after plugging"
expect_used
expect_all_free "unplug and plug"

# All registers read as ones, without notice.
during vanished host fault gone
host fault none >/dev/null
write "$FUNCTION/remove" 1
wait_for 30 has_no_node || fail "a vanished device's node stays"
write /sys/bus/pci/rescan 1
find_device || fail "no node after the device came back"
expect_used
expect_all_free "a vanished device"

# The module stays while a queue is open, and goes without a trace when none is.
start_endless "$VM_STAGE/small/sample00"
holder=$!
wait_for 30 busy || fail "the client opens no queue"
! rmmod warpz_zip 2>/dev/null || fail "the module goes while a queue is open"
kill -9 "$holder"
wait "$holder" 2>/dev/null
expect_all_free "a killed holder"
rmmod warpz_zip || fail "the module does not go"
has_no_node || fail "a node is left after rmmod"
insmod "$MODULES/warpz_zip.ko" || fail "the module does not come back"
find_device || fail "no node after insmod"
expect_used
expect_all_free
pass
