/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU's bus is to the device models: memory behind the IOMMU, with and without PASID, interrupts, the big lock.
 */
#ifndef WARPZ_QEMU_BUS_H
#define WARPZ_QEMU_BUS_H

#include "accelerator.h"
#include "shared_addresses.h"

struct PCIDevice;

/* A model's front_end: lives in the device. */
struct device_bus {
    struct PCIDevice *device;
    struct shared_addresses *shared; /* null: no SVA */
    void (*notify)(struct PCIDevice *device, unsigned vector);
};

/* The host that a model gets; with `has_sva` one that has PASIDs. `bus` is filled, but for `shared`. */
struct warpz_host bus_host(struct device_bus *bus, struct PCIDevice *device,
                           void (*notify)(struct PCIDevice *device, unsigned vector), bool has_sva);

/* PASID, ATS and PRI for a device that has its PCI Express capability, and the bit that `shows_smpwc` asks for. */
void bus_share_addresses(struct device_bus *bus, bool shows_smpwc);
void bus_reset(struct device_bus *bus);
void bus_exit(struct device_bus *bus);

#endif
