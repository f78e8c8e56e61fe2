// SPDX-License-Identifier: Zlib
// The expansion of options to the rows of the tables, and the words for a row's parameters.
#include <initializer_list>
#include <type_traits>

#include "bench/engine.hpp"
#include "bench/options.hpp"
#include "zlib.h"

namespace warpz::bench {
namespace {

template <class Value>
std::vector<Value> or_default(const std::vector<Value>& chosen,
                              std::initializer_list<std::type_identity_t<Value>> fallback) {
    return chosen.empty() ? std::vector<Value>(fallback) : chosen;
}

/// Adds one task per size and level.
void add(std::vector<Task>& tasks, Task task, Operation operation, const std::vector<int>& levels,
         std::size_t Task::*size, const std::vector<std::size_t>& sizes) {
    task.operation = operation;
    for (const std::size_t value : sizes) {
        for (const int level : levels) {
            task.level = level;
            task.*size = value;
            tasks.push_back(task);
        }
    }
}

void add_work(std::vector<Task>& tasks, const Options& options, Work work) {
    constexpr std::size_t k64K = 65536;
    Task task;
    task.strategy = options.strategy;
    switch (work) {
        case Work::kDeflate:
            for (const Wrap wrap : or_default(options.wraps, {Wrap::kZlib})) {
                task.wrap = wrap;
                add(tasks, task, Operation::kDeflate,
                    or_default(options.levels, {1, 2, 3, 4, 5, 6, 7, 8, 9}), &Task::chunk_bytes,
                    or_default(options.chunks, {k64K}));
            }
            break;
        case Work::kStrategies:
            for (const int strategy : {Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
                task.strategy = strategy;
                for (const Wrap wrap : or_default(options.wraps, {Wrap::kZlib})) {
                    task.wrap = wrap;
                    add(tasks, task, Operation::kDeflate, or_default(options.levels, {1, 6, 9}),
                        &Task::chunk_bytes, or_default(options.chunks, {k64K}));
                }
            }
            break;
        case Work::kInflate:
            for (const Wrap wrap : or_default(options.wraps, {Wrap::kZlib, Wrap::kGzip})) {
                task.wrap = wrap;
                add(tasks, task, Operation::kInflate, or_default(options.levels, {6}),
                    &Task::chunk_bytes, or_default(options.chunks, {k64K, 4096, 0}));
            }
            break;
        case Work::kMessages:
            for (const Wrap wrap : or_default(options.wraps, {Wrap::kZlib})) {
                task.wrap = wrap;
                for (const Operation operation :
                     {Operation::kDeflateMessages, Operation::kInflateMessages}) {
                    for (const bool resets : options.reset_per_message) {
                        task.reset_per_message = resets;
                        add(tasks, task, operation, or_default(options.levels, {1, 6}),
                            &Task::message_bytes, options.messages);
                    }
                }
            }
            break;
        case Work::kCrc32:
            add(tasks, task, Operation::kCrc32, {0}, &Task::piece_bytes, options.pieces);
            break;
        case Work::kAdler32:
            add(tasks, task, Operation::kAdler32, {0}, &Task::piece_bytes, options.pieces);
            break;
    }
}

}  // namespace

const char* name_of(Operation operation) noexcept {
    switch (operation) {
        case Operation::kDeflate:
            return "deflate";
        case Operation::kInflate:
            return "inflate";
        case Operation::kDeflateMessages:
            return "deflate messages";
        case Operation::kInflateMessages:
            return "inflate messages";
        case Operation::kCrc32:
            return "crc32";
        case Operation::kAdler32:
            return "adler32";
    }
    return "";
}

const char* name_of(Wrap wrap) noexcept {
    return wrap == Wrap::kRaw ? "raw" : wrap == Wrap::kZlib ? "zlib" : "gzip";
}

int window_bits_of(Wrap wrap) noexcept {
    return wrap == Wrap::kRaw ? -15 : wrap == Wrap::kZlib ? 15 : 31;
}

const char* name_of_strategy(int strategy) noexcept {
    switch (strategy) {
        case Z_FILTERED:
            return "Z_FILTERED";
        case Z_HUFFMAN_ONLY:
            return "Z_HUFFMAN_ONLY";
        case Z_RLE:
            return "Z_RLE";
        case Z_FIXED:
            return "Z_FIXED";
        default:
            return "Z_DEFAULT_STRATEGY";
    }
}

std::vector<Task> tasks_of(const Options& options) {
    std::vector<Task> tasks;
    for (const Work work : options.work) add_work(tasks, options, work);
    return tasks;
}

}  // namespace warpz::bench
