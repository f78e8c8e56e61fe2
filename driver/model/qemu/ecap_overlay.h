/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bit that QEMU's intel-iommu does not show: ECAP.SMPWC, "page walks are coherent". Linux 7.2 binds no address space
 * to an IOMMU without it, and QEMU's walks are coherent, being loads of the same memory. To be left out once QEMU sets it.
 */
#ifndef WARPZ_QEMU_ECAP_OVERLAY_H
#define WARPZ_QEMU_ECAP_OVERLAY_H

/* Puts itself over the register of the machine's only Intel IOMMU. The big lock is held; once per process. */
void ecap_overlay_install(void);

#endif
