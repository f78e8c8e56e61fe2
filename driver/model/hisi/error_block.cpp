// SPDX-License-Identifier: Zlib
#include "hisi/error_block.hpp"

namespace warpz::hisi {

std::uint32_t ErrorBlock::read(std::uint32_t offset) const noexcept {
    switch (offset) {
        case kErrorSource:
            return source_;
        case kErrorMask:
            return mask_;
        case kErrorStatus:
            return status();
        default:
            return 0;
    }
}

bool ErrorBlock::write(std::uint32_t offset, std::uint32_t value) noexcept {
    const std::uint32_t before = status();
    switch (offset) {
        case kErrorSource:
            source_ &= ~value;
            break;
        case kErrorMask:
            mask_ = value;
            break;
        case kErrorSet:
            source_ |= value;
            break;
        default:
            break;
    }
    return (status() & ~before) != 0;
}

}  // namespace warpz::hisi
