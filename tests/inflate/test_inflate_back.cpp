// SPDX-License-Identifier: Zlib
// The callback decoder: windows of all sizes, failing callbacks, and the input that is left.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "inflate/inflate_back.hpp"
#include "support/bit_builder.hpp"
#include "support/sample_data.hpp"

using namespace warpz;
using namespace warpz::inflate;
using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

/// Both callbacks' context: hands out `packed` in pieces, collects the output.
struct Caller {
    Bytes packed;
    std::size_t piece;
    std::size_t at = 0;
    unsigned pushes_left = ~0U;
    Bytes plain{};

    static std::size_t pull(void* context, const std::uint8_t** bytes) {
        auto& self = *static_cast<Caller*>(context);
        const std::size_t size = std::min(self.piece, self.packed.size() - self.at);
        *bytes = self.packed.data() + self.at;
        self.at += size;
        return size;
    }
    static bool push(void* context, std::uint8_t* bytes, std::size_t size) {
        auto& self = *static_cast<Caller*>(context);
        if (self.pushes_left == 0) return false;
        --self.pushes_left;
        self.plain.insert(self.plain.end(), bytes, bytes + size);
        return true;
    }
};

/// A decoder over a window of its own.
struct Back {
    explicit Back(unsigned window_bits)
        : buffer(std::size_t{1} << window_bits), history(buffer.size() + kWindowSlackBytes) {
        inflater.bind(buffer.data(), window_bits, history.data());
    }
    Status run(Caller& caller) {
        return inflater.run(in, in_size, {Caller::pull, Caller::push, &caller, &caller}, error);
    }

    std::vector<std::uint8_t> buffer;
    std::vector<std::uint8_t> history;
    BackInflater inflater;
    const std::uint8_t* in = nullptr;
    std::size_t in_size = 0;
    FormatError error = FormatError::kNone;
};

/// A fixed block of literals and of matches with the largest distance that a window has.
Bytes far_matches(unsigned window_bits, Bytes& plain) {
    const std::size_t distance = std::size_t{1} << window_bits;
    plain.clear();
    BitBuilder bits;
    bits.block_header(true, 1U);
    for (std::size_t i = 0; i < distance; ++i) {
        const char letter = static_cast<char>('a' + i * i % 23);
        bits.fixed_literals({&letter, 1});
        plain.push_back(static_cast<std::uint8_t>(letter));
    }
    for (unsigned length = 3; length <= 258; ++length) {
        bits.fixed_match(length, static_cast<unsigned>(distance));
        for (unsigned i = 0; i < length; ++i) plain.push_back(plain[plain.size() - distance]);
    }
    return bits.end_of_block_fixed().stream();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inflate_back)

BOOST_DATA_TEST_CASE(windows_of_all_sizes_hold_their_largest_distance,
                     data::make({8, 9, 10, 11, 12, 13, 14, 15}) * data::make({1, 100, 100000}),
                     window_bits, piece) {
    Bytes plain;
    Caller caller{far_matches(static_cast<unsigned>(window_bits), plain),
                  static_cast<std::size_t>(piece)};
    Back back(static_cast<unsigned>(window_bits));
    BOOST_TEST((back.run(caller) == Status::kStreamEnd));
    BOOST_TEST((caller.plain == plain));
    BOOST_TEST(back.in_size == 0U);
}

BOOST_AUTO_TEST_CASE(input_after_the_stream_is_left_to_the_caller) {
    Bytes plain;
    Caller caller{far_matches(8, plain), 1'000'000};
    caller.packed.insert(caller.packed.end(), 5, 0x77);
    Back back(8);
    BOOST_TEST((back.run(caller) == Status::kStreamEnd));
    BOOST_TEST(back.in_size == 5U);
    BOOST_TEST(unsigned{*back.in} == 0x77U);
}

BOOST_AUTO_TEST_CASE(input_that_ends_early_leaves_no_position) {
    Bytes plain;
    Caller caller{far_matches(8, plain), 100};
    caller.packed.resize(caller.packed.size() / 2);
    Back back(8);
    BOOST_TEST((back.run(caller) == Status::kNeedInput));
    BOOST_TEST(back.in == nullptr);
    BOOST_TEST(back.in_size == 0U);
}

BOOST_AUTO_TEST_CASE(a_failing_receiver_ends_the_call) {
    Bytes plain;
    const Bytes packed = far_matches(8, plain);
    for (unsigned pushes = 0; pushes < 3; ++pushes) {
        Caller caller{packed, 1000};
        caller.pushes_left = pushes;
        Back back(8);
        BOOST_TEST((back.run(caller) == Status::kNeedOutput));
        BOOST_TEST(caller.plain.size() == pushes * 256U);
    }
}

BOOST_AUTO_TEST_CASE(a_distance_before_the_first_byte_is_an_error) {
    Caller caller{
        BitBuilder().block_header(true, 1U).fixed_literals("ab").fixed_match(3, 3).u32(0).stream(),
        1000};
    Back back(15);
    BOOST_TEST((back.run(caller) == Status::kBadData));
    BOOST_TEST((back.error == FormatError::kDistanceTooFar));
    BOOST_TEST((caller.plain == bytes_of("ab")));
}

BOOST_AUTO_TEST_CASE(the_decoder_can_be_used_again) {
    Bytes plain;
    const Bytes packed = far_matches(10, plain);
    Back back(10);
    for (int round = 0; round < 3; ++round) {
        Caller caller{packed, 333};
        back.in = nullptr;
        BOOST_TEST((back.run(caller) == Status::kStreamEnd));
        BOOST_TEST((caller.plain == plain));
    }
}

BOOST_AUTO_TEST_SUITE_END()
