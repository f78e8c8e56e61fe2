// SPDX-License-Identifier: GPL-2.0-only
/*
 * When something goes wrong: error interrupts, resets by us, by the administrator and by PCI's
 * error recovery, and taking a device out of service that needs too many of them.
 *
 * Every reset has the same three steps: quiesce (queues stop and their users learn it), the
 * reset, revive.
 */
#include <linux/bitfield.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "zip.h"

#define WZ_ISOLATION_WINDOW		(3600UL * HZ)
/* A device that needs a reset more often than every five minutes is of no use. */
#define WZ_ISOLATION_THRESHOLD		12

struct wz_error_time {
	struct list_head link;
	unsigned long jiffies;
};

static void wz_isolation_forget(struct wz_dev *dev, bool all)
{
	struct wz_error_time *error, *next;

	list_for_each_entry_safe(error, next, &dev->errors, link) {
		if (!all && time_before(jiffies, error->jiffies + WZ_ISOLATION_WINDOW))
			continue;
		list_del(&error->link);
		kfree(error);
		dev->error_count--;
	}
}

/*
 * Counts an error that is the device's own. What a user can cause, such as a queue whose pages
 * cannot be had, is not: it would let one user take the device away from all.
 */
static void wz_isolation_count(struct wz_dev *dev)
{
	struct wz_error_time *error;

	mutex_lock(&dev->isolation_lock);
	wz_isolation_forget(dev, false);
	if (!dev->threshold || dev->isolated)
		goto out;
	error = kzalloc(sizeof(*error), GFP_KERNEL);
	if (!error)
		goto out;
	error->jiffies = jiffies;
	list_add_tail(&error->link, &dev->errors);
	if (++dev->error_count >= dev->threshold) {
		dev_err(&dev->pdev->dev, "isolated after %u errors in an hour\n",
			dev->error_count);
		WRITE_ONCE(dev->isolated, true);
	}
out:
	mutex_unlock(&dev->isolation_lock);
}

/**
 * wz_is_isolated() - whether the device is out of service
 * @dev: device
 */
bool wz_is_isolated(struct wz_dev *dev)
{
	return READ_ONCE(dev->isolated);
}

/**
 * wz_isolation_threshold() - errors per hour that isolate
 * @dev: device
 *
 * Return: the number; 0 is never.
 */
u32 wz_isolation_threshold(struct wz_dev *dev)
{
	return READ_ONCE(dev->threshold);
}

/**
 * wz_isolation_set_threshold() - change it
 * @dev: device
 * @threshold: errors per hour; 0 is never
 *
 * Return: 0; -EPERM once the device is isolated.
 */
int wz_isolation_set_threshold(struct wz_dev *dev, u32 threshold)
{
	int ret = 0;

	mutex_lock(&dev->isolation_lock);
	if (dev->isolated) {
		ret = -EPERM;
	} else {
		WRITE_ONCE(dev->threshold, threshold);
		wz_isolation_forget(dev, true);
	}
	mutex_unlock(&dev->isolation_lock);
	return ret;
}

static void wz_lose_all(struct wz_dev *dev)
{
	u32 i;

	for (i = 0; i < dev->queues; i++) {
		if (dev->queue[i])
			wz_queue_lose(dev->queue[i]);
	}
}

/**
 * wz_recover() - reset the device and go on
 * @dev: device; the caller holds its lock
 * @reason: for the log
 */
void wz_recover(struct wz_dev *dev, const char *reason)
{
	struct device *parent = &dev->pdev->dev;
	int ret;

	if (wz_read(dev, WZ_ID) == WZ_ALL_ONES) {
		dev_warn_ratelimited(parent, "%s: the device is gone\n", reason);
		wz_lose_all(dev);
		return;
	}
	dev_warn_ratelimited(parent, "%s: reset\n", reason);
	atomic64_inc(&dev->stats.resets);
	wz_isolation_count(dev);
	ret = wz_hw_reset(dev);
	if (ret)
		ret = wz_hw_function_reset(dev);
	wz_lose_all(dev);
	if (!ret) {
		wz_hw_enable(dev);
		return;
	}
	/* It must not write to memory that is going to be somebody else's. */
	pci_clear_master(dev->pdev);
	if (dev->state == WZ_LIVE)
		dev->state = WZ_FAILED;
	dev_err(parent, "reset failed: %d\n", ret);
}

static void wz_reset_work(struct work_struct *work)
{
	struct wz_dev *dev = container_of(work, struct wz_dev, reset_work);

	mutex_lock(&dev->lock);
	if (dev->state == WZ_LIVE)
		wz_recover(dev, "fatal error");
	mutex_unlock(&dev->lock);
}

/**
 * wz_quiesce() - stop all queues, tell their users, and take no new ones
 * @dev: device
 * @state: what it is from now on
 */
void wz_quiesce(struct wz_dev *dev, enum wz_state state)
{
	u32 i;

	mutex_lock(&dev->lock);
	dev->state = state;
	for (i = 0; i < dev->queues; i++) {
		struct wz_queue *queue = dev->queue[i];

		if (!queue || !queue->started)
			continue;
		if (wz_hw_drain(queue) == -ETIMEDOUT) {
			atomic64_inc(&dev->stats.drain_timeouts);
			wz_recover(dev, "a queue does not stop");
			break;
		}
		wz_queue_lose(queue);
	}
	mutex_unlock(&dev->lock);
}

