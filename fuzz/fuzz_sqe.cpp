// SPDX-License-Identifier: Zlib
// Hostile descriptors into the device model's executor, as anybody behind a bus may write them: the input is the memory
// of a queue (data, lists, contexts) and, from its end, a sequence of descriptors with some words of any value. No byte
// outside of that memory is touched, no count exceeds what was given, and what a whole deflate packet produces decodes
// to its input.
#include <algorithm>
#include <cstring>
#include <vector>

#include "data_producer.hpp"
#include "device/model/descriptor_executor.hpp"
#include "zlib.h"

namespace {

using namespace warpz::device;
using namespace warpz::device::model;
using warpz::fuzz::DataProducer;

constexpr std::uint64_t kBase = 0x10000;
constexpr std::size_t kBytes = 512 * 1024;
constexpr std::uint64_t kOut = kBase + 128 * 1024;
constexpr std::uint64_t kContexts = kBase + 256 * 1024;

class QueueMemory final : public DeviceMemory {
  public:
    explicit QueueMemory(bool is_mapped) : bytes(kBytes), is_mapped_(is_mapped) {}
    ~QueueMemory() = default;

    std::uint8_t* map(std::uint64_t address, std::size_t size) noexcept override {
        return is_mapped_ ? at(address, size) : nullptr;
    }
    bool read(std::uint64_t address, std::span<std::uint8_t> to) noexcept override {
        const std::uint8_t* from = at(address, to.size());
        if (from != nullptr) std::copy_n(from, to.size(), to.data());
        return from != nullptr;
    }
    bool write(std::uint64_t address, std::span<const std::uint8_t> from) noexcept override {
        std::uint8_t* to = at(address, from.size());
        if (to != nullptr) std::copy_n(from.data(), from.size(), to);
        return to != nullptr;
    }

    std::vector<std::uint8_t> bytes;

  private:
    std::uint8_t* at(std::uint64_t address, std::size_t size) {
        const std::uint64_t offset = address - kBase;
        return address < kBase || offset > kBytes || size > kBytes - offset ? nullptr
                                                                            : bytes.data() + offset;
    }
    bool is_mapped_;
};

/// Words that a submitter carries along, of each of two contexts.
struct Carried {
    std::uint32_t ctx_dw0, ctx_dw1, ctx_dw2, checksum, isize;
};

void check_whole_packet(const Sqe& sqe, const QueueMemory& memory) {
    constexpr std::uint8_t kHeader[] = {0x78, 0x9c};
    std::vector<std::uint8_t> packed(kHeader, kHeader + 2);
    const std::uint8_t* out = memory.bytes.data() + (kOut - kBase);
    packed.insert(packed.end(), out, out + sqe.produced);
    std::vector<std::uint8_t> plain(sqe.input_length);
    uLongf size = static_cast<uLongf>(plain.size());
    WARPZ_FUZZ_EQUAL(
        uncompress(plain.data(), &size, packed.data(), static_cast<uLong>(packed.size())), Z_OK);
    WARPZ_FUZZ_EQUAL(size, sqe.input_length);
    WARPZ_FUZZ_CHECK(std::equal(plain.begin(), plain.end(), memory.bytes.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    DataProducer producer(data, size);
    QueueMemory memory(producer.flag());
    const Generation generation = producer.flag() ? Generation::kV3 : Generation::kV2;
    DescriptorExecutor executor;
    executor.create({.generation = generation, .level = producer.between(1, 9)}, SealKey{1, 2});
    Carried carried[2] = {};

    for (int count = producer.between(1, 8); count > 0; --count) {
        const bool is_list = producer.below(8) == 0;
        const auto operation = producer.flag() ? Operation::kDeflate : Operation::kInflate;
        const std::uint32_t context = producer.below(2);
        Sqe sqe{};
        sqe.dw7 = (producer.byte() & 7U) << 25;
        if (generation == Generation::kV3) sqe.dw7 |= WARPZ_ZIP_SQE_TYPE_3 << 28;
        sqe.dw9 = 1 + producer.below(3);
        sqe.dw9 |= producer.below(5) << WARPZ_ZIP_DW9_WINDOW_SHIFT;
        if (is_list) {
            sqe.dw9 |= WARPZ_ZIP_BUFFER_SGL << WARPZ_ZIP_DW9_BUFFER_SHIFT;
            sqe.dw7 |= producer.below(64);
        }
        sqe.output_length = producer.size();
        sqe.source_addr[0] = kBase;
        sqe.dest_addr[0] = static_cast<std::uint32_t>(kOut);
        if ((sqe.dw7 & WARPZ_ZIP_DW7_STATEFUL) != 0) {
            sqe.stream_ctx_addr[0] =
                static_cast<std::uint32_t>(kContexts) + context * WARPZ_ZIP_CTX_BYTES;
        }
        if ((sqe.dw7 & WARPZ_ZIP_DW7_STREAM_NEW) == 0) {
            sqe.ctx_dw0 = carried[context].ctx_dw0;
            sqe.ctx_dw1 = carried[context].ctx_dw1;
            sqe.ctx_dw2 = carried[context].ctx_dw2;
            sqe.checksum = carried[context].checksum;
            sqe.isize = carried[context].isize;
        }
        bool is_spoilt = is_list;
        for (std::uint32_t flips = producer.below(4); flips > 1; --flips, is_spoilt = true) {
            reinterpret_cast<std::uint8_t*>(&sqe)[producer.below(sizeof sqe)] ^= producer.byte();
        }
        for (std::uint32_t writes = producer.below(4); writes > 1; --writes) {
            memory.bytes[producer.below(65'536) * (kBytes / 65'536)] ^= producer.byte();
        }
        const std::span<const std::uint8_t> rest = producer.rest();
        const std::size_t taken = std::min<std::size_t>(rest.size(), kOut - kBase);
        std::copy_n(rest.data(), taken, memory.bytes.begin());
        if (!is_spoilt) {
            sqe.input_length = static_cast<std::uint32_t>(taken);
            const bool is_last = (sqe.dw7 & WARPZ_ZIP_DW7_FINISH) != 0;
            if (operation == Operation::kDeflate && !is_last) sqe.input_length &= ~3U;
        }
        if (!executor.execute(sqe, operation, memory)) continue;
        WARPZ_FUZZ_CHECK(sqe.consumed <= sqe.input_length);
        WARPZ_FUZZ_CHECK(sqe.produced <= sqe.output_length);
        const std::uint32_t status = sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK;
        const bool is_good = status == WARPZ_ZIP_STATUS_OK || status == WARPZ_ZIP_STATUS_NEGATIVE ||
                             status == WARPZ_ZIP_STATUS_END;
        WARPZ_FUZZ_CHECK(is_good || (sqe.consumed | sqe.produced) == 0);
        if (!is_good) continue;
        carried[context] = {sqe.ctx_dw0, sqe.ctx_dw1, sqe.ctx_dw2, sqe.checksum, sqe.isize};
        constexpr std::uint32_t kFlags = WARPZ_ZIP_DW7_STATEFUL | WARPZ_ZIP_DW7_FINISH;
        const bool is_whole = (sqe.dw7 & kFlags) == WARPZ_ZIP_DW7_FINISH &&
                              (sqe.dw9 & 0xff) == WARPZ_ZIP_REQUEST_ZLIB && !is_spoilt;
        if (is_whole && operation == Operation::kDeflate) check_whole_packet(sqe, memory);
    }
    executor.destroy();
    return 0;
}
