#!/bin/sh
# SPDX-License-Identifier: Zlib
# Takes drivers/misc/uacce/uacce.c out of the distribution's kernel source: fetch_uacce.sh KERNEL-RELEASE
# The package linux-source-X.Y has it, as a tarball or, once somebody has unpacked it, as a folder.
set -eu
folder=${WARPZ_LINUX_SOURCE:-/usr/src}
series=$(echo "$1" | sed -E 's/^([0-9]+\.[0-9]+).*/\1/')
name=linux-source-$series
file=drivers/misc/uacce/uacce.c
rm -f uacce.c
if [ -e "$folder/$name/$file" ]; then
    cp "$folder/$name/$file" uacce.c
    exit 0
fi
for tarball in "$folder/$name".tar.*; do
    if [ -e "$tarball" ] && tar -xOf "$tarball" "$name/$file" >uacce.c.part; then
        mv uacce.c.part uacce.c
        exit 0
    fi
done
rm -f uacce.c.part
echo "There is no source of Linux $series in $folder: install $name" >&2
exit 1
