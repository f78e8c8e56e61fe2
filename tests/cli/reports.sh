#!/bin/sh
# SPDX-License-Identifier: Zlib
# Help by topic, what is made from the option table, --stats, --json, progress.
. "$(dirname "$0")/lib.sh"

sample 50000 >file
"$warpz" -c file >packed.gz

# Help.
run "$warpz" --help
expect_status 0
names=$(grep -o -e '--[a-z0-9-]*' "$out" | sort -u)
for topic in actions files headers coding reports; do
    run "$warpz" --help=$topic
    expect_status 0
    expect_err ''
    check "--help=$topic says something" [ "$(wc -l <"$out")" -gt 5 ]
    check "--help=$topic keeps to 80 columns" [ "$(wc -L <"$out")" -le 80 ]
done
run "$warpz" --help=nosuch
expect_status 1
check 'an unknown topic' grep -qx "warpz: invalid value 'nosuch' for --help" "$err"

# The manual page and the completions, where the build has made them, know the options of --help.
texts=${WARPZ_TEXTS:-}
if [ -n "$texts" ]; then
    for name in $names; do
        check "the manual page has $name" grep -qF -e "$(printf %s "$name" | sed 's/-/\\-/g')" "$texts/warpz.1"
        check "bash completes $name" grep -qF -e "$name " "$texts/warpz.bash"
        check "zsh completes $name" grep -qF -e "'$name" "$texts/_warpz"
        check "fish completes $name" grep -qF -e "-l ${name#--}" "$texts/warpz.fish"
    done
    check 'no marker is left' sh -c '! grep -q @OPTIONS@ "$1"' sh "$texts/warpz.1"
    if command -v man >/dev/null; then
        check 'the manual page has no errors' sh -c '[ -z "$(MANROFFSEQ= man --warnings=mac -l "$1" 2>&1 >/dev/null)" ]' sh "$texts/warpz.1"
    fi
else
    skip 'the manual page and the completions: WARPZ_TEXTS is not set'
fi

# Sums.
run "$warpz" --stats -t packed.gz packed.gz
expect_status 0
check 'files and bytes' grep -q "^files 2, in $((2 * $(stat -c %s packed.gz))), out 100000 bytes, " "$err"
run "$warpz" --stats --json -k file
expect_status 0
check 'as JSON' grep -q '^{"files": 1, "in_bytes": 50000, "out_bytes": ' "$out"
run "$warpz" --stats --json -c file
check 'on standard error, if data go to standard output' grep -q '^{"files": 1' "$err"
run "$warpz" -t --json packed.gz
expect_out "{\"name\": \"packed.gz\", \"ok\": true, \"compressed\": $(stat -c %s packed.gz), \"uncompressed\": 50000, \"members\": 1}"
{ head -c 100 packed.gz; printf '\377\377\377\377'; tail -c +105 packed.gz; } >bad.gz
run "$warpz" -t --json bad.gz
expect_status 1
check 'damage as JSON' grep -Eq '^\{"name": "bad.gz", "ok": false, "error": "invalid .*", "offset": [0-9]+\}$' "$out"

# SIGUSR1 asks for a line; the work goes on.
mkfifo pipe
"$warpz" -c <pipe >out.gz 2>"$err" &
pid=$!
{
    cat file
    sleep 1
    kill -USR1 $pid
    sleep 1
    cat file
} >pipe
wait $pid
status=$?
last_command='warpz -c, which gets SIGUSR1'
expect_status 0
check 'a line of progress' grep -Eq '^stdin: [0-9.]+ KiB, .* MB/s$' "$err"
check 'and the data' sh -c 'cat file file | cmp -s - "$1"' sh "$(cat out.gz | "$warpz" -dc >out; echo out)"

# A line on a terminal after a second, unless --no-progress or -q.
if command -v script >/dev/null && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    slow='(cat file; sleep 1.2; cat file; sleep 0.3; cat file)'
    script -qec "$slow | $warpz -c >out.gz" typescript </dev/null >/dev/null 2>&1
    check 'progress on a terminal' grep -q 'stdin: .* MB/s' typescript
    for option in --no-progress -q; do
        script -qec "$slow | $warpz $option -c >out.gz" typescript </dev/null >/dev/null 2>&1
        check "no progress with $option" sh -c '! grep -q "MB/s" typescript'
    done
    script -qec "$warpz -c file >out.gz" typescript </dev/null >/dev/null 2>&1
    check 'no progress when it is quick' sh -c '! grep -q "MB/s" typescript'
else
    skip 'progress on a terminal: script(1) does not work here'
fi

# gzip's abbreviations stay, although other options begin alike.
for option in --re --rec --no --fo --d --de --dec --sy --li --q --k --si --su --unc; do
    same_as_gzip $option packed.gz
    same_as_gzip $option file
done
for option in --s --t --f --n --l --b --v --ve --se; do
    run "$warpz" $option file
    expect_status 1
    check "$option is ambiguous, or nothing" grep -Eq "ambiguous|unrecognized" "$err"
done
for option in --thr=2 --reco --stats --spar --dev=none --form=gzip; do
    run "$warpz" $option -dkf packed.gz
    expect_status 0
done
finish
