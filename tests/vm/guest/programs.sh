# SPDX-License-Identifier: Zlib
# V7: programs of Debian as they are, with the shim preloaded, on the device. Their work is looked at by the host, with
# its own zlib: programs_check.sh.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
load_driver
QUEUES=$(available)
TREE=$VM_STAGE/tree
ran=0

# accelerated PROGRAM COMMAND...: under the shim; what it counted goes to /out/PROGRAM.stats.
accelerated() {
    local name=$1
    shift
    on_device "${PRELOAD[@]}" WARPZ_STATS="/out/$name.stats" "$@"
}
# done_on_device PROGRAM: its processes had descriptors answered.
done_on_device() {
    local jobs
    jobs=$(($(sum_of "/out/$1.stats" deflate_queue.jobs) + $(sum_of "/out/$1.stats" inflate_queue.jobs)))
    ((jobs > 0)) || { cat "/out/$1.stats" >&3; fail "$1: nothing went to the device"; }
    say "$1: $(sum_of "/out/$1.stats" deflate_queue.in_bytes) bytes compressed and \
$(sum_of "/out/$1.stats" inflate_queue.out_bytes) decompressed by the device, in $jobs descriptors"
    expect_all_free "$1"
    ((++ran))
}
has() { [[ -x $1 ]] || { say "without ${1##*/}: it is not installed"; return 1; }; }

if has /usr/bin/python3; then
    (cd "$TREE" && accelerated python3 /usr/bin/python3 -m zipfile -c /out/python3.zip usr) || fail "python3 -m zipfile -c"
    accelerated python3 /usr/bin/python3 -m zipfile -t /out/python3.zip >&3 || fail "python3 -m zipfile -t"
    accelerated python3 /usr/bin/python3 -c '
import gzip, sys
data = open(sys.argv[1], "rb").read()
with gzip.open("/out/python3.gz", "wb") as file: file.write(data)
assert gzip.open("/out/python3.gz").read() == data' "$VM_STAGE/small/sample00" || fail "python3: gzip"
    done_on_device python3
fi

if has /usr/bin/git; then
    git() { accelerated git /usr/bin/git -c user.name=vm -c user.email=vm@localhost -c gc.auto=0 "$@"; }
    cp -r "$TREE" /tmp/work
    {
        git init -q /tmp/work && git -C /tmp/work add . && git -C /tmp/work commit -q -m 'Real files' &&
            git -C /tmp/work gc -q && git -C /tmp/work fsck --strict --no-progress &&
            git -C /tmp/work bundle create -q /out/git.bundle HEAD && git clone -q /out/git.bundle /tmp/clone &&
            diff -r --exclude=.git /tmp/clone "$TREE"
    } >&3 2>&3 || fail "git"
    done_on_device git
fi

if has /usr/sbin/nginx && has /usr/bin/curl; then
    mkdir -p /tmp/nginx
    cat >/tmp/nginx/conf <<'CONF'
user root;
worker_processes 2;
pid /tmp/nginx/pid;
error_log /out/nginx.log info;
events { }
http {
    access_log off; default_type text/plain; gzip on; gzip_min_length 0; gzip_types *; gzip_comp_level 5;
    client_body_temp_path /tmp/nginx/b; proxy_temp_path /tmp/nginx/p; fastcgi_temp_path /tmp/nginx/f;
    uwsgi_temp_path /tmp/nginx/u; scgi_temp_path /tmp/nginx/s;
    server { listen 127.0.0.1:8080; location / { root /tmp/nginx/www; } }
}
CONF
    ln -s "$VM_STAGE/small" /tmp/nginx/www
    # nginx clears its environment but for what it is told, and the shim has read it by then.
    accelerated nginx /usr/sbin/nginx -c /tmp/nginx/conf -e /out/nginx.log -g 'env WARPZ_DEVICE; env WARPZ_MIN_BYTES; env WARPZ_STATS; env LD_PRELOAD;' ||
        fail "nginx"
    for file in sample00 sample03 random; do
        curl -sS -f -H 'Accept-Encoding: gzip' -o "/out/nginx.$file.gz" "http://127.0.0.1:8080/$file" || fail "nginx: $file"
    done
    # curl inflates in memory of its own allocator, which the library leaves to software.
    accelerated curl curl -sS -f --compressed -o /tmp/fetched http://127.0.0.1:8080/sample00 || fail "curl"
    cmp /tmp/fetched "$VM_STAGE/small/sample00" || fail "curl decodes to something else"
    kill -QUIT "$(cat /tmp/nginx/pid)"
    wait_for 30 test ! -e /tmp/nginx/pid || fail "nginx does not end"
    ! grep -E '\[(alert|crit|emerg)\]' /out/nginx.log >&3 || fail "nginx complains"
    done_on_device nginx
