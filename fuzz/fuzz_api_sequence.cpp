// SPDX-License-Identifier: Zlib
// Runs a program of API calls on the system's zlib and on ours, and compares what a caller sees after each: one deflate
// and one inflate stream on each side, whose lives overlap. Compressed bytes are compared by what they decode to.
#include <algorithm>
#include <vector>

#include "data_producer.hpp"
#include "support/counting_allocator.hpp"
#include "support/reference_zlib.hpp"

using warpz::fuzz::DataProducer;
using warpz::fuzz::same_text;
using warpz::test::CountingAllocator;
using warpz::test::linked_zlib;
using warpz::test::reference_zlib;
using warpz::test::ZlibApi;

namespace {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

// The same stream on both libraries. run() makes one call on each and compares the results and the z_streams.
class Pair {
  public:
    explicit Pair(bool is_deflate) : is_deflate_(is_deflate) {
        for (Side& side : sides_) side.allocator.install(side.strm);
    }
    ~Pair() {
        end();
        for (Side& side : sides_) {
            WARPZ_FUZZ_CHECK(side.allocator.live_blocks() == 0);
            WARPZ_FUZZ_CHECK(side.allocator.bad_frees() == 0);
        }
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    template <class Call>
    long long run(Call&& call) {
        const auto theirs = static_cast<long long>(call(sides_[0].zlib, &sides_[0].strm));
        const auto ours = static_cast<long long>(call(sides_[1].zlib, &sides_[1].strm));
        WARPZ_FUZZ_EQUAL(theirs, ours);
        compare();
        return ours;
    }

    void end() {
        if (!is_open_) return;
        is_open_ = false;
        run([&](const ZlibApi& zlib, z_streamp strm) {
            return is_deflate_ ? zlib.deflateEnd(strm) : zlib.inflateEnd(strm);
        });
    }
    void opened(bool is_open) { is_open_ = is_open; }
    [[nodiscard]] bool is_open() const { return is_open_; }

    // One deflate() or inflate() with `in` and `room`; the bytes written are appended to each side's output.
    int step(View in, std::size_t room, int flush) {
        for (Side& side : sides_) {
            side.input.assign(in.begin(), in.end());
            side.space.assign(room, 0);
            side.strm.next_in = side.input.data();
            side.strm.avail_in = static_cast<uInt>(in.size());
            side.strm.next_out = room == 0 ? &side.none : side.space.data();
            side.strm.avail_out = static_cast<uInt>(room);
        }
        const auto code = run([&](const ZlibApi& zlib, z_streamp strm) {
            return is_deflate_ ? zlib.deflate(strm, flush) : zlib.inflate(strm, flush);
        });
        finish_call();
        return static_cast<int>(code);
    }

    // Buffers for calls other than deflate() and inflate() that use them; followed by finish_call().
    void offer(View in, std::size_t room) {
        for (Side& side : sides_) {
            side.input.assign(in.begin(), in.end());
            side.space.assign(room, 0);
            side.strm.next_in = side.input.data();
            side.strm.avail_in = static_cast<uInt>(in.size());
            side.strm.next_out = room == 0 ? &side.none : side.space.data();
            side.strm.avail_out = static_cast<uInt>(room);
        }
    }
    void finish_call() {
        for (Side& side : sides_) {
            side.output.insert(
                side.output.end(), side.space.begin(),
                side.space.end() -
                    std::min<std::ptrdiff_t>(side.strm.avail_out,
                                             static_cast<std::ptrdiff_t>(side.space.size())));
            side.space.clear();
        }
    }

    void restart_output() {
        for (Side& side : sides_) side.output.clear();
    }
    [[nodiscard]] const Bytes& output(std::size_t side) const { return sides_[side].output; }
    [[nodiscard]] std::size_t left() const { return sides_[1].strm.avail_in; }
    [[nodiscard]] int data_type() const { return sides_[1].strm.data_type; }

  private:
    struct Side {
        const ZlibApi& zlib;
        CountingAllocator allocator{};
        z_stream strm{};
        Bytes input{};
        Bytes space{};
        Bytes output{};
        std::uint8_t none = 0;
    };

    void compare() const {
        const z_stream& a = sides_[0].strm;
        const z_stream& b = sides_[1].strm;
        WARPZ_FUZZ_EQUAL(a.avail_in, b.avail_in);
        WARPZ_FUZZ_EQUAL(a.total_in, b.total_in);
        WARPZ_FUZZ_EQUAL(a.adler, b.adler);
        WARPZ_FUZZ_CHECK(same_text(a.msg, b.msg));
        WARPZ_FUZZ_CHECK((a.state == nullptr) == (b.state == nullptr));
        if (is_deflate_) return;
        WARPZ_FUZZ_EQUAL(a.avail_out, b.avail_out);
        WARPZ_FUZZ_EQUAL(a.total_out, b.total_out);
        WARPZ_FUZZ_EQUAL(a.data_type, b.data_type);
        // Space that was not used may be scribbled on.
        const auto unused = static_cast<std::ptrdiff_t>(a.avail_out);
        if (sides_[0].space.size() < a.avail_out) return;
        WARPZ_FUZZ_CHECK(std::equal(sides_[0].space.begin(), sides_[0].space.end() - unused,
                                    sides_[1].space.begin()));
    }

    bool is_deflate_;
    bool is_open_ = false;
    Side sides_[2] = {{reference_zlib()}, {linked_zlib()}};
};

class Program {
  public:
    Program(const std::uint8_t* data, std::size_t size) : choices_(data, size) {}

