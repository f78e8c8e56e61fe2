// SPDX-License-Identifier: Zlib
// The ring of earlier output holds the last bytes, whatever the sizes in which they came.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "inflate/window.hpp"
#include "support/sample_data.hpp"

using namespace warpz::test;
using warpz::inflate::kWindowMirrorBytes;
using warpz::inflate::kWindowSlackBytes;
using warpz::inflate::Window;

BOOST_AUTO_TEST_SUITE(window)

BOOST_AUTO_TEST_CASE(it_keeps_the_last_bytes_in_order) {
    Random random(1);
    for (const unsigned bits : {0U, 8U, 9U, 15U}) {
        const std::size_t size = std::size_t{1} << bits;
        std::vector<std::uint8_t> storage(size + kWindowSlackBytes);
        Window window;
        window.bytes = storage.data();
        window.activate(bits);
        Bytes all;
        for (int round = 0; round < 200; ++round) {
            const Bytes piece = make_sample(
                Sample::kRandom, random.below(random.one_in(8) ? 2 * size + 2 : size / 2 + 2),
                static_cast<std::uint64_t>(round));
            all.insert(all.end(), piece.begin(), piece.end());
            window.append(piece.data() + piece.size(), piece.size());
            const std::size_t expected = std::min(all.size(), size);
            BOOST_TEST_REQUIRE(window.have_bytes == expected);
            Bytes seen(expected);
            window.copy_to(seen.data());
            BOOST_TEST_REQUIRE(
                (seen == Bytes(all.end() - static_cast<std::ptrdiff_t>(expected), all.end())));
            if (size < kWindowMirrorBytes || window.have_bytes < size) continue;
            BOOST_TEST_REQUIRE((std::equal(storage.begin(), storage.begin() + kWindowMirrorBytes,
                                           storage.begin() + static_cast<std::ptrdiff_t>(size))));
        }
    }
}

BOOST_AUTO_TEST_CASE(activating_twice_changes_nothing_and_forgetting_empties) {
    std::vector<std::uint8_t> storage(256 + kWindowSlackBytes);
    Window window;
    window.bytes = storage.data();
    window.activate(8);
    const std::uint8_t text[] = {1, 2, 3};
    window.append(text + 3, 3);
    window.activate(8);
    BOOST_TEST(window.have_bytes == 3U);
    window.forget();
    BOOST_TEST(window.have_bytes == 0U);
    BOOST_TEST(window.size_bytes == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
