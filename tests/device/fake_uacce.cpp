// SPDX-License-Identifier: Zlib
#include "device/fake_uacce.hpp"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>

namespace warpz::test {

using namespace warpz::device;

FakeRoot::FakeRoot() {
    std::string name = (std::filesystem::temp_directory_path() / "warpz-device-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
    sys_ = (path_ / "sys").string();
    dev_ = (path_ / "dev").string();
    std::filesystem::create_directories(path_ / "sys/class/uacce");
}

FakeRoot::~FakeRoot() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void FakeRoot::write_file(const std::string& path, std::string_view content) {
    const std::filesystem::path file = path_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
}

void FakeRoot::write(const std::string& device, const std::string& attribute,
                     std::string_view content) {
    write_file("sys/class/uacce/" + device + "/" + attribute, content);
}

void FakeRoot::remove(const std::string& device, const std::string& attribute) {
    std::filesystem::remove(path_ / ("sys/class/uacce/" + device + "/" + attribute));
}

void FakeRoot::add_device(const std::string& name, std::string_view api) {
    write(name, "api", api);
    write(name, "flags", "1\n");
    write(name, "available_instances", "256\n");
    write(name, "algorithms", "zlib\ngzip\ndeflate\nlz77_zstd\n");
    write(name, "region_mmio_size", "65536\n");
    write(name, "region_dus_size", "151552\n");
    write(name, "isolate", "0\n");
    write(name, "device/numa_node", "0\n");
}

namespace {
FakeKernel* g_kernel = nullptr;
}

/// One open file. The descriptor is a memfd of the shared region; MMIO is memory of its own.
struct FakeKernel::Queue final : public model::DeviceMemory {
    ~Queue() = default;

    std::uint8_t* map(std::uint64_t address, std::size_t size) noexcept override {
        if (!kernel->options.has_window) {
            return address == 0 ? nullptr : reinterpret_cast<std::uint8_t*>(address);
        }
        const FakeKernel::Options& o = kernel->options;
        const std::uint64_t offset = address - o.window_address;
        if (address < o.window_address || offset > o.window_bytes ||
            size > o.window_bytes - offset) {
            return nullptr;
        }
        return view + o.window_offset + offset;
    }

    FakeKernel* kernel = nullptr;
    int descriptor = -1;
    std::uint16_t number = 0;
    Operation operation = Operation::kDeflate;
    std::uint8_t* view = nullptr;  // the device's mapping of the shared region
    std::uint8_t* user_dus = nullptr;
    std::uint8_t* user_mmio = nullptr;
    bool is_started = false;
    std::uint32_t head = 0;
    std::uint32_t cq_tail = 0;
    std::uint16_t phase = 1;
    model::DescriptorExecutor executor;

    /// The doorbell page holds the last value written, of whichever ring.
    void check_doorbell() {
        if (user_mmio == nullptr) return;
        const auto value = load_native<std::uint64_t>(user_mmio + WARPZ_ZIP_DOORBELL_OFFSET);
        const auto index = value >> WARPZ_ZIP_DB_INDEX_SHIFT & 0xffff;
        const bool is_valid = (value & 0xfff) == number && (value >> 12 & 0xf) <= 1 &&
                              (value >> 16 & 0xffff) == 0 && index < kernel->options.depth;
        if (value != 0 && !is_valid) ++kernel->bad_doorbells;
    }
    /// A descriptor is new when it asks for something and does not carry the mark of an answer.
    unsigned work() {
        if (!is_started || kernel->is_hung) return 0;
        constexpr std::uint32_t kAnswered = 1;
        check_doorbell();
        unsigned count = 0;
        auto* sq = reinterpret_cast<Sqe*>(view);
        auto* cq = reinterpret_cast<Cqe*>(view + std::size_t{128} * kernel->options.depth);
        while (sq[head].output_length != 0 && sq[head].priv != kAnswered) {
            Sqe sqe = sq[head];
            if (!executor.execute(sqe, operation, *this)) break;
            sqe.priv = kAnswered;
            sq[head] = sqe;
            cq[cq_tail].sq_head = static_cast<std::uint16_t>(head);
            cq[cq_tail].sq_number = number;
            cq[cq_tail].phase = phase;
            head = (head + 1) % kernel->options.depth;
            cq_tail = (cq_tail + 1) % kernel->options.depth;
            if (cq_tail == 0) phase ^= 1;
            ++count;
        }
        return count;
    }
};

struct FakeCalls {
    static FakeKernel::Queue* queue_of(int descriptor) {
        for (FakeKernel::Queue* queue : g_kernel->queues_) {
            if (queue->descriptor == descriptor) return queue;
        }
        return nullptr;
    }
    static int open(const char* path) noexcept {
        g_kernel->log.push_back("open " + std::filesystem::path(path).filename().string());
        if (g_kernel->options.open_error != 0) return -g_kernel->options.open_error;
        if (g_kernel->open_queues == g_kernel->options.queues) return -EBUSY;
        auto* queue = new FakeKernel::Queue;
        queue->kernel = g_kernel;
        queue->descriptor = memfd_create("dus", MFD_CLOEXEC);
        BOOST_REQUIRE(
            ftruncate(queue->descriptor, static_cast<off_t>(g_kernel->options.dus_bytes)) == 0);
        queue->view = static_cast<std::uint8_t*>(mmap(nullptr, g_kernel->options.dus_bytes,
                                                      PROT_READ | PROT_WRITE, MAP_SHARED,
                                                      queue->descriptor, 0));
        queue->number =
            static_cast<std::uint16_t>(g_kernel->options.first_number + g_kernel->open_queues);
        queue->executor.create({.generation = g_kernel->options.generation}, model::SealKey{7, 7});
        g_kernel->queues_.push_back(queue);
        ++g_kernel->open_queues;
        return queue->descriptor;
    }
    static int close(int descriptor) noexcept {
        FakeKernel::Queue* queue = queue_of(descriptor);
        g_kernel->log.emplace_back("close");
        munmap(queue->view, g_kernel->options.dus_bytes);
        queue->executor.destroy();
        ::close(descriptor);
        std::erase(g_kernel->queues_, queue);
        delete queue;
        --g_kernel->open_queues;
        return 0;
    }
    static int control(int descriptor, unsigned long request, void* argument) noexcept {
        FakeKernel::Queue* queue = queue_of(descriptor);
        const FakeKernel::Options& options = g_kernel->options;
        if (g_kernel->is_removed) return -ENXIO;
        switch (request) {
            case WARPZ_CMD_QP_CTX: {
                auto* context = static_cast<warpz_qp_ctx*>(argument);
                g_kernel->log.push_back("ctx " + std::to_string(context->qc_type));
                if (options.context_error != 0) return -options.context_error;
                queue->operation =
                    context->qc_type == 0 ? Operation::kDeflate : Operation::kInflate;
                context->id = queue->number;
                return 0;
            }
            case WARPZ_CMD_QP_INFO: {
                g_kernel->log.emplace_back("info");
                if (!options.has_info) return -EINVAL;
                auto* info = static_cast<warpz_qp_info*>(argument);
                *info = {options.sqe_bytes, options.depth, options.depth, 0};
                return 0;
            }
            case WARPZ_CMD_QP_WINDOW: {
                g_kernel->log.emplace_back("window");
                if (!options.has_window) return -EINVAL;
                auto* window = static_cast<warpz_qp_window*>(argument);
                *window = {options.window_offset, options.window_bytes, options.window_address};
                return 0;
            }
            case WARPZ_UACCE_CMD_START_Q:
                g_kernel->log.emplace_back("start");
                if (options.start_error != 0) return -options.start_error;
                queue->is_started = true;
                return 0;
            case WARPZ_UACCE_CMD_PUT_Q:
                g_kernel->log.emplace_back("put");
                queue->is_started = false;
                return 0;
            default:
                return -EINVAL;
        }
    }
    static void* map(int descriptor, std::size_t bytes, std::uint64_t offset) noexcept {
        FakeKernel::Queue* queue = queue_of(descriptor);
        const auto region = offset / static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
        g_kernel->log.push_back("map " + std::to_string(region));
        const FakeKernel::Options& options = g_kernel->options;
        void* memory = MAP_FAILED;
        if (region == 1 && bytes == options.dus_bytes && !options.fails_dus) {
            memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
            queue->user_dus = static_cast<std::uint8_t*>(memory);
        } else if (region == 0 && bytes == options.mmio_bytes && !options.fails_mmio) {
            memory =
                mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            queue->user_mmio = static_cast<std::uint8_t*>(memory);
        }
        if (memory == MAP_FAILED) return nullptr;
        ++g_kernel->mappings;
        return memory;
    }
    static void unmap(void* memory, std::size_t bytes) noexcept {
        for (FakeKernel::Queue* queue : g_kernel->queues_) {
            if (queue->user_mmio == memory) queue->user_mmio = nullptr;
        }
        --g_kernel->mappings;
        munmap(memory, bytes);
    }
    static int poll(int descriptor, std::uint32_t timeout_us) noexcept {
        if (g_kernel->is_removed) return -ENODEV;
        static_cast<void>(descriptor);
        const bool has_worked = g_kernel->work() != 0;
        if (has_worked && !g_kernel->is_deaf) return 1;
        usleep(has_worked ? timeout_us : std::min<std::uint32_t>(timeout_us, 1000));
        return 0;
    }
};

FakeKernel::FakeKernel(const Options& wanted) : options(wanted) { g_kernel = this; }

FakeKernel::~FakeKernel() {
    BOOST_TEST(open_queues == 0U);
    BOOST_TEST(mappings == 0U);
    g_kernel = nullptr;
}

const SystemCalls& FakeKernel::calls() {
    static constexpr SystemCalls kCalls{FakeCalls::open, FakeCalls::close, FakeCalls::control,
                                        FakeCalls::map,  FakeCalls::unmap, FakeCalls::poll};
    return kCalls;
}

unsigned FakeKernel::work() {
    unsigned count = 0;
    for (Queue* queue : queues_) count += queue->work();
    return count;
}

void FakeKernel::reset() {
    for (Queue* queue : queues_) {
        store_le(queue->view + WARPZ_ZIP_DUS_TX_STATUS(options.dus_bytes), std::uint32_t{1});
        store_le(queue->view + WARPZ_ZIP_DUS_RX_STATUS(options.dus_bytes), std::uint32_t{1});
        queue->is_started = false;
    }
}

}  // namespace warpz::test
