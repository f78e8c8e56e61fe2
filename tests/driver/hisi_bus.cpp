// SPDX-License-Identifier: Zlib
#include "driver/hisi_bus.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

namespace warpz::test {

using namespace hisi;

namespace {

std::mutex& lock() {
    static std::mutex mutex;
    return mutex;
}
using Guard = std::lock_guard<std::mutex>;

}  // namespace

struct HisiAccess {
    static HisiBus& bus(void* front_end) { return *static_cast<HisiBus*>(front_end); }
    static enum warpz_access copy(void* front_end, uint32_t pasid, uint64_t address, void* bytes,
                                  size_t size, bool writes) {
        HisiBus& self = bus(front_end);
        std::uint64_t offset = address - HisiBus::kBase;
        if (pasid != WARPZ_NO_PASID) {
            offset = address - HisiBus::kShared;
            if (pasid != HisiBus::kPasid) return WARPZ_ACCESS_ERROR;
            if (offset >= HisiBus::kBytes || !self.has_page_[offset / 4096])
                return WARPZ_ACCESS_REFUSED;
        }
        if (self.is_broken || offset >= HisiBus::kBytes || size > HisiBus::kBytes - offset) {
            return WARPZ_ACCESS_ERROR;
        }
        std::uint8_t* at = self.memory_.data() + offset;
        std::memcpy(writes ? at : bytes, writes ? bytes : at, size);
        return WARPZ_ACCESS_OK;
    }
    static enum warpz_access request_page(void* front_end, uint32_t /*pasid*/, uint64_t address,
                                          bool /*writes*/) {
        HisiBus& self = bus(front_end);
        const std::uint64_t offset = address - HisiBus::kShared;
        ++self.pages_asked;
        if (offset >= HisiBus::kBytes) return WARPZ_ACCESS_REFUSED;
        self.has_page_[offset / 4096] = true;
        return WARPZ_ACCESS_OK;
    }
    static void raise(void* front_end, unsigned vector) { ++bus(front_end).raised_.at(vector); }
    static bool yes(void* /*front_end*/) { return true; }
};

HisiBus::HisiBus(unsigned revision) : revision_(revision), memory_(kBytes) {
    const warpz_hisi_zip_options options{revision, kQueues, 1};
    const warpz_host host{.front_end = this,
                          .lock = [] { lock().lock(); },
                          .unlock = [] { lock().unlock(); },
                          .enter_thread = nullptr,
                          .leave_thread = nullptr,
                          .copy = HisiAccess::copy,
                          .request_page = HisiAccess::request_page,
                          .raise = HisiAccess::raise,
                          .is_master = HisiAccess::yes,
                          .has_pasid = HisiAccess::yes};
    zip_ = warpz_hisi_zip_create(&options, &host);
    for (unsigned i = 0; i < 0x40000; ++i) {
        *at(kIn + i) = static_cast<std::uint8_t>("the quick brown fox "[i % 20] + i / 9000);
    }
}

HisiBus::~HisiBus() {
    const Guard guard(lock());
    warpz_hisi_zip_destroy(zip_);
}

std::uint32_t HisiBus::read(std::uint64_t offset) {
    const Guard guard(lock());
    return static_cast<std::uint32_t>(warpz_hisi_zip_read(zip_, offset, 4));
}

void HisiBus::write(std::uint64_t offset, std::uint64_t value, unsigned size) {
    const Guard guard(lock());
    warpz_hisi_zip_write(zip_, offset, value, size);
}

void HisiBus::write_window(unsigned queue, std::uint64_t value, unsigned size) {
    const Guard guard(lock());
    warpz_hisi_zip_write_window(zip_, queue * kWindowBytes + WARPZ_ZIP_DOORBELL_OFFSET, value,
                                size);
}

bool HisiBus::set_fault(const char* text) {
    const Guard guard(lock());
    return warpz_hisi_zip_set_fault(zip_, text);
}

unsigned HisiBus::struck() {
    char text[512];
    const Guard guard(lock());
    warpz_hisi_zip_describe(zip_, text, sizeof text);
    return static_cast<unsigned>(std::strtoul(std::strstr(text, " faults=") + 8, nullptr, 10));
}

void HisiBus::reset() {
    const Guard guard(lock());
    warpz_hisi_zip_reset(zip_);
}

bool HisiBus::wait_for(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

void HisiBus::copy_from(std::uint64_t address, void* to, std::size_t size) {
    const Guard guard(lock());
    std::memcpy(to, at(address), size);
}

void HisiBus::copy_to(std::uint64_t address, const void* from, std::size_t size) {
    const Guard guard(lock());
    std::memcpy(at(address), from, size);
}

void HisiBus::set_vft(std::uint32_t queues) {
    const std::uint64_t entry =
        queues == 0 ? 0 : kVftValid | std::uint64_t{queues - 1} << kVftCountShift;
    write(kVftIsRead, 0);
    write(kVftType, kVftTypeSq);
    write(kVftFunction, 0);
    write(kVftDataLow, entry & 0xffffffff);
    write(kVftDataHigh, entry >> 32);
    write(kVftReady, 0);
    write(kVftEnable, 1);
}

std::optional<std::uint32_t> HisiBus::mailbox(std::uint32_t command, std::uint32_t number,
                                              bool reads, std::uint64_t address) {
    write(kMailbox, command | kMailboxBusy | (reads ? kMailboxIsRead : 0) | number << 16);
    write(kMailbox + 4, address & 0xffffffff);
    write(kMailbox + 8, address >> 32);
    write(kMailbox + 12, 0);
    std::uint32_t head = 0;
    if (!wait_for([&] { return ((head = read(kMailbox)) & kMailboxBusy) == 0; })) return {};
    return (head & kMailboxStatusMask) >> kMailboxStatusShift;
}

std::uint32_t HisiBus::set_context(std::uint32_t command, std::uint32_t number,
                                   const Context& context) {
    copy_to(kContext, &context, sizeof context);
    return mailbox(command, number).value_or(~0U);
}

std::optional<Context> HisiBus::get_context(std::uint32_t command, std::uint32_t number) {
    if (mailbox(command, number, true) != 0U) return {};
    return load<Context>(kContext);
}

Context HisiBus::sq_context(unsigned queue, std::uint32_t type, bool has_pasid) {
    Context context{};
    context[kBaseLow] = static_cast<std::uint32_t>(sq_of(queue));
    context[kGeometry] = (kDepth - 1) | 7U << kRingSizeShift;
    context[hisi::kPasid] = has_pasid ? HisiBus::kPasid | kSqHasPasid : 0;
    context[kSettings] = queue | 1U << 20 | type << kSqTypeShift;
    return context;
}

Context HisiBus::cq_context(unsigned queue) {
    Context context{};
    context[kBaseLow] = static_cast<std::uint32_t>(cq_of(queue));
    context[kGeometry] = (kDepth - 1) | 4U << kRingSizeShift;
    context[kSettings] = kCqPhase | kCqFlag;
    return context;
}

void HisiBus::start() {
    write(kMemoryInit, 1);
    wait_for([&] { return (read(kMemoryInitDone) & 1) != 0; });
    for (const std::uint32_t block : {kQmErrors, kCoreErrors}) {
        write(block + kErrorSource, ~0U);
        write(block + kErrorMask, 0);
    }
    set_vft(kQueues);
    wait_for([&] { return (read(kVftReady) & 1) != 0; });
    Context context{};
    context[kSettings] = (kEventDepth - 1) | kEventPhase;
    context[kBaseLow] = static_cast<std::uint32_t>(kEvents);
    set_context(kEqContext, 0, context);
    context[kBaseLow] = static_cast<std::uint32_t>(kAsyncEvents);
    set_context(kAeqContext, 0, context);
    mailbox(kSqContextTable);
    mailbox(kCqContextTable);
    readers_ = {};
    ring_events(kDoorbellAeq, 0);
    ring_events(kDoorbellEq, 0);
    write(kEventMask, 0);
    write(kAsyncEventMask, 0);
}

void HisiBus::start_queue(unsigned queue, std::uint32_t type, bool has_pasid) {
    constexpr std::array<std::uint8_t, WARPZ_ZIP_CQE_BYTES * kDepth> kEmpty{};
    copy_to(cq_of(queue), kEmpty.data(), kEmpty.size());
    rings_[queue] = {};
    set_context(kSqContext, queue, sq_context(queue, type, has_pasid));
    set_context(kCqContext, queue, cq_context(queue));
}

void HisiBus::ring(unsigned queue, std::uint64_t command, std::uint64_t index, std::uint64_t flag) {
    const std::uint64_t value = queue | command << WARPZ_ZIP_DB_COMMAND_SHIFT |
                                index << WARPZ_ZIP_DB_INDEX_SHIFT | flag << WARPZ_ZIP_DB_FLAG_SHIFT;
    if (is_v3()) {
        write_window(queue, value);
    } else {
        write(kQueueDoorbells, value, 8);
    }
}

void HisiBus::ring_events(std::uint64_t command, std::uint64_t index) {
    write(kEventDoorbells,
          command << WARPZ_ZIP_DB_COMMAND_SHIFT | index << WARPZ_ZIP_DB_INDEX_SHIFT, 8);
}

std::vector<std::uint32_t> HisiBus::take_events(std::uint64_t command) {
    Reader& reader = readers_.at(command - kDoorbellEq);
    const std::uint64_t ring = command == kDoorbellEq ? kEvents : kAsyncEvents;
    std::vector<std::uint32_t> events;
    while (true) {
        const auto event = load<std::uint32_t>(ring + 4 * reader.head);
        if ((event >> 16 & 1) != reader.phase) break;
        events.push_back(event & ~kEventPhase);
        if (++reader.head == kEventDepth) {
            reader.head = 0;
            reader.phase ^= 1;
        }
    }
    ring_events(command, reader.head);
    return events;
}

warpz_zip_sqe HisiBus::descriptor(std::uint32_t size) const {
    warpz_zip_sqe sqe{};
    const std::uint32_t type = is_v3() ? WARPZ_ZIP_SQE_TYPE_3 : WARPZ_ZIP_SQE_TYPE_0;
    sqe.input_length = size;
    sqe.output_length = size + size / 8 + 256;
    sqe.dw7 = type << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT | WARPZ_ZIP_DW7_FINISH;
    sqe.dw9 = WARPZ_ZIP_REQUEST_ZLIB | WARPZ_ZIP_WINDOW_32K << WARPZ_ZIP_DW9_WINDOW_SHIFT;
    sqe.source_addr[0] = static_cast<std::uint32_t>(kIn);
    sqe.dest_addr[0] = static_cast<std::uint32_t>(kOut);
    return sqe;
}

void HisiBus::submit(unsigned queue, const warpz_zip_sqe& sqe) {
    Rings& rings = rings_[queue];
    copy_to(sq_of(queue) + WARPZ_ZIP_SQE_BYTES * rings.tail, &sqe, sizeof sqe);
    rings.tail = (rings.tail + 1) % kDepth;
    ring(queue, WARPZ_ZIP_DB_COMMAND_SQ, rings.tail);
}

std::optional<warpz_zip_sqe> HisiBus::take(unsigned queue, bool arms) {
    Rings& rings = rings_[queue];
    warpz_zip_cqe cqe{};
    if (!wait_for([&] {
            cqe = load<warpz_zip_cqe>(cq_of(queue) + WARPZ_ZIP_CQE_BYTES * rings.head);
            return (cqe.phase & WARPZ_ZIP_CQE_PHASE) == rings.phase;
        })) {
        return {};
    }
    const auto sqe = load<warpz_zip_sqe>(sq_of(queue) + WARPZ_ZIP_SQE_BYTES * cqe.sq_head);
    if (++rings.head == kDepth) {
        rings.head = 0;
        rings.phase ^= 1;
    }
    ring(queue, WARPZ_ZIP_DB_COMMAND_CQ, rings.head, arms ? 1 : 0);
    return sqe;
}

warpz_zip_sqe HisiBus::run(unsigned queue, const warpz_zip_sqe& sqe) {
    submit(queue, sqe);
    warpz_zip_sqe none{};
    none.dw3 = 0xff;
    return take(queue).value_or(none);
}

}  // namespace warpz::test
