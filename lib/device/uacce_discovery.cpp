// SPDX-License-Identifier: Zlib
#include "device/uacce_discovery.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/quiet_scope.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::device {
namespace {

constexpr unsigned kLocalDistance = 10;     // as the kernel numbers them
constexpr unsigned kUnknownDistance = 255;  // its largest
constexpr std::uint64_t kVendorFlagNoIommu = 1U << 1;

/// A path put together from parts. Empty when it would be too long.
class Path {
  public:
    Path(std::initializer_list<std::string_view> parts) noexcept {
        std::size_t size = 0;
        for (const std::string_view part : parts) {
            if (part.size() >= kMaxPathBytes - size) {
                bytes_[0] = 0;
                return;
            }
            std::memcpy(bytes_ + size, part.data(), part.size());
            size += part.size();
        }
        bytes_[size] = 0;
    }
    [[nodiscard]] const char* c_str() const noexcept { return bytes_; }

  private:
    char bytes_[kMaxPathBytes];
};

/// The content of a sysfs file, without the white space at its end.
class Attribute {
  public:
    explicit Attribute(const Path& path) noexcept {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) return;
        const ssize_t size = ::read(file, bytes_, sizeof bytes_);
        ::close(file);
        if (size < 0) return;
        is_present_ = true;
        text_ = {bytes_, static_cast<std::size_t>(size)};
        while (!text_.empty() && std::string_view{" \t\r\n"}.find(text_.back()) != text_.npos) {
            text_.remove_suffix(1);
        }
    }
    [[nodiscard]] explicit operator bool() const noexcept { return is_present_; }
    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    /// A decimal number that is all of the file.
    template <class Number>
    [[nodiscard]] std::optional<Number> number() const noexcept {
        Number value{};
        const char* end = text_.data() + text_.size();
        const auto [stop, error] = std::from_chars(text_.data(), end, value);
        if (text_.empty() || error != std::errc{} || stop != end) return {};
        return value;
    }
    [[nodiscard]] bool has_line(std::string_view line) const noexcept {
        std::string_view rest = text_;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            if (rest.substr(0, end) == line) return true;
            rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        }
        return false;
    }

  private:
    bool is_present_ = false;
    std::string_view text_;
    char bytes_[1024];
};

Attribute attribute(const SystemRoots& roots, std::string_view name,
                    std::string_view key) noexcept {
    return Attribute(Path{roots.sys, "/class/uacce/", name, "/", key});
}

/// "hisi_qm_v<n>": 0 when it is anything else. A suffix stands for the vendor's mode without an IOMMU, in which any
/// user could make the device write anywhere.
unsigned api_version(std::string_view api) noexcept {
    constexpr std::string_view kPrefix = "hisi_qm_v";
    if (!api.starts_with(kPrefix)) return 0;
    api.remove_prefix(kPrefix.size());
    unsigned version = 0;
    const auto [stop, error] = std::from_chars(api.data(), api.data() + api.size(), version);
    return error == std::errc{} && stop == api.data() + api.size() ? version : 0;
}

std::uint8_t read_formats(const Attribute& algorithms, Generation generation) noexcept {
    const auto bit = [](Format format) noexcept { return 1U << static_cast<unsigned>(format); };
    unsigned formats = 0;
    if (algorithms.has_line("zlib")) formats |= bit(Format::kZlib);
    if (algorithms.has_line("gzip")) formats |= bit(Format::kGzip);
    // Descriptors of type 0 have no raw request, whatever the list says.
    if (algorithms.has_line("deflate") && generation >= Generation::kV3) {
        formats |= bit(Format::kRaw);
    }
    // Beside deflate: what streams need comes first.
    if (formats != 0 && algorithms.has_line("lz77_zstd") && generation >= Generation::kV3) {
        formats |= bit(Format::kLz77Zstd);
    }
    return static_cast<std::uint8_t>(formats);
}

/// Distance from node `from` to node `to` by the kernel's table: one line of numbers, one per node.
unsigned node_distance(const SystemRoots& roots, unsigned from, int to) noexcept {
    if (to < 0) return kUnknownDistance;
    char digits[16];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, from);
    const std::string_view node{digits, static_cast<std::size_t>(end - digits)};
    const Attribute table(Path{roots.sys, "/devices/system/node/node", node, "/distance"});
    std::string_view rest = table.text();
    for (int column = 0; !rest.empty(); ++column) {
        unsigned distance = 0;
        const auto [stop, bad] = std::from_chars(rest.data(), rest.data() + rest.size(), distance);
        if (bad != std::errc{}) break;
        if (column == to) return distance;
        rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    }
    return static_cast<unsigned>(to) == from ? kLocalDistance : kUnknownDistance;
}