/**
 * wz_revive() - begin again after a reset by whomever
 * @dev: device that was quiesced
 *
 * Return: 0, and queues can be had; a negative errno when the device does not come back.
 */
int wz_revive(struct wz_dev *dev)
{
	int ret;

	mutex_lock(&dev->lock);
	atomic64_inc(&dev->stats.resets);
	pci_set_master(dev->pdev);
	ret = wz_hw_reset(dev);
	if (!ret)
		wz_hw_enable(dev);
	else
		dev_err(&dev->pdev->dev, "does not come back: %d\n", ret);
	if (dev->state != WZ_GONE)
		dev->state = ret ? WZ_FAILED : WZ_LIVE;
	mutex_unlock(&dev->lock);
	return ret;
}

/* A queue that the device has stopped by itself. */
static void wz_check_queues(struct wz_dev *dev)
{
	u32 i, state;

	for (i = 0; i < dev->queues; i++) {
		struct wz_queue *queue = dev->queue[i];

		if (!queue || !queue->started)
			continue;
		state = wz_read(dev, WZ_QUEUE(i) + WZ_Q_STATE);
		if (FIELD_GET(WZ_Q_STATE_MASK, state) != WZ_Q_STATE_ERROR)
			continue;
		atomic64_inc(&dev->stats.queue_errors);
		dev_warn_ratelimited(&dev->pdev->dev, "queue %u: error %lu\n", i,
				     FIELD_GET(WZ_Q_STATE_CAUSE, state));
		wz_write(dev, WZ_QUEUE(i) + WZ_Q_COMMAND, WZ_Q_COMMAND_STOP);
		wz_queue_lose(queue);
	}
}

/**
 * wz_handle_errors() - the error interrupt, in its thread
 * @dev: device
 */
void wz_handle_errors(struct wz_dev *dev)
{
	u32 errors;

	mutex_lock(&dev->lock);
	errors = wz_read(dev, WZ_ERROR_STATUS);
	if (errors == WZ_ALL_ONES) {
		wz_lose_all(dev);
		goto out;
	}
	wz_write(dev, WZ_ERROR_STATUS, errors);
	if (errors & WZ_ERROR_BUS)
		atomic64_inc(&dev->stats.bus_errors);
	if (errors & WZ_ERROR_QUEUE)
		wz_check_queues(dev);
	if ((errors & WZ_ERROR_FATAL) && dev->state == WZ_LIVE)
		queue_work(system_long_wq, &dev->reset_work);
out:
	mutex_unlock(&dev->lock);
}

/* An administrator's reset is a new beginning also for a device that was isolated. */
static void wz_reset_done(struct pci_dev *pdev)
{
	struct wz_dev *dev = pci_get_drvdata(pdev);

	mutex_lock(&dev->isolation_lock);
	wz_isolation_forget(dev, true);
	WRITE_ONCE(dev->isolated, false);
	mutex_unlock(&dev->isolation_lock);
	wz_revive(dev);
}

static void wz_reset_prepare(struct pci_dev *pdev)
{
	wz_quiesce(pci_get_drvdata(pdev), WZ_RESETTING);
}

static pci_ers_result_t wz_error_detected(struct pci_dev *pdev, pci_channel_state_t channel)
{
	struct wz_dev *dev = pci_get_drvdata(pdev);

	wz_isolation_count(dev);
	mutex_lock(&dev->lock);
	dev->state = channel == pci_channel_io_perm_failure ? WZ_FAILED : WZ_RESETTING;
	if (channel != pci_channel_io_normal) {
		/*
		 * Registers may not be within reach. Not every platform keeps a frozen device from
		 * DMA until its reset, and users may free their queues before.
		 */
		pci_clear_master(pdev);
		wz_lose_all(dev);
	}
	mutex_unlock(&dev->lock);
	if (channel == pci_channel_io_perm_failure)
		return PCI_ERS_RESULT_DISCONNECT;
	if (channel == pci_channel_io_normal)
		wz_quiesce(dev, WZ_RESETTING);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t wz_slot_reset(struct pci_dev *pdev)
{
	pci_restore_state(pdev);
	pci_save_state(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

static void wz_resume(struct pci_dev *pdev)
{
	wz_revive(pci_get_drvdata(pdev));
}

const struct pci_error_handlers wz_error_handlers = {
	.error_detected = wz_error_detected,
	.slot_reset = wz_slot_reset,
	.resume = wz_resume,
	.reset_prepare = wz_reset_prepare,
	.reset_done = wz_reset_done,
};

/**
 * wz_recovery_init() - before anything can go wrong
 * @dev: new device
 */
void wz_recovery_init(struct wz_dev *dev)
{
	INIT_WORK(&dev->reset_work, wz_reset_work);
	mutex_init(&dev->isolation_lock);
	INIT_LIST_HEAD(&dev->errors);
	dev->threshold = WZ_ISOLATION_THRESHOLD;
}

/**
 * wz_recovery_exit() - when nothing can any more
 * @dev: device without interrupts
 */
void wz_recovery_exit(struct wz_dev *dev)
{
	cancel_work_sync(&dev->reset_work);
	wz_isolation_forget(dev, true);
	mutex_destroy(&dev->isolation_lock);
}
