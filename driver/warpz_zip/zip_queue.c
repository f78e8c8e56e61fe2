// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues: who has which number, from open to close, and the interrupts that wake their users.
 */
#include <linux/bitfield.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <warpz/zip_sqe.h>

#include "zip.h"

static irqreturn_t wz_event(int irq, void *data)
{
	struct wz_vector *vector = data;
	struct wz_queue *queue;

	/*
	 * The vector carries no cause: a user who is woken for nothing looks at the ring and
	 * sleeps on.
	 */
	atomic64_inc(&vector->dev->stats.events);
	spin_lock(&vector->lock);
	list_for_each_entry(queue, &vector->queues, vector_link)
		wake_up_interruptible(&queue->uq->wait);
	spin_unlock(&vector->lock);
	return IRQ_HANDLED;
}

static irqreturn_t wz_error(int irq, void *data)
{
	wz_handle_errors(data);
	return IRQ_HANDLED;
}

/**
 * wz_interrupts_request() - one vector for errors, the others for queues in turn
 * @dev: device; its number of vectors is an upper bound
 *
 * Return: 0 or a negative errno.
 */
int wz_interrupts_request(struct wz_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	u32 i;
	int ret;

	dev->vectors = min(dev->vectors, num_online_cpus());
	ret = pci_alloc_irq_vectors(pdev, 2, 1 + dev->vectors, PCI_IRQ_MSIX);
	if (ret < 0)
		return dev_err_probe(&pdev->dev, ret, "no MSI-X vectors\n");
	dev->vectors = ret - 1;
	dev->vector = kcalloc(dev->vectors, sizeof(*dev->vector), GFP_KERNEL);
	if (!dev->vector) {
		ret = -ENOMEM;
		goto err;
	}
	ret = request_threaded_irq(pci_irq_vector(pdev, 0), NULL, wz_error, IRQF_ONESHOT,
				   WZ_NAME "-error", dev);
	if (ret)
		goto err;
	dev->interrupts = 1;
	for (i = 0; i < dev->vectors; i++) {
		struct wz_vector *vector = &dev->vector[i];

		vector->dev = dev;
		spin_lock_init(&vector->lock);
		INIT_LIST_HEAD(&vector->queues);
		ret = request_irq(pci_irq_vector(pdev, 1 + i), wz_event, 0, WZ_NAME, vector);
		if (ret)
			goto err;
		dev->interrupts++;
	}
	return 0;
err:
	wz_interrupts_free(dev);
	return ret;
}

/**
 * wz_interrupts_free() - undo wz_interrupts_request(), or the part of it that was done
 * @dev: device without started queues
 */
void wz_interrupts_free(struct wz_dev *dev)
{
	while (dev->interrupts > 0) {
		const u32 i = --dev->interrupts;

		free_irq(pci_irq_vector(dev->pdev, i), i ? (void *)&dev->vector[i - 1] : dev);
	}
	pci_free_irq_vectors(dev->pdev);
	kfree(dev->vector);
	dev->vector = NULL;
}

static void wz_vector_add(struct wz_queue *queue)
{
	struct wz_vector *vector = queue->vector;

	spin_lock_irq(&vector->lock);
	list_add_tail(&queue->vector_link, &vector->queues);
	spin_unlock_irq(&vector->lock);
}

static void wz_vector_remove(struct wz_queue *queue)
{
	struct wz_vector *vector = queue->vector;

	spin_lock_irq(&vector->lock);
	list_del_init(&queue->vector_link);
	spin_unlock_irq(&vector->lock);
}

/**
 * wz_queue_release() - free a queue that nobody knows any more
 * @ref: its last reference
 */
void wz_queue_release(struct kref *ref)
{
	struct wz_queue *queue = container_of(ref, struct wz_queue, ref);

	wz_memory_release(queue);
	kfree(queue);
	module_put(THIS_MODULE);
}

/**
 * wz_queue_get() - open a queue
 * @dev: device
 * @uq: uacce's side of it
 * @pasid: of the opener, with SVA
 *
 * Return: the queue; -EBUSY when none is free or the device is in a reset, -ENODEV when it is
 * not to be used, -ENOMEM.
 */
struct wz_queue *wz_queue_get(struct wz_dev *dev, struct uacce_queue *uq, u32 pasid)
{
	struct wz_queue *queue;
	u32 number;
	int ret;

