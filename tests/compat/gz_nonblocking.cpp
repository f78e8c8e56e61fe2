// SPDX-License-Identifier: Zlib
// Non-blocking descriptors as zlib 1.3.2 handles them: a call that would block returns what it has, or fails
// with EAGAIN and can be repeated; nothing is lost or done twice. The reference cannot do this yet, so
// the expectations are written out (zlib.h: gzread, gzwrite, gzprintf, gzdirect).
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <utility>

#include "compat/gz_pair.hpp"
#include "compat/offload_proof.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

const ZlibApi& gz() { return tested_zlib(); }

constexpr const char* kTryAgain = "Resource temporarily unavailable";

struct Pipe {
    int read_end = -1;
    int write_end = -1;

    Pipe() {
        int ends[2];
        BOOST_REQUIRE(::pipe(ends) == 0);
        read_end = ends[0];
        write_end = ends[1];
    }
    ~Pipe() {
        close(read_end);
        close(write_end);
    }
    static void close(int& fd) {
        if (fd != -1) ::close(fd);
        fd = -1;
    }
    /// Hands an end over to a gzFile, which closes it.
    static int take(int& fd) { return std::exchange(fd, -1); }

    void send(std::span<const std::uint8_t> bytes) const {
        BOOST_REQUIRE(::write(write_end, bytes.data(), bytes.size()) ==
                      static_cast<ssize_t>(bytes.size()));
    }
    /// Takes up to `limit` bytes out of the pipe.
    void receive(Bytes& into, std::size_t limit) const {
        std::array<std::uint8_t, 4096> buffer;
        const ssize_t n = ::read(read_end, buffer.data(), std::min(limit, buffer.size()));
        if (n > 0) into.insert(into.end(), buffer.begin(), buffer.begin() + n);
    }
};

/// A reader on the end of a pipe, opened with "N".
struct PipeReader : Pipe {
    std::string name = "<fd:" + std::to_string(read_end) + ">: ";
    GzSide side;

    explicit PipeReader(const char* mode = "rbN")
        : side{&gz(), gz().gzdopen(take(read_end), mode), ""} {}
    ~PipeReader() {
        if (side.file != nullptr) gz().gzclose(side.file);
    }
    void expect_stall() {
        errno = 0;
        BOOST_TEST(side.read(100).result == -1);
        BOOST_TEST(errno == EAGAIN);
        BOOST_TEST(side.error() == (ErrorState{Z_ERRNO, name + kTryAgain}));
        BOOST_TEST(gz().gzeof(side.file) == 0);
    }
    int close_file() { return gz().gzclose(std::exchange(side.file, nullptr)); }
};

/// A writer on the end of a pipe that holds one page.
struct PipeWriter : Pipe {
    GzSide side;
    Bytes received;

    explicit PipeWriter(const char* mode) {
        ::fcntl(write_end, F_SETPIPE_SZ, 4096);
        ::fcntl(read_end, F_SETFL, O_NONBLOCK);
        side = {&gz(), gz().gzdopen(take(write_end), mode), ""};
    }
    ~PipeWriter() {
        if (side.file != nullptr) gz().gzclose(side.file);
    }
    void drain(std::size_t limit = SIZE_MAX) { receive(received, limit); }
    /// Flushes and closes while the other end reads on; returns all that came.
    Bytes finish() {
        int result = Z_OK;
        while ((result = gz().gzflush(side.file, Z_FINISH)) == Z_ERRNO && errno == EAGAIN) drain();
        BOOST_TEST(result == Z_OK);
        drain();
        BOOST_TEST(gz().gzclose(std::exchange(side.file, nullptr)) == Z_OK);
        drain();
        return received;
    }
};

Bytes text(std::size_t size) { return make_sample(Sample::kText, size, 3); }

}  // namespace

BOOST_AUTO_TEST_SUITE(non_blocking)

