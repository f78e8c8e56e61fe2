/* SPDX-License-Identifier: Zlib */
/* warpz/zip_sqe.h as a C compiler reads it, by itself and with warnings on: what a kernel driver includes. */
#include <warpz/zip_sqe.h>

_Static_assert(WARPZ_ZIP_LAYOUT_HOLDS, "layout");

/* Every word of a descriptor is one that a user can name. */
int uapi_words(const struct warpz_zip_sqe *sqe);
int uapi_words(const struct warpz_zip_sqe *sqe)
{
	return (int)(sizeof(*sqe) / sizeof(sqe->consumed));
}
