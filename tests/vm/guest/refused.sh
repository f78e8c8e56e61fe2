# SPDX-License-Identifier: Zlib
# V6: hardware that shares addresses, and a kernel whose uacce says so although each bind is refused: bounce mode.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
say "Linux $(uname -r)"
load_driver
QUEUES=$(available)
grep -q 'warpz_zip.*no shared virtual addresses' <<<"$(dmesg)" || fail "no bind was tried, or none refused"
[[ $(cat "$NAMES/$DEVICE/device/address_mode") == bounce && $(cat "$NAMES/$DEVICE/flags") == 0 ]] || fail "not in bounce mode"
main_path
host counters >counters
(($(host_counter page_requests) == 0)) || fail "page requests in bounce mode"
"$VM_STAGE/bin/vm_client" edges "$DEVICE" >&3 || fail "vm_client edges"
expect_all_free
rmmod warpz_zip || fail "the module does not go"
pass
