/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See bus.h. */
#include "qemu/osdep.h"

#include "bus.h"

#include "exec/address-spaces.h"
#include "hw/pci/pcie.h"
#include "hw/pci/pcie_aer.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/host-utils.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/rcu.h"

#include "ecap_overlay.h"
#include "shared_addresses.h"

/* ---- what models ask of their host ---- */

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
    BusDevice *bus = front_end;

    return pci_default_read_config(PCI_DEVICE(bus), PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

static enum warpz_access host_copy(void *front_end, uint32_t pasid, uint64_t address, void *bytes, size_t size,
                                   bool writes)
{
    BusDevice *bus = front_end;
    AddressSpace *space = pci_device_iommu_address_space(PCI_DEVICE(bus));

    if (!host_is_master(front_end)) {
        return WARPZ_ACCESS_ERROR;
    }
    if (pasid != WARPZ_NO_PASID) {
        return shared_addresses_copy(PCI_DEVICE(bus), pasid, address, bytes, size, writes);
    }
    return address_space_rw(space, address, MEMTXATTRS_UNSPECIFIED, bytes, size, writes) == MEMTX_OK
               ? WARPZ_ACCESS_OK : WARPZ_ACCESS_ERROR;
}

static enum warpz_access host_request_page(void *front_end, uint32_t pasid, uint64_t address, bool writes)
{
    BusDevice *bus = front_end;

    return shared_addresses_request(bus->shared, pasid, address, writes);
}

static bool host_has_pasid(void *front_end)
{
    BusDevice *bus = front_end;

    return shared_addresses_are_enabled(PCI_DEVICE(bus));
}

static void host_raise(void *front_end, unsigned vector)
{
    BusDevice *bus = front_end;

    bus->model->notify(PCI_DEVICE(bus), vector);
}

static struct warpz_host host_of(BusDevice *bus)
{
    return (struct warpz_host){
        .front_end = bus,
        .lock = host_lock,
        .unlock = host_unlock,
        .enter_thread = host_enter_thread,
        .leave_thread = host_leave_thread,
        .copy = host_copy,
        .raise = host_raise,
        .is_master = host_is_master,
        .request_page = bus->has_sva ? host_request_page : NULL,
        .has_pasid = bus->has_sva ? host_has_pasid : NULL,
    };
}

/* ---- what the guest does ---- */

static uint64_t region_read(void *opaque, hwaddr offset, unsigned size)
{
    const struct bus_region *region = opaque;

    return region->bus->model->read(region->bus->engine, region->bar, offset, size);
}

static void region_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    const struct bus_region *region = opaque;

    region->bus->model->write(region->bus->engine, region->bar, offset, value, size);
}

