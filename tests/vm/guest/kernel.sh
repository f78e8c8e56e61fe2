# SPDX-License-Identifier: Zlib
# The main path on another kernel: programs, the rules of the node, an FLR, and the module gone again.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
say "Linux $(uname -r)"
load_driver
QUEUES=$(available)
main_path
"$VM_STAGE/bin/vm_client" edges "$DEVICE" >&3 || fail "vm_client edges"
echo 1 >"$NAMES/$DEVICE/device/reset" || fail "FLR"
expect_used
expect_all_free
rmmod warpz_zip && rmmod uacce || fail "the modules do not go"
pass
