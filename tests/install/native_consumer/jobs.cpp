// SPDX-License-Identifier: Zlib
// A C++ program over the installed libwarpz.so: some jobs at once, there and back.
#include <array>
#include <cstdio>
#include <cstring>
#include <vector>
#include <warpz/warpz.hpp>

int main() {
    using warpz::native::Context;
    using warpz::native::make_job;
    Context context = Context::create();
    if (!context) return 1;
    const std::vector<std::byte> plain(50'000, std::byte{'w'});
    std::array<std::vector<std::byte>, 4> packed;
    std::array<warpz_job, 4> jobs;
    std::array<warpz_job*, 4> pointers;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        packed[i].resize(warpz_bound(plain.size()));
        jobs[i] = make_job(WARPZ_DEFLATE, WARPZ_ZLIB, plain, packed[i]);
        pointers[i] = &jobs[i];
    }
    if (context.submit(pointers) != 4) return 2;
    while (context.pending() != 0) (void)context.wait(pointers);
    std::vector<std::byte> again(plain.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (jobs[i].status != WARPZ_OK) return 3;
        warpz_job back = make_job(WARPZ_INFLATE, WARPZ_ZLIB,
                                  std::span(packed[i]).first(jobs[i].produced), again);
        if (context.run(back) != WARPZ_OK || again != plain) return 4;
    }
    std::puts(warpz_status_text(WARPZ_OK));
    return 0;
}