static const MemoryRegionOps region_ops = {
    .read = region_read,
    .write = region_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static void bus_write_config(PCIDevice *device, uint32_t address, uint32_t value, int size)
{
    pci_default_write_config(device, address, value, size);
    pcie_cap_flr_write_config(device, address, value, size);
    pcie_aer_write_config(device, address, value, size);
}

static void bus_reset(DeviceState *state)
{
    BusDevice *bus = bus_device(state);

    pcie_cap_deverr_reset(PCI_DEVICE(bus));
    bus->model->reset(bus->engine);
    if (bus->shared) {
        shared_addresses_reset(bus->shared);
    }
}

/* ---- life ---- */

static void add_region(BusDevice *bus, struct bus_region *region, const struct bus_region_kind *kind)
{
    const uint64_t bytes = kind->is_per_queue ? kind->bytes * bus->queues : kind->bytes;

    region->bus = bus;
    region->bar = kind->bar;
    memory_region_init_io(&region->memory, OBJECT(bus), &region_ops, region, kind->name, pow2ceil(bytes));
    pci_register_bar(PCI_DEVICE(bus), kind->bar, PCI_BASE_ADDRESS_MEM_TYPE_64, &region->memory);
}

static bool add_capabilities(BusDevice *bus, Error **errp)
{
    static bool has_overlay;
    PCIDevice *device = PCI_DEVICE(bus);

    if (pcie_endpoint_cap_init(device, 0) < 0) {
        error_setg(errp, "%s: no PCI Express capability", bus->model->name);
        return false;
    }
    pcie_cap_flr_init(device);
    pcie_cap_deverr_init(device);
    if (pcie_aer_init(device, PCI_ERR_VER, AER_OFFSET, PCI_ERR_SIZEOF, errp) < 0) {
        return false;
    }
    if (!bus->has_sva) {
        return true;
    }
    bus->shared = shared_addresses_create(device);
    if (bus->shows_smpwc && !has_overlay) {
        ecap_overlay_install();
        has_overlay = true;
    }
    return true;
}

static void bus_realize(PCIDevice *device, Error **errp)
{
    BusDevice *bus = bus_device(device);
    const struct bus_model *model = bus->model;
    const struct warpz_host host = host_of(bus);

    if (bus->queues < model->least_queues || bus->queues > 1024 || bus->level < 1 || bus->level > 9) {
        error_setg(errp, "%s: queues is %u..1024, level 1..9", model->name, model->least_queues);
        return;
    }
    if (!pci_bus_is_express(pci_get_bus(device))) {
        error_setg(errp, "%s: needs a PCI Express bus", model->name);
        return;
    }
    if (bus->has_sva && !shared_addresses_are_there()) {
        error_setg(errp, "%s: this QEMU gives devices no shared virtual addresses", model->name);
        return;
    }
    bus->engine = model->create(bus, &host);
    if (!bus->engine) {
        error_setg(errp, "%s: no memory", model->name);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(bus->region); i++) {
        add_region(bus, &bus->region[i], &model->region[i]);
    }
    if (add_capabilities(bus, errp)) {
        model->add_interrupts(bus, errp);
    }
}

static void bus_exit(PCIDevice *device)
{
    BusDevice *bus = bus_device(device);

    bus->model->destroy(bus->engine);
    bus->engine = NULL;
    if (bus->shared) {
        shared_addresses_destroy(bus->shared);
        bus->shared = NULL;
    }
    bus->model->remove_interrupts(device);
    pcie_aer_exit(device);
    pcie_cap_exit(device);
}

static char *get_counters(Object *object, Error **errp)
{
    char text[512] = "";
    BusDevice *bus = bus_device(object);

    if (bus->engine) {
        bus->model->describe(bus->engine, text, sizeof text);
    }
    return g_strdup(text);
}

static void set_fault(Object *object, const char *value, Error **errp)
{
    BusDevice *bus = bus_device(object);

    if (!bus->engine || !bus->model->set_fault(bus->engine, value)) {
        error_setg(errp, "%s: no such fault: %s", bus->model->name, value);
    }
}

static PROPERTIES bus_properties[] = {
    DEFINE_PROP_UINT32("level", BusDevice, level, 1),
    DEFINE_PROP_BOOL("sva", BusDevice, has_sva, false),
    DEFINE_PROP_BOOL("smpwc", BusDevice, shows_smpwc, false),
    END_OF_PROPERTIES
};

static void bus_class_init(ObjectClass *class, void *data)
{
    DeviceClass *device = DEVICE_CLASS(class);
    PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

    pci->realize = bus_realize;
    pci->exit = bus_exit;
    pci->config_write = bus_write_config;
    pci->class_id = 0x1200; /* processing accelerator */
    device_class_set_legacy_reset(device, bus_reset);
    set_bit(DEVICE_CATEGORY_MISC, device->categories);
    device_class_set_props(device, bus_properties);
    object_class_property_add_str(class, "counters", get_counters, NULL);
    object_class_property_add_str(class, "fault", NULL, set_fault);
}

void bus_register(const TypeInfo *types, size_t count)
{
    static bool has_base;
    static InterfaceInfo interfaces[] = { { INTERFACE_PCIE_DEVICE }, { } };
    static const TypeInfo base = {
        .name = TYPE_BUS_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .abstract = true,
        .instance_size = sizeof(BusDevice),
        .class_init = bus_class_init,
        .interfaces = interfaces,
    };

    if (!has_base) {
        type_register_static(&base);
        has_base = true;
    }
    for (size_t i = 0; i < count; i++) {
        type_register_static(&types[i]);
    }
}
