/* SPDX-License-Identifier: Zlib */
/* warpz/zip_sqe.h as a C compiler reads it, by itself and with warnings on: what a kernel driver includes. */
#include <warpz/zip_sqe.h>

#define ASSERT_LAYOUT(condition) _Static_assert(condition, #condition)
WARPZ_ZIP_ASSERT_LAYOUT(ASSERT_LAYOUT);

/* Every word of a descriptor is one that a user can name. */
int uapi_words(const struct warpz_zip_sqe *sqe);
int uapi_words(const struct warpz_zip_sqe *sqe)
{
	return (int)(sizeof(*sqe) / sizeof(sqe->consumed));
}
