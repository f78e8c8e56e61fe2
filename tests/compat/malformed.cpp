// SPDX-License-Identifier: Zlib
// same_decoding() and same_refusal().
#define BOOST_TEST_MODULE malformed
#include "compat/malformed.hpp"

#include <boost/test/unit_test.hpp>

#include "support/guarded_buffer.hpp"

namespace warpz::test {
namespace {

struct Feed {
    const GuardedBuffer& bytes;
    bool is_given = false;
    Bytes output{};

    static unsigned read(void* opaque, z_const unsigned char** next) {
        auto& self = *static_cast<Feed*>(opaque);
        *next = self.bytes.data();
        return std::exchange(self.is_given, true) ? 0 : static_cast<unsigned>(self.bytes.size());
    }
    static int write(void* opaque, unsigned char* data, unsigned size) {
        auto& self = *static_cast<Feed*>(opaque);
        self.output.insert(self.output.end(), data, data + size);
        return 0;
    }
};

void note_inflate_back(const ZlibApi& zlib, Transcript& t, const Bytes& packed) {
    const GuardedBuffer window(1 << 15);
    const GuardedBuffer input(packed);
    TestStream strm(zlib);
    t.note("init", strm.inflate_back_init(15, window.data()));
    strm.input({});
    Feed feed{input};
    t.note("code", zlib.inflateBack(strm.get(), Feed::read, &feed, Feed::write, &feed));
    t.note("msg", strm->msg);
    t.note("avail_in", strm->avail_in);
    t.note("output", feed.output);
}

}  // namespace

void same_decoding(const std::string& name, const Bytes& packed, int window_bits) {
    const NamedStream stream{name, packed, window_bits};
    constexpr InflatePlan kPlans[] = {
        {.in_chunk = 1 << 20, .out_chunk = 1 << 17},
        {.in_chunk = 1, .out_chunk = 1 << 17},
        {.in_chunk = 1 << 20, .out_chunk = 1},
        {.in_chunk = 7, .out_chunk = 300},
        {.in_chunk = 1 << 20, .out_chunk = 1 << 17, .flush = Z_FINISH},
        {.in_chunk = 1 << 20, .out_chunk = 1 << 17, .flush = Z_TREES, .notes_mark = true},
    };
    BOOST_TEST_CONTEXT(name) {
        for (const auto& plan : kPlans) {
            BOOST_TEST_CONTEXT("pieces of " << plan.in_chunk << " and " << plan.out_chunk
                                            << ", flush " << plan.flush) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    drive_inflate(zlib, t, stream, plan);
                });
            }
        }
        if (window_bits < 0) {
            BOOST_TEST_CONTEXT("inflateBack") {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    note_inflate_back(zlib, t, packed);
                });
            }
        }
    }
}

void same_refusal(const std::string& name, const Bytes& packed, const char* msg, int window_bits) {
    same_decoding(name, packed, window_bits);
    const GuardedBuffer input(packed);
    TestStream strm(tested_zlib());
    BOOST_REQUIRE(strm.inflate_init(window_bits) == Z_OK);
    Bytes space(1 << 17);
    strm.input(input.span());
    strm.output(space);
    BOOST_TEST_CONTEXT(name) {
        BOOST_TEST(strm.inflate(Z_FINISH) == Z_DATA_ERROR);
        BOOST_TEST(std::string(strm->msg == nullptr ? "(null)" : strm->msg) == msg);
    }
}

}  // namespace warpz::test
