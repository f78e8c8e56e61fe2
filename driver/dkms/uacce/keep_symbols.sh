#!/bin/sh
# SPDX-License-Identifier: Zlib
# Puts what uacce.ko exports beside the module that was built: modules on top of it are linked against that.
# keep_symbols.sh KERNEL-RELEASE ARCHITECTURE, in DKMS' build folder
set -eu
cp Module.symvers "../$1/$2/Module.symvers"
