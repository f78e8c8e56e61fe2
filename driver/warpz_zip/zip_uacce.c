// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device as uacce has it: the character device's operations, the ioctls of warpz/zip_sqe.h,
 * the attributes, and the choice between shared virtual addresses and the bounce buffer. What
 * comes from user space is checked here.
 */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <warpz/zip_sqe.h>

#include "zip.h"

#define WZ_API			"hisi_qm_v3"
#define WZ_DUS_LEAST_KIB	512
/*
 * Without an IOMMU the region is one piece of physical memory, and this is the page allocator's
 * largest.
 */
#define WZ_DUS_MOST_KIB		4096
#define WZ_DEPTH_LEAST		16
#define WZ_DEPTH_MOST		1024
#define WZ_MAX_THRESHOLD	65535

static unsigned int queue_depth = 256;
module_param(queue_depth, uint, 0444);
MODULE_PARM_DESC(queue_depth, "Entries of a queue's rings, 16..1024 (256)");

static unsigned int dus_kib = 2048;
module_param(dus_kib, uint, 0444);
MODULE_PARM_DESC(dus_kib, "KiB of a queue's shared region without SVA, 512..4096 (2048)");

static int sva = -1;
module_param(sva, int, 0444);
MODULE_PARM_DESC(sva, "Shared virtual addresses: 0 no, 1 without a trial, -1 if a trial succeeds (-1)");

/*
 * Whether a bind ever succeeded or failed on this machine. A probe from a hot-plug thread has
 * no address space to try with and takes the last answer.
 */
enum wz_sva_verdict {
	WZ_SVA_UNKNOWN,
	WZ_SVA_WORKS,
	WZ_SVA_REFUSED,
};

static enum wz_sva_verdict wz_sva_verdict;

static int wz_get_available_instances(struct uacce_device *uacce)
{
	struct wz_dev *dev = uacce->priv;

	if (READ_ONCE(dev->state) != WZ_LIVE || wz_is_isolated(dev))
		return 0;
	return READ_ONCE(dev->free);
}

static int wz_get_queue(struct uacce_device *uacce, unsigned long pasid, struct uacce_queue *uq)
{
	struct wz_dev *dev = uacce->priv;
	struct wz_queue *queue;

	queue = wz_queue_get(dev, uq, pasid);
	if (IS_ERR(queue)) {
		atomic64_inc(&dev->stats.refused);
		return PTR_ERR(queue);
	}
	uq->priv = queue;
	return 0;
}

static void wz_put_queue(struct uacce_queue *uq)
{
	/* Mappings go on finding the queue through uq->priv, and have a reference each. */
	wz_queue_put(uq->priv);
}

static int wz_start_queue(struct uacce_queue *uq)
{
	struct wz_queue *queue = uq->priv;
	int ret;

	ret = wz_queue_start(queue);
	if (ret)
		atomic64_inc(&queue->dev->stats.refused);
	return ret;
}

static void wz_stop_queue(struct uacce_queue *uq)
{
	wz_queue_stop(uq->priv);
}

/*
 * Level-like: as long as completions wait, and for a queue that will never have any, poll()
 * returns. A process that sleeps although results wait would sleep for ever.
 */
static int wz_is_q_updated(struct uacce_queue *uq)
{
	struct wz_queue *queue = uq->priv;

	if (READ_ONCE(queue->lost))
		return 1;
	return READ_ONCE(queue->started) && wz_hw_has_completions(queue);
}

static int wz_mmap(struct uacce_queue *uq, struct vm_area_struct *vma,
		   struct uacce_qfile_region *region)
{
	return wz_memory_map(uq->priv, vma, region->type);
}

static long wz_ioctl_context(struct wz_queue *queue, void __user *user)
{
	struct warpz_qp_ctx context;

	if (copy_from_user(&context, user, sizeof(context)))
		return -EFAULT;
	if (context.qc_type > WARPZ_QC_TYPE_DECOMPRESS || READ_ONCE(queue->started))
		return -EINVAL;
	queue->type = context.qc_type;
	context.id = queue->number;
	return copy_to_user(user, &context, sizeof(context)) ? -EFAULT : 0;
}

static long wz_ioctl_info(struct wz_queue *queue, void __user *user)
{
	struct warpz_qp_info info = {
		.sqe_size = WARPZ_ZIP_SQE_BYTES,
		.sq_depth = queue->dev->depth,
		.cq_depth = queue->dev->depth,
	};

	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : 0;
}

static long wz_ioctl_window(struct wz_queue *queue, void __user *user)
{
	struct warpz_qp_window window = {
		.offset = queue->dev->window_offset,
		.length = queue->dev->window_bytes,
		/* The device's addresses count from the start of the region. */
		.address = queue->dev->window_offset,
	};

	if (queue->dev->sva)
		return -EINVAL;
	return copy_to_user(user, &window, sizeof(window)) ? -EFAULT : 0;
}

