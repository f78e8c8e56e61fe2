// SPDX-License-Identifier: Zlib
// Random sequences of gz calls on the reference zlib and the tested library, compared after each call. Where
// zlib 1.3.2, the contract, differs from 1.2.13, the generator stays on common ground and says where.
#define BOOST_TEST_MODULE gz
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "compat/gz_pair.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

/// A file to read: plain, empty, one or several members, with garbage behind, or cut short.
Bytes random_file(Random& random) {
    const auto sample = [&random] {
        return make_sample(kAllSamples[random.below(std::size(kAllSamples))], random.below(90'000),
                           random.next());
    };
    if (random.one_in(12)) return {};
    if (random.one_in(4)) return sample();
    Bytes file;
    for (auto members = random.between(1, 4); members != 0; --members) {
        const Bytes content = random.one_in(5) ? Bytes{} : sample();
        const Bytes member = gzip_member(content, static_cast<int>(random.below(10)));
        file.insert(file.end(), member.begin(), member.end());
    }
    if (random.one_in(4)) {
        // Two bytes or more: zlib 1.3.2 takes a single one for the start of a member.
        file.insert(file.end(), random.between(2, 20'000), 0x20);
    } else if (random.one_in(4)) {
        // At least four bytes stay, which both take for gzip.
        file.resize(random.between(4, file.size()));
    }
    return file;
}

std::size_t random_length(Random& random) {
    switch (random.below(6)) {
        case 0:
            return random.below(4);
        case 1:
            return random.between(8190, 8194);
        case 2:
            return random.between(16'380, 16'390);
        case 3:
            return random.below(70'000);
        default:
            return random.below(3000);
    }
}

void step_reader(GzPair& pair, Random& random) {
    const bool is_past_end = pair.tested().api->gzeof(pair.tested().file) != 0;
    switch (random.below(14)) {
        case 0:
        case 1:
        case 2: {
            const std::size_t len = random_length(random);
            pair.both("gzread " + std::to_string(len),
                      [=](GzSide& side) { return side.read(len); });
            break;
        }
        case 3: {
            const std::size_t size = random.between(1, 2000);
            const std::size_t count = random.below(30);
            pair.both("gzfread " + std::to_string(size) + '*' + std::to_string(count),
                      [=](GzSide& side) { return side.fread(size, count); });
            break;
        }
        case 4:
        case 5: {
            const int len = static_cast<int>(random.below(300));
            pair.both("gzgets " + std::to_string(len),
                      [=](GzSide& side) { return side.gets(len); });
            break;
        }
        case 6:
        case 7:
            for (auto n = random.between(1, 20); n != 0; --n) {
                pair.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
            }
            break;
        case 8:
        case 9:
            // zlib before 1.3 fails when nothing has been read; gzdirect() reads.
            pair.both("gzdirect", [](GzSide& side) { return side.api->gzdirect(side.file); });
            for (auto n = random.between(1, 4); n != 0; --n) {
                const int c = static_cast<int>(random.below(257)) - 1;
                pair.both("gzungetc " + std::to_string(c),
                          [=](GzSide& side) { return side.api->gzungetc(c, side.file); });
            }
            break;
        case 10: {
            if (is_past_end) break;  // gztell() ends at the end in 1.3.2, beyond it in 1.2.13
            const long offset = random.one_in(2)
                                    ? static_cast<long>(random.below(5000))
                                    : static_cast<long>(random.below(100'000)) - 50'000;
            pair.both("gzseek by " + std::to_string(offset),
                      [=](GzSide& side) { return side.api->gzseek(side.file, offset, SEEK_CUR); });
            break;
        }
        case 11: {
            if (is_past_end) break;
            // Negative targets have a test of their own: 1.2.13 drops a pending seek with them.
            const long offset = static_cast<long>(random.below(200'000));
            pair.both("gzseek to " + std::to_string(offset),
                      [=](GzSide& side) { return side.api->gzseek(side.file, offset, SEEK_SET); });
            break;
        }
        case 12:
            pair.both("gzrewind", [](GzSide& side) { return side.api->gzrewind(side.file); });
            break;
        default:
            if (!random.one_in(4)) break;
            pair.both("gzclearerr", [](GzSide& side) {
                side.api->gzclearerr(side.file);
                return 0;
            });
            break;
    }
}

struct WriterModel {
    Bytes content;
    std::size_t pending_zeros = 0;
    void add(std::span<const std::uint8_t> data) {
        if (!data.empty()) add_zeros();
        content.insert(content.end(), data.begin(), data.end());
    }
    void add_zeros() {
        content.insert(content.end(), pending_zeros, 0);
        pending_zeros = 0;
    }
};

void step_writer(GzPair& pair, Random& random, WriterModel& model, bool is_transparent) {
    const Bytes data = make_sample(Sample::kMixed, random_length(random), random.next());
    switch (random.below(10)) {
        case 0:
        case 1:
        case 2:
            pair.both("gzwrite " + std::to_string(data.size()), [&](GzSide& side) {
                return side.api->gzwrite(side.file, data.data(),
                                         static_cast<unsigned>(data.size()));
            });
            model.add(data);
            break;
        case 3:
            pair.both("gzfwrite " + std::to_string(data.size()), [&](GzSide& side) {
                return side.api->gzfwrite(data.data(), 7, data.size() / 7, side.file);
            });
            model.add(std::span(data).first(data.size() / 7 * 7));
            break;
        case 4:
            for (auto n = random.between(1, 50); n != 0; --n) {
                const auto c = static_cast<std::uint8_t>(random.next());
                pair.both("gzputc", [=](GzSide& side) { return side.api->gzputc(side.file, c); });
                model.add({&c, 1});
            }
            break;
        case 5: {
            const std::string text(random.below(9000), 'p');
            pair.both("gzputs " + std::to_string(text.size()),
                      [&](GzSide& side) { return side.api->gzputs(side.file, text.c_str()); });
            model.add(bytes_of(text));
            break;
        }
        case 6: {
            const int width =
                static_cast<int>(random.one_in(3) ? random.below(20'000) : random.below(200));
            const int written = pair.both(
                "gzprintf %*d width " + std::to_string(width),
                [=](GzSide& side) { return side.api->gzprintf(side.file, "%*d|", width, 42); });
            // A text without room is not written, but a pending seek is carried out before.
            model.add_zeros();
            if (written > 0) {
                Bytes text(static_cast<std::size_t>(written) + 1);
                std::snprintf(reinterpret_cast<char*>(text.data()), text.size(), "%*d|", width, 42);
                model.add(std::span(text).first(static_cast<std::size_t>(written)));
            }
            break;
        }
        case 7: {
            const int flush = static_cast<int>(random.below(7)) - 1;
            pair.both("gzflush " + std::to_string(flush),
                      [=](GzSide& side) { return side.api->gzflush(side.file, flush); });
            if (flush >= Z_NO_FLUSH && flush <= Z_FINISH) model.add_zeros();
            break;
        }
        case 8: {
            if (is_transparent) break;  // zlib before 1.3 crashes
            const int level = static_cast<int>(random.below(11)) - 1;
            const int strategy = static_cast<int>(random.below(5));
            pair.both(
                "gzsetparams " + std::to_string(level) + ',' + std::to_string(strategy),
                [=](GzSide& side) { return side.api->gzsetparams(side.file, level, strategy); });
            break;
        }
        default: {
            const long offset = static_cast<long>(random.below(30'000)) - 2000;
            pair.both("gzseek by " + std::to_string(offset),
                      [=](GzSide& side) { return side.api->gzseek(side.file, offset, SEEK_CUR); });
            // A failed seek drops one that was pending, unless that had been carried out.
            const long at = pair.tested().api->gztell(pair.tested().file);
            model.pending_zeros = static_cast<std::size_t>(at) - model.content.size();
            break;
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(random_sequences)

BOOST_DATA_TEST_CASE(readers_agree_after_every_call, data::xrange(150), seed) {
    Random random(static_cast<std::uint64_t>(seed) * 7919 + 1);
    GzPair pair("input", random_file(random), "rb");
    if (random.one_in(2)) {
        const auto size =
            static_cast<unsigned>(random.one_in(3) ? random.between(8, 40) : random.below(40'000));
        pair.both("gzbuffer " + std::to_string(size),
                  [=](GzSide& side) { return side.api->gzbuffer(side.file, size); });
    }
    // Behind a member, gzdirect() fills the input buffer in 1.2.13 and leaves it alone in 1.3.2.
    pair.set_offset_slack(50'000);
    for (int step = 0; step < 150; ++step) step_reader(pair, random);
    pair.close();
}

BOOST_DATA_TEST_CASE(writers_agree_after_every_call, data::xrange(100), seed) {
    Random random(static_cast<std::uint64_t>(seed) * 104'729 + 5);
    const bool is_transparent = random.one_in(4);
    std::string mode = random.one_in(5) ? "ab" : "wb";
    if (is_transparent) mode += 'T';
    mode += static_cast<char>('0' + random.below(10));
    mode += " fhRF"[random.below(5)];
    GzPair pair("output", mode.c_str());
    if (random.one_in(2)) {
        const auto size = static_cast<unsigned>(random.between(64, 40'000));
        pair.both("gzbuffer " + std::to_string(size),
                  [=](GzSide& side) { return side.api->gzbuffer(side.file, size); });
    }
    WriterModel model;
    // zlib writes uninitialised memory when a seek is carried out before the first write.
    pair.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, "start"); });
    model.add(bytes_of("start"));
    for (int step = 0; step < 60; ++step) step_writer(pair, random, model, is_transparent);
    pair.close();
    model.add_zeros();

    const Bytes expected = read_file(pair.path_of_reference());
    const Bytes actual = read_file(pair.path_of_tested());
    const Bytes content = is_transparent ? actual : decode_members(actual);
    BOOST_TEST((content == model.content));
    BOOST_TEST((content == (is_transparent ? expected : decode_members(expected))));
}

BOOST_AUTO_TEST_SUITE_END()
