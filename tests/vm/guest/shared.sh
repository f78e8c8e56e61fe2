# SPDX-License-Identifier: Zlib
# V4, first guest: descriptors name the process's own addresses, and pages that are not there yet are asked for.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
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
rmmod warpz_zip && rmmod uacce || fail "the modules do not go"
pass
