# SPDX-License-Identifier: Zlib
# V3, third guest: many processes. More than there are queues, a thousand that are killed, forks in mid-stream, a hostile
# one beside honest ones, and a driver that gets no memory.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)
FILE=$VM_STAGE/small/sample03

say "more processes than queues"
clients $((QUEUES + 8)) /out/crowd.stats "$FILE" 3 || fail "a client among many failed"
(($(sum_of /out/crowd.stats reason.busy) > 0)) || say "note: queues sufficed for all"
expect_all_free "many clients"
expect_used

say "forks in mid-stream"
clients 3 /out/fork.stats --fork "$FILE" 6 || fail "a client that forks failed"
expect_all_free "forks"

say "1000 clients killed"
kill_clients 5 20
expect_all_free "$killed killed clients"
expect_used

say "a hostile process beside honest ones"
host counters >/dev/null
before=$(host_counter refused)
"$VM_STAGE/bin/vm_client" hostile "$DEVICE" 1000000 1 >&3 2>&3 &
hostile=$!
turns=0
while kill -0 "$hostile" 2>/dev/null; do
    clients 2 /out/honest.stats "$FILE" 2 || fail "an honest client failed beside a hostile one"
    turns=$((turns + 4))
done
wait "$hostile" || fail "the hostile process was hurt"
host counters >&3
(($(host_counter refused) > before)) || fail "the window check refused nothing"
(($(sum_of /out/honest.stats deflate_queue.jobs) > 0)) || fail "honest clients did not get the device"
say "$turns honest turns meanwhile"
expect_all_free "a hostile process"
expect_used

say "a driver without memory"
rmmod warpz_zip && insmod "$MODULES/warpz_zip_debug.ko" || fail "the debug module does not load"
find_device || fail "no node of the debug module"
for every in 1 2 3; do
    echo "$every" >/sys/module/warpz_zip/parameters/fail_every
    clients 4 /out/memory.stats "$FILE" 2 || fail "a client failed where each allocation number $every does"
done
echo 0 >/sys/module/warpz_zip/parameters/fail_every
expect_used
expect_all_free
pass
