/* SPDX-License-Identifier: Zlib */
/*
 * The virtual accelerator of driver/SPEC.md, without a bus: what a front end (a device in an emulator, a process behind
 * a socket) calls, and what it has to offer. C, because an emulator's headers are.
 *
 * There is one lock, the front end's: an emulator's big one. Every function here is called with it held unless it says
 * otherwise. Queues are worked on by threads of the accelerator's own, which hold it only while they touch bus memory,
 * registers or interrupts, never while they compress.
 */
#ifndef WARPZ_ACCELERATOR_H
#define WARPZ_ACCELERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct warpz_accelerator;
struct warpz_backing; /* backing.hpp */

#define WARPZ_NO_PASID UINT32_MAX

enum warpz_access {
    WARPZ_ACCESS_OK,
    WARPZ_ACCESS_REFUSED,   /* not translated, or no permission: a page request may help */
    WARPZ_ACCESS_ERROR,     /* an error response of the bus */
    WARPZ_ACCESS_FAILURE    /* page requests are refused altogether */
};

/* What the front end offers. `front_end` is handed back to each function and not used after warpz_accelerator_destroy(). */
struct warpz_host {
    void *front_end;
    void (*lock)(void);
    void (*unlock)(void);
    /* A thread of the accelerator begins or ends; without the lock. May be null. */
    void (*enter_thread)(void);
    void (*leave_thread)(void);
    /*
     * Copies between `bytes` and bus memory. With a PASID the bytes are within one page of 4 KiB. May let go of the lock
     * while it waits for the bus.
     */
    enum warpz_access (*copy)(void *front_end, uint32_t pasid, uint64_t address, void *bytes, size_t size, bool writes);
    /* Asks for a page, lets go of the lock until the answer is there, and takes it again; the device may have been
     * destroyed meanwhile. May be null where there is no SVA. */
    enum warpz_access (*request_page)(void *front_end, uint32_t pasid, uint64_t address, bool writes);
    void (*raise)(void *front_end, unsigned vector);
    bool (*is_master)(void *front_end);             /* the bus-master bit */
    bool (*has_pasid)(void *front_end);             /* PASID, ATS and PRI are enabled */
};

struct warpz_accelerator_options {
    unsigned queues;   /* 1..1024 */
    unsigned vectors;  /* 2..2048 */
    unsigned level;    /* of the engine, 1..9 */
    bool has_sva;
    /* What it may use of its host; see work_line.hpp. 0: no limit. */
    unsigned threads;
    uint64_t bytes_per_second;
    /* What may execute packets besides the host's cores; read at creation. Null: nothing. */
    const struct warpz_backing *backing;
};

/* Without the lock. Null when there is no memory. */
struct warpz_accelerator *warpz_accelerator_create(const struct warpz_accelerator_options *options,
                                                   const struct warpz_host *host);
/* Its threads end by themselves and touch neither host nor memory of the bus any more. */
void warpz_accelerator_destroy(struct warpz_accelerator *accelerator);

/* Function level, bus and power-on reset. */
void warpz_accelerator_reset(struct warpz_accelerator *accelerator);

uint64_t warpz_accelerator_read_control(struct warpz_accelerator *accelerator, uint64_t offset, unsigned size);
void warpz_accelerator_write_control(struct warpz_accelerator *accelerator, uint64_t offset, uint64_t value, unsigned size);
uint64_t warpz_accelerator_read_window(struct warpz_accelerator *accelerator, uint64_t offset, unsigned size);
void warpz_accelerator_write_window(struct warpz_accelerator *accelerator, uint64_t offset, uint64_t value, unsigned size);

/* Something that the front end answers for (bus-master bit, page credits) has changed: blocked queues look again. */
void warpz_accelerator_wake(struct warpz_accelerator *accelerator);

/*
 * Faults at run time: "KIND[,after=N][,count=N][,detail=N]"; see driver/model/fault_switch.hpp. False: not understood.
 */
bool warpz_accelerator_set_fault(struct warpz_accelerator *accelerator, const char *text);

/* One line of "name=value" pairs: the counters of section 2 and what the faults struck. Counts since creation. */
void warpz_accelerator_describe(struct warpz_accelerator *accelerator, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
