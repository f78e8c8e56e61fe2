// SPDX-License-Identifier: Zlib
// The measuring loop; see measure.hpp.
#include "bench/measure.hpp"

#include <time.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "bench/vector_state.hpp"

namespace warpz::bench {
namespace {

double thread_cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// A checksum is repeated for this long: cores need some 20 us to bring 512-bit units up to speed.
constexpr double kChecksumSeconds = 0.002;
/// Its time is given for this many bytes.
constexpr std::size_t kChecksumBytes = 4 * 1024 * 1024;
/// Data that stays in the first-level cache.
constexpr std::size_t kCachedBytes = 32 * 1024;

/// What a task works on, made once by the reference library.
struct Work {
    Bytes packed;
    Messages messages;
    ByteView window;  // of a checksum
};

std::size_t message_count(const Task& task, std::size_t size) {
    return (size + task.message_bytes - 1) / task.message_bytes;
}

Messages empty_messages(const Task& task, std::size_t size) {
    const std::size_t count = message_count(task, size);
    return {Bytes(count * bound(task.message_bytes)), std::vector<std::size_t>(count)};
}

Work prepare(Engine& reference, const Task& task, const Input& input) {
    Work work;
    switch (task.operation) {
        case Operation::kInflate: {
            Task whole = task;
            whole.operation = Operation::kDeflate;
            whole.chunk_bytes = 0;
            work.packed.resize(bound(input.content.size()));
            work.packed.resize(reference.deflate(whole, input.content, work.packed));
            break;
        }
        case Operation::kInflateMessages: {
            Task whole = task;
            whole.operation = Operation::kDeflateMessages;
            work.messages = empty_messages(task, input.content.size());
            reference.deflate_messages(whole, input.content, work.messages);
            work.messages.bytes.resize(work.messages.ends.back());
            work.messages.bytes.shrink_to_fit();
            break;
        }
        case Operation::kCrc32:
        case Operation::kAdler32: {
            const std::size_t wanted = std::max(task.piece_bytes, kCachedBytes);
            work.window = ByteView{input.content}.first(std::min(wanted, input.content.size()));
            break;
        }
        default:
            break;
    }
    return work;
}

/// Runs one task at a time into buffers that all share, and verifies what it wrote.
class Bench {
  public:
    Bench(const Engines& engines, const std::vector<Input>& inputs) : reference_(*engines.front()) {
        std::size_t largest = 0;
        for (const Input& input : inputs) largest = std::max(largest, input.content.size());
        packed_.resize(bound(largest));
        plain_.resize(largest);
    }

    /// One timed run; fills in the cell's bytes.
    double run(Engine& engine, const Task& task, const Input& input, const Work& work, Cell& cell) {
        if (task.operation == Operation::kDeflateMessages)
            messages_ = empty_messages(task, input.content.size());
        std::size_t written = 0;
        clear_upper_vector_halves();
        const double begin = thread_cpu_seconds();
        switch (task.operation) {
            case Operation::kDeflate:
                written = engine.deflate(task, input.content, packed_);
                break;
            case Operation::kInflate:
                written = engine.inflate(task, work.packed,
                                         std::span{plain_}.first(input.content.size()));
                break;
            case Operation::kDeflateMessages:
                engine.deflate_messages(task, input.content, messages_);
                break;
            case Operation::kInflateMessages:
                written = engine.inflate_messages(task, work.messages,
                                                  std::span{plain_}.first(input.content.size()));
                break;
            case Operation::kCrc32:
            case Operation::kAdler32:
                return run_checksum(engine, task, work, cell);
        }
        const double seconds = thread_cpu_seconds() - begin;
        cell.left_upper_halves_in_use |= upper_vector_halves_in_use();
        clear_upper_vector_halves();

        cell.plain_bytes = input.content.size();
        if (task.operation == Operation::kDeflate) cell.packed_bytes = written;
        if (task.operation == Operation::kInflate) cell.packed_bytes = work.packed.size();
        if (task.operation == Operation::kDeflateMessages)
            cell.packed_bytes = messages_.ends.back();
        if (task.operation == Operation::kInflateMessages)
            cell.packed_bytes = work.messages.ends.back();
        if (!is_right(task, input, written)) throw std::runtime_error("the output is wrong");
        return seconds;
    }