	if (wz_is_isolated(dev))
		return ERR_PTR(-ENODEV);
	/* Looked at again below; megabytes are not worth trying for in vain. */
	if (!READ_ONCE(dev->free))
		return ERR_PTR(-EBUSY);
	if (!try_module_get(THIS_MODULE))
		return ERR_PTR(-ENODEV);
	queue = wz_should_fail() ? NULL : kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue) {
		module_put(THIS_MODULE);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&queue->ref);
	queue->dev = dev;
	queue->uq = uq;
	queue->pasid = pasid;
	INIT_LIST_HEAD(&queue->link);
	INIT_LIST_HEAD(&queue->vector_link);
	ret = wz_memory_alloc(queue);
	if (ret)
		goto err;

	mutex_lock(&dev->lock);
	if (dev->state != WZ_LIVE)
		ret = dev->state == WZ_RESETTING ? -EBUSY : -ENODEV;
	else if (!dev->free)
		ret = -EBUSY;
	if (ret) {
		mutex_unlock(&dev->lock);
		goto err;
	}
	for (number = 0; dev->queue[number]; number++)
		;
	queue->number = number;
	queue->vector = &dev->vector[number % dev->vectors];
	dev->queue[number] = queue;
	dev->free--;
	mutex_unlock(&dev->lock);
	atomic64_inc(&dev->stats.opened);
	return queue;
err:
	kref_put(&queue->ref, wz_queue_release);
	return ERR_PTR(ret);
}

/**
 * wz_queue_put() - close a queue
 * @queue: queue, started or not; only its mappings may know it afterwards
 */
void wz_queue_put(struct wz_queue *queue)
{
	struct wz_dev *dev = queue->dev;

	wz_queue_stop(queue);
	mutex_lock(&dev->lock);
	dev->queue[queue->number] = NULL;
	dev->free++;
	wz_memory_put(queue);
	mutex_unlock(&dev->lock);
	queue->uq = NULL;
	kref_put(&queue->ref, wz_queue_release);
}

/**
 * wz_queue_start() - make a queue run, from empty rings
 * @queue: queue that is not started
 *
 * Return: 0; -EBUSY in a reset; -ENODEV; -EIO.
 */
int wz_queue_start(struct wz_queue *queue)
{
	struct wz_dev *dev = queue->dev;
	int ret;

	mutex_lock(&dev->lock);
	if (dev->state != WZ_LIVE || wz_is_isolated(dev)) {
		ret = dev->state == WZ_RESETTING ? -EBUSY : -ENODEV;
		goto out;
	}
	/*
	 * A user who holds a queue knows its memory: completions of an earlier life would be
	 * taken for new ones.
	 */
	memset(queue->dus + WARPZ_ZIP_DUS_CQ_OFFSET(dev->depth), 0,
	       WARPZ_ZIP_CQE_BYTES * dev->depth);
	wz_memory_set_status(queue, WARPZ_ZIP_DUS_RX_STATUS(queue->dus_bytes), 0);
	wz_memory_set_status(queue, WARPZ_ZIP_DUS_TX_STATUS(queue->dus_bytes), 0);
	WRITE_ONCE(queue->lost, false);
	ret = wz_hw_start(queue);
	if (ret)
		goto out;
	WRITE_ONCE(queue->started, true);
	wz_vector_add(queue);
out:
	mutex_unlock(&dev->lock);
	return ret;
}

/**
 * wz_queue_lose() - tell the user of a started queue that the device has dropped it
 * @queue: queue that the device does not work on any more; the caller holds wz_dev.lock
 */
void wz_queue_lose(struct wz_queue *queue)
{
	if (!queue->started)
		return;
	wz_memory_set_status(queue, WARPZ_ZIP_DUS_TX_STATUS(queue->dus_bytes), 1);
	wz_memory_set_status(queue, WARPZ_ZIP_DUS_RX_STATUS(queue->dus_bytes), 1);
	WRITE_ONCE(queue->lost, true);
	WRITE_ONCE(queue->started, false);
	wz_vector_remove(queue);
	wake_up_interruptible(&queue->uq->wait);
}

/**
 * wz_queue_stop() - make a queue stop
 * @queue: queue; when this returns the device accesses nothing of it
 *
 * A device that does not let go is reset, which costs the other queues their jobs: their users
 * are told.
 */
void wz_queue_stop(struct wz_queue *queue)
{
	struct wz_dev *dev = queue->dev;
	int ret;

	mutex_lock(&dev->lock);
	if (queue->started) {
		wz_memory_set_status(queue, WARPZ_ZIP_DUS_TX_STATUS(queue->dus_bytes), 1);
		ret = wz_hw_drain(queue);
		wz_queue_lose(queue);
		if (ret == -ETIMEDOUT) {
			atomic64_inc(&dev->stats.drain_timeouts);
			wz_recover(dev, "a queue does not stop");
		}
	}
	mutex_unlock(&dev->lock);
}
