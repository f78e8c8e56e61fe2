// SPDX-License-Identifier: Zlib
// Reports; see report.hpp.
#include "report.hpp"

#include <sys/resource.h>

#include <array>
#include <cstdio>

#include "engine/stats.hpp"

namespace warpz::cli {
namespace {

/// Length of the UTF-8 sequence at the front of `text`; 0 where there is none.
std::size_t utf8_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t size = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    // Overlong forms, surrogates, and what lies beyond Unicode.
    if (size == 3 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0)))
        return 0;
    if (size == 4 && ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90)))
        return 0;
    return size;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t size = utf8_bytes(text);
        const auto byte = static_cast<unsigned char>(text[0]);
        if (size == 0) {
            out += "\xef\xbf\xbd";
        } else if (byte < 0x20 || byte == 0x7f) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
            out += escape.data();
        } else {
            if (byte == '"' || byte == '\\') out += '\\';
            out += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return out + "\"";
}

}  // namespace

void JsonObject::add_name(std::string_view name) {
    if (text_.size() > 1) text_ += ", ";
    text_ += quoted(name) + ": ";
}

JsonObject& JsonObject::add(std::string_view name, std::string_view text) {
    add_name(name);
    text_ += quoted(text);
    return *this;
}

JsonObject& JsonObject::add(std::string_view name, std::uint64_t number) {
    add_name(name);
    text_ += std::to_string(number);
    return *this;
}

JsonObject& JsonObject::add(std::string_view name, bool value) {
    add_name(name);
    text_ += value ? "true" : "false";
    return *this;
}

JsonObject& JsonObject::add(std::string_view name, double number, int digits) {
    add_name(name);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, number);
    text_ += text.data();
    return *this;
}

std::string list_json(const DecompressResult& file, std::time_t time, const std::string& name) {
    std::array<char, 16> crc{};
    std::snprintf(crc.data(), crc.size(), "%08x", file.crc);
    std::array<char, 40> date{};
    struct tm utc {};
    if (gmtime_r(&time, &utc) != nullptr)
        std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    const auto plain = static_cast<double>(file.totals.plain_bytes);
    const auto packed = static_cast<double>(file.totals.packed_bytes) -
                        static_cast<double>(file.totals.overhead_bytes);
    JsonObject object;
    object.add("name", name)
        .add("compressed", file.totals.packed_bytes)
        .add("uncompressed", file.totals.plain_bytes)
        .add("saved_percent", plain > 0 ? 100.0 * (plain - packed) / plain : 0.0, 1)
        .add("method", file.method)
        .add("members", file.members)
        .add("crc32", crc.data())
        .add("time", date.data());
    return object.line();
}

std::string RunStats::text(bool json) const {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    struct rusage usage {};
    getrusage(RUSAGE_SELF, &usage);
    const auto time_of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    const double cpu = time_of(usage.ru_utime) + time_of(usage.ru_stime);
    if (json) {
        JsonObject object;
        object.add("files", files_).add("in_bytes", in_bytes_).add("out_bytes", out_bytes_);
        object.add("seconds", seconds, 3).add("cpu_seconds", cpu, 3);
        engine::for_each_counter(engine::stats(),
                                 [&](const char* prefix, const char* name, std::uint64_t value) {
                                     object.add(std::string(prefix) + name, value);
                                 });
        return object.line();
    }
    std::array<char, 200> text{};
    std::snprintf(text.data(), text.size(),
                  "files %llu, in %llu, out %llu bytes, %.3f s, CPU %.3f s, %.0f MB/s in\n",
                  static_cast<unsigned long long>(files_),
                  static_cast<unsigned long long>(in_bytes_),
                  static_cast<unsigned long long>(out_bytes_), seconds, cpu,
                  seconds > 0 ? static_cast<double>(in_bytes_) / seconds / 1e6 : 0.0);
    std::string all = text.data();
    engine::for_each_counter(
        engine::stats(), [&](const char* prefix, const char* name, std::uint64_t value) {
            if (value != 0) all += std::string(prefix) + name + " " + std::to_string(value) + "\n";
        });
    return all;
}

}  // namespace warpz::cli
