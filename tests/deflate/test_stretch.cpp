// SPDX-License-Identifier: Zlib
// The stretch kernels of this CPU choose what the portable one chooses, and enter the same positions.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "deflate/stretch.hpp"
#include "kernels/cpu_features.hpp"
#include "support/sample_data.hpp"

using namespace warpz::deflate;
using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

constexpr unsigned kBucketBits = 12;

/// Tables over a window, and the stretch that a kernel works in.
struct Side {
    Side(const Bytes& window, unsigned hash_bytes, bool has_latest)
        : buckets(std::size_t{4} << kBucketBits),
          latest(std::size_t{1} << kBucketBits),
          stretch(std::make_unique<Stretch>()) {
        index = {.window = window.data(),
                 .buckets = buckets.data(),
                 .hash_bytes = hash_bytes,
                 .bucket_shift = 32 - kBucketBits,
                 .latest = has_latest ? latest.data() : nullptr,
                 .latest_hash_bytes = 3,
                 .latest_shift = 32 - kBucketBits,
                 .floor = 99,
                 .max_distance = 20'000,
                 .min_length = 3};
        std::memset(stretch.get(), 0, sizeof *stretch);
    }
    std::vector<std::uint16_t> buckets;
    std::vector<std::uint16_t> latest;
    std::unique_ptr<Stretch> stretch;
    StretchIndex index;
};

struct Named {
    std::string name;
    StretchKernel (*kernel)(Ways) noexcept;
};

std::vector<Named> kernels_here() {
    std::vector<Named> kernels{{"best", stretch_kernel}};
#if defined(__x86_64__)
    const auto cpu = warpz::kernels::cpu();
    if (cpu.avx2 && cpu.bmi2) kernels.push_back({"AVX2", stretch_kernel_avx2});
    if (cpu.avx512_vbmi && cpu.avx512_bitalg) kernels.push_back({"AVX-512", stretch_kernel_avx512});
#endif
    return kernels;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stretch)

BOOST_DATA_TEST_CASE(kernels_choose_alike, data::xrange(3) * data::make({3U, 4U, 5U}), way_bits,
                     hash_bytes) {
    const auto ways = static_cast<Ways>(way_bits);
    for (const auto& [name, kernel] : kernels_here()) {
        for (const Sample sample : kAllSamples) {
            for (const bool has_latest : {false, true}) {
                BOOST_TEST_CONTEXT(name << ", sample " << static_cast<int>(sample)
                                        << (has_latest ? ", latest" : "")) {
                    const Bytes window = make_sample(sample, 12'000);
                    Side portable(window, hash_bytes, has_latest);
                    Side vectors(window, hash_bytes, has_latest);
                    const StretchKernel chosen = kernel(ways);
                    std::uint32_t matches = 0;
                    for (std::uint32_t pos = 64; pos + 2 * kStretch < window.size();
                         pos += pos % 7 == 0 ? 3 * kStretch / 2 : kStretch) {
                        const std::uint64_t expected = judge_tail(
                            ways, portable.index, pos, kStretch, 1000, *portable.stretch);
                        chosen.look_up(vectors.index, pos, *vectors.stretch);
                        const std::uint64_t begins =
                            chosen.judge(vectors.index, pos, *vectors.stretch);
                        BOOST_REQUIRE_EQUAL(begins, expected);
                        for (unsigned i = 0; i < kStretch; ++i) {
                            const unsigned length = portable.stretch->length[i];
                            BOOST_REQUIRE_EQUAL(vectors.stretch->length[i], length);
                            if (length == 0) continue;
                            const unsigned distance = portable.stretch->distance[i];
                            BOOST_REQUIRE_EQUAL(vectors.stretch->distance[i], distance);
                            BOOST_REQUIRE(distance >= 1 && distance <= 20'000);
                            BOOST_REQUIRE(pos + i - distance > 99);
                            BOOST_REQUIRE(std::equal(window.begin() + pos + i,
                                                     window.begin() + pos + i + length,
                                                     window.begin() + pos + i - distance));
                            ++matches;
                        }
                    }
                    BOOST_TEST((portable.buckets == vectors.buckets));
                    BOOST_TEST((portable.latest == vectors.latest));
                    if (sample == Sample::kText) BOOST_TEST(matches > 200U);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
