# SPDX-License-Identifier: Zlib
# V3, first guest: a device that answers wrongly, late or never, with streams in flight. Programs see no error and no
# wrong byte; afterwards the device is used again and all queues are free.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)

# under NAME FAULT [ENVIRONMENT...]: streams while the fault strikes; it has to have struck.
under() {
    local name=$1 fault=$2 before
    shift 2
    host fault "$fault" >/dev/null || fail "$name: the device does not know $fault"
    before=$(host_counter faults)
    streams small "/out/$name" "$@" || { cat "/out/$name.log" >&3; fail "$name: a program failed"; }
    /usr/bin/python3 "$VM_STAGE/verify.py" check "$VM_STAGE/small" "/out/$name" >&3 || fail "$name: wrong bytes"
    host fault none >/dev/null
    (($(host_counter faults) > before)) || fail "$name: the fault did not strike"
    expect_used
    expect_all_free "$name"
    say "$name: $(grep -o 'faults=[0-9]*\|retries=[0-9]*\|deflate_queue.jobs=[0-9]*' "/out/$name.stats" | tr '\n' ' ')"
}

under bad_status status,after=5,count=3,detail=130
under bus_status status,after=7,count=2,detail=65
under no_space status,after=4,count=2,detail=14
under consumed_too_much consumed,after=5,count=2
under produced_too_much produced,after=6,count=2
# What only decoding shows: WARPZ_VERIFY is for those who do not trust their device's compressor. There is no such thing
# for raw data that it decompresses.
under produced_too_little short,after=3,count=4,detail=9 WARPZ_VERIFY=1 VM_ONLY=deflate
under flipped_bit flip,after=3,count=2,detail=4711 WARPZ_VERIFY=1 VM_ONLY=deflate
under other_tag tag,after=5
under other_index index,after=5
under stuck_phase phase,after=5
under late_answer late,after=5,count=2,detail=3000000
under very_late_answer late,after=5,detail=25000000
under hang hang,after=5
under ring_not_accessible ring,after=5
under failed_device fatal,after=5
under never_stops stuck,after=5
pass
