/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HiSilicon's ZIP accelerator (PCI 19e5:a250) in a preloaded QEMU, as in warpz_zip.c:
 *
 *   -device warpz-hisi-zip-v3,id=acc,sva=on
 *
 * -v2 and -v3 are the versions of its queue manager. Properties are those of bus.h. What the device does is in ../hisi; this
 * file is BARs and interrupts.
 */
#include "qemu/osdep.h"

#include "hw/pci/msi.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/module.h"

#include "bus.h"
#include "hisi/hisi_zip.h"

#define TYPE_HISI_ZIP "warpz-hisi-zip"
#define VENDOR_ID 0x19e5
#define DEVICE_ID 0xa250
#define BAR_REGISTERS 2
#define BAR_WINDOWS 4

static void *hisi_create(const BusDevice *bus, const struct warpz_host *host)
{
    const struct warpz_hisi_zip_options options = {
        .revision = pci_default_read_config(PCI_DEVICE(bus), PCI_REVISION_ID, 1),
        .queues = bus->queues,
        .level = bus->level,
    };

    return warpz_hisi_zip_create(&options, host);
}

static void hisi_destroy(void *engine)
{
    warpz_hisi_zip_destroy(engine);
}

static void hisi_reset(void *engine)
{
    warpz_hisi_zip_reset(engine);
}

static uint64_t hisi_read(void *engine, unsigned bar, uint64_t offset, unsigned size)
{
    return bar == BAR_REGISTERS ? warpz_hisi_zip_read(engine, offset, size)
                                : warpz_hisi_zip_read_window(engine, offset, size);
}

static void hisi_write(void *engine, unsigned bar, uint64_t offset, uint64_t value, unsigned size)
{
    if (bar == BAR_REGISTERS) {
        warpz_hisi_zip_write(engine, offset, value, size);
    } else {
        warpz_hisi_zip_write_window(engine, offset, value, size);
    }
}

static void hisi_describe(void *engine, char *text, size_t size)
{
    warpz_hisi_zip_describe(engine, text, size);
}

static bool hisi_set_fault(void *engine, const char *text)
{
    return warpz_hisi_zip_set_fault(engine, text);
}

static void hisi_add_interrupts(BusDevice *bus, Error **errp)
{
    msi_init(PCI_DEVICE(bus), 0, WARPZ_HISI_VECTORS, true, true, errp);
}

static const struct bus_model hisi_model = {
    .name = TYPE_HISI_ZIP,
    .least_queues = 2,
    .region = {
        { .name = "warpz-hisi-registers", .bar = BAR_REGISTERS, .bytes = WARPZ_HISI_REGISTER_BYTES },
        { .name = "warpz-hisi-windows", .bar = BAR_WINDOWS, .bytes = WARPZ_HISI_WINDOW_BYTES, .is_per_queue = true },
    },
    .create = hisi_create,
    .destroy = hisi_destroy,
    .reset = hisi_reset,
    .read = hisi_read,
    .write = hisi_write,
    .describe = hisi_describe,
    .set_fault = hisi_set_fault,
    .add_interrupts = hisi_add_interrupts,
    .remove_interrupts = msi_uninit,
    .notify = msi_notify,
};

static void hisi_instance_init(Object *object)
{
    bus_device(object)->model = &hisi_model;
}

static PROPERTIES hisi_properties[] = {
    DEFINE_PROP_UINT32("queues", BusDevice, queues, 1024),
    END_OF_PROPERTIES
};

static void hisi_class_init(ObjectClass *class, void *data)
{
    PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

    pci->vendor_id = VENDOR_ID;
    pci->device_id = DEVICE_ID;
    DEVICE_CLASS(class)->desc = "registers of a HiSilicon ZIP accelerator";
    device_class_set_props(DEVICE_CLASS(class), hisi_properties);
}

static void v2_class_init(ObjectClass *class, void *data)
{
    PCI_DEVICE_CLASS(class)->revision = WARPZ_HISI_REVISION_V2;
}

static void v3_class_init(ObjectClass *class, void *data)
{
    PCI_DEVICE_CLASS(class)->revision = WARPZ_HISI_REVISION_V3;
}

static void hisi_register(void)
{
    static const TypeInfo types[] = {
        {
            .name = TYPE_HISI_ZIP,
            .parent = TYPE_BUS_DEVICE,
            .abstract = true,
            .instance_init = hisi_instance_init,
            .class_init = hisi_class_init,
        },
        { .name = TYPE_HISI_ZIP "-v2", .parent = TYPE_HISI_ZIP, .class_init = v2_class_init },
        { .name = TYPE_HISI_ZIP "-v3", .parent = TYPE_HISI_ZIP, .class_init = v3_class_init },
    };

    bus_register(types, ARRAY_SIZE(types));
}

module_init(hisi_register, MODULE_INIT_MIGRATION)
