// SPDX-License-Identifier: Zlib
// One deflate stream of any level, 0 to 12, in its wrapper. It stands on the engine's stream and not on zlib.h, which has no
// words for levels above 9.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/deflate_stream.hpp"

namespace warpz::cli {

/// What a gzip header tells about the file.
struct GzipHeaderText {
    std::optional<std::string> name;
    std::uint32_t mtime = 0;
    std::optional<std::string> comment;
};

class Deflater {
  public:
    using Flush = engine::Flush;
    using Wrap = engine::Wrap;

    /// Levels above 9 take some ten MB. Throws std::bad_alloc.
    Deflater(int level, Wrap wrap, GzipHeaderText header = {});
    ~Deflater() { stream_.destroy(); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    /// Begins another stream.
    void reset() noexcept;

    struct Step {
        std::size_t taken = 0;  ///< bytes of `in`
        std::size_t made = 0;   ///< bytes in `out`
        bool is_end = false;    ///< all of a finished stream is delivered
    };
    /// Encodes from `in` into `out`. A flush is complete when `out` is not full afterwards.
    Step step(std::span<const std::uint8_t> in, std::span<std::uint8_t> out, Flush flush) noexcept;

    /// A place for the next step's input that saves its being copied; empty when there is none.
    [[nodiscard]] std::span<std::uint8_t> input_space() noexcept {
        const engine::Space space = stream_.input_space();
        return {space.next, space.avail};
    }

    /// Bytes that a stream of `size` bytes, made by one step with one flush, does not exceed.
    [[nodiscard]] static std::size_t bound(std::size_t size) noexcept;

  private:
    struct alignas(64) Line {
        std::array<std::uint8_t, 64> bytes;
    };
    GzipHeaderText header_;
    engine::GzipFields fields_;
    std::unique_ptr<Line[]> memory_;
    engine::DeflateStream stream_;
    std::uint64_t total_in_ = 0;
};

}  // namespace warpz::cli
