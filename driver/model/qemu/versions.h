/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU's headers call differently from version to version, 7.2 to 11.1. To be included after them. */
#ifndef WARPZ_QEMU_VERSIONS_H
#define WARPZ_QEMU_VERSIONS_H

#include "qemu/units.h"

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

/* Room for what a later QEMU's structures may have grown by: devices put it behind each of them. */
#define SPARE_BYTES (8 * KiB)

#endif
