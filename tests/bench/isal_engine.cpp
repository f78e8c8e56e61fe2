// SPDX-License-Identifier: Zlib
// Intel ISA-L through its own interface (igzip_lib.h). Deflate levels 1 to 3; its level 0 is not
// "stored" and there is none above 3. Every stream begins with a cleared state, because 2.30 leaves
// fields uninitialized.
#include "bench/engine.hpp"

#if __has_include(<isa-l/igzip_lib.h>)

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

#include "bench/shared_object.hpp"

namespace warpz::bench {
namespace {

struct Functions {
    decltype(&::isal_deflate_init) deflate_init;
    decltype(&::isal_deflate) deflate;
    decltype(&::isal_inflate_init) inflate_init;
    decltype(&::isal_inflate) inflate;
    decltype(&::crc32_gzip_refl) crc32;
    decltype(&::isal_adler32) adler32;
};

constexpr std::array<std::uint32_t, 4> kLevelBufferBytes{
    0, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};
constexpr std::array<std::uint16_t, 3> kDeflateWrap{IGZIP_DEFLATE, IGZIP_ZLIB, IGZIP_GZIP};
constexpr std::array<std::uint32_t, 3> kInflateWrap{ISAL_DEFLATE, ISAL_ZLIB, ISAL_GZIP};

class IsalEngine final : public Engine {
  public:
    explicit IsalEngine(const SharedObject& object)
        : Engine("isa-l", std::filesystem::path(object.path()).filename().string(), object.path()) {
        object.resolve("isal_deflate_init", f_.deflate_init);
        object.resolve("isal_deflate", f_.deflate);
        object.resolve("isal_inflate_init", f_.inflate_init);
        object.resolve("isal_inflate", f_.inflate);
        object.resolve("crc32_gzip_refl", f_.crc32);
        object.resolve("isal_adler32", f_.adler32);
    }

    [[nodiscard]] bool supports(const Task& task) const override {
        switch (task.operation) {
            case Operation::kDeflate:
            case Operation::kDeflateMessages:
                return task.strategy == 0 && task.level >= 1 && task.level <= 3;
            default:
                return true;
        }
    }

    std::size_t deflate(const Task& task, ByteView in, std::span<std::uint8_t> out) override {
        Bytes level_buffer(kLevelBufferBytes[static_cast<std::size_t>(task.level)]);
        return deflate_stream(task, level_buffer, in, out);
    }

    std::size_t inflate(const Task& task, ByteView in, std::span<std::uint8_t> out) override {
        const std::size_t chunk =
            task.chunk_bytes != 0 ? task.chunk_bytes : std::max(in.size(), out.size());
        inflate_state state{};
        f_.inflate_init(&state);
        state.crc_flag = kInflateWrap[static_cast<std::size_t>(task.wrap)];
        state.next_in = const_cast<std::uint8_t*>(in.data());
        state.next_out = out.data();
        std::size_t in_left = in.size();
        std::size_t out_left = out.size();
        while (state.block_state != ISAL_BLOCK_FINISH) {
            refill(state.avail_in, in_left, chunk);
            refill(state.avail_out, out_left, chunk);
            const auto* before_in = state.next_in;
            const auto* before_out = state.next_out;
            check(f_.inflate(&state), "isal_inflate");
            if (state.next_in == before_in && state.next_out == before_out &&
                state.block_state != ISAL_BLOCK_FINISH && in_left == 0)
                throw std::runtime_error("isal_inflate made no progress");
        }
        return static_cast<std::size_t>(state.next_out - out.data());
    }

    void deflate_messages(const Task& task, ByteView in, Messages& out) override {
        const std::size_t buffer_bytes = kLevelBufferBytes[static_cast<std::size_t>(task.level)];
        Bytes level_buffer(buffer_bytes);
        std::size_t written = 0;
        std::size_t message = 0;
        for (std::size_t at = 0; at < in.size(); at += task.message_bytes, ++message) {
            if (!task.reset_per_message) level_buffer = Bytes(buffer_bytes);
            const ByteView piece = in.subspan(at, std::min(task.message_bytes, in.size() - at));
            written +=
                deflate_stream(task, level_buffer, piece, std::span{out.bytes}.subspan(written));
            out.ends[message] = written;
        }
    }

    std::size_t inflate_messages(const Task& task, const Messages& in,
                                 std::span<std::uint8_t> out) override {
        std::size_t written = 0;
        std::size_t begin = 0;
        for (const std::size_t end : in.ends) {
            const ByteView piece = ByteView{in.bytes}.subspan(begin, end - begin);
            const std::size_t room = std::min(task.message_bytes, out.size() - written);
            written += inflate(task, piece, out.subspan(written, room));
            begin = end;
        }
        return written;
    }

    std::uint32_t checksum(const Task& task, ByteView in) override {
        std::uint32_t value = task.operation == Operation::kCrc32 ? 0 : 1;
        for (std::size_t at = 0; at < in.size(); at += task.piece_bytes) {
            const std::size_t size = std::min(task.piece_bytes, in.size() - at);
            value = task.operation == Operation::kCrc32 ? f_.crc32(value, in.data() + at, size)
                                                        : f_.adler32(value, in.data() + at, size);
        }
        return value;
    }

  private:
    static void check(int code, const char* function) {
        if (code != COMP_OK)
            throw std::runtime_error(std::string(function) + " returned " + std::to_string(code));
    }

    static void refill(std::uint32_t& available, std::size_t& left, std::size_t chunk) {
        if (available != 0) return;
        available = static_cast<std::uint32_t>(std::min(chunk, left));
        left -= available;
    }

    [[nodiscard]] std::size_t deflate_stream(const Task& task, Bytes& level_buffer, ByteView in,
                                             std::span<std::uint8_t> out) const {
        const std::size_t chunk =
            task.chunk_bytes != 0 ? task.chunk_bytes : std::max(in.size(), out.size());
        isal_zstream stream{};
        f_.deflate_init(&stream);
        stream.level = static_cast<std::uint32_t>(task.level);
        stream.level_buf = level_buffer.data();
        stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
        stream.gzip_flag = kDeflateWrap[static_cast<std::size_t>(task.wrap)];
        stream.flush = NO_FLUSH;
        stream.next_in = const_cast<std::uint8_t*>(in.data());
        stream.next_out = out.data();
        std::size_t in_left = in.size();
        std::size_t out_left = out.size();
        while (stream.internal_state.state != ZSTATE_END) {
            refill(stream.avail_in, in_left, chunk);
            refill(stream.avail_out, out_left, chunk);
            if (stream.avail_out == 0) throw std::runtime_error("isal_deflate ran out of space");
            stream.end_of_stream = in_left == 0 ? 1 : 0;
            check(f_.deflate(&stream), "isal_deflate");
        }
        return static_cast<std::size_t>(stream.next_out - out.data());
    }

    Functions f_{};
};

}  // namespace

std::unique_ptr<Engine> load_isal(const std::string& file, std::string& why) {
    try {
        return std::make_unique<IsalEngine>(SharedObject(file));
    } catch (const std::runtime_error& error) {
        why = error.what();
        return nullptr;
    }
}

}  // namespace warpz::bench

#else

namespace warpz::bench {

std::unique_ptr<Engine> load_isal(const std::string&, std::string& why) {
    why = "isa-l: not built in, <isa-l/igzip_lib.h> was missing (Debian: libisal-dev)";
    return nullptr;
}

}  // namespace warpz::bench

#endif
