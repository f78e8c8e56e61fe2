// SPDX-License-Identifier: Zlib
// Runs every task on every input with every library by turns, verifies what comes out and keeps the
// times.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/corpus.hpp"
#include "bench/engine.hpp"

namespace warpz::bench {

/// One library's work on one task and input.
struct Cell {
    bool is_supported = false;
    bool left_upper_halves_in_use = false;  ///< of vector registers, when it returned
    std::vector<double> seconds;            ///< one per round, of the thread's CPU clock
    std::uint64_t plain_bytes = 0;          ///< uncompressed bytes, or bytes summed, in each round
    std::uint64_t packed_bytes = 0;         ///< compressed bytes; 0 for checksums

    [[nodiscard]] double median_seconds() const;
};

/// Cells by task, input and engine.
class Results {
  public:
    Results(std::size_t tasks, std::size_t inputs, std::size_t engines)
        : inputs_(inputs), engines_(engines), cells_(tasks * inputs * engines) {}
    [[nodiscard]] Cell& at(std::size_t task, std::size_t input, std::size_t engine) {
        return cells_.at((task * inputs_ + input) * engines_ + engine);
    }
    [[nodiscard]] const Cell& at(std::size_t task, std::size_t input, std::size_t engine) const {
        return cells_.at((task * inputs_ + input) * engines_ + engine);
    }
    /// Whether the library did so in any of its runs.
    [[nodiscard]] bool leaves_upper_halves_in_use(std::size_t engine) const {
        for (std::size_t i = engine; i < cells_.size(); i += engines_) {
            if (cells_[i].left_upper_halves_in_use) return true;
        }
        return false;
    }
    [[nodiscard]] std::uint64_t verified_outputs() const noexcept { return verified_outputs_; }
    void count_verified() noexcept { ++verified_outputs_; }

  private:
    std::size_t inputs_;
    std::size_t engines_;
    std::vector<Cell> cells_;
    std::uint64_t verified_outputs_ = 0;
};

using Engines = std::vector<std::unique_ptr<Engine>>;

/// engines  the first one is the reference: it makes what inflate reads, and verifies
/// returns  results in the order of the arguments
/// throws   std::runtime_error naming library, task and input when an output is wrong or a library
///          fails
[[nodiscard]] Results measure(const Engines& engines, const std::vector<Task>& tasks,
                              const std::vector<Input>& inputs, unsigned rounds);

}  // namespace warpz::bench
