/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The accelerator of driver/SPEC.md as a PCI Express device that is preloaded into an unmodified QEMU (7.2 and later):
 *
 *   env LD_PRELOAD=warpz-zip-qemu.so qemu-system-x86_64 ... -device warpz-zip,id=acc
 *
 * Properties: queues, vectors, level; sva=on for shared virtual addresses, behind an IOMMU that does them; smpwc=on, see
 * ecap_overlay.h; at run time, by QMP's qom-set and qom-get on the device: `fault` (fault_switch.hpp) and `counters`. What
 * the device does is in ../accelerator.cpp; this file is bus, interrupts and properties. It makes no use of the layout of
 * QEMU's own structures behind their first member, since distributions' headers and binaries are not always of one
 * version.
 */
#include "qemu/osdep.h"

#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/rcu.h"
#include "qemu/units.h"

#include "accelerator.h"
#include "ecap_overlay.h"
#include "shared_addresses.h"

#if QEMU_VERSION_MAJOR >= 8
#include "hw/pci/pci_device.h"
#endif
#if QEMU_VERSION_MAJOR < 9
#define bql_lock qemu_mutex_lock_iothread
#define bql_unlock qemu_mutex_unlock_iothread
#endif
#if QEMU_VERSION_MAJOR < 10
#define device_class_set_legacy_reset(class, function) ((class)->reset = (function))
#define PROPERTIES Property
#define END_OF_PROPERTIES DEFINE_PROP_END_OF_LIST(),
#else
#define PROPERTIES const Property
#define END_OF_PROPERTIES
#endif

#define TYPE_WARPZ_ZIP "warpz-zip"
#define VENDOR_ID 0x1234
#define DEVICE_ID 0x777a
#define CONTROL_BYTES (128 * KiB)
#define WINDOW_BYTES (64 * KiB)
#define BAR_CONTROL 0
#define BAR_WINDOWS 2
#define BAR_MSIX 4
/* Room for what a later QEMU's structures may have grown by. */
#define SPARE_BYTES (8 * KiB)

typedef struct WarpzZip {
    PCIDevice parent_obj;
    uint8_t spare_parent[SPARE_BYTES];
    MemoryRegion control;
    uint8_t spare_control[SPARE_BYTES];
    MemoryRegion windows;
    uint8_t spare_windows[SPARE_BYTES];
    uint32_t queues;
    uint32_t vectors;
    uint32_t level;
    bool has_sva;
    bool shows_smpwc;
    struct shared_addresses *shared;
    struct warpz_accelerator *accelerator;
} WarpzZip;

static WarpzZip *warpz_zip(void *object)
{
    return OBJECT_CHECK(WarpzZip, object, TYPE_WARPZ_ZIP);
}

/* ---- what the accelerator asks for ---- */

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
    return pci_default_read_config(front_end, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

static enum warpz_access host_copy(void *front_end, uint32_t pasid, uint64_t address, void *bytes, size_t size,
                                   bool writes)
{
    AddressSpace *space = pci_device_iommu_address_space(front_end);

    if (!host_is_master(front_end)) {
        return WARPZ_ACCESS_ERROR;
    }
    if (pasid != WARPZ_NO_PASID) {
        return shared_addresses_copy(front_end, pasid, address, bytes, size, writes);
    }
    return address_space_rw(space, address, MEMTXATTRS_UNSPECIFIED, bytes, size, writes) == MEMTX_OK
               ? WARPZ_ACCESS_OK : WARPZ_ACCESS_ERROR;
}

static enum warpz_access host_request_page(void *front_end, uint32_t pasid, uint64_t address, bool writes)
{
    return shared_addresses_request(warpz_zip(front_end)->shared, pasid, address, writes);
}

static bool host_has_pasid(void *front_end)
{
    return shared_addresses_are_enabled(front_end);
}

static void host_raise(void *front_end, unsigned vector)
{
    msix_notify(front_end, vector);
}

/* ---- what the guest does ---- */

static uint64_t control_read(void *opaque, hwaddr offset, unsigned size)
{
    return warpz_accelerator_read_control(((WarpzZip *)opaque)->accelerator, offset, size);
}

static void control_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    warpz_accelerator_write_control(((WarpzZip *)opaque)->accelerator, offset, value, size);
}

static uint64_t window_read(void *opaque, hwaddr offset, unsigned size)
{
    return warpz_accelerator_read_window(((WarpzZip *)opaque)->accelerator, offset, size);
}

static void window_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    warpz_accelerator_write_window(((WarpzZip *)opaque)->accelerator, offset, value, size);
}

