#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# rsyslog: messages go from one daemon to another compressed, as single datagrams and as one stream, and end in
# gzip files. Each message is flushed by itself, so this is Z_SYNC_FLUSH and Z_FINISH on small inputs.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

RSYSLOGD=/usr/sbin/rsyslogd
require_program $RSYSLOGD rsyslog

port=$((20000 + RANDOM % 20000))
stream_port=$((port + 1)) single_port=$((port + 2))
cat >receiver.conf <<CONF
module(load="imptcp")
module(load="imtcp")
template(name="line" type="string" string="%msg:2:\$%\\n")
ruleset(name="stream") {
    action(type="omfile" file="$SCRATCH/stream.gz" template="line" zipLevel="6" veryRobustZip="off" asyncWriting="off")
    action(type="omfile" file="$SCRATCH/robust.gz" template="line" zipLevel="9" veryRobustZip="on" flushOnTXEnd="on")
}
ruleset(name="single") {
    action(type="omfile" file="$SCRATCH/single.gz" template="line" zipLevel="1" veryRobustZip="on")
}
input(type="imptcp" address="127.0.0.1" port="$stream_port" compression.mode="stream:always" ruleset="stream")
input(type="imtcp" address="127.0.0.1" port="$single_port" ruleset="single")
CONF
cat >sender.conf <<CONF
module(load="imptcp")
input(type="imptcp" address="127.0.0.1" port="$port" ruleset="out")
ruleset(name="out") {
    action(type="omfwd" target="127.0.0.1" port="$stream_port" protocol="tcp" zipLevel="6"
           compression.mode="stream:always" compression.stream.flushOnTXEnd="on")
    action(type="omfwd" target="127.0.0.1" port="$single_port" protocol="tcp" zipLevel="9" compression.mode="single")
}
CONF
start() {
    printf 'global(workDirectory="%s" maxMessageSize="64k")\n' "$SCRATCH" | cat - "$1.conf" >"$1.full.conf"
    with_warpz $RSYSLOGD -n -f "$SCRATCH/$1.full.conf" -i "$SCRATCH/$1.pid" >"$1.log" 2>&1 &
    at_exit "kill \$(cat $SCRATCH/$1.pid)"
    local try
    for ((try = 0; try < 100; try++)); do
        if [[ -s $1.pid ]] && (: <"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$1.log"
    fail "rsyslogd ($1) did not start"
}
start receiver "$stream_port"
start sender "$port"

# Long lines of real text: rsyslog compresses a single message when that makes it smaller.
sample_tree tree 6144
find tree -type f -name '*.[hp]*' -exec cat {} + | tr -cd ' -~\n' | tr -s ' ' | fold -s -w 900 | paste -d ' ' - - |
    sed 's/^ *//; s/ *$//' | grep -E '.{40}' | awk 'NR <= 3000' >lines
while IFS= read -r line; do printf '<13>Jan  1 00:00:00 host app: %s\n' "$line"; done <lines >"/dev/tcp/127.0.0.1/$port"

wanted=$(wc -l <lines)
arrived() { gzip -dc "$1" 2>/dev/null | wc -l; }
for ((try = 0; try < 300; try++)); do
    if (($(arrived robust.gz) >= wanted && $(arrived single.gz) >= wanted)); then break; fi
    sleep 0.2
done
for daemon in sender receiver; do prove_mapped "$(<$daemon.pid)" "rsyslogd ($daemon)"; done
for daemon in sender receiver; do
    pid=$(<$daemon.pid)
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
done
wait
prove_loaded "rsyslogd"
prove_bound deflate $RSYSLOGD -N 1 -f "$SCRATCH/receiver.full.conf"
for file in stream.gz robust.gz single.gz; do
    gzip -t "$file" || fail "gzip rejects $file"
    gzip -dc "$file" | cmp - lines || fail "$file has other lines than were sent ($(arrived "$file") of $wanted)"
done
note "$wanted messages arrived over both compressed ways and in three gzip files"
