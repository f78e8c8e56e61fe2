// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/warpz_zip/<pci address>/: `stats`, the driver's and the device's counters,
 * one "name value" a line; `queues`, the open queues.
 */
#include <linux/bitfield.h>
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include <warpz/zip_sqe.h>

#include "zip.h"

static struct dentry *wz_debugfs_root;

static int stats_show(struct seq_file *file, void *unused)
{
	struct wz_dev *dev = file->private;
	const struct {
		const char *name;
		u64 value;
	} counters[] = {
		{ "descriptors", wz_hw_counter(dev, WZ_CNT_DESCRIPTORS) },
		{ "bytes_in", wz_hw_counter(dev, WZ_CNT_IN) },
		{ "bytes_out", wz_hw_counter(dev, WZ_CNT_OUT) },
		{ "failed", wz_hw_counter(dev, WZ_CNT_FAILED) },
		{ "bad_doorbells", wz_hw_counter(dev, WZ_CNT_BAD_DOORBELLS) },
		{ "page_requests", wz_hw_counter(dev, WZ_CNT_PAGE_REQUESTS) },
		{ "window_refusals", wz_hw_counter(dev, WZ_CNT_REFUSED) },
		{ "events", atomic64_read(&dev->stats.events) },
		{ "opened", atomic64_read(&dev->stats.opened) },
		{ "refused", atomic64_read(&dev->stats.refused) },
		{ "queue_errors", atomic64_read(&dev->stats.queue_errors) },
		{ "bus_errors", atomic64_read(&dev->stats.bus_errors) },
		{ "drain_timeouts", atomic64_read(&dev->stats.drain_timeouts) },
		{ "resets", atomic64_read(&dev->stats.resets) },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		seq_printf(file, "%s %llu\n", counters[i].name, counters[i].value);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int queues_show(struct seq_file *file, void *unused)
{
	struct wz_dev *dev = file->private;
	u32 i;

	seq_puts(file, "number type state descriptors sq_head sq_tail cq_tail cq_head\n");
	mutex_lock(&dev->lock);
	for (i = 0; i < dev->queues; i++) {
		const struct wz_queue *queue = dev->queue[i];
		u32 sq, cq;

		if (!queue)
			continue;
		sq = wz_read(dev, WZ_QUEUE(i) + WZ_Q_SQ);
		cq = wz_read(dev, WZ_QUEUE(i) + WZ_Q_CQ);
		seq_printf(file, "%u %s %s %u %u %u %u %u\n", i,
			   queue->type == WARPZ_QC_TYPE_COMPRESS ? "compress" : "decompress",
			   queue->started ? "started" : queue->lost ? "lost" : "open",
			   wz_read(dev, WZ_QUEUE(i) + WZ_Q_DESCRIPTORS), sq & 0xffff, sq >> 16,
			   (u32)FIELD_GET(WZ_Q_CQ_TAIL, cq), (u32)FIELD_GET(WZ_Q_CQ_HEAD, cq));
	}
	mutex_unlock(&dev->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

/**
 * wz_debugfs_add() - show a device
 * @dev: device
 */
void wz_debugfs_add(struct wz_dev *dev)
{
	dev->debugfs = debugfs_create_dir(pci_name(dev->pdev), wz_debugfs_root);
	debugfs_create_file("stats", 0400, dev->debugfs, dev, &stats_fops);
	debugfs_create_file("queues", 0400, dev->debugfs, dev, &queues_fops);
}

/**
 * wz_debugfs_remove() - and no more; returns when no reader is left
 * @dev: device
 */
void wz_debugfs_remove(struct wz_dev *dev)
{
	debugfs_remove_recursive(dev->debugfs);
}

/**
 * wz_debugfs_init() - when the module comes
 */
void wz_debugfs_init(void)
{
	wz_debugfs_root = debugfs_create_dir(WZ_NAME, NULL);
}

/**
 * wz_debugfs_exit() - when it goes
 */
void wz_debugfs_exit(void)
{
	debugfs_remove_recursive(wz_debugfs_root);
}
