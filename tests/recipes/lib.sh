# SPDX-License-Identifier: Zlib
# What the recipes share. A recipe runs an unmodified program of Debian under this library and checks its work
# with the system's own tools; it is called with one argument, the way the library gets into the program:
#
#   replacement   LD_LIBRARY_PATH names a folder whose libz.so.1 is ours
#   preload       LD_PRELOAD names libwarpz-preload.so; the system's libz.so.1 is loaded as well
#   model, pool   as replacement, and every stream goes to the accelerator inside the process, or to two cores
#
# WARPZ_LIB_DIR is the folder with both libraries. WARPZ_SOURCES, when set, keeps downloaded Debian sources.
# WARPZ_KEEP=1 leaves the scratch folder behind. Exit 0: good, 77: skipped with a printed reason, else: failed.
# A failed run is no proof and neither is a good one by itself: each recipe also shows, by the loader's own log or
# /proc/PID/maps, that the program's calls went to our library; on the model and the pool also, by the counters of
# WARPZ_STATS, that streams were offloaded.
# shellcheck shell=bash

MODE=${1:-}
RECIPE=$(basename "$0" .sh)
RECIPES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$RECIPES/../../scripts/lib.sh"

skip() { printf 'skipped: %s\n' "$*"; exit 77; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# On the recipe's own output, also where a step's output is sent elsewhere.
note() { printf '%s: %s\n' "$RECIPE" "$*" >&3; }
exec 3>&1

# shows PATTERN COMMAND...: the command's output has a line that matches; its exit status does not count.
shows() {
    local pattern=$1 output
    shift
    output=$("$@" 2>&1) || true
    grep -q -E -e "$pattern" <<<"$output"
}

# at_exit COMMAND: runs it when the recipe ends, the latest first, before the scratch folder goes.
EXIT_COMMANDS=()
at_exit() { EXIT_COMMANDS=("$1" "${EXIT_COMMANDS[@]}"); }
clean_up() {
    local status=$? command
    set +e
    for command in "${EXIT_COMMANDS[@]}"; do eval "$command" >/dev/null 2>&1; done
    if [[ ${WARPZ_KEEP:-} == 1 ]]; then echo "kept: $SCRATCH"; else rm -rf "$SCRATCH"; fi
    exit "$status"
}

# Other users (a database's) need to read the libraries and write loader logs, wherever the build tree is: hence
# copies in a scratch folder that is open to all.
stage_library() {
    local wanted=(libz.so.1) library
    [[ $MODE == preload ]] && wanted+=(libwarpz-preload.so)
    [[ -n ${WARPZ_LIB_DIR:-} ]] || fail "WARPZ_LIB_DIR is not set"
    mkdir -p "$SCRATCH/lib"
    for library in "${wanted[@]}"; do
        [[ -e $WARPZ_LIB_DIR/$library ]] || fail "there is no $library in $WARPZ_LIB_DIR"
        install -m 755 "$WARPZ_LIB_DIR/$library" "$SCRATCH/lib/$library"
    done
    case $MODE in
        replacement | model | pool)
            LIBRARY=$SCRATCH/lib/libz.so.1
            WARPZ_ENV=("LD_LIBRARY_PATH=$SCRATCH/lib")
            ;;
        preload)
            # Alone in its folder: the program has to do without our libz.so.1 beside it.
            mkdir "$SCRATCH/preload"
            mv "$SCRATCH/lib/libwarpz-preload.so" "$SCRATCH/preload/"
            LIBRARY=$SCRATCH/preload/libwarpz-preload.so
            WARPZ_ENV=("LD_PRELOAD=$LIBRARY")
            ;;
        *) fail "usage: $0 replacement|preload|model|pool" ;;
    esac
    # From the first byte on, so that nothing is too small to go there.
    local offload=(WARPZ_MIN_BYTES=1 "WARPZ_STATS=$SCRATCH/stats/processes")
    case $MODE in
        model) WARPZ_ENV+=("${offload[@]}" WARPZ_DEVICE=model) ;;
        pool) WARPZ_ENV+=("${offload[@]}" WARPZ_THREADS=2) ;;
    esac
}

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/warpz-$RECIPE.XXXXXX")
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$SCRATCH"
mkdir -m 1777 "$SCRATCH/loader"
# Processes of several users append to one file; not in a sticky folder, where the kernel keeps others out of it.
mkdir "$SCRATCH/stats"
install -m 666 /dev/null "$SCRATCH/stats/processes"
stage_library
cd "$SCRATCH" || exit 1
export LC_ALL=C.UTF-8
unset LD_LIBRARY_PATH LD_PRELOAD LD_DEBUG LD_BIND_NOW
for variable in $(compgen -e WARPZ_); do
    case $variable in WARPZ_LIB_DIR | WARPZ_SOURCES | WARPZ_KEEP) ;; *) unset "$variable" ;; esac
done
is_offloaded() { [[ $MODE == model || $MODE == pool ]]; }

# require_program FILE PACKAGE: the program as Debian ships it, by its full path, or the recipe is skipped.
require_program() { [[ -x $1 ]] || skip "no $1 (Debian package $2)"; }
needs_zlib() { shows 'libz\.so\.1' ldd "$1" || skip "this $1 does not use the system's zlib"; }

