// SPDX-License-Identifier: Zlib
// Reading: plain files, members, what follows them, damage and truncation, and each function's edges. Steps run on the
// reference as well; where 1.2.13 differs from the contract, the expectation is written out.
#include <fcntl.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <climits>

#include "compat/gz_pair.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

const ZlibApi& gz() { return tested_zlib(); }

/// A file for the tested library alone.
struct TestedReader {
    Scratch scratch;
    GzSide side;

    explicit TestedReader(std::span<const std::uint8_t> content, const char* mode = "rb") {
        write_file(scratch.path("input"), content);
        side = {&gz(), gz().gzopen(scratch.path("input").c_str(), mode), scratch.path("")};
        BOOST_REQUIRE(side.file != nullptr);
    }
    ~TestedReader() {
        if (side.file != nullptr) gz().gzclose(side.file);
    }
    int close() {
        const int result = gz().gzclose(side.file);
        side.file = nullptr;
        return result;
    }
    /// Reads to the end or an error; the last result ends up in `last`.
    Bytes read_all(std::size_t chunk, long* last = nullptr) {
        Bytes all;
        Outcome outcome;
        while ((outcome = side.read(chunk)).result > 0) {
            all.insert(all.end(), outcome.data.begin(), outcome.data.end());
        }
        if (last != nullptr) *last = outcome.result;
        return all;
    }
};

const ErrorState kNoError{};
const ErrorState kTruncated{Z_BUF_ERROR, "input: unexpected end of file"};

Bytes text(std::size_t size) { return make_sample(Sample::kText, size, 3); }

}  // namespace

BOOST_AUTO_TEST_SUITE(reading)

