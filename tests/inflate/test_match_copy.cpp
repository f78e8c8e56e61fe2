// SPDX-License-Identifier: Zlib
// Match copies against a byte-by-byte copy, for all short distances and all lengths.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "inflate/match_copy.hpp"
#include "support/sample_data.hpp"

using namespace warpz::inflate;
using namespace warpz::test;

namespace {

constexpr std::size_t kHistory = 400;

void copy_slowly(Bytes& buffer, std::size_t distance, std::size_t length) {
    for (std::size_t i = kHistory; i < kHistory + length; ++i) buffer[i] = buffer[i - distance];
}

/// The first byte after the copy that differs from `expected`'s untouched filling, counted from the match's end.
std::size_t written_beyond(const Bytes& buffer, std::size_t length, std::uint8_t filling) {
    std::size_t beyond = buffer.size() - (kHistory + length);
    while (beyond > 0 && buffer[kHistory + length + beyond - 1] == filling) --beyond;
    return beyond;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(match_copy)

BOOST_AUTO_TEST_CASE(wide_and_exact_copies_give_the_same_bytes) {
    const Bytes start = make_sample(Sample::kRandom, kHistory);
    for (std::size_t distance = 1; distance <= 80; ++distance) {
        for (std::size_t length = 3; length <= 258; ++length) {
            Bytes expected = start;
            expected.resize(kHistory + length + 64, 0xa5);
            Bytes wide = expected;
            Bytes exact = expected;
            copy_slowly(expected, distance, length);
            copy_match_wide(wide.data() + kHistory, distance, length);
            copy_match_exact(exact.data() + kHistory, distance, length);
            BOOST_TEST_REQUIRE((exact == expected),
                               "distance " << distance << ", length " << length);
            BOOST_TEST_REQUIRE(written_beyond(wide, length, 0xa5) < kCopySlackBytes);
            wide.resize(kHistory + length);
            expected.resize(kHistory + length);
            BOOST_TEST_REQUIRE((wide == expected),
                               "distance " << distance << ", length " << length);
        }
    }
}

BOOST_AUTO_TEST_CASE(matches_from_the_window_wrap_and_go_on_in_the_output) {
    Random random(7);
    std::vector<std::uint8_t> storage(256 + kWindowSlackBytes);
    for (int round = 0; round < 20000; ++round) {
        Window window;
        window.bytes = storage.data();
        window.activate(8);
        Bytes earlier = make_sample(Sample::kRandom, random.between(1, 700), random.next());
        window.append(earlier.data() + earlier.size(), earlier.size());
        const std::size_t produced = random.below(40);
        const std::size_t reach = random.between(1, window.have_bytes);
        const std::size_t length = random.between(3, 258);
        const std::size_t distance = reach + produced;

        Bytes all = earlier;
        const Bytes output = make_sample(Sample::kRandom, produced, random.next());
        all.insert(all.end(), output.begin(), output.end());
        for (std::size_t i = 0; i < length; ++i) all.push_back(all[all.size() - distance]);

        Bytes buffer = output;
        buffer.resize(produced + length);
        copy_match_from_window(window, buffer.data() + produced, reach, distance, length);
        BOOST_TEST_REQUIRE((
            buffer == Bytes(all.begin() + static_cast<std::ptrdiff_t>(earlier.size()), all.end())));
    }
}

BOOST_AUTO_TEST_SUITE_END()
