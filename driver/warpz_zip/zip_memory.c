// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue's memory as user space sees it: the shared region and the doorbell window, and pages
 * of our own in their place once the device is gone.
 *
 * uacce takes a removed device's pages away from its users (6.1 before it puts the queue, from
 * 6.12 on after), and by itself leaves nothing there, so that the next store to a ring would be
 * a SIGBUS for a program that merely called deflate(). Here, a fault after that finds a copy of
 * the region as the device left it, with status words that say that the queue is dead: answers
 * that came before the end stay good while they are read. The region's own memory goes when the
 * last of {queue, mappings} goes, or after all mappings have been taken away on removal,
 * whichever is first.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <warpz/zip_sqe.h>

#include "zip.h"

#define WZ_DEAD_INDEX(region, page)	((unsigned long)(region) << 24 | (page))

/* Of all lists of orphans, and of wz_queue.link: a queue may outlive its device. */
static DEFINE_SPINLOCK(wz_orphan_lock);

/**
 * wz_memory_alloc() - allocate the shared region
 * @queue: new queue of a device whose sizes are known
 *
 * Return: 0 or -ENOMEM.
 */
int wz_memory_alloc(struct wz_queue *queue)
{
	struct wz_dev *dev = queue->dev;

	mutex_init(&queue->vma_mutex);
	xa_init(&queue->dead);
	queue->memory_dev = &dev->pdev->dev;
	queue->dus_bytes = dev->dus_bytes;
	if (wz_should_fail())
		return -ENOMEM;
	/* The memory is zeroed, and never has been another user's since. */
	queue->dus = dma_alloc_coherent(queue->memory_dev, queue->dus_bytes, &queue->dus_dma,
					GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	return queue->dus ? 0 : -ENOMEM;
}

static void wz_memory_free(struct wz_queue *queue)
{
	if (!queue->dus)
		return;
	dma_free_coherent(queue->memory_dev, queue->dus_bytes, queue->dus, queue->dus_dma);
	queue->dus = NULL;
}

static bool wz_memory_is_mapped(struct wz_queue *queue)
{
	return queue->vmas[UACCE_QFRT_MMIO] || queue->vmas[UACCE_QFRT_DUS];
}

/**
 * wz_memory_put() - the queue is not used any more, and the device knows it
 * @queue: queue; its region goes now or with its last mapping, until which it is an orphan
 */
void wz_memory_put(struct wz_queue *queue)
{
	mutex_lock(&queue->vma_mutex);
	queue->is_put = true;
	if (wz_memory_is_mapped(queue)) {
		kref_get(&queue->ref);
		spin_lock(&wz_orphan_lock);
		list_add(&queue->link, &queue->dev->orphans);
		spin_unlock(&wz_orphan_lock);
	} else {
		wz_memory_free(queue);
	}
	mutex_unlock(&queue->vma_mutex);
}

/**
 * wz_memory_take_orphan() - the next queue that was put while it is mapped
 * @dev: device
 *
 * Return: it, and the list's reference on it; NULL when there is none.
 */
struct wz_queue *wz_memory_take_orphan(struct wz_dev *dev)
{
	struct wz_queue *queue;

	spin_lock(&wz_orphan_lock);
	queue = list_first_entry_or_null(&dev->orphans, struct wz_queue, link);
	if (queue)
		list_del_init(&queue->link);
	spin_unlock(&wz_orphan_lock);
	return queue;
}

/* The last mapping of a queue that was put. Returns whether the list of orphans knew it. */
static bool wz_memory_end_orphan(struct wz_queue *queue)
{
	bool was_listed;

	wz_memory_free(queue);
	spin_lock(&wz_orphan_lock);
	was_listed = !list_empty(&queue->link);
	list_del_init(&queue->link);
	spin_unlock(&wz_orphan_lock);
	return was_listed;
}

/**
 * wz_memory_retire() - the device goes: take the pages away from user space and free them
 * @queue: queue that was put
 *
 * Some versions of uacce take away only the mappings made through one inode of the device.
 */
void wz_memory_retire(struct wz_queue *queue)
{
	mutex_lock(&queue->vma_mutex);
	if (wz_memory_is_mapped(queue))
		unmap_mapping_range(queue->mapping, 0, 0, 1);
	wz_memory_free(queue);
	mutex_unlock(&queue->vma_mutex);
}

/* Under vma_mutex, or when nobody else knows the queue. No mapping has any of the pages. */
static void wz_memory_forget_dead(struct wz_queue *queue)
{
	struct page *page;
	unsigned long index;

	xa_for_each(&queue->dead, index, page)
		put_page(page);
	xa_destroy(&queue->dead);
}

/**
 * wz_memory_release() - free what is left when nobody knows the queue any more
 * @queue: queue without mappings
 */
void wz_memory_release(struct wz_queue *queue)
{
	wz_memory_forget_dead(queue);
	wz_memory_free(queue);
	mutex_destroy(&queue->vma_mutex);
}

/**
 * wz_memory_set_status() - write a status word
 * @queue: queue that has not been put
 * @offset: WARPZ_ZIP_DUS_RX_STATUS() or WARPZ_ZIP_DUS_TX_STATUS() of the region's size
 * @value: 0 or 1
 */
void wz_memory_set_status(struct wz_queue *queue, u32 offset, u32 value)
{
	WRITE_ONCE(*(__le32 *)(queue->dus + offset), cpu_to_le32(value));
	/* The submitter takes the words in the order in which they are written here. */
	smp_wmb();
}

static void wz_memory_mark_dead(struct page *last)
{
	u8 *end = page_address(last);

	*(__le32 *)(end + WARPZ_ZIP_DUS_TX_STATUS(PAGE_SIZE)) = cpu_to_le32(1);
	*(__le32 *)(end + WARPZ_ZIP_DUS_RX_STATUS(PAGE_SIZE)) = cpu_to_le32(1);
}

/**
 * wz_memory_keep() - copy the shared region for users who will outlive it
 * @queue: queue that the device has stopped; its mappings are about to be taken away
 *
 * All of it or nothing: a completion without the output that it speaks of would be a wrong answer.
 * Without memory for it there will be empty pages, in which there are no completions.
 */
void wz_memory_keep(struct wz_queue *queue)
{
	const unsigned long count = queue->dus_bytes / PAGE_SIZE;
	struct page *page;
	unsigned long i;

	mutex_lock(&queue->vma_mutex);
	if (!queue->vmas[UACCE_QFRT_DUS] || !xa_empty(&queue->dead))
		goto out;
	for (i = 0; i < count; i++) {
		page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
		if (!page)
			goto undo;
		copy_page(page_address(page), queue->dus + i * PAGE_SIZE);
		if (i == count - 1)
			wz_memory_mark_dead(page);
		if (xa_err(xa_store(&queue->dead, WZ_DEAD_INDEX(UACCE_QFRT_DUS, i), page,
				    GFP_KERNEL))) {
			put_page(page);
			goto undo;
		}
	}
	goto out;
undo:
	wz_memory_forget_dead(queue);
out:
	mutex_unlock(&queue->vma_mutex);
}

/* A page in place of the device's; the same one for all mappings of that place. Under vma_mutex. */
static struct page *wz_memory_dead_page(struct wz_queue *queue, enum uacce_qfrt region,
					pgoff_t index)
{
	const unsigned long key = WZ_DEAD_INDEX(region, index);
	struct page *page = xa_load(&queue->dead, key);

	if (page)
		return page;
	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return NULL;
	if (region == UACCE_QFRT_DUS && index == queue->dus_bytes / PAGE_SIZE - 1)
		wz_memory_mark_dead(page);
	if (xa_err(xa_store(&queue->dead, key, page, GFP_KERNEL_ACCOUNT))) {
		put_page(page);
		return NULL;
	}
	return page;
}

static struct wz_queue *wz_vma_queue(struct vm_area_struct *vma)
{
	struct uacce_queue *uq = vma->vm_private_data;

	return uq->priv;
}

static vm_fault_t wz_vma_fault(struct vm_fault *vmf, enum uacce_qfrt region)
{
	struct vm_area_struct *vma = vmf->vma;
	struct wz_queue *queue = wz_vma_queue(vma);
	struct page *page;
	int ret;

	mutex_lock(&queue->vma_mutex);
	page = wz_memory_dead_page(queue, region, vmf->pgoff - region);
	mutex_unlock(&queue->vma_mutex);
	if (!page)
		return VM_FAULT_OOM;
	/*
	 * What the region was mapped with decides: the DMA layer maps pages behind an IOMMU,
	 * and else frame numbers.
	 */
	if (!(vma->vm_flags & VM_MIXEDMAP))
		return vmf_insert_pfn(vma, vmf->address, page_to_pfn(page));
	ret = vm_insert_page(vma, vmf->address & PAGE_MASK, page);
	/* Another thread's fault may have been first. */
	if (ret && ret != -EBUSY)
		return vmf_error(ret);
	return VM_FAULT_NOPAGE;
}

static vm_fault_t wz_vma_fault_mmio(struct vm_fault *vmf)
{
	return wz_vma_fault(vmf, UACCE_QFRT_MMIO);
}

static vm_fault_t wz_vma_fault_dus(struct vm_fault *vmf)
{
	return wz_vma_fault(vmf, UACCE_QFRT_DUS);
}

static void wz_vma_count(struct vm_area_struct *vma, enum uacce_qfrt region)
{
	struct wz_queue *queue = wz_vma_queue(vma);

	kref_get(&queue->ref);
	mutex_lock(&queue->vma_mutex);
	queue->mapping = vma->vm_file->f_mapping;
	queue->vmas[region]++;
	mutex_unlock(&queue->vma_mutex);
}

/*
 * uacce's close() frees its note of the region each time that it is called with the region's
 * offset. It is called once here, for the last of the mappings, so that neither a split nor a
 * refused mremap() frees the note twice.
 */
static void wz_vma_uncount(struct vm_area_struct *vma, enum uacce_qfrt region)
{
	struct wz_queue *queue = wz_vma_queue(vma);
	struct vm_area_struct whole = {
		.vm_private_data = vma->vm_private_data,
		.vm_file = vma->vm_file,
		.vm_pgoff = region,
	};
	bool is_last, was_orphan = false;

	mutex_lock(&queue->vma_mutex);
	is_last = !--queue->vmas[region];
	if (queue->is_put && !wz_memory_is_mapped(queue))
		was_orphan = wz_memory_end_orphan(queue);
	mutex_unlock(&queue->vma_mutex);
	if (is_last && queue->uacce_ops && queue->uacce_ops->close)
		queue->uacce_ops->close(&whole);
	if (was_orphan)
		kref_put(&queue->ref, wz_queue_release);
	kref_put(&queue->ref, wz_queue_release);
}

static void wz_vma_open_mmio(struct vm_area_struct *vma)
{
	wz_vma_count(vma, UACCE_QFRT_MMIO);
}

static void wz_vma_open_dus(struct vm_area_struct *vma)
{
	wz_vma_count(vma, UACCE_QFRT_DUS);
}

static void wz_vma_close_mmio(struct vm_area_struct *vma)
{
	wz_vma_uncount(vma, UACCE_QFRT_MMIO);
}

static void wz_vma_close_dus(struct vm_area_struct *vma)
{
	wz_vma_uncount(vma, UACCE_QFRT_DUS);
}

static int wz_vma_mremap(struct vm_area_struct *vma)
{
	return -EPERM;
}

/*
 * Parts of the doorbell window would have the shared region's offset, by which uacce tells them
 * apart.
 */
static int wz_vma_may_split_mmio(struct vm_area_struct *vma, unsigned long address)
{
	return -EINVAL;
}

/* Of the module and not of a device: mappings outlive devices. An open queue holds the module. */
static const struct vm_operations_struct wz_vma_ops_mmio = {
	.open = wz_vma_open_mmio,
	.close = wz_vma_close_mmio,
	.may_split = wz_vma_may_split_mmio,
	.mremap = wz_vma_mremap,
	.fault = wz_vma_fault_mmio,
};

static const struct vm_operations_struct wz_vma_ops_dus = {
	.open = wz_vma_open_dus,
	.close = wz_vma_close_dus,
	.mremap = wz_vma_mremap,
	.fault = wz_vma_fault_dus,
};

/**
 * wz_memory_map() - map a region of a queue
 * @queue: open queue
 * @vma: where; uacce has checked nothing but that the offset is @region
 * @region: which
 *
 * Return: 0; -EINVAL for a size that is not the region's, or a private mapping; what the DMA
 * layer says.
 */
int wz_memory_map(struct wz_queue *queue, struct vm_area_struct *vma, enum uacce_qfrt region)
{
	struct wz_dev *dev = queue->dev;
	const size_t bytes = vma->vm_end - vma->vm_start;
	phys_addr_t window;
	int ret;

	if (!(vma->vm_flags & VM_SHARED) || (vma->vm_flags & VM_EXEC))
		return -EINVAL;
	switch (region) {
	case UACCE_QFRT_MMIO:
		if (bytes != WZ_WINDOW_BYTES)
			return -EINVAL;
		window = dev->windows + (phys_addr_t)WZ_WINDOW_BYTES * queue->number;
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
		ret = io_remap_pfn_range(vma, vma->vm_start, PHYS_PFN(window), bytes,
					 vma->vm_page_prot);
		break;
	case UACCE_QFRT_DUS:
		if (bytes != queue->dus_bytes)
			return -EINVAL;
		/* To the DMA layer the offset is one into the memory. */
		vma->vm_pgoff = 0;
		ret = dma_mmap_coherent(queue->memory_dev, vma, queue->dus, queue->dus_dma, bytes);
		vma->vm_pgoff = UACCE_QFRT_DUS;
		break;
	default:
		return -EINVAL;
	}
	if (ret)
		return ret;
	queue->uacce_ops = vma->vm_ops;
	vma->vm_ops = region == UACCE_QFRT_MMIO ? &wz_vma_ops_mmio : &wz_vma_ops_dus;
	wz_vma_count(vma, region);
	return 0;
}
