// SPDX-License-Identifier: Zlib
// Drives a gzFile of the reference zlib and one of the tested library in step, each on its own file of the same
// name, and compares what a program can see after every step. Also scratch folders and whole-file helpers.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "support/reference_zlib.hpp"
#include "support/sample_data.hpp"

namespace warpz::test {

/// A fresh folder that disappears with its content.
class Scratch {
  public:
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    [[nodiscard]] std::string path(std::string_view name) const {
        return (folder_ / name).string();
    }

  private:
    std::filesystem::path folder_;
};

void write_file(const std::string& path, std::span<const std::uint8_t> content);
[[nodiscard]] Bytes read_file(const std::string& path);

/// A gzip member of `data`, made by the reference zlib.
[[nodiscard]] Bytes gzip_member(std::span<const std::uint8_t> data, int level = 6);
/// The content of all members of a gzip file, decoded by the reference; fails the test when something else is there.
[[nodiscard]] Bytes decode_members(std::span<const std::uint8_t> file, unsigned* members = nullptr);
[[nodiscard]] Bytes joined(std::initializer_list<std::span<const std::uint8_t>> parts);

/// What a reading or formatting call gives: its result and the bytes it delivered.
struct Outcome {
    long result = 0;
    Bytes data;
    bool operator==(const Outcome&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

/// gzerror() in comparable form: the path is cut to what the test named it.
struct ErrorState {
    int code = Z_OK;
    std::string text;
    bool operator==(const ErrorState&) const = default;
};
std::ostream& operator<<(std::ostream& out, const ErrorState& state);

/// One library's file. Calls have the results of zlib.h; buffers become Outcomes.
struct GzSide {
    const ZlibApi* api = nullptr;
    gzFile file = nullptr;
    std::string folder;  ///< with a slash at its end; removed from texts

    [[nodiscard]] Outcome read(std::size_t len) const;
    [[nodiscard]] Outcome fread(std::size_t size, std::size_t count) const;
    [[nodiscard]] Outcome gets(int len) const;
    [[nodiscard]] ErrorState error() const;
};

class GzPair {
  public:
    /// Opens `name`, which both libraries find with the same `content`.
    GzPair(std::string_view name, std::span<const std::uint8_t> content, const char* mode);
    /// Opens `name` without a file there.
    GzPair(std::string_view name, const char* mode);
    ~GzPair();

    /// Runs `step` (GzSide& -> value) on both, compares the values, then what is visible from outside. Returns the
    /// tested library's value.
    template <class Step>
    auto both(std::string_view what, Step step) {
        BOOST_TEST_INFO_SCOPE(what);
        BOOST_TEST_MESSAGE(what);  // the whole sequence, with --log_level=message
        errno = 0;
        const auto expected = step(reference_);
        const int expected_errno = errno;
        errno = 0;
        const auto actual = step(tested_);
        const int actual_errno = errno;
        BOOST_TEST(actual == expected);
        if (tested_.file != nullptr && tested_.error().code == Z_ERRNO) {
            BOOST_TEST(actual_errno == expected_errno);
        }
        compare();
        return actual;
    }

    /// Closes both and compares the results.
    int close();
    [[nodiscard]] std::string path_of_tested() const { return tested_.folder + name_; }
    [[nodiscard]] std::string path_of_reference() const { return reference_.folder + name_; }
    [[nodiscard]] GzSide& tested() { return tested_; }
    /// How far apart gzoffset() of the readers may be. Decoders may hold the input of a few symbols, or of a
    /// block's code lengths, while their output is full.
    void set_offset_slack(long bytes) { offset_slack_ = bytes; }

  private:
    void open(const char* mode);
    void compare();

    Scratch scratch_;
    std::string name_;
    GzSide reference_;
    GzSide tested_;
    bool is_reading_ = false;
    long offset_slack_ = 512;
};

}  // namespace warpz::test
