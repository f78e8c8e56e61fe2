#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""Compresses the files of a folder and decompresses what another zlib compressed, through the zlib of this process.

usage: streams.py DATA PACKED OUT

DATA/NAME is compressed to OUT/NAME.{raw,zlib,gzip}; PACKED/NAME.FORMAT, made on the host by its own zlib, is decompressed
and compared with DATA/NAME, unless VM_ONLY=deflate. Which format each file gets is fixed, all occur. With VM_WHILE=FILE
there is another turn, to OUT/NAME@TURN.FORMAT, as long as that file exists. Prints "bytes=DEFLATED,INFLATED".
"""
import os
import pathlib
import sys
import zlib

WBITS = {"raw": -15, "zlib": 15, "gzip": 31}
CHUNK = 1 << 18


def pack(data, wbits, level):
    stream = zlib.compressobj(level, zlib.DEFLATED, wbits)
    parts = [stream.compress(data[at:at + CHUNK]) for at in range(0, len(data), CHUNK)]
    return b"".join(parts) + stream.flush()


def unpack(packed, wbits, size):
    stream = zlib.decompressobj(wbits)
    parts = []
    for at in range(0, len(packed), CHUNK):
        rest = packed[at:at + CHUNK]
        while rest and not stream.eof:
            parts.append(stream.decompress(rest, 1 << 20))
            rest = stream.unconsumed_tail
    parts.append(stream.flush())
    assert stream.eof and not stream.unused_data, "the stream does not end where it should"
    data = b"".join(parts)
    assert len(data) == size, f"{len(data)} bytes for {size}"
    return data


def main():
    data_folder, packed_folder, out = map(pathlib.Path, sys.argv[1:4])
    deflated = inflated = turn = 0
    out.mkdir(parents=True, exist_ok=True)
    while turn == 0 or os.path.exists(os.environ.get("VM_WHILE", "")):
        for path in sorted(packed_folder.iterdir()):
            name, _, form = path.name.rpartition(".")
            data = (data_folder / name).read_bytes()
            packed = pack(data, WBITS[form], (1, 6, 9)[(turn + len(name)) % 3])
            (out / (f"{name}@{turn}.{form}" if turn else path.name)).write_bytes(packed)
            deflated += len(data)
            if os.environ.get("VM_ONLY") == "deflate":
                continue
            if unpack(path.read_bytes(), WBITS[form], len(data)) != data:
                sys.exit(f"{path.name}: decompressed to something else")
            inflated += len(data)
        turn += 1
    print(f"bytes={deflated},{inflated}")


main()