# with_warpz COMMAND...: runs it under the library; every process logs what it loads to $SCRATCH/loader.
with_warpz() {
    env "${WARPZ_ENV[@]}" LD_DEBUG=libs LD_DEBUG_OUTPUT="$SCRATCH/loader/libs" "$@" 3>&-
}

# prove_loaded NAME [inflates]: some process run by with_warpz since the last call initialised our library; unless
# preloaded none initialised another libz.so.1. On the model and the pool prove_offloaded NAME as well, but for a
# program that only inflates, which the pool does not.
prove_loaded() {
    local logs others count
    logs=$(grep -l -F -e "calling init: $LIBRARY" -r "$SCRATCH/loader" || true)
    [[ $logs ]] || fail "$1: the loader's log names no $LIBRARY"
    count=$(wc -l <<<"$logs")
    if [[ $MODE != preload ]]; then
        others=$(grep -h -E 'calling init: .*/libz\.so\.1' -r "$SCRATCH/loader" | grep -v -F "$LIBRARY" | sort -u || true)
        [[ ! $others ]] || fail "$1: another zlib was loaded: $others"
    fi
    note "$1: LD_DEBUG=libs shows $LIBRARY in $count process(es)"
    find "$SCRATCH/loader" -type f -delete
    if is_offloaded && [[ ${2:-} != inflates || $MODE != pool ]]; then prove_offloaded "$1"; fi
}

# prove_offloaded NAME: the processes that have ended since the last call count jobs there, and no lost queue or wrong
# output. Each wrote one line at its end: "warpz[PID]: PROGRAM: NAME=VALUE...".
prove_offloaded() {
    local counters='pool[.]jobs' sums
    [[ $MODE == model ]] && counters='(deflate|inflate)_queue[.]jobs'
    sums=$(awk -v counters="^$counters\$" '
        { for (i = 3; i <= NF; ++i) { split($i, part, "="); sum[part[1]] += part[2]; if (part[1] ~ counters) jobs += part[2] } }
        END {
            printf "%d %d process(es)", jobs, NR
            for (name in sum) if (name ~ /jobs$|in_bytes$|^(replays|retries|faults|verify_failures)$/) printf " %s=%d", name, sum[name]
        }' "$SCRATCH/stats/processes")
    : >"$SCRATCH/stats/processes"
    ((${sums%% *} > 0)) || fail "$1: nothing went to the $MODE:$sums"
    shows ' (faults|verify_failures)=' echo "$sums" && fail "$1: a queue was lost or made wrong output:$sums"
    note "$1: on the $MODE: ${sums#* }"
}

# prove_bound SYMBOL COMMAND...: runs the command and checks from the loader's log that SYMBOL of zlib, as its
# programs and modules call it, was bound to our library only. (Our own library may bind the system's zlib.)
prove_bound() {
    local symbol=$1 bindings strangers
    shift
    env "${WARPZ_ENV[@]}" LD_DEBUG=bindings LD_DEBUG_OUTPUT="$SCRATCH/loader/bindings" "$@" 3>&-
    bindings=$(cat "$SCRATCH"/loader/bindings.* | grep -E "symbol .$symbol'" | grep -v -F "binding file $LIBRARY " || true)
    find "$SCRATCH/loader" -type f -delete
    grep -q -F " to $LIBRARY " <<<"$bindings" || fail "$symbol is not bound to $LIBRARY by: $*"
    strangers=$(grep -v -F " to $LIBRARY " <<<"$bindings" || true)
    [[ ! $strangers ]] || fail "$symbol is bound elsewhere by: $*: $strangers"
    note "LD_DEBUG=bindings shows $symbol of ${1##*/} bound to $LIBRARY"
}

# prove_mapped PID NAME: our library is mapped in that process, and unless preloaded no other libz.so.1.
prove_mapped() {
    local maps
    maps=$(cat "/proc/$1/maps") || fail "$2: no process $1"
    grep -q -F "$LIBRARY" <<<"$maps" || fail "$2: /proc/$1/maps names no $LIBRARY"
    if [[ $MODE != preload ]] && shows '/libz\.so' grep -v -F "$LIBRARY" <<<"$maps"; then
        fail "$2: /proc/$1/maps names another libz"
    fi
    note "$2: /proc/$1/maps names $LIBRARY"
}

# debian_source PACKAGE FOLDER: unpacks the original source of a Debian 12 package into FOLDER, from the system's own
# package sources; skips the recipe when it can't be had. A copy is kept in WARPZ_SOURCES for the next run.
debian_source() {
    local package=$1 folder=$2 store=${WARPZ_SOURCES:-$SCRATCH/sources} archive
    mkdir -p "$store/$package" "$folder"
    (
        flock 9
        archive=$(find "$store/$package" -name '*.orig.tar.*' ! -name '*.asc' -print -quit)
        [[ $archive ]] || fetch_debian_source "$package" "$store/$package"
    ) 9>"$store/$package.lock" >"$SCRATCH/source.log" 2>&1 || true
    archive=$(find "$store/$package" -name '*.orig.tar.*' ! -name '*.asc' -print -quit)
    [[ $archive ]] || { tail -n 5 "$SCRATCH/source.log"; skip "the Debian source package $package can't be fetched"; }
    tar -xf "$archive" -C "$folder" --strip-components=1
}