BOOST_AUTO_TEST_CASE(reads_stall_and_go_on) {
    const Bytes content = text(9000);
    const Bytes member = gzip_member(content);
    PipeReader pipe;
    pipe.expect_stall();
    BOOST_TEST(gz().gzdirect(pipe.side.file) == 1);  // not yet known

    const std::span<const std::uint8_t> all(member);
    pipe.send(all.first(3));
    pipe.expect_stall();
    BOOST_TEST(gz().gzdirect(pipe.side.file) == 1);
    pipe.send(all.subspan(3, 7));
    BOOST_TEST(gz().gzdirect(pipe.side.file) == 0);
    pipe.expect_stall();

    Bytes got;
    std::size_t sent = 10;
    while (got.size() < content.size()) {
        const Outcome outcome = pipe.side.read(700);
        got.insert(got.end(), outcome.data.begin(), outcome.data.end());
        if (outcome.result > 0) continue;
        BOOST_REQUIRE(errno == EAGAIN);
        const std::size_t n = std::min<std::size_t>(100, member.size() - sent);
        BOOST_REQUIRE(n != 0U);
        pipe.send(all.subspan(sent, n));
        sent += n;
    }
    BOOST_TEST((got == content));
    if (sent != member.size()) pipe.send(all.subspan(sent));
    pipe.expect_stall();  // another member may follow

    pipe.send(gzip_member(bytes_of("second")));
    BOOST_TEST(pipe.side.read(100) == (Outcome{6, bytes_of("second")}));
    pipe.expect_stall();
    Pipe::close(pipe.write_end);
    BOOST_TEST(pipe.side.read(100).result == 0);
    BOOST_TEST(pipe.side.error() == ErrorState{});
    BOOST_TEST(gz().gzeof(pipe.side.file) == 1);
    BOOST_TEST(pipe.close_file() == Z_OK);
}

