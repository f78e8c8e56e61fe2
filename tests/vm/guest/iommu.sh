# SPDX-License-Identifier: Zlib
# V2: behind an IOMMU whose translation is on, a device reaches what the DMA API gave it and nothing else.
# shellcheck shell=bash
. "$VM_STAGE/guest/lib.sh"
grep -q -E 'DMAR: Intel\(R\) Virtualization Technology for Directed I/O' <<<"$(dmesg)" || fail "the IOMMU is not on"
load_driver
QUEUES=$(available)
group=$(readlink "$NAMES/$DEVICE/device/iommu_group") || fail "the device is in no IOMMU group"
type=$(cat "$NAMES/$DEVICE/device/iommu_group/type")
say "group ${group##*/}, $type"
[[ $type == DMA* ]] || fail "the device's addresses are not translated: $type"
main_path
expect_all_free
rmmod warpz_zip || fail "the module does not go"
pass
