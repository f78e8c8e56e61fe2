// SPDX-License-Identifier: Zlib
// Every kernel variant that this CPU runs against the definition, the choice among them, and what
// WARPZ_CPU does to it.
#define BOOST_TEST_MODULE kernels
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "kernels/checksum_walk.hpp"
#include "kernels/crc32_poly.hpp"
#include "kernels/kernels.hpp"

namespace kernels = warpz::kernels;
using kernels::ChecksumVariant;
using kernels::Cpu;

namespace {

void walk_variants(std::span<const ChecksumVariant> variants, warpz::test::Definition definition) {
    for (const ChecksumVariant& variant : variants) {
        if (!variant.runs_on(kernels::cpu())) {
            BOOST_TEST_MESSAGE(variant.name << " skipped: this CPU or WARPZ_CPU does not offer it");
            continue;
        }
        BOOST_TEST_CONTEXT(variant.name) {
            BOOST_TEST(warpz::test::first_difference(variant.function, definition) == "");
        }
    }
}

Cpu everything() { return std::bit_cast<Cpu>(~std::uint32_t{0}); }

/// The variant that a CPU with these groups would use.
std::string_view chosen_for(std::span<const ChecksumVariant> variants, const char* groups) {
    for (const ChecksumVariant& variant : variants) {
        if (variant.runs_on(kernels::restrict_cpu(everything(), groups))) return variant.name;
    }
    return "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(variants)

BOOST_AUTO_TEST_CASE(every_adler32_kernel_equals_the_definition) {
    walk_variants(kernels::adler32_variants(), warpz::test::defined_adler32);
}

BOOST_AUTO_TEST_CASE(every_crc32_kernel_equals_the_definition) {
    walk_variants(kernels::crc32_variants(), warpz::test::defined_crc32);
}

BOOST_AUTO_TEST_CASE(the_chosen_kernels_equal_the_definition) {
    BOOST_TEST(warpz::test::first_difference(kernels::adler32, warpz::test::defined_adler32) == "");
    BOOST_TEST(warpz::test::first_difference(kernels::crc32, warpz::test::defined_crc32) == "");
}

BOOST_AUTO_TEST_CASE(streams_use_a_kernel_that_does_not_lower_the_clock) {
    BOOST_TEST(warpz::test::first_difference(kernels::adler32_in_stream,
                                             warpz::test::defined_adler32) == "");
    const kernels::ChecksumFn chosen = kernels::g_slots.adler32_in_stream.load();
    for (const ChecksumVariant& variant : kernels::adler32_variants()) {
        if (variant.function == chosen) BOOST_TEST(!variant.lowers_clock, variant.name);
    }
    BOOST_TEST(!kernels::adler32_variants().back().lowers_clock);
}

BOOST_AUTO_TEST_CASE(the_last_variant_runs_everywhere) {
    BOOST_TEST(kernels::adler32_variants().back().runs_on(Cpu{}));
    BOOST_TEST(kernels::crc32_variants().back().runs_on(Cpu{}));
}

#if defined(__x86_64__)
/// Components of the vector state that are not in their initial configuration (XGETBV with ECX =
/// 1).
[[gnu::noinline]] static std::uint32_t vector_state_in_use() {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
    return low;
}

// Code that uses SSE runs slower in a thread whose upper vector halves are in use.
BOOST_AUTO_TEST_CASE(no_kernel_leaves_the_upper_vector_halves_in_use) {
    if (!kernels::cpu().avx512) {
        BOOST_TEST_MESSAGE("skipped: XGETBV(1) is taken for granted on CPUs with AVX-512 only");
        return;
    }
    constexpr std::uint32_t kUpperHalves = 1U << 2 | 1U << 6;  // YMM, ZMM0-15
    const std::vector<std::uint8_t> data(20000, 7);
    for (const auto variants : {kernels::adler32_variants(), kernels::crc32_variants()}) {
        for (const ChecksumVariant& variant : variants) {
            if (!variant.runs_on(kernels::cpu())) continue;
            for (const std::size_t size :
                 std::initializer_list<std::size_t>{0, 1, 20, 64, 100, 300, 1024, 5000, 20000}) {
                asm volatile("vzeroupper");
                static_cast<void>(variant.function(1, data.data(), size));
                const std::uint32_t in_use = vector_state_in_use() & kUpperHalves;
                BOOST_TEST(in_use == 0, variant.name << " at " << size << " bytes");
            }
        }
    }
}
#endif

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(choice)

BOOST_AUTO_TEST_CASE(environment_narrows_what_this_cpu_offers) {
    const char* list = std::getenv("WARPZ_CPU");
    if (list == nullptr || *list == '\0') {
        BOOST_TEST_MESSAGE("skipped: WARPZ_CPU is not set (test_kernels_<level> set it)");
        return;
    }
    Cpu cpu = kernels::cpu();
    cpu.detected = 0;
    const Cpu allowed = kernels::restrict_cpu(everything(), list);
    const auto beyond = std::bit_cast<std::uint32_t>(cpu) & ~std::bit_cast<std::uint32_t>(allowed);
    BOOST_TEST(beyond == 0);
}

BOOST_AUTO_TEST_CASE(lists_name_groups_and_levels_include_what_is_below) {
    const auto bits = [](const char* list) {
        return std::bit_cast<std::uint32_t>(kernels::restrict_cpu(everything(), list));
    };
    BOOST_TEST(bits("generic") == 0);
    BOOST_TEST(bits("no-such-group") == 0);
    BOOST_TEST(bits("") == 0);
    BOOST_TEST(bits(",,") == 0);
    BOOST_TEST((bits("sse42") & ~bits("avx2")) == 0);
    BOOST_TEST((bits("avx2") & ~bits("avx512")) == 0);
    BOOST_TEST(bits("sse42") != bits("avx2"));
    BOOST_TEST(bits("avx2") != bits("avx512"));
    BOOST_TEST(bits("generic,vnni,sse42") == (bits("vnni") | bits("sse42")));
    BOOST_TEST(bits("sse42,") == bits("sse42"));
    // What the CPU lacks stays absent.
    BOOST_TEST(std::bit_cast<std::uint32_t>(kernels::restrict_cpu(Cpu{}, "avx512,vnni")) == 0);
}

BOOST_AUTO_TEST_CASE(wider_kernels_are_preferred_where_they_do_not_lower_the_clock) {
    const auto adler32 = kernels::adler32_variants();
    const auto crc32 = kernels::crc32_variants();
    BOOST_TEST(chosen_for(adler32, "generic") == "adler32_generic");
    BOOST_TEST(chosen_for(crc32, "generic") == "crc32_generic");
#if defined(__x86_64__)
    const char* const ice_lake = "avx512,vpclmul,vbmi,vbmi2,vnni";
    const char* const cascade_lake = "avx512,vnni";
    const char* const alder_lake = "avx2,vpclmul,avxvnni";
    BOOST_TEST(chosen_for(adler32, ice_lake) == "adler32_avx512_vnni");
    BOOST_TEST(chosen_for(crc32, ice_lake) == "crc32_vpclmul_avx512");
    BOOST_TEST(chosen_for(adler32, cascade_lake) == "adler32_avx2");
    BOOST_TEST(chosen_for(crc32, cascade_lake) == "crc32_pclmul");
    BOOST_TEST(chosen_for(adler32, alder_lake) == "adler32_avx_vnni");
    BOOST_TEST(chosen_for(crc32, alder_lake) == "crc32_vpclmul_avx2");
    BOOST_TEST(chosen_for(adler32, "sse42") == "adler32_ssse3");
    BOOST_TEST(chosen_for(crc32, "sse42") == "crc32_pclmul");
#endif
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(polynomial)

BOOST_AUTO_TEST_CASE(tables_and_factors_follow_from_the_polynomial) {
    using namespace kernels::crc32_poly;
    for (unsigned v = 0; v < 256; ++v) {
        const auto byte = static_cast<std::uint8_t>(v);
        // A register of 0 and no final inversion: the definition inverts at both ends.
        BOOST_TEST(kernels::kCrc32ByteTable[v] ==
                   ~warpz::test::defined_crc32(0xFFFF'FFFF, {&byte, 1}));
    }
    for (unsigned n = 0; n < 100; ++n) BOOST_TEST(times_x(power_of_x(n)) == power_of_x(n + 1));
    BOOST_TEST(power_of_x(0xFFFF'FFFF) == kOne);  // the order of x
    BOOST_TEST(power_of_x(5, 3) == power_of_x(40));
    BOOST_TEST(kReduceFactors.back() == std::uint64_t{power_of_x(32)} << 1);
}

BOOST_AUTO_TEST_SUITE_END()
