# SPDX-License-Identifier: Zlib
# The table of quickstart.sh: programs run on the system's zlib and on ours, what they wrote is checked, and a row for each
# goes to standard output. The status of its last command is 0 only if every row is verified and shows our library.
#
# Sourced, behind lib.sh and with `set -euo pipefail` in force. LIB is the folder of libz.so.1 and libwarpz-preload.so, WARPZ
# the program, CORPUS_KIB how much data there is at most. Works in a folder of its own, which goes when the script ends.
# shellcheck shell=bash

PYTHON=/usr/bin/python3
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/warpz-quickstart.XXXXXX")
NGINX_PIDS=()
clean_up() {
    local status=$?
    if ((${#NGINX_PIDS[@]})); then kill "${NGINX_PIDS[@]}" 2>/dev/null || true; wait; fi
    rm -rf "$SCRATCH"
    exit "$status"
}
trap clean_up EXIT
cd "$SCRATCH"

say "collecting real files from /usr"
sample_tree tree "$CORPUS_KIB"
tar -cf corpus.tar tree
CORPUS_BYTES=$(stat -c %s corpus.tar)
gzip -6 -k -c corpus.tar >corpus.tar.gz
printf '%d files, %d bytes as a tar\n' "$(find tree -type f | wc -l)" "$CORPUS_BYTES"

# The ways to run a program: on the system's zlib, or on ours by one of the three ways. The loader logs what it loads.
on_system() { "$@"; }
logged() { env LD_DEBUG=libs LD_DEBUG_OUTPUT="$SCRATCH/loader" "$@"; }
by_replacement() { logged LD_LIBRARY_PATH="$LIB" "$@"; }
by_preload() { logged LD_PRELOAD="$LIB/libwarpz-preload.so" "$@"; }
by_linking() { logged "$@"; }

# has_our_streams: whether warpz was linked with our engine, in both directions.
has_our_streams() {
    local symbols
    symbols=$(nm -C "$WARPZ")
    [[ $symbols == *"warpz::engine::DeflateStream::step("* && $symbols == *"warpz::InflateStream::step("* ]]
}

# seen_in FILE...: what of ours these loader logs or maps have as loaded, as the table says it: a blank comes before it,
# where the log names a file that is only looked for behind a '='. A program that loads no libz at all and has our streams
# in it has ours linked in.
seen_in() {
    if grep -q -F -s " $LIB/libwarpz-preload.so" "$@"; then
        echo "libwarpz-preload.so"
    elif grep -q -F -s " $LIB/libz.so.1" "$@"; then
        echo "libz.so.1"
    elif grep -q -F -s "calling init" "$@" && ! grep -q -F -s "/libz.so" "$@" && has_our_streams; then
        echo "linked in"
    else
        echo "NO"
    fi
}

LINE='%-8s %-22s %10s %10s %8s %8s %7s  %-20s %s\n'
ROWS=() GOOD=yes
# add_row PROGRAM JOB BYTES-IN BYTES-OUT SYSTEM-US OURS-US LOADED VERIFIED
add_row() {
    ROWS+=("$(printf "$LINE" "$1" "$2" "$3" "$4" "$(fraction "$5" 1000000)" "$(fraction "$6" 1000000)" "$(fraction "$5" "$6")x" "$7" "$8")")
    [[ $7 != NO && $8 == yes ]] || GOOD=no
}
# fraction A B: A/B with two decimals.
fraction() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# timed COMMAND...: sets MICROSECONDS; a failing command shows what it said.
timed() {
    local begin=$EPOCHREALTIME
    "$@" >"$SCRATCH/said" 2>&1 || { cat "$SCRATCH/said"; return 1; }
    MICROSECONDS=$((${EPOCHREALTIME/./} - ${begin/./}))
}

# measure PROGRAM TEXT IN-BYTES WAY JOB CHECK: runs JOB with on_system and WAY in turn, then CHECK on what WAY left in
# `out`, and adds the row.
measure() {
    local program=$1 text=$2 in_bytes=$3 way=$4 job=$5 check=$6
    local round runner best_system='' best_ours='' loaded=NO verified=yes
    printf '%s %s\n' "$program" "$text"
    for round in 1 2; do
        for runner in on_system "$way"; do
            rm -rf out "$SCRATCH"/loader.*
            timed "$job" "$runner" || { verified=NO; MICROSECONDS=1; }
            if [[ $runner == on_system ]]; then
                ((best_system && best_system < MICROSECONDS)) || best_system=$MICROSECONDS
            else
                ((best_ours && best_ours < MICROSECONDS)) || best_ours=$MICROSECONDS
                loaded=$(seen_in "$SCRATCH"/loader.*)
            fi
        done
    done
    "$check" || verified=NO
    add_row "$program" "$text" "$in_bytes" "$(du -sb --apparent-size out | cut -f 1)" "$best_system" "$best_ours" "$loaded" "$verified"
}

say "running programs on the system's zlib and on warpz"

python_gzip() {
    "$1" $PYTHON -s -E -c 'import gzip, shutil
with open("corpus.tar", "rb") as source, gzip.open("out", "wb", 6) as target: shutil.copyfileobj(source, target, 1 << 18)'
}
python_gunzip() {
    "$1" $PYTHON -s -E -c 'import gzip, shutil
with gzip.open("corpus.tar.gz") as source, open("out", "wb") as target: shutil.copyfileobj(source, target, 1 << 18)'
}
python_zip() { "$1" $PYTHON -s -E -m zipfile -c out tree; }
is_gzip_of_corpus() { gzip -dc out | cmp - corpus.tar; }
is_corpus() { cmp out corpus.tar; }
is_zip_of_tree() { rm -rf unzipped && $PYTHON -s -E -m zipfile -e out unzipped && diff -r tree unzipped/tree; }
measure python3 "gzip -6" "$CORPUS_BYTES" by_replacement python_gzip is_gzip_of_corpus
measure python3 "gunzip" "$(stat -c %s corpus.tar.gz)" by_replacement python_gunzip is_corpus
measure python3 "zipfile" "$CORPUS_BYTES" by_preload python_zip is_zip_of_tree

export HOME=$SCRATCH GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$SCRATCH/gitconfig
git config --global user.name quickstart
git config --global user.email quickstart@localhost
git config --global init.defaultBranch main
git config --global gc.auto 0
git config --global protocol.file.allow always
git_store() {
    local git=("$1" git --git-dir="$SCRATCH/out" --work-tree="$SCRATCH/tree")
    "${git[@]}" init -q && "${git[@]}" add . && "${git[@]}" commit -q -m "Real files" && "${git[@]}" gc -q --prune=now
}
git_fetch() { "$1" git clone -q --no-local "file://$SCRATCH/stored" out && "$1" git -C out fsck --full --strict --no-progress; }
# The system's git reads every object, and the checked-out files are the ones that went in.
is_repository() {
    git --git-dir=out fsck --full --strict --no-progress && rm -rf stored worktree && git clone -q --bare out stored &&
        git clone -q stored worktree && diff -r --exclude=.git tree worktree
}
is_clone() { git -C out fsck --full --strict --no-progress && diff -r --exclude=.git tree out; }
measure git "init, add, commit, gc" "$CORPUS_BYTES" by_replacement git_store is_repository
measure git "clone, fsck" "$(du -sb --apparent-size stored | cut -f 1)" by_preload git_fetch is_clone

# The CLI has the library inside. What it is compared with is pigz on one thread, which leaves its work to the system's
# zlib.
cli_pack() {
    if [[ $1 == on_system ]]; then pigz -p 1 -6 -c corpus.tar >out; else "$1" "$WARPZ" -6 -c corpus.tar >out; fi
}
cli_unpack() {
    if [[ $1 == on_system ]]; then pigz -p 1 -dc corpus.tar.gz >out; else "$1" "$WARPZ" -dc corpus.tar.gz >out; fi
}
measure warpz "-6 (zlib: pigz -p 1)" "$CORPUS_BYTES" by_linking cli_pack is_gzip_of_corpus
measure warpz "-d (zlib: pigz -p 1)" "$(stat -c %s corpus.tar.gz)" by_linking cli_unpack is_corpus

# One nginx on each zlib, one worker each; curl times a whole response.
start_nginx() {
    local runner=$1 port=$2 folder=nginx-$1 try
    mkdir -p "$folder/temp"
    cat >"$folder/conf" <<CONF
$( ((EUID == 0)) && echo 'user root;')
daemon off; worker_processes 1; pid $SCRATCH/$folder/pid; error_log $SCRATCH/$folder/error.log info;
events { worker_connections 64; }
http {
    access_log off; default_type text/plain; root $SCRATCH;
    client_body_temp_path temp; proxy_temp_path temp/p; fastcgi_temp_path temp/f; uwsgi_temp_path temp/u; scgi_temp_path temp/s;
    server { listen 127.0.0.1:$port; gzip on; gzip_types *; gzip_comp_level 6; }
}
CONF
    "$runner" /usr/sbin/nginx -p "$SCRATCH/$folder" -c "$SCRATCH/$folder/conf" -e "$SCRATCH/$folder/error.log" &
    for ((try = 0; try < 100; try++)); do
        if curl -s -o /dev/null "http://127.0.0.1:$port/said"; then
            NGINX_PIDS+=("$(<"$folder/pid")")
            return
        fi
        sleep 0.1
    done
    cat "$folder/error.log"
    die "nginx did not start"
}
printf 'nginx gzip -6 to curl\n'
PORT=$((20000 + RANDOM % 20000))
start_nginx on_system $PORT
start_nginx by_preload $((PORT + 1))
nginx_fetch() { curl -sS -f -H 'Accept-Encoding: gzip' -o out "http://127.0.0.1:$1/corpus.tar"; }
rm -rf out
verified=yes best_system='' best_ours=''
for round in 1 2; do
    timed nginx_fetch $PORT || verified=NO
    ((best_system && best_system < MICROSECONDS)) || best_system=$MICROSECONDS
    timed nginx_fetch $((PORT + 1)) || verified=NO
    ((best_ours && best_ours < MICROSECONDS)) || best_ours=$MICROSECONDS
done
is_gzip_of_corpus || verified=NO
if grep -h -E '\[(alert|crit|emerg)\]' nginx-by_preload/error.log; then verified=NO; fi
worker=$(cat "/proc/${NGINX_PIDS[1]}/task/${NGINX_PIDS[1]}/children")
add_row nginx "gzip -6, to curl" "$CORPUS_BYTES" "$(stat -c %s out)" "$best_system" "$best_ours" \
    "$(seen_in "/proc/${worker% }/maps")" "$verified"

say "done: real files of this machine, $(nproc) cores, system's zlib $($PYTHON -s -E -c 'import zlib; print(zlib.ZLIB_RUNTIME_VERSION)')"
printf "$LINE" program job 'bytes in' 'bytes out' 'zlib s' 'warpz s' speed loaded verified
printf '%s\n' "${ROWS[@]}"
[[ $GOOD == yes ]]
