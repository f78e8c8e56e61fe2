// SPDX-License-Identifier: Zlib
// What the benchmark measures: one operation with its parameters, and the interface that each
// library is driven through. Implementations: zlib_engine.cpp (any libz), libdeflate_engine.cpp,
// isal_engine.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace warpz::bench {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

enum class Operation : std::uint8_t {
    kDeflate,
    kInflate,
    kDeflateMessages,
    kInflateMessages,
    kCrc32,
    kAdler32,
};
[[nodiscard]] const char* name_of(Operation operation) noexcept;

enum class Wrap : std::uint8_t { kRaw, kZlib, kGzip };
[[nodiscard]] const char* name_of(Wrap wrap) noexcept;
/// The windowBits of zlib.h that select this wrapper.
[[nodiscard]] int window_bits_of(Wrap wrap) noexcept;

/// zlib.h's name of a strategy.
[[nodiscard]] const char* name_of_strategy(int strategy) noexcept;

/// One row of the result table.
struct Task {
    Operation operation = Operation::kDeflate;
    Wrap wrap = Wrap::kZlib;
    int level = 6;     ///< of deflate, or of the streams that inflate is given
    int strategy = 0;  ///< Z_DEFAULT_STRATEGY and so on
    /// Input and output space of each call; 0: everything in one call
    std::size_t chunk_bytes = 0;
    std::size_t message_bytes = 0;  ///< of plain text, for the message operations
    /// One stream with a reset per message, else Init and End per message
    bool reset_per_message = true;
    std::size_t piece_bytes = 0;  ///< of each checksum call
};

/// Messages one after the other in one buffer.
struct Messages {
    Bytes bytes;
    std::vector<std::size_t> ends;  ///< of each message in `bytes`
};

/// A library, loaded once per process. Each function does all of a task's work for one input and
/// throws std::runtime_error when the library reports an error.
class Engine {
  public:
    virtual ~Engine() = default;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& version() const noexcept { return version_; }
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

    [[nodiscard]] virtual bool supports(const Task& task) const = 0;
    /// False when every task is done in one call, whatever its chunk_bytes say.
    [[nodiscard]] virtual bool streams() const { return true; }
    /// True when programs can use the library in zlib's place.
    [[nodiscard]] virtual bool is_libz() const { return false; }

    /// Compresses `in` to the start of `out`, which has room for bound(in.size()); returns bytes
    /// written.
    virtual std::size_t deflate(const Task& task, ByteView in, std::span<std::uint8_t> out) = 0;
    /// Decompresses `in` to `out`, which is as large as the result; returns bytes written.
    virtual std::size_t inflate(const Task& task, ByteView in, std::span<std::uint8_t> out) = 0;
    /// Compresses each message of task.message_bytes; `out` has room for the bound of each.
    virtual void deflate_messages(const Task& task, ByteView in, Messages& out) = 0;
    /// Decompresses each message one after the other to `out`.
    virtual std::size_t inflate_messages(const Task& task, const Messages& in,
                                         std::span<std::uint8_t> out) = 0;
    /// Checksum in pieces of task.piece_bytes, each call continuing the last.
    virtual std::uint32_t checksum(const Task& task, ByteView in) = 0;

  protected:
    Engine(std::string name, std::string version, std::string file)
        : name_(std::move(name)), version_(std::move(version)), file_(std::move(file)) {}

  private:
    std::string name_;
    std::string version_;
    std::string file_;
};

/// Space that holds any engine's output for `size` bytes of input, per stream or message.
[[nodiscard]] constexpr std::size_t bound(std::size_t size) noexcept {
    return size + size / 8 + 512;
}

/// Any libz-compatible shared object. Throws when it cannot be loaded apart from the others.
[[nodiscard]] std::unique_ptr<Engine> load_zlib(const std::string& name, const std::string& file);
/// Null when the library is not installed; `why` then says so.
[[nodiscard]] std::unique_ptr<Engine> load_libdeflate(const std::string& file, std::string& why);
[[nodiscard]] std::unique_ptr<Engine> load_isal(const std::string& file, std::string& why);

}  // namespace warpz::bench
