// SPDX-License-Identifier: Zlib
// Any shared object with zlib's functions, driven as programs drive it: through z_stream, in calls
// of a given size.
#include <algorithm>
#include <stdexcept>

#include "bench/engine.hpp"
#include "bench/shared_object.hpp"
#include "zlib.h"

namespace warpz::bench {
namespace {

struct Functions {
    decltype(&::deflateInit2_) deflateInit2_;
    decltype(&::deflate) deflate;
    decltype(&::deflateReset) deflateReset;
    decltype(&::deflateEnd) deflateEnd;
    decltype(&::inflateInit2_) inflateInit2_;
    decltype(&::inflate) inflate;
    decltype(&::inflateReset) inflateReset;
    decltype(&::inflateEnd) inflateEnd;
    decltype(&::crc32) crc32;
    decltype(&::adler32) adler32;
    decltype(&::zlibVersion) zlibVersion;
};

Functions functions_of(const SharedObject& object) {
    Functions f{};
    object.resolve("deflateInit2_", f.deflateInit2_);
    object.resolve("deflate", f.deflate);
    object.resolve("deflateReset", f.deflateReset);
    object.resolve("deflateEnd", f.deflateEnd);
    object.resolve("inflateInit2_", f.inflateInit2_);
    object.resolve("inflate", f.inflate);
    object.resolve("inflateReset", f.inflateReset);
    object.resolve("inflateEnd", f.inflateEnd);
    object.resolve("crc32", f.crc32);
    object.resolve("adler32", f.adler32);
    object.resolve("zlibVersion", f.zlibVersion);
    return f;
}

class ZlibEngine final : public Engine {
  public:
    ZlibEngine(const std::string& name, const SharedObject& object, const Functions& functions)
        : Engine(name, functions.zlibVersion(), object.path()), f_(functions) {}

    [[nodiscard]] bool supports(const Task&) const override { return true; }
    [[nodiscard]] bool is_libz() const override { return true; }

    std::size_t deflate(const Task& task, ByteView in, std::span<std::uint8_t> out) override {
        DeflateStream stream(*this, task);
        return stream.run(task, in, out);
    }

    std::size_t inflate(const Task& task, ByteView in, std::span<std::uint8_t> out) override {
        InflateStream stream(*this, task);
        return stream.run(task, in, out);
    }

    void deflate_messages(const Task& task, ByteView in, Messages& out) override {
        std::optional<DeflateStream> stream;
        std::size_t written = 0;
        std::size_t message = 0;
        for (std::size_t at = 0; at < in.size(); at += task.message_bytes, ++message) {
            if (stream && task.reset_per_message)
                check(f_.deflateReset(&stream->strm), Z_OK, "deflateReset");
            else
                stream.emplace(*this, task);
            const ByteView piece = in.subspan(at, std::min(task.message_bytes, in.size() - at));
            written += stream->run(task, piece, std::span{out.bytes}.subspan(written));
            out.ends[message] = written;
        }
    }

    std::size_t inflate_messages(const Task& task, const Messages& in,
                                 std::span<std::uint8_t> out) override {
        std::optional<InflateStream> stream;
        std::size_t written = 0;
        std::size_t begin = 0;
        for (const std::size_t end : in.ends) {
            if (stream && task.reset_per_message)
                check(f_.inflateReset(&stream->strm), Z_OK, "inflateReset");
            else
                stream.emplace(*this, task);
            const ByteView piece = ByteView{in.bytes}.subspan(begin, end - begin);
            const std::size_t room = std::min(task.message_bytes, out.size() - written);
            written += stream->run(task, piece, out.subspan(written, room));
            begin = end;
        }
        return written;
    }

