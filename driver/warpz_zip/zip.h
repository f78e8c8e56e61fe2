/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * warpz_zip: what its files share.
 *
 *   zip_main.c      PCI: probe, remove, suspend, module
 *   zip_hw.c        registers: start-up, queue contexts, start, drain, reset
 *   zip_queue.c     queues: numbers, life, interrupts
 *   zip_memory.c    the shared region, its mappings, and what follows when the device is gone
 *   zip_uacce.c     the uacce operations, the ioctls, the choice of the address mode
 *   zip_recovery.c  errors, resets, isolation
 *   zip_debugfs.c   counters
 *
 * Locks, outer to inner: uacce's device mutex; wz_dev.lock; wz_vector.lock. mmap_lock; uacce's
 * queue mutex; wz_queue.vma_mutex; i_mmap_rwsem. wz_dev.lock is never taken under mmap_lock,
 * and no user memory is touched under it.
 */
#ifndef WARPZ_ZIP_H
#define WARPZ_ZIP_H

#include <linux/atomic.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/uacce.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "zip_regs.h"

#define WZ_NAME			"warpz_zip"
#define WZ_MAX_VECTORS		64

struct dentry;
struct wz_queue;

enum wz_state {
	WZ_LIVE,
	WZ_RESETTING,	/* queues cannot be opened or started for now */
	WZ_FAILED,	/* did not come back from a reset; a later one may help */
	WZ_GONE,	/* being removed */
};

/**
 * struct wz_vector - an MSI-X vector that queues share for their events
 * @lock: of @queues; taken in hard interrupt context
 * @queues: queues that were started with this vector
 * @dev: its device
 */
struct wz_vector {
	spinlock_t lock; /* of queues */
	struct list_head queues;
	struct wz_dev *dev;
};

/**
 * struct wz_stats - what the driver counts, for debugfs
 * @events: interrupts of queues
 * @opened: queues handed out
 * @refused: opens and starts refused, whatever the reason
 * @queue_errors: queues that the device stopped
 * @bus_errors: error reports of data accesses
 * @drain_timeouts: queues that did not stop in time
 * @resets: resets of the device, by whomever
 */
struct wz_stats {
	atomic64_t events;
	atomic64_t opened;
	atomic64_t refused;
	atomic64_t queue_errors;
	atomic64_t bus_errors;
	atomic64_t drain_timeouts;
	atomic64_t resets;
};

/**
 * struct wz_dev - one accelerator
 * @pdev: the PCI function
 * @ctrl: BAR 0
 * @windows: bus address of BAR 2 as the CPU sees it
 * @uacce: the character device; null until it exists
 * @algorithms: text of the attribute of that name
 * @features: WZ_FEATURE_*
 * @queues: how many there are
 * @stop_ms: how long the driver waits for a drain or a reset
 * @depth: entries of both rings
 * @dus_bytes: size of a queue's shared region
 * @window_offset: of the bounce buffer in it
 * @window_bytes: of the bounce buffer; 0 with SVA
 * @sva: whether users pass pointers
 * @lock: of @state, @queue and @free, and of queue contexts
 * @state: whether queues can be had
 * @queue: the queues that are open, by number
 * @free: how many are not
 * @orphans: queues that were put while user space still maps a region of theirs
 * @vector: event vectors
 * @vectors: how many
 * @interrupts: vectors that were requested, the one for errors first
 * @reset_work: a reset after an error
 * @isolation_lock: of the four below
 * @threshold: device errors per hour that isolate it; 0 is never
 * @isolated: taken out of service
 * @errors: times of the last hour's errors
 * @error_count: how many
 * @stats: counters
 * @debugfs: their directory
 */
struct wz_dev {
	struct pci_dev *pdev;
	void __iomem *ctrl;
	phys_addr_t windows;
	struct uacce_device *uacce;
	char algorithms[32];

	u32 features;
	u32 queues;
	u32 stop_ms;
	u32 depth;
	u32 dus_bytes;
	u32 window_offset;
	u32 window_bytes;
	bool sva;

	struct mutex lock; /* of the three below, and of queue contexts */
	enum wz_state state;
	struct wz_queue **queue;
	u32 free;

	struct list_head orphans; /* has a lock of its own, see zip_memory.c */

	struct wz_vector *vector;
	u32 vectors;
	u32 interrupts;

	struct work_struct reset_work;

	struct mutex isolation_lock; /* of the four below */
	u32 threshold;
	bool isolated;
	struct list_head errors;
	u32 error_count;

	struct wz_stats stats;
	struct dentry *debugfs;
};