    void run() {
        for (int call = 0; call < 60 && !choices_.empty(); ++call) {
            const std::uint8_t kind = choices_.byte();
            if ((kind & 1) != 0) {
                deflate_call(kind >> 1);
            } else {
                inflate_call(kind >> 1);
            }
        }
        finish_deflate();
    }

  private:
    View some_data() {
        const std::size_t size = choices_.size() % 4096;
        const View rest = choices_.rest();
        return rest.first(std::min(size, rest.size()));
    }

    void deflate_call(unsigned kind) {
        if (!deflating_.is_open()) {
            const int level = choices_.between(-2, 10);
            const int window_bits = choices_.between(-17, 33);
            const int mem_level = choices_.between(0, 10);
            const int strategy = choices_.between(-1, 5);
            const auto code = deflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                return zlib.deflate_init(strm, level, window_bits, mem_level, strategy);
            });
            deflating_.opened(code == Z_OK);
            window_bits_ = window_bits;
            restart_deflate();
            return;
        }
        switch (kind % 16) {
            default: {
                const int flush = choices_.between(-1, 6);
                const View in = some_data();
                // With ample space both take all input; with none both refuse.
                const bool has_space = choices_.byte() != 0;
                const int code = deflating_.step(in, has_space ? kAmple : 0, flush);
                plain_.insert(plain_.end(), in.begin(),
                              in.end() - static_cast<std::ptrdiff_t>(deflating_.left()));
                was_called_ = true;
                has_open_input_ = flush == Z_NO_FLUSH || has_open_input_;
                if (code == Z_OK && flush > Z_NO_FLUSH) has_open_input_ = false;
                is_finished_ = is_finished_ || code == Z_STREAM_END;
                break;
            }
            case 1: {
                const int level = choices_.between(-2, 10);
                const int strategy = choices_.between(-1, 5);
                const View in = some_data();
                deflating_.offer(in, choices_.byte() != 0 ? kAmple : 0);
                deflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.deflateParams(strm, level, strategy);
                });
                deflating_.finish_call();
                plain_.insert(plain_.end(), in.begin(),
                              in.end() - static_cast<std::ptrdiff_t>(deflating_.left()));
                break;
            }
            case 2: {
                // zlib's own state decides while input is waiting, and after the trailer it forgets the wrapper.
                if (has_open_input_ || is_finished_ || (was_called_ && window_bits_ < 0)) break;
                const Bytes bytes(some_data().begin(), some_data().end());
                const auto code = deflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.deflateSetDictionary(strm, bytes.data(),
                                                     static_cast<uInt>(bytes.size()));
                });
                if (code == Z_OK) {
                    if (!dictionary_.empty() && !bytes.empty()) {
                        is_decodable_ = is_decodable_ && window_bits_ < 0;
                    }
                    dictionary_.insert(dictionary_.end(), bytes.begin(), bytes.end());
                }
                break;
            }
            case 3:
                deflating_.run(
                    [&](const ZlibApi& zlib, z_streamp strm) { return zlib.deflateReset(strm); });
                restart_deflate();
                break;
            case 4: {
                const int limits[] = {choices_.byte(), choices_.byte() + 3, choices_.byte(),
                                      choices_.byte() + 4};
                deflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.deflateTune(strm, limits[0], limits[1], limits[2], limits[3]);
                });
                break;
            }
            case 5: {
                // The bits of the caller take part in the stream: what it decodes to is the caller's affair. Behind data, whose
                // bits are each library's own, they may or may not make a byte whole, and deflate() does not refuse to write one.
                if (window_bits_ >= 0 || !plain_.empty()) break;
                const int bits = choices_.between(-1, 17);
                deflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.deflatePrime(strm, bits, 0x2a5a5);
                });
                is_decodable_ = is_decodable_ && bits <= 0;
                break;
            }
            case 6:
                deflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    z_stream copy{};
                    const int code = zlib.deflateCopy(&copy, strm);
                    if (code != Z_OK) return code;
                    const int end = zlib.deflateEnd(&copy);
                    return code * 100 + end;
                });
                break;
            case 7:
                if (is_finished_) break;  // zlib has forgotten the wrapper, as above
                deflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.deflateSetHeader(strm, nullptr);
                });
                break;
            case 8:
                deflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    unsigned pending = 0;
                    const int code = zlib.deflatePending(strm, &pending, nullptr);
                    return is_decodable_ ? code * 100'000 + static_cast<int>(pending) : code;
                });
                break;
            case 9:
                finish_deflate();
                break;
        }
    }

    void restart_deflate() {
        deflating_.restart_output();
        plain_.clear();
        dictionary_.clear();
        is_decodable_ = true;
        has_open_input_ = was_called_ = is_finished_ = false;
    }

    // Finishes the stream and checks that both outputs decode to what was given.
    void finish_deflate() {
        if (!deflating_.is_open()) return;
        int code = deflating_.step({}, kAmple, Z_FINISH);
        if (code == Z_STREAM_END && is_decodable_) {
            for (std::size_t side = 0; side < 2; ++side) check_decodes(deflating_.output(side));
        }
        deflating_.end();
        compressed_ = deflating_.output(1);
    }

    void check_decodes(const Bytes& packed) {
        const ZlibApi& zlib = reference_zlib();
        z_stream strm{};
        WARPZ_FUZZ_CHECK(zlib.inflate_init(&strm, window_bits_ == 8 ? 9 : window_bits_) == Z_OK);
        const auto set_dictionary = [&] {
            return zlib.inflateSetDictionary(&strm, dictionary_.data(),
                                             static_cast<uInt>(dictionary_.size()));
        };
        if (window_bits_ < 0 && !dictionary_.empty()) set_dictionary();
        Bytes plain(plain_.size() + 1);
        strm.next_in = const_cast<Bytef*>(packed.data());
        strm.avail_in = static_cast<uInt>(packed.size());
        strm.next_out = plain.data();
        strm.avail_out = static_cast<uInt>(plain.size());
        int code = zlib.inflate(&strm, Z_FINISH);
        if (code == Z_NEED_DICT && set_dictionary() == Z_OK) code = zlib.inflate(&strm, Z_FINISH);
        WARPZ_FUZZ_CHECK(code == Z_STREAM_END);
        plain.resize(strm.total_out);
        WARPZ_FUZZ_CHECK(plain == plain_);
        zlib.inflateEnd(&strm);
    }

    void inflate_call(unsigned kind) {
        if (!inflating_.is_open()) {
            const int window_bits = choices_.between(-17, 49);
            const auto code = inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                const int init = zlib.inflate_init(strm, window_bits);
                strm->data_type = 0;
                return init;
            });
            inflating_.opened(code == Z_OK);
            primed_ = false;
            header_sets_window_ = window_bits % 16 == 0;
            // What was just compressed, or the program's own bytes.
            source_ = choices_.flag() && !compressed_.empty()
                          ? compressed_
                          : Bytes(choices_.rest().begin(), choices_.rest().end());
            position_ = 0;
            return;
        }
        switch (kind % 24) {
            default: {
                const View rest = View(source_).subspan(position_);
                const View in = rest.first(std::min<std::size_t>(choices_.size(), rest.size()));
                const std::size_t room = choices_.size();
                inflating_.step(in, room, choices_.between(-1, 7));
                position_ += in.size() - inflating_.left();
                break;
            }
            case 1:
            case 2: {
                // Before 1.3.1 inflateSync() searched held bits wrongly; it is compared at byte boundaries. Past the header that
                // was to tell the window's size, zlib takes a window of one byte and keeps it for the next stream's.
                if (primed_ || (inflating_.data_type() & 7) != 0 || header_sets_window_) break;
                const View rest = View(source_).subspan(position_);
                const View in = rest.first(std::min<std::size_t>(choices_.size(), rest.size()));
                inflating_.offer(in, 0);
                settled_run(
                    [&](const ZlibApi& zlib, z_streamp strm) { return zlib.inflateSync(strm); });
                position_ += in.size() - inflating_.left();
                break;
            }
            case 3:
                inflating_.run(
                    [&](const ZlibApi& zlib, z_streamp strm) { return zlib.inflateMark(strm); });
                inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.inflateSyncPoint(strm);
                });
                inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return static_cast<long long>(zlib.inflateCodesUsed(strm));
                });
                break;
            case 4: {
                // zlib's fast loop gives whole bytes back to the input, also of bits that never were input: after more
                // than seven primed bits next_in may end up before the buffer. Refused sizes stay in.
                const int drawn = choices_.between(-2, 17);
                const int bits = drawn > 7 && drawn <= 16 ? drawn & 7 : drawn;
                const int value = static_cast<int>(choices_.u16());
                if (bits > 0 && (primed_ || (inflating_.data_type() & 7) != 0)) break;
                primed_ = primed_ || bits > 0;
                inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.inflatePrime(strm, bits, value);
                });
                break;
            }
            case 5:
                settled_run(
                    [&](const ZlibApi& zlib, z_streamp strm) { return zlib.inflateReset(strm); });
                primed_ = false;
                if (choices_.flag()) position_ = 0;
                break;
            case 6: {
                const int window_bits = choices_.between(-17, 49);
                settled_run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.inflateReset2(strm, window_bits);
                });
                header_sets_window_ = header_sets_window_ || window_bits % 16 == 0;
                if (choices_.flag()) position_ = 0;
                break;
            }
            case 7:
                settled_run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.inflateResetKeep(strm);
                });
                primed_ = false;
                if (choices_.flag()) position_ = 0;
                break;
            case 8: {
                const int check = choices_.flag();
                inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.inflateValidate(strm, check);
                });
                break;
            }
            case 9: {
                const Bytes bytes(some_data().begin(), some_data().end());
                inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.inflateSetDictionary(strm, bytes.data(),
                                                     static_cast<uInt>(bytes.size()));
                });
                break;
            }
            case 10: {
                Bytes dictionaries[2] = {Bytes(32768), Bytes(32768)};
                std::size_t side = 0;
                inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    uInt size = 0;
                    const int code =
                        zlib.inflateGetDictionary(strm, dictionaries[side++].data(), &size);
                    return code * 100'000LL + size;
                });
                WARPZ_FUZZ_CHECK(dictionaries[0] == dictionaries[1]);
                break;
            }
            case 11: {
                // The stream goes on as a copy of a copy: its address must not matter.
                inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    z_stream copy{};
                    const int code = zlib.inflateCopy(&copy, strm);
                    if (code != Z_OK) return code;
                    WARPZ_FUZZ_CHECK(zlib.inflateEnd(strm) == Z_OK);
                    WARPZ_FUZZ_CHECK(zlib.inflateCopy(strm, &copy) == Z_OK);
                    return zlib.inflateEnd(&copy);
                });
                break;
            }
            case 12:
                inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
                    return zlib.inflateUndermine(strm, 1);
                });
                break;
            case 13:
                inflating_.end();
                break;
        }
    }

    template <class Call>
    void settled_run(Call&& call) {
        // The calls that start a stream over clear data_type since 1.3.1; before, it kept its value.
        inflating_.run([&](const ZlibApi& zlib, z_streamp strm) {
            const auto code = call(zlib, strm);
            if (code == Z_OK) strm->data_type = 0;
            return code;
        });
    }

    static constexpr std::size_t kAmple = 1 << 17;

    DataProducer choices_;
    Pair deflating_{true};
    Pair inflating_{false};
    int window_bits_ = 15;
    Bytes plain_;
    Bytes dictionary_;
    bool is_decodable_ = true;
    bool has_open_input_ = false;
    bool was_called_ = false;
    bool is_finished_ = false;
    Bytes compressed_;
    Bytes source_;
    std::size_t position_ = 0;
    bool primed_ = false;
    bool header_sets_window_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Program(data, size).run();
    return 0;
}
