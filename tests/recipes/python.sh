#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# python3: CPython's own tests of zlib, gzip, zipfile and what stands on them, then files between the library and
# the system's gzip. The interpreter is Debian's, which links the system's libz.so.1.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

PYTHON=/usr/bin/python3
require_program $PYTHON python3
for variable in $(compgen -e PYTHON); do [[ $variable == PYTHON ]] || unset "$variable"; done
$PYTHON -s -c 'import test.test_zlib, test.test_gzip, test.test_zipfile' 2>/dev/null ||
    skip "no test modules (Debian package libpython3.11-testsuite)"

tests=(test_zlib test_gzip test_zipfile test_zipimport test_tarfile test_httpservers)
with_warpz $PYTHON -s -m test --tempdir "$SCRATCH" --timeout 400 "${tests[@]}" ||
    fail "python3 -m test ${tests[*]}"
prove_loaded "python3 -m test"
prove_bound deflate $PYTHON -s -c 'import zlib; zlib.compress(b"x")'
prove_bound inflate $PYTHON -s -c 'import zlib; zlib.decompress(zlib.compress(b"x"))'

sample_tree tree 8192
tar -cf tree.tar tree
with_warpz $PYTHON -s - <<'CODE'
import gzip, shutil, zipfile, pathlib
for level in range(10):
    with open("tree.tar", "rb") as source, gzip.open(f"{level}.gz", "wb", level) as target:
        shutil.copyfileobj(source, target)
with zipfile.ZipFile("tree.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for file in sorted(pathlib.Path("tree").rglob("*")):
        archive.write(file)
CODE
for level in {0..9}; do
    gzip -dc "$level.gz" | cmp - tree.tar
    gzip "-$((level ? level : 1))" -c tree.tar >"theirs$level.gz"
done
mkdir unpacked
(cd unpacked && $PYTHON -s -m zipfile -e ../tree.zip .)
diff -r tree unpacked/tree
with_warpz $PYTHON -s - <<'CODE'
import gzip
want = open("tree.tar", "rb").read()
for level in range(10):
    for name in f"{level}.gz", f"theirs{level}.gz":
        if gzip.open(name).read() != want:
            raise SystemExit(f"{name} was read wrongly")
CODE
prove_loaded "gzip and zipfile"
note "gzip and the system's zlib agree on $(stat -c %s tree.tar) bytes at ten levels"