/**
 * struct wz_queue - one queue of one open file
 * @ref: held by the open file, by each mapping, by @link while it is in the list
 * @dev: its device; not valid after wz_queue_put()
 * @uq: uacce's side of it, as long as @dev
 * @link: in wz_dev.orphans
 * @vector_link: in wz_vector.queues
 * @vector: the vector of its events
 * @number: of the queue on the device
 * @type: WARPZ_QC_TYPE_*
 * @pasid: with SVA
 * @started: the device knows it
 * @lost: the device has dropped it since it was started
 * @memory_dev: what @dus was allocated for
 * @dus: the shared region; null once it is freed
 * @dus_dma: its bus address
 * @dus_bytes: its size
 * @vma_mutex: of everything below and of freeing @dus
 * @is_put: the file does not use it any more
 * @vmas: mappings, per region
 * @mapping: of the file, while there are mappings
 * @uacce_ops: uacce's own operations on them
 * @dead: pages in place of the device's, by region and page
 */
struct wz_queue {
	struct kref ref;
	struct wz_dev *dev;
	struct uacce_queue *uq;
	struct list_head link;
	struct list_head vector_link;
	struct wz_vector *vector;
	u32 number;
	u32 type;
	u32 pasid;
	bool started;
	bool lost;

	struct device *memory_dev;
	void *dus;
	dma_addr_t dus_dma;
	u32 dus_bytes;

	struct mutex vma_mutex; /* of all below, and of freeing the region */
	bool is_put;
	u32 vmas[UACCE_MAX_REGION];
	struct address_space *mapping;
	const struct vm_operations_struct *uacce_ops;
	struct xarray dead;
};

static inline u32 wz_read(struct wz_dev *dev, u32 offset)
{
	return readl(dev->ctrl + offset);
}

static inline void wz_write(struct wz_dev *dev, u32 offset, u32 value)
{
	writel(value, dev->ctrl + offset);
}

/* zip_hw.c */
int wz_hw_identify(struct wz_dev *dev);
int wz_hw_reset(struct wz_dev *dev);
int wz_hw_function_reset(struct wz_dev *dev);
void wz_hw_enable(struct wz_dev *dev);
void wz_hw_disable(struct wz_dev *dev);
int wz_hw_start(struct wz_queue *queue);
int wz_hw_drain(struct wz_queue *queue);
bool wz_hw_has_completions(struct wz_queue *queue);
u64 wz_hw_counter(struct wz_dev *dev, u32 offset);

/* zip_queue.c */
int wz_interrupts_request(struct wz_dev *dev);
void wz_interrupts_free(struct wz_dev *dev);
struct wz_queue *wz_queue_get(struct wz_dev *dev, struct uacce_queue *uq, u32 pasid);
void wz_queue_put(struct wz_queue *queue);
int wz_queue_start(struct wz_queue *queue);
void wz_queue_stop(struct wz_queue *queue);
void wz_queue_lose(struct wz_queue *queue);
void wz_queue_release(struct kref *ref);

/* zip_memory.c */
int wz_memory_alloc(struct wz_queue *queue);
void wz_memory_put(struct wz_queue *queue);
struct wz_queue *wz_memory_take_orphan(struct wz_dev *dev);
void wz_memory_keep(struct wz_queue *queue);
void wz_memory_retire(struct wz_queue *queue);
void wz_memory_release(struct wz_queue *queue);
void wz_memory_set_status(struct wz_queue *queue, u32 offset, u32 value);
int wz_memory_map(struct wz_queue *queue, struct vm_area_struct *vma, enum uacce_qfrt region);

/* zip_uacce.c */
int wz_uacce_add(struct wz_dev *dev);
void wz_uacce_remove(struct wz_dev *dev);

/* zip_recovery.c */
void wz_recovery_init(struct wz_dev *dev);
void wz_recovery_exit(struct wz_dev *dev);
void wz_recover(struct wz_dev *dev, const char *reason);
void wz_quiesce(struct wz_dev *dev, enum wz_state state);
int wz_revive(struct wz_dev *dev);
void wz_handle_errors(struct wz_dev *dev);
u32 wz_isolation_threshold(struct wz_dev *dev);
int wz_isolation_set_threshold(struct wz_dev *dev, u32 threshold);
bool wz_is_isolated(struct wz_dev *dev);
extern const struct pci_error_handlers wz_error_handlers;

/* zip_debugfs.c */
void wz_debugfs_init(void);
void wz_debugfs_exit(void);
void wz_debugfs_add(struct wz_dev *dev);
void wz_debugfs_remove(struct wz_dev *dev);

/* Fault injection of builds with WARPZ_ZIP_DEBUG: whether this allocation shall fail. */
#ifdef WARPZ_ZIP_DEBUG
bool wz_should_fail(void);
#else
static inline bool wz_should_fail(void)
{
	return false;
}
#endif

#endif
