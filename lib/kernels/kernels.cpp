// SPDX-License-Identifier: Zlib
// The lists of variants and the choice among them.
#include "kernels/kernels.hpp"

#include <array>

namespace warpz::kernels {
namespace {

constexpr bool always(Cpu) noexcept { return true; }

constexpr std::array kAdler32Variants{
    ChecksumVariant{"adler32_generic", always, generic::adler32},
};

constexpr std::array kCrc32Variants{
    ChecksumVariant{"crc32_generic", always, generic::crc32},
};

ChecksumFn choose(std::span<const ChecksumVariant> variants) noexcept {
    const Cpu available = cpu();
    for (const ChecksumVariant& variant : variants) {
        if (variant.runs_on(available)) return variant.function;
    }
    return variants.back().function;
}

std::uint32_t resolve_adler32(std::uint32_t value, const std::uint8_t* data,
                              std::size_t size) noexcept {
    const ChecksumFn chosen = choose(kAdler32Variants);
    g_slots.adler32.store(chosen, std::memory_order_relaxed);
    return chosen(value, data, size);
}

std::uint32_t resolve_crc32(std::uint32_t value, const std::uint8_t* data,
                            std::size_t size) noexcept {
    const ChecksumFn chosen = choose(kCrc32Variants);
    g_slots.crc32.store(chosen, std::memory_order_relaxed);
    return chosen(value, data, size);
}

}  // namespace

constinit Slots g_slots{resolve_adler32, resolve_crc32};

std::span<const ChecksumVariant> adler32_variants() noexcept { return kAdler32Variants; }
std::span<const ChecksumVariant> crc32_variants() noexcept { return kCrc32Variants; }

}  // namespace warpz::kernels
