# SPDX-License-Identifier: Zlib
# What the scripts of this folder share. Each is run with WARPZ, the program's path, in the environment; it works in a
# scratch folder of its own and fails with the number of promises that did not hold.
#
#   run CMD...                 runs CMD with stdin from /dev/null; status, files $out and $err hold what it did
#   expect_status N            promises about the last run
#   expect_out TEXT, expect_err TEXT   TEXT is compared as a whole; empty for no output
#   expect_files NAME...       the folder holds exactly these names (in order)
#   check DESCRIPTION CMD...   a promise: CMD succeeds
#   same_as_gzip ARGUMENT...   warpz and gzip, each in its own copy of the folder, end alike: exit status, standard
#                              output, messages, and the files with their contents, modes and times
#   skip REASON                says what is not tested here

set -u
LC_ALL=C TZ=UTC0
export LC_ALL TZ
unset GZIP POSIXLY_CORRECT
umask 022

: "${WARPZ:?path of the program}"
scratch=$(mktemp -d) || exit 1
mkdir "$scratch/bin" "$scratch/work" || exit 1
cp "$WARPZ" "$scratch/bin/warpz" || exit 1
ln -s warpz "$scratch/bin/warpz-gunzip"
ln -s warpz "$scratch/bin/warpz-zcat"
warpz=$scratch/bin/warpz
# By its bare name, which its messages begin with.
gzip=$(command -v gzip >/dev/null && echo gzip)
out=$scratch/out
err=$scratch/err
failures=0
status=0
last_command=
# Folders that a script made unwritable are made writable again for the removal.
trap 'cd /; chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 129' HUP INT TERM
cd "$scratch/work" || exit 1

fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$*"
}

skip() { printf 'skipped: %s\n' "$*"; }

finish() {
    [ "$failures" -eq 0 ] || printf '%s promises do not hold\n' "$failures"
    [ "$failures" -eq 0 ]
    exit
}

# A new, empty folder to work in.
fresh() {
    cd "$scratch" || exit 1
    chmod -R u+rwx work
    rm -rf work
    mkdir work
    cd work || exit 1
}

run() {
    last_command=$*
    "$@" </dev/null >"$out" 2>"$err"
    status=$?
}

# As run, with standard input from the file $1.
run_from() {
    run_from_file=$1
    shift
    last_command="$* <$run_from_file"
    "$@" <"$run_from_file" >"$out" 2>"$err"
    status=$?
}

expect_status() {
    [ "$status" -eq "$1" ] && return
    fail "$last_command: exit status $status, not $1"
    sed 's/^/    /' "$err"
}

expect_text() {
    printf '%s' "${3:+$3
}" | cmp -s - "$2" && return
    fail "$last_command: $1 is"
    sed 's/^/    /' "$2"
    printf '  not\n%s\n' "$3" | sed 's/^/    /'
}
expect_out() { expect_text stdout "$out" "$1"; }
expect_err() { expect_text stderr "$err" "$1"; }

check() {
    description=$1
    shift
    "$@" || fail "$description: $*"
}

expect_files() {
    expected=$(printf '%s\n' "$@")
    found=$(find . -mindepth 1 -printf '%P\n' | sort)
    [ "$found" = "$(printf '%s\n' "$expected" | sort)" ] || fail "$last_command: files are $(echo $found)"
}

# The two programs' messages differ in their name, gzip's empty lines, and the colon after a file's name; their ratios
# differ when they compress. Where data are damaged is a line that gzip does not have.
normalise() {
    tr '\t' ' ' <"$1" | sed -e '/^$/d' -e '/: damage found at byte [0-9]*$/d' -e 's/^gzip: /warpz: /' -e "s/\`gzip --/\`warpz --/" \
        -e 's/^warpz: \([^ :]*\): /warpz: \1 /' -e 's/standard input/stdin/' \
        -e "s/^warpz: '' /warpz: /" -e 's/ *-*[0-9.]*%/ N%/'
}

# A file's plain contents, and what is the same in any gzip's header.
describe_content() {
    case $(head -c 2 "$1" 2>/dev/null | od -An -tx1) in
        ' 1f 8b') head -c 10 "$1" | od -An -tx1; "$gzip" -dc <"$1" 2>&1 | cksum ;;
        *) cksum <"$1" ;;
    esac
}

# Names, types, modes, links, times and contents of all files.
describe_folder() {
    find . -mindepth 1 \( -type d -printf '%P d %m\n' -o -printf '%P %y %m %n %U %G %T@ %l\n' \) | sort
    find . -type f | sort | while read -r file; do
        printf '%s ' "$file"
        describe_content "$file"
    done
}

# Runs program $1 with the other arguments in a copy of the folder named $1; leaves $1.{status,out,err,tree}.
run_in_copy() {
    copy_of=$1
    copy_program=$2
    shift 2
    mkdir "$scratch/copies"
    cp -a "$scratch/work" "$scratch/copies/work"
    (
        cd "$scratch/copies/work" || exit 1
        if [ -n "${same_stdin:-}" ]; then exec <"$same_stdin"; else exec </dev/null; fi
        "$copy_program" "$@" >"$scratch/$copy_of.out" 2>"$scratch/$copy_of.err"
        echo $? >"$scratch/$copy_of.status"
        describe_folder >"$scratch/$copy_of.tree" 2>&1
    )
    describe_content "$scratch/$copy_of.out" >"$scratch/$copy_of.output"
    normalise "$scratch/$copy_of.err" >"$scratch/$copy_of.messages"
    chmod -R u+rwx "$scratch/copies"
    rm -rf "$scratch/copies"
}

# Input for the next same_as_gzip: same_stdin=FILE.
same_stdin=
same_as_gzip() {
    if [ -z "$gzip" ]; then
        skip "same_as_gzip $*: there is no gzip"
        return
    fi
    run_in_copy gzip "$gzip" "$@"
    run_in_copy warpz "$warpz" "$@"
    for aspect in status output messages tree; do
        cmp -s "$scratch/gzip.$aspect" "$scratch/warpz.$aspect" && continue
        fail "warpz $*${same_stdin:+ <$same_stdin}: $aspect differs from gzip's"
        diff "$scratch/gzip.$aspect" "$scratch/warpz.$aspect" | sed 's/^/    /'
    done
    same_stdin=
}

# Sample data of about $1 bytes, compressible.
sample() { seq 1 "$(($1 / 2 + 2))" 2>/dev/null | head -c "$1"; }
