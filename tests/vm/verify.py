#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""The host's side of the checks, by the system's own zlib.

usage: verify.py prepare DATA PACKED [FORMAT...]     DATA/NAME to PACKED/NAME.FORMAT, a format each in turn
       verify.py check DATA OUT...                   each OUT/NAME.FORMAT or OUT/NAME@TURN.FORMAT decompresses to
                                                     DATA/NAME, to the last byte
"""
import ctypes
import pathlib
import sys
import zlib

WBITS = {"raw": -15, "zlib": 15, "gzip": 31}


def expect_stock():
    with open("/proc/self/maps", encoding="ascii") as maps:
        mapped = {line.split()[-1] for line in maps if "libz.so" in line or "libwarpz" in line}
    assert len(mapped) == 1 and all("x86_64-linux-gnu" in path for path in mapped), mapped


def main():
    ctypes.CDLL("libz.so.1")
    expect_stock()
    verb, data_folder, *rest = sys.argv[1:]
    data_folder = pathlib.Path(data_folder)
    if verb == "prepare":
        target, forms = pathlib.Path(rest[0]), rest[1:] or list(WBITS)
        target.mkdir()
        for number, path in enumerate(sorted(data_folder.iterdir())):
            form = forms[number % len(forms)]
            stream = zlib.compressobj((6, 1, 9)[number % 3], zlib.DEFLATED, WBITS[form])
            (target / f"{path.name}.{form}").write_bytes(stream.compress(path.read_bytes()) + stream.flush())
        return
    files = 0
    for folder in map(pathlib.Path, rest):
        paths = sorted(path for path in folder.iterdir() if path.suffix[1:] in WBITS)
        if not paths:
            sys.exit(f"{folder}: nothing to check")
        for path in paths:
            stream = zlib.decompressobj(WBITS[path.suffix[1:]])
            data = stream.decompress(path.read_bytes()) + stream.flush()
            if not stream.eof or stream.unused_data or data != (data_folder / path.stem.partition("@")[0]).read_bytes():
                sys.exit(f"{path}: not what was compressed")
            files += 1
    print(f"{files} files decode, by zlib {zlib.ZLIB_RUNTIME_VERSION}, to what was compressed")


main()
