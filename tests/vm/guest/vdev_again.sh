# SPDX-License-Identifier: Zlib
# V8, second guest: what another process left at the socket's path does not keep the accelerator away, and a restart of the
# machine, with the device at work, leaves a fresh one.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)
expect_used
expect_all_free
if [[ ! -e /out/was_here ]]; then
    touch /out/was_here
    start_endless "$VM_STAGE/data/sample00"
    sleep 2
    say "restart"
    trap - EXIT
    echo b >/proc/sysrq-trigger
    sleep 600
fi
pass
