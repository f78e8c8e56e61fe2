// SPDX-License-Identifier: Zlib
// Pages as jobs of warpz.h, there and back. Nothing here reports to Boost.Test, so that it serves in child processes, too.
#pragma once

#include <poll.h>

#include <span>
#include <vector>

#include "support/sample_data.hpp"
#include "warpz/warpz.hpp"

namespace warpz::test {

using warpz::native::Context;

/// 32 pages and what becomes of them; memory is taken before the system calls end.
struct Batch {
    explicit Batch(const Bytes& plain, int page_format = WARPZ_ZLIB)
        : page(plain), format(static_cast<warpz_format>(page_format)) {
        packed.assign(kJobs, Bytes(warpz_bound(page.size())));
        again.assign(kJobs, Bytes(page.size()));
    }

    static constexpr unsigned kJobs = 32;
    Bytes page;
    warpz_format format;
    std::vector<Bytes> packed;
    std::vector<Bytes> again;
    warpz_job jobs[kJobs];
    warpz_job* pointers[kJobs];
    bool may_be_others = false;  ///< than the device

    void make_deflate_jobs() {
        for (unsigned i = 0; i < kJobs; ++i) {
            jobs[i] = warpz::native::make_job(WARPZ_DEFLATE, format, std::as_bytes(std::span(page)),
                                              std::as_writable_bytes(std::span(packed[i])), 1);
        }
    }
    void make_inflate_jobs() {
        for (unsigned i = 0; i < kJobs; ++i) {
            jobs[i] = warpz::native::make_job(
                WARPZ_INFLATE, format, std::as_bytes(std::span(packed[i])).first(jobs[i].produced),
                std::as_writable_bytes(std::span(again[i])));
        }
    }
    /// 0 when all come back done, from the device.
    int run(Context& context) {
        for (unsigned i = 0; i < kJobs; ++i) pointers[i] = &jobs[i];
        if (context.submit(pointers) != static_cast<int>(kJobs)) return 1;
        while (context.pending() != 0) {
            pollfd event{context.event_fd(), POLLIN, 0};
            const bool has_event = event.fd >= 0;
            if (has_event && ::poll(&event, 1, 10'000) != 1) return 2;
            const int count = has_event ? context.poll(pointers) : context.wait(pointers);
            if (count < 0 || (count == 0 && !has_event)) return 3;
        }
        for (const auto& job : jobs) {
            if (job.status != WARPZ_OK) return 4;
            if (job.executor != WARPZ_DEVICE && !may_be_others) return 5;
        }
        return 0;
    }
    /// There and back. 0 when all is well
    int run_both(Context& context) {
        make_deflate_jobs();
        if (const int code = run(context); code != 0) return code;
        make_inflate_jobs();
        if (const int code = run(context); code != 0) return code + 10;
        for (const Bytes& one : again) {
            if (one != page) return 30;
        }
        return 0;
    }
};

}  // namespace warpz::test
