// SPDX-License-Identifier: Zlib
// A run directory of a test's own (WARPZ_RUN_DIR), gone with it, and the page with this process's counters in it: what a
// library that was loaded by dlopen() counts is seen there only.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "engine/stats.hpp"
#include "offload/stats_page.hpp"

namespace warpz::test {

class RunFolder {
  public:
    struct FreePage {
        void operator()(engine::StatsPage* page) const { std::free(page); }
    };
    using Page = std::unique_ptr<engine::StatsPage, FreePage>;

    RunFolder() { static_cast<void>(!mkdtemp(path_.data())); }
    ~RunFolder() { std::filesystem::remove_all(path_); }
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    [[nodiscard]] const char* path() const { return path_.c_str(); }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            found.push_back(entry.path().filename());
        }
        return found;
    }
    /// Where this process's page is.
    [[nodiscard]] std::string page_path() const {
        return path_ + "/" + offload::kStatsPrefix + std::to_string(geteuid()) + "-" +
               std::to_string(getpid());
    }
    /// A copy of it, as another process would see it now; null when there is none of the right size.
    [[nodiscard]] Page read_page() const {
        std::ifstream file(page_path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        constexpr std::size_t kBytes = engine::StatsPage::kBytes;
        if (bytes.size() != kBytes) return nullptr;
        return Page(reinterpret_cast<engine::StatsPage*>(
            std::memcpy(std::aligned_alloc(64, kBytes), bytes.data(), kBytes)));
    }

  private:
    std::string path_ = "/tmp/warpz_test_XXXXXX";
};

}  // namespace warpz::test
