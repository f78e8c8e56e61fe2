#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Everything that has to hold before a change lands, from a clean clone of Debian 12 on: builds (warnings as errors,
# release, sanitizers), all CTests of the release build, AArch64 under qemu, real programs, the sanitizer run, valgrind,
# virtual machines with the kernel driver.
#
#   scripts/test.sh            all stages
#   scripts/test.sh STAGE...   only these: dev release aarch64 recipe asan-ubsan valgrind driver vm
#
# Installs missing packages when run as root. Ends with one line a stage, ctest's own closing lines of the last
# stage and the sums; exits 0 only if every build and every test is good. A skipped test prints its reason.
set -euo pipefail
unset "${!WARPZ_@}" LD_LIBRARY_PATH LD_PRELOAD CTEST_OUTPUT_ON_FAILURE CTEST_PARALLEL_LEVEL
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$WARPZ_ROOT"

LOGS=$WARPZ_ROOT/build/test-logs
JOBS=$(nproc)
((JOBS >= 2)) || JOBS=2
ALL_STAGES=(dev release aarch64 recipe asan-ubsan valgrind driver vm)
STAGES=("$@")
(($#)) || STAGES=("${ALL_STAGES[@]}")
for stage in "${STAGES[@]}"; do
    [[ " ${ALL_STAGES[*]} " == *" $stage "* ]] || die "there is no stage '$stage'; the stages are: ${ALL_STAGES[*]}"
done

PASSED=0 FAILED=0 SKIPPED=0
SUMMARY=()
LAST_LOG=''

# closing: what the output ends with, in every case.
closing() {
    local status=$?
    printf '\n'
    if ((${#SUMMARY[@]})); then
        printf '%-12s %8s %8s %8s %8s\n' stage passed failed skipped seconds
        printf '%s\n' "${SUMMARY[@]}"
    fi
    if [[ -s $LAST_LOG ]]; then sed -n '/tests passed, .* tests\? failed out of/,$p' "$LAST_LOG"; fi
    if ((status != 0 && FAILED == 0)); then FAILED=1; fi
    printf '\n%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
    if ((status == 0 && FAILED > 0)); then status=1; fi
    exit "$status"
}

# add_result STAGE PASSED FAILED SKIPPED SECONDS
add_result() {
    PASSED=$((PASSED + $2)) FAILED=$((FAILED + $3)) SKIPPED=$((SKIPPED + $4))
    SUMMARY+=("$(printf '%-12s %8d %8d %8d %8d' "$@")")
}

# build PRESET: configures and builds; the compiler's output is shown only when it fails. Each preset is built once.
declare -A BUILT=()
build() {
    local preset=$1 begin=$SECONDS
    [[ ! ${BUILT[$preset]:-} ]] || return 0
    say "building preset $preset"
    {
        cmake --preset "$preset" && cmake --build --preset "$preset" --parallel "$JOBS"
    } >"$LOGS/build-$preset.log" 2>&1 || {
        tail -n 60 "$LOGS/build-$preset.log"
        die "preset $preset does not build"
    }
    BUILT[$preset]=yes
    printf 'built in %d s\n' $((SECONDS - begin))
}

# run_tests STAGE PRESET CTEST-ARGUMENT...: runs them and adds up what ctest reports.
run_tests() {
    local stage=$1 preset=$2 begin=$SECONDS status=0 report=$LOGS/$1.xml
    shift 2
    say "ctest $stage"
    LAST_LOG=$LOGS/$stage.log
    rm -f "$report"
    ctest --preset "$preset" -j "$JOBS" --output-on-failure --no-tests=error --output-junit "$report" "$@" </dev/null 2>&1 |
        tee "$LAST_LOG" || status=$?
    count() { sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p" "$report" 2>/dev/null | sed -n 1p; }
    local tests failures skipped
    tests=$(count tests) failures=$(count failures)
    skipped=$(($(count skipped) + $(count disabled)))
    if ((status != 0 && ${failures:-0} == 0)); then failures=1 tests=$((${tests:-0} + 1)); fi
    # ctest shows no output of a test that skips itself; the reason is part of the result.
    if ((skipped)); then grep -h -E '^(.*[^a-z])?skipped: ' "$WARPZ_ROOT/build/$preset/Testing/Temporary/LastTest.log" || true; fi
    add_result "$stage" $((tests - failures - skipped)) "$failures" "$skipped" $((SECONDS - begin))
}

# aarch64_stage: the cross build under qemu; its digests are compared with those of the release build where that exists.
aarch64_stage() {
    local status=0
    say "AArch64"
    scripts/aarch64_root.sh || status=$?
    case $status in
        0) build aarch64 && run_tests aarch64 aarch64 -LE '^(conformance|soak)$' ;;
        77) add_result aarch64 0 0 1 0 ;;
        *) die "scripts/aarch64_root.sh failed" ;;
    esac
}

# driver_stage: the kernel modules against each kernel's headers, and by DKMS; each of these is a test. The folder is that of
# the virtual machines.
driver_stage() {
    local begin=$SECONDS folder=${WARPZ_VM_CACHE:-$WARPZ_ROOT/build/vm}/kernels kernel status passed=0 failed=0 skipped=0
    say "kernel modules"
    for kernel in 6.1 6.12 newest; do
        status=0
        driver/build.sh "$folder" "$kernel" >"$LOGS/driver-$kernel.log" 2>&1 || status=$?
        # The newest kernel's DKMS would need its compiler.
        if ((status == 0)) && [[ $kernel != newest ]]; then
            driver/dkms/test.sh "$folder" "$kernel" >>"$LOGS/driver-$kernel.log" 2>&1 || status=$?
        fi
        case $status in
            0) ((++passed)) && printf 'driver, %s: pass\n' "$(<"$folder/$kernel/release")" ;;
            77) ((++skipped)) && sed -n 's/^.*skipped: /skipped: /p' "$LOGS/driver-$kernel.log" ;;
            *) ((++failed)) && tail -n 40 "$LOGS/driver-$kernel.log" && printf 'driver, %s: fail\n' "$kernel" ;;
        esac
    done
    add_result driver "$passed" "$failed" "$skipped" $((SECONDS - begin))
}

# vm_stage: the jobs of tests/vm/run, each of which is a test here.
vm_stage() {
    local begin=$SECONDS status=0 sums
    say "virtual machines"
    tests/vm/run 2>&1 | tee "$LOGS/vm.log" || status=$?
    sums=$(sed -n 's/^vm: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped.*/\1 \2 \3/p' "$LOGS/vm.log")
    if [[ ! $sums ]]; then
        if ((status == 77)); then sums='0 0 1'; else sums='0 1 0'; fi
    fi
    # shellcheck disable=SC2086
    add_result vm $sums $((SECONDS - begin))
}

run_stage() {
    case $1 in
        dev) build dev ;;
        release) build release && run_tests release release -LE '^(recipe|valgrind)$' ;;
        aarch64) aarch64_stage ;;
        recipe) build release && run_tests recipe release -L '^recipe$' ;;
        asan-ubsan) build asan-ubsan && run_tests asan-ubsan asan-ubsan -LE '^(recipe|valgrind|soak)$' ;;
        valgrind) build release && run_tests valgrind release -L '^valgrind$' ;;
        driver) driver_stage ;;
        vm) vm_stage ;;
    esac
}

trap closing EXIT
mkdir -p "$LOGS"
install_packages
for stage in "${STAGES[@]}"; do run_stage "$stage"; done
