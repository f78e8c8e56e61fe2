# SPDX-License-Identifier: Zlib
"""python3 under the shim, called with our version: its zlib module, gzip files, and ctypes on a handle of the system's libz use our code."""
import ctypes
import gzip
import os
import sys
import tempfile
import zlib

maps = open("/proc/self/maps").read()
assert "libwarpz-preload.so" in maps
assert zlib.ZLIB_RUNTIME_VERSION == "1.3.2.0", zlib.ZLIB_RUNTIME_VERSION

text = open(os.__file__, "rb").read() * 4
for level in range(-1, 10):
    assert zlib.decompress(zlib.compress(text, level)) == text
packer = zlib.compressobj(6, zlib.DEFLATED, 31, 9, zlib.Z_FILTERED)
packed = b"".join([packer.compress(text[:1000]), packer.flush(zlib.Z_FULL_FLUSH), packer.compress(text[1000:])])
copy = packer.copy()
assert gzip.decompress(packed + packer.flush()) == text
assert gzip.decompress(packed + copy.flush()) == text

with tempfile.TemporaryDirectory() as folder:
    name = os.path.join(folder, "text.gz")
    with gzip.open(name, "wb") as file:
        file.write(text)
    with gzip.open(name, "rb") as file:
        assert file.read() == text

libz = ctypes.CDLL("libz.so.1")
libz.zlibVersion.restype = ctypes.c_char_p
assert libz.zlibVersion() == b"1.3.2.0"

child = os.fork()
if child == 0:
    os._exit(0 if zlib.decompress(zlib.compress(text)) == text else 1)
assert os.waitpid(child, 0)[1] == 0
