/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared virtual addresses of a device in QEMU: the capabilities PASID, ATS and PRI, translations and page requests.
 * Everything is called with the big lock held.
 */
#ifndef WARPZ_QEMU_SHARED_ADDRESSES_H
#define WARPZ_QEMU_SHARED_ADDRESSES_H

#include "accelerator.h"

struct PCIDevice;
struct shared_addresses;

/* Whether this QEMU has what devices need for it; 7.2 has not. */
bool shared_addresses_are_there(void);

/* Adds the capabilities to a device that has its PCI Express capability. */
struct shared_addresses *shared_addresses_create(struct PCIDevice *device);
/* Page requests that are waited for end as refused. */
void shared_addresses_destroy(struct shared_addresses *shared);
void shared_addresses_reset(struct shared_addresses *shared);

/* What the accelerator's host offers; see accelerator.h. */
bool shared_addresses_are_enabled(struct PCIDevice *device);
enum warpz_access shared_addresses_copy(struct PCIDevice *device, uint32_t pasid, uint64_t address, void *bytes,
                                        size_t size, bool writes);
enum warpz_access shared_addresses_request(struct shared_addresses *shared, uint32_t pasid, uint64_t address,
                                           bool writes);

#endif
