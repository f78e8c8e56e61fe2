#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Builds mainline's own drivers of HiSilicon's accelerator, hisi_qm and hisi_zip, for Debian's newest kernel, from that kernel's
# source. The one change to them is mailbox.patch. Nothing of the kernel is kept in this tree.
#
#   tests/vm/hisi/build.sh FOLDER     FOLDER as driver/build.sh has left it, with the kernel `newest` and its modules
#
# Leaves FOLDER/newest/hisi: hisi_qm.ko, hisi_zip.ko, and `needs`, the kernel's own modules that they need. Exits 77 with
# "skipped: REASON" when the drivers' source is not there, or has become something that the patch does not fit.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$HERE/../../../scripts/lib.sh"

(($# == 1)) || die "usage: $0 FOLDER"
DIR=$(cd "$1/newest" && pwd -P)
SOURCE=$DIR/source/drivers/crypto/hisilicon BUILD=$DIR/root/build/hisi OUT=$DIR/hisi
[[ -e $SOURCE/qm.c ]] || { echo "skipped: the kernel's source has no drivers/crypto/hisilicon" >&2; exit 77; }

rm -rf "$BUILD" "$OUT"
mkdir -p "$BUILD" "$OUT"
cp -r "$SOURCE"/{qm.c,sgl.c,debugfs.c,qm_common.h,zip} "$BUILD"
rm "$BUILD/zip/Makefile"
patch -s -d "$BUILD" -p1 <"$HERE/mailbox.patch" || { echo "skipped: mailbox.patch does not fit this kernel" >&2; exit 77; }
cat >"$BUILD/Kbuild" <<'KBUILD'
ccflags-y += -DCONFIG_UACCE=1 -DCONFIG_UACCE_MODULE=1 -DCONFIG_CRYPTO_DEV_HISI_QM=1
obj-m := hisi_qm.o hisi_zip.o
hisi_qm-y := qm.o sgl.o debugfs.o
hisi_zip-y := zip/zip_main.o zip/zip_crypto.o zip/dae_main.o
KBUILD
say "mainline's hisi_zip for $(<"$DIR/release")"
"$HERE/../../../driver/build.sh" --run "$1" newest make -C "/usr/src/linux-headers-$(<"$DIR/release")" -j1 -s CONFIG_DEBUG_INFO_BTF_MODULES= \
    KBUILD_EXTRA_SYMBOLS=/build/uacce/Module.symvers M=/build/hisi modules
cp "$BUILD"/hisi_{qm,zip}.ko "$OUT"
for module in "$OUT"/*.ko; do modinfo -F depends "$module"; done | tr ',' '\n' | grep -v -E '^(hisi_qm|uacce|)$' | sort -u >"$OUT/needs" || true
