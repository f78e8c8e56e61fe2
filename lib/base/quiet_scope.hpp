// SPDX-License-Identifier: Zlib
// System calls inside functions that their callers take for computation: zlib's deflate() is no place where
// pthread_cancel() ends a thread, and leaves errno alone.
#pragma once

#include <errno.h>
#include <pthread.h>

namespace warpz {

/// For the time of a scope the calling thread is not cancelled; at its end errno is what it was. No system call.
class [[nodiscard]] QuietScope {
  public:
    QuietScope() noexcept : errno_(errno) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_);
    }
    ~QuietScope() {
        pthread_setcancelstate(cancel_, nullptr);
        errno = errno_;
    }
    QuietScope(const QuietScope&) = delete;
    QuietScope& operator=(const QuietScope&) = delete;

  private:
    int errno_;
    int cancel_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace warpz
