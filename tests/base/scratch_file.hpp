// SPDX-License-Identifier: Zlib
// A file of a test's own, gone with it.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace warpz::test {

class ScratchFile {
  public:
    explicit ScratchFile(const std::string& text = {}) {
        close(mkstemp(path_.data()));
        write(text);
    }
    ~ScratchFile() { unlink(path_.c_str()); }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;

    void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }
    [[nodiscard]] std::string text() const {
        std::ifstream file(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    [[nodiscard]] const char* path() const { return path_.c_str(); }

  private:
    std::string path_ = "/tmp/warpz_test_XXXXXX";
};

}  // namespace warpz::test
