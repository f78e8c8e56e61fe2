/* SPDX-License-Identifier: Zlib */
/*
 * A HiSilicon ZIP accelerator without a bus: what a front end calls. What it has to offer, and the rules of lock and
 * threads, are those of accelerator.h. PCI 19e5:a250, class 0x1200; the revision tells the queue manager's version. BAR 2
 * has the registers, BAR 4 (version 3) a doorbell window for each queue; four MSI vectors.
 */
#ifndef WARPZ_HISI_ZIP_H
#define WARPZ_HISI_ZIP_H

#include "accelerator.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WARPZ_HISI_REVISION_V2 0x21
#define WARPZ_HISI_REVISION_V3 0x30
#define WARPZ_HISI_REGISTER_BYTES 0x400000
#define WARPZ_HISI_WINDOW_BYTES 0x10000
#define WARPZ_HISI_VECTORS 4

struct warpz_hisi_zip;

struct warpz_hisi_zip_options {
    unsigned revision; /* one of the above */
    unsigned queues;   /* 2..1024 */
    unsigned level;    /* of the engine, 1..9 */
};

/* Without the lock. Null when there is no memory, or no such revision. */
struct warpz_hisi_zip *warpz_hisi_zip_create(const struct warpz_hisi_zip_options *options, const struct warpz_host *host);
void warpz_hisi_zip_destroy(struct warpz_hisi_zip *zip);
/* Function level, bus and power-on reset. */
void warpz_hisi_zip_reset(struct warpz_hisi_zip *zip);

uint64_t warpz_hisi_zip_read(struct warpz_hisi_zip *zip, uint64_t offset, unsigned size);
void warpz_hisi_zip_write(struct warpz_hisi_zip *zip, uint64_t offset, uint64_t value, unsigned size);
uint64_t warpz_hisi_zip_read_window(struct warpz_hisi_zip *zip, uint64_t offset, unsigned size);
void warpz_hisi_zip_write_window(struct warpz_hisi_zip *zip, uint64_t offset, uint64_t value, unsigned size);

/* As in accelerator.h. */
bool warpz_hisi_zip_set_fault(struct warpz_hisi_zip *zip, const char *text);
void warpz_hisi_zip_describe(struct warpz_hisi_zip *zip, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