static long wz_ioctl(struct uacce_queue *uq, unsigned int command, unsigned long argument)
{
	void __user *user = (void __user *)argument;
	struct wz_queue *queue = uq->priv;

	switch (command) {
	case WARPZ_CMD_QP_CTX:
		return wz_ioctl_context(queue, user);
	case WARPZ_CMD_QP_INFO:
		return wz_ioctl_info(queue, user);
	case WARPZ_CMD_QP_WINDOW:
		return wz_ioctl_window(queue, user);
	default:
		return -EINVAL;
	}
}

static u32 wz_threshold_read(struct uacce_device *uacce)
{
	return wz_isolation_threshold(uacce->priv);
}

static int wz_threshold_write(struct uacce_device *uacce, u32 threshold)
{
	return wz_isolation_set_threshold(uacce->priv, threshold);
}

#ifdef WZ_UACCE_ISOLATES

static enum uacce_dev_state wz_get_isolate_state(struct uacce_device *uacce)
{
	return wz_is_isolated(uacce->priv) ? UACCE_DEV_ISOLATE : UACCE_DEV_NORMAL;
}

static int wz_isolation_attributes(struct wz_dev *dev)
{
	return 0;
}

static void wz_isolation_attributes_remove(struct wz_dev *dev)
{
}

#else

/*
 * Attributes that uacce itself has in later kernels, by the same names and with the same
 * content.
 */
static ssize_t isolate_show(struct device *device, struct device_attribute *attr, char *buf)
{
	struct uacce_device *uacce = container_of(device, struct uacce_device, dev);

	return sysfs_emit(buf, "%d\n", wz_is_isolated(uacce->priv));
}

static ssize_t isolate_strategy_show(struct device *device, struct device_attribute *attr,
				     char *buf)
{
	struct uacce_device *uacce = container_of(device, struct uacce_device, dev);

	return sysfs_emit(buf, "%u\n", wz_threshold_read(uacce));
}

static ssize_t isolate_strategy_store(struct device *device, struct device_attribute *attr,
				      const char *buf, size_t count)
{
	struct uacce_device *uacce = container_of(device, struct uacce_device, dev);
	u32 threshold;
	int ret;

	ret = kstrtou32(buf, 0, &threshold);
	if (ret || threshold > WZ_MAX_THRESHOLD)
		return -EINVAL;
	return wz_threshold_write(uacce, threshold) ?: count;
}

static DEVICE_ATTR_RO(isolate);
static DEVICE_ATTR_RW(isolate_strategy);

static struct attribute *wz_isolation_attrs[] = {
	&dev_attr_isolate.attr,
	&dev_attr_isolate_strategy.attr,
	NULL,
};

static const struct attribute_group wz_isolation_group = {
	.attrs = wz_isolation_attrs,
};

static int wz_isolation_attributes(struct wz_dev *dev)
{
	return sysfs_create_group(&dev->uacce->dev.kobj, &wz_isolation_group);
}

static void wz_isolation_attributes_remove(struct wz_dev *dev)
{
	sysfs_remove_group(&dev->uacce->dev.kobj, &wz_isolation_group);
}

#endif

static const struct uacce_ops wz_uacce_ops = {
	.get_available_instances = wz_get_available_instances,
	.get_queue = wz_get_queue,
	.put_queue = wz_put_queue,
	.start_queue = wz_start_queue,
	.stop_queue = wz_stop_queue,
	.is_q_updated = wz_is_q_updated,
	.mmap = wz_mmap,
	.ioctl = wz_ioctl,
#ifdef WZ_UACCE_ISOLATES
	.get_isolate_state = wz_get_isolate_state,
	.isolate_err_threshold_read = wz_threshold_read,
	.isolate_err_threshold_write = wz_threshold_write,
#endif
};

static struct iommu_sva *wz_bind(struct wz_dev *dev)
{
#ifdef WZ_BIND_HAS_DRVDATA
	return iommu_sva_bind_device(&dev->pdev->dev, current->mm, NULL);
#else
	return iommu_sva_bind_device(&dev->pdev->dev, current->mm);
#endif
}

/*
 * What uacce says about SVA is not always so: the kernel may set the flag and refuse every bind
 * (6.12 on x86), or set it without looking (7.2). Only a bind tells.
 */
static bool wz_sva_works(struct wz_dev *dev)
{
	struct iommu_sva *handle;

	if (sva > 0)
		return true;
	if (!current->mm || (current->flags & PF_KTHREAD))
		return READ_ONCE(wz_sva_verdict) == WZ_SVA_WORKS;
	handle = wz_bind(dev);
	if (IS_ERR(handle)) {
		dev_info(&dev->pdev->dev, "no shared virtual addresses: %pe\n", handle);
		WRITE_ONCE(wz_sva_verdict, WZ_SVA_REFUSED);
		return false;
	}
	iommu_sva_unbind_device(handle);
	WRITE_ONCE(wz_sva_verdict, WZ_SVA_WORKS);
	return true;
}

