// SPDX-License-Identifier: GPL-2.0-only
/*
 * The accelerator's registers (driver/SPEC.md): identification, queue contexts, start, drain
 * and reset. Nothing here decides anything; callers hold wz_dev.lock unless a function says
 * otherwise.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/iopoll.h>

#include <warpz/zip_sqe.h>

#include "zip.h"

/* A device may name a bound that an emulator on a loaded host does not keep. */
#define WZ_STOP_LEAST_MS	5000
#define WZ_STOP_MOST_MS		20000
#define WZ_POLL_US		50

/**
 * wz_hw_identify() - read the capabilities
 * @dev: device whose control BAR is mapped
 *
 * Return: 0; -ENODEV when it is not a device that this driver knows.
 */
int wz_hw_identify(struct wz_dev *dev)
{
	struct device *parent = &dev->pdev->dev;
	u32 version, queues, vectors, windows;

	if (wz_read(dev, WZ_ID) != WZ_ID_VALUE)
		return dev_err_probe(parent, -ENODEV, "no accelerator behind BAR 0\n");
	version = FIELD_GET(WZ_VERSION_MAJOR, wz_read(dev, WZ_VERSION));
	if (version != WZ_VERSION_MAJOR_1)
		return dev_err_probe(parent, -ENODEV, "unknown version %u\n", version);

	dev->features = wz_read(dev, WZ_CAP_FEATURES);
	queues = FIELD_GET(WZ_CAP_QUEUES_NUMBER, wz_read(dev, WZ_CAP_QUEUES));
	vectors = FIELD_GET(WZ_CAP_QUEUES_VECTORS, wz_read(dev, WZ_CAP_QUEUES));
	windows = min_t(u64, pci_resource_len(dev->pdev, WZ_BAR_WINDOWS) / WZ_WINDOW_BYTES, queues);
	dev->queues = windows;
	if (!dev->queues || dev->queues > WARPZ_ZIP_DB_QUEUE_MASK + 1 || vectors < 2)
		return dev_err_probe(parent, -ENODEV, "%u queues, %u vectors\n", queues, vectors);
	dev->vectors = min3(vectors - 1, dev->queues, (u32)WZ_MAX_VECTORS);
	dev->depth = FIELD_GET(WZ_CAP_RINGS_ENTRIES, wz_read(dev, WZ_CAP_RINGS));
	if (dev->depth < 2)
		return dev_err_probe(parent, -ENODEV, "rings of %u entries\n", dev->depth);
	dev->stop_ms = clamp(2 * min_t(u32, wz_read(dev, WZ_CAP_STOP), WZ_STOP_MOST_MS),
			     (u32)WZ_STOP_LEAST_MS, (u32)WZ_STOP_MOST_MS);
	return 0;
}

static int wz_hw_wait_ready(struct wz_dev *dev)
{
	u32 status;
	int ret;

	ret = readl_poll_timeout(dev->ctrl + WZ_STATUS, status,
				 status == WZ_ALL_ONES || (status & WZ_STATUS_READY),
				 WZ_POLL_US, 1000UL * dev->stop_ms);
	if (!ret && (status == WZ_ALL_ONES || (status & WZ_STATUS_FAILED)))
		ret = -EIO;
	return ret;
}

/**
 * wz_hw_reset() - reset by the control register, which leaves configuration space alone
 * @dev: device
 *
 * Return: 0, after which no queue exists and nothing is accessed by the device; -EIO or
 * -ETIMEDOUT.
 */
int wz_hw_reset(struct wz_dev *dev)
{
	wz_write(dev, WZ_CONTROL, WZ_CONTROL_RESET);
	return wz_hw_wait_ready(dev);
}

/**
 * wz_hw_function_reset() - Function Level Reset, for a device that does not answer to its registers
 * @dev: device
 *
 * pci_reset_function() would take the device lock, which remove() holds already.
 *
 * Return: 0, after which no queue exists and nothing is accessed by the device; a negative
 * errno.
 */
int wz_hw_function_reset(struct wz_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	int ret;

	pci_cfg_access_lock(pdev);
	pci_save_state(pdev);
	ret = pcie_reset_flr(pdev, PCI_RESET_DO_RESET);
	pci_restore_state(pdev);
	pci_cfg_access_unlock(pdev);
	return ret ?: wz_hw_wait_ready(dev);
}

/**
 * wz_hw_enable() - let queues run and errors be told
 * @dev: device, fresh from a reset
 */
void wz_hw_enable(struct wz_dev *dev)
{
	wz_write(dev, WZ_ERROR_STATUS, ~0U);
	wz_write(dev, WZ_ERROR_MASK, 0);
	wz_write(dev, WZ_CONTROL, WZ_CONTROL_ENABLE);
}

