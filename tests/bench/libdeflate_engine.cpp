// SPDX-License-Identifier: Zlib
// libdeflate through its own interface (libdeflate.h), which works on whole buffers. Its levels are
// its own, from 0 to 12; this benchmark puts them beside zlib's levels of the same number.
#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "bench/engine.hpp"
#include "bench/shared_object.hpp"

namespace warpz::bench {
namespace {

struct Compressor;
struct Decompressor;

using Compress = std::size_t(Compressor*, const void*, std::size_t, void*, std::size_t);
using Decompress = int(Decompressor*, const void*, std::size_t, void*, std::size_t, std::size_t*);
using Checksum = std::uint32_t(std::uint32_t, const void*, std::size_t);

struct Functions {
    Compressor* (*alloc_compressor)(int);
    void (*free_compressor)(Compressor*);
    Decompressor* (*alloc_decompressor)();
    void (*free_decompressor)(Decompressor*);
    Compress* compress[3];      // by Wrap
    Decompress* decompress[3];  // by Wrap
    Checksum* crc32;
    Checksum* adler32;
};

class LibdeflateEngine final : public Engine {
  public:
    explicit LibdeflateEngine(const SharedObject& object)
        : Engine("libdeflate", std::filesystem::path(object.path()).filename().string(),
                 object.path()) {
        object.resolve("libdeflate_alloc_compressor", f_.alloc_compressor);
        object.resolve("libdeflate_free_compressor", f_.free_compressor);
        object.resolve("libdeflate_alloc_decompressor", f_.alloc_decompressor);
        object.resolve("libdeflate_free_decompressor", f_.free_decompressor);
        object.resolve("libdeflate_deflate_compress", f_.compress[0]);
        object.resolve("libdeflate_zlib_compress", f_.compress[1]);
        object.resolve("libdeflate_gzip_compress", f_.compress[2]);
        object.resolve("libdeflate_deflate_decompress", f_.decompress[0]);
        object.resolve("libdeflate_zlib_decompress", f_.decompress[1]);
        object.resolve("libdeflate_gzip_decompress", f_.decompress[2]);
        object.resolve("libdeflate_crc32", f_.crc32);
        object.resolve("libdeflate_adler32", f_.adler32);
    }

    [[nodiscard]] bool supports(const Task& task) const override {
        return task.strategy == 0 && task.level >= 0 && task.level <= 12;
    }
    [[nodiscard]] bool streams() const override { return false; }

    std::size_t deflate(const Task& task, ByteView in, std::span<std::uint8_t> out) override {
        const CompressorHandle handle = compressor(task);
        return compress(task, *handle, in, out);
    }

    std::size_t inflate(const Task& task, ByteView in, std::span<std::uint8_t> out) override {
        const DecompressorHandle handle = decompressor();
        return decompress(task, *handle, in, out);
    }

    void deflate_messages(const Task& task, ByteView in, Messages& out) override {
        CompressorHandle handle = compressor(task);
        std::size_t written = 0;
        std::size_t message = 0;
        for (std::size_t at = 0; at < in.size(); at += task.message_bytes, ++message) {
            if (at != 0 && !task.reset_per_message) handle = compressor(task);
            const ByteView piece = in.subspan(at, std::min(task.message_bytes, in.size() - at));
            written += compress(task, *handle, piece, std::span{out.bytes}.subspan(written));
            out.ends[message] = written;
        }
    }

    std::size_t inflate_messages(const Task& task, const Messages& in,
                                 std::span<std::uint8_t> out) override {
        DecompressorHandle handle = decompressor();
        std::size_t written = 0;
        std::size_t begin = 0;
        for (const std::size_t end : in.ends) {
            if (begin != 0 && !task.reset_per_message) handle = decompressor();
            const ByteView piece = ByteView{in.bytes}.subspan(begin, end - begin);
            const std::size_t room = std::min(task.message_bytes, out.size() - written);
            written += decompress(task, *handle, piece, out.subspan(written, room));
            begin = end;
        }
        return written;
    }

    std::uint32_t checksum(const Task& task, ByteView in) override {
        Checksum* const function = task.operation == Operation::kCrc32 ? f_.crc32 : f_.adler32;
        std::uint32_t value = task.operation == Operation::kCrc32 ? 0 : 1;
        for (std::size_t at = 0; at < in.size(); at += task.piece_bytes)
            value = function(value, in.data() + at, std::min(task.piece_bytes, in.size() - at));
        return value;
    }

  private:
    using CompressorHandle = std::unique_ptr<Compressor, void (*)(Compressor*)>;
    using DecompressorHandle = std::unique_ptr<Decompressor, void (*)(Decompressor*)>;

    [[nodiscard]] CompressorHandle compressor(const Task& task) const {
        CompressorHandle handle(f_.alloc_compressor(task.level), f_.free_compressor);
        if (handle == nullptr) throw std::runtime_error("libdeflate_alloc_compressor failed");
        return handle;
    }
    [[nodiscard]] DecompressorHandle decompressor() const {
        DecompressorHandle handle(f_.alloc_decompressor(), f_.free_decompressor);
        if (handle == nullptr) throw std::runtime_error("libdeflate_alloc_decompressor failed");
        return handle;
    }
    [[nodiscard]] std::size_t compress(const Task& task, Compressor& compressor, ByteView in,
                                       std::span<std::uint8_t> out) const {
        const auto function = f_.compress[static_cast<std::size_t>(task.wrap)];
        const std::size_t size =
            function(&compressor, in.data(), in.size(), out.data(), out.size());
        if (size == 0) throw std::runtime_error("libdeflate could not compress");
        return size;
    }
    [[nodiscard]] std::size_t decompress(const Task& task, Decompressor& decompressor, ByteView in,
                                         std::span<std::uint8_t> out) const {
        const auto function = f_.decompress[static_cast<std::size_t>(task.wrap)];
        std::size_t size = 0;
        if (function(&decompressor, in.data(), in.size(), out.data(), out.size(), &size) != 0)
            throw std::runtime_error("libdeflate could not decompress");
        return size;
    }

    Functions f_{};
};

}  // namespace

std::unique_ptr<Engine> load_libdeflate(const std::string& file, std::string& why) {
    try {
        return std::make_unique<LibdeflateEngine>(SharedObject(file));
    } catch (const std::runtime_error& error) {
        why = error.what();
        return nullptr;
    }
}

}  // namespace warpz::bench
