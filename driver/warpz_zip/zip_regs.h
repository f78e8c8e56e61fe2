/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the warpz virtual accelerator; the section numbers are those of driver/SPEC.md.
 */
#ifndef WARPZ_ZIP_REGS_H
#define WARPZ_ZIP_REGS_H

#include <linux/bits.h>

/* 1. Identity */
#define WZ_PCI_VENDOR			0x1234
#define WZ_PCI_DEVICE			0x777a
#define WZ_BAR_CONTROL			0
#define WZ_BAR_WINDOWS			2
#define WZ_CONTROL_BYTES		0x20000

/* 2. Control registers */
#define WZ_ID				0x00
#define WZ_ID_VALUE			0x5a505257
#define WZ_VERSION			0x04
#define WZ_VERSION_MAJOR		GENMASK(31, 16)
#define WZ_VERSION_MAJOR_1		1
#define WZ_CAP_QUEUES			0x08
#define WZ_CAP_QUEUES_NUMBER		GENMASK(10, 0)
#define WZ_CAP_QUEUES_VECTORS		GENMASK(26, 16)
#define WZ_CAP_FEATURES			0x0c
#define WZ_FEATURE_ZLIB			BIT(0)
#define WZ_FEATURE_GZIP			BIT(1)
#define WZ_FEATURE_DEFLATE		BIT(2)
#define WZ_FEATURE_LZ77_ZSTD		BIT(3)
#define WZ_FEATURE_BOUNCE		BIT(8)
#define WZ_FEATURE_SVA			BIT(9)
#define WZ_CAP_RINGS			0x10
#define WZ_CAP_RINGS_ENTRIES		GENMASK(15, 0)
#define WZ_CAP_STOP			0x18
#define WZ_CONTROL			0x20
#define WZ_CONTROL_ENABLE		BIT(0)
#define WZ_CONTROL_RESET		BIT(1)
#define WZ_STATUS			0x24
#define WZ_STATUS_READY			BIT(0)
#define WZ_STATUS_FAILED		BIT(1)
#define WZ_ERROR_STATUS			0x28
#define WZ_ERROR_QUEUE			BIT(0)
#define WZ_ERROR_BUS			BIT(1)
#define WZ_ERROR_FATAL			BIT(2)
#define WZ_ERROR_MASK			0x2c
#define WZ_CNT_DESCRIPTORS		0x80
#define WZ_CNT_IN			0x88
#define WZ_CNT_OUT			0x90
#define WZ_CNT_FAILED			0x98
#define WZ_CNT_BAD_DOORBELLS		0xa0
#define WZ_CNT_PAGE_REQUESTS		0xa8
#define WZ_CNT_REFUSED			0xb0

/* 3. Queue contexts */
#define WZ_QUEUE(number)		(0x10000 + 64 * (number))
#define WZ_Q_COMMAND			0x00
#define WZ_Q_COMMAND_START		1
#define WZ_Q_COMMAND_STOP		2
#define WZ_Q_STATE			0x04
#define WZ_Q_STATE_MASK			GENMASK(2, 0)
#define WZ_Q_STATE_IDLE			0
#define WZ_Q_STATE_RUNNING		1
#define WZ_Q_STATE_STOPPING		2
#define WZ_Q_STATE_ERROR		3
#define WZ_Q_STATE_CAUSE		GENMASK(15, 8)
#define WZ_Q_BASE_LOW			0x08
#define WZ_Q_BASE_HIGH			0x0c
#define WZ_Q_LENGTH			0x10
#define WZ_Q_DEPTH			0x14
#define WZ_Q_DEPTH_SQ			GENMASK(15, 0)
#define WZ_Q_DEPTH_CQ			GENMASK(31, 16)
#define WZ_Q_WINDOW_OFFSET		0x18
#define WZ_Q_WINDOW_LENGTH		0x1c
#define WZ_Q_PASID			0x20
#define WZ_Q_PASID_VALID		BIT(31)
#define WZ_Q_TYPE			0x24
#define WZ_Q_VECTOR			0x28
#define WZ_Q_SQ				0x2c
#define WZ_Q_CQ				0x30
#define WZ_Q_CQ_TAIL			GENMASK(15, 0)
#define WZ_Q_CQ_HEAD			GENMASK(31, 16)
#define WZ_Q_DESCRIPTORS		0x34

/* 4. Queue windows */
#define WZ_WINDOW_BYTES			0x10000

/* What a removed device answers to every read. */
#define WZ_ALL_ONES			0xffffffffU

#endif
