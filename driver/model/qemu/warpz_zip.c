/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The accelerator of driver/SPEC.md as a PCI Express device that is preloaded into an unmodified QEMU (7.2 and later):
 *
 *   env LD_PRELOAD=warpz-zip-qemu.so qemu-system-x86_64 ... -device warpz-zip,id=acc
 *
 * Properties: vectors, and what bus.h has. What the device does is in ../accelerator.cpp; this file is BARs and interrupts.
 */
#include "qemu/osdep.h"

#include "hw/pci/msix.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/module.h"

#include "bus.h"

#define TYPE_WARPZ_ZIP "warpz-zip"
#define VENDOR_ID 0x1234
#define DEVICE_ID 0x777a
#define BAR_CONTROL 0
#define BAR_WINDOWS 2
#define BAR_MSIX 4

static void *zip_create(const BusDevice *bus, const struct warpz_host *host)
{
    const struct warpz_accelerator_options options = {
        .queues = bus->queues,
        .vectors = bus->vectors,
        .level = bus->level,
        .has_sva = bus->has_sva,
    };

    return warpz_accelerator_create(&options, host);
}

static void zip_destroy(void *engine)
{
    warpz_accelerator_destroy(engine);
}

static void zip_reset(void *engine)
{
    warpz_accelerator_reset(engine);
}

static uint64_t zip_read(void *engine, unsigned bar, uint64_t offset, unsigned size)
{
    return bar == BAR_CONTROL ? warpz_accelerator_read_control(engine, offset, size)
                              : warpz_accelerator_read_window(engine, offset, size);
}

static void zip_write(void *engine, unsigned bar, uint64_t offset, uint64_t value, unsigned size)
{
    if (bar == BAR_CONTROL) {
        warpz_accelerator_write_control(engine, offset, value, size);
    } else {
        warpz_accelerator_write_window(engine, offset, value, size);
    }
}

static void zip_describe(void *engine, char *text, size_t size)
{
    warpz_accelerator_describe(engine, text, size);
}

static bool zip_set_fault(void *engine, const char *text)
{
    return warpz_accelerator_set_fault(engine, text);
}

static void zip_add_interrupts(BusDevice *bus, Error **errp)
{
    PCIDevice *device = PCI_DEVICE(bus);

    if (bus->vectors < 2 || bus->vectors > 256) {
        error_setg(errp, "%s: vectors is 2..256", TYPE_WARPZ_ZIP);
        return;
    }
    if (msix_init_exclusive_bar(device, bus->vectors, BAR_MSIX, errp) < 0) {
        return;
    }
    for (unsigned i = 0; i < bus->vectors; i++) {
        msix_vector_use(device, i);
    }
}

static const struct bus_model zip_model = {
    .name = TYPE_WARPZ_ZIP,
    .least_queues = 1,
    .region = {
        { .name = "warpz-zip-control", .bar = BAR_CONTROL, .bytes = 128 * KiB },
        { .name = "warpz-zip-windows", .bar = BAR_WINDOWS, .bytes = 64 * KiB, .is_per_queue = true },
    },
    .create = zip_create,
    .destroy = zip_destroy,
    .reset = zip_reset,
    .read = zip_read,
    .write = zip_write,
    .describe = zip_describe,
    .set_fault = zip_set_fault,
    .add_interrupts = zip_add_interrupts,
    .remove_interrupts = msix_uninit_exclusive_bar,
    .notify = msix_notify,
};

static void zip_instance_init(Object *object)
{
    bus_device(object)->model = &zip_model;
}

static PROPERTIES zip_properties[] = {
    DEFINE_PROP_UINT32("queues", BusDevice, queues, 32),
    DEFINE_PROP_UINT32("vectors", BusDevice, vectors, 33),
    END_OF_PROPERTIES
};

static void zip_class_init(ObjectClass *class, void *data)
{
    PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

    pci->vendor_id = VENDOR_ID;
    pci->device_id = DEVICE_ID;
    pci->subsystem_vendor_id = VENDOR_ID;
    pci->subsystem_id = DEVICE_ID;
    pci->revision = 1;
    DEVICE_CLASS(class)->desc = "virtual compression accelerator";
    device_class_set_props(DEVICE_CLASS(class), zip_properties);
}

static void zip_register(void)
{
    static const TypeInfo type = {
        .name = TYPE_WARPZ_ZIP,
        .parent = TYPE_BUS_DEVICE,
        .instance_init = zip_instance_init,
        .class_init = zip_class_init,
    };

    bus_register(&type, 1);
}

module_init(zip_register, MODULE_INIT_MIGRATION)
