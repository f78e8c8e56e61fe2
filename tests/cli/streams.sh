#!/bin/sh
# SPDX-License-Identifier: Zlib
# Standard input and output in odd states: closed, read-only, directories, non-blocking.
. "$(dirname "$0")/lib.sh"

sample 3000 >plain
"$warpz" -c plain >packed.gz

# closed COMMAND MESSAGE
closed() {
    last_command=$1
    sh -c "$1" sh "$warpz" >"$out" 2>"$err"
    status=$?
    expect_status 1
    expect_err "$2"
}
closed '"$1" -d <&-' 'warpz: stdin: Bad file descriptor'
closed '"$1" <&-' 'warpz: stdin: Bad file descriptor'
closed '"$1" -c plain >&-' 'warpz: stdout: Bad file descriptor'
closed '"$1" -dc packed.gz >&-' 'warpz: stdout: Bad file descriptor'
closed '"$1" -V >&-' 'warpz: stdout: Bad file descriptor'
closed '"$1" -c plain 1</dev/null' 'warpz: stdout: Bad file descriptor'
closed '"$1" <.' 'warpz: stdin: Is a directory'
closed '"$1" -d <.' 'warpz: stdin: Is a directory'

# A file whose reading fails: the address space of a process has nothing at address 0.
if [ -r /proc/self/mem ]; then
    run "$warpz" -c /proc/self/mem
    expect_status 1
    expect_err 'warpz: /proc/self/mem: Input/output error'
    run "$warpz" -t /proc/self/mem
    expect_status 1
    expect_err 'warpz: /proc/self/mem: Input/output error'
else
    skip 'reading that fails: there is no /proc/self/mem'
fi

# Closed descriptors do not end up in the target, and are not needed for it.
for closing in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
    cp plain file
    run sh -c "\"\$1\" -k file $closing; cmp file plain && \"\$1\" -dc file.gz | cmp - plain" sh "$warpz"
    expect_status 0
    run sh -c "\"\$1\" -v file nosuch $closing; \"\$1\" -d file.gz $closing; cmp file plain" sh "$warpz"
    check "$closing: contents" cmp file plain
    rm -f file file.gz
done

# A non-blocking pipe whose other end is slow: as another process may leave it.
if command -v python3 >/dev/null; then
    run python3 -c '
import os, subprocess, sys, threading, time
data = os.urandom(600000)
for options in (["-c"], ["-dc"]):
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    for fd in (in_read, out_write):
        os.set_blocking(fd, False)
    child = subprocess.Popen([sys.argv[1], *options], stdin=in_read, stdout=out_write)
    os.close(in_read)
    os.close(out_write)
    def feed():
        time.sleep(0.3)
        with os.fdopen(in_write, "wb") as to_child:
            to_child.write(data)
    writer = threading.Thread(target=feed)
    writer.start()
    time.sleep(0.6)
    with os.fdopen(out_read, "rb") as from_child:
        result = from_child.read()
    writer.join()
    assert child.wait() == 0, child.returncode
    original, data = data, result
import gzip
assert gzip.compress(b"") and len(data) == 600000
' "$warpz"
    expect_status 0
    expect_err ''
else
    skip 'non-blocking pipes: needs python3'
fi

# What /dev/stdin and friends name.
run_from packed.gz "$warpz" -dc /dev/stdin
expect_status 0
check '/dev/stdin' cmp -s "$out" plain
finish
