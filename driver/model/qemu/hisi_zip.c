/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HiSilicon's ZIP accelerator (PCI 19e5:a250) in a preloaded QEMU, as in warpz_zip.c:
 *
 *   -device warpz-hisi-zip-v3,id=acc,sva=on
 *
 * -v2 and -v3 are the versions of its queue manager. Properties: queues, level; sva and smpwc as there. `fault` and `counters` by
 * QMP. What the device does is in ../hisi; this file is BARs, interrupts and properties.
 */
#include "qemu/osdep.h"

#include "exec/memory.h"
#include "hw/pci/msi.h"
#include "hw/pci/pci.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/module.h"

#include "bus.h"
#include "hisi/hisi_zip.h"
#include "versions.h"

#define TYPE_HISI_ZIP "warpz-hisi-zip"
#define TYPE_HISI_ZIP_V2 TYPE_HISI_ZIP "-v2"
#define TYPE_HISI_ZIP_V3 TYPE_HISI_ZIP "-v3"
#define VENDOR_ID 0x19e5
#define DEVICE_ID 0xa250
#define BAR_REGISTERS 2
#define BAR_WINDOWS 4

typedef struct HisiZip {
    PCIDevice parent_obj;
    uint8_t spare_parent[SPARE_BYTES];
    MemoryRegion registers;
    uint8_t spare_registers[SPARE_BYTES];
    MemoryRegion windows;
    uint8_t spare_windows[SPARE_BYTES];
    uint32_t queues;
    uint32_t level;
    bool has_sva;
    bool shows_smpwc;
    struct device_bus bus;
    struct warpz_hisi_zip *model;
} HisiZip;

static HisiZip *hisi_zip(void *object)
{
    return OBJECT_CHECK(HisiZip, object, TYPE_HISI_ZIP);
}

static uint64_t registers_read(void *opaque, hwaddr offset, unsigned size)
{
    return warpz_hisi_zip_read(((HisiZip *)opaque)->model, offset, size);
}

static void registers_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    warpz_hisi_zip_write(((HisiZip *)opaque)->model, offset, value, size);
}

static uint64_t window_read(void *opaque, hwaddr offset, unsigned size)
{
    return warpz_hisi_zip_read_window(((HisiZip *)opaque)->model, offset, size);
}

static void window_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    warpz_hisi_zip_write_window(((HisiZip *)opaque)->model, offset, value, size);
}

