#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# PostgreSQL: pg_dump and pg_restore in the custom and directory formats, and a base backup that the server
# itself compresses, on a scratch cluster. Archives cross between the library and the system's zlib both ways.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

BIN=/usr/lib/postgresql/15/bin
require_program $BIN/initdb postgresql-15
require_program $BIN/pg_dump postgresql-client-15
id postgres >/dev/null 2>&1 || skip "there is no user postgres"
((EUID == 0)) || skip "only root can run a server as the user postgres"

# The server refuses to run as root. setpriv keeps the environment, LD_PRELOAD included.
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
install -d -o postgres -m 700 db
install -d -o postgres -m 755 out
export PGHOST=$SCRATCH/db PGUSER=postgres PGDATABASE=postgres HOME=$SCRATCH/out PGOPTIONS="-c client_min_messages=warning"
unset PGDATA PGPORT PGSERVICE

as_postgres $BIN/initdb -D db/data -A trust -U postgres --no-sync >initdb.log
printf "listen_addresses = ''\nunix_socket_directories = '%s'\nfsync = off\n" "$SCRATCH/db" >>db/data/postgresql.conf
at_exit "as_postgres $BIN/pg_ctl -D $SCRATCH/db/data -m immediate stop"
with_warpz setpriv --reuid=postgres --regid=postgres --clear-groups \
    $BIN/pg_ctl -D "$SCRATCH/db/data" -l "$SCRATCH/out/server.log" -w start >start.log || { cat out/server.log; fail "no server"; }
prove_mapped "$(head -n 1 db/data/postmaster.pid)" "postgres"

# Real text by lines, real programs as bytea, and numbers.
sample_tree tree 12288
find tree -type f -name '*.[hp]*' -exec cat {} + | tr '\t' ' ' | tr -cd ' -[]-~\n' |
    awk '{ print NR "\t" $0 }' >lines.tsv
chmod -R a+rX tree lines.tsv
psql() { $BIN/psql -X -q -v ON_ERROR_STOP=1 "$@"; }
psql <<SQL
CREATE TABLE lines (id int PRIMARY KEY, line text);
\\copy lines from '$SCRATCH/lines.tsv'
CREATE TABLE files (name text, content bytea);
INSERT INTO files SELECT f, pg_read_binary_file('$SCRATCH/tree/usr/bin/' || f)
    FROM pg_ls_dir('$SCRATCH/tree/usr/bin') f WHERE NOT (pg_stat_file('$SCRATCH/tree/usr/bin/' || f)).isdir;
CREATE TABLE numbers AS SELECT i, md5(i::text) AS digest, random() AS value FROM generate_series(1, 60000) i;
CREATE INDEX ON lines (md5(line));
SQL
digest() {
    psql -A -t -d "$1" -c "SELECT (SELECT md5(string_agg(line, E'\\n' ORDER BY id)) FROM lines),
        (SELECT md5(string_agg(name || md5(content), '' ORDER BY name)) FROM files),
        (SELECT md5(string_agg(i || digest || value, '' ORDER BY i)) FROM numbers)"
}
want=$(digest postgres)

# restore_and_check PROGRAM-PREFIX ARCHIVE: restores into a fresh database and compares all tables.
restore_and_check() {
    local runner=$1 archive=$2
    psql -c "DROP DATABASE IF EXISTS copy" -c "CREATE DATABASE copy"
    $runner $BIN/pg_restore --exit-on-error -d copy "$archive"
    [[ $(digest copy) == "$want" ]] || fail "$archive restores other data ($runner)"
}
system() { env "$@"; }

for level in 1 6 9; do
    with_warpz $BIN/pg_dump -Fc -Z $level -f "custom$level" postgres
    restore_and_check system "custom$level"
done
$BIN/pg_dump -Fc -f theirs postgres
restore_and_check with_warpz theirs
restore_and_check with_warpz custom6
with_warpz $BIN/pg_dump -Fd -j 2 -f folder postgres
gzip -t folder/*.gz
restore_and_check with_warpz folder
with_warpz $BIN/pg_dump -Fp -Z 6 -f plain.gz postgres
shows '^-- PostgreSQL database dump complete' gzip -dc plain.gz || fail "plain.gz is cut short"
prove_loaded "pg_dump and pg_restore"
prove_bound deflate $BIN/pg_dump -Fc -t numbers -f bound postgres
prove_bound inflate $BIN/pg_restore -f - bound >/dev/null

for where in server client; do
    with_warpz $BIN/pg_basebackup -D "$where" -Ft -X none --no-manifest -c fast --compress=$where-gzip:6
    gzip -dc $where/base.tar.gz | tar -t >$where.list
    grep -q '^PG_VERSION$' $where.list || fail "the $where's base backup has no PG_VERSION"
done
prove_loaded "pg_basebackup"
note "dumps of $(stat -c %s lines.tsv) bytes of lines and more restore to the same tables on both zlibs"
