#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# nginx with gzip, gzip_static and gunzip, and curl --compressed as a client. nginx gives zlib a preallocated pool of
# the size that zlib.h promises to stay within, and logs an alert when a library asks for more.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

NGINX=/usr/sbin/nginx
CURL=/usr/bin/curl
require_program $NGINX nginx
require_program $CURL curl
needs_zlib $NGINX
shows http_gunzip_module $NGINX -V || skip "this nginx has no gunzip module"

mkdir www packed temp
sample_tree tree 16384
tar -cf www/big.tar tree
find tree -type f -size -64k | sort | sed -n 1,60p | nl -w 1 -s ' ' | while read -r number file; do
    cp "$file" "www/small$number.txt"
done
: >www/empty.txt
head -c 1 www/big.tar >www/one.txt
# Only packed copies in this folder: a client that can't decode gets them through the gunzip filter.
for file in www/small?.txt www/big.tar; do gzip -6 -c "$file" >"packed/${file##*/}.gz"; done
chmod -R a+rX www packed

port=$((20000 + RANDOM % 20000))
servers=''
combination=0
# Every memory combination in turn: level, window (gzip_window wants a power of two), hash (gzip_hash).
for level in 1 4 6 9; do
    for window in 1k 4k 32k; do
        for hash in 512 16k 128k; do
            servers+="location /c$combination/ { alias $SCRATCH/www/; gzip_comp_level $level; gzip_window $window; gzip_hash $hash; }"$'\n'
            combination=$((combination + 1))
        done
    done
done
cat >nginx.conf <<CONF
user root;
daemon off;
worker_processes 2;
pid $SCRATCH/nginx.pid;
error_log $SCRATCH/error.log info;
events { worker_connections 256; }
http {
    access_log off;
    types { text/plain txt tar; }
    default_type text/plain;
    gzip on; gzip_min_length 0; gzip_types *; gzip_comp_level 6; gzip_vary on;
    client_body_temp_path temp; proxy_temp_path temp/p; fastcgi_temp_path temp/f; uwsgi_temp_path temp/u; scgi_temp_path temp/s;
    server {
        listen 127.0.0.1:$port;
        location / { root $SCRATCH/www; }
        location /packed/ { root $SCRATCH; gzip off; gzip_static always; gunzip on; }
        $servers
    }
}
CONF
((EUID == 0)) || sed -i '/^user /d' nginx.conf
with_warpz $NGINX -p "$SCRATCH" -c "$SCRATCH/nginx.conf" -e "$SCRATCH/error.log" &
at_exit "kill \$(cat $SCRATCH/nginx.pid); wait"
url=http://127.0.0.1:$port
for ((try = 0; try < 100; try++)); do
    if $CURL -s -o /dev/null "$url/one.txt"; then break; fi
    sleep 0.1
done
[[ -s nginx.pid ]] || { cat error.log; fail "nginx did not start"; }
nginx_pid=$(<nginx.pid)
prove_mapped "$nginx_pid" "nginx master"
for worker in $(cat /proc/$nginx_pid/task/*/children); do prove_mapped "$worker" "nginx worker"; done

requests=0
# fetched URL-PATH FILE: the body comes gzip-encoded and decodes to FILE.
fetched() {
    $CURL -sS -f -H 'Accept-Encoding: gzip' -D headers -o body "$url$1"
    grep -q -i '^content-encoding: gzip' headers || fail "$1 came without gzip"
    gzip -dc body | cmp - "$2" || fail "$1 decodes to something else"
    requests=$((requests + 1))
}
fetched /big.tar www/big.tar
for ((c = 0; c < combination; c++)); do
    fetched "/c$c/small1.txt" www/small1.txt
    fetched "/c$c/one.txt" www/one.txt
    fetched "/c$c/empty.txt" www/empty.txt
done
for file in www/small*.txt; do fetched "/${file##*/}" "$file"; done

# Two requests at a time over kept-alive connections, decoded by curl under the library too.
printf 'url="%s/big.tar"\noutput="/dev/null"\n' "$url" >many
for file in www/small*.txt; do printf 'url="%s/%s"\noutput="curled-%s"\n' "$url" "${file##*/}" "${file##*/}" >>many; done
with_warpz $CURL -sS -f --no-progress-meter --compressed --parallel --parallel-max 2 --config many
for file in www/small*.txt; do cmp "$file" "curled-${file##*/}"; done
with_warpz $CURL -sS -f --compressed -o curled.tar "$url/big.tar"
cmp curled.tar www/big.tar
for file in packed/*.gz; do
    name=$(basename "$file" .gz)
    $CURL -sS -f -D headers -o body "$url/packed/$name"
    ! grep -q -i '^content-encoding' headers || fail "gunzip did not run for $name"
    cmp body "www/$name" || fail "gunzip of $name gives something else"
done
kill "$nginx_pid"
wait
prove_loaded "nginx and curl"
prove_bound deflate $NGINX -t -q -p "$SCRATCH" -c "$SCRATCH/nginx.conf" -e "$SCRATCH/error.log"

if grep -E '\[(alert|crit|error|emerg)\]' error.log; then fail "nginx complains (see above)"; fi
if grep -F 'failed to use preallocated memory' error.log; then fail "the library asked for more than zlib.h promises"; fi
note "$requests responses decode with gzip; no alert about memory"