  private:
    double run_checksum(Engine& engine, const Task& task, const Work& work, Cell& cell) {
        constexpr std::size_t kBetweenClocks = 256 * 1024;
        const std::size_t passes = (kBetweenClocks + work.window.size() - 1) / work.window.size();
        const std::uint32_t expected = reference_.checksum(task, work.window);
        bool is_right = true;
        double bytes = 0;
        double seconds = 0;
        clear_upper_vector_halves();
        const double begin = thread_cpu_seconds();
        do {
            for (std::size_t pass = 0; pass < passes; ++pass)
                is_right &= engine.checksum(task, work.window) == expected;
            bytes += static_cast<double>(passes * work.window.size());
            cell.left_upper_halves_in_use |= upper_vector_halves_in_use();
            seconds = thread_cpu_seconds() - begin;
        } while (seconds < kChecksumSeconds);
        clear_upper_vector_halves();
        if (!is_right) throw std::runtime_error("the checksum is wrong");
        cell.plain_bytes = kChecksumBytes;
        return seconds * static_cast<double>(kChecksumBytes) / bytes;
    }

    /// Whether the last run's output is what the reference library makes of it.
    bool is_right(const Task& task, const Input& input, std::size_t written) {
        const auto plain = std::span{plain_}.first(input.content.size());
        Task whole = task;
        whole.chunk_bytes = 0;
        switch (task.operation) {
            case Operation::kDeflate:
                std::fill(plain.begin(), plain.end(), std::uint8_t{0});
                written = reference_.inflate(whole, ByteView{packed_}.first(written), plain);
                break;
            case Operation::kDeflateMessages:
                std::fill(plain.begin(), plain.end(), std::uint8_t{0});
                written = reference_.inflate_messages(whole, messages_, plain);
                break;
            default:
                break;
        }
        const bool is_equal = written == input.content.size() &&
                              std::equal(plain.begin(), plain.end(), input.content.begin());
        std::fill(plain.begin(), plain.end(),
                  std::uint8_t{0});  // nothing right is left for the next run
        return is_equal;
    }

    Engine& reference_;
    Bytes packed_;
    Bytes plain_;
    Messages messages_;
};

}  // namespace

double Cell::median_seconds() const {
    std::vector<double> sorted = seconds;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    if (sorted.size() % 2 != 0) return *middle;
    return (*middle + *std::max_element(sorted.begin(), middle)) / 2;
}

Results measure(const Engines& engines, const std::vector<Task>& tasks,
                const std::vector<Input>& inputs, unsigned rounds) {
    Results results(tasks.size(), inputs.size(), engines.size());
    std::vector<Work> works;
    for (const Task& task : tasks) {
        for (const Input& input : inputs) works.push_back(prepare(*engines.front(), task, input));
    }
    Bench bench(engines, inputs);
    // Round 0 warms caches and tables up and is not kept.
    for (unsigned round = 0; round <= rounds; ++round) {
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            for (std::size_t t = 0; t < tasks.size(); ++t) {
                for (std::size_t turn = 0; turn < engines.size(); ++turn) {
                    const std::size_t e = (turn + round) % engines.size();
                    Engine& engine = *engines[e];
                    Cell& cell = results.at(t, i, e);
                    cell.is_supported = engine.supports(tasks[t]);
                    if (!cell.is_supported) continue;
                    try {
                        const double seconds = bench.run(engine, tasks[t], inputs[i],
                                                         works[t * inputs.size() + i], cell);
                        if (round != 0) cell.seconds.push_back(seconds);
                        results.count_verified();
                    } catch (const std::runtime_error& error) {
                        throw std::runtime_error(engine.name() + ": " +
                                                 name_of(tasks[t].operation) + ", level " +
                                                 std::to_string(tasks[t].level) + ", " +
                                                 inputs[i].name + ": " + error.what());
                    }
                }
            }
        }
    }
    return results;
}

}  // namespace warpz::bench
