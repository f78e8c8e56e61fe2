// SPDX-License-Identifier: Zlib
// Whether plain deflate() calls keep N engines busy. The device is a simulation: it compresses nothing, an engine is
// occupied for input / speed, the answer comes a latency later and says a quarter of the input, unproved. Everything on this side
// of the doorbell is the library itself: gathering, memory copies, check values, packets, rings, delivery.
//
// Time is the CPU time of the one thread that drives all streams; where it would sleep for an answer, the clock goes on to
// the answer. So neither other load on the machine nor the number of its cores changes a figure. What one thread can
// copy is measured beside it, by the same clock. It is the bound of a single stream. In the second table many streams
// share the engines, and their time is stretched as if there were a core, with its own memory copies, for each stream.
//
// usage: bench_pipeline [--check] [ENGINES [GB/S [LATENCIES_US]]]      lists such as 1,2,4
//        --check   only the second table; exits 1 when the engines of a row are less than 90 % busy in each of three tries
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/clock.hpp"
#include "device/model/model_device.hpp"
#include "engine/stats.hpp"
#include "offload/devices.hpp"
#include "support/sample_data.hpp"

using namespace warpz;
using device::model::ModelClock;
using device::model::ModelDevice;
using device::model::ModelOptions;
using test::Bytes;

namespace {

constexpr std::size_t kCallBytes = 64 << 10;
constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::size_t kMaxUnderWay = 24;  // chunks of a stream
constexpr unsigned kManyStreams = 8;
constexpr double kGoodShare = 0.9;

void demand(bool is_true, const char* what) {
    if (!is_true) throw std::runtime_error(what);
}

/// CPU time of this thread and the time that it would have slept, without what reading this clock takes.
class CallersClock final : public ModelClock {
  public:
    CallersClock() {
        constexpr unsigned kReads = 1000;
        std::uint64_t best = ~std::uint64_t{0};
        for (int round = 0; round < 10; ++round) {
            const std::uint64_t start = cpu_ns();
            for (unsigned i = 1; i < kReads; ++i) static_cast<void>(cpu_ns());
            best = std::min(best, cpu_ns() - start);
        }
        read_ns_ = best / kReads;
        cpu_ns_ = cpu_ns();
        monotonic_ns_ = monotonic_ns();
    }
    std::uint64_t now_ns() noexcept override {
        const std::uint64_t cpu = cpu_ns();
        const std::uint64_t monotonic = monotonic_ns();
        // A CPU clock that runs ahead of all clocks has jumped, as a virtual machine's may.
        const std::uint64_t passed = std::min(cpu - cpu_ns_, monotonic - monotonic_ns_);
        cpu_ns_ = cpu;
        monotonic_ns_ = monotonic;
        if (passed > read_ns_) time_ns_ += passed - read_ns_;
        return time_ns_;
    }
    void sleep_until(std::uint64_t time_ns) noexcept override {
        time_ns_ = std::max(now_ns(), time_ns);
    }

  private:
    static std::uint64_t cpu_ns() noexcept {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
               static_cast<std::uint64_t>(now.tv_nsec);
    }

