# SPDX-License-Identifier: Zlib
# V1: the main path. Streams through libz.so.1 and through the preload shim in an unmodified program, nine tenths of
# their bytes over /dev; streams of another zlib decompressed; the conformance suite; the tool's own check.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)
TOTAL=0
for way in library preload; do
    if [[ $way == library ]]; then entry=("${LIBRARY[@]}"); else entry=("${PRELOAD[@]}"); fi
    say "streams through the $way"
    on_device "${entry[@]}" WARPZ_STATS="/out/stats.$way" \
        /usr/bin/python3 "$VM_STAGE/guest/streams.py" "$VM_STAGE/data" "$VM_STAGE/packed-data" "/out/$way" >"bytes.$way" ||
        fail "streams.py through the $way"
    IFS=, read -r deflated inflated < <(sed 's/bytes=//' "bytes.$way")
    cat "/out/stats.$way" >&3
    expect_share "compressed through the $way" "$(sum_of "/out/stats.$way" deflate_queue.in_bytes)" "$deflated"
    expect_share "decompressed through the $way" "$(sum_of "/out/stats.$way" inflate_queue.out_bytes)" "$inflated"
    TOTAL=$((TOTAL + deflated))
done
((TOTAL >= 40 << 20)) || fail "only $TOTAL bytes of data"
# The device's own word.
host counters >counters
expect_share "compressed, as the device counts" "$(host_counter in)" "$TOTAL"
(($(host_counter failed) == 0 && $(host_counter refused) == 0)) || fail "the device had to refuse something"

say "warpzctl"
on_device "$VM_STAGE/bin/warpzctl" devices >&3 || fail "warpzctl devices"
on_device "$VM_STAGE/bin/warpzctl" check >&3 || fail "warpzctl check"

say "the node itself"
"$VM_STAGE/bin/vm_client" edges "$DEVICE" >&3 || fail "vm_client edges"

say "sequences for zstd"
on_device "$VM_STAGE/bin/test_zstd" --report_level=short >&3 2>&3 || fail "test_zstd"

say "conformance"
# What walks over every length and every split is left to the suite's own runs: here each call is emulated.
SUITES=deflate_dictionary:deflate_flush:deflate_lifecycle:inflate_control:inflate_dictionary:inflate_header:init:oneshot
on_device "$VM_STAGE/bin/test_conformance" --report_level=short --run_test="$SUITES" >/out/conformance.log 2>&1 || {
    grep -m 5 "error: in" /out/conformance.log >&3
    fail "the conformance suite"
}
tail -n 5 /out/conformance.log >&3
. "$VM_STAGE/guest/vdev_backing.sh"
wait_for 30 all_queues_are_free || fail "$(available) of $QUEUES queues are free at the end"
pass
