#!/bin/sh
# SPDX-License-Identifier: Zlib
# warpzctl: help and usage, the list of devices from a sysfs of our own, the check with files and lines, and the live view
# of a program that is held up in the middle.
. "$(dirname "$0")/lib.sh"
: "${WARPZCTL:?path of the program}"
unset WARPZ_CONF WARPZ_DEVICE WARPZ_THREADS WARPZ_MIN_BYTES WARPZ_LOG WARPZ_STATS
WARPZ_RUN_DIR=$scratch/pages
WARPZ_CONF=$scratch/warpz.conf
export WARPZ_RUN_DIR WARPZ_CONF
mkdir "$WARPZ_RUN_DIR"

says() { check "$last_command says '$1'" grep -q -- "$1" "$out"; }
says_not() { check "$last_command does not say '$1'" sh -c '! grep -q -- "$1" "$2"' sh "$1" "$out"; }

# Help, version and what is refused.
for arguments in -h --help 'top --help' 'devices -h'; do
    run "$WARPZCTL" $arguments
    expect_status 0
    says '^Usage: warpzctl'
    expect_err ''
done
run "$WARPZCTL" --version
expect_status 0
says '^warpzctl [0-9]'
for arguments in '' nosuch 'devices x' 'check -q' 'top -d x' 'top -n 0' 'top -d' 'top x' 'devices --nosuch'; do
    run "$WARPZCTL" $arguments
    expect_status 2
    expect_out ''
    check "$last_command names itself" grep -q '^warpzctl: ' "$err"
done
run sh -c '"$1" devices >/dev/full' sh "$WARPZCTL"
expect_status 1

# add_device NAME API FLAGS FREE
add_device() {
    attributes=$scratch/sys/class/uacce/$1
    mkdir -p "$attributes" "$scratch/dev"
    echo "$2" >"$attributes/api"
    echo "$3" >"$attributes/flags"
    printf 'zlib\ngzip\ndeflate\n' >"$attributes/algorithms"
    echo 16384 >"$attributes/region_mmio_size"
    echo 155648 >"$attributes/region_dus_size"
    echo "$4" >"$attributes/available_instances"
    : >"$scratch/dev/$1"
}
add_device hisi_zip-0 hisi_qm_v3 1 254
add_device hisi_zip-1 hisi_qm_v2 0 0
add_device hisi_zip-2 hisi_qm_v3 1 9
rm "$scratch/dev/hisi_zip-2"
add_device other-3 someone_else_v1 1 1
roots="--sys=$scratch/sys --dev=$scratch/dev"

run "$WARPZCTL" devices $roots
expect_status 0
says '^hisi_zip-0  *v3  *zlib,gzip,deflate  *sva  *- *254  usable$'
says '^hisi_zip-1  *v2  *zlib,gzip  *bounce  *- *0  usable$'
says '^hisi_zip-2 .*No such file or directory$'
says '^other-3  *- .*does not speak hisi_qm_v2'
says '^model '

run "$WARPZCTL" check $roots
expect_status 1
says '^ok .*hisi_zip-0: shares addresses'
says '^ok .*hisi_zip-0: 254 free queues$'
says '^problem .*hisi_zip-0: compressing: no queue can be opened$'
says '^note .*hisi_zip-1: no SVA'
says '^problem .*hisi_zip-1: all queues are taken$'
says '^problem .*hisi_zip-2: No such file'
says '^note .*other-3: not used'
says '^ok .*model: 16000 bytes became'

# A machine without accelerators is in order.
run "$WARPZCTL" check --sys="$scratch/nosuch"
expect_status 0
says '^ok .*model: '
says_not '^problem'

# Bad configuration is told with file and line.
printf '# ours\nWARPZ_THREADS = 2\n\nWARPZ_THREADS = many\nWARPZ_COLOUR = blue\nWARPZ_DEVICE none\n' >"$WARPZ_CONF"
run "$WARPZCTL" check --sys="$scratch/nosuch"
expect_status 1
says "^problem  $WARPZ_CONF:4: bad value: WARPZ_THREADS = many\$"
says "^problem  $WARPZ_CONF:5: unknown key: WARPZ_COLOUR\$"
says "^problem  $WARPZ_CONF:6: not of the form"
says_not "$WARPZ_CONF:2"
echo 'WARPZ_THREADS = 2' >"$WARPZ_CONF"
run "$WARPZCTL" check --sys="$scratch/nosuch"
expect_status 0
says "^ok       $WARPZ_CONF: 1 settings\$"
chmod 666 "$WARPZ_CONF"
run "$WARPZCTL" check --sys="$scratch/nosuch"
expect_status 1
says "^problem  $WARPZ_CONF: may be written by others"
rm "$WARPZ_CONF"
run env WARPZ_LOG="$scratch/new.log:debug" "$WARPZCTL" check --sys="$scratch/nosuch"
expect_status 0
run env WARPZ_LOG="$scratch/nosuch/new.log" "$WARPZCTL" check --sys="$scratch/nosuch"
expect_status 1
says '^problem  WARPZ_LOG: .*No such file'
run env WARPZ_MIN_BYTES=12x WARPZ_NOSUCH=1 "$WARPZCTL" check --sys="$scratch/nosuch"
expect_status 1
says '^problem  environment: bad value: WARPZ_MIN_BYTES = 12x$'
says '^problem  environment: unknown key: WARPZ_NOSUCH$'
run env WARPZ_DEVICE=uacce:hisi_zip-9 "$WARPZCTL" check $roots
says '^problem  WARPZ_DEVICE: there is no device hisi_zip-9$'

# A compressor in the middle of its work, as others see it.
run "$WARPZCTL" top
expect_status 0
check 'nobody offloads' test "$(wc -l <"$out")" = 1
mkfifo feed
WARPZ_THREADS=2 WARPZ_MIN_BYTES=1 "$warpz" -c <feed >/dev/null &
compressor=$!
exec 3>feed
head -c 4000000 /dev/urandom >&3
tries=0
until "$WARPZCTL" top | grep -q " warpz .* [1-9][0-9.]*M "; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { fail 'the compressor is not to be seen'; break; }
    sleep 0.1
done
run "$WARPZCTL" top -n 2 -d 0.1
expect_status 0
says "^ *$compressor warpz "
check 'two looks' test "$(grep -c PID "$out")" = 2
page=$(echo "$WARPZ_RUN_DIR"/warpz-*-"$compressor")
check 'the page is for its owner' test "$(stat -c %a "$page")" = 600
# Killed: its page is known to be stale, and removed.
kill -9 "$compressor"
wait "$compressor" 2>/dev/null
exec 3>&-
check 'the page is left' test -e "$page"
run "$WARPZCTL" top
check 'nobody is left' test "$(wc -l <"$out")" = 1
check 'the page is removed' test ! -e "$page"
# What is no page is left alone.
echo nonsense >"$WARPZ_RUN_DIR/warpz-0-1"
ln -s /etc/passwd "$WARPZ_RUN_DIR/warpz-0-2"
run "$WARPZCTL" top
expect_status 0
check 'nonsense stays' test -e "$WARPZ_RUN_DIR/warpz-0-1"
# Without offload there is no page.
rm "$WARPZ_RUN_DIR"/*
run sh -c 'head -c 3000000 /dev/zero | "$1" -c >/dev/null; ls "$2"' sh "$warpz" "$WARPZ_RUN_DIR"
expect_out ''
finish