fi

if has /usr/sbin/rsyslogd; then
    cat >/tmp/rsyslog.conf <<'CONF'
global(workDirectory="/tmp" maxMessageSize="64k")
module(load="imptcp")
template(name="line" type="string" string="%msg:2:$%\n")
ruleset(name="file") { action(type="omfile" file="/out/rsyslog.gz" template="line" zipLevel="6" veryRobustZip="on" flushOnTXEnd="on") }
input(type="imptcp" address="127.0.0.1" port="10514" ruleset="file")
CONF
    accelerated rsyslog /usr/sbin/rsyslogd -n -f /tmp/rsyslog.conf -i /tmp/rsyslog.pid >&3 2>&3 &
    wait_for 60 bash -c ': <>/dev/tcp/127.0.0.1/10514' 2>/dev/null || fail "rsyslogd does not listen"
    find "$TREE" -type f -name '*.[hp]*' -exec cat {} + | tr -cd ' -~\n' | grep -E '.{60}' | sed 's/^ *//; s/ *$//' |
        head -n 1500 >/out/rsyslog.lines
    sed 's/^/<13>Jan  1 00:00:00 host app: /' /out/rsyslog.lines >/dev/tcp/127.0.0.1/10514
    have_arrived() { (($(gzip -dc /out/rsyslog.gz 2>/dev/null | wc -l) >= $(wc -l </out/rsyslog.lines))); }
    wait_for 120 have_arrived || fail "rsyslog: $(gzip -dc /out/rsyslog.gz 2>/dev/null | wc -l) lines arrived"
    kill "$(cat /tmp/rsyslog.pid)"
    wait
    done_on_device rsyslog
fi

BIN=/usr/lib/postgresql/15/bin
if has $BIN/initdb && has $BIN/pg_dump; then
    as_postgres() { accelerated postgresql setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
    install -d -o postgres -m 700 /tmp/db
    chmod 666 "/dev/$DEVICE"
    touch /out/postgresql.stats && chmod 666 /out/postgresql.stats
    as_postgres $BIN/initdb -D /tmp/db/data -A trust -U postgres --no-sync >/tmp/initdb.log || fail "initdb"
    printf "listen_addresses = ''\nunix_socket_directories = '/tmp/db'\nfsync = off\n" >>/tmp/db/data/postgresql.conf
    as_postgres $BIN/pg_ctl -D /tmp/db/data -l /tmp/db/log -w -t 300 start >/tmp/start.log || fail "pg_ctl start"
    export PGHOST=/tmp/db PGUSER=postgres PGDATABASE=postgres
    psql() { $BIN/psql -X -q -v ON_ERROR_STOP=1 "$@"; }
    psql -c "CREATE TABLE numbers AS SELECT i, md5(i::text) AS digest FROM generate_series(1, 40000) i" || fail "psql"
    accelerated postgresql $BIN/pg_dump -Fp -Z 6 -f /out/postgresql.gz postgres || fail "pg_dump -Fp"
    accelerated postgresql $BIN/pg_dump -Fc -Z 1 -f /tmp/dump postgres || fail "pg_dump -Fc"
    psql -c "CREATE DATABASE copy" && accelerated postgresql $BIN/pg_restore -d copy /tmp/dump || fail "pg_restore"
    digest() { psql -At -d "$1" -c "SELECT md5(string_agg(i || digest, '' ORDER BY i)) FROM numbers"; }
    [[ $(digest postgres) == "$(digest copy)" ]] || fail "PostgreSQL restores something else"
    accelerated postgresql $BIN/pg_basebackup -D /tmp/backup -Ft -X none --no-manifest -c fast --compress=server-gzip:6 ||
        fail "pg_basebackup"
    cp /tmp/backup/base.tar.gz /out/postgresql.base.tar.gz
    as_postgres $BIN/pg_ctl -D /tmp/db/data -m fast -w stop >/dev/null || fail "pg_ctl stop"
    done_on_device postgresql
fi
((ran >= 4)) || skip "only $ran of the programs are installed"
pass
