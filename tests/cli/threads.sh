#!/bin/sh
# SPDX-License-Identifier: Zlib
# Many cores: in use unless WARPZ_THREADS says otherwise, and the same bytes whatever their number.
. "$(dirname "$0")/lib.sh"
unset WARPZ_CONF WARPZ_DEVICE WARPZ_THREADS WARPZ_MIN_BYTES WARPZ_REPRODUCIBLE
WARPZ_STATS=$scratch/stats
export WARPZ_STATS

# compress [SETTING]: packs the file with SETTING in the environment.
compress() {
    rm -f "$WARPZ_STATS"
    run env "$@" "$warpz" -nc plain
    expect_status 0
    mv "$out" packed.gz
    check "$*: contents" sh -c '"$1" -dc packed.gz | cmp - plain' sh "$warpz"
}
used_pool() { grep -qs ' pool\.jobs=[1-9]' "$WARPZ_STATS"; }

sample 6000000 >plain
compress -u WARPZ_THREADS
check 'the default uses the pool' used_pool
mv packed.gz default.gz
for threads in 1 2 7 auto; do
    compress WARPZ_THREADS=$threads
    check "WARPZ_THREADS=$threads uses the pool" used_pool
    check "WARPZ_THREADS=$threads: bytes" cmp packed.gz default.gz
done
for setting in WARPZ_THREADS=0 WARPZ_REPRODUCIBLE=1; do
    compress "$setting"
    if used_pool; then fail "$setting uses the pool"; fi
done

# A small file is not worth a thread.
sample 50000 >plain
compress -u WARPZ_THREADS
if used_pool; then fail 'a small file uses the pool'; fi

finish
