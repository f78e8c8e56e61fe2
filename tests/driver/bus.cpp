// SPDX-License-Identifier: Zlib
#include "bus.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "shared_pages.hpp"

namespace warpz::test {

using namespace accelerator;

std::mutex& bus_lock() {
    static std::mutex mutex;
    return mutex;
}

namespace {

using Guard = std::lock_guard<std::mutex>;

struct Access {
    static enum warpz_access copy(void* front_end, uint32_t pasid, uint64_t address, void* bytes,
                                  size_t size, bool writes) {
        auto* bus = static_cast<Bus*>(front_end);
        if (bus->shared != nullptr && pasid != WARPZ_NO_PASID) {
            return bus->shared->copy(pasid, address, bytes, size, writes);
        }
        constexpr std::uint64_t kEnd = Bus::kBase + 4 * std::uint64_t{Bus::kLength};
        if (bus->is_broken || pasid != WARPZ_NO_PASID || address < Bus::kBase || address > kEnd ||
            size > kEnd - address) {
            return WARPZ_ACCESS_ERROR;
        }
        std::uint8_t* at = bus->region(0) + (address - Bus::kBase);
        std::memcpy(writes ? at : bytes, writes ? bytes : at, size);
        return WARPZ_ACCESS_OK;
    }
    static void raise(void* front_end, unsigned vector) {
        static_cast<Bus*>(front_end)->raised.push_back(vector);
    }
    static enum warpz_access request_page(void* front_end, uint32_t pasid, uint64_t address,
                                          bool writes) {
        return static_cast<Bus*>(front_end)->shared->request(pasid, address, writes);
    }
    static bool has_pasid(void* front_end) { return static_cast<Bus*>(front_end)->has_pasid; }
    static bool is_master(void* front_end) { return static_cast<Bus*>(front_end)->is_master; }
};

}  // namespace

Bus::Bus(unsigned queues, unsigned threads, std::uint64_t bytes_per_second)
    : memory_(kBase + 4 * std::uint64_t{kLength}), tails_(queues) {
    create({queues, 3, 1, false, threads, bytes_per_second, nullptr});
}

Bus::Bus(SharedPages& pages, bool is_enabled)
    : shared(&pages),
      has_pasid(is_enabled),
      memory_(kBase + 4 * std::uint64_t{kLength}),
      tails_(4) {
    create({4, 3, 1, true, 0, 0, nullptr});
}

void Bus::create(const warpz_accelerator_options& options) {
    const warpz_host host{.front_end = this,
                          .lock = [] { bus_lock().lock(); },
                          .unlock = [] { bus_lock().unlock(); },
                          .enter_thread = nullptr,
                          .leave_thread = nullptr,
                          .copy = Access::copy,
                          .request_page = shared != nullptr ? Access::request_page : nullptr,
                          .raise = Access::raise,
                          .is_master = Access::is_master,
                          .has_pasid = shared != nullptr ? Access::has_pasid : nullptr};
    accelerator_ = warpz_accelerator_create(&options, &host);
}

Bus::~Bus() {
    const Guard guard(bus_lock());
    warpz_accelerator_destroy(accelerator_);
}

std::uint32_t Bus::read(std::uint32_t offset) {
    const Guard guard(bus_lock());
    return static_cast<std::uint32_t>(warpz_accelerator_read_control(accelerator_, offset, 4));
}

void Bus::write(std::uint32_t offset, std::uint32_t value) {
    const Guard guard(bus_lock());
    warpz_accelerator_write_control(accelerator_, offset, value, 4);
}

std::uint64_t Bus::counter(Counter counter) {
    const std::uint32_t at = kCounters + 8 * static_cast<std::uint32_t>(counter);
    return read(at) | std::uint64_t{read(at + 4)} << 32;
}

void Bus::ring(unsigned queue, std::uint64_t value, unsigned size) {
    const Guard guard(bus_lock());
    warpz_accelerator_write_window(
        accelerator_, queue * accelerator::kWindowBytes + WARPZ_ZIP_DOORBELL_OFFSET, value, size);
}

bool Bus::set_fault(const char* text) {
    const Guard guard(bus_lock());
    return warpz_accelerator_set_fault(accelerator_, text);
}

unsigned Bus::struck() {
    char text[512];
    const Guard guard(bus_lock());
    warpz_accelerator_describe(accelerator_, text, sizeof text);
    return static_cast<unsigned>(std::strtoul(std::strstr(text, " faults=") + 8, nullptr, 10));
}

void Bus::reset() {
    const Guard guard(bus_lock());
    warpz_accelerator_reset(accelerator_);
}

void Bus::program(unsigned queue, std::uint32_t type) {
    write(kControl, kControlEnable);
    write(context(queue, kQueueBaseLow), static_cast<std::uint32_t>(base_of(queue)));
    write(context(queue, kQueueBaseHigh), 0);
    write(context(queue, kQueueLength), kLength);
    write(context(queue, kQueueDepth), kDepth << 16 | kDepth);
    write(context(queue, kQueueWindowOffset), kWindow);
    write(context(queue, kQueueWindowLength), kWindowBytes);
    write(context(queue, kQueueType), type);
    write(context(queue, kQueueVector), 2);
}

void Bus::start(unsigned queue) {
    std::memset(region(queue) + WARPZ_ZIP_DUS_CQ_OFFSET(kDepth), 0, WARPZ_ZIP_CQE_BYTES * kDepth);
    tails_[queue] = 0;
    write(context(queue, kQueueCommand), kCommandStart);
}

QueueState Bus::state(unsigned queue) {
    return static_cast<QueueState>(read(context(queue, kQueueState)) & 7);
}

bool Bus::wait_for(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

warpz_zip_sqe Bus::descriptor(std::uint32_t size) {
    warpz_zip_sqe sqe{};
    sqe.input_length = size;
    sqe.output_length = size + size / 8 + 256;
    sqe.dw7 = WARPZ_ZIP_SQE_TYPE_3 << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT | WARPZ_ZIP_DW7_FINISH;
    sqe.dw9 = WARPZ_ZIP_REQUEST_ZLIB | WARPZ_ZIP_WINDOW_32K << WARPZ_ZIP_DW9_WINDOW_SHIFT;
    sqe.source_addr[0] = kIn;
    sqe.dest_addr[0] = kOut;
    return sqe;
}

void Bus::submit(unsigned queue, const warpz_zip_sqe& sqe) {
    {
        const Guard guard(bus_lock());
        std::memcpy(region(queue) + WARPZ_ZIP_SQE_BYTES * tails_[queue], &sqe, sizeof sqe);
    }
    tails_[queue] = (tails_[queue] + 1) % kDepth;
    ring(queue, queue | std::uint64_t{tails_[queue]} << WARPZ_ZIP_DB_INDEX_SHIFT);
}

unsigned Bus::completions(unsigned queue) {
    const Guard guard(bus_lock());
    unsigned count = 0;
    for (unsigned i = 0; i < kDepth; ++i) {
        warpz_zip_cqe cqe;
        std::memcpy(&cqe, region(queue) + WARPZ_ZIP_DUS_CQ_OFFSET(kDepth) + WARPZ_ZIP_CQE_BYTES * i,
                    sizeof cqe);
        count += cqe.phase & WARPZ_ZIP_CQE_PHASE;
    }
    return count;
}

warpz_zip_sqe Bus::answer(unsigned queue, unsigned index) {
    const Guard guard(bus_lock());
    warpz_zip_sqe sqe;
    std::memcpy(&sqe, region(queue) + WARPZ_ZIP_SQE_BYTES * index, sizeof sqe);
    return sqe;
}

}  // namespace warpz::test
