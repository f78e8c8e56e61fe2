#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""Takes the ELF kernel out of a bzImage: usage: vmlinux.py BZIMAGE VMLINUX. QEMU starts it by its PVH entry.

The header's fields are those of Documentation/x86/boot.rst: setup_sects, payload_offset, payload_length.
"""
import lzma
import struct
import subprocess
import sys
import zlib


def main():
    with open(sys.argv[1], "rb") as file:
        image = file.read()
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = (setup_sectors + 1) * 512 + offset
    payload = image[begin:begin + length]
    if payload.startswith(b"\xfd7zXZ\0"):
        kernel = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x1f\x8b"):
        kernel = zlib.decompressobj(31).decompress(payload)
    elif payload.startswith(b"\x28\xb5\x2f\xfd"):
        # The size of what comes out stands behind the frame.
        kernel = subprocess.run(["zstd", "-dcq"], input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout
    else:
        sys.exit(f"{sys.argv[1]}: a payload that begins with {payload[:6].hex()} is not known here")
    if not kernel.startswith(b"\x7fELF"):
        sys.exit(f"{sys.argv[1]}: no ELF file inside")
    with open(sys.argv[2], "wb") as file:
        file.write(kernel)


main()
