// SPDX-License-Identifier: Zlib
#include "fault_switch.hpp"

#include <charconv>

namespace warpz::accelerator {
namespace {

using device::model::FaultKind;

struct Kind {
    std::string_view name;
    FaultKind answer;
    DeviceFault device;
};

constexpr Kind kKinds[] = {
    {"none", FaultKind::kNone, DeviceFault::kNone},
    {"hang", FaultKind::kHang, DeviceFault::kNone},
    {"late", FaultKind::kLate, DeviceFault::kNone},
    {"tag", FaultKind::kWrongTag, DeviceFault::kNone},
    {"index", FaultKind::kWrongIndex, DeviceFault::kNone},
    {"short", FaultKind::kWrongLength, DeviceFault::kNone},
    {"consumed", FaultKind::kConsumedTooMuch, DeviceFault::kNone},
    {"produced", FaultKind::kProducedTooMuch, DeviceFault::kNone},
    {"status", FaultKind::kStatus, DeviceFault::kNone},
    {"checksum", FaultKind::kWrongChecksum, DeviceFault::kNone},
    {"flip", FaultKind::kBitFlip, DeviceFault::kNone},
    {"phase", FaultKind::kStuckPhase, DeviceFault::kNone},
    {"stuck", FaultKind::kNone, DeviceFault::kStuck},
    {"ring", FaultKind::kNone, DeviceFault::kRing},
    {"fatal", FaultKind::kNone, DeviceFault::kFatal},
    {"gone", FaultKind::kNone, DeviceFault::kGone},
};

std::string_view take_word(std::string_view& text) noexcept {
    const std::size_t end = text.find(',');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return word;
}

}  // namespace

bool FaultSwitch::set(std::string_view text) noexcept {
    const std::string_view name = take_word(text);
    const Kind* kind = nullptr;
    for (const Kind& candidate : kKinds) {
        if (candidate.name == name) kind = &candidate;
    }
    if (kind == nullptr) return false;
    std::uint64_t after = 0;
    std::uint64_t count = 1;
    std::uint64_t detail = 0;
    while (!text.empty()) {
        const std::string_view word = take_word(text);
        const std::size_t equals = word.find('=');
        if (equals == word.npos) return false;
        const std::string_view key = word.substr(0, equals);
        const char* end = word.data() + word.size();
        std::uint64_t value = 0;
        const auto [stop, error] = std::from_chars(word.data() + equals + 1, end, value);
        if (error != std::errc{} || stop != end) return false;
        if (key == "after") {
            after = value;
        } else if (key == "count") {
            count = value;
        } else if (key == "detail") {
            detail = value;
        } else {
            return false;
        }
    }
    const bool is_none = name == "none";
    fault_ = {kind->device, {.kind = kind->answer, .detail = detail}};
    after_ = after;
    count_ = is_none ? 0 : count;
    return true;
}

Fault FaultSwitch::next() noexcept {
    if (count_ == 0) return {};
    if (after_ != 0) {
        --after_;
        return {};
    }
    --count_;
    ++struck_;
    return fault_;
}

}  // namespace warpz::accelerator
