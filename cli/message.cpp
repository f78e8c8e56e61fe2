// SPDX-License-Identifier: Zlib
// Messages and their exit status; see message.hpp. Standard error is unbuffered, and each line is written whole.
#include "message.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

namespace warpz::cli {
namespace {

constexpr std::string_view kProgram = "warpz: ";

std::string about(std::string_view name, std::string_view reason) {
    std::string line(kProgram);
    line.append(name.empty() ? "''" : printable(name)).append(": ").append(reason);
    return line;
}

}  // namespace

std::string error_text(int error) { return std::strerror(error); }

std::string printable(std::string_view name) {
    std::string text(name);
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) c = '?';
    }
    return text;
}

std::string ratio_text(long long plain_bytes, long long packed_bytes) {
    double percent = 0.0;
    if (plain_bytes != 0) {
        percent = 100.0 * static_cast<double>(plain_bytes - packed_bytes) /
                  static_cast<double>(plain_bytes);
    }
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%5.1f%%", percent);
    return text.data();
}

void Messages::write_line(std::string line) {
    // What is said about a file whose result is still to come follows its name, on a line of its own.
    if (!pending_.empty()) line.insert(0, std::exchange(pending_, {}) + '\n');
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void Messages::expect_result(std::string_view name) { pending_ = printable(name) + ":\t"; }

void Messages::forget_result() { pending_.clear(); }

void Messages::report_result(std::string_view text) {
    std::string line = std::exchange(pending_, {});
    write_line(line.append(text));
}

void Messages::raise(Status status) noexcept {
    if (status_ != Status::kError) status_ = status;
}

void Messages::error(std::string_view name, std::string_view reason) {
    raise(Status::kError);
    write_line(about(name, reason));
}

void Messages::warning(std::string_view name, std::string_view reason) {
    raise(Status::kWarning);
    if (!is_quiet_) write_line(about(name, reason));
}

void Messages::refusal(std::string_view name, std::string_view reason) {
    raise(Status::kWarning);
    write_line(about(name, reason));
}

void Messages::note(std::string_view name, std::string_view reason) {
    if (!is_quiet_) write_line(about(name, reason));
}

void Messages::usage_error(std::string_view text) {
    raise(Status::kError);
    write_line(std::string(kProgram).append(text));
}

void Messages::report(std::string_view line) { write_line(std::string(line)); }

bool Messages::may_overwrite(std::string_view name) {
    const std::string question = about(name, "already exists; do you wish to overwrite (y or n)? ");
    std::fwrite(question.data(), 1, question.size(), stderr);
    std::array<char, 1> c{};
    char first = '\n';
    for (bool is_first = true; read(STDIN_FILENO, c.data(), c.size()) == 1 && c[0] != '\n';
         is_first = false) {
        if (is_first) first = c[0];
    }
    if (first == 'y' || first == 'Y') return true;
    raise(Status::kWarning);
    write_line("\tnot overwritten");
    return false;
}

}  // namespace warpz::cli
