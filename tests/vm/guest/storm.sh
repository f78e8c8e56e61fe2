# SPDX-License-Identifier: Zlib
# V3 and V4: many processes. More than there are queues, a thousand that are killed, forks in mid-stream, a hostile one beside
# honest ones, and a driver that gets no memory.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)
FILE=$VM_STAGE/small/sample03
# Pages that come and go make each of a hostile process's rounds longer.
if is_sva; then ROUNDS=30000; else ROUNDS=1000000; fi

say "more processes than queues"
clients $((QUEUES + 8)) /out/crowd.stats "$FILE" 3 || fail "a client among many failed"
expect_all_free "many clients"

# Streams that begin in software since others hold all queues, and come to the device once these are gone.
"$VM_STAGE/bin/vm_client" hold "$DEVICE" "$QUEUES" 3600 >/tmp/hold.log &
holder=$!
wait_for 30 grep -q "hold: $QUEUES" /tmp/hold.log || fail "not all queues can be held"
touch /tmp/goes_on
streams small /out/held VM_WHILE=/tmp/goes_on &
program=$!
wait_for 60 test -s /out/held/sample00.zlib || fail "no streams without a queue"
kill -9 "$holder"
wait "$holder" 2>/dev/null
wait_for 60 is_working || fail "streams that have begun without a queue do not come to the device"
rm /tmp/goes_on
wait "$program" || { cat /out/held.log >&3; fail "a program that found no queue failed"; }
(($(sum_of /out/held.stats reason.busy) > 0)) || fail "the streams had a queue from the beginning"
expect_all_free "held queues"
expect_used

# Both go on with both streams after the fork: with shared addresses their buffers are copy-on-write for the device as for the
# processor.
say "forks in mid-stream"
clients 3 /out/fork.stats --fork "$FILE" 6 || fail "a client that forks failed"
(($(sum_of /out/fork.stats deflate_queue.jobs) > 0)) || fail "the forking clients did not use the device"
expect_all_free "forks"

check_kernel_log
say "1000 clients killed"
kill_clients 5 20
expect_all_free "$killed killed clients"
expect_used
is_sva && tolerate_dead_processes
check_kernel_log

say "a hostile process beside honest ones"
host counters >/dev/null
before=$(host_counter refused)
beside_hostile "$ROUNDS"
host counters >&3
is_sva || (($(host_counter refused) > before)) || fail "the window check refused nothing"
check_kernel_log
TOLERATED=$NOTHING

say "a driver without memory"
rmmod warpz_zip && insmod "$MODULES/warpz_zip_debug.ko" || fail "the debug module does not load"
find_device || fail "no node of the debug module"
for every in 1 2 3; do
    echo "$every" >/sys/module/warpz_zip/parameters/fail_every
    clients 4 /out/memory.stats "$FILE" 2 || fail "a client failed where each allocation number $every does"
done
echo 0 >/sys/module/warpz_zip/parameters/fail_every
(($(device_counter refused) > 0)) || fail "no allocation failed"
expect_used
expect_all_free
pass