    std::uint64_t read_ns_ = 0;
    std::uint64_t cpu_ns_ = 0;
    std::uint64_t monotonic_ns_ = 0;
    std::uint64_t time_ns_ = 0;
};

struct Point {
    unsigned engines;
    double gigabytes_per_second;  // of each engine
    unsigned latency_us;
    unsigned streams;
    double stretch;  // engines and latency are slower by this factor
};

struct Figures {
    double busy = 0;              // share of the engines' time
    double bytes_per_second = 0;  // of input, in the caller's time
    double copy_limit = 0;        // the same, for nothing but copies
};

/// Bytes per second that one thread copies as its streams must at least: input into the memory of so many chunks each,
/// once more through the cache for the check value, and output out of them, which nobody has written here either. The
/// median of several rounds.
double copy_limit(unsigned streams, std::size_t chunks_of_each) {
    const Bytes in(kCallBytes, 'a');
    std::vector<std::unique_ptr<std::uint8_t[]>> chunks(streams * chunks_of_each);
    for (auto& chunk : chunks) chunk.reset(new std::uint8_t[kChunkBytes * 9 / 4]);
    Bytes out(kCallBytes);
    CallersClock clock;
    std::vector<double> speeds;
    uLong check = 1;
    for (int round = 0; round < 5; ++round) {
        const std::uint64_t start = clock.now_ns();
        for (std::size_t first = 0; first < chunks.size(); first += streams) {
            for (std::size_t at = 0; at < kChunkBytes; at += kCallBytes) {
                for (unsigned i = 0; i < streams; ++i) {
                    std::uint8_t* chunk = chunks[first + i].get();
                    std::memcpy(chunk + at, in.data(), kCallBytes);
                    check = adler32(check, chunk + at, kCallBytes);
                    std::memcpy(out.data(), chunk + kChunkBytes + at / 4, kCallBytes / 4);
                    asm volatile("" ::"r"(out.data()) : "memory");
                }
            }
        }
        const auto ns = static_cast<double>(clock.now_ns() - start);
        speeds.push_back(static_cast<double>(chunks.size() * kChunkBytes) / ns * 1e9);
    }
    demand(check != 0, "adler32()");
    const auto middle = speeds.begin() + static_cast<std::ptrdiff_t>(speeds.size() / 2);
    std::nth_element(speeds.begin(), middle, speeds.end());
    return *middle;
}

/// The same with the memory that a point's streams use when nothing but copies holds them up: what they fill while one
/// answer is made, and a chunk at either end.
double copy_limit(const Point& point) {
    const double answer_s =
        point.stretch * (kChunkBytes / point.gigabytes_per_second * 1e-9 + point.latency_us * 1e-6);
    const double chunks = copy_limit(point.streams, 4) * answer_s / kChunkBytes / point.streams;
    return copy_limit(point.streams, std::min(static_cast<std::size_t>(chunks) + 2, kMaxUnderWay));
}

/// A stream of zeros for ever.
class EndlessStream {
  public:
    EndlessStream() { demand(deflateInit(&strm_, 6) == Z_OK, "deflateInit()"); }
    ~EndlessStream() { deflateEnd(&strm_); }
    EndlessStream(const EndlessStream&) = delete;
    EndlessStream& operator=(const EndlessStream&) = delete;

    /// Gives `in`, and takes all output that is there.
    void write(const Bytes& in, Bytes& out) {
        strm_.next_in = in.data();
        strm_.avail_in = static_cast<uInt>(in.size());
        do {
            strm_.next_out = out.data();
            strm_.avail_out = static_cast<uInt>(out.size());
            demand(::deflate(&strm_, Z_NO_FLUSH) == Z_OK, "deflate()");
        } while (strm_.avail_out == 0);
        demand(strm_.avail_in == 0, "input is left");
    }

  private:
    z_stream strm_{};
};

/// To be called in a process that has not used the library.
Figures simulate(const Point& point) {
    CallersClock clock;
    ModelOptions options;
    options.is_null = true;
    options.queues = kManyStreams;
    options.engines = static_cast<std::uint16_t>(point.engines);
    options.bytes_per_second =
        static_cast<std::uint64_t>(point.gigabytes_per_second * 1e9 / point.stretch);
    options.latency_us = static_cast<std::uint32_t>(point.latency_us * point.stretch);
    options.clock = &clock;
    const auto made = ModelDevice::create(options);
    demand(static_cast<bool>(made), "no model");
    device::Device* devices[] = {*made};
    // The library's own clock is the machine's, on which this process may be held up.
    device::PoolOptions pool;
    pool.queue.job_timeout_us = 3'600'000'000;
    offload::Devices::install(devices, pool);

    const Bytes in(kCallBytes);
    Bytes out(kCallBytes);
    std::vector<std::unique_ptr<EndlessStream>> streams;
    for (unsigned i = 0; i < point.streams; ++i) {
        streams.push_back(std::make_unique<EndlessStream>());
    }
    const auto run = [&](std::size_t bytes_of_each) {
        for (std::size_t done = 0; done < bytes_of_each; done += kCallBytes) {
            for (const auto& stream : streams) stream->write(in, out);
        }
        return static_cast<double>(bytes_of_each * point.streams);
    };
    // Chunks of the streams are not to be full at the same time. Then chunks grow, and many get under way.
    for (std::size_t i = 0; i < streams.size(); ++i) {
        for (std::size_t k = 0; k < i * kChunkBytes / kCallBytes / streams.size(); ++k) {
            streams[i]->write(in, out);
        }
    }
    run(2 * kMaxUnderWay * kChunkBytes);

    const std::uint64_t busy_before = (*made)->stats().busy_ns;
    const std::uint64_t start = clock.now_ns();
    const double bytes = run(4 * kMaxUnderWay * kChunkBytes);
    const std::uint64_t busy = (*made)->stats().busy_ns - busy_before;
    const auto duration = static_cast<double>(clock.now_ns() - start);
    demand(engine::stats().pool.jobs.value() == 0, "software did a part");
    streams.clear();
    return {static_cast<double>(busy) / (duration * point.engines), bytes / duration * 1e9,
            copy_limit(point)};
}

/// simulate() in a process of its own: the library looks for devices once.
Figures figures_of(const Point& point) {
    int ends[2];
    demand(pipe(ends) == 0, "pipe()");
    const int pid = fork();
    demand(pid >= 0, "fork()");
    if (pid == 0) {
        setenv("WARPZ_MIN_BYTES", "1", 1);
        setenv("WARPZ_VERIFY", "0", 1);
        try {
            const Figures figures = simulate(point);
            _exit(::write(ends[1], &figures, sizeof figures) == sizeof figures ? 0 : 1);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "bench_pipeline: %s\n", error.what());
            _exit(1);
        }
    }
    close(ends[1]);
    Figures figures;
    const bool is_whole = ::read(ends[0], &figures, sizeof figures) == sizeof figures;
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    demand(is_whole && status == 0, "the simulation failed");
    return figures;
}

