/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What device models have in common as PCI Express devices of QEMU: memory behind the IOMMU, with and without PASID, the big
 * lock, BARs, capabilities (FLR, AER; PASID, ATS and PRI), resets, and these properties: queues, level; sva=on for shared
 * virtual addresses, behind an IOMMU that does them, and smpwc=on for an IOMMU that forgets to say so (ecap_overlay.h); at run
 * time, by QMP's qom-set and qom-get, `fault` (fault_switch.hpp) and `counters`.
 *
 * A model is a QOM type whose parent is TYPE_BUS_DEVICE and whose instance_init sets `model`. No use is made of the layout of
 * QEMU's own structures behind their first member, since distributions' headers and binaries are not always of one version.
 */
#ifndef WARPZ_QEMU_BUS_H
#define WARPZ_QEMU_BUS_H

#include "exec/memory.h"
#include "hw/pci/pci.h"

#include "accelerator.h"
#include "versions.h"

#define TYPE_BUS_DEVICE "warpz-device"

/* Of extended configuration space: one has to be at its front. */
enum {
    AER_OFFSET = 0x100,
    ATS_OFFSET = 0x148,
    PASID_OFFSET = 0x150,
    PRI_OFFSET = 0x158,
};

typedef struct BusDevice BusDevice;

struct bus_region_kind {
    const char *name;
    unsigned bar;
    uint64_t bytes; /* rounded up to a power of two */
    bool is_per_queue;
};

/* The engine is what `create` returns: null when there is no memory. */
struct bus_model {
    const char *name;
    unsigned least_queues;
    struct bus_region_kind region[2];
    void *(*create)(const BusDevice *bus, const struct warpz_host *host);
    void (*destroy)(void *engine);
    void (*reset)(void *engine);
    uint64_t (*read)(void *engine, unsigned bar, uint64_t offset, unsigned size);
    void (*write)(void *engine, unsigned bar, uint64_t offset, uint64_t value, unsigned size);
    void (*describe)(void *engine, char *text, size_t size);
    bool (*set_fault)(void *engine, const char *text);
    void (*add_interrupts)(BusDevice *bus, Error **errp);
    void (*remove_interrupts)(PCIDevice *device);
    void (*notify)(PCIDevice *device, unsigned vector);
};

struct bus_region {
    MemoryRegion memory;
    uint8_t spare[SPARE_BYTES];
    BusDevice *bus;
    unsigned bar;
};

struct BusDevice {
    PCIDevice parent_obj;
    uint8_t spare[SPARE_BYTES];
    struct bus_region region[2];
    uint32_t queues;
    uint32_t vectors; /* a model's own property */
    uint32_t level;
    bool has_sva;
    bool shows_smpwc;
    const struct bus_model *model;
    void *engine;
    struct shared_addresses *shared; /* null: no SVA */
};

static inline BusDevice *bus_device(void *object)
{
    return OBJECT_CHECK(BusDevice, object, TYPE_BUS_DEVICE);
}

/* Registers the type that is everybody's parent, if it is not yet, and then these. To be called by
 * module_init(..., MODULE_INIT_MIGRATION), not type_init(): a preloaded object's constructors run before QEMU's own, and parents
 * have to be there first. The list of migration modules is run right after that of types. */
void bus_register(const TypeInfo *types, size_t count);

#endif
