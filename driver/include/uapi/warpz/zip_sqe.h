/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR Zlib */
/*
 * The descriptor ABI of a HiSilicon-compatible ZIP accelerator on uacce: descriptors, completions, doorbells, the
 * layout of the queue's shared region, ioctls, status bytes. The user library, the kernel driver and the device model
 * all take it from here. Everything in memory is little-endian. Masks stand beside the word that they belong to; each
 * user asserts the sizes and offsets that this file promises: WARPZ_ZIP_LAYOUT_HOLDS.
 */
#ifndef _UAPI_WARPZ_ZIP_SQE_H
#define _UAPI_WARPZ_ZIP_SQE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* ---- Submission queue entry: 128 bytes, written by the user, answered in place by the device ---- */

struct warpz_zip_sqe {
	__le32 consumed;		/* 0x00 out: input bytes used */
	__le32 produced;		/* 0x04 out: output bytes made */
	__le32 comp_data_length;	/* 0x08 out: lz77 only */
	__le32 dw3;			/* 0x0c out: status */
#define WARPZ_ZIP_DW3_STATUS_MASK	0x000000ffU	/* WARPZ_ZIP_STATUS_* */
#define WARPZ_ZIP_DW3_LAST_BLOCK	0x00000100U	/* inflate: the final block was decoded */
	__le32 input_length;		/* 0x10 in */
	__le32 lba[2];			/* 0x14 in: 0 */
	__le32 dw7;			/* 0x1c in: stream control */
#define WARPZ_ZIP_DW7_SRC_OFFSET_MASK	0x00ffffffU	/* bytes to skip at the start of a source SGL */
#define WARPZ_ZIP_DW7_FINISH		0x02000000U	/* 0: sync flush, 1: last packet */
#define WARPZ_ZIP_DW7_STATEFUL		0x04000000U	/* a stream context is given */
#define WARPZ_ZIP_DW7_STREAM_NEW	0x08000000U	/* first packet of its stream */
#define WARPZ_ZIP_DW7_SQE_TYPE_SHIFT	28
#define WARPZ_ZIP_DW7_SQE_TYPE_MASK	0xf0000000U	/* WARPZ_ZIP_SQE_TYPE_* */
	__le32 dw8;			/* 0x20 in */
#define WARPZ_ZIP_DW8_DST_OFFSET_MASK	0x00ffffffU	/* bytes to skip at the start of a destination SGL */
	__le32 dw9;			/* 0x24 in: request */
#define WARPZ_ZIP_DW9_REQUEST_MASK	0x000000ffU	/* WARPZ_ZIP_REQUEST_* */
#define WARPZ_ZIP_DW9_BUFFER_SHIFT	8
#define WARPZ_ZIP_DW9_BUFFER_MASK	0x00000f00U	/* WARPZ_ZIP_BUFFER_* */
#define WARPZ_ZIP_DW9_WINDOW_SHIFT	12
#define WARPZ_ZIP_DW9_WINDOW_MASK	0x0000f000U	/* WARPZ_ZIP_WINDOW_* */
	__le32 dw10;			/* 0x28 in: 0 */
	__le32 priv;			/* 0x2c the submitter's */
	__le32 dw12;			/* 0x30 in: 0 */
	__le32 tag_type0;		/* 0x34 in: type 0: tag; type 3, lz77: literal buffer size */
	__le32 output_length;		/* 0x38 in: space */
	__le32 ctx_dw0;			/* 0x3c in/out: inflate state, carried from packet to packet */
#define WARPZ_ZIP_CTX0_STATE_MASK	0x0000000fU	/* WARPZ_ZIP_CTX_* */
#define WARPZ_ZIP_CTX0_BFINAL		0x00000080U	/* final block seen */
#define WARPZ_ZIP_CTX0_HEAD_BITS_SHIFT	10
#define WARPZ_ZIP_CTX0_HEAD_BITS_MASK	0x0000fc00U	/* input bits read but not decoded */
	__le32 comp_head_addr[2];	/* 0x40 in: 0 */
	__le32 source_addr[2];		/* 0x48 in: low, high; here and below */
	__le32 dest_addr[2];		/* 0x50 in */
	__le32 stream_ctx_addr[2];	/* 0x58 in: 0 without a context */
	__le32 literals_addr[2];	/* 0x60 in: lz77 only */
	__le32 tag_type3[2];		/* 0x68 in: type 3: tag */
	__le32 ctx_dw1;			/* 0x70 in/out */
#define WARPZ_ZIP_CTX1_STORED_LEFT_MASK	0x0007ffffU	/* bytes left of a stored block */
	__le32 ctx_dw2;			/* 0x74 in/out */
#define WARPZ_ZIP_CTX2_WINDOW_LEN_MASK	0x0000ffffU	/* bytes in the context's window */
	__le32 isize;			/* 0x78 in/out: uncompressed bytes of the stream so far */
	__le32 checksum;		/* 0x7c in/out: running; gzip: the CRC register, see WARPZ_ZIP_CRC_NOTE */
};