std::vector<double> numbers(const char* list) {
    std::vector<double> result;
    for (const char* at = list; *at != '\0';) {
        char* end = nullptr;
        result.push_back(std::strtod(at, &end));
        demand(end != at && result.back() > 0, "a list of numbers is expected");
        at = *end == ',' ? end + 1 : end;
    }
    return result;
}

/// Prints a row; whether the engines were busy.
bool report(const Point& point) {
    const Figures figures = figures_of(point);
    const double offered = point.engines * point.gigabytes_per_second;
    const double reached = figures.bytes_per_second * point.stretch / 1e9;
    const double reachable = figures.copy_limit * point.stretch / 1e9;
    const bool is_busy = figures.busy >= kGoodShare;
    std::printf("%7u %9g %8u %9.1f %9.1f %9.1f %6.1f %%", point.engines, point.gigabytes_per_second,
                point.latency_us, offered, reached, reachable, figures.busy * 100);
    if (is_busy) {
        std::printf("  busy\n");
    } else {
        std::printf("  at %.0f %% of copying\n", reached / reachable * 100);
    }
    std::fflush(stdout);
    return is_busy;
}

constexpr const char* kHead =
    "engines GB/s each  latency  engines'    stream   copying   busy\n"
    "                        us      GB/s      GB/s      GB/s\n";

int run(int count, char** arguments) {
    bool checks = false;
    std::vector<const char*> lists;
    for (int i = 1; i < count; ++i) {
        if (std::strcmp(arguments[i], "--check") == 0) {
            checks = true;
        } else {
            lists.push_back(arguments[i]);
        }
    }
    const auto list = [&](std::size_t i, const char* otherwise) {
        return numbers(i < lists.size() ? lists[i] : otherwise);
    };
    const auto engines = list(0, "1,2,4,8,16,32,64");
    const auto speeds = list(1, "1,4,8");
    const auto latencies = list(2, "20,200");
    bool are_busy = true;
    const auto table = [&](const auto& point_of) {
        std::fputs(kHead, stdout);
        for (const double speed : speeds) {
            for (const double latency : latencies) {
                for (const double number : engines) {
                    const auto n = static_cast<unsigned>(number);
                    demand(n >= 1 && n <= ModelOptions::kMaxEngines, "engines: 1 to 64");
                    const Point point = point_of(n, speed, static_cast<unsigned>(latency));
                    // What disturbs a measurement only lowers it: with --check, a row that misses has two more tries.
                    bool is_busy = report(point);
                    for (int more = 2; checks && !is_busy && more > 0; --more)
                        is_busy = report(point);
                    are_busy &= is_busy;
                }
            }
        }
    };
    std::printf(
        "Simulated engines; time is the caller's CPU time, and for sleeping what the answer "
        "takes.\n");
    if (!checks) {
        std::printf("\nOne stream on one core\n");
        table([](unsigned n, double speed, unsigned latency) {
            return Point{n, speed, latency, 1, 1};
        });
    }
    const double limit = copy_limit(kManyStreams, kMaxUnderWay);
    std::printf(
        "\n%u streams, driven in turn by one thread; engines and latency stretched so that their "
        "memory copies\nare as fast as on many cores (%.1f GB/s each)\n",
        kManyStreams, limit / 1e9);
    table([&](unsigned n, double speed, unsigned latency) {
        const double stretch = std::ceil(n * speed * 1e9 / (limit / 3));
        return Point{n, speed, latency, kManyStreams, stretch};
    });
    return are_busy || !checks ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run(count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_pipeline: %s\n", error.what());
        return 2;
    }
}
