// SPDX-License-Identifier: Zlib
// Prints digests of what streams make: every level and strategy over every kind of sample, and what the decoder makes
// of those bytes, whole, in pieces and damaged. The output is the same on every CPU and under every WARPZ_CPU, which
// same_everywhere.sh holds; so whatever kernel a level comes to use is compared without being named here.
//
// Usage: stream_digest BYTES     size of each sample
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "support/sample_data.hpp"
#include "zlib.h"

namespace {

using warpz::test::Bytes;
using warpz::test::Random;
using warpz::test::Sample;

/// FNV-1a, 64 bits: of its own, since the library's checksums are under test too.
class Digest {
  public:
    void add(std::span<const std::uint8_t> bytes) {
        for (const std::uint8_t byte : bytes) value_ = (value_ ^ byte) * 0x100'0000'01B3;
    }
    void add(std::uint64_t number) {
        for (int i = 0; i < 64; i += 8) {
            const auto byte = static_cast<std::uint8_t>(number >> i);
            add({&byte, 1});
        }
    }
    [[nodiscard]] unsigned long long value() const { return value_; }

  private:
    std::uint64_t value_ = 0xCBF2'9CE4'8422'2325;
};

[[noreturn]] void fail(const std::string& what) {
    std::printf("%s\n", what.c_str());
    std::exit(1);
}

void require(bool holds, const char* what) {
    if (!holds) fail(what);
}

struct Parameters {
    int level;
    int strategy;
    int window_bits;
    int mem_level;
};

/// The sample in two parts with a flush between them, and a change to the neighbouring level behind that.
Bytes packed(const Bytes& plain, const Parameters& p, int flush) {
    z_stream strm{};
    require(
        deflateInit2(&strm, p.level, Z_DEFLATED, p.window_bits, p.mem_level, p.strategy) == Z_OK,
        "deflateInit2");
    Bytes out(deflateBound(&strm, static_cast<uLong>(plain.size())) + plain.size() / 8 + 1024);
    const std::size_t first = plain.size() * 3 / 4;
    strm.next_out = out.data();
    strm.avail_out = static_cast<uInt>(out.size());
    strm.next_in = plain.data();
    strm.avail_in = static_cast<uInt>(first);
    require(deflate(&strm, flush) == Z_OK, "deflate");
    require(deflateParams(&strm, p.level == 9 ? 8 : p.level + 1, p.strategy) == Z_OK,
            "deflateParams");
    strm.avail_in = static_cast<uInt>(plain.size() - first);
    require(deflate(&strm, Z_FINISH) == Z_STREAM_END, "deflate to the end");
    out.resize(out.size() - strm.avail_out);
    require(deflateEnd(&strm) == Z_OK, "deflateEnd");
    return out;
}

/// Decodes `in` in calls of at most `piece` bytes on either side; adds results, counters and bytes.
void add_unpacked(Digest& digest, const Bytes& in, int window_bits, std::size_t piece, Bytes& out) {
    z_stream strm{};
    require(inflateInit2(&strm, window_bits) == Z_OK, "inflateInit2");
    strm.next_in = in.data();
    strm.next_out = out.data();
    std::size_t in_left = in.size();
    std::size_t out_left = out.size();
    int code = Z_OK;
    while (code == Z_OK) {
        if (strm.avail_in == 0) {
            strm.avail_in = static_cast<uInt>(std::min(piece, in_left));
            in_left -= strm.avail_in;
        }
        if (strm.avail_out == 0) {
            strm.avail_out = static_cast<uInt>(std::min(piece, out_left));
            out_left -= strm.avail_out;
        }
        code = inflate(&strm, Z_NO_FLUSH);
    }
    digest.add(static_cast<std::uint64_t>(code + 16));
    digest.add(strm.total_in);
    digest.add({out.data(), strm.total_out});
    inflateEnd(&strm);
}

void print_digests(Sample kind, std::size_t bytes) {
    constexpr int kFlushes[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
    Random random(bytes + static_cast<std::uint64_t>(kind));
    const Bytes plain = warpz::test::make_sample(kind, bytes, random.next());
    Bytes out(plain.size() + 1000);
    for (int level = 0; level <= 9; ++level) {
        for (int strategy = 0; strategy <= 4; ++strategy) {
            Digest made;
            Digest read;
            for (int round = 0; round < 2; ++round) {
                Parameters p{level, strategy, 15, 8};
                if (round == 1) {
                    p.window_bits = static_cast<int>(random.between(9, 15));
                    if (random.one_in(2)) p.window_bits = -p.window_bits;
                    p.mem_level = static_cast<int>(random.between(1, 9));
                }
                Bytes stream = packed(plain, p, kFlushes[random.below(5)]);
                made.add(stream);
                made.add(stream.size());
                add_unpacked(read, stream, p.window_bits, out.size(), out);
                require(std::equal(plain.begin(), plain.end(), out.begin()),
                        "the round trip differs");
                add_unpacked(read, stream, p.window_bits, random.between(1, 5000), out);
                for (int damage = 0; damage < 3; ++damage) {
                    Bytes damaged = stream;
                    damaged[random.below(damaged.size())] ^=
                        static_cast<std::uint8_t>(1U << random.below(8));
                    add_unpacked(read, damaged, p.window_bits, out.size(), out);
                    add_unpacked(read, damaged, p.window_bits, random.between(1, 5000), out);
                }
            }
            std::printf("%-8s level %d strategy %d deflate %016llx inflate %016llx\n",
                        std::string(warpz::test::name_of(kind)).c_str(), level, strategy,
                        made.value(), read.value());
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) fail("Usage: stream_digest BYTES");
    const auto bytes = static_cast<std::size_t>(std::strtoul(argv[1], nullptr, 10));
    for (const Sample kind : warpz::test::kAllSamples) print_digests(kind, bytes);
    return std::fflush(stdout) == 0 ? 0 : 1;
}