/*
 * WARPZ_ZIP_CRC_NOTE: for zlib, `checksum` is the Adler-32 as a number. For gzip it is the CRC-32 with all bits
 * complemented and then in reverse order. With STREAM_NEW the device starts from its own initial values.
 */

/* SQE type by the queue manager's version */
#define WARPZ_ZIP_SQE_TYPE_0		0U	/* hisi_qm_v1, v2 */
#define WARPZ_ZIP_SQE_TYPE_3		3U	/* hisi_qm_v3 and later */

/* request types */
#define WARPZ_ZIP_REQUEST_DEFLATE	0x01U	/* raw; type 3 only */
#define WARPZ_ZIP_REQUEST_ZLIB		0x02U
#define WARPZ_ZIP_REQUEST_GZIP		0x03U
#define WARPZ_ZIP_REQUEST_LZ77_ZSTD	0x43U

/* buffer types, of source and destination alike */
#define WARPZ_ZIP_BUFFER_FLAT		0U
#define WARPZ_ZIP_BUFFER_SGL		1U

/* window sizes */
#define WARPZ_ZIP_WINDOW_4K		0U
#define WARPZ_ZIP_WINDOW_8K		1U
#define WARPZ_ZIP_WINDOW_16K		2U
#define WARPZ_ZIP_WINDOW_24K		3U
#define WARPZ_ZIP_WINDOW_32K		4U

/* ctx_dw0, state of an inflate stream after a packet */
#define WARPZ_ZIP_CTX_RUNNING		0U	/* in the middle, needs input */
#define WARPZ_ZIP_CTX_DRAIN		1U	/* input decoded, output full: send an empty input */
#define WARPZ_ZIP_CTX_OUTPUT_FULL	2U	/* decoding, output full */
#define WARPZ_ZIP_CTX_BLOCK_BOUNDARY	3U	/* next block not started */
#define WARPZ_ZIP_CTX_TRAILER		4U	/* all decoded, trailer incomplete: send input */

/* status bytes */
#define WARPZ_ZIP_STATUS_OK		0x00U
#define WARPZ_ZIP_STATUS_NEGATIVE	0x0dU	/* success, output larger than input */
#define WARPZ_ZIP_STATUS_NO_SPACE	0x0eU
#define WARPZ_ZIP_STATUS_IN_DIF		0x0fU
#define WARPZ_ZIP_STATUS_CHECKSUM	0x10U	/* inflate: trailer differs */
#define WARPZ_ZIP_STATUS_OUT_DIF	0x12U
#define WARPZ_ZIP_STATUS_END		0x13U	/* with LAST_BLOCK: inflate is complete */
#define WARPZ_ZIP_STATUS_BUS		0x41U	/* the device could not reach memory; a reset follows */
/* Not named in public for silicon; the device model and the virtual accelerator use these. */
#define WARPZ_ZIP_STATUS_BAD_REQUEST	0x80U	/* a descriptor field breaks a rule */
#define WARPZ_ZIP_STATUS_BAD_ADDRESS	0x81U	/* outside of what the queue may reach */
#define WARPZ_ZIP_STATUS_BAD_DATA	0x82U	/* inflate: not a deflate stream */
#define WARPZ_ZIP_STATUS_BAD_CONTEXT	0x83U	/* the stream context does not hold a stream of this device */

