// SPDX-License-Identifier: Zlib
// gzopen, gzdopen, gzbuffer and the gzclose family: mode letters, descriptor flags, refusals, result codes.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <climits>

#include "compat/gz_pair.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

const ZlibApi& gz() { return tested_zlib(); }

Bytes hello() { return bytes_of("hello, hello!"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(opening)

BOOST_DATA_TEST_CASE(modes_are_accepted_and_refused_as_by_the_reference,
                     data::make({"",     "b",    "9",    "r",    "rb", "br", "w",   "wb9",
                                 "wb6f", "wb1h", "wb1R", "wb9F", "a",  "ab", "r+",  "w+",
                                 "+",    "rw",   "wr",   "ra",   "rT", "wT", "aT",  "rTw",
                                 "re",   "we",   "wx",   "rx",   "q",  "rq", "wb99"}),
                     mode) {
    // An existing file: "x" applies to writing only.
    GzPair pair("file", hello(), mode);
    pair.both("is open", [](GzSide& side) { return side.file != nullptr; });
    if (pair.tested().file != nullptr) pair.close();
}

BOOST_AUTO_TEST_CASE(g_reads_gzip_only_and_has_no_meaning_for_writing) {
    // New in 1.3.2.
    const Scratch scratch;
    write_file(scratch.path("plain"), hello());
    write_file(scratch.path("packed"), gzip_member(hello()));
    BOOST_TEST(gz().gzopen(scratch.path("out").c_str(), "wG") == nullptr);
    BOOST_TEST(gz().gzopen(scratch.path("plain").c_str(), "rGT") == nullptr);
    GzSide side{&gz(), gz().gzopen(scratch.path("packed").c_str(), "rTG"), scratch.path("")};
    BOOST_REQUIRE(side.file != nullptr);
    BOOST_TEST(side.read(100) == (Outcome{13, hello()}));
    BOOST_TEST(gz().gzdirect(side.file) == 0);
    BOOST_TEST(gz().gzclose(side.file) == Z_OK);

    side.file = gz().gzopen(scratch.path("plain").c_str(), "rG");
    BOOST_TEST(side.read(100).result == -1);
    BOOST_TEST(side.error() == (ErrorState{Z_DATA_ERROR, "plain: incorrect header check"}));
    BOOST_TEST(gz().gzdirect(side.file) == 0);
    BOOST_TEST(gz().gzclose(side.file) == Z_OK);

    write_file(scratch.path("empty"), {});
    side.file = gz().gzopen(scratch.path("empty").c_str(), "rG");
    BOOST_TEST(side.read(100).result == 0);
    BOOST_TEST(side.error() == (ErrorState{Z_BUF_ERROR, "empty: unexpected end of file"}));
    BOOST_TEST(gz().gzclose(side.file) == Z_BUF_ERROR);
}

BOOST_AUTO_TEST_CASE(null_arguments_are_refused) {
    BOOST_TEST(gz().gzopen(nullptr, "rb") == nullptr);
    BOOST_TEST(gz().gzopen64(nullptr, "rb") == nullptr);
    BOOST_TEST(gz().gzopen("/dev/null", nullptr) == nullptr);
    BOOST_TEST(gz().gzdopen(-1, "rb") == nullptr);
    BOOST_TEST(gz().gzbuffer(nullptr, 100) == -1);
    BOOST_TEST(gz().gzsetparams(nullptr, 1, 0) == Z_STREAM_ERROR);
    BOOST_TEST(gz().gzread(nullptr, nullptr, 0) == -1);
    BOOST_TEST(gz().gzfread(nullptr, 1, 1, nullptr) == 0U);
    BOOST_TEST(gz().gzwrite(nullptr, nullptr, 0) == 0);
    BOOST_TEST(gz().gzfwrite(nullptr, 1, 1, nullptr) == 0U);
    BOOST_TEST(gz().gzprintf(nullptr, "x") == Z_STREAM_ERROR);
    BOOST_TEST(gz().gzputs(nullptr, "x") == -1);
    BOOST_TEST(gz().gzputc(nullptr, 'x') == -1);
    BOOST_TEST(gz().gzgetc(nullptr) == -1);
    BOOST_TEST(gz().gzgetc_(nullptr) == -1);
    BOOST_TEST(gz().gzungetc('x', nullptr) == -1);
    char line[4];
    BOOST_TEST((gz().gzgets(nullptr, line, 4) == nullptr));
    BOOST_TEST(gz().gzflush(nullptr, Z_FINISH) == Z_STREAM_ERROR);
    BOOST_TEST(gz().gzseek(nullptr, 0, SEEK_SET) == -1);
    BOOST_TEST(gz().gzseek64(nullptr, 0, SEEK_SET) == -1);
    BOOST_TEST(gz().gzrewind(nullptr) == -1);
    BOOST_TEST(gz().gztell(nullptr) == -1);
    BOOST_TEST(gz().gztell64(nullptr) == -1);
    BOOST_TEST(gz().gzoffset(nullptr) == -1);
    BOOST_TEST(gz().gzoffset64(nullptr) == -1);
    BOOST_TEST(gz().gzeof(nullptr) == 0);
    BOOST_TEST(gz().gzdirect(nullptr) == 0);
    int code = 77;
    BOOST_TEST((gz().gzerror(nullptr, &code) == nullptr));
    BOOST_TEST(code == 77);
    gz().gzclearerr(nullptr);
    BOOST_TEST(gz().gzclose(nullptr) == Z_STREAM_ERROR);
    BOOST_TEST(gz().gzclose_r(nullptr) == Z_STREAM_ERROR);
    BOOST_TEST(gz().gzclose_w(nullptr) == Z_STREAM_ERROR);
}

BOOST_AUTO_TEST_CASE(a_missing_or_unreadable_path_leaves_errno) {
    const Scratch scratch;
    errno = 0;
    BOOST_TEST(gz().gzopen(scratch.path("missing").c_str(), "rb") == nullptr);
    BOOST_TEST(errno == ENOENT);
    BOOST_TEST(gz().gzopen(scratch.path("no/folder").c_str(), "wb") == nullptr);
    BOOST_TEST(errno == ENOENT);
    BOOST_TEST(gz().gzopen(scratch.path("").c_str(), "wb") == nullptr);
    BOOST_TEST(errno == EISDIR);
}

BOOST_AUTO_TEST_CASE(a_directory_opens_and_fails_at_the_first_read) {
    GzPair pair("", "rb");
    pair.both("gzread", [](GzSide& side) { return side.read(10); });
    BOOST_TEST(pair.tested().error() == (ErrorState{Z_ERRNO, ": Is a directory"}));
    pair.both("gzread", [](GzSide& side) { return side.read(10); });
    pair.both("gzrewind", [](GzSide& side) { return side.api->gzrewind(side.file); });
    pair.close();
}

BOOST_AUTO_TEST_CASE(x_creates_and_never_overwrites) {
    const Scratch scratch;
    const std::string path = scratch.path("new");
    gzFile file = gz().gzopen(path.c_str(), "wbx");
    BOOST_REQUIRE(file != nullptr);
    BOOST_TEST(gz().gzclose(file) == Z_OK);
    BOOST_TEST(gz().gzopen(path.c_str(), "wbx") == nullptr);
    BOOST_TEST(errno == EEXIST);
    BOOST_TEST(gz().gzopen(path.c_str(), "abx") == nullptr);
    BOOST_TEST(decode_members(read_file(path)).empty());
}

BOOST_AUTO_TEST_CASE(e_closes_on_exec_and_n_does_not_block) {
    const Scratch scratch;
    const std::string path = scratch.path("file");
    // The lowest free descriptor is the next one opened.
    const auto next_fd = [] {
        const int fd = ::open("/dev/null", O_RDONLY);
        ::close(fd);
        return fd;
    };
    for (const char* mode : {"wb", "wbe", "wbN", "wbeN", "rb", "rbe", "rbN"}) {
        BOOST_TEST_CONTEXT(mode) {
            const std::string letters = mode;
            const int fd = next_fd();
            gzFile file = gz().gzopen(path.c_str(), mode);
            BOOST_REQUIRE(file != nullptr);
            BOOST_TEST(((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) ==
                       (letters.find('e') != letters.npos));
            BOOST_TEST(((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0) ==
                       (letters.find('N') != letters.npos));
            BOOST_TEST(gz().gzclose(file) == Z_OK);

            // The same letters for a descriptor that the caller opened (1.3.2; the flag that zlib sets for "e" is
            // another call's and has no effect).
            const int own_fd = ::open(path.c_str(), O_RDWR);
            file = gz().gzdopen(own_fd, mode);
            BOOST_REQUIRE(file != nullptr);
            BOOST_TEST(((::fcntl(own_fd, F_GETFD) & FD_CLOEXEC) != 0) ==
                       (letters.find('e') != letters.npos));
            BOOST_TEST(((::fcntl(own_fd, F_GETFL) & O_NONBLOCK) != 0) ==
                       (letters.find('N') != letters.npos));
            BOOST_TEST(gz().gzclose(file) == Z_OK);
        }
    }
}

BOOST_AUTO_TEST_CASE(new_files_get_mode_0666_less_umask) {
    const Scratch scratch;
    const mode_t old = ::umask(0027);
    gzFile file = gz().gzopen(scratch.path("file").c_str(), "wb");
    ::umask(old);
    BOOST_REQUIRE(file != nullptr);
    gz().gzclose(file);
    struct stat status {};
    BOOST_REQUIRE(::stat(scratch.path("file").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0640U);
}

BOOST_AUTO_TEST_CASE(a_bad_descriptor_shows_at_the_first_transfer) {
    gzFile file = gz().gzdopen(9999, "rb");
    BOOST_REQUIRE(file != nullptr);
    GzSide side{&gz(), file, ""};
    BOOST_TEST(side.read(5).result == -1);
    BOOST_TEST(errno == EBADF);
    BOOST_TEST(side.error() == (ErrorState{Z_ERRNO, "<fd:9999>: Bad file descriptor"}));
    BOOST_TEST(gz().gzoffset(file) == -1);
    BOOST_TEST(gz().gzclose(file) == Z_ERRNO);

    file = gz().gzdopen(-2, "wb");
    BOOST_REQUIRE(file != nullptr);
    side.file = file;
    BOOST_TEST(gz().gzputs(file, "waits in the buffer") == 19);
    BOOST_TEST(gz().gzflush(file, Z_SYNC_FLUSH) == Z_ERRNO);
    BOOST_TEST(side.error() == (ErrorState{Z_ERRNO, "<fd:-2>: Bad file descriptor"}));
    BOOST_TEST(gz().gzclose(file) == Z_ERRNO);
}

BOOST_AUTO_TEST_CASE(append_starts_a_member_behind_what_is_there) {
    GzPair pair("log", gzip_member(hello()), "ab");
    pair.both("gzoffset", [](GzSide& side) { return side.api->gzoffset(side.file); });
    BOOST_TEST(pair.tested().api->gzoffset(pair.tested().file) ==
               static_cast<long>(gzip_member(hello()).size()));
    pair.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, " again"); });
    BOOST_TEST(pair.close() == Z_OK);
    unsigned members = 0;
    BOOST_TEST((decode_members(read_file(pair.path_of_tested()), &members) ==
                bytes_of("hello, hello! again")));
    BOOST_TEST(members == 2U);
}

BOOST_AUTO_TEST_CASE(a_descriptor_is_read_from_where_it_stands) {
    const Scratch scratch;
    const Bytes prefix = bytes_of("prefix");
    write_file(scratch.path("file"), joined({prefix, gzip_member(hello())}));
    const int fd = ::open(scratch.path("file").c_str(), O_RDONLY);
    ::lseek(fd, 6, SEEK_SET);
    GzSide side{&gz(), gz().gzdopen(fd, "rb"), ""};
    BOOST_TEST(gz().gzoffset(side.file) == 6);
    BOOST_TEST(side.read(100) == (Outcome{13, hello()}));
    BOOST_TEST(gz().gzrewind(side.file) == 0);
    BOOST_TEST(gz().gzoffset(side.file) == 6);
    BOOST_TEST(side.read(5) == (Outcome{5, bytes_of("hello")}));
    BOOST_TEST(gz().gzclose(side.file) == Z_OK);
    BOOST_TEST(::fcntl(fd, F_GETFD) == -1);  // closed with it
}

BOOST_AUTO_TEST_CASE(gzbuffer_works_until_the_first_transfer) {
    for (const char* mode : {"rb", "wb", "wbT"}) {
        GzPair pair("file", gzip_member(hello()), mode);
        for (const unsigned size : {100U, 0U, 8U, UINT_MAX / 2 + 1, UINT_MAX, 8192U}) {
            pair.both("gzbuffer",
                      [=](GzSide& side) { return side.api->gzbuffer(side.file, size); });
        }
        pair.both("transfer", [](GzSide& side) {
            side.api->gzputc(side.file, 'x');
            side.api->gzgetc(side.file);
            return 0;
        });
        BOOST_TEST(pair.both("gzbuffer", [](GzSide& side) {
            return side.api->gzbuffer(side.file, 100);
        }) == -1);
        pair.close();
    }
}

BOOST_AUTO_TEST_CASE(close_functions_refuse_the_other_direction_and_leave_the_file_open) {
    for (const char* mode : {"rb", "wb"}) {
        GzPair pair("file", gzip_member(hello()), mode);
        const bool reads = *mode == 'r';
        const int refusal = pair.both("the other", [=](GzSide& side) {
            return reads ? side.api->gzclose_w(side.file) : side.api->gzclose_r(side.file);
        });
        BOOST_TEST(refusal == Z_STREAM_ERROR);
        pair.both("still usable", [](GzSide& side) {
            return side.api->gzgetc(side.file) + side.api->gzputc(side.file, 'x');
        });
        const int result = reads ? pair.tested().api->gzclose_r(pair.tested().file)
                                 : pair.tested().api->gzclose_w(pair.tested().file);
        BOOST_TEST(result == Z_OK);
        pair.tested().file = nullptr;
    }
}

BOOST_AUTO_TEST_CASE(the_wrong_direction_is_refused_without_an_error_state) {
    GzPair reader("file", gzip_member(hello()), "rb");
    reader.both("gzwrite", [](GzSide& side) { return side.api->gzwrite(side.file, "x", 1); });
    reader.both("gzfwrite", [](GzSide& side) { return side.api->gzfwrite("x", 1, 1, side.file); });
    reader.both("gzputc", [](GzSide& side) { return side.api->gzputc(side.file, 'x'); });
    reader.both("gzputs", [](GzSide& side) { return side.api->gzputs(side.file, "x"); });
    reader.both("gzprintf", [](GzSide& side) { return side.api->gzprintf(side.file, "x"); });
    reader.both("gzflush", [](GzSide& side) { return side.api->gzflush(side.file, Z_FINISH); });
    reader.both("gzsetparams", [](GzSide& side) { return side.api->gzsetparams(side.file, 1, 0); });
    reader.close();
    GzPair writer("file", "wb");
    writer.both("gzread", [](GzSide& side) { return side.read(1); });
    writer.both("gzfread", [](GzSide& side) { return side.fread(1, 1); });
    writer.both("gzgetc", [](GzSide& side) { return side.api->gzgetc(side.file); });
    writer.both("gzgets", [](GzSide& side) { return side.gets(10); });
    writer.both("gzungetc", [](GzSide& side) { return side.api->gzungetc('x', side.file); });
    writer.both("gzrewind", [](GzSide& side) { return side.api->gzrewind(side.file); });
    writer.both("gzeof", [](GzSide& side) { return side.api->gzeof(side.file); });
    writer.both("gzdirect", [](GzSide& side) { return side.api->gzdirect(side.file); });
    writer.close();
}

BOOST_AUTO_TEST_CASE(close_reports_a_descriptor_that_is_gone) {
    const Scratch scratch;
    write_file(scratch.path("file"), hello());
    const int fd = ::open(scratch.path("file").c_str(), O_RDONLY);
    gzFile file = gz().gzdopen(fd, "rb");
    ::close(fd);
    BOOST_TEST(gz().gzclose(file) == Z_ERRNO);
}

BOOST_AUTO_TEST_CASE(missing_memory_is_reported_and_survived) {
#if defined(__SANITIZE_ADDRESS__)
    BOOST_TEST_MESSAGE(
        "skipped: the address sanitizer needs the address space that this test takes away");
#else
    const Scratch scratch;
    write_file(scratch.path("file"), gzip_member(hello()));
    for (const char* mode : {"rb", "ab", "abT"}) {
        GzSide side{&gz(), gz().gzopen(scratch.path("file").c_str(), mode), scratch.path("")};
        BOOST_REQUIRE(side.file != nullptr);
        BOOST_TEST(gz().gzbuffer(side.file, 1U << 30) == 0);
        rlimit limit{};
        ::getrlimit(RLIMIT_AS, &limit);
        const rlimit tight{1U << 30, limit.rlim_max};
        ::setrlimit(RLIMIT_AS, &tight);
        const int read = gz().gzgetc(side.file);
        const int written = gz().gzputc(side.file, 'x');
        ::setrlimit(RLIMIT_AS, &limit);
        BOOST_TEST(read == -1);
        BOOST_TEST(written == -1);
        BOOST_TEST(side.error() == (ErrorState{Z_MEM_ERROR, "out of memory"}));
        gz().gzclearerr(side.file);
        BOOST_TEST(gz().gzbuffer(side.file, 100) == 0);
        BOOST_TEST((*mode == 'r' ? gz().gzgetc(side.file) : gz().gzputc(side.file, 'h')) == 'h');
        BOOST_TEST(gz().gzclose(side.file) == Z_OK);
    }
#endif
}

BOOST_AUTO_TEST_SUITE_END()
