// SPDX-License-Identifier: Zlib
// The kernel walk and the combination properties as a bare executable, for CPUs that only an
// emulator offers. Exit status 1 when anything differs.
#include <cstdio>
#include <string>

#include "checksum/adler32.hpp"
#include "checksum/crc32.hpp"
#include "kernels/checksum_walk.hpp"

namespace {

int walk(std::span<const warpz::kernels::ChecksumVariant> variants,
         warpz::test::Definition definition) {
    int failures = 0;
    for (const warpz::kernels::ChecksumVariant& variant : variants) {
        if (!variant.runs_on(warpz::kernels::cpu())) {
            std::printf("%-16s skipped: this CPU does not offer it\n", variant.name);
            continue;
        }
        const std::string difference = warpz::test::first_difference(variant.function, definition);
        std::printf("%-16s %s\n", variant.name, difference.empty() ? "ok" : difference.c_str());
        failures += difference.empty() ? 0 : 1;
    }
    return failures;
}

}  // namespace

int main() {
    int failures = walk(warpz::kernels::adler32_variants(), warpz::test::defined_adler32) +
                   walk(warpz::kernels::crc32_variants(), warpz::test::defined_crc32);

    const std::uint8_t text[] = "hand-over";
    const std::span<const std::uint8_t> both{text, 9};
    const auto a = both.first(4);
    const auto b = both.subspan(4);
    namespace checksum = warpz::checksum;
    const bool combined =
        checksum::crc32_combine(checksum::crc32(0, a.data(), 4), checksum::crc32(0, b.data(), 5),
                                5) == warpz::test::defined_crc32(0, both) &&
        checksum::adler32_combine(checksum::adler32(1, a.data(), 4),
                                  checksum::adler32(1, b.data(), 5),
                                  5) == warpz::test::defined_adler32(1, both);
    std::printf("%-16s %s\n", "combine", combined ? "ok" : "differs");
    failures += combined ? 0 : 1;
    return failures == 0 ? 0 : 1;
}
