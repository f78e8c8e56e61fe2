# SPDX-License-Identifier: Zlib
# V8: the accelerator is a process of the host. The main path; an FLR; the process killed with streams under way, which end
# in software with the right bytes; nothing of it left, programs in software; the process again.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
is_past() { (($(device_counter descriptors) > $1)); }

load_driver
QUEUES=$(available)
main_path
IFS=, read -r deflated inflated < <(sed 's/bytes=//' /out/preload.log)
expect_share "read, as the device counts" "$(device_counter bytes_in)" "$deflated"
expect_share "written, as the device counts" "$(device_counter bytes_out)" "$inflated"
(($(device_counter failed) == 0 && $(device_counter window_refusals) == 0)) || fail "the device had to refuse something"
expect_all_free "after the main path"

say "FLR"
echo 1 >"$NAMES/$DEVICE/device/reset" || fail "FLR"
expect_used
expect_all_free "after the FLR"

say "killed with streams under way"
before=$(device_counter descriptors)
# Proving each packet leaves time without a message: QEMU 11.1.3 fails an assertion when a process dies with one unread.
streams data /out/killed WARPZ_VERIFY=1 &
pid=$!
wait_for 120 is_past $((before + 20)) || fail "the streams do not begin"
host kill >/dev/null || fail "the process cannot be killed"
wait "$pid" || { cat /out/killed.log >&3; fail "a program failed when its device died"; }
IFS=, read -r deflated inflated < <(sed 's/bytes=//' /out/killed.log)
bytes=$(sum_of /out/killed.stats deflate_queue.in_bytes)
((bytes > 0 && bytes < deflated)) || fail "$bytes of $deflated bytes went over the device: it was not killed in between"
say "of $deflated bytes $bytes on the device, the others in software"

say "without it"
streams small /out/dead || { cat /out/dead.log >&3; fail "a program failed without the device"; }
(($(sum_of /out/dead.stats deflate_queue.in_bytes) == 0)) || fail "bytes went over a dead device"

say "a new process, of which this machine knows nothing"
host start >/dev/null || fail "the process does not start again"
streams small /out/after || { cat /out/after.log >&3; fail "a program failed after the restart"; }
pass
