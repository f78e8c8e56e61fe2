// SPDX-License-Identifier: Zlib
// The generators behind make_sample(); each is a few lines over splitmix64.
#include "support/sample_data.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <string>

namespace warpz::test {
namespace {

void put_u32(Bytes& out, std::uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

// Smaller results are likelier, about as words are in a language: rank ~ exp(uniform).
std::size_t skewed_rank(Random& random, std::size_t count) {
    const std::uint64_t octave = random.below(std::bit_width(count));
    return std::min<std::size_t>(count - 1, random.below(std::uint64_t{2} << octave));
}

Bytes make_text(std::size_t size, Random& random) {
    constexpr std::string_view kSyllables[] = {"ta",  "re",  "mi", "con", "de",  "ver",
                                               "lo",  "an",  "si", "un",  "pro", "ge",
                                               "sta", "ing", "ed", "tion"};
    std::vector<std::string> words(600);
    for (auto& word : words) {
        const auto syllables = random.between(1, 4);
        for (std::uint64_t i = 0; i < syllables; ++i) {
            word += kSyllables[random.below(std::size(kSyllables))];
        }
    }
    Bytes out;
    std::size_t column = 0;
    while (out.size() < size) {
        if (out.size() > 200 && random.one_in(40)) {  // a phrase again, from anywhere before
            const std::size_t length = random.between(20, 120);
            const std::size_t from = random.below(out.size() - 150);
            for (std::size_t i = 0; i < length; ++i) out.push_back(out[from + i]);
        }
        const auto& word = words[skewed_rank(random, words.size())];
        out.insert(out.end(), word.begin(), word.end());
        column += word.size() + 1;
        if (random.one_in(12)) out.push_back(random.one_in(2) ? ',' : '.');
        out.push_back(column > 72 ? '\n' : ' ');
        if (column > 72) column = 0;
    }
    return out;
}

Bytes make_binary(std::size_t size, Random& random) {
    constexpr std::array<std::array<std::uint8_t, 3>, 8> kOpcodes{{{0x48, 0x8b, 0x45},
                                                                   {0x48, 0x89, 0xc7},
                                                                   {0xe8, 0x00, 0x00},
                                                                   {0x0f, 0xb6, 0x10},
                                                                   {0x83, 0xc0, 0x01},
                                                                   {0xc7, 0x45, 0xfc},
                                                                   {0x74, 0x0a, 0x90},
                                                                   {0x5d, 0xc3, 0x66}}};
    Bytes out;
    while (out.size() < size) {
        const auto& opcode = kOpcodes[skewed_rank(random, kOpcodes.size())];
        out.insert(out.end(), opcode.begin(), opcode.end());
        out.push_back(static_cast<std::uint8_t>(random.below(32) * 8));
        if (random.one_in(6)) put_u32(out, static_cast<std::uint32_t>(random.below(4096)));
        if (random.one_in(50)) out.insert(out.end(), random.between(4, 60), 0);
    }
    return out;
}

Bytes make_runs(std::size_t size, Random& random) {
    Bytes out;
    while (out.size() < size) {
        const std::size_t longest = random.one_in(10) ? 1000 : 20;
        // One draw a statement: compilers choose the order of arguments.
        const auto value = static_cast<std::uint8_t>(random.below(6));
        out.insert(out.end(), random.between(1, longest), value);
    }
    return out;
}

Bytes make_random(std::size_t size, Random& random) {
    Bytes out(size);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random.next());
    return out;
}

Bytes make_records(std::size_t size, Random& random) {
    Bytes out;
    std::uint32_t serial = 1000;
    const Bytes name = make_text(400, random);
    while (out.size() < size) {
        put_u32(out, serial++);
        put_u32(out, static_cast<std::uint32_t>(1'700'000'000 + serial * 7));
        put_u32(out, static_cast<std::uint32_t>(random.below(50)));
        const std::size_t from = random.below(20) * 16;
        for (std::size_t i = 0; i < 16; ++i) out.push_back(name[from + i]);
        put_u32(out, static_cast<std::uint32_t>(random.next()));
    }
    return out;
}

Bytes make_skewed(std::size_t size, Random& random) {
    Bytes out(size);
    for (auto& byte : out) {
        byte = static_cast<std::uint8_t>(std::countr_zero(random.next() | (1ULL << 40)) * 5 +
                                         static_cast<int>(random.below(3)));
    }
    return out;
}

Bytes make_mixed(std::size_t size, Random& random) {
    constexpr Sample kParts[] = {Sample::kText,   Sample::kBinary,  Sample::kRuns,
                                 Sample::kRandom, Sample::kRecords, Sample::kSkewed};
    Bytes out;
    while (out.size() < size) {
        const std::size_t part_bytes = std::min(size - out.size(), random.between(500, 20000));
        const std::uint64_t seed = random.next();
        const Bytes part = make_sample(kParts[random.below(std::size(kParts))], part_bytes, seed);
        out.insert(out.end(), part.begin(), part.end());
    }
    return out;
}

}  // namespace

std::uint64_t Random::next() noexcept {
    state_ += 0x9E37'79B9'7F4A'7C15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
}

std::string_view name_of(Sample kind) noexcept {
    switch (kind) {
        case Sample::kText:
            return "text";
        case Sample::kBinary:
            return "binary";
        case Sample::kRuns:
            return "runs";
        case Sample::kRandom:
            return "random";
        case Sample::kRecords:
            return "records";
        case Sample::kZeros:
            return "zeros";
        case Sample::kSkewed:
            return "skewed";
        case Sample::kMixed:
            return "mixed";
    }
    return "unknown";
}

Bytes make_sample(Sample kind, std::size_t size, std::uint64_t seed) {
    Random random(seed * 64 + static_cast<std::uint64_t>(kind));
    Bytes out;
    switch (kind) {
        case Sample::kText:
            out = make_text(size, random);
            break;
        case Sample::kBinary:
            out = make_binary(size, random);
            break;
        case Sample::kRuns:
            out = make_runs(size, random);
            break;
        case Sample::kRandom:
            out = make_random(size, random);
            break;
        case Sample::kRecords:
            out = make_records(size, random);
            break;
        case Sample::kZeros:
            out.assign(size, 0);
            break;
        case Sample::kSkewed:
            out = make_skewed(size, random);
            break;
        case Sample::kMixed:
            out = make_mixed(size, random);
            break;
    }
    out.resize(size);
    return out;
}

std::vector<Bytes> tiny_samples() {
    std::vector<Bytes> samples;
    for (const std::string_view text :
         {"", "a", "ab", "abc", "aaa", "aaaa", "abcabc", "abcdabcd", "hello, hello!"}) {
        samples.push_back(bytes_of(text));
    }
    samples.push_back(Bytes(258, 'x'));
    samples.push_back(Bytes(260, 0));
    samples.push_back({0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00});
    return samples;
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace warpz::test
