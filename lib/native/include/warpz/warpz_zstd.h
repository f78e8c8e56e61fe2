/* SPDX-License-Identifier: Zlib */
/* A sequence producer for libzstd 1.5.4 or later over accelerators that offer lz77_zstd: libzstd asks it for the matches
 * of each block and does the rest. For a CCtx:
 *
 *     warpz_zstd* producer = warpz_zstd_create();
 *     ZSTD_CCtx_setParameter(cctx, ZSTD_c_enableSeqProducerFallback, 1);
 *     ZSTD_registerSequenceProducer(cctx, producer, warpz_zstd_sequence_producer);
 *     ... compress ...
 *     warpz_zstd_destroy(producer);
 *
 * Without a device, or when one is busy or fails, a block is libzstd's own to parse: that is what the fallback is for.
 * What a device says is checked against the block before libzstd sees it. A producer serves one CCtx at a time, on any
 * thread; in a child of fork() it finds devices of its own.
 */
#ifndef WARPZ_WARPZ_ZSTD_H
#define WARPZ_WARPZ_ZSTD_H

#ifndef ZSTD_STATIC_LINKING_ONLY
#define ZSTD_STATIC_LINKING_ONLY
#endif
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct warpz_zstd warpz_zstd;

/** Null without memory. */
warpz_zstd* warpz_zstd_create(void);
/** Null is allowed. No compression with it may be under way. */
void warpz_zstd_destroy(warpz_zstd* producer);

/** The function to register; `producer` is a warpz_zstd. Blocks of less than 1 KiB are left to libzstd. */
size_t warpz_zstd_sequence_producer(void* producer, ZSTD_Sequence* sequences, size_t capacity,
                                    const void* block, size_t block_bytes, const void* dictionary,
                                    size_t dictionary_bytes, int level, size_t window_bytes);

/** Blocks that a device parsed, and those that were left to libzstd. */
void warpz_zstd_counts(const warpz_zstd* producer, uint64_t* by_device, uint64_t* left);

#ifdef __cplusplus
}
#endif
#endif
