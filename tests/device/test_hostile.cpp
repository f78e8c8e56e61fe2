// SPDX-License-Identifier: Zlib
// A device that writes whatever it likes into the rings, the window and the contexts, whenever it is looked at. The
// library may lose every job; it may not touch a byte outside of what it owns (which AddressSanitizer watches, and red
// zones around the jobs' buffers), and it must come to an end.
#include <sys/mman.h>

#include <cstring>

#include "device/device_fixture.hpp"
#include "device/sqe.hpp"

using namespace warpz;
using namespace warpz::device;
using namespace warpz::test;

namespace {

constexpr std::size_t kEntries = 16;
constexpr std::size_t kRings = kEntries * (sizeof(Sqe) + sizeof(Cqe));
constexpr std::size_t kWindow = 320 << 10;  // one context and some data
constexpr std::uint64_t kWindowAddress = 0x4000;

/// How far from sense the answers are: the closer, the deeper they get into the library.
enum class Malice { kRandomBytes, kRightIndex, kRightTag, kRightCounts };

class HostileChannel final : public Channel {
  public:
    HostileChannel(AddressMode mode, Random& random)
        : random_(random), dus_(kRings + kWindow + 64) {
        regions_.dus = dus_.data();
        regions_.dus_bytes = dus_.size();
        regions_.sq_entries = kEntries;
        regions_.cq_entries = kEntries;
        regions_.queue_number = 9;
        if (mode == AddressMode::kBounce) {
            regions_.window = {dus_.data() + kRings, kWindow};
            regions_.window_address = kWindowAddress;
        }
    }
    ~HostileChannel() = default;

    void ring_doorbell(std::uint64_t value) noexcept override {
        if ((value & WARPZ_ZIP_DB_COMMAND_MASK) != 0) return;
        const auto tail = static_cast<std::size_t>(value >> WARPZ_ZIP_DB_INDEX_SHIFT);
        const auto* sqe =
            reinterpret_cast<const Sqe*>(dus_.data()) + (tail + kEntries - 1) % kEntries;
        context_ = sqe->stream_ctx_addr[0] | static_cast<std::uint64_t>(sqe->stream_ctx_addr[1])
                                                 << 32;
    }
    void advance() noexcept override {
        if (is_stopped_ || random_.one_in(4)) return;
        if (random_.one_in(400)) {
            dus_[dus_.size() - 8 + random_.below(8)] = 1;  // a status word
            return;
        }
        for (std::uint64_t i = random_.below(4); i > 0; --i) answer();
    }
    Status wait_event(std::uint32_t) noexcept override {
        if (random_.one_in(200)) return Status::kNoDevice;
        return random_.one_in(2) ? Status::kOk : Status::kBusy;
    }
    void stop() noexcept override { is_stopped_ = true; }
    void close() noexcept override { delete this; }

    Malice malice = Malice::kRandomBytes;

