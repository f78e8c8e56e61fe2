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
beside_hostile 1000000
host counters >&3
(($(host_counter refused) > before)) || fail "the window check refused nothing"

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
