#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# zlib's examples and minizip: programs that show what the advanced functions are for. Between them they use Z_BLOCK on
# both sides, inflatePrime and deflatePrime, dictionaries in mid-stream, inflateBack, crc32_combine, raw streams,
# partial flushes, and resets.
set -euo pipefail
. "$(dirname "$0")/build.sh"

cp zlib/examples/*.[ch] zlib/contrib/minizip/*.[ch] plain/
cat >plain/log_many.c <<'C'
#include <stdio.h>
#include <string.h>
#include "gzlog.h"
/* Logs standard input in messages of growing length, reopening the log now and then, and compresses it at the end. */
int main(int argc, char **argv) {
    static char message[70000];
    size_t length = 1, got;
    gzlog *log = gzlog_open(argv[1]);
    while (log != NULL && (got = fread(message, 1, length, stdin)) > 0) {
        if (gzlog_write(log, message, got)) return 2;
        length = length * 3 % 65537;
        if (length % 5 == 0) {
            if (gzlog_close(log)) return 3;
            log = gzlog_open(argv[1]);
        }
    }
    return argc != 2 || log == NULL || gzlog_compress(log) || gzlog_close(log);
}
C
build zpipe zpipe.c
build fitblk fitblk.c
build gun gun.c
build gzappend gzappend.c
build gzjoin gzjoin.c
build gznorm gznorm.c
build zran zran.c -DTEST -D_FILE_OFFSET_BITS=64
build log_many "log_many.c gzlog.c"
build minizip "minizip.c zip.c ioapi.c" -D_FILE_OFFSET_BITS=64
build miniunz "miniunz.c unzip.c ioapi.c" -D_FILE_OFFSET_BITS=64

sample_tree tree 6144
tar -cf sample --sort=name --mtime=@0 --owner=0 --group=0 tree
head -c 1000000 sample >part
find zlib -path zlib/debian -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 cat >fixed
: >empty
expect() { cmp "$1" "$2" || fail "$3"; }

for kind in "${KINDS[@]}"; do
    run() { with_warpz "./${kind}_$1" "${@:2}"; }
    # zpipe: the loop that every program has.
    for file in empty part sample; do
        run zpipe <"$file" >packed.zz
        run zpipe -d <packed.zz | expect - "$file" "$kind zpipe $file"
        ./debian_zpipe -d <packed.zz | expect - "$file" "$kind zpipe $file, unpacked by the system's zlib"
        ./debian_zpipe <"$file" | run zpipe -d | expect - "$file" "$kind zpipe -d $file"
    done

    # fitblk: deflate and inflate by turns, to fill a block; what does not fit is cut off. It wants the same data compressed
    # again to within 8 bytes of the first time, which zlib's own output misses on one input in some hundred: so the input is
    # one that stays what it is. A chunk from the model or the pool has an end of its own.
    fitblk_sizes=(250 500 1000 1500 2000 3000 4096 6000 8000 12000 16384 65536 300000 1000000)
    if is_offloaded; then
        note "skipped: fitblk on the $MODE: it compresses again to within 8 bytes, and chunks have ends of their own"
        fitblk_sizes=()
    fi
    for size in "${fitblk_sizes[@]}"; do
        run fitblk "$size" <fixed >fit.zz 2>fit.txt || fail "$kind fitblk $size ends with $?: $(cat fit.txt)"
        (($(stat -c %s fit.zz) <= size)) || fail "$kind fitblk $size wrote $(stat -c %s fit.zz)"
        ./debian_zpipe -d <fit.zz >fit
        (($(stat -c %s fit) > size)) || fail "$kind fitblk $size: only $(stat -c %s fit) bytes packed"
        head -c "$(stat -c %s fit)" fixed | expect - fit "$kind fitblk $size"
        (($(stat -c %s fit.zz) > size - 100)) || fail "$kind fitblk $size leaves room: $(cat fit.txt)"
    done

    # gun: inflateBack() on gzip files, of one and several members.
    for level in 1 6 9; do
        /usr/bin/gzip -n "-$level" -c sample >sample.gz
        cat sample.gz sample.gz >twice.gz
        run gun <sample.gz | expect - sample "$kind gun, level $level"
        run gun -t sample.gz
        run gun <twice.gz | expect - <(cat sample sample) "$kind gun, two members"
    done
    head -c 500000 sample.gz >cut.gz
    run gun -t cut.gz 2>gun.txt
    grep -q -x 'gun unexpected end of file on cut.gz' gun.txt || fail "$kind gun on a truncated file: $(cat gun.txt)"

    # gzappend: finds the last block's last bit and goes on from there. gzjoin and gznorm: copy blocks, bit by bit.
    for level in 1 9; do
        /usr/bin/gzip -n "-$level" -c part >appended.gz
        run gzappend "-$level" appended.gz sample empty part
        /usr/bin/gzip -dc appended.gz | expect - <(cat part sample part) "$kind gzappend -$level"
        (($(LC_ALL=C grep -c -a -o -P '^\x1f\x8b\x08' appended.gz) == 1)) || fail "$kind gzappend: more than one member"
        /usr/bin/gzip -n "-$level" -c part >part.gz
        : | /usr/bin/gzip -n -c >empty.gz
        run gzjoin part.gz empty.gz sample.gz appended.gz >joined.gz
        /usr/bin/gzip -dc joined.gz | expect - <(cat part sample part sample part) "$kind gzjoin -$level"
        cat part.gz empty.gz sample.gz appended.gz | run gznorm >normal.gz
        expect <(/usr/bin/gzip -dc normal.gz) <(cat part sample part sample part) "$kind gznorm -$level"
    done

    # zran: random access by points between blocks.
    for offset in 0 1 1048575 3333333 6000000; do
        for file in sample.gz packed.zz; do
            run zran "$file" "$offset" >got 2>zran.txt
            expect got <(tail -c +$((offset + 1)) sample | head -c "$(stat -c %s got)") "$kind zran $file $offset: $(cat zran.txt)"
            [[ -s got ]] || fail "$kind zran $file $offset: nothing"
        done
    done

    # gzlog: stored blocks first, compressed with the last 32 KiB as dictionary later, the file valid at any time.
    rm -f log.*
    run log_many log <sample || fail "$kind gzlog ends with $?"
    /usr/bin/gzip -dc log.gz | expect - sample "$kind gzlog"
    (($(stat -c %s log.gz) < $(stat -c %s sample) * 2 / 3)) || fail "$kind gzlog: $(stat -c %s log.gz) bytes, hardly compressed"

    # minizip: raw deflate in zip files.
    for level in 0 1 9; do
        rm -rf out.zip unpacked && mkdir unpacked
        run minizip -o "-$level" out.zip sample part empty >/dev/null
        python3 - out.zip sample part empty <<'PYTHON' || fail "$kind minizip -$level"
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for name in sys.argv[2:]:
        assert archive.read(name) == open(name, "rb").read(), name
PYTHON
        run miniunz -x -o out.zip -d unpacked >/dev/null
        for file in sample part empty; do expect "unpacked/$file" "$file" "$kind miniunz -$level $file"; done
    done
    prove_loaded "$kind examples"
done
note "examples and minizip: good (${KINDS[*]})"