static const MemoryRegionOps registers_ops = {
    .read = registers_read,
    .write = registers_write,
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

static void hisi_zip_write_config(PCIDevice *device, uint32_t address, uint32_t value, int size)
{
    pci_default_write_config(device, address, value, size);
    pcie_cap_flr_write_config(device, address, value, size);
}

static void hisi_zip_reset(DeviceState *state)
{
    HisiZip *zip = hisi_zip(state);

    warpz_hisi_zip_reset(zip->model);
    bus_reset(&zip->bus);
}

static void hisi_zip_realize(PCIDevice *device, Error **errp)
{
    HisiZip *zip = hisi_zip(device);
    const struct warpz_hisi_zip_options options = {
        .revision = pci_default_read_config(device, PCI_REVISION_ID, 1),
        .queues = zip->queues,
        .level = zip->level,
    };
    const struct warpz_host host = bus_host(&zip->bus, device, msi_notify, zip->has_sva);
    uint64_t windows_bytes = 1;

    if (zip->queues < 2 || zip->queues > 1024 || zip->level < 1 || zip->level > 9) {
        error_setg(errp, "%s: queues is 2..1024, level 1..9", TYPE_HISI_ZIP);
        return;
    }
    if (!pci_bus_is_express(pci_get_bus(device))) {
        error_setg(errp, "%s: needs a PCI Express bus", TYPE_HISI_ZIP);
        return;
    }
    if (zip->has_sva && !shared_addresses_are_there()) {
        error_setg(errp, "%s: this QEMU gives devices no shared virtual addresses", TYPE_HISI_ZIP);
        return;
    }
    zip->model = warpz_hisi_zip_create(&options, &host);
    if (!zip->model) {
        error_setg(errp, "%s: no memory", TYPE_HISI_ZIP);
        return;
    }
    memory_region_init_io(&zip->registers, OBJECT(zip), &registers_ops, zip, "warpz-hisi-registers",
                          WARPZ_HISI_REGISTER_BYTES);
    pci_register_bar(device, BAR_REGISTERS, PCI_BASE_ADDRESS_MEM_TYPE_64, &zip->registers);
    while (windows_bytes < (uint64_t)zip->queues * WARPZ_HISI_WINDOW_BYTES) {
        windows_bytes *= 2;
    }
    memory_region_init_io(&zip->windows, OBJECT(zip), &window_ops, zip, "warpz-hisi-windows", windows_bytes);
    pci_register_bar(device, BAR_WINDOWS, PCI_BASE_ADDRESS_MEM_TYPE_64, &zip->windows);
    if (pcie_endpoint_cap_init(device, 0) < 0) {
        error_setg(errp, "%s: no PCI Express capability", TYPE_HISI_ZIP);
        return;
    }
    pcie_cap_flr_init(device);
    if (zip->has_sva) {
        bus_share_addresses(&zip->bus, zip->shows_smpwc);
    }
    msi_init(device, 0, WARPZ_HISI_VECTORS, true, true, errp);
}

static void hisi_zip_exit(PCIDevice *device)
{
    HisiZip *zip = hisi_zip(device);

    warpz_hisi_zip_destroy(zip->model);
    zip->model = NULL;
    bus_exit(&zip->bus);
    msi_uninit(device);
    pcie_cap_exit(device);
}

static char *get_counters(Object *object, Error **errp)
{
    char text[512] = "";
    HisiZip *zip = hisi_zip(object);

    if (zip->model) {
        warpz_hisi_zip_describe(zip->model, text, sizeof text);
    }
    return g_strdup(text);
}

static void set_fault(Object *object, const char *value, Error **errp)
{
    HisiZip *zip = hisi_zip(object);

    if (!zip->model || !warpz_hisi_zip_set_fault(zip->model, value)) {
        error_setg(errp, "%s: no such fault: %s", TYPE_HISI_ZIP, value);
    }
}

static PROPERTIES hisi_zip_properties[] = {
    DEFINE_PROP_UINT32("queues", HisiZip, queues, 1024),
    DEFINE_PROP_UINT32("level", HisiZip, level, 1),
    DEFINE_PROP_BOOL("sva", HisiZip, has_sva, false),
    DEFINE_PROP_BOOL("smpwc", HisiZip, shows_smpwc, false),
    END_OF_PROPERTIES
};

static void hisi_zip_class_init(ObjectClass *class, void *data)
{
    DeviceClass *device = DEVICE_CLASS(class);
    PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

    pci->realize = hisi_zip_realize;
    pci->exit = hisi_zip_exit;
    pci->config_write = hisi_zip_write_config;
    pci->vendor_id = VENDOR_ID;
    pci->device_id = DEVICE_ID;
    pci->class_id = 0x1200; /* processing accelerator */
    device->desc = "registers of a HiSilicon ZIP accelerator";
    device_class_set_legacy_reset(device, hisi_zip_reset);
    set_bit(DEVICE_CATEGORY_MISC, device->categories);
    device_class_set_props(device, hisi_zip_properties);
    object_class_property_add_str(class, "counters", get_counters, NULL);
    object_class_property_add_str(class, "fault", NULL, set_fault);
}

static void v2_class_init(ObjectClass *class, void *data)
{
    PCI_DEVICE_CLASS(class)->revision = WARPZ_HISI_REVISION_V2;
}

static void v3_class_init(ObjectClass *class, void *data)
{
    PCI_DEVICE_CLASS(class)->revision = WARPZ_HISI_REVISION_V3;
}

static void hisi_zip_register(void)
{
    static InterfaceInfo interfaces[] = { { INTERFACE_PCIE_DEVICE }, { } };
    static const TypeInfo types[] = {
        {
            .name = TYPE_HISI_ZIP,
            .parent = TYPE_PCI_DEVICE,
            .abstract = true,
            .instance_size = sizeof(HisiZip),
            .class_init = hisi_zip_class_init,
            .interfaces = interfaces,
        },
        { .name = TYPE_HISI_ZIP_V2, .parent = TYPE_HISI_ZIP, .class_init = v2_class_init },
        { .name = TYPE_HISI_ZIP_V3, .parent = TYPE_HISI_ZIP, .class_init = v3_class_init },
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        type_register_static(&types[i]);
    }
}

/* As in warpz_zip.c. */
module_init(hisi_zip_register, MODULE_INIT_MIGRATION)
