// SPDX-License-Identifier: Zlib
// Reading files and finding samples; see corpus.hpp.
#include "bench/corpus.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace warpz::bench {
namespace {

namespace fs = std::filesystem;

/// Appends at most `limit` bytes of the file; unreadable files add nothing.
void append_file(Bytes& content, const fs::path& path, std::size_t limit) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return;
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) return;
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uintmax_t>(size, limit));
    const std::size_t before = content.size();
    content.resize(before + wanted);
    file.read(reinterpret_cast<char*>(content.data() + before),
              static_cast<std::streamsize>(wanted));
    content.resize(before + static_cast<std::size_t>(file.gcount()));
}

/// Regular files below `root` (itself, when it is one), links left out, sorted by name.
std::vector<fs::path> files_below(const fs::path& root) {
    std::vector<fs::path> files;
    std::error_code error;
    if (fs::is_regular_file(root, error)) return {root};
    fs::recursive_directory_iterator walk(root, fs::directory_options::skip_permission_denied,
                                          error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
        std::error_code status_error;
        if (walk->symlink_status(status_error).type() == fs::file_type::regular)
            files.push_back(walk->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

struct Kind {
    const char* name;
    std::vector<const char*> roots;
    std::vector<std::string_view> suffixes;  // empty: any
    std::size_t least_bytes;                 // smaller files are left out
};

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> list{
        {"programs", {"/usr/bin", "/usr/sbin"}, {}, 200'000},
        {"libraries",
         {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64"},
         {},
         500'000},
        {"text",
         {"/usr/share/common-licenses", "/usr/share/perl", "/usr/share/doc"},
         {".txt", ".pod", "copyright"},
         2000},
        {"headers", {"/usr/include"}, {".h", ".hpp"}, 2000},
        {"python",
         {"/usr/lib/python3.11", "/usr/lib/python3", "/usr/share/python3"},
         {".py"},
         2000},
        {"markup", {"/usr/share"}, {".xml", ".json", ".html", ".svg"}, 2000},
        {"tables",
         {"/var/lib/dpkg/status", "/usr/share/i18n", "/usr/share/misc",
          "/usr/share/zoneinfo/tzdata.zi"},
         {},
         2000},
        {"bytecode",
         {"/usr/lib/python3.11", "/usr/lib/python3", "/usr/share"},
         {".pyc", ".mo"},
         2000},
    };
    return list;
}

bool has_suffix(const fs::path& path, const std::vector<std::string_view>& suffixes) {
    const std::string name = path.filename().string();
    return suffixes.empty() ||
           std::any_of(suffixes.begin(), suffixes.end(),
                       [&](std::string_view suffix) { return name.ends_with(suffix); });
}

}  // namespace

std::vector<Input> read_inputs(const std::vector<std::string>& paths, std::size_t limit_bytes,
                               std::size_t total_bytes) {
    std::vector<Input> inputs;
    for (const std::string& path : paths) {
        if (!fs::exists(path)) throw std::runtime_error(path + ": no such file or directory");
        for (const fs::path& file : files_below(path)) {
            Input input{fs::path(file).filename().string(), {}};
            append_file(input.content, file, std::min(limit_bytes, total_bytes));
            if (input.content.empty()) continue;
            total_bytes -= input.content.size();
            inputs.push_back(std::move(input));
            if (total_bytes == 0) return inputs;
        }
    }
    if (inputs.empty())
        throw std::runtime_error("nothing to read in the files and directories given");
    return inputs;
}

std::vector<Input> find_inputs(std::size_t limit_bytes) {
    constexpr std::size_t kLeastSample = 64 * 1024;
    std::vector<Input> inputs;
    for (const Kind& kind : kinds()) {
        Input input{kind.name, {}};
        for (const char* root : kind.roots) {
            for (const fs::path& file : files_below(root)) {
                if (input.content.size() >= limit_bytes) break;
                std::error_code error;
                if (!has_suffix(file, kind.suffixes) ||
                    fs::file_size(file, error) < kind.least_bytes)
                    continue;
                append_file(input.content, file, limit_bytes - input.content.size());
            }
        }
        if (input.content.size() >= std::min(kLeastSample, limit_bytes))
            inputs.push_back(std::move(input));
    }
    if (inputs.empty())
        throw std::runtime_error(
            "no sample files found on this machine: name files or directories");
    return inputs;
}

}  // namespace warpz::bench