  private:
    void scribble(std::uint8_t* to, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(random_.next());
    }
    void answer() {
        // Somewhere in what the device may write: the window, or the context that the descriptor names.
        if (!regions_.window.empty()) {
            regions_.window[random_.below(kWindow)] = static_cast<std::uint8_t>(random_.next());
        }
        auto* sqe = reinterpret_cast<Sqe*>(dus_.data()) + head_;
        auto* cqe = reinterpret_cast<Cqe*>(dus_.data() + kEntries * sizeof(Sqe)) + cq_tail_;
        const Sqe given = *sqe;
        if (malice != Malice::kRandomBytes || random_.one_in(2)) {
            if (regions_.window.empty() && context_ != 0) {
                scribble(reinterpret_cast<std::uint8_t*>(context_) + random_.below(60'000), 16);
            }
            scribble(reinterpret_cast<std::uint8_t*>(sqe), sizeof *sqe);
        }
        scribble(reinterpret_cast<std::uint8_t*>(cqe), sizeof *cqe);
        if (malice >= Malice::kRightIndex) cqe->sq_head = head_;
        if (malice >= Malice::kRightTag) {
            sqe->tag_type0 = given.tag_type0;
            sqe->tag_type3[0] = given.tag_type3[0];
            constexpr std::uint32_t kStatus[] = {0, 0, 0x0d, 0x13, 0x113, 0x0e, 0x10, 0x41, 0x82};
            sqe->dw3 = kStatus[random_.below(std::size(kStatus))];
        }
        if (malice >= Malice::kRightCounts) {
            const bool is_over = random_.one_in(50);
            sqe->consumed = static_cast<std::uint32_t>(random_.below(given.input_length + 1ULL));
            if (random_.one_in(2)) sqe->consumed = given.input_length;
            sqe->produced = static_cast<std::uint32_t>(random_.below(given.output_length + 1ULL));
            if (is_over) sqe->produced = given.output_length + 1;
        }
        cqe->phase = static_cast<std::uint16_t>((cqe->phase & ~1U) | phase_);
        if (random_.one_in(500)) cqe->phase ^= 1;
        head_ = static_cast<std::uint16_t>((head_ + 1) % kEntries);
        cq_tail_ = static_cast<std::uint16_t>((cq_tail_ + 1) % kEntries);
        if (cq_tail_ == 0) phase_ ^= 1U;
    }

    Random& random_;
    std::vector<std::uint8_t> dus_;
    std::uint64_t context_ = 0;  // the one named last
    std::uint16_t head_ = 0;
    std::uint16_t cq_tail_ = 0;
    unsigned phase_ = 1;
    bool is_stopped_ = false;
};

class HostileDevice final : public Device {
  public:
    HostileDevice(Generation generation, AddressMode mode, Random& random) : random_(random) {
        info_.generation = generation;
        info_.address_mode = mode;
        info_.formats = 7;
    }
    ~HostileDevice() = default;
    Result<Channel*> open_channel(Operation) noexcept override {
        last = new HostileChannel(info_.address_mode, random_);
        last->malice = malice;
        return static_cast<Channel*>(last);
    }
    Malice malice = Malice::kRandomBytes;
    HostileChannel* last = nullptr;

  private:
    Random& random_;
};

/// Jobs on buffers with red zones, until `descriptors` have been submitted. Returns how many ended other than lost.
std::uint64_t torment(HostileDevice& device, Operation operation, Random& random,
                      std::uint64_t descriptors) {
    std::uint64_t survived = 0;
    constexpr std::size_t kSize = 2048;
    constexpr std::uint8_t kRed = 0xa5;
    std::vector<Bytes> outs(kEntries, Bytes(3 * kSize, kRed));
    const Bytes in(kSize, 0x5a);
    std::uint64_t submitted = 0;
    while (submitted < descriptors) {
        const Context context = make_context();
        const Queue queue =
            open_queue(device, operation, {.job_timeout_us = 50, .spin_us = 0, .max_in_flight = 0});
        std::uint64_t next_in = submitted;
        std::uint64_t next_out = submitted;
        for (int idle = 0; idle < 100'000; ++idle) {
            const std::size_t size = 4 + 4 * random.below(kSize / 8);
            Job job{.operation = operation,
                    .format = static_cast<Format>(random.below(3)),
                    .is_last = random.one_in(2),
                    .in = {in.data(), size},
                    .out = {outs[next_in % kEntries].data() + kSize, kSize},
                    .context = random.one_in(3) ? context.get() : nullptr,
                    .tag = next_in};
            if (job.context != nullptr && context->is_broken && !context->is_in_flight) {
                context->restart();
            }
            const Status status =
                queue->in_flight() < kEntries - 1 ? queue->submit(job) : Status::kBusy;
            if (status == Status::kOk) ++next_in;
            if (status == Status::kOk && random.one_in(2)) continue;
            Completion done[4];
            const std::size_t count = random.one_in(3) ? queue->wait(done, 100) : queue->reap(done);
            for (std::size_t i = 0; i < count; ++i) {
                BOOST_REQUIRE_EQUAL(done[i].tag, next_out);
                BOOST_REQUIRE_LE(done[i].consumed, kSize);
                BOOST_REQUIRE_LE(done[i].produced, kSize);
                const Bytes& out = outs[next_out % kEntries];
                BOOST_REQUIRE_EQUAL(out[kSize - 1], kRed);
                BOOST_REQUIRE_EQUAL(out[2 * kSize], kRed);
                if (done[i].outcome != Outcome::kLost) ++survived;
                ++next_out;
            }
            if (queue->state() == QueueState::kZombie && queue->in_flight() == 0) break;
        }
        BOOST_REQUIRE_EQUAL(queue->in_flight(), 0U);
        BOOST_REQUIRE_EQUAL(next_in, next_out);
        submitted = next_in;
    }
    return survived;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_device)

// 10^6 descriptors over all kinds of malice, descriptors, address modes and operations.
BOOST_AUTO_TEST_CASE(random_completions_do_no_harm) {
    Random random(20'26);
    std::uint64_t survived = 0;
    for (const Malice malice :
         {Malice::kRandomBytes, Malice::kRightIndex, Malice::kRightTag, Malice::kRightCounts}) {
        for (const Generation generation : {Generation::kV2, Generation::kV3}) {
            for (const AddressMode mode : {AddressMode::kShared, AddressMode::kBounce}) {
                for (const Operation operation : {Operation::kDeflate, Operation::kInflate}) {
                    HostileDevice device(generation, mode, random);
                    device.malice = malice;
                    // Queues that end with the first answer cost an open each.
                    const bool is_deep = malice >= Malice::kRightCounts;
                    survived += torment(device, operation, random, is_deep ? 110'000 : 6'000);
                }
            }
        }
    }
    BOOST_TEST(survived > 100'000U);
    BOOST_TEST_MESSAGE(survived << " answers were accepted");
}

BOOST_AUTO_TEST_SUITE_END()
