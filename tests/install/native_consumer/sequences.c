/* SPDX-License-Identifier: Zlib */
/* A C program over libzstd and the installed libwarpz-zstd.so: a frame there and back, with or without a device. */
#include <stdio.h>
#include <string.h>
#include <warpz/warpz_zstd.h>

int main(void) {
    static char plain[100000], packed[110000], again[100000];
    uint64_t by_device, left;
    size_t size, i;
    ZSTD_CCtx* context = ZSTD_createCCtx();
    warpz_zstd* producer = warpz_zstd_create();
    if (context == NULL || producer == NULL) return 1;
    for (i = 0; i < sizeof plain; ++i) plain[i] = (char)(i * i >> 7);
    ZSTD_CCtx_setParameter(context, ZSTD_c_enableSeqProducerFallback, 1);
    ZSTD_registerSequenceProducer(context, producer, warpz_zstd_sequence_producer);
    size = ZSTD_compress2(context, packed, sizeof packed, plain, sizeof plain);
    if (ZSTD_isError(size)) return 2;
    if (ZSTD_decompress(again, sizeof again, packed, size) != sizeof plain) return 3;
    if (memcmp(again, plain, sizeof plain) != 0) return 4;
    warpz_zstd_counts(producer, &by_device, &left);
    if (by_device + left != 1) return 5;
    ZSTD_freeCCtx(context);
    warpz_zstd_destroy(producer);
    puts("done");
    return 0;
}
