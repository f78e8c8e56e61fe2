// SPDX-License-Identifier: Zlib
// Levels 10 to 12: the trees tell only true matches and none worse than a search of everything, paths are the shortest,
// and streams are what streams are at any level.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>

#include "deflate/path.hpp"
#include "engine/deflate_stream.hpp"
#include "offload/job.hpp"
#include "support/sample_data.hpp"
#include "zlib.h"

using namespace warpz;
using namespace warpz::deflate;
using namespace warpz::test;
using engine::DeflateSettings;
using engine::DeflateStream;
using engine::Flush;
using engine::Space;
using engine::Wrap;

namespace {

DeflateSettings settings_of(int level, Wrap wrap = Wrap::kZlib) {
    return {level, Strategy::kDefault, 15, 8, wrap, false, nullptr};
}

// A stream on memory of its own.
class Stream {
  public:
    explicit Stream(const DeflateSettings& settings)
        : memory_(settings.memory_layout().total_bytes / 8 + 1) {
        stream_.create(settings, memory());
    }
    Stream(const Stream& other)
        : memory_(other.memory_), stream_(other.stream_), total_in_(other.total_in_) {
        BOOST_REQUIRE(stream_.adopt_copy(memory()));
    }
    DeflateStream& operator*() { return stream_; }

    // Gives `in` with `flush`, by pieces of `step` bytes, into `space` bytes at a time.
    void put(const Bytes& in, Flush flush, std::size_t step, std::size_t space, Bytes& packed) {
        std::size_t given = 0;
        Bytes room(space);
        do {
            const std::size_t size = std::min(step, in.size() - given);
            const bool is_last = given + size == in.size();
            engine::Bytes piece{in.data() + given, size};
            for (;;) {
                Space out{room.data(), room.size()};
                const std::uint64_t total_in = total_in_ + (size - piece.avail);
                const Status status =
                    stream_.step(piece, out, is_last ? flush : Flush::kNone, nullptr, total_in);
                packed.insert(packed.end(), room.data(), out.next);
                if (status == Status::kStreamEnd || (piece.avail == 0 && out.avail != 0)) break;
            }
            given += size;
            total_in_ += size;
        } while (given < in.size());
    }

