// SPDX-License-Identifier: Zlib
// A descriptor executor on memory behind a bus, and the descriptors to try it with.
#pragma once

#include <algorithm>
#include <cstring>

#include "device/device_fixture.hpp"
#include "device/model/descriptor_executor.hpp"

namespace warpz::test {

using namespace warpz::device;
using namespace warpz::device::model;

/// Memory of a device behind a bus: addresses from kBase, nothing else in reach. With `is_mapped` it can be touched
/// directly, else by copies only.
class BusMemory final : public DeviceMemory {
  public:
    static constexpr std::uint64_t kBase = 0x7000'0000;

    explicit BusMemory(std::size_t size, bool is_mapped) : bytes(size), is_mapped_(is_mapped) {}
    ~BusMemory() = default;

    std::uint8_t* map(std::uint64_t address, std::size_t size) noexcept override {
        return is_mapped_ ? at(address, size) : nullptr;
    }
    bool read(std::uint64_t address, std::span<std::uint8_t> to) noexcept override {
        const std::uint8_t* from = at(address, to.size());
        if (from != nullptr) std::memcpy(to.data(), from, to.size());
        return from != nullptr;
    }
    bool write(std::uint64_t address, std::span<const std::uint8_t> from) noexcept override {
        std::uint8_t* to = at(address, from.size());
        if (to != nullptr) std::memcpy(to, from.data(), from.size());
        return to != nullptr;
    }

    Bytes bytes;

  private:
    std::uint8_t* at(std::uint64_t address, std::size_t size) {
        if (address < kBase || address - kBase > bytes.size() ||
            size > bytes.size() - (address - kBase)) {
            return nullptr;
        }
        return bytes.data() + (address - kBase);
    }
    bool is_mapped_;
};

inline constexpr std::uint64_t kIn = BusMemory::kBase;
inline constexpr std::uint64_t kOut = BusMemory::kBase + (1 << 20);
inline constexpr std::uint64_t kContext = BusMemory::kBase + (2 << 20);
inline constexpr std::uint64_t kLists = BusMemory::kBase + (3 << 20);
inline constexpr std::size_t kMemory = 4 << 20;

struct Bench {
    explicit Bench(Generation generation = Generation::kV3, bool is_mapped = true)
        : memory(kMemory, is_mapped) {
        executor.create({.generation = generation, .level = 6}, SealKey{1, 2});
        type = generation == Generation::kV3 ? 3 : 0;
    }
    ~Bench() { executor.destroy(); }

    /// A descriptor for `in` bytes at kIn.
    Sqe descriptor(std::uint32_t request, std::size_t in, std::size_t out,
                   std::uint32_t flags) const {
        Sqe sqe{};
        sqe.input_length = static_cast<std::uint32_t>(in);
        sqe.output_length = static_cast<std::uint32_t>(out);
        sqe.dw7 = flags | type << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT;
        sqe.dw9 = request | WARPZ_ZIP_WINDOW_32K << WARPZ_ZIP_DW9_WINDOW_SHIFT;
        sqe.source_addr[0] = static_cast<std::uint32_t>(kIn);
        sqe.dest_addr[0] = static_cast<std::uint32_t>(kOut);
        if ((flags & WARPZ_ZIP_DW7_STATEFUL) != 0) {
            sqe.stream_ctx_addr[0] = static_cast<std::uint32_t>(kContext + WARPZ_ZIP_CTX_HW_OFFSET);
        }
        sqe.tag_type0 = 77;
        sqe.tag_type3[0] = 88;
        return sqe;
    }
    void put(const Bytes& content, std::uint64_t address = kIn) {
        std::copy(content.begin(), content.end(),
                  memory.bytes.begin() + static_cast<std::ptrdiff_t>(address - BusMemory::kBase));
    }
    Bytes get(std::size_t size, std::uint64_t address = kOut) const {
        const auto begin =
            memory.bytes.begin() + static_cast<std::ptrdiff_t>(address - BusMemory::kBase);
        return {begin, begin + static_cast<std::ptrdiff_t>(size)};
    }
    unsigned run(Sqe& sqe, Operation operation) {
        BOOST_REQUIRE(executor.execute(sqe, operation, memory));
        return sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK;
    }
    unsigned deflate(Sqe& sqe) { return run(sqe, Operation::kDeflate); }
    unsigned inflate(Sqe& sqe) { return run(sqe, Operation::kInflate); }

    BusMemory memory;
    DescriptorExecutor executor;
    std::uint32_t type;
};

inline constexpr std::uint32_t kFinish = WARPZ_ZIP_DW7_FINISH;
inline constexpr std::uint32_t kStateful = WARPZ_ZIP_DW7_STATEFUL;
inline constexpr std::uint32_t kNew = WARPZ_ZIP_DW7_STREAM_NEW;
inline constexpr std::uint32_t kRaw = WARPZ_ZIP_REQUEST_DEFLATE;
inline constexpr std::uint32_t kZlib = WARPZ_ZIP_REQUEST_ZLIB;
inline constexpr std::uint32_t kGzip = WARPZ_ZIP_REQUEST_GZIP;

inline Format format_of(std::uint32_t request) {
    if (request == kRaw) return Format::kRaw;
    return request == kZlib ? Format::kZlib : Format::kGzip;
}

/// The words that a submitter carries from a finished descriptor to the next one.
inline void carry(const Sqe& from, Sqe& to) {
    to.ctx_dw0 = from.ctx_dw0;
    to.ctx_dw1 = from.ctx_dw1;
    to.ctx_dw2 = from.ctx_dw2;
    to.checksum = from.checksum;
    to.isize = from.isize;
}

}  // namespace warpz::test
