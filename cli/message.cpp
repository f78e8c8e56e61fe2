// SPDX-License-Identifier: Zlib
// Messages and their exit status; see message.hpp. Standard error is unbuffered, and each line is written whole.
#include "message.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

namespace warpz::cli {
namespace {

/// gzip puts a file's name before a verb without a colon.
bool is_sentence(std::string_view reason) {
    return reason.starts_with("is ") || reason.starts_with("has ") ||
           reason.starts_with("already ");
}

/// What gzip begins a line for, because -v may have left the file's name on the one before.
bool begins_line_in_gzip(std::string_view reason) {
    static constexpr std::array<std::string_view, 8> kBeginnings = {
        "unexpected end",   "invalid compressed data", "not in gzip format",  "decompression OK",
        "compressed with ", "not a valid zip",         "first entry not def", "encrypted file"};
    return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                       [&](std::string_view beginning) { return reason.starts_with(beginning); });
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

std::string Messages::about(std::string_view name, std::string_view reason) const {
    std::string line = program();
    line += ": ";
    if (!is_gzip_)
        return line.append(name.empty() ? "''" : printable(name)).append(": ").append(reason);
    if (!name.empty()) line.append(printable(name)).append(is_sentence(reason) ? " " : ": ");
    line += reason;
    if (begins_line_in_gzip(reason)) line.insert(0, 1, '\n');
    return line;
}

void Messages::write_line(std::string line) {
    // What is said about a file whose result is still to come follows its name, on a line of its own.
    if (!pending_.empty()) line.insert(0, std::exchange(pending_, {}) + (is_gzip_ ? "" : "\n"));
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

void Messages::error(std::string_view name, std::string_view reason, bool in_data) {
    raise(Status::kError);
    std::string line = about(name, reason);
    if (is_gzip_ && in_data && line[0] != '\n') line.insert(0, 1, '\n');
    write_line(std::move(line));
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
    remark(text);
}

void Messages::remark(std::string_view text) {
    write_line(std::string(program()).append(": ").append(text));
}

void Messages::refer_to_help() {
    report(std::string("Try `") + program() + " --help' for more information.");
}

void Messages::report(std::string_view line) { write_line(std::string(line)); }

bool Messages::has_input_terminal() const noexcept {
    return presumes_terminal_ || isatty(STDIN_FILENO) == 1;
}

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