  private:
    std::uint8_t* memory() { return reinterpret_cast<std::uint8_t*>(memory_.data()); }
    std::vector<std::uint64_t> memory_;
    DeflateStream stream_;
    std::uint64_t total_in_ = 0;
};

Bytes pack(const Bytes& plain, int level, std::size_t step = SIZE_MAX, std::size_t space = 65536,
           Wrap wrap = Wrap::kZlib) {
    Stream stream(settings_of(level, wrap));
    Bytes packed;
    stream.put(plain, Flush::kFinish, step, space, packed);
    return packed;
}

Bytes unpack(const Bytes& packed, std::size_t size, int window_bits = 15,
             const Bytes& dictionary = {}) {
    Bytes plain(size + 1);
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(inflateInit2(&strm, window_bits), Z_OK);
    strm.next_in = const_cast<Bytef*>(packed.data());
    strm.avail_in = static_cast<uInt>(packed.size());
    strm.next_out = plain.data();
    strm.avail_out = static_cast<uInt>(plain.size());
    int code = inflate(&strm, Z_FINISH);
    if (code == Z_NEED_DICT) {
        inflateSetDictionary(&strm, dictionary.data(), static_cast<uInt>(dictionary.size()));
        code = inflate(&strm, Z_FINISH);
    }
    BOOST_TEST(code == Z_STREAM_END);
    BOOST_TEST(strm.avail_in == 0U);
    plain.resize(strm.total_out);
    inflateEnd(&strm);
    return plain;
}

std::uint32_t common(const Bytes& data, std::size_t a, std::size_t b, std::size_t end) {
    std::uint32_t n = 0;
    while (n < 258 && b + n < end && data[a + n] == data[b + n]) ++n;
    return n;
}

// Visits all positions and calls check(position, first match, end of matches).
template <class Check>
void visit_all(const Bytes& data, std::uint32_t nice, std::uint32_t depth, std::uint32_t start,
               Check check) {
    const auto trees = std::make_unique<MatchTrees>();
    trees->clear(start);
    std::vector<MatchWord> matches(MatchTrees::most_matches(depth));
    for (std::uint32_t at = 0; at + MatchTrees::kReadBytes <= data.size(); ++at) {
        const auto left = static_cast<std::uint32_t>(data.size()) - at;
        const MatchTrees::Search search{std::min(at, MatchTrees::kWindowBytes - 1),
                                        std::min(258U, left), nice, depth};
        const MatchWord* const end = trees->visit<true>(&data[at], search, matches.data());
        check(at, matches.data(), end);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optimal)

BOOST_DATA_TEST_CASE(trees_tell_true_matches_that_grow_with_distance,
                     boost::unit_test::data::make({4U, 30U, 258U}), nice) {
    for (const Sample kind : kAllSamples) {
        // Long enough for positions to begin again at zero, from several starts.
        const Bytes data = make_sample(kind, 90'000);
        visit_all(
            data, nice, 50, 40'000,
            [&](std::uint32_t at, const MatchWord* match, const MatchWord* end) {
                std::uint32_t length = 2;
                std::uint32_t distance = 0;
                for (; match != end; ++match) {
                    const bool is_true =
                        match->distance() <= at &&
                        common(data, at - match->distance(), at, data.size()) >= match->length();
                    if (!is_true || match->length() <= length || match->distance() < distance) {
                        BOOST_FAIL("at " << at << " of " << name_of(kind));
                    }
                    length = match->length();
                    distance = match->distance();
                }
            });
    }
}

BOOST_AUTO_TEST_CASE(trees_find_the_longest_match_there_is) {
    for (const Sample kind : {Sample::kText, Sample::kBinary, Sample::kRecords, Sample::kMixed}) {
        const Bytes data = make_sample(kind, 6'000);
        visit_all(data, 258, 10'000, 0,
                  [&](std::uint32_t at, const MatchWord* match, const MatchWord* end) {
                      std::uint32_t longest = 0;
                      for (std::uint32_t from = 0; from < at; ++from)
                          longest = std::max(longest, common(data, from, at, data.size()));
                      const std::uint32_t found = match != end ? end[-1].length() : 0;
                      // A candidate cut by the end of the data is not kept, see MatchTrees.
                      if (longest >= 4 && at + 258 < data.size())
                          BOOST_REQUIRE_EQUAL(found, longest);
                  });
    }
}

BOOST_AUTO_TEST_CASE(a_path_costs_no_more_than_any_other) {
    Random random(3);
    for (unsigned round = 0; round < 200; ++round) {
        const auto size = static_cast<std::uint32_t>(random.between(1, 40));
        Bytes data(size);
        for (auto& byte : data) byte = static_cast<std::uint8_t>(random.below(4));
        PathCosts costs{};
        for (auto& cost : costs.literal) cost = static_cast<std::uint32_t>(random.between(1, 900));
        for (auto& cost : costs.length) cost = static_cast<std::uint32_t>(random.between(1, 900));
        for (auto& cost : costs.distance) cost = static_cast<std::uint32_t>(random.between(1, 900));
        std::vector<MatchWord> list;
        std::vector<std::vector<MatchWord>> matches(size);
        for (auto& here : matches) {
            std::uint32_t length = 2;
            while (random.one_in(2) && here.size() < 3) {
                length += static_cast<std::uint32_t>(random.between(1, 12));
                here.emplace_back(length, static_cast<std::uint32_t>(random.between(1, 32768)));
            }
            list.insert(list.end(), here.begin(), here.end());
            list.emplace_back(static_cast<std::uint32_t>(here.size()));
        }
        // Forward from the start, every length of every match that is longer than the match before it.
        std::vector<std::uint32_t> least(size + 1, ~0U);
        least[0] = 0;
        for (std::uint32_t at = 0; at < size; ++at) {
            auto reach = [&](std::uint32_t to, std::uint32_t cost) {
                least[to] = std::min(least[to], least[at] + cost);
            };
            reach(at + 1, costs.literal[data[at]]);
            std::uint32_t length = 3;
            for (const MatchWord match : matches[at]) {
                for (; length <= std::min(match.length(), size - at); ++length)
                    reach(at + length,
                          costs.length[length] + costs.distance[match.distance_symbol()]);
            }
        }
        std::vector<std::uint32_t> cost(size + 1);
        std::vector<MatchWord> step(size + 1);
        const Path path{cost.data(), step.data()};
        BOOST_TEST(path.find(data.data(), size, list.data() + list.size(), costs) == list.data());
        BOOST_TEST(cost[0] == least[size]);
        std::uint32_t at = 0;
        while (at < size) at += step[at].length();
        BOOST_TEST(at == size);
    }
}

BOOST_DATA_TEST_CASE(output_is_whole_and_does_not_depend_on_call_sizes,
                     boost::unit_test::data::xrange(10, 13), level) {
    Random random(static_cast<std::uint64_t>(level));
    for (const Sample kind : kAllSamples) {
        // Around the end of a section, where a byte more decides.
        for (const std::size_t size : {0, 1, 5, 1000, 70'000, 262'144, 262'145}) {
            const Bytes plain = make_sample(kind, size);
            const Bytes packed = pack(plain, level);
            BOOST_TEST((unpack(packed, size) == plain));
            BOOST_TEST(packed.size() <= size + size / 65'535 * 5 + 100);
            if (size < 70'000 || random.one_in(3)) {
                const std::size_t step = random.between(1, size < 70'000 ? 50 : 70'000);
                BOOST_TEST((pack(plain, level, step, random.between(7, 3000)) == packed));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(flushes_dictionaries_copies_and_wrappers_work_as_at_any_level) {
    const Bytes plain = make_sample(Sample::kMixed, 400'000);
    const Bytes dictionary = make_sample(Sample::kMixed, 40'000);
    for (const Wrap wrap : {Wrap::kRaw, Wrap::kZlib, Wrap::kGzip}) {
        Random random(7);
        Stream stream(settings_of(11, wrap));
        if (wrap == Wrap::kZlib)
            BOOST_REQUIRE((*stream).set_dictionary(dictionary.data(), dictionary.size()));
        Bytes packed;
        std::size_t given = 0;
        std::unique_ptr<Stream> copy;
        Bytes copied;
        while (given < plain.size()) {
            const std::size_t size = std::min<std::size_t>(
                plain.size() - given, random.between(0, random.one_in(8) ? 300'000 : 3000));
            const Bytes piece(plain.begin() + static_cast<std::ptrdiff_t>(given),
                              plain.begin() + static_cast<std::ptrdiff_t>(given + size));
            const Flush flushes[] = {Flush::kNone, Flush::kPartial, Flush::kSync, Flush::kFull,
                                     Flush::kBlock};
            stream.put(piece, flushes[random.below(5)], 60'000, 1000, packed);
            given += size;
            if (copy == nullptr && given > plain.size() / 2) {
                copy = std::make_unique<Stream>(stream);
                copied = packed;
                copy->put({plain.begin() + static_cast<std::ptrdiff_t>(given), plain.end()},
                          Flush::kFinish, 10'000, 999, copied);
            }
        }
        stream.put({}, Flush::kFinish, 1, 1000, packed);
        const int bits = wrap == Wrap::kRaw ? -15 : wrap == Wrap::kZlib ? 15 : 31;
        BOOST_TEST((unpack(packed, plain.size(), bits, dictionary) == plain));
        BOOST_TEST((unpack(copied, plain.size(), bits, dictionary) == plain));
    }
}

BOOST_AUTO_TEST_CASE(strategies_and_small_windows_work_as_at_any_level) {
    const Bytes plain = make_sample(Sample::kMixed, 300'000);
    for (unsigned window_bits = 9; window_bits <= 15; ++window_bits) {
        for (int strategy = 0; strategy < 5; ++strategy) {
            DeflateSettings settings = settings_of(12, Wrap::kRaw);
            settings.strategy = static_cast<Strategy>(strategy);
            settings.window_bits = window_bits;
            Stream stream(settings);
            Bytes packed;
            stream.put(plain, Flush::kFinish, 50'000, 5000, packed);
            BOOST_TEST((unpack(packed, plain.size(), -static_cast<int>(window_bits)) == plain));
        }
    }
}

BOOST_AUTO_TEST_CASE(parameters_may_change_between_all_levels) {
    const Bytes plain = make_sample(Sample::kText, 100'000);
    Stream stream(settings_of(12));
    Bytes packed;
    Bytes expected;
    for (const int level : {12, 6, 10, 0, 11, 1, 12}) {
        (*stream).set_params(level, Strategy::kDefault);
        stream.put(plain, Flush::kBlock, 30'000, 5000, packed);
        expected.insert(expected.end(), plain.begin(), plain.end());
    }
    stream.put({}, Flush::kFinish, 1, 1000, packed);
    BOOST_TEST((unpack(packed, expected.size()) == expected));
}

BOOST_AUTO_TEST_CASE(each_level_makes_less_than_the_one_before) {
    for (const Sample kind : {Sample::kText, Sample::kBinary, Sample::kMixed}) {
        const Bytes plain = make_sample(kind, 500'000);
        std::size_t before = pack(plain, 9).size();
        for (int level = 10; level <= 12; ++level) {
            const std::size_t size = pack(plain, level).size();
            BOOST_TEST(size <= before);
            before = size;
        }
    }
}

BOOST_AUTO_TEST_CASE(a_job_of_the_pool_has_these_levels_too) {
    const Bytes plain = make_sample(Sample::kText, 500'000);
    offload::Workspace* const workspace = offload::Workspace::create();
    BOOST_REQUIRE(workspace != nullptr);
    std::size_t sizes[2];
    for (const int level : {9, 10}) {
        Bytes out(offload::stored_bytes(plain.size()) + 5);
        offload::Job job;
        job.input = plain.data() + 1000;
        job.history_bytes = 1000;
        job.input_bytes = plain.size() - 1000;
        job.output = out.data();
        job.settings = {level, Strategy::kDefault, 15};
        workspace->encode(job);
        sizes[level - 9] = job.output_bytes;
    }
    BOOST_TEST(sizes[1] < sizes[0]);
    offload::Workspace::destroy(workspace);
}

BOOST_AUTO_TEST_CASE(zlib_s_interface_does_not_know_them) {
    z_stream strm{};
    for (int level = 10; level <= 12; ++level)
        BOOST_TEST(deflateInit(&strm, level) == Z_STREAM_ERROR);
    BOOST_REQUIRE(deflateInit(&strm, 9) == Z_OK);
    BOOST_TEST(deflateParams(&strm, 10, Z_DEFAULT_STRATEGY) == Z_STREAM_ERROR);
    deflateEnd(&strm);
}

BOOST_AUTO_TEST_SUITE_END()
