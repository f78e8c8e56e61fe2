# SPDX-License-Identifier: Zlib
# V3 and V4: a device that answers wrongly, late or never, with streams in flight. Programs see no error and no wrong byte;
# afterwards the device is used again and all queues are free.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)

# What an answer says, and how the library judges it, has nothing to do with how descriptors name memory.
in_bounce_mode() { is_sva || "$@"; }

under bad_status status,after=5,count=3,detail=130
in_bounce_mode under bus_status status,after=7,count=2,detail=65
in_bounce_mode under no_space status,after=4,count=2,detail=14
under consumed_too_much consumed,after=5,count=2
under produced_too_much produced,after=6,count=2
# What only decoding shows: WARPZ_VERIFY is for those who do not trust their device's compressor. There is no such thing
# for raw data that it decompresses.
under produced_too_little short,after=3,count=4,detail=9 WARPZ_VERIFY=1 VM_ONLY=deflate
in_bounce_mode under flipped_bit flip,after=3,count=2,detail=4711 WARPZ_VERIFY=1 VM_ONLY=deflate
in_bounce_mode under other_tag tag,after=5
in_bounce_mode under other_index index,after=5
in_bounce_mode under stuck_phase phase,after=5
# With shared addresses a late answer is written to memory that may be somebody else's by then.
under late_answer late,after=5,count=2,detail=3000000
under very_late_answer late,after=5,detail=25000000
under hang hang,after=5
under ring_not_accessible ring,after=5
under failed_device fatal,after=5
under never_stops stuck,after=5
pass
