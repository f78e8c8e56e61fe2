/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See ecap_overlay.h. Address and bit: Intel's VT-d specification, 11.4.3, and hw/i386/intel_iommu_internal.h. */
#include "qemu/osdep.h"

#include "exec/address-spaces.h"
#include "exec/memory.h"

#include "ecap_overlay.h"

#define ECAP_ADDRESS (0xfed90000 + 0x10)
#define ECAP_SMPWC (1ULL << 48)

/* A later QEMU's region may be larger than that of these headers. */
static union {
    MemoryRegion region;
    uint8_t room[sizeof(MemoryRegion) + 4096];
} overlay;
static uint64_t ecap;

/* What lies below is read once, the first time: when the overlay is installed the IOMMU may not have been reset yet. */
static uint64_t overlay_read(void *opaque, hwaddr offset, unsigned size)
{
    if (ecap == 0) {
        memory_region_set_enabled(&overlay.region, false);
        address_space_read(&address_space_memory, ECAP_ADDRESS, MEMTXATTRS_UNSPECIFIED, &ecap, sizeof ecap);
        memory_region_set_enabled(&overlay.region, true);
        ecap |= ECAP_SMPWC;
    }
    return ecap >> (8 * offset);
}

static void overlay_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
}

static const MemoryRegionOps overlay_ops = {
    .read = overlay_read,
    .write = overlay_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
};

void ecap_overlay_install(void)
{
    memory_region_init_io(&overlay.region, NULL, &overlay_ops, NULL, "warpz-ecap", sizeof ecap);
    memory_region_add_subregion_overlap(get_system_memory(), ECAP_ADDRESS, &overlay.region, 100);
}
