// SPDX-License-Identifier: Zlib
// What a descriptor costs the library: build, submit, reap, on a device that answers at once. Prints nanoseconds of
// thread CPU time per descriptor, best of the rounds. That nothing is allocated and no system call is made, test_cost of
// tests/offload shows.
//
// usage: bench_device [ROUNDS] [MAX_NS]      exits 1 when any best figure is above MAX_NS
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "device/model/model_device.hpp"
#include "device/queue_pair.hpp"

using namespace warpz;
using namespace warpz::device;

namespace {

std::uint64_t cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
}

struct Case {
    const char* name;
    AddressMode mode;
    Operation operation;
    bool is_last;  // without a context
    std::size_t batch;
};

constexpr Case kCases[] = {
    {"deflate, whole stream, one at a time", AddressMode::kShared, Operation::kDeflate, true, 1},
    {"deflate, whole stream, 32 in flight", AddressMode::kShared, Operation::kDeflate, true, 32},
    {"deflate, packet to be joined, 32 in flight", AddressMode::kShared, Operation::kDeflate, false,
     32},
    {"inflate, whole stream, 32 in flight", AddressMode::kShared, Operation::kInflate, true, 32},
    {"deflate of 256 bytes through the window, 8 in flight", AddressMode::kBounce,
     Operation::kDeflate, true, 8},
};

constexpr int kDescriptors = 100'000;

double run(QueuePair& queue, const Case& what) {
    const std::size_t size = what.mode == AddressMode::kBounce ? 256 : 65'536;
    std::vector<std::uint8_t> in(size);
    std::vector<std::uint8_t> out(deflate_output_bytes(size));
    const Job job{.operation = what.operation, .is_last = what.is_last, .in = in, .out = out};
    std::vector<Completion> done(what.batch);
    const std::uint64_t start = cpu_ns();
    int answered = 0;
    while (answered < kDescriptors) {
        for (std::size_t i = 0; i < what.batch; ++i) {
            if (queue.submit(job) != Status::kOk) std::exit(1);
        }
        for (std::size_t left = what.batch; left != 0;) {
            const std::size_t count = queue.reap(done);
            if (count == 0) std::exit(1);
            left -= count;
        }
        answered += static_cast<int>(what.batch);
    }
    return static_cast<double>(cpu_ns() - start) / answered;
}

}  // namespace

int main(int count, char** arguments) {
    const int rounds = count > 1 ? std::atoi(arguments[1]) : 20;
    const double limit = count > 2 ? std::atof(arguments[2]) : 0;
    bool is_within = true;
    for (const Case& what : kCases) {
        model::ModelOptions options;
        options.address_mode = what.mode;
        options.is_null = true;
        const Result<model::ModelDevice*> device = model::ModelDevice::create(options);
        if (!device) return 1;
        const Result<QueuePair*> queue = QueuePair::open(**device, what.operation, {});
        if (!queue) return 1;
        double best = run(**queue, what);
        for (int i = 1; i < rounds; ++i) best = std::min(best, run(**queue, what));
        std::printf("%-54s %6.0f ns per descriptor\n", what.name, best);
        if (limit != 0 && best > limit) is_within = false;
        QueuePair::close(*queue);
        model::ModelDevice::destroy(*device);
    }
    return is_within ? 0 : 1;
}