/*
 * A device without shared addresses has the bounce buffer between completion ring and status
 * words; one with them needs the rings alone.
 */
static int wz_choose_sizes(struct wz_dev *dev)
{
	const u32 most = clamp(queue_depth, WZ_DEPTH_LEAST, WZ_DEPTH_MOST);
	u32 rings;

	dev->depth = min(dev->depth, most);
	rings = (WARPZ_ZIP_SQE_BYTES + WARPZ_ZIP_CQE_BYTES) * dev->depth;
	if (dev->sva) {
		dev->dus_bytes = PAGE_ALIGN(rings + 2 * sizeof(__le32));
		return 0;
	}
	if (!(dev->features & WZ_FEATURE_BOUNCE))
		return dev_err_probe(&dev->pdev->dev, -ENODEV, "neither SVA nor a bounce buffer\n");
	dev->dus_bytes = PAGE_ALIGN(clamp(dus_kib, WZ_DUS_LEAST_KIB, WZ_DUS_MOST_KIB) * SZ_1K);
	dev->window_offset = PAGE_ALIGN(rings);
	dev->window_bytes = dev->dus_bytes - dev->window_offset - WARPZ_ZIP_SGL_ALIGN;
	return 0;
}

/**
 * wz_uacce_add() - decide on the address mode and make the character device
 * @dev: device that is ready for queues
 *
 * Return: 0 or a negative errno.
 */
int wz_uacce_add(struct wz_dev *dev)
{
	struct uacce_interface interface = {
		.name = WZ_NAME,
		.ops = &wz_uacce_ops,
	};
	struct device *parent = &dev->pdev->dev;
	struct uacce_device *uacce;
	int ret;

	if (sva && (dev->features & WZ_FEATURE_SVA) &&
	    pci_find_ext_capability(dev->pdev, PCI_EXT_CAP_ID_PASID))
		interface.flags = UACCE_DEV_SVA;
	uacce = uacce_alloc(parent, &interface);
	if (IS_ERR(uacce))
		return PTR_ERR(uacce);
	if ((uacce->flags & UACCE_DEV_SVA) && !wz_sva_works(dev)) {
		/* Also gives back what uacce has enabled for it. */
		uacce_remove(uacce);
		interface.flags = 0;
		uacce = uacce_alloc(parent, &interface);
		if (IS_ERR(uacce))
			return PTR_ERR(uacce);
	}
	dev->sva = uacce->flags & UACCE_DEV_SVA;
	ret = wz_choose_sizes(dev);
	if (ret)
		goto err;

	snprintf(dev->algorithms, sizeof(dev->algorithms), "%s%s%s%s",
		 dev->features & WZ_FEATURE_ZLIB ? "zlib\n" : "",
		 dev->features & WZ_FEATURE_GZIP ? "gzip\n" : "",
		 dev->features & WZ_FEATURE_DEFLATE ? "deflate\n" : "",
		 dev->features & WZ_FEATURE_LZ77_ZSTD ? "lz77_zstd\n" : "");
	uacce->priv = dev;
	uacce->algs = dev->algorithms;
	uacce->api_ver = WZ_API;
	uacce->qf_pg_num[UACCE_QFRT_MMIO] = WZ_WINDOW_BYTES / PAGE_SIZE;
	uacce->qf_pg_num[UACCE_QFRT_DUS] = dev->dus_bytes / PAGE_SIZE;
	dev->uacce = uacce;
	ret = uacce_register(uacce);
	if (ret)
		goto err;
	ret = wz_isolation_attributes(dev);
	if (ret)
		goto err;
	dev_info(parent, "%s: %u queues of %u entries, %s\n", dev_name(&uacce->dev), dev->queues,
		 dev->depth, dev->sva ? "shared addresses" : "bounce buffers");
	return 0;
err:
	dev->uacce = NULL;
	uacce_remove(uacce);
	return ret;
}

/**
 * wz_uacce_remove() - take the character device away; open files lose their queues
 * @dev: device that was quiesced
 */
void wz_uacce_remove(struct wz_dev *dev)
{
	struct wz_queue *queue;
	u32 i;

	/* Users keep what the device has left them. No queue is opened now; some are closed. */
	mutex_lock(&dev->lock);
	for (i = 0; i < dev->queues; i++) {
		if (dev->queue[i])
			wz_memory_keep(dev->queue[i]);
	}
	mutex_unlock(&dev->lock);
	wz_isolation_attributes_remove(dev);
	uacce_remove(dev->uacce);
	dev->uacce = NULL;
	/* Nobody can come upon a queue any more but through its mappings. */
	while ((queue = wz_memory_take_orphan(dev))) {
		wz_memory_retire(queue);
		kref_put(&queue->ref, wz_queue_release);
	}
}
