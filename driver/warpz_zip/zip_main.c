// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver of the warpz virtual compression accelerator (driver/SPEC.md): hands its queues to
 * user space through uacce. This file has the PCI side: coming and going of devices, and of the
 * module.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/pm.h>
#include <linux/slab.h>

#include <warpz/zip_sqe.h>

#include "zip.h"

#ifdef WARPZ_ZIP_DEBUG
static atomic_t wz_fail_count;
static unsigned int fail_every;
module_param(fail_every, uint, 0644);
MODULE_PARM_DESC(fail_every, "Each how manyth allocation of a queue fails; 0 is none (0)");

bool wz_should_fail(void)
{
	unsigned int every = READ_ONCE(fail_every);

	return every && (unsigned int)atomic_inc_return(&wz_fail_count) % every == 0;
}
#endif

static ssize_t address_mode_show(struct device *device, struct device_attribute *attr, char *buf)
{
	struct wz_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%s\n", dev->sva ? "sva" : "bounce");
}
static DEVICE_ATTR_RO(address_mode);

static ssize_t queues_show(struct device *device, struct device_attribute *attr, char *buf)
{
	struct wz_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%u\n", dev->queues);
}
static DEVICE_ATTR_RO(queues);

static struct attribute *wz_attrs[] = {
	&dev_attr_address_mode.attr,
	&dev_attr_queues.attr,
	NULL,
};
ATTRIBUTE_GROUPS(wz);

static int wz_probe_hardware(struct wz_dev *dev)
{
	int ret;

	ret = wz_hw_identify(dev);
	if (ret)
		return ret;
	dev->queue = kcalloc(dev->queues, sizeof(*dev->queue), GFP_KERNEL);
	if (!dev->queue)
		return -ENOMEM;
	dev->free = dev->queues;
	/* Whoever had the device before may have left queues running: no DMA before the reset. */
	ret = wz_hw_reset(dev);
	if (ret)
		return dev_err_probe(&dev->pdev->dev, ret, "does not come out of reset\n");
	pci_set_master(dev->pdev);
	ret = wz_interrupts_request(dev);
	if (ret)
		return ret;
	wz_hw_enable(dev);
	return 0;
}

static void wz_free(struct wz_dev *dev)
{
	wz_recovery_exit(dev);
	mutex_destroy(&dev->lock);
	kfree(dev->queue);
	kfree(dev);
}

static int wz_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct wz_dev *dev;
	int ret;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	dev->pdev = pdev;
	mutex_init(&dev->lock);
	INIT_LIST_HEAD(&dev->orphans);
	wz_recovery_init(dev);
	pci_set_drvdata(pdev, dev);

	ret = pci_enable_device_mem(pdev);
	if (ret)
		goto err_free;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		goto err_disable;
	ret = pci_request_mem_regions(pdev, WZ_NAME);
	if (ret)
		goto err_disable;
	ret = -ENODEV;
	if (pci_resource_len(pdev, WZ_BAR_CONTROL) < WZ_CONTROL_BYTES)
		goto err_regions;
	dev->windows = pci_resource_start(pdev, WZ_BAR_WINDOWS);
	ret = -ENOMEM;
	dev->ctrl = pci_iomap(pdev, WZ_BAR_CONTROL, 0);
	if (!dev->ctrl)
		goto err_regions;
	ret = wz_probe_hardware(dev);
	if (ret)
		goto err_hardware;
	/* What comes back after a reset of the function. */
	pci_save_state(pdev);
	ret = wz_uacce_add(dev);
	if (ret)
		goto err_hardware;
	wz_debugfs_add(dev);
	return 0;

err_hardware:
	wz_hw_disable(dev);
	wz_interrupts_free(dev);
	pci_clear_master(pdev);
	pci_iounmap(pdev, dev->ctrl);
err_regions:
	pci_release_mem_regions(pdev);
err_disable:
	pci_disable_device(pdev);
err_free:
	wz_free(dev);
	return ret;
}

static void wz_remove(struct pci_dev *pdev)
{
	struct wz_dev *dev = pci_get_drvdata(pdev);

	wz_debugfs_remove(dev);
	/* Users learn that their queues are dead before their pages are taken away. */
	wz_quiesce(dev, WZ_GONE);
	wz_uacce_remove(dev);
	wz_hw_disable(dev);
	pci_clear_master(pdev);
	wz_interrupts_free(dev);
	pci_iounmap(pdev, dev->ctrl);
	pci_release_mem_regions(pdev);
	pci_disable_device(pdev);
	wz_free(dev);
}

/* The next kernel must find a device that is silent. */
static void wz_shutdown(struct pci_dev *pdev)
{
	struct wz_dev *dev = pci_get_drvdata(pdev);

	wz_quiesce(dev, WZ_FAILED);
	wz_hw_disable(dev);
	pci_clear_master(pdev);
}

static int wz_suspend(struct device *device)
{
	wz_quiesce(dev_get_drvdata(device), WZ_RESETTING);
	return 0;
}

/* A device that does not come back stays bound, without queues. */
static int wz_wake(struct device *device)
{
	wz_revive(dev_get_drvdata(device));
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(wz_pm_ops, wz_suspend, wz_wake);

static const struct pci_device_id wz_ids[] = {
	{ PCI_DEVICE(WZ_PCI_VENDOR, WZ_PCI_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, wz_ids);

static struct pci_driver wz_driver = {
	.name = WZ_NAME,
	.id_table = wz_ids,
	.probe = wz_probe,
	.remove = wz_remove,
	.shutdown = wz_shutdown,
	.err_handler = &wz_error_handlers,
	.dev_groups = wz_groups,
	.driver.pm = pm_sleep_ptr(&wz_pm_ops),
};

static int __init wz_init(void)
{
	int ret;

	BUILD_BUG_ON(!WARPZ_ZIP_LAYOUT_HOLDS);
	wz_debugfs_init();
	ret = pci_register_driver(&wz_driver);
	if (ret)
		wz_debugfs_exit();
	return ret;
}

static void __exit wz_exit(void)
{
	pci_unregister_driver(&wz_driver);
	wz_debugfs_exit();
}

module_init(wz_init);
module_exit(wz_exit);

MODULE_DESCRIPTION("warpz virtual compression accelerator");
MODULE_AUTHOR("the warpz authors");
MODULE_LICENSE("GPL");
