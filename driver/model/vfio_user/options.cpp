// SPDX-License-Identifier: Zlib
#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include "fault_switch.hpp"

namespace warpz::vfio_user {
namespace {

/// A number, with K, M or G behind it for powers of 1024; false when it is none or outside of the bounds.
bool parse_number(std::string_view text, std::uint64_t least, std::uint64_t most,
                  std::uint64_t& number) {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{}) return false;
    unsigned shift = 0;
    const std::string_view rest(result.ptr, static_cast<std::size_t>(end - result.ptr));
    if (!rest.empty()) {
        const std::size_t unit = std::string_view("KMG").find(rest.front());
        if (rest.size() != 1 || unit == rest.npos) return false;
        shift = static_cast<unsigned>(10 * (unit + 1));
    }
    if (number > std::numeric_limits<std::uint64_t>::max() >> shift) return false;
    number <<= shift;
    return number >= least && number <= most;
}

template <class Field>
bool parse_into(std::string_view text, std::uint64_t least, std::uint64_t most, Field& field) {
    std::uint64_t number = 0;
    if (!parse_number(text, least, most, number)) return false;
    field = static_cast<Field>(number);
    return true;
}

bool set_option(std::string_view name, std::string_view value, Options& options) {
    DeviceOptions& device = options.device;
    if (name == "--socket") {
        options.socket = value;
        return !value.empty();
    }
    if (name == "--queues") return parse_into(value, 1, 1024, device.queues);
    if (name == "--level") return parse_into(value, 1, 9, device.level);
    if (name == "--threads") return parse_into(value, 1, 1024, device.threads);
    if (name == "--limit") return parse_into(value, 1024, 1ULL << 50, device.bytes_per_second);
    if (name == "--backing") {
        options.backing = value;
        return !value.empty();
    }
    if (name == "--verify") {
        constexpr std::string_view kProofs[] = {"all", "some", "none"};
        const auto found = std::ranges::find(kProofs, value);
        options.proof = static_cast<Proof>(found - std::begin(kProofs));
        return found != std::end(kProofs);
    }
    device.fault = value;
    return accelerator::FaultSwitch().set(value);
}

}  // namespace

const char kUsage[] =
    "usage: warpz-vdev --socket PATH [OPTION...]\n"
    "\n"
    "A compression accelerator for one virtual machine, made of this machine's cores or of its own "
    "accelerator:\n"
    "a vfio-user server.\n"
    "\n"
    "  --socket PATH   where the virtual machine connects\n"
    "  --queues N      queues of the device, 1 to 1024; default 32\n"
    "  --threads N     at most that many queues are worked on at once; default: all\n"
    "  --limit BYTES   a second, read and written together, with K, M or G; default: none\n"
    "  --level N       how well the cores compress, 1 to 9; default 1\n"
    "  --backing WHAT  what does the work: cores; the accelerator /dev/WHAT; or device, the "
    "nearest "
    "one. The cores\n"
    "                  do what an accelerator cannot; default cores\n"
    "  --verify WHAT   how much of what an accelerator has made is proven: all, some, none; "
    "default "
    "all\n"
    "  --fault TEXT    what goes wrong, for tests: KIND[,after=N][,count=N][,detail=N]\n"
    "  --help, --version\n";

std::string parse_options(std::span<char* const> words, Options& options) {
    constexpr std::string_view kNames[] = {"--socket", "--queues",  "--threads", "--limit",
                                           "--level",  "--backing", "--verify",  "--fault"};
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word == "--help") {
            options.wants_help = true;
            continue;
        }
        if (word == "--version") {
            options.wants_version = true;
            continue;
        }
        const std::size_t equals = word.find('=');
        const std::string name(word.substr(0, equals));
        if (std::ranges::find(kNames, name) == std::end(kNames)) return "no such option: " + name;
        std::string_view value;
        if (equals != word.npos) {
            value = word.substr(equals + 1);
        } else {
            if (++i == words.size()) return name + " needs a value";
            value = words[i];
        }
        if (!set_option(name, value, options)) return name + ": not '" + std::string(value) + "'";
    }
    if (options.socket.empty() && !options.wants_help && !options.wants_version) {
        return "--socket is missing";
    }
    return {};
}

}  // namespace warpz::vfio_user
