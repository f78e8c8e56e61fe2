// SPDX-License-Identifier: Zlib
// A deflate stream on memory of its own; see deflater.hpp.
#include "deflater.hpp"

#include <utility>

#include "offload/executors.hpp"

namespace warpz::cli {
namespace {

constexpr unsigned kWindowBits = 15;
constexpr unsigned kMemLevel = 9;  // room for as many symbols per block as gzip has

}  // namespace

Deflater::Deflater(int level, Wrap wrap, GzipHeaderText header) : header_(std::move(header)) {
    fields_.mtime = header_.mtime;
    if (header_.name) fields_.name = reinterpret_cast<const std::uint8_t*>(header_.name->c_str());
    if (header_.comment)
        fields_.comment = reinterpret_cast<const std::uint8_t*>(header_.comment->c_str());
    const engine::DeflateSettings settings{.level = level,
                                           .strategy = deflate::Strategy::kDefault,
                                           .window_bits = kWindowBits,
                                           .mem_level = kMemLevel,
                                           .wrap = wrap,
                                           .may_allocate = true,
                                           .offload = offload::deflate_offload(),
                                           .prefers_speed = true};
    const std::size_t lines = settings.memory_layout().total_bytes / sizeof(Line) + 1;
    memory_ = std::make_unique_for_overwrite<Line[]>(lines);
    stream_.create(settings, memory_[0].bytes.data());
}

void Deflater::reset() noexcept {
    stream_.reset();
    total_in_ = 0;
}

Deflater::Step Deflater::step(std::span<const std::uint8_t> in, std::span<std::uint8_t> out,
                              Flush flush) noexcept {
    engine::Bytes bytes{in.data(), in.size()};
    engine::Space space{out.data(), out.size()};
    const warpz::Status status = stream_.step(bytes, space, flush, &fields_, total_in_);
    const Step step{in.size() - bytes.avail, out.size() - space.avail,
                    status == warpz::Status::kStreamEnd};
    total_in_ += step.taken;
    return step;
}

std::size_t Deflater::bound(std::size_t size) noexcept {
    // Incompressible data become stored blocks; the rest is for headers, a trailer and a flush's marker.
    return size + size / 8 + 64;
}

}  // namespace warpz::cli
