// SPDX-License-Identifier: Zlib
// Positions: seeks in both directions, seeks that wait for the next transfer, the end of the file, and offsets beyond
// 32 bits.
#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <climits>
#include <cstdint>

#include "compat/gz_pair.hpp"

using namespace warpz::test;

namespace {

const ZlibApi& gz() { return tested_zlib(); }

Bytes text(std::size_t size) { return make_sample(Sample::kText, size, 3); }

auto seek_to(long offset) {
    return [=](GzSide& side) { return side.api->gzseek(side.file, offset, SEEK_SET); };
}
auto seek_by(long offset) {
    return [=](GzSide& side) { return side.api->gzseek(side.file, offset, SEEK_CUR); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seeking)

BOOST_AUTO_TEST_CASE(readers_seek_both_ways) {
    const Bytes content = text(100'000);
    const Bytes members = joined({gzip_member(std::span(content).first(30'000)),
                                  gzip_member(std::span(content).subspan(30'000))});
    for (const Bytes& file : {content, gzip_member(content), members}) {
        GzPair pair("file", file, "rb");
        for (const long offset :
             {50'000L, 10L, 99'999L, 0L, 30'000L, 29'999L, 30'001L, 100'000L, 7L}) {
            pair.both("gzseek", seek_to(offset));
            const Outcome got = pair.both("gzread", [](GzSide& side) { return side.read(500); });
            const auto at = static_cast<std::size_t>(offset);
            const auto n = std::min<std::size_t>(500, content.size() - at);
            BOOST_TEST((got.data == Bytes(content.begin() + offset,
                                          content.begin() + offset + static_cast<long>(n))));
        }
        for (const long offset : {1000L, -500L, 0L, 20'000L, -20'500L, -1'000'000L, 3L}) {
            pair.both("gzseek", seek_by(offset));
            pair.both("gzgets", [](GzSide& side) { return side.gets(100); });
        }
        pair.close();
    }
}

BOOST_AUTO_TEST_CASE(a_seek_waits_for_the_next_transfer) {
    const Bytes file = gzip_member(text(100'000));
    GzPair pair("file", file, "rb");
    BOOST_TEST(pair.both("gzseek", seek_to(60'000)) == 60'000);
    BOOST_TEST(gz().gztell(pair.tested().file) == 60'000);
    BOOST_TEST(gz().gzoffset(pair.tested().file) == 0);  // nothing was read
    BOOST_TEST(pair.both("gzseek", seek_by(-50'000)) == 10'000);
    BOOST_TEST(pair.both("gzseek", seek_by(1)) == 10'001);
    pair.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
    BOOST_TEST(gz().gztell(pair.tested().file) == 10'002);
    pair.close();
}

BOOST_AUTO_TEST_CASE(impossible_seeks_fail_and_leave_the_position) {
    for (const char* mode : {"rb", "wb"}) {
        GzPair pair("file", gzip_member(text(1000)), mode);
        pair.both("transfer", [](GzSide& side) {
            return side.api->gzgetc(side.file) + side.api->gzputs(side.file, "0123456789");
        });
        pair.both("SEEK_END",
                  [](GzSide& side) { return side.api->gzseek(side.file, 0, SEEK_END); });
        pair.both("whence 77", [](GzSide& side) { return side.api->gzseek(side.file, 0, 77); });
        pair.both("before the start", seek_to(-1));
        pair.both("before the start", seek_by(-100'000));
        pair.both("nowhere", seek_by(0));
        pair.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
        pair.close();
    }
}

BOOST_AUTO_TEST_CASE(offsets_that_overflow_are_refused) {
    // Undefined in zlib.
    const Scratch scratch;
    for (const char* mode : {"wb", "rb"}) {
        gzFile file = gz().gzopen(scratch.path("file").c_str(), mode);
        BOOST_REQUIRE(file != nullptr);
        gz().gzputs(file, "0123456789");
        gz().gzgetc(file);
        BOOST_TEST(gz().gzseek64(file, INT64_MAX, SEEK_CUR) == -1);
        BOOST_TEST(gz().gzseek64(file, INT64_MIN, SEEK_CUR) == -1);
        BOOST_TEST(gz().gzseek64(file, INT64_MIN, SEEK_SET) == -1);
        BOOST_TEST(gz().gztell64(file) == (*mode == 'r' ? 1 : 10));
        BOOST_TEST(gz().gzclose(file) == Z_OK);
    }
}

BOOST_AUTO_TEST_CASE(writers_fill_forward_seeks_with_zeros) {
    for (const char* mode : {"wb", "wbT", "wb0"}) {
        GzPair pair("file", mode);
        pair.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, "begin"); });
        BOOST_TEST(pair.both("gzseek", seek_to(10)) == 10);
        BOOST_TEST(pair.both("gzseek", seek_to(8)) == 8);  // back, but not behind what is written
        pair.both("gzputc", [](GzSide& side) { return side.api->gzputc(side.file, 'c'); });
        pair.both("gzseek", seek_by(100'000));
        pair.both("gzprintf", [](GzSide& side) { return side.api->gzprintf(side.file, "%d", 5); });
        BOOST_TEST(pair.both("gzseek", seek_to(100)) == -1);
        pair.both("gzseek", seek_by(50));
        pair.both("gzflush",
                  [](GzSide& side) { return side.api->gzflush(side.file, Z_SYNC_FLUSH); });
        pair.both("gzseek", seek_by(9000));
        BOOST_TEST(pair.close() == Z_OK);  // closing carries it out

        Bytes expected = bytes_of("begin");
        expected.resize(8);
        expected.push_back('c');
        expected.resize(expected.size() + 100'000);
        expected.push_back('5');
        expected.resize(expected.size() + 50 + 9000);
        const Bytes file = read_file(pair.path_of_tested());
        BOOST_TEST(((std::string(mode) == "wbT" ? file : decode_members(file)) == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_seek_before_the_first_write_is_filled_with_zeros) {
    // zlib writes what malloc() returned in the second and third case.
    const Scratch scratch;
    for (int how = 0; how < 3; ++how) {
        const std::string path = scratch.path("file");
        gzFile file = gz().gzopen(path.c_str(), "wb");
        BOOST_TEST(gz().gzseek(file, 20'000, SEEK_SET) == 20'000);
        if (how == 0) BOOST_TEST(gz().gzputs(file, "x") == 1);
        if (how == 1) BOOST_TEST(gz().gzputc(file, 'x') == 'x');
        BOOST_TEST(gz().gzclose(file) == Z_OK);
        Bytes expected(20'000, 0);
        if (how < 2) expected.push_back('x');
        BOOST_TEST((decode_members(read_file(path)) == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_seek_beyond_the_end_leads_to_the_end) {
    for (const Bytes& file :
         {gzip_member(text(5000)), joined({gzip_member(text(5000)), bytes_of("garbage")})}) {
        GzPair pair("file", file, "rb");
        pair.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
        pair.both("gzseek", seek_to(1'000'000));
        // gzungetc(-1) carries out a seek, and gztell() then says how long the content is (zlib.h, gzungetc).
        pair.both("gzungetc", [](GzSide& side) { return side.api->gzungetc(-1, side.file); });
        BOOST_TEST(gz().gztell(pair.tested().file) == 5000);
        pair.both("gzread", [](GzSide& side) { return side.read(10); });
        BOOST_TEST(gz().gzeof(pair.tested().file) == 1);
        pair.both("gzungetc", [](GzSide& side) { return side.api->gzungetc('u', side.file); });
        BOOST_TEST(gz().gzeof(pair.tested().file) == 0);
        pair.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
        pair.both("gzseek", seek_to(4990));
        pair.both("gzread", [](GzSide& side) { return side.read(20); });
        BOOST_TEST(pair.close() == Z_OK);
    }
}

BOOST_AUTO_TEST_CASE(gzrewind_needs_a_file_that_can_seek) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const Bytes content = text(100);
    BOOST_REQUIRE(::write(ends[1], content.data(), 100) == 100);
    ::close(ends[1]);
    GzSide side{&gz(), gz().gzdopen(ends[0], "rb"), ""};
    BOOST_TEST(side.read(10).result == 10);
    BOOST_TEST(gz().gzrewind(side.file) == -1);
    BOOST_TEST(gz().gzseek(side.file, 5, SEEK_SET) == -1);
    BOOST_TEST(gz().gzseek(side.file, 20, SEEK_SET) == -1);  // plain content is sought in the file
    BOOST_TEST(gz().gzoffset(side.file) == -1);
    BOOST_TEST(gz().gztell(side.file) == 10);
    BOOST_TEST(side.read(1000) == (Outcome{90, Bytes(content.begin() + 10, content.end())}));
    BOOST_TEST(gz().gzclose(side.file) == Z_OK);
}

BOOST_AUTO_TEST_CASE(a_compressed_pipe_is_skipped_forward) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const Bytes content = text(5000);
    const Bytes member = gzip_member(content);
    BOOST_REQUIRE(::write(ends[1], member.data(), member.size()) ==
                  static_cast<ssize_t>(member.size()));
    ::close(ends[1]);
    GzSide side{&gz(), gz().gzdopen(ends[0], "rb"), ""};
    BOOST_TEST(gz().gzseek(side.file, 4000, SEEK_SET) == 4000);
    BOOST_TEST(side.read(2000) == (Outcome{1000, Bytes(content.begin() + 4000, content.end())}));
    BOOST_TEST(gz().gzseek(side.file, 0, SEEK_SET) == -1);
    BOOST_TEST(gz().gzclose(side.file) == Z_OK);
}

BOOST_AUTO_TEST_CASE(positions_beyond_32_bits) {
    const Scratch scratch;
    const std::string path = scratch.path("sparse");
    constexpr std::int64_t kSize = (std::int64_t{5} << 30) + 123;
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
    BOOST_REQUIRE(::ftruncate(fd, kSize) == 0);
    BOOST_REQUIRE(::pwrite(fd, "end", 3, kSize - 3) == 3);
    ::close(fd);
    GzSide side{&gz(), gz().gzopen64(path.c_str(), "rb"), ""};
    BOOST_TEST(side.read(10).result == 10);
    BOOST_TEST(gz().gzseek64(side.file, kSize - 3, SEEK_SET) == kSize - 3);
    BOOST_TEST(side.read(10) == (Outcome{3, bytes_of("end")}));
    BOOST_TEST(gz().gztell64(side.file) == kSize);
    BOOST_TEST(gz().gztell(side.file) == kSize);
    BOOST_TEST(gz().gzoffset64(side.file) == kSize);
    BOOST_TEST(gz().gzseek64(side.file, -(kSize - 5), SEEK_CUR) == 5);
    BOOST_TEST(gz().gzclose(side.file) == Z_OK);

    // A compressed file behind 5 GiB of something else.
    const int append = ::open(path.c_str(), O_RDWR | O_APPEND);
    const Bytes member = gzip_member(text(1000));
    BOOST_REQUIRE(::write(append, member.data(), member.size()) ==
                  static_cast<ssize_t>(member.size()));
    ::lseek(append, kSize, SEEK_SET);
    side.file = gz().gzdopen(append, "rb");
    BOOST_TEST(side.read(1000) == (Outcome{1000, text(1000)}));
    BOOST_TEST(gz().gzoffset64(side.file) == kSize + static_cast<std::int64_t>(member.size()));
    BOOST_TEST(gz().gzrewind(side.file) == 0);
    BOOST_TEST(side.read(10).result == 10);
    BOOST_TEST(gz().gzclose(side.file) == Z_OK);

    side.file = gz().gzopen(path.c_str(), "ab");
    BOOST_TEST(gz().gzoffset64(side.file) == kSize + static_cast<std::int64_t>(member.size()));
    BOOST_TEST(gz().gzseek64(side.file, std::int64_t{1} << 40, SEEK_SET) == std::int64_t{1} << 40);
    BOOST_TEST(gz().gztell64(side.file) == std::int64_t{1} << 40);
    BOOST_TEST(gz().gzseek64(side.file, 0, SEEK_SET) ==
               0);  // nothing was written: still at the start
    BOOST_TEST(gz().gzclose(side.file) == Z_OK);
}

BOOST_AUTO_TEST_SUITE_END()
