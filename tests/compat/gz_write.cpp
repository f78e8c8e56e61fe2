// SPDX-License-Identifier: Zlib
// Writing: contents and positions for every mode, flush value and parameter change, the formatted functions' limits,
// and failing destinations. Compressed bytes are compared by decoding them with the reference.
#include <fcntl.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdarg>
#include <functional>

#include "compat/gz_pair.hpp"
#include "compat/offload_proof.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

const ZlibApi& gz() { return tested_zlib(); }

/// A file written by the tested library alone.
struct TestedWriter {
    Scratch scratch;
    GzSide side;

    explicit TestedWriter(const char* mode)
        : side{&gz(), gz().gzopen(scratch.path("out").c_str(), mode), scratch.path("")} {
        BOOST_REQUIRE(side.file != nullptr);
    }
    ~TestedWriter() {
        if (side.file != nullptr) gz().gzclose(side.file);
    }
    [[nodiscard]] Bytes file() const { return read_file(scratch.path("out")); }
    /// Closes and decodes.
    Bytes content(unsigned* members = nullptr) {
        BOOST_TEST(gz().gzclose(side.file) == Z_OK);
        side.file = nullptr;
        return decode_members(file(), members);
    }
};

int print_list(gzFile file, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int written = gz().gzvprintf(file, format, arguments);
    va_end(arguments);
    return written;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(writing)

BOOST_DATA_TEST_CASE(every_level_and_strategy_round_trips,
                     data::make({"wb", "wb0", "wb1", "wb2", "wb3", "wb4", "wb5", "wb6", "wb7",
                                 "wb8", "wb9", "wb6f", "wb6h", "wb6R", "wb6F", "wb0h", "wb9F"}),
                     mode) {
    const Bytes content = make_sample(Sample::kMixed, 300'000);
    for (const std::size_t chunk : {1000U, 8191U, 8192U, 300'000U}) {
        TestedWriter writer(mode);
        for (std::size_t at = 0; at < content.size(); at += chunk) {
            const auto n = static_cast<unsigned>(std::min(chunk, content.size() - at));
            BOOST_REQUIRE(gz().gzwrite(writer.side.file, content.data() + at, n) ==
                          static_cast<int>(n));
        }
        BOOST_TEST(gz().gztell(writer.side.file) == 300'000);
        BOOST_TEST(gz().gzdirect(writer.side.file) == 0);
        BOOST_TEST((writer.content() == content));
    }
}

BOOST_AUTO_TEST_CASE(closing_at_once_leaves_an_empty_member) {
    TestedWriter writer("wb");
    unsigned members = 0;
    BOOST_TEST(writer.content(&members).empty());
    BOOST_TEST(members == 1U);
    TestedWriter plain("wbT");
    BOOST_TEST(gz().gzclose(plain.side.file) == Z_OK);
    plain.side.file = nullptr;
    BOOST_TEST(plain.file().empty());
}

BOOST_AUTO_TEST_CASE(transparent_files_get_the_bytes_as_they_are) {
    const Bytes content = make_sample(Sample::kBinary, 50'000);
    GzPair pair("out", "wbT");
    for (const unsigned n : {10U, 9000U, 0U, 40'990U}) {
        pair.both("gzwrite",
                  [&](GzSide& side) { return side.api->gzwrite(side.file, content.data(), n); });
        pair.both("gzoffset", [](GzSide& side) { return side.api->gzoffset(side.file); });
    }
    pair.both("gzdirect", [](GzSide& side) { return side.api->gzdirect(side.file); });
    pair.both("gzflush", [](GzSide& side) { return side.api->gzflush(side.file, Z_FINISH); });
    pair.both("gzoffset", [](GzSide& side) { return side.api->gzoffset(side.file); });
    pair.both("gzprintf", [](GzSide& side) { return side.api->gzprintf(side.file, "%05d", 42); });
    BOOST_TEST(gz().gzsetparams(pair.tested().file, 1, 0) == Z_STREAM_ERROR);
    BOOST_TEST(pair.close() == Z_OK);
    BOOST_TEST((read_file(pair.path_of_tested()) == read_file(pair.path_of_reference())));
}

BOOST_DATA_TEST_CASE(a_flush_makes_everything_readable,
                     data::make({Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH}), flush) {
    for (const unsigned buffer : {8U, 9U, 100U, 8192U}) {
        TestedWriter writer("wb");
        BOOST_TEST(gz().gzbuffer(writer.side.file, buffer) == 0);
        Bytes expected;
        for (int round = 0; round < 20; ++round) {
            const Bytes part = make_sample(Sample::kText, static_cast<std::size_t>(round * 37), 5);
            BOOST_TEST(
                gz().gzwrite(writer.side.file, part.data(), static_cast<unsigned>(part.size())) ==
                static_cast<int>(part.size()));
            BOOST_TEST(gz().gzflush(writer.side.file, flush) == Z_OK);
            expected.insert(expected.end(), part.begin(), part.end());

            GzSide reader{&reference_zlib(),
                          reference_zlib().gzopen(writer.scratch.path("out").c_str(), "rb"), ""};
            BOOST_TEST((reader.read(50'000).data == expected));
            reference_zlib().gzclose(reader.file);
        }
        BOOST_TEST((writer.content() == expected));
    }
}

BOOST_AUTO_TEST_CASE(flush_values_that_are_none_change_nothing) {
    for (const char* mode : {"wb", "wbT"}) {
        GzPair pair("out", mode);
        for (const int flush : {-1, static_cast<int>(Z_BLOCK), static_cast<int>(Z_TREES), 100}) {
            pair.both("gzflush", [=](GzSide& side) { return side.api->gzflush(side.file, flush); });
        }
        pair.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, "text"); });
        pair.both("gzflush", [](GzSide& side) { return side.api->gzflush(side.file, Z_NO_FLUSH); });
        pair.close();
    }
}

BOOST_AUTO_TEST_CASE(finishing_ends_a_member_and_more_data_begins_another) {
    unsigned members = 0;
    TestedWriter writer("wb");
    BOOST_TEST(gz().gzputs(writer.side.file, "one") == 3);
    BOOST_TEST(gz().gzflush(writer.side.file, Z_FINISH) == Z_OK);
    BOOST_TEST(gz().gzputs(writer.side.file, "two") == 3);
    BOOST_TEST(gz().gzflush(writer.side.file, Z_FINISH) == Z_OK);
    BOOST_TEST(gz().gztell(writer.side.file) == 6);
    BOOST_TEST((decode_members(writer.file(), &members) == bytes_of("onetwo")));
    BOOST_TEST(members == 2U);
    // Closing adds nothing to a finished member.
    BOOST_TEST((writer.content(&members) == bytes_of("onetwo")));
    BOOST_TEST(members == 2U);
}

BOOST_AUTO_TEST_CASE(finishing_twice_writes_an_empty_member) {
    // Since 1.3.2.
    unsigned members = 0;
    TestedWriter writer("wb");
    BOOST_TEST(gz().gzputs(writer.side.file, "one") == 3);
    for (int i = 0; i < 3; ++i) BOOST_TEST(gz().gzflush(writer.side.file, Z_FINISH) == Z_OK);
    BOOST_TEST(gz().gzflush(writer.side.file, Z_NO_FLUSH) == Z_OK);
    BOOST_TEST((writer.content(&members) == bytes_of("one")));
    BOOST_TEST(members == 3U);
}

BOOST_AUTO_TEST_CASE(gzsetparams_changes_level_and_strategy_at_any_time) {
    const Bytes part = make_sample(Sample::kMixed, 70'000);
    TestedWriter writer("wb1");
    gzFile file = writer.side.file;
    BOOST_TEST(gz().gzsetparams(file, 9, Z_FILTERED) == Z_OK);
    Bytes expected;
    const auto write = [&](std::size_t n) {
        BOOST_TEST(gz().gzwrite(file, part.data(), static_cast<unsigned>(n)) ==
                   static_cast<int>(n));
        expected.insert(expected.end(), part.begin(), part.begin() + static_cast<long>(n));
    };
    for (const std::size_t n : {5U, 500U, 70'000U}) {
        for (int level = -1; level <= 9; ++level) {
            for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; ++strategy) {
                BOOST_TEST(gz().gzsetparams(file, level, strategy) == Z_OK);
                write(n);
            }
        }
    }
    BOOST_TEST((writer.content() == expected));
}

BOOST_AUTO_TEST_CASE(gzsetparams_between_members_applies_to_the_next) {
    const Bytes zeros(100'000, 0);
    TestedWriter writer("wb0");
    gzFile file = writer.side.file;
    BOOST_TEST(gz().gzwrite(file, zeros.data(), 100'000) == 100'000);
    BOOST_TEST(gz().gzflush(file, Z_FINISH) == Z_OK);
    const std::size_t stored = writer.file().size();
    BOOST_TEST(stored > 100'000U);
    BOOST_TEST(gz().gzsetparams(file, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    BOOST_TEST(gz().gzwrite(file, zeros.data(), 100'000) == 100'000);
    BOOST_TEST(writer.content().size() == 200'000U);
    BOOST_TEST(writer.file().size() - stored < 1000U);
}

BOOST_AUTO_TEST_CASE(unknown_parameters_fail_when_the_compressor_starts_with_them) {
    GzPair early("out", "wb");
    early.both("gzsetparams", [](GzSide& side) { return side.api->gzsetparams(side.file, 42, 0); });
    early.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, "x"); });
    BOOST_TEST(early.tested().error() == (ErrorState{Z_MEM_ERROR, "out of memory"}));
    BOOST_TEST(early.close() == Z_MEM_ERROR);
    GzPair late("out", "wb");
    late.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, "x"); });
    late.both("gzsetparams", [](GzSide& side) { return side.api->gzsetparams(side.file, 42, 0); });
    late.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, "y"); });
    BOOST_TEST(late.close() == Z_OK);
    BOOST_TEST((decode_members(read_file(late.path_of_tested())) == bytes_of("xy")));
}

BOOST_AUTO_TEST_CASE(gzprintf_is_limited_by_the_buffer_and_writes_all_or_nothing) {
    for (const char* mode : {"wb", "wbT"}) {
        for (const unsigned buffer : {64U, 8192U}) {
            GzPair pair("out", mode);
            pair.both("gzbuffer",
                      [=](GzSide& side) { return side.api->gzbuffer(side.file, buffer); });
            const int size = static_cast<int>(buffer);
            for (const int width :
                 {1, size - 1, size, size + 1, 3 * size, size - 1, 10, size - 1, size - 2}) {
                const int written = pair.both(
                    "gzprintf " + std::to_string(width),
                    [=](GzSide& side) { return side.api->gzprintf(side.file, "%*s", width, "x"); });
                BOOST_TEST(written == (width < size ? width : 0));
            }
            pair.both("empty",
                      [](GzSide& side) { return side.api->gzprintf(side.file, "%s", ""); });
            pair.both("mixed", [](GzSide& side) {
                return side.api->gzprintf(side.file, "%d %s %c %5.2f %lx", -7, "text", 'c', 3.14159,
                                          0xabcdefL);
            });
            BOOST_TEST(pair.close() == Z_OK);
            const Bytes expected = read_file(pair.path_of_reference());
            const Bytes actual = read_file(pair.path_of_tested());
            const bool is_plain = std::string(mode) == "wbT";
            BOOST_TEST((is_plain ? actual == expected
                                 : decode_members(actual) == decode_members(expected)));
        }
    }
}

BOOST_AUTO_TEST_CASE(gzvprintf_takes_a_list) {
    TestedWriter writer("wb");
    BOOST_TEST(print_list(writer.side.file, "%s-%d", "list", 1) == 6);
    BOOST_TEST((writer.content() == bytes_of("list-1")));
}

BOOST_AUTO_TEST_CASE(gzputc_returns_the_byte_and_gzputs_the_length) {
    GzPair pair("out", "wb");
    for (const int c : {65, 0, 255, 256 + 66, -1, -200}) {
        pair.both("gzputc", [=](GzSide& side) { return side.api->gzputc(side.file, c); });
    }
    pair.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, ""); });
    const std::string text(100'000, 't');
    pair.both("gzputs", [&](GzSide& side) { return side.api->gzputs(side.file, text.c_str()); });
    pair.both("gzwrite 0", [](GzSide& side) { return side.api->gzwrite(side.file, "x", 0); });
    pair.both("gzfwrite 0", [](GzSide& side) { return side.api->gzfwrite("x", 0, 5, side.file); });
    BOOST_TEST(pair.close() == Z_OK);
    BOOST_TEST((decode_members(read_file(pair.path_of_tested())) ==
                decode_members(read_file(pair.path_of_reference()))));
}

BOOST_AUTO_TEST_CASE(lengths_beyond_the_result_type_are_refused) {
    GzPair pair("out", "wb");
    pair.both("gzwrite",
              [](GzSide& side) { return side.api->gzwrite(side.file, "x", 0x8000'0000U); });
    BOOST_TEST(pair.tested().error() ==
               (ErrorState{Z_DATA_ERROR, "out: requested length does not fit in int"}));
    pair.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, "refused now"); });
    pair.both("gzclearerr", [](GzSide& side) {
        side.api->gzclearerr(side.file);
        return 0;
    });
    pair.both("gzfwrite",
              [](GzSide& side) { return side.api->gzfwrite("x", SIZE_MAX / 2, 3, side.file); });
    BOOST_TEST(pair.tested().error() ==
               (ErrorState{Z_STREAM_ERROR, "out: request does not fit in a size_t"}));
    pair.close();
}

BOOST_DATA_TEST_CASE(a_full_disk_fails_the_call_and_the_close,
                     data::make({"wb", "wb0", "wbT", "ab"}), mode) {
    // On an executor of lib/offload, more than a stream holds back.
    static const Bytes noise =
        make_sample(Sample::kRandom, is_offloading() ? std::size_t{8} << 20 : 100'000);
    const auto size = static_cast<unsigned>(noise.size());
    const std::pair<const char*, std::function<int(gzFile)>> cases[] = {
        {"gzwrite", [&](gzFile file) { return gz().gzwrite(file, noise.data(), size); }},
        {"gzfwrite",
         [&](gzFile file) {
             return static_cast<int>(gz().gzfwrite(noise.data(), 10, size / 10, file));
         }},
        {"small writes",
         [&](gzFile file) {
             for (unsigned at = 0; at + 100 <= size; at += 100) {
                 if (gz().gzwrite(file, noise.data() + at, 100) == 0) return 0;
             }
             return 1;
         }},
        {"gzflush", [&](gzFile file) {
             BOOST_TEST(gz().gzputs(file, "waits") == 5);
             return gz().gzflush(file, Z_SYNC_FLUSH) == Z_ERRNO ? 0 : 1;
         }}};
    for (const auto& [name, write] : cases) {
        BOOST_TEST_CONTEXT(name) {
            GzSide side{&gz(), gz().gzopen("/dev/full", mode), "/dev/"};
            BOOST_REQUIRE(side.file != nullptr);
            BOOST_TEST(write(side.file) == 0);
            BOOST_TEST(side.error() == (ErrorState{Z_ERRNO, "full: No space left on device"}));
            BOOST_TEST(gz().gzwrite(side.file, "x", 1) == 0);
            BOOST_TEST(gz().gzputc(side.file, 'x') == -1);
            BOOST_TEST(gz().gzputs(side.file, "x") == -1);
            BOOST_TEST(gz().gzprintf(side.file, "x") == Z_STREAM_ERROR);
            BOOST_TEST(gz().gzflush(side.file, Z_FINISH) == Z_STREAM_ERROR);
            BOOST_TEST(gz().gzsetparams(side.file, 1, 0) == Z_STREAM_ERROR);
            BOOST_TEST(gz().gzseek(side.file, 10, SEEK_CUR) == -1);
            BOOST_TEST(gz().gzclose(side.file) == Z_ERRNO);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_full_disk_can_show_at_the_close_only) {
    for (const char* mode : {"wb", "wbT"}) {
        gzFile file = gz().gzopen("/dev/full", mode);
        BOOST_TEST(gz().gzputs(file, "fits into the buffer") == 20);
        BOOST_TEST(gz().gzclose(file) == Z_ERRNO);
    }
}

BOOST_AUTO_TEST_CASE(a_failed_write_lets_go_of_the_callers_memory) {
    // What a failed gzwrite() did not take is not taken later, from memory that may be gone by then.
    const Scratch scratch;
    const int full = ::open("/dev/full", O_WRONLY);
    for (const char* mode : {"wbT", "wb0"}) {
        const int target = ::open(scratch.path("out").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
        const int fd = ::dup(full);
        gzFile file = gz().gzdopen(fd, mode);
        {
            const Bytes noise = make_sample(Sample::kRandom, 100'000);
            BOOST_TEST(gz().gzwrite(file, noise.data(), 100'000) == 0);
        }
        ::dup2(target, fd);  // the disk has room again, but the file lacks what was left out
        BOOST_TEST(gz().gzclose(file) == Z_ERRNO);
        BOOST_TEST(read_file(scratch.path("out")).size() < 70'000U);
        ::close(target);
    }
    ::close(full);
}

BOOST_AUTO_TEST_SUITE_END()
