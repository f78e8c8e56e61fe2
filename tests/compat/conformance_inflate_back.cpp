// SPDX-License-Identifier: Zlib
// inflateBack(): raw streams through callbacks, with callbacks that deliver in pieces, run dry, or fail.
#include <boost/test/unit_test.hpp>

#include "compat/inflate_streams.hpp"
#include "support/bit_builder.hpp"
#include "support/guarded_buffer.hpp"

using namespace warpz::test;

namespace {

struct Source {
    ByteView bytes;
    std::size_t piece;
    std::size_t position = 0;
    unsigned calls = 0;

    static unsigned read(void* opaque, z_const unsigned char** next) {
        auto& self = *static_cast<Source*>(opaque);
        ++self.calls;
        const std::size_t size = std::min(self.piece, self.bytes.size() - self.position);
        *next = size == 0 ? nullptr : const_cast<unsigned char*>(self.bytes.data()) + self.position;
        self.position += size;
        return static_cast<unsigned>(size);
    }
};

struct Sink {
    Bytes bytes{};
    std::vector<unsigned> sizes{};
    std::size_t fails_after = ~std::size_t{0};

    static int write(void* opaque, unsigned char* data, unsigned size) {
        auto& self = *static_cast<Sink*>(opaque);
        self.bytes.insert(self.bytes.end(), data, data + size);
        self.sizes.push_back(size);
        return self.bytes.size() > self.fails_after ? 1 : 0;
    }
};

struct BackPlan {
    std::size_t piece = 1000;
    std::size_t fails_after = ~std::size_t{0};
    std::size_t initial_input = 0;  ///< bytes given by next_in/avail_in before the first callback
};

void drive_back(const ZlibApi& zlib, Transcript& t, ByteView packed, int window_bits,
                const BackPlan& plan) {
    const GuardedBuffer window(std::size_t{1} << window_bits);
    TestStream strm(zlib);
    t.note("init", strm.inflate_back_init(window_bits, window.data()));
    for (int use = 0; use < 2; ++use) {  // a second stream after the first needs no reset
        Source source{packed, plan.piece};
        Sink sink{.fails_after = plan.fails_after};
        const std::size_t given = std::min(plan.initial_input, packed.size());
        strm.input(packed.first(given));
        if (given == 0) strm->next_in = nullptr;
        source.position = given;
        const int code = zlib.inflateBack(strm.get(), Source::read, &source, Sink::write, &sink);
        t.note("code", code);
        t.note("msg", strm->msg);
        t.note("avail_in", strm->avail_in);
        t.note("has_next_in", strm->next_in != nullptr);
        t.note("position", static_cast<long long>(source.position));
        t.note("calls", source.calls);
        t.note("output", sink.bytes);
        t.note("writes", static_cast<long long>(sink.sizes.size()));
        for (const unsigned size : sink.sizes) t.note("write", size);
    }
    t.note("end", strm.end());
}

std::vector<NamedStream> raw_streams() {
    std::vector<NamedStream> raw;
    for (const auto* streams : {&small_streams(), &large_streams()}) {
        for (const auto& stream : *streams) {
            if (stream.window_bits < 0 && stream.dictionary.empty()) raw.push_back(stream);
        }
    }
    return raw;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inflate_back)

BOOST_AUTO_TEST_CASE(streams_decode_from_pieces_of_any_size) {
    for (const auto& stream : raw_streams()) {
        for (int window_bits = 8; window_bits <= 15; ++window_bits) {
            for (const std::size_t piece : {1U, 2U, 5U, 333U, 1U << 20}) {
                BOOST_TEST_CONTEXT(stream.name << ", window bits " << window_bits << ", pieces of "
                                               << piece) {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        drive_back(zlib, t, stream.packed, window_bits, {.piece = piece});
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(input_given_before_the_first_callback_is_used_first) {
    for (const auto& stream : raw_streams()) {
        for (const std::size_t initial : {1U, 3U, 20U, 1U << 20}) {
            BOOST_TEST_CONTEXT(stream.name << ", " << initial << " bytes given") {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    drive_back(zlib, t, stream.packed, 15, {.piece = 10, .initial_input = initial});
                });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(input_that_ends_early_is_a_buffer_error_with_null_next_in) {
    const Bytes packed = small_streams().front().packed;
    BOOST_REQUIRE(small_streams().front().window_bits == -15);
    for (std::size_t size = 0; size < packed.size(); ++size) {
        for (const std::size_t piece : {1U, 100U}) {
            BOOST_TEST_CONTEXT("cut to " << size << ", pieces of " << piece) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    drive_back(zlib, t, ByteView(packed).first(size), 8, {.piece = piece});
                });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_output_that_fails_is_a_buffer_error_with_next_in_kept) {
    for (const auto& stream : raw_streams()) {
        for (const std::size_t fails_after : {0U, 1U, 300U, 5000U, 40'000U}) {
            BOOST_TEST_CONTEXT(stream.name << ", output fails after " << fails_after) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    drive_back(zlib, t, stream.packed, 15,
                               {.piece = 100, .fails_after = fails_after});
                });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(damaged_streams_fail_alike) {
    Random random(21);
    const auto streams = raw_streams();
    for (int round = 0; round < 2000; ++round) {
        NamedStream stream = streams[random.below(streams.size())];
        const std::size_t reach = random.one_in(2) ? 100 : stream.packed.size();
        stream.packed[random.below(std::min(reach, stream.packed.size()))] ^=
            static_cast<std::uint8_t>(1U << random.below(8));
        BOOST_TEST_CONTEXT(stream.name << ", round " << round) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                drive_back(zlib, t, stream.packed, 15, {.piece = 200});
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(wrong_parameters_are_refused) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        Bytes window(1 << 15);
        z_stream strm{};
        const int size = static_cast<int>(sizeof strm);
        for (const int window_bits : {-15, 0, 7, 16, 31, 47}) {
            t.note("bits", zlib.inflate_back_init(&strm, window_bits, window.data()));
        }
        t.note("no_window", zlib.inflate_back_init(&strm, 15, nullptr));
        t.note("no_stream", zlib.inflate_back_init(nullptr, 15, window.data()));
        t.note("no_version", zlib.inflateBackInit_(&strm, 15, window.data(), nullptr, size));
        t.note("version", zlib.inflateBackInit_(&strm, 15, window.data(), "2.0", size));
        t.note("size", zlib.inflateBackInit_(&strm, 15, window.data(), ZLIB_VERSION, size - 1));
        t.note("run_null", zlib.inflateBack(nullptr, Source::read, nullptr, Sink::write, nullptr));
        t.note("run_zeroed", zlib.inflateBack(&strm, Source::read, nullptr, Sink::write, nullptr));
        t.note("end_null", zlib.inflateBackEnd(nullptr));
        t.note("end_zeroed", zlib.inflateBackEnd(&strm));
    });
}

BOOST_AUTO_TEST_SUITE_END()
