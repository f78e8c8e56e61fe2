// SPDX-License-Identifier: Zlib
// Salvage; see salvage.hpp. The chunk decoder does the work: it decodes from any block up to the last boundary before a
// defect, and what refers to lost bytes stays a marker, which becomes '?' here.
#include "salvage.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "chunk_decoder.hpp"
#include "zlib.h"

namespace warpz::cli {
namespace {

using parallel::Start;
using parallel::StartKind;

constexpr std::size_t kSearchBytes = std::size_t{1} << 20;
constexpr std::size_t kLongestHeader = 512;
constexpr std::uint64_t kNoTarget = ~std::uint64_t{0};

class Salvage {
  public:
    Salvage(Reader& in, Writer& out, Messages& messages, FileBytes file)
        : in_(in), out_(out), messages_(messages), file_(file) {}

    SalvageResult run() {
        std::optional<Start> start = Start{0, StartKind::kMember};
        while (start) {
            chunk_.decode(*start, kNoTarget);
            const std::uint64_t end = chunk_.end_bit();
            if (end == start->bit) {
                // Nothing could be decoded here.
                const std::optional<Start> next = find_behind(start->bit);
                report_lost(start->bit, next ? next->bit : file_.size() * 8);
                is_contiguous_ = is_member_whole_ = false;
                start = next;
                continue;
            }
            deliver();
            const bool ended = chunk_.pieces().back().ends_member;
            if (ended && end / 8 >= file_.size()) break;
            is_contiguous_ = true;
            start = Start{end, ended ? StartKind::kMember : StartKind::kBlock};
        }
        result_.totals.packed_bytes = file_.size();
        return result_;
    }

  private:
    [[nodiscard]] std::optional<Start> find_behind(std::uint64_t bit) const {
        LoadedBytes bytes(file_);
        for (std::uint64_t from = bit + 1; from / 8 < file_.size();) {
            bytes.load(from / 8, kSearchBytes);
            const std::size_t size = bytes.bytes().size();
            if (size == 0) break;
            const std::size_t searched =
                bytes.reaches_end() ? size : size - std::min(size, kLongestHeader);
            const std::uint64_t base = bytes.offset() * 8;
            if (auto start =
                    parallel::find_start(bytes.bytes(), from - base, std::uint64_t{searched} * 8)) {
                start->bit += base;
                return start;
            }
            if (bytes.reaches_end()) break;
            from = base + std::uint64_t{searched} * 8;
        }
        return std::nullopt;
    }

    /// Zero bytes behind the last member pad tapes and are no loss.
    [[nodiscard]] bool is_padding(std::uint64_t first, std::uint64_t last) const {
        if (last != file_.size() || result_.members == 0) return false;
        LoadedBytes bytes(file_);
        for (std::uint64_t at = first; at < last;) {
            bytes.load(at, kSearchBytes);
            const auto part = bytes.bytes();
            if (part.empty() ||
                std::any_of(part.begin(), part.end(), [](std::uint8_t b) { return b != 0; }))
                return false;
            at += part.size();
        }
        return true;
    }

    void report_lost(std::uint64_t from_bit, std::uint64_t to_bit) {
        const std::uint64_t first = from_bit / 8;
        const std::uint64_t last = (to_bit + 7) / 8;
        if (is_padding(first, last)) return;
        result_.is_whole = false;
        messages_.warning(in_.name(), "bytes " + std::to_string(first) + " to " +
                                          std::to_string(last) + " cannot be decoded and are lost");
    }

    void deliver() {
        const bool is_new = chunk_.start().kind == StartKind::kMember;
        if (!is_new && !is_contiguous_) {
            window_.bytes.fill('?');
            window_.have = 0;
            crc_ = 0;
            member_bytes_ = 0;
        }
        if (chunk_.has_symbols())
            result_.unknown_bytes += chunk_.count_markers(window_.bytes.size() - window_.have);
        if (window_.have == 0) window_.bytes.fill('?');
        chunk_.resolve(window_);
        std::size_t at = 0;
        for (const Piece& piece : chunk_.pieces()) {
            if (piece.starts_member) {
                crc_ = 0;
                member_bytes_ = 0;
                is_member_whole_ = true;
                result_.totals.overhead_bytes += piece.header_bytes + kTrailerBytes;
            }
            for (const auto part : chunk_.plain(at, piece.plain_bytes)) out_.write(part);
            at += piece.plain_bytes;
            crc_ = static_cast<std::uint32_t>(
                crc32_combine(crc_, piece.crc, static_cast<z_off_t>(piece.plain_bytes)));
            member_bytes_ += piece.plain_bytes;
            result_.totals.plain_bytes += piece.plain_bytes;
            if (!piece.ends_member) continue;
            ++result_.members;
            if (!is_member_whole_) continue;
            if (crc_ != piece.stored_crc ||
                static_cast<std::uint32_t>(member_bytes_) != piece.stored_isize) {
                result_.is_whole = false;
                messages_.warning(in_.name(), "member " + std::to_string(result_.members) +
                                                  " decodes, but its check value is another");
            }
        }
        chunk_.advance(window_);
    }

    Reader& in_;
    Writer& out_;
    Messages& messages_;
    FileBytes file_;
    Chunk chunk_{file_};
    HistoryWindow window_{};
    SalvageResult result_;
    bool is_contiguous_ = false;    // the chunk follows what was decoded last
    bool is_member_whole_ = false;  // nothing of the member has been lost so far
    std::uint32_t crc_ = 0;         // of the member
    std::uint64_t member_bytes_ = 0;
};

}  // namespace

SalvageResult salvage(Reader& in, Writer& out, Messages& messages) {
    struct stat status {};
    if (fstat(in.fd(), &status) != 0) throw Failure(in.name(), error_text(errno));
    if (!S_ISREG(status.st_mode)) throw Failure(in.name(), "only a regular file can be recovered");
    const off_t at = lseek(in.fd(), 0, SEEK_CUR);
    if (at < 0) throw Failure(in.name(), error_text(errno));
    const auto base = static_cast<std::uint64_t>(at) - in.read_bytes();
    const auto size = static_cast<std::uint64_t>(status.st_size);
    Salvage salvage(in, out, messages, FileBytes(in.fd(), base, size > base ? size - base : 0));
    SalvageResult result = salvage.run();
    if (result.unknown_bytes != 0) {
        result.is_whole = false;
        messages.warning(in.name(), std::to_string(result.unknown_bytes) +
                                        " bytes repeat what is lost and are shown as '?'");
    }
    return result;
}

}  // namespace warpz::cli