    std::uint32_t checksum(const Task& task, ByteView in) override {
        const auto function = task.operation == Operation::kCrc32 ? f_.crc32 : f_.adler32;
        uLong value = task.operation == Operation::kCrc32 ? 0 : 1;
        for (std::size_t at = 0; at < in.size(); at += task.piece_bytes) {
            const std::size_t size = std::min(task.piece_bytes, in.size() - at);
            value = function(value, in.data() + at, static_cast<uInt>(size));
        }
        return static_cast<std::uint32_t>(value);
    }

  private:
    void check(int code, int expected, const char* function) const {
        if (code != expected)
            throw std::runtime_error(name() + ": " + function + " returned " +
                                     std::to_string(code));
    }

    /// Calls `function` with at most task.chunk_bytes of input and of output space until all is
    /// done.
    template <class Function>
    std::size_t pump(const Task& task, z_stream& strm, ByteView in, std::span<std::uint8_t> out,
                     const char* function_name, Function function) const {
        const std::size_t chunk =
            task.chunk_bytes != 0 ? task.chunk_bytes : std::max(in.size(), out.size());
        std::size_t in_left = in.size();
        std::size_t out_left = out.size();
        strm.next_in = const_cast<Bytef*>(in.data());
        strm.next_out = out.data();
        strm.avail_in = 0;
        strm.avail_out = 0;
        int code = Z_OK;
        do {
            if (strm.avail_in == 0) {
                strm.avail_in = static_cast<uInt>(std::min(chunk, in_left));
                in_left -= strm.avail_in;
            }
            if (strm.avail_out == 0) {
                strm.avail_out = static_cast<uInt>(std::min(chunk, out_left));
                out_left -= strm.avail_out;
            }
            code = function(&strm, in_left == 0);
        } while (code == Z_OK);
        check(code, Z_STREAM_END, function_name);
        return static_cast<std::size_t>(strm.next_out - out.data());
    }

    struct DeflateStream {
        DeflateStream(const ZlibEngine& engine, const Task& task) : engine_(engine) {
            engine.check(
                engine.f_.deflateInit2_(&strm, task.level, Z_DEFLATED, window_bits_of(task.wrap), 8,
                                        task.strategy, ZLIB_VERSION, sizeof(z_stream)),
                Z_OK, "deflateInit2");
        }
        ~DeflateStream() { engine_.f_.deflateEnd(&strm); }
        DeflateStream(const DeflateStream&) = delete;
        DeflateStream& operator=(const DeflateStream&) = delete;

        std::size_t run(const Task& task, ByteView in, std::span<std::uint8_t> out) {
            return engine_.pump(task, strm, in, out, "deflate", [this](z_streamp s, bool is_last) {
                return engine_.f_.deflate(s, is_last ? Z_FINISH : Z_NO_FLUSH);
            });
        }

        z_stream strm{};

      private:
        const ZlibEngine& engine_;
    };

    struct InflateStream {
        InflateStream(const ZlibEngine& engine, const Task& task) : engine_(engine) {
            engine.check(engine.f_.inflateInit2_(&strm, window_bits_of(task.wrap), ZLIB_VERSION,
                                                 sizeof(z_stream)),
                         Z_OK, "inflateInit2");
        }
        ~InflateStream() { engine_.f_.inflateEnd(&strm); }
        InflateStream(const InflateStream&) = delete;
        InflateStream& operator=(const InflateStream&) = delete;

        std::size_t run(const Task& task, ByteView in, std::span<std::uint8_t> out) {
            const int flush = task.chunk_bytes == 0 ? Z_FINISH : Z_NO_FLUSH;
            return engine_.pump(task, strm, in, out, "inflate", [this, flush](z_streamp s, bool) {
                return engine_.f_.inflate(s, flush);
            });
        }

        z_stream strm{};

      private:
        const ZlibEngine& engine_;
    };

    Functions f_;
};

}  // namespace

std::unique_ptr<Engine> load_zlib(const std::string& name, const std::string& file) {
    const SharedObject object(file);
    return std::make_unique<ZlibEngine>(name, object, functions_of(object));
}

}  // namespace warpz::bench