BOOST_DATA_TEST_CASE(chunks_of_any_size_deliver_the_same,
                     data::make({1, 7, 8191, 8192, 16'384, 16'385, 100'000}), chunk) {
    const auto size = static_cast<std::size_t>(chunk);
    const Bytes content = text(60'000);
    const Bytes two = joined({gzip_member(std::span(content).first(20'000)),
                              gzip_member(std::span(content).subspan(20'000), 0)});
    for (const Bytes& file : {content, gzip_member(content), two}) {
        TestedReader reader(file);
        BOOST_TEST((reader.read_all(size) == content));
        BOOST_TEST(gz().gzeof(reader.side.file) == 1);
        BOOST_TEST(gz().gztell(reader.side.file) == 60'000);
        BOOST_TEST(gz().gzoffset(reader.side.file) == static_cast<long>(file.size()));
        BOOST_TEST(reader.side.error() == kNoError);
        BOOST_TEST(reader.close() == Z_OK);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_a_plain_one) {
    GzPair pair("empty", Bytes{}, "rb");
    pair.both("gzdirect", [](GzSide& side) { return side.api->gzdirect(side.file); });
    pair.both("gzread", [](GzSide& side) { return side.read(10); });
    pair.both("gzgets", [](GzSide& side) { return side.gets(10); });
    pair.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
    BOOST_TEST(gz().gzeof(pair.tested().file) == 1);
    BOOST_TEST(pair.close() == Z_OK);
}

BOOST_AUTO_TEST_CASE(gzdirect_tells_gzip_from_plain_before_the_first_read) {
    for (const Bytes& content : {text(10), gzip_member(text(10)), gzip_member({})}) {
        GzPair pair("file", content, "rb");
        pair.both("gzdirect", [](GzSide& side) { return side.api->gzdirect(side.file); });
        pair.both("gzread", [](GzSide& side) { return side.read(20); });
        pair.both("gzdirect", [](GzSide& side) { return side.api->gzdirect(side.file); });
        pair.close();
    }
}

BOOST_AUTO_TEST_CASE(four_bytes_decide_between_gzip_and_plain) {
    // 1.3.2 looks at ID1, ID2, CM and the reserved flags; 1.2.13 at the first two.
    const std::pair<Bytes, bool> cases[] = {
        {{0x1f}, true},
        {{0x1f, 0x8b}, true},
        {{0x1f, 0x8b, 8}, true},
        {{0x1f, 0x8b, 8, 0}, false},
        {{0x1f, 0x8b, 8, 0x1f}, false},
        {{0x1f, 0x8b, 8, 0x20}, true},
        {{0x1f, 0x8b, 7, 0, 1, 2, 3}, true},
        {{0x1f, 0x8c, 8, 0, 1, 2, 3}, true},
    };
    for (const auto& [content, is_plain] : cases) {
        TestedReader reader(content);
        BOOST_TEST(gz().gzdirect(reader.side.file) == (is_plain ? 1 : 0));
        const Outcome outcome = reader.side.read(20);
        BOOST_TEST(outcome.result == (is_plain ? static_cast<long>(content.size()) : 0));
        BOOST_TEST(reader.side.error() == (is_plain ? kNoError : kTruncated));
        BOOST_TEST(reader.close() == (is_plain ? Z_OK : Z_BUF_ERROR));
    }
}

BOOST_AUTO_TEST_CASE(members_follow_one_another_and_garbage_ends_them_quietly) {
    const Bytes part = text(5000);
    const Bytes member = gzip_member(part);
    const Bytes twice = joined({part, part});
    const std::pair<Bytes, Bytes> cases[] = {
        {joined({member, member}), twice},
        {joined({member, gzip_member({}), member}), twice},
        {joined({member, bytes_of("garbage")}), part},
        {joined({member, Bytes(30'000, 0)}), part},
        {joined({member, bytes_of("\n")}), part},
        {joined({member, bytes_of("x"), member}), part},
        {joined({member, Bytes{0x1f, 0x8b, 7, 1, 2, 3}}), part},
        {joined({gzip_member({}), bytes_of("no gzip")}), {}},
    };
    for (const auto& [file, content] : cases) {
        for (const std::size_t chunk : {1U, 100U, 100'000U}) {
            TestedReader reader(file);
            BOOST_TEST((reader.read_all(chunk) == content));
            BOOST_TEST(gz().gzeof(reader.side.file) == 1);
            BOOST_TEST(gz().gzdirect(reader.side.file) == 0);
            BOOST_TEST(reader.side.error() == kNoError);
            // Asking again changes nothing, also not for those who clear the end-of-file mark.
            BOOST_TEST(reader.side.gets(100).result == 0);
            BOOST_TEST(reader.side.gets(100).result == 0);
            gz().gzclearerr(reader.side.file);
            BOOST_TEST(reader.side.read(100).result == 0);
            BOOST_TEST(reader.side.error() == kNoError);
            BOOST_TEST(reader.close() == Z_OK);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_ends_on_a_buffer_boundary_is_complete) {
    // Stored, so the file's size is the content's plus a constant: 8192 and 16384 bytes in all.
    for (const std::size_t file_bytes : {8192U, 16'384U}) {
        const Bytes content = make_sample(Sample::kRandom, file_bytes - 10 - 5 - 8, 9);
        const Bytes file = gzip_member(content, 0);
        BOOST_REQUIRE(file.size() == file_bytes);
        for (const std::size_t chunk : {1U, 1000U, 50'000U}) {
            TestedReader reader(file);
            BOOST_TEST((reader.read_all(chunk) == content));
            BOOST_TEST(reader.side.error() == kNoError);
            BOOST_TEST(reader.close() == Z_OK);
        }
    }
}

BOOST_AUTO_TEST_CASE(truncation_delivers_the_rest_and_is_remembered_until_close) {
    const Bytes content = text(40'000);
    const Bytes member = gzip_member(content);
    const Bytes second = joined({member, gzip_member(bytes_of("second"))});
    std::vector<Bytes> files;
    for (const std::ptrdiff_t size : {4, 9, 10, 11, 500})
        files.push_back(Bytes(member.begin(), member.begin() + size));
    for (const std::ptrdiff_t cut : {1, 4, 8, 9})
        files.push_back(Bytes(member.begin(), member.end() - cut));
    for (const std::size_t more : {1U, 2U, 9U, 12U}) {
        files.push_back(
            Bytes(second.begin(), second.begin() + static_cast<long>(member.size() + more)));
    }
    for (const Bytes& file : files) {
        for (const std::size_t chunk : {1U, 100U, 8192U, 100'000U}) {
            TestedReader reader(file);
            long last = -2;
            const Bytes got = reader.read_all(chunk, &last);
            BOOST_TEST((
                std::equal(got.begin(), got.end(), joined({content, bytes_of("second")}).begin())));
            BOOST_TEST(last == 0);
            BOOST_TEST(gz().gzeof(reader.side.file) == 1);
            BOOST_TEST(reader.side.error() == kTruncated);
            BOOST_TEST(gz().gzgetc(reader.side.file) == -1);
            BOOST_TEST(reader.side.error() == kTruncated);
            BOOST_TEST(reader.close() == Z_BUF_ERROR);
        }
        TestedReader lines(file);
        while (lines.side.gets(1000).result != 0) {
        }
        BOOST_TEST(lines.side.error() == kTruncated);
        BOOST_TEST(lines.close() == Z_BUF_ERROR);
    }
}

BOOST_AUTO_TEST_CASE(damage_is_an_error_behind_the_good_prefix) {
    const Bytes content = make_sample(Sample::kRandom, 30'000, 4);
    Bytes bad_crc = gzip_member(content);
    bad_crc[bad_crc.size() - 8] ^= 1;
    Bytes bad_length = gzip_member(content);
    bad_length[bad_length.size() - 1] ^= 1;
    const std::pair<Bytes, const char*> cases[] = {{bad_crc, "input: incorrect data check"},
                                                   {bad_length, "input: incorrect length check"}};
    for (const auto& [file, message] : cases) {
        for (const std::size_t chunk : {1U, 1000U, 16'384U, 100'000U}) {
            TestedReader reader(file);
            long last = 0;
            BOOST_TEST((reader.read_all(chunk, &last) == content));
            BOOST_TEST(last == -1);
            BOOST_TEST(reader.side.error() == (ErrorState{Z_DATA_ERROR, message}));
            BOOST_TEST(reader.side.read(10).result == -1);
            BOOST_TEST(gz().gzgetc(reader.side.file) == -1);
            BOOST_TEST(gz().gzungetc('x', reader.side.file) == -1);
            BOOST_TEST(reader.side.gets(10).result == 0);
            BOOST_TEST(gz().gzseek(reader.side.file, 0, SEEK_SET) == -1);
            BOOST_TEST(gz().gzrewind(reader.side.file) == -1);
            BOOST_TEST(reader.close() == Z_OK);
        }
    }
}

BOOST_AUTO_TEST_CASE(damage_before_the_first_byte_is_an_error) {
    // zlib 1.3.2 reports an empty file without an error here.
    const Bytes invalid_block{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x07, 0, 0, 0, 0, 0, 0, 0, 0};
    GzPair pair("input", invalid_block, "rb");
    BOOST_TEST(pair.tested().read(10).result == -1);
    BOOST_TEST(pair.tested().error() == (ErrorState{Z_DATA_ERROR, "input: invalid block type"}));
    BOOST_TEST(gz().gzclose(pair.tested().file) == Z_OK);
    pair.tested().file = nullptr;
}

BOOST_AUTO_TEST_CASE(gzrewind_clears_what_gzclearerr_clears) {
    Bytes file = gzip_member(text(30'000));
    file[file.size() - 8] ^= 1;
    TestedReader reader(file);
    (void)reader.read_all(100'000);
    BOOST_TEST(reader.side.error().code == Z_DATA_ERROR);
    gz().gzclearerr(reader.side.file);
    BOOST_TEST(reader.side.error() == kNoError);
    BOOST_TEST(gz().gzeof(reader.side.file) == 0);
    BOOST_TEST(gz().gzrewind(reader.side.file) == 0);
    BOOST_TEST(reader.side.read(30'000) == (Outcome{30'000, text(30'000)}));
}

BOOST_AUTO_TEST_CASE(a_growing_file_goes_on_after_gzclearerr) {
    const Bytes content = text(50'000);
    const Bytes member = gzip_member(content);
    const Bytes next = gzip_member(bytes_of("next member"));
    const std::size_t half = member.size() / 2;
    const std::span<const std::uint8_t> written(member.data(), half);
    TestedReader reader(written);
    Bytes got = reader.read_all(1000);
    BOOST_TEST(reader.side.error() == kTruncated);

    write_file(reader.scratch.path("input"), member);
    BOOST_TEST(reader.side.read(10).result == 0);  // the end of file counts until it is cleared
    gz().gzclearerr(reader.side.file);
    const Bytes rest = reader.read_all(1000);
    BOOST_TEST((joined({got, rest}) == content));
    BOOST_TEST(reader.side.error() == kNoError);

    write_file(reader.scratch.path("input"), joined({member, next}));
    gz().gzclearerr(reader.side.file);
    BOOST_TEST(reader.side.read(100) == (Outcome{11, bytes_of("next member")}));
    BOOST_TEST(reader.close() == Z_OK);
}

BOOST_AUTO_TEST_CASE(gzgets_stops_at_newlines_and_at_the_buffer_end) {
    const Bytes content = bytes_of("one\n\nthree and a half\nlast without newline");
    for (const Bytes& file : {content, gzip_member(content)}) {
        GzPair pair("lines", file, "rb");
        for (const int len : {100, 100, 0, -5, 1, 2, 6, 100, 20, 100, 100}) {
            pair.both("gzgets " + std::to_string(len),
                      [=](GzSide& side) { return side.gets(len); });
        }
        pair.both("null buffer",
                  [](GzSide& side) { return side.api->gzgets(side.file, nullptr, 10) == nullptr; });
        pair.close();
    }
}

BOOST_AUTO_TEST_CASE(gzgets_crosses_buffers_and_keeps_zero_bytes) {
    Bytes content(70'000, 'a');
    content[100] = 0;
    content[50'000] = '\n';
    GzPair pair("line", gzip_member(content), "rb");
    pair.both("gzgets", [](GzSide& side) { return side.gets(60'000); });
    BOOST_TEST(gz().gztell(pair.tested().file) == 50'001);
    pair.both("gzgets", [](GzSide& side) { return side.gets(60'000); });
    BOOST_TEST(pair.close() == Z_OK);
}

BOOST_AUTO_TEST_CASE(gzungetc_right_after_opening_fills_the_output_buffer) {
    // Works since 1.3; at least the output buffer's size may be pushed (zlib.h).
    for (const Bytes& file : {Bytes{}, gzip_member(text(100)), text(100)}) {
        TestedReader reader(file);
        BOOST_TEST(gz().gzbuffer(reader.side.file, 16) == 0);
        // A plain file's first 16 bytes were read to see that it is one.
        const int room = file.size() == 100 ? 32 - 16 : 32;
        Bytes expected;
        for (int pushed = 0; pushed < room; ++pushed) {
            BOOST_TEST(gz().gzungetc('a' + pushed % 26, reader.side.file) == 'a' + pushed % 26);
            expected.insert(expected.begin(), static_cast<std::uint8_t>('a' + pushed % 26));
        }
        BOOST_TEST(gz().gztell(reader.side.file) == -room);
        BOOST_TEST(reader.side.read(expected.size()).data == expected,
                   boost::test_tools::per_element());
        BOOST_TEST((reader.read_all(1000) == (file.empty() ? Bytes{} : text(100))));
    }
    TestedReader reader({});
    BOOST_TEST(gz().gzbuffer(reader.side.file, 16) == 0);
    for (int pushed = 0; pushed < 32; ++pushed)
        BOOST_TEST(gz().gzungetc('a', reader.side.file) == 'a');
    BOOST_TEST(gz().gzungetc('a', reader.side.file) == -1);
    BOOST_TEST(reader.side.error() ==
               (ErrorState{Z_DATA_ERROR, "input: out of room to push characters"}));
}

BOOST_AUTO_TEST_CASE(gzungetc_puts_bytes_before_the_next) {
    const Bytes content = text(40'000);
    for (const Bytes& file : {content, gzip_member(content)}) {
        GzPair pair("file", file, "rb");
        pair.both("gzread", [](GzSide& side) { return side.read(20'000); });
        for (const int c : {97, 98, 0, 255, 376, -1, -7}) {
            pair.both("gzungetc", [=](GzSide& side) { return side.api->gzungetc(c, side.file); });
        }
        pair.both("gzread", [](GzSide& side) { return side.read(30'000); });
        pair.both("at the end", [](GzSide& side) { return side.api->gzgetc(side.file); });
        pair.both("gzungetc", [](GzSide& side) { return side.api->gzungetc('z', side.file); });
        pair.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
        pair.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
        BOOST_TEST(pair.close() == Z_OK);
    }
}

BOOST_AUTO_TEST_CASE(lengths_beyond_the_result_type_are_refused) {
    GzPair pair("file", gzip_member(text(100)), "rb");
    std::uint8_t byte = 0;
    pair.both("gzread",
              [&](GzSide& side) { return side.api->gzread(side.file, &byte, 0x8000'0000U); });
    BOOST_TEST(pair.tested().error() ==
               (ErrorState{Z_STREAM_ERROR, "file: request does not fit in an int"}));
    pair.both("gzread", [](GzSide& side) { return side.read(10); });  // sticks
    pair.both("gzclearerr", [](GzSide& side) {
        side.api->gzclearerr(side.file);
        return 0;
    });
    pair.both("gzfread",
              [&](GzSide& side) { return side.api->gzfread(&byte, SIZE_MAX / 2, 3, side.file); });
    BOOST_TEST(pair.tested().error() ==
               (ErrorState{Z_STREAM_ERROR, "file: request does not fit in a size_t"}));
    pair.close();
}

BOOST_AUTO_TEST_CASE(gzfread_counts_whole_items_and_delivers_the_partial_one) {
    const Bytes content = text(103);
    for (const Bytes& file : {content, gzip_member(content)}) {
        GzPair pair("file", file, "rb");
        pair.both("0 items", [](GzSide& side) { return side.fread(10, 0); });
        pair.both("size 0", [](GzSide& side) { return side.fread(0, 10); });
        pair.both("5 of 10", [](GzSide& side) { return side.fread(10, 5); });
        const Outcome last =
            pair.both("the rest", [](GzSide& side) { return side.fread(10, 100); });
        BOOST_TEST(last.result == 5);
        BOOST_TEST(gz().gztell(pair.tested().file) == 103);
        BOOST_TEST(gz().gzeof(pair.tested().file) == 1);
        pair.close();
    }
}

BOOST_AUTO_TEST_CASE(the_gzgetc_macro_reads_the_public_head) {
    const Bytes content = text(20'000);
    TestedReader reader(gzip_member(content));
    Bytes got;
    for (;;) {
        gzFile_s* head = reader.side.file;
        int c = 0;
        if (head->have != 0) {
            head->have--;
            head->pos++;
            c = *head->next++;
        } else {
            c = gz().gzgetc_(head);
        }
        if (c == -1) break;
        got.push_back(static_cast<std::uint8_t>(c));
    }
    BOOST_TEST((got == content));
    BOOST_TEST(gz().gztell(reader.side.file) == 20'000);
}

BOOST_AUTO_TEST_CASE(a_read_of_nothing_is_nothing) {
    GzPair pair("file", gzip_member(text(10)), "rb");
    pair.both("gzread", [](GzSide& side) { return side.read(0); });
    pair.both("gzread", [](GzSide& side) { return side.read(10); });
    pair.both("gzread", [](GzSide& side) { return side.read(0); });
    BOOST_TEST(gz().gzeof(pair.tested().file) == 0);
    pair.both("gzread", [](GzSide& side) { return side.read(1); });
    BOOST_TEST(gz().gzeof(pair.tested().file) == 1);
    pair.close();
}

BOOST_AUTO_TEST_SUITE_END()
