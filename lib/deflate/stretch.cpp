// SPDX-License-Identifier: Zlib
#include "deflate/stretch.hpp"

#include "deflate/stretch_body.hpp"
#include "kernels/cpu_features.hpp"

namespace warpz::deflate {
namespace {

template <Ways kWays>
void look_up(const StretchIndex& index, std::uint32_t pos, Stretch& stretch) noexcept {
    stretch_body::look_up<kWays>(index, pos, kStretch, stretch);
}

template <Ways kWays>
std::uint64_t judge(const StretchIndex& index, std::uint32_t pos, Stretch& stretch) noexcept {
    return stretch_body::judge<kWays>(index, pos, stretch);
}

template <Ways kWays>
std::uint64_t judge_tail_of(const StretchIndex& index, std::uint32_t pos, std::uint32_t count,
                            std::uint32_t left, Stretch& stretch) noexcept {
    constexpr unsigned kCount = stretch_body::kWayCount<kWays>;
    std::memset(&stretch, 0, sizeof stretch);
    stretch_body::look_up<kWays>(index, pos, count, stretch);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t known = std::min(left - i, kComparedBytes);
        const auto mask = static_cast<std::uint16_t>((1U << known) - 1);
        for (unsigned way = 0; way < kCount; ++way) stretch.equal[i * kCount + way] &= mask;
        stretch.latest.equal[i] &= mask;
    }
    return stretch_body::judge<kWays>(index, pos, stretch);
}

}  // namespace

StretchKernel stretch_kernel(Ways ways) noexcept {
#if defined(__x86_64__)
    const kernels::Cpu cpu = kernels::cpu();
    if (cpu.avx512_vbmi && cpu.avx512_bitalg && cpu.bmi2) return stretch_kernel_avx512(ways);
    if (cpu.avx2 && cpu.bmi2) return stretch_kernel_avx2(ways);
#endif
    switch (ways) {
        case Ways::kOne:
            return {look_up<Ways::kOne>, judge<Ways::kOne>};
        case Ways::kTwo:
            return {look_up<Ways::kTwo>, judge<Ways::kTwo>};
        case Ways::kFour:
            break;
    }
    return {look_up<Ways::kFour>, judge<Ways::kFour>};
}

std::uint64_t judge_tail(Ways ways, const StretchIndex& index, std::uint32_t pos,
                         std::uint32_t count, std::uint32_t left, Stretch& stretch) noexcept {
    switch (ways) {
        case Ways::kOne:
            return judge_tail_of<Ways::kOne>(index, pos, count, left, stretch);
        case Ways::kTwo:
            return judge_tail_of<Ways::kTwo>(index, pos, count, left, stretch);
        case Ways::kFour:
            break;
    }
    return judge_tail_of<Ways::kFour>(index, pos, count, left, stretch);
}

}  // namespace warpz::deflate
