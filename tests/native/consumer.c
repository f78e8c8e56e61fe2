/* SPDX-License-Identifier: Zlib */
/* A C program over libwarpz.so: one job there and one back. */
#include <stdio.h>
#include <string.h>
#include <warpz/warpz.h>

int main(void) {
    static const char text[] =
        "a page, a page, another page, and a page again, with room for the eighteen bytes that "
        "gzip puts around a page";
    char packed[256];
    char plain[sizeof text];
    warpz_context* context;
    warpz_job job;
    warpz_job* one = &job;
    if (warpz_context_create(NULL, &context) != WARPZ_OK) return 1;
    memset(&job, 0, sizeof job);
    job.operation = WARPZ_DEFLATE;
    job.format = WARPZ_GZIP;
    job.level = 12;
    job.in = text;
    job.in_bytes = sizeof text;
    job.out = packed;
    job.out_space = sizeof packed;
    if (sizeof packed < warpz_bound(sizeof text)) return 2;
    if (warpz_submit(context, &one, 1) != 1 || warpz_wait(context, &one, 1, -1) != 1) return 3;
    if (job.status != WARPZ_OK || job.produced >= sizeof text) return 4;
    job.operation = WARPZ_INFLATE;
    job.in = packed;
    job.in_bytes = job.produced;
    job.out = plain;
    job.out_space = sizeof plain;
    if (warpz_run(context, &job) != WARPZ_OK || memcmp(plain, text, sizeof text) != 0) return 5;
    warpz_context_destroy(context);
    puts(warpz_status_text(WARPZ_OK));
    return 0;
}
