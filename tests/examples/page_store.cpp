// SPDX-License-Identifier: Zlib
// A store of database pages: writes a file's 16 KiB pages compressed, each on its own, with an index behind them, and reads
// single pages back. Pages are compressed in batches of jobs; for comparison, also by zlib calls one after the other.
//
//   page_store pack LEVEL FILE STORE     FILE's pages into STORE, and what it took
//   page_store read STORE NUMBER         page NUMBER to standard output
//   page_store compare LEVEL FILE        no store: jobs inline, jobs on the pool, and zlib's compress2()
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <warpz/warpz.hpp>

namespace {

using Bytes = std::vector<std::byte>;
using warpz::native::Context;

constexpr std::size_t kPageBytes = 16384;
constexpr std::size_t kBatch = 64;
constexpr char kMagic[8] = {'w', 'p', 'a', 'g', 'e', 's', '0', '1'};

/// The store's end: where each page begins, then this.
struct Footer {
    std::uint64_t pages;
    std::uint64_t plain_bytes;
    char magic[8];
};

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "page_store: %s\n", what.c_str());
    std::exit(1);
}

class File {
  public:
    File(const char* path, const char* mode) : file_(std::fopen(path, mode)), path_(path) {
        if (file_ == nullptr) fail(path_ + ": " + std::strerror(errno));
    }
    ~File() {
        if (file_ != nullptr) std::fclose(file_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    void write(const void* data, std::size_t size) {
        if (std::fwrite(data, 1, size, file_) != size) fail(path_ + ": " + std::strerror(errno));
    }
    void read_at(std::int64_t offset, int whence, void* data, std::size_t size) {
        if (std::fseek(file_, offset, whence) != 0 || std::fread(data, 1, size, file_) != size)
            fail(path_ + ": not a page store, or cut off");
    }
    void close() {
        std::FILE* const file = std::exchange(file_, nullptr);
        if (std::fclose(file) != 0) fail(path_ + ": " + std::strerror(errno));
    }
    Bytes read_all() {
        Bytes data;
        std::byte piece[1 << 16];
        for (std::size_t n = 0; (n = std::fread(piece, 1, sizeof piece, file_)) != 0;)
            data.insert(data.end(), piece, piece + n);
        if (std::ferror(file_) != 0) fail(path_ + ": " + std::strerror(errno));
        return data;
    }

  private:
    std::FILE* file_;
    std::string path_;
};

/// Pages that are submitted together, and memory for them, to be used again.
struct Batch {
    std::vector<Bytes> out = std::vector<Bytes>(kBatch, Bytes(warpz_bound(kPageBytes)));
    std::vector<warpz_job> jobs = std::vector<warpz_job>(kBatch);
    std::vector<warpz_job*> pointers = std::vector<warpz_job*>(kBatch);
    std::size_t count = 0;
    std::size_t under_way = 0;

    /// Starts with the first pages of `plain`. returns the bytes behind them
    std::span<const std::byte> start(Context& context, std::span<const std::byte> plain,
                                     int level) {
        for (count = 0; count < kBatch && !plain.empty(); ++count) {
            const auto page = plain.first(std::min(kPageBytes, plain.size()));
            plain = plain.subspan(page.size());
            jobs[count] =
                warpz::native::make_job(WARPZ_DEFLATE, WARPZ_ZLIB, page, out[count], level);
            jobs[count].user = this;
            pointers[count] = &jobs[count];
        }
        if (context.submit({pointers.data(), count}) != static_cast<int>(count))
            fail("out of memory");
        under_way = count;
        return plain;
    }
    /// Jobs come back in any order, and other batches' among them.
    void wait(Context& context) const {
        while (under_way != 0) {
            warpz_job* done[kBatch];
            const int back = context.wait(done);
            for (int i = 0; i < back; ++i) --static_cast<Batch*>(done[i]->user)->under_way;
        }
    }
};

/// Compresses pages in batches; `keep` gets them in order. While one batch ends and is kept the other is under way, so that no
/// core waits for the slowest page of a batch.
template <class Keep>
void pack_pages(Context& context, std::span<Batch, 2> batches, const Bytes& plain, int level,
                Keep keep) {
    std::span<const std::byte> rest = batches[0].start(context, plain, level);
    for (std::size_t i = 0; batches[i].count != 0; i ^= 1) {
        rest = batches[i ^ 1].start(context, rest, level);
        const Batch& batch = batches[i];
        batch.wait(context);
        for (std::size_t page = 0; page < batch.count; ++page) {
            const warpz_job& job = batch.jobs[page];
            if (job.status != WARPZ_OK) fail(warpz_status_text(job.status));
            keep(std::span<const std::byte>(batch.out[page]).first(job.produced));
        }
    }
}

/// By the clock on the wall, and of all cores.
struct Seconds {
    double wall;
    double cpu;
};

Seconds seconds_of(const auto& body) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    body();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC};
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

Context make_context() {
    Context context = Context::create();
    if (!context) fail("out of memory");
    return context;
}

int pack(int level, const char* from, const char* to) {
    const Bytes plain = File(from, "rb").read_all();
    File store(to, "wb");
    std::vector<std::uint64_t> index{0};
    Context context = make_context();
    Batch batches[2];
    const double seconds =
        seconds_of([&] {
            pack_pages(context, batches, plain, level, [&](std::span<const std::byte> page) {
                store.write(page.data(), page.size());
                index.push_back(index.back() + page.size());
            });
        }).wall;
    Footer footer{index.size() - 1, plain.size(), {}};
    std::memcpy(footer.magic, kMagic, sizeof kMagic);
    store.write(index.data(), index.size() * sizeof index[0]);
    store.write(&footer, sizeof footer);
    store.close();
    std::printf("%zu pages, %zu bytes to %llu, %.0f MB/s\n", index.size() - 1, plain.size(),
                static_cast<unsigned long long>(index.back()),
                static_cast<double>(plain.size()) / seconds / 1e6);
    return 0;
}

int read_page(const char* from, std::uint64_t number) {
    File store(from, "rb");
    Footer footer;
    store.read_at(-static_cast<std::int64_t>(sizeof footer), SEEK_END, &footer, sizeof footer);
    if (std::memcmp(footer.magic, kMagic, sizeof kMagic) != 0) fail("not a page store");
    if (number >= footer.pages) fail("no such page");
    const auto entry = static_cast<std::int64_t>(footer.pages + 1 - number) * 8;
    std::uint64_t ends[2];
    store.read_at(-static_cast<std::int64_t>(sizeof footer) - entry, SEEK_END, ends, sizeof ends);
    if (ends[1] < ends[0] || ends[1] - ends[0] > warpz_bound(kPageBytes)) fail("damaged index");
    Bytes packed(ends[1] - ends[0]);
    store.read_at(static_cast<std::int64_t>(ends[0]), SEEK_SET, packed.data(), packed.size());
    Bytes page(kPageBytes);
    Context context = make_context();
    warpz_job job = warpz::native::make_job(WARPZ_INFLATE, WARPZ_ZLIB, packed, page);
    if (context.run(job) != WARPZ_OK) fail(warpz_status_text(job.status));
    return std::fwrite(page.data(), 1, job.produced, stdout) == job.produced ? 0 : 1;
}

int compare(int level, const char* from) {
    constexpr int kRounds = 9;
    const Bytes plain = File(from, "rb").read_all();
    Context context = make_context();
    warpz_capabilities found{};
    warpz_query(context.get(), &found);
    Batch batches[2];
    std::size_t sizes[3] = {};
    std::vector<double> walls[3];
    std::vector<double> times;  // that batches are faster than inline, round by round
    std::vector<double> costs;  // CPU time of batches to that of inline
    Bytes out(warpz_bound(kPageBytes));
    const std::span<const std::byte> all(plain);
    // In turn, so that what else the machine does meets all of them.
    for (int round = 0; round < kRounds; ++round) {
        std::size_t made[3] = {};
        const Seconds inline_seconds = seconds_of([&] {
            for (std::size_t at = 0; at < plain.size(); at += kPageBytes) {
                const auto page = all.subspan(at, std::min(kPageBytes, plain.size() - at));
                warpz_job job =
                    warpz::native::make_job(WARPZ_DEFLATE, WARPZ_ZLIB, page, out, level);
                if (context.run(job) != WARPZ_OK) fail(warpz_status_text(job.status));
                made[0] += job.produced;
            }
        });
        const Seconds pool_seconds = seconds_of([&] {
            pack_pages(context, batches, plain, level,
                       [&](std::span<const std::byte> page) { made[1] += page.size(); });
        });
        const Seconds zlib_seconds = seconds_of([&] {
            for (std::size_t at = 0; at < plain.size(); at += kPageBytes) {
                uLongf size = static_cast<uLongf>(out.size());
                compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                          reinterpret_cast<const Bytef*>(plain.data()) + at,
                          static_cast<uLong>(std::min(kPageBytes, plain.size() - at)),
                          std::min(level, 9));
                made[2] += size;
            }
        });
        walls[0].push_back(inline_seconds.wall);
        walls[1].push_back(pool_seconds.wall);
        walls[2].push_back(zlib_seconds.wall);
        times.push_back(inline_seconds.wall / pool_seconds.wall);
        costs.push_back(pool_seconds.cpu / inline_seconds.cpu);
        std::memcpy(sizes, made, sizeof sizes);
    }
    const char* const names[3] = {"jobs inline", "jobs in batches", "compress2()"};
    for (int i = 0; i < 3; ++i) {
        std::printf("%-16s %8.1f MB/s  %zu bytes\n", names[i],
                    static_cast<double>(plain.size()) / median(walls[i]) / 1e6, sizes[i]);
    }
    // Where other programs want the cores, too, the second figure tells what batches cost.
    std::printf("batches on %u cores: %.2f times inline, for %.3f of its CPU time\n", found.cores,
                median(times), median(costs));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view command = argc > 1 ? argv[1] : "";
    if (command == "pack" && argc == 5) return pack(std::atoi(argv[2]), argv[3], argv[4]);
    if (command == "read" && argc == 4)
        return read_page(argv[2], std::strtoull(argv[3], nullptr, 10));
    if (command == "compare" && argc == 4) return compare(std::atoi(argv[2]), argv[3]);
    std::fputs("usage: page_store pack LEVEL FILE STORE | read STORE NUMBER | compare LEVEL FILE\n",
               stderr);
    return 2;
}
