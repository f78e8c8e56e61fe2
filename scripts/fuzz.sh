#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Builds the fuzz targets and runs each for a while, one after the other.
#
#   scripts/fuzz.sh [-t seconds] [target...]      all targets, 600 seconds each
#
# Findings are left in build/fuzz/findings/<target>/, new inputs in build/fuzz/corpus/<target>/. To see a finding again:
# build/fuzz/bin/fuzz_<target> FILE. Ends with one line a target; exits 0 only when nothing was found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=600
while getopts t: option; do
    case $option in
        t) seconds=$OPTARG ;;
        *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
targets=("$@")
(($#)) || targets=(inflate deflate_round_trip api_sequence parallel sqe)

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel --target "${targets[@]/#/fuzz_}"

found=0
summary=()
for target in "${targets[@]}"; do
    corpus=build/fuzz/corpus/$target findings=build/fuzz/findings/$target log=build/fuzz/$target.log
    mkdir -p "$corpus" "$findings"
    dictionary=()
    [[ ! -e fuzz/dict/$target.dict ]] || dictionary=("-dict=fuzz/dict/$target.dict")
    status=good
    nice build/fuzz/bin/fuzz_"$target" "${dictionary[@]}" -max_total_time="$seconds" -max_len=8192 -timeout=20 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$findings/" "$corpus" "fuzz/corpus/$target" \
        >"$log" 2>&1 || status=found
    if [[ $status == found ]]; then
        found=1
        tail -n 40 "$log"
    fi
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    summary+=("$(printf '%-20s %-6s %12s executions in %s s' "$target" "$status" "${executions:-?}" "$seconds")")
done
printf '%s\n' "${summary[@]}"
exit "$found"
