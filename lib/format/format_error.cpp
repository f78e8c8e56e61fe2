// SPDX-License-Identifier: Zlib
// Texts of the format errors; see format_error.hpp.
#include "format/format_error.hpp"

namespace warpz {

const char* describe(FormatError error) noexcept {
    switch (error) {
        case FormatError::kNone:
            return nullptr;
        case FormatError::kHeaderCheck:
            return "incorrect header check";
        case FormatError::kMethod:
            return "unknown compression method";
        case FormatError::kWindowSize:
            return "invalid window size";
        case FormatError::kHeaderFlags:
            return "unknown header flags set";
        case FormatError::kHeaderCrc:
            return "header crc mismatch";
        case FormatError::kBlockType:
            return "invalid block type";
        case FormatError::kStoredLengths:
            return "invalid stored block lengths";
        case FormatError::kTooManySymbols:
            return "too many length or distance symbols";
        case FormatError::kCodeLengthsSet:
            return "invalid code lengths set";
        case FormatError::kLengthRepeat:
            return "invalid bit length repeat";
        case FormatError::kMissingEndOfBlock:
            return "invalid code -- missing end-of-block";
        case FormatError::kLitLenSet:
            return "invalid literal/lengths set";
        case FormatError::kDistanceSet:
            return "invalid distances set";
        case FormatError::kLitLenCode:
            return "invalid literal/length code";
        case FormatError::kDistanceCode:
            return "invalid distance code";
        case FormatError::kDistanceTooFar:
            return "invalid distance too far back";
        case FormatError::kDataCheck:
            return "incorrect data check";
        case FormatError::kLengthCheck:
            return "incorrect length check";
    }
    return nullptr;
}

}  // namespace warpz