BOOST_AUTO_TEST_CASE(a_pipe_that_closes_inside_a_member_is_truncated) {
    const Bytes member = gzip_member(text(5000));
    PipeReader pipe;
    pipe.send(std::span(member).first(50));
    (void)pipe.side.read(10'000);
    pipe.expect_stall();
    Pipe::close(pipe.write_end);
    while (pipe.side.read(100).result > 0) {
    }
    BOOST_TEST(pipe.side.error() ==
               (ErrorState{Z_BUF_ERROR, pipe.name + "unexpected end of file"}));
    BOOST_TEST(pipe.close_file() == Z_BUF_ERROR);
}

BOOST_AUTO_TEST_CASE(garbage_behind_a_member_ends_a_pipe) {
    for (const char* garbage : {"x", "garbage"}) {
        PipeReader pipe;
        pipe.send(joined({gzip_member(text(500)), bytes_of(garbage)}));
        BOOST_TEST(pipe.side.read(1000) == (Outcome{500, text(500)}));
        BOOST_TEST(pipe.side.read(1000).result == 0);
        BOOST_TEST(gz().gzeof(pipe.side.file) == 1);
        BOOST_TEST(pipe.close_file() == Z_OK);
    }
}

BOOST_AUTO_TEST_CASE(plain_bytes_arrive_as_they_come) {
    PipeReader pipe;
    pipe.send(bytes_of("abc"));
    pipe.expect_stall();  // could still be gzip
    pipe.send(bytes_of("def"));
    BOOST_TEST(pipe.side.read(100) == (Outcome{6, bytes_of("abcdef")}));
    BOOST_TEST(gz().gzdirect(pipe.side.file) == 1);
    pipe.expect_stall();
    pipe.send(bytes_of("g"));
    BOOST_TEST(pipe.side.read(100'000) == (Outcome{1, bytes_of("g")}));
    pipe.send(bytes_of("h"));
    BOOST_TEST(gz().gzgetc(pipe.side.file) == 'h');
    Pipe::close(pipe.write_end);
    BOOST_TEST(pipe.side.read(100).result == 0);
    BOOST_TEST(pipe.close_file() == Z_OK);
}

BOOST_AUTO_TEST_CASE(three_bytes_before_the_end_are_a_plain_file) {
    PipeReader pipe;
    pipe.send(Bytes{0x1f, 0x8b, 8});
    pipe.expect_stall();
    Pipe::close(pipe.write_end);
    BOOST_TEST(pipe.side.read(100) == (Outcome{3, Bytes{0x1f, 0x8b, 8}}));
    BOOST_TEST(pipe.close_file() == Z_OK);
}

BOOST_AUTO_TEST_CASE(gzgetc_gzgets_and_gzfread_can_be_repeated) {
    const Bytes lines = gzip_member(bytes_of("first line\nsecond"));
    PipeReader pipe;
    BOOST_TEST(gz().gzgetc(pipe.side.file) == -1);
    BOOST_TEST(errno == EAGAIN);
    BOOST_TEST(pipe.side.gets(100).result == 0);
    BOOST_TEST(pipe.side.error().code == Z_ERRNO);
    BOOST_TEST(gz().gzeof(pipe.side.file) == 0);
    pipe.send(std::span(lines).first(2));
    BOOST_TEST(pipe.side.gets(100).result == 0);
    BOOST_TEST(gz().gzeof(pipe.side.file) == 0);
    BOOST_TEST(pipe.side.error().code == Z_ERRNO);
    BOOST_TEST(pipe.side.fread(1, 100).result == 0);
    pipe.send(std::span(lines).subspan(2));
    BOOST_TEST(gz().gzgetc(pipe.side.file) == 'f');
    BOOST_TEST(pipe.side.gets(100).result == 1);
    BOOST_TEST(gz().gztell(pipe.side.file) == 11);
    BOOST_TEST(pipe.side.fread(1, 100) == (Outcome{6, bytes_of("second")}));
    pipe.expect_stall();
}

BOOST_AUTO_TEST_CASE(a_pending_seek_survives_a_stall) {
    const Bytes content = text(3000);
    const Bytes member = gzip_member(content);
    PipeReader pipe;
    BOOST_TEST(gz().gzseek(pipe.side.file, 2500, SEEK_SET) == 2500);
    pipe.send(std::span(member).first(member.size() / 2));
    pipe.expect_stall();
    BOOST_TEST(gz().gztell(pipe.side.file) == 2500);
    pipe.send(std::span(member).subspan(member.size() / 2));
    BOOST_TEST(pipe.side.read(1000) ==
               (Outcome{500, Bytes(content.begin() + 2500, content.end())}));
}

BOOST_DATA_TEST_CASE(writes_take_what_fits_and_lose_nothing,
                     data::make({"wbN", "wb0N", "wbTN", "wb1N"}), mode) {
    const bool is_plain = std::string(mode) == "wbTN";
    for (const std::size_t chunk : {1U, 100U, 5000U, 8192U, 150'000U}) {
        // More than a stream on an executor holds back, so that the pipe gets full there, too.
        const bool is_long = is_offloading() && chunk >= 5000;
        const Bytes content = make_sample(Sample::kRandom, is_long ? 8 << 20 : 150'000);
        PipeWriter pipe(mode);
        std::size_t at = 0;
        unsigned stalls = 0;
        while (at < content.size()) {
            const std::size_t n = std::min(chunk, content.size() - at);
            errno = 0;
            const int taken =
                gz().gzwrite(pipe.side.file, content.data() + at, static_cast<unsigned>(n));
            BOOST_REQUIRE(taken >= 0);
            at += static_cast<std::size_t>(taken);
            BOOST_REQUIRE(gz().gztell(pipe.side.file) == static_cast<long>(at));
            if (static_cast<std::size_t>(taken) == n) continue;
            BOOST_REQUIRE(errno == EAGAIN);
            BOOST_REQUIRE(pipe.side.error().code == Z_ERRNO);
            ++stalls;
            pipe.drain(stalls % 3 == 0 ? 1000 : 4096);
        }
        if (is_long || !is_offloading()) BOOST_TEST(stalls > 10U);
        const Bytes file = pipe.finish();
        BOOST_TEST(((is_plain ? file : decode_members(file)) == content));
    }
}

BOOST_DATA_TEST_CASE(formatted_text_stalls_whole, data::make({"wbN", "wb0N", "wbTN"}), mode) {
    const bool is_plain = std::string(mode) == "wbTN";
    Random random(3);
    PipeWriter pipe(mode);
    std::string expected;
    unsigned stalls = 0;
    const int count = is_offloading() ? 1200 : 60;  // as above
    for (int i = 0; i < count; ++i) {
        std::string noise(7000, '.');
        for (char& letter : noise) letter = static_cast<char>('!' + random.below(90));
        for (;;) {
            const int written = gz().gzprintf(pipe.side.file, "%d:%s", i, noise.c_str());
            if (written > 0) {
                expected += std::to_string(i) + ':' + noise;
                BOOST_REQUIRE(written ==
                              static_cast<int>(std::to_string(i).size() + 1 + noise.size()));
                break;
            }
            BOOST_REQUIRE(written == Z_BUF_ERROR);
            BOOST_REQUIRE(pipe.side.error().code == Z_BUF_ERROR);
            ++stalls;
            pipe.drain();
        }
        BOOST_REQUIRE(gz().gztell(pipe.side.file) == static_cast<long>(expected.size()));
        // Between them, a small write while more than a buffer may be waiting.
        const int taken = gz().gzwrite(pipe.side.file, "small\n", 6);
        expected.append("small\n", static_cast<std::size_t>(taken));
    }
    BOOST_TEST(stalls > 0U);
    const Bytes file = pipe.finish();
    BOOST_TEST(((is_plain ? file : decode_members(file)) == bytes_of(expected)));
}

BOOST_DATA_TEST_CASE(zeros_of_a_seek_are_written_once, data::make({"wb0N", "wbTN"}), mode) {
    const bool is_plain = std::string(mode) == "wbTN";
    PipeWriter pipe(mode);
    BOOST_TEST(gz().gzputs(pipe.side.file, "begin") == 5);
    BOOST_TEST(gz().gzseek(pipe.side.file, 500'000, SEEK_CUR) == 500'005);
    unsigned stalls = 0;
    while (gz().gzputc(pipe.side.file, 'x') == -1) {
        BOOST_REQUIRE(errno == EAGAIN);
        BOOST_REQUIRE(gz().gztell(pipe.side.file) == 500'005);
        ++stalls;
        pipe.drain();
    }
    BOOST_TEST(stalls > 3U);
    Bytes expected = bytes_of("begin");
    expected.resize(500'005);
    expected.push_back('x');
    const Bytes file = pipe.finish();
    BOOST_TEST(((is_plain ? file : decode_members(file)) == expected));
}

BOOST_AUTO_TEST_CASE(gzputs_tells_how_much_it_took) {
    const std::string text(100'000, 't');
    PipeWriter pipe("wbTN");
    std::size_t at = 0;
    while (at < text.size()) {
        const int taken = gz().gzputs(pipe.side.file, text.c_str() + at);
        if (taken > 0) at += static_cast<std::size_t>(taken);
        if (at < text.size()) pipe.drain();
    }
    BOOST_TEST((pipe.finish() == bytes_of(text)));
}

BOOST_AUTO_TEST_CASE(a_stall_at_the_close_is_an_error) {
    PipeWriter pipe("wbTN");
    const Bytes content = text(5000);
    BOOST_TEST(gz().gzwrite(pipe.side.file, content.data(), 5000) == 5000);
    BOOST_TEST(gz().gzclose(std::exchange(pipe.side.file, nullptr)) == Z_ERRNO);
}

BOOST_AUTO_TEST_SUITE_END()