static const MemoryRegionOps control_ops = {
    .read = control_read,
    .write = control_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static const MemoryRegionOps window_ops = {
    .read = window_read,
    .write = window_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static void warpz_zip_write_config(PCIDevice *device, uint32_t address, uint32_t value, int size)
{
    pci_default_write_config(device, address, value, size);
    pcie_cap_flr_write_config(device, address, value, size);
}

static void warpz_zip_reset(DeviceState *state)
{
    WarpzZip *zip = warpz_zip(state);

    warpz_accelerator_reset(zip->accelerator);
    if (zip->shared) {
        shared_addresses_reset(zip->shared);
    }
}

/* ---- life ---- */

static void warpz_zip_realize(PCIDevice *device, Error **errp)
{
    WarpzZip *zip = warpz_zip(device);
    const struct warpz_accelerator_options options = {
        .queues = zip->queues,
        .vectors = zip->vectors,
        .level = zip->level,
        .has_sva = zip->has_sva,
    };
    const struct warpz_host host = {
        .front_end = device,
        .lock = host_lock,
        .unlock = host_unlock,
        .enter_thread = host_enter_thread,
        .leave_thread = host_leave_thread,
        .copy = host_copy,
        .raise = host_raise,
        .is_master = host_is_master,
        .request_page = zip->has_sva ? host_request_page : NULL,
        .has_pasid = zip->has_sva ? host_has_pasid : NULL,
    };
    uint64_t windows_bytes = 1;

    if (zip->queues < 1 || zip->queues > 1024 || zip->vectors < 2 || zip->vectors > 256 || zip->level < 1 ||
        zip->level > 9) {
        error_setg(errp, "%s: queues is 1..1024, vectors 2..256, level 1..9", TYPE_WARPZ_ZIP);
        return;
    }
    if (!pci_bus_is_express(pci_get_bus(device))) {
        error_setg(errp, "%s: needs a PCI Express bus", TYPE_WARPZ_ZIP);
        return;
    }
    if (zip->has_sva && !shared_addresses_are_there()) {
        error_setg(errp, "%s: this QEMU gives devices no shared virtual addresses", TYPE_WARPZ_ZIP);
        return;
    }
    zip->accelerator = warpz_accelerator_create(&options, &host);
    if (!zip->accelerator) {
        error_setg(errp, "%s: no memory", TYPE_WARPZ_ZIP);
        return;
    }
    memory_region_init_io(&zip->control, OBJECT(zip), &control_ops, zip, "warpz-zip-control", CONTROL_BYTES);
    pci_register_bar(device, BAR_CONTROL, PCI_BASE_ADDRESS_MEM_TYPE_64, &zip->control);
    while (windows_bytes < (uint64_t)zip->queues * WINDOW_BYTES) {
        windows_bytes *= 2;
    }
    memory_region_init_io(&zip->windows, OBJECT(zip), &window_ops, zip, "warpz-zip-windows", windows_bytes);
    pci_register_bar(device, BAR_WINDOWS, PCI_BASE_ADDRESS_MEM_TYPE_64, &zip->windows);

    if (pcie_endpoint_cap_init(device, 0) < 0) {
        error_setg(errp, "%s: no PCI Express capability", TYPE_WARPZ_ZIP);
        return;
    }
    pcie_cap_flr_init(device);
    if (zip->has_sva) {
        zip->shared = shared_addresses_create(device);
    }
    if (zip->shows_smpwc) {
        static bool is_installed;

        if (!is_installed) {
            ecap_overlay_install();
        }
        is_installed = true;
    }
    if (msix_init_exclusive_bar(device, zip->vectors, BAR_MSIX, errp) < 0) {
        return;
    }
    for (unsigned i = 0; i < zip->vectors; i++) {
        msix_vector_use(device, i);
    }
}

static void warpz_zip_exit(PCIDevice *device)
{
    WarpzZip *zip = warpz_zip(device);

    warpz_accelerator_destroy(zip->accelerator);
    zip->accelerator = NULL;
    if (zip->shared) {
        shared_addresses_destroy(zip->shared);
        zip->shared = NULL;
    }
    msix_uninit_exclusive_bar(device);
    pcie_cap_exit(device);
}

static char *get_counters(Object *object, Error **errp)
{
    char text[512] = "";
    WarpzZip *zip = warpz_zip(object);

    if (zip->accelerator) {
        warpz_accelerator_describe(zip->accelerator, text, sizeof text);
    }
    return g_strdup(text);
}

static void set_fault(Object *object, const char *value, Error **errp)
{
    WarpzZip *zip = warpz_zip(object);

    if (!zip->accelerator || !warpz_accelerator_set_fault(zip->accelerator, value)) {
        error_setg(errp, "%s: no such fault: %s", TYPE_WARPZ_ZIP, value);
    }
}

static PROPERTIES warpz_zip_properties[] = {
    DEFINE_PROP_UINT32("queues", WarpzZip, queues, 32),
    DEFINE_PROP_UINT32("vectors", WarpzZip, vectors, 33),
    DEFINE_PROP_UINT32("level", WarpzZip, level, 1),
    DEFINE_PROP_BOOL("sva", WarpzZip, has_sva, false),
    DEFINE_PROP_BOOL("smpwc", WarpzZip, shows_smpwc, false),
    END_OF_PROPERTIES
};

static void warpz_zip_class_init(ObjectClass *class, void *data)
{
    DeviceClass *device = DEVICE_CLASS(class);
    PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

    pci->realize = warpz_zip_realize;
    pci->exit = warpz_zip_exit;
    pci->config_write = warpz_zip_write_config;
    pci->vendor_id = VENDOR_ID;
    pci->device_id = DEVICE_ID;
    pci->subsystem_vendor_id = VENDOR_ID;
    pci->subsystem_id = DEVICE_ID;
    pci->revision = 1;
    pci->class_id = 0x1200; /* processing accelerator */
    device->desc = "virtual compression accelerator";
    device_class_set_legacy_reset(device, warpz_zip_reset);
    set_bit(DEVICE_CATEGORY_MISC, device->categories);
    device_class_set_props(device, warpz_zip_properties);
    object_class_property_add_str(class, "counters", get_counters, NULL);
    object_class_property_add_str(class, "fault", NULL, set_fault);
}

static void warpz_zip_register(void)
{
    static InterfaceInfo interfaces[] = { { INTERFACE_PCIE_DEVICE }, { } };
    static const TypeInfo info = {
        .name = TYPE_WARPZ_ZIP,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(WarpzZip),
        .class_init = warpz_zip_class_init,
        .interfaces = interfaces,
    };

    type_register_static(&info);
}

/* Not type_init(): this constructor runs before QEMU's own, and the parent type has to be registered first. The list of
 * migration modules is run right after that of types. */
module_init(warpz_zip_register, MODULE_INIT_MIGRATION)