/* limits */
#define WARPZ_ZIP_MAX_BYTES		0x00800000U	/* input and output of a packet */
#define WARPZ_ZIP_PACKET_GRANULE	4U	/* deflate input that is not the last */
#define WARPZ_ZIP_MIN_STATEFUL_OUTPUT	201U	/* deflate: below, a stateful packet fails */
#define WARPZ_ZIP_MIN_OUTPUT		16U	/* below, a request is ignored */
#define WARPZ_ZIP_LZ77_MAX_BYTES	0x00020000U	/* lz77_zstd: input */
#define WARPZ_ZIP_LZ77_LITERALS_SLACK	16U	/* lz77_zstd: literal buffer beyond the input's size */
#define WARPZ_ZIP_LZ77_SEQUENCE_BYTES	8U	/* offset + 3 (1..3: a repeated one), u16 literals, u16 match - 3 */
#define WARPZ_ZIP_LZ77_TABLE_BYTES	792U	/* lz77_zstd: behind the sequences, frequencies for the submitter */
#define WARPZ_ZIP_LZ77_OVERFLOW_SHIFT	24	/* checksum word: 1: sequence (low bits) has 65536 literals more */

/* ---- Stream context: 64 KiB; the device is given base + WARPZ_ZIP_CTX_HW_OFFSET ---- */

#define WARPZ_ZIP_CTX_BYTES		0x10000U
#define WARPZ_ZIP_CTX_HW_OFFSET		64U	/* before it: the submitter's */
#define WARPZ_ZIP_CTX_HW_WINDOW		0xc00U	/* from the hardware part: window, then cached input bits */
#define WARPZ_ZIP_CTX_CACHED_ALIGN	16U	/* the bits begin at the window's end, rounded up to this */

/* ---- Scatter-gather list, for WARPZ_ZIP_BUFFER_SGL ---- */

struct warpz_zip_sge {
	__le64 address;
	__le64 page_control;		/* 0 */
	__le32 length;
	__le32 pad;
	__le64 unused;			/* not read by the device */
};

struct warpz_zip_sgl {
	__le64 next;			/* device address of the next list; 0 ends */
	__le16 chain_entries;		/* in the whole chain */
	__le16 entries;			/* valid here */
	__le16 capacity;
	__le16 pad;
	__u8 unused[48];		/* not read by the device */
	struct warpz_zip_sge sge[];
};

#define WARPZ_ZIP_SGL_ALIGN		64U
#define WARPZ_ZIP_SGL_MAX_ENTRIES	255U

/* ---- Completion queue entry: 16 bytes ---- */

struct warpz_zip_cqe {
	__le32 rsvd0;
	__le16 command;
	__le16 rsvd1;
	__le16 sq_head;			/* ring index of the answered entry */
	__le16 sq_number;
	__le16 rsvd2;
	__le16 phase;			/* written last */
#define WARPZ_ZIP_CQE_PHASE		0x0001U	/* 1 in the first round, then toggles */
};

/* ---- Doorbells: one 64-bit store at WARPZ_ZIP_DOORBELL_OFFSET of the MMIO region ---- */

#define WARPZ_ZIP_DOORBELL_OFFSET	0x1000U
#define WARPZ_ZIP_DB_QUEUE_MASK		0x3ffULL
#define WARPZ_ZIP_DB_COMMAND_SHIFT	12
#define WARPZ_ZIP_DB_COMMAND_MASK	0xf000ULL
#define WARPZ_ZIP_DB_INDEX_SHIFT	32
#define WARPZ_ZIP_DB_INDEX_MASK		0xffff00000000ULL
#define WARPZ_ZIP_DB_FLAG_SHIFT		48	/* CQ: 1 asks for an event at the next completion */
#define WARPZ_ZIP_DB_COMMAND_SQ		0ULL	/* index: new tail */
#define WARPZ_ZIP_DB_COMMAND_CQ		1ULL	/* index: new head */

/* ---- The queue's shared region (UACCE_QFRT_DUS): rings from the start, status words at the end ---- */