/**
 * wz_hw_disable() - last word to a device
 * @dev: device, maybe gone
 */
void wz_hw_disable(struct wz_dev *dev)
{
	wz_write(dev, WZ_ERROR_MASK, ~0U);
	wz_hw_reset(dev);
}

/**
 * wz_hw_start() - give a queue to the device
 * @queue: queue whose region has zeroed completions
 *
 * Return: 0; -EIO when the device refuses the context.
 */
int wz_hw_start(struct wz_queue *queue)
{
	struct wz_dev *dev = queue->dev;
	u32 base = WZ_QUEUE(queue->number);
	u32 pasid = dev->sva ? queue->pasid | WZ_Q_PASID_VALID : 0;
	u32 state;

	wz_write(dev, base + WZ_Q_BASE_LOW, lower_32_bits(queue->dus_dma));
	wz_write(dev, base + WZ_Q_BASE_HIGH, upper_32_bits(queue->dus_dma));
	wz_write(dev, base + WZ_Q_LENGTH, queue->dus_bytes);
	wz_write(dev, base + WZ_Q_DEPTH, FIELD_PREP(WZ_Q_DEPTH_SQ, dev->depth) |
					 FIELD_PREP(WZ_Q_DEPTH_CQ, dev->depth));
	wz_write(dev, base + WZ_Q_WINDOW_OFFSET, dev->window_bytes ? dev->window_offset : 0);
	wz_write(dev, base + WZ_Q_WINDOW_LENGTH, dev->window_bytes);
	wz_write(dev, base + WZ_Q_PASID, pasid);
	wz_write(dev, base + WZ_Q_TYPE, queue->type);
	wz_write(dev, base + WZ_Q_VECTOR, 1 + (u32)(queue->vector - dev->vector));
	/* writel() orders the zeroed rings in memory before this. */
	wz_write(dev, base + WZ_Q_COMMAND, WZ_Q_COMMAND_START);

	state = wz_read(dev, base + WZ_Q_STATE);
	if (FIELD_GET(WZ_Q_STATE_MASK, state) == WZ_Q_STATE_RUNNING && state != WZ_ALL_ONES)
		return 0;
	dev_warn(&dev->pdev->dev, "queue %u does not start: state %#x\n", queue->number, state);
	wz_write(dev, base + WZ_Q_COMMAND, WZ_Q_COMMAND_STOP);
	return -EIO;
}

/**
 * wz_hw_drain() - take a queue back
 * @queue: queue
 *
 * Return: 0, after which the device accesses neither the queue's region nor its PASID; -ENODEV
 * when the device does not answer; -ETIMEDOUT when it is still busy.
 */
int wz_hw_drain(struct wz_queue *queue)
{
	struct wz_dev *dev = queue->dev;
	u32 base = WZ_QUEUE(queue->number);
	u32 state;
	int ret;

	wz_write(dev, base + WZ_Q_COMMAND, WZ_Q_COMMAND_STOP);
	ret = readl_poll_timeout(dev->ctrl + base + WZ_Q_STATE, state,
				 state == WZ_ALL_ONES ||
				 FIELD_GET(WZ_Q_STATE_MASK, state) == WZ_Q_STATE_IDLE,
				 WZ_POLL_US, 1000UL * dev->stop_ms);
	if (!ret && state == WZ_ALL_ONES)
		ret = -ENODEV;
	return ret;
}

/**
 * wz_hw_has_completions() - whether there are completions that the user has not acknowledged
 * @queue: started queue; no lock is needed
 *
 * The read pushes the device's writes before it: who is told "yes" finds the completion in the
 * ring. A device that is gone counts as "yes", so that nobody sleeps on it.
 */
bool wz_hw_has_completions(struct wz_queue *queue)
{
	u32 cq = wz_read(queue->dev, WZ_QUEUE(queue->number) + WZ_Q_CQ);

	return cq == WZ_ALL_ONES || FIELD_GET(WZ_Q_CQ_TAIL, cq) != FIELD_GET(WZ_Q_CQ_HEAD, cq);
}

/**
 * wz_hw_counter() - read a 64-bit counter
 * @dev: device; no lock is needed
 * @offset: of its low half
 */
u64 wz_hw_counter(struct wz_dev *dev, u32 offset)
{
	u32 high, low, again;
	int tries = 4;

	again = wz_read(dev, offset + 4);
	do {
		high = again;
		low = wz_read(dev, offset);
		again = wz_read(dev, offset + 4);
	} while (again != high && --tries);
	return (u64)high << 32 | low;
}
