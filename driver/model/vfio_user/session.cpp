// SPDX-License-Identifier: Zlib
#include "session.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace warpz::vfio_user {
namespace {

constexpr std::uint16_t kMajor = 0;
constexpr std::uint16_t kMinor = 1;
constexpr char kCapabilities[] =
    R"({"capabilities":{"max_msg_fds":16,"max_data_xfer_size":1048576}})";
static_assert(kMaxFds == 16 && kMaxDataBytes == 1048576);

/// The number that follows the key in JSON text, or the other one. The rest of the text is of no interest here.
std::uint64_t number_of(std::string_view text, std::string_view key, std::uint64_t otherwise) {
    const std::size_t at = text.find(key);
    if (at == text.npos) return otherwise;
    text.remove_prefix(at + key.size());
    const std::size_t begin = text.find_first_not_of(" \t\r\n:");
    if (begin == text.npos) return otherwise;
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data() + begin, text.data() + text.size(), value);
    return result.ec == std::errc{} ? value : otherwise;
}

}  // namespace

void Session::run() {
    Message message;
    if (channel_.receive(message) && negotiate(message)) {
        while (channel_.receive(message)) {
            if (message.is_reply()) {
                remote_.take(message);
            } else {
                serve(message);
            }
        }
    }
    channel_.shut();
}

/// The first message. False: this client cannot be served.
bool Session::negotiate(const Message& message) {
    Version version;
    const std::span<const std::uint8_t> payload(message.payload);
    if (message.is_reply() || message.command() != Command::kVersion || !take(payload, version) ||
        version.major != kMajor || (payload.size() > sizeof version && payload.back() != 0)) {
        answer(message, EINVAL);
        return false;
    }
    const auto text = payload.subspan(sizeof version);
    const std::uint64_t limit = number_of({reinterpret_cast<const char*>(text.data()), text.size()},
                                          "\"max_data_xfer_size\"", kMaxDataBytes);
    if (limit == 0) {
        answer(message, EINVAL);
        return false;
    }
    remote_.set_limit(static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, kMaxDataBytes)));
    version.minor = std::min(version.minor, kMinor);
    answer(message, 0, {bytes_of(version), bytes_of(kCapabilities)});
    return true;
}

void Session::serve(Message& message) {
    int error = 0;
    switch (message.command()) {
        case Command::kDmaMap:
            error = map(message);
            break;
        case Command::kDmaUnmap:
            error = unmap(message);
            break;
        case Command::kDeviceInfo:
            error = device_info(message);
            break;
        case Command::kRegionInfo:
            error = region_info(message);
            break;
        case Command::kIrqInfo:
            error = irq_info(message);
            break;
        case Command::kSetIrqs:
            error = set_irqs(message);
            break;
        case Command::kRegionRead:
            error = read_region(message);
            break;
        case Command::kRegionWrite:
            error = write_region(message);
            break;
        case Command::kReset:
            device_.reset();
            answer(message, 0);
            break;
        case Command::kVersion:
            error = EINVAL;
            break;
        default:
            error = ENOTSUP;
            break;
    }
    if (error != 0) answer(message, error);
}

/// An error has no payload.
void Session::answer(const Message& message, int error,
                     std::initializer_list<Channel::Bytes> parts) {
    if ((message.header.flags & kNoReply) != 0) return;
    const Header header{.id = message.header.id,
                        .command = message.header.command,
                        .size = 0,
                        .flags = kTypeReply | (error != 0 ? kError : 0),
                        .error = static_cast<std::uint32_t>(error)};
    channel_.send(header, parts);
}

int Session::map(Message& message) {
    DmaMap request;
    if (!take(message.payload, request)) return EINVAL;
    const int error = device_.map(request, message.fds);
    if (error == 0) answer(message, 0);
    return error;
}

int Session::unmap(const Message& message) {
    DmaUnmap request;
    if (!take(message.payload, request)) return EINVAL;
    const int error = device_.unmap(request);
    if (error == 0) answer(message, 0, {bytes_of(request)});
    return error;
}

int Session::device_info(const Message& message) {
    DeviceInfo info;
    if (!take(message.payload, info) || info.argsz < sizeof info) return EINVAL;
    info = {.argsz = sizeof info,
            .flags = kDeviceCanReset | kDeviceIsPci,
            .regions = kRegionCount,
            .irqs = kIrqCount};
    answer(message, 0, {bytes_of(info)});
    return 0;
}

int Session::region_info(const Message& message) {
    RegionInfo info;
    if (!take(message.payload, info) || info.argsz < sizeof info || info.index >= kRegionCount) {
        return EINVAL;
    }
    const std::uint64_t bytes = device_.region_bytes(info.index);
    info = {.argsz = sizeof info,
            .flags = bytes != 0 ? kRegionReadable | kRegionWriteable : 0,
            .index = info.index,
            .cap_offset = 0,
            .size = bytes,
            .offset = 0};
    answer(message, 0, {bytes_of(info)});
    return 0;
}

int Session::irq_info(const Message& message) {
    IrqInfo info;
    if (!take(message.payload, info) || info.argsz < sizeof info || info.index >= kIrqCount) {
        return EINVAL;
    }
    const std::uint32_t count = device_.irq_count(info.index);
    info = {.argsz = sizeof info,
            .flags = count != 0 ? kIrqEventfd : 0,
            .index = info.index,
            .count = count};
    answer(message, 0, {bytes_of(info)});
    return 0;
}

int Session::set_irqs(Message& message) {
    SetIrqs request;
    if (!take(message.payload, request)) return EINVAL;
    const int error =
        device_.set_irqs(request, std::span(message.payload).subspan(sizeof request), message.fds);
    if (error == 0) answer(message, 0);
    return error;
}

int Session::read_region(const Message& message) {
    RegionAccess access;
    if (!take(message.payload, access) || access.count > kMaxDataBytes) return EINVAL;
    std::vector<std::uint8_t> data(access.count);
    const int error = device_.read(access.region, access.offset, data);
    if (error == 0) answer(message, 0, {bytes_of(access), data});
    return error;
}

int Session::write_region(const Message& message) {
    RegionAccess access;
    if (!take(message.payload, access)) return EINVAL;
    const auto data = std::span(message.payload).subspan(sizeof access);
    if (data.size() != access.count) return EINVAL;
    const int error = device_.write(access.region, access.offset, data);
    if (error == 0) answer(message, 0, {bytes_of(access)});
    return error;
}

}  // namespace warpz::vfio_user