#define WARPZ_ZIP_SQE_BYTES		128U
#define WARPZ_ZIP_CQE_BYTES		16U
#define WARPZ_ZIP_DUS_SQ_OFFSET		0U
#define WARPZ_ZIP_DUS_CQ_OFFSET(sq_depth)	(WARPZ_ZIP_SQE_BYTES * (sq_depth))
#define WARPZ_ZIP_DUS_RX_STATUS(size)	((size) - 8)	/* 1: completions have ended */
#define WARPZ_ZIP_DUS_TX_STATUS(size)	((size) - 4)	/* 1: take no more submissions; written before RX */
#define WARPZ_ZIP_DEFAULT_DEPTH		1024U	/* entries per ring where QP_INFO is not answered */

/* ---- Character device: mmap offset = region number * page size ---- */

#define WARPZ_ZIP_REGION_MMIO		0
#define WARPZ_ZIP_REGION_DUS		1

#define WARPZ_UACCE_CMD_START_Q		_IO('W', 0)
#define WARPZ_UACCE_CMD_PUT_Q		_IO('W', 1)
#define WARPZ_UACCE_FLAG_SVA		0x1U	/* sysfs `flags` */

struct warpz_qp_ctx {
	__u16 id;			/* out: queue number */
	__u16 qc_type;			/* in: WARPZ_QC_TYPE_*; the direction is not in the descriptor */
#define WARPZ_QC_TYPE_COMPRESS		0
#define WARPZ_QC_TYPE_DECOMPRESS	1
};

struct warpz_qp_info {			/* all out */
	__u32 sqe_size;
	__u16 sq_depth;
	__u16 cq_depth;
	__u64 reserved;
};

/*
 * Devices without SVA: where the queue's bounce buffer is. hisi_zip has no such call; the warpz_zip driver answers it.
 * Descriptors of the queue name memory as address + (byte - offset), and the device refuses all else.
 */
struct warpz_qp_window {		/* all out */
	__u64 offset;			/* in the DUS region */
	__u64 length;
	__u64 address;			/* the device's address of the first byte */
};

#define WARPZ_CMD_QP_CTX		_IOWR('H', 10, struct warpz_qp_ctx)
#define WARPZ_CMD_QP_INFO		_IOWR('H', 11, struct warpz_qp_info)
#define WARPZ_CMD_QP_WINDOW		_IOR('H', 0x40, struct warpz_qp_window)

/* What each user of this file asserts: that its compiler lays things out as the device does. */
#define WARPZ_ZIP_LAYOUT_HOLDS \
	(sizeof(struct warpz_zip_sqe) == 128 && \
	 __builtin_offsetof(struct warpz_zip_sqe, dw7) == 0x1c && \
	 __builtin_offsetof(struct warpz_zip_sqe, tag_type0) == 0x34 && \
	 __builtin_offsetof(struct warpz_zip_sqe, ctx_dw0) == 0x3c && \
	 __builtin_offsetof(struct warpz_zip_sqe, source_addr) == 0x48 && \
	 __builtin_offsetof(struct warpz_zip_sqe, stream_ctx_addr) == 0x58 && \
	 __builtin_offsetof(struct warpz_zip_sqe, tag_type3) == 0x68 && \
	 __builtin_offsetof(struct warpz_zip_sqe, checksum) == 0x7c && \
	 sizeof(struct warpz_zip_cqe) == 16 && \
	 __builtin_offsetof(struct warpz_zip_cqe, sq_head) == 8 && \
	 __builtin_offsetof(struct warpz_zip_cqe, phase) == 14 && \
	 sizeof(struct warpz_zip_sge) == 32 && \
	 sizeof(struct warpz_zip_sgl) == 64 && \
	 sizeof(struct warpz_qp_ctx) == 4 && \
	 sizeof(struct warpz_qp_info) == 16 && \
	 sizeof(struct warpz_qp_window) == 24 && \
	 WARPZ_UACCE_CMD_START_Q == 0x5700 && \
	 WARPZ_UACCE_CMD_PUT_Q == 0x5701 && \
	 WARPZ_CMD_QP_CTX == 0xC004480AU && \
	 WARPZ_CMD_QP_INFO == 0xC010480BU)

#endif
