// SPDX-License-Identifier: Zlib
// Compresses with all parameters, in any pieces, with flushes, parameter changes, dictionaries and copies, and checks
// that the system's zlib decodes the same bytes; that the output is the same in other pieces; that one-shot
// compression fits deflateBound().
#include <algorithm>
#include <vector>

#include "data_producer.hpp"
#include "support/reference_zlib.hpp"

using warpz::fuzz::DataProducer;
using warpz::test::linked_zlib;
using warpz::test::reference_zlib;
using warpz::test::ZlibApi;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Parameters {
    int level;
    int window_bits;
    int mem_level;
    int strategy;
};

// A small input makes a large one: repeated at growing distances, with a changing byte now and then, so that windows
// fill up and slide.
Bytes expand(std::span<const std::uint8_t> seed, std::uint32_t factor) {
    Bytes out(seed.begin(), seed.end());
    if (seed.empty()) return out;
    std::uint32_t state = factor;
    for (std::uint32_t i = 1; i < factor && out.size() < 150'000; ++i) {
        state = state * 1664525 + 1013904223;
        if (i % 5 == 4) {  // bytes without matches
            for (std::uint32_t k = 0; k < state >> 24; ++k)
                out.push_back(static_cast<std::uint8_t>((state = state * 69069 + 1) >> 24));
        }
        const std::size_t from = (state >> 8) % seed.size();
        out.insert(out.end(), seed.begin() + static_cast<std::ptrdiff_t>(from), seed.end());
        out.back() = static_cast<std::uint8_t>(state >> 16);
    }
    return out;
}

Bytes decode(const Bytes& packed, int window_bits, const Bytes& dictionary,
             std::size_t expected_size) {
    const ZlibApi& zlib = reference_zlib();
    z_stream strm{};
    // A window of 256 bytes is written as 512.
    WARPZ_FUZZ_CHECK(zlib.inflate_init(&strm, window_bits == 8 ? 9 : window_bits) == Z_OK);
    Bytes plain(expected_size + 1);
    const auto set_dictionary = [&] {
        return zlib.inflateSetDictionary(&strm, dictionary.data(),
                                         static_cast<uInt>(dictionary.size()));
    };
    if (window_bits < 0 && !dictionary.empty()) WARPZ_FUZZ_CHECK(set_dictionary() == Z_OK);
    strm.next_in = const_cast<Bytef*>(packed.data());
    strm.avail_in = static_cast<uInt>(packed.size());
    strm.next_out = plain.data();
    strm.avail_out = static_cast<uInt>(plain.size());
    int code = zlib.inflate(&strm, Z_FINISH);
    if (code == Z_NEED_DICT && set_dictionary() == Z_OK) code = zlib.inflate(&strm, Z_FINISH);
    WARPZ_FUZZ_CHECK(code == Z_STREAM_END);
    WARPZ_FUZZ_CHECK(strm.avail_in == 0);
    plain.resize(strm.total_out);
    zlib.inflateEnd(&strm);
    return plain;
}

// Tiny pieces are interesting a few times, not until the end of a large input.
std::size_t size_from(DataProducer& sizes) { return sizes.empty() ? 5000 : sizes.size(); }

// One step of a program; the same program runs with different call sizes.
struct Step {
    std::size_t input;  // bytes given before the action
    int flush;
    bool changes_parameters;
    int level;
    int strategy;
    bool tunes;
    int limits[4];
};

class Encoder {
  public:
    Encoder(const Parameters& parameters, const Bytes& dictionary) {
        WARPZ_FUZZ_CHECK(zlib_.deflate_init(&strm_, parameters.level, parameters.window_bits,
                                            parameters.mem_level, parameters.strategy) == Z_OK);
        if (!dictionary.empty()) {
            WARPZ_FUZZ_CHECK(zlib_.deflateSetDictionary(&strm_, dictionary.data(),
                                                        static_cast<uInt>(dictionary.size())) ==
                             Z_OK);
        }
    }
    ~Encoder() { zlib_.deflateEnd(&strm_); }
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;

    // Gives `input` in pieces drawn from `sizes` (null: at once) and ends with `flush`.
    void run(std::span<const std::uint8_t> input, int flush, DataProducer* sizes) {
        std::size_t given = 0;
        int code = Z_OK;
        do {
            const std::size_t left = input.size() - given;
            const std::size_t in =
                sizes == nullptr ? left : std::min<std::size_t>(left, 1 + size_from(*sizes));
            call(input.subspan(given, in), in == left ? flush : Z_NO_FLUSH, sizes, code);
            given += in - strm_.avail_in;
            WARPZ_FUZZ_CHECK(code == Z_OK || code == Z_BUF_ERROR ||
                             (code == Z_STREAM_END && flush == Z_FINISH));
        } while (flush == Z_FINISH ? code != Z_STREAM_END
                                   : given < input.size() || strm_.avail_out == 0);
        WARPZ_FUZZ_CHECK(given == input.size());
    }

    void change(const Step& step, DataProducer* sizes) {
        int code = Z_BUF_ERROR;
        while (code == Z_BUF_ERROR) {
            give_space(sizes);
            strm_.avail_in = 0;
            code = zlib_.deflateParams(&strm_, step.level, step.strategy);
            take_output();
        }
        WARPZ_FUZZ_CHECK(code == Z_OK);
    }

    void tune(const Step& step) {
        WARPZ_FUZZ_CHECK(zlib_.deflateTune(&strm_, step.limits[0], step.limits[1], step.limits[2],
                                           step.limits[3]) == Z_OK);
    }