unsigned current_node() noexcept {
    unsigned cpu = 0;
    unsigned node = 0;
    return getcpu(&cpu, &node) == 0 ? node : 0;
}

bool is_nearer(const UacceNode& a, const UacceNode& b) noexcept {
    if (a.distance != b.distance) return a.distance < b.distance;
    if (a.available != b.available) return a.available > b.available;
    return std::strcmp(a.info.name, b.info.name) < 0;
}

}  // namespace

NodeVerdict read_uacce_node(const SystemRoots& roots, const char* name, UacceNode& node) noexcept {
    const QuietScope quiet;
    node = {};
    const std::string_view name_text = name;
    if (name_text.size() >= sizeof node.info.name) return NodeVerdict::kNoApi;
    std::memcpy(node.info.name, name, name_text.size());

    const unsigned version = api_version(attribute(roots, name, "api").text());
    const auto flags = attribute(roots, name, "flags").number<std::uint64_t>();
    if (version < 2 || !flags || (*flags & kVendorFlagNoIommu) != 0) return NodeVerdict::kNoApi;
    node.info.generation = version == 2 ? Generation::kV2 : Generation::kV3;
    node.info.address_mode =
        (*flags & WARPZ_UACCE_FLAG_SVA) != 0 ? AddressMode::kShared : AddressMode::kBounce;

    node.info.formats = read_formats(attribute(roots, name, "algorithms"), node.info.generation);
    if (node.info.formats == 0) return NodeVerdict::kNoAlgorithm;

    const auto mmio = attribute(roots, name, "region_mmio_size").number<std::size_t>();
    const auto dus = attribute(roots, name, "region_dus_size").number<std::size_t>();
    constexpr std::size_t kLeastMmio = WARPZ_ZIP_DOORBELL_OFFSET + sizeof(std::uint64_t);
    constexpr std::size_t kLeastDus = 2 * (WARPZ_ZIP_SQE_BYTES + WARPZ_ZIP_CQE_BYTES) + 8;
    constexpr std::size_t kMostBytes = std::size_t{1} << 30;
    if (!mmio || !dus || *mmio < kLeastMmio || *dus < kLeastDus || *mmio > kMostBytes ||
        *dus > kMostBytes || *dus % sizeof(std::uint64_t) != 0) {
        return NodeVerdict::kNoRegions;
    }
    node.mmio_bytes = *mmio;
    node.dus_bytes = *dus;
    if (is_isolated(roots, name)) return NodeVerdict::kIsolated;

    node.available = attribute(roots, name, "available_instances").number<unsigned>().value_or(0);
    node.info.numa_node = attribute(roots, name, "device/numa_node").number<int>().value_or(-1);
    return NodeVerdict::kUsable;
}

std::size_t find_uacce_nodes(const SystemRoots& roots, std::span<UacceNode> nodes) noexcept {
    const QuietScope quiet;
    DIR* folder = ::opendir(Path{roots.sys, "/class/uacce"}.c_str());
    if (folder == nullptr) return 0;
    const unsigned here = current_node();
    std::size_t count = 0;
    while (count < nodes.size()) {
        const dirent* entry = ::readdir(folder);
        if (entry == nullptr) break;
        if (entry->d_name[0] == '.') continue;
        UacceNode& node = nodes[count];
        if (read_uacce_node(roots, entry->d_name, node) != NodeVerdict::kUsable) continue;
        node.distance = node_distance(roots, here, node.info.numa_node);
        ++count;
    }
    ::closedir(folder);
    std::sort(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(count), is_nearer);
    return count;
}

bool is_isolated(const SystemRoots& roots, const char* name) noexcept {
    const QuietScope quiet;
    return attribute(roots, name, "isolate").text() == "1";
}

unsigned read_available_queues(const SystemRoots& roots, const char* name) noexcept {
    const QuietScope quiet;
    if (is_isolated(roots, name)) return 0;
    return attribute(roots, name, "available_instances").number<unsigned>().value_or(0);
}

}  // namespace warpz::device
