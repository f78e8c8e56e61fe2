/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See bus.h. */
#include "qemu/osdep.h"

#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "hw/pci/pci.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"

#include "bus.h"
#include "ecap_overlay.h"
#include "versions.h"

static void host_lock(void)
{
    bql_lock();
}

static void host_unlock(void)
{
    bql_unlock();
}

static void host_enter_thread(void)
{
    rcu_register_thread();
}

static void host_leave_thread(void)
{
    rcu_unregister_thread();
}

static bool host_is_master(void *front_end)
{
    const struct device_bus *bus = front_end;

    return pci_default_read_config(bus->device, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

static enum warpz_access host_copy(void *front_end, uint32_t pasid, uint64_t address, void *bytes, size_t size,
                                   bool writes)
{
    const struct device_bus *bus = front_end;
    AddressSpace *space = pci_device_iommu_address_space(bus->device);

    if (!host_is_master(front_end)) {
        return WARPZ_ACCESS_ERROR;
    }
    if (pasid != WARPZ_NO_PASID) {
        return shared_addresses_copy(bus->device, pasid, address, bytes, size, writes);
    }
    return address_space_rw(space, address, MEMTXATTRS_UNSPECIFIED, bytes, size, writes) == MEMTX_OK
               ? WARPZ_ACCESS_OK : WARPZ_ACCESS_ERROR;
}

static enum warpz_access host_request_page(void *front_end, uint32_t pasid, uint64_t address, bool writes)
{
    const struct device_bus *bus = front_end;

    return shared_addresses_request(bus->shared, pasid, address, writes);
}

static bool host_has_pasid(void *front_end)
{
    const struct device_bus *bus = front_end;

    return shared_addresses_are_enabled(bus->device);
}

static void host_raise(void *front_end, unsigned vector)
{
    const struct device_bus *bus = front_end;

    bus->notify(bus->device, vector);
}

struct warpz_host bus_host(struct device_bus *bus, PCIDevice *device,
                           void (*notify)(PCIDevice *device, unsigned vector), bool has_sva)
{
    bus->device = device;
    bus->notify = notify;
    return (struct warpz_host){
        .front_end = bus,
        .lock = host_lock,
        .unlock = host_unlock,
        .enter_thread = host_enter_thread,
        .leave_thread = host_leave_thread,
        .copy = host_copy,
        .raise = host_raise,
        .is_master = host_is_master,
        .request_page = has_sva ? host_request_page : NULL,
        .has_pasid = has_sva ? host_has_pasid : NULL,
    };
}

void bus_share_addresses(struct device_bus *bus, bool shows_smpwc)
{
    static bool is_installed;

    bus->shared = shared_addresses_create(bus->device);
    if (shows_smpwc && !is_installed) {
        ecap_overlay_install();
        is_installed = true;
    }
}

void bus_reset(struct device_bus *bus)
{
    if (bus->shared) {
        shared_addresses_reset(bus->shared);
    }
}

void bus_exit(struct device_bus *bus)
{
    if (bus->shared) {
        shared_addresses_destroy(bus->shared);
        bus->shared = NULL;
    }
}