    void move_to_copy() {
        z_stream copy{};
        WARPZ_FUZZ_CHECK(zlib_.deflateCopy(&copy, &strm_) == Z_OK);
        zlib_.deflateEnd(&strm_);
        // The stream knows its address: copy back rather than assign.
        WARPZ_FUZZ_CHECK(zlib_.deflateCopy(&strm_, &copy) == Z_OK);
        zlib_.deflateEnd(&copy);
    }

    [[nodiscard]] const Bytes& packed() const { return packed_; }
    [[nodiscard]] const z_stream& stream() const { return strm_; }

  private:
    void give_space(DataProducer* sizes) {
        // zlib.h asks for more than six bytes when flushing.
        space_.assign(sizes == nullptr ? 1 << 19 : 7 + size_from(*sizes), 0);
        strm_.next_out = space_.data();
        strm_.avail_out = static_cast<uInt>(space_.size());
    }
    void take_output() {
        packed_.insert(packed_.end(), space_.begin(), space_.end() - strm_.avail_out);
        WARPZ_FUZZ_CHECK(packed_.size() == strm_.total_out);
    }
    void call(std::span<const std::uint8_t> in, int flush, DataProducer* sizes, int& code) {
        const Bytes own(in.begin(), in.end());  // its own block, for the sanitizer
        strm_.next_in = const_cast<Bytef*>(own.data());
        strm_.avail_in = static_cast<uInt>(own.size());
        give_space(sizes);
        std::uint8_t none = 0;
        if (own.empty()) strm_.next_in = &none;
        code = zlib_.deflate(&strm_, flush);
        take_output();
        strm_.next_in = nullptr;
    }

    const ZlibApi& zlib_ = linked_zlib();
    z_stream strm_{};
    Bytes space_;
    Bytes packed_;
};

Bytes run_program(const Parameters& parameters, const Bytes& dictionary, const Bytes& plain,
                  const std::vector<Step>& steps, DataProducer* sizes, bool copies) {
    Encoder encoder(parameters, dictionary);
    std::span<const std::uint8_t> left(plain);
    for (const Step& step : steps) {
        const auto input = left.first(std::min(step.input, left.size()));
        left = left.subspan(input.size());
        encoder.run(input, step.flush, sizes);
        if (step.changes_parameters) encoder.change(step, sizes);
        if (step.tunes) encoder.tune(step);
        if (copies) encoder.move_to_copy();
    }
    encoder.run(left, Z_FINISH, sizes);
    return encoder.packed();
}

void check_bound(const Parameters& parameters, const Bytes& plain) {
    const ZlibApi& zlib = linked_zlib();
    z_stream strm{};
    WARPZ_FUZZ_CHECK(zlib.deflate_init(&strm, parameters.level, parameters.window_bits,
                                       parameters.mem_level, parameters.strategy) == Z_OK);
    Bytes space(zlib.deflateBound(&strm, static_cast<uLong>(plain.size())));
    strm.next_in = const_cast<Bytef*>(plain.data());
    strm.avail_in = static_cast<uInt>(plain.size());
    strm.next_out = space.data();
    strm.avail_out = static_cast<uInt>(space.size());
    WARPZ_FUZZ_CHECK(zlib.deflate(&strm, Z_FINISH) == Z_STREAM_END);
    zlib.deflateEnd(&strm);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    DataProducer choices(data, size);
    constexpr int kWraps[] = {0, 1, 2};
    Parameters parameters{choices.between(-1, 9), choices.flag() ? 15 : choices.between(8, 15),
                          choices.flag() ? 8 : choices.between(1, 9),
                          choices.flag() ? 0 : choices.between(0, 4)};
    const int wrap = choices.pick(kWraps);
    if (wrap != 1) parameters.window_bits = std::max(9, parameters.window_bits);
    parameters.window_bits =
        wrap == 0 ? -parameters.window_bits : parameters.window_bits + (wrap == 2 ? 16 : 0);

    const std::uint8_t actions = choices.byte();
    std::vector<Step> steps((actions & 1) != 0 ? choices.below(8) : 0);
    for (Step& step : steps) {
        constexpr int kFlushValues[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH,
                                        Z_BLOCK};
        const std::uint8_t kind = choices.byte();
        step = {choices.size(),
                choices.pick(kFlushValues),
                (kind & 1) != 0,
                choices.between(-1, 9),
                choices.between(0, 4),
                (kind & 6) == 6,
                {}};
        if (step.tunes) {
            for (int& limit : step.limits) limit = static_cast<int>(choices.size());
        }
    }
    const std::uint32_t factor = (actions & 0x32) == 0x32 ? 1 + choices.byte() : 1;
    const std::uint32_t dictionary_size = (actions & 4) != 0 && wrap != 2 ? choices.size() : 0;
    DataProducer sizes = choices;  // the piece sizes are the data's own end
    const Bytes plain = expand(choices.rest(), factor);
    const Bytes dictionary(
        plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(
                                           std::min<std::size_t>(dictionary_size, plain.size())));

    const Bytes packed = run_program(parameters, dictionary, plain, steps, nullptr, false);
    WARPZ_FUZZ_CHECK(decode(packed, parameters.window_bits, dictionary, plain.size()) == plain);
    const Bytes in_pieces =
        run_program(parameters, dictionary, plain, steps, &sizes, (actions & 8) != 0);
    WARPZ_FUZZ_CHECK(in_pieces == packed);
    if (steps.empty() && dictionary.empty()) check_bound(parameters, plain);
    return 0;
}
