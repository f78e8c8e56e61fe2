// SPDX-License-Identifier: Zlib
// Transcript, TestStream and the helpers that the conformance tests share.
#include "compat/conformance.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <sstream>

#include "compat/offload_proof.hpp"

namespace warpz::test {
namespace {

// FNV-1a: enough to tell outputs apart, and the transcripts stay small.
long long hash(ByteView bytes) {
    std::uint64_t h = 0xcbf2'9ce4'8422'2325;
    for (const auto byte : bytes) h = (h ^ byte) * 0x0000'0100'0000'01b3;
    return static_cast<long long>(h);
}

}  // namespace

bool Transcript::Note::operator==(const Note& other) const {
    return std::strcmp(what, other.what) == 0 && value == other.value && text == other.text;
}

void Transcript::print(std::ostream& out, const Note& note) {
    out << note.what << '=';
    if (note.text.empty()) {
        out << note.value;
    } else {
        out << '"' << note.text << '"';
    }
}

void Transcript::note(const char* what, ByteView bytes) {
    note(what, static_cast<long long>(bytes.size()));
    note(what, hash(bytes));
}

void Transcript::changed(const char* difference, long long value, long long in_1_2_13,
                         long long in_1_3_2) {
    BOOST_TEST_CONTEXT(difference << (is_1_3_2_ ? ", as in 1.3.2" : ", as in 1.2.13")) {
        BOOST_TEST(value == (is_1_3_2_ ? in_1_3_2 : in_1_2_13));
    }
}

void Transcript::compare(const Transcript& reference, const Transcript& tested) {
    const auto& a = reference.notes_;
    const auto& b = tested.notes_;
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (in_a == a.end() && in_b == b.end()) {
        BOOST_TEST(true);
        return;
    }
    std::ostringstream report;
    const auto index = static_cast<std::size_t>(in_a - a.begin());
    report << "note " << index << " differs: reference ";
    if (in_a == a.end()) {
        report << "ends";
    } else {
        print(report, *in_a);
    }
    report << ", tested ";
    if (in_b == b.end()) {
        report << "ends";
    } else {
        print(report, *in_b);
    }
    report << "; before:";
    for (std::size_t i = index > 24 ? index - 24 : 0; i < index; ++i) {
        report << ' ';
        print(report, a[i]);
    }
    BOOST_ERROR(report.str());
}

TestStream::~TestStream() {
    end();
    BOOST_TEST(allocator_.live_blocks() == 0U, "the stream leaks");
    BOOST_TEST(allocator_.bad_frees() == 0U, "the stream frees what it does not own");
}

int TestStream::deflate_init(int level, int window_bits, int mem_level, int strategy) {
    const int code = zlib_.deflate_init(&strm_, level, window_bits, mem_level, strategy);
    if (code == Z_OK) end_ = zlib_.deflateEnd;
    return code;
}

int TestStream::inflate_init(int window_bits) {
    const int code = zlib_.inflate_init(&strm_, window_bits);
    if (code == Z_OK) end_ = zlib_.inflateEnd;
    return code;
}

int TestStream::inflate_back_init(int window_bits, unsigned char* window) {
    const int code = zlib_.inflate_back_init(&strm_, window_bits, window);
    if (code == Z_OK) end_ = zlib_.inflateBackEnd;
    return code;
}

int TestStream::copy_from(TestStream& source) {
    const auto copy = source.end_ == zlib_.deflateEnd ? zlib_.deflateCopy : zlib_.inflateCopy;
    const int code = copy(&strm_, &source.strm_);
    // The copy belongs to the source's allocator, as zlib.h says; this object's stays unused.
    if (code == Z_OK) end_ = source.end_;
    return code;
}

int TestStream::end() {
    if (end_ == nullptr) return Z_STREAM_ERROR;
    const auto end_function = end_;
    end_ = nullptr;
    return end_function(&strm_);
}

void TestStream::input(ByteView bytes) {
    strm_.next_in = const_cast<Bytef*>(bytes.data());
    strm_.avail_in = static_cast<uInt>(bytes.size());
}

void TestStream::output(std::span<std::uint8_t> space) {
    strm_.next_out = space.data();
    strm_.avail_out = static_cast<uInt>(space.size());
}

int TestStream::inflate(int flush) {
    constexpr uInt kFollowedBytes = 12288;
    const uInt before = strm_.avail_in;
    const int code = zlib_.inflate(&strm_, flush);
    had_long_call_ = had_long_call_ || before - strm_.avail_in > kFollowedBytes;
    return code;
}

void note_inflate(Transcript& t, TestStream& strm, int code) {
    t.note("code", code);
    t.note("avail_in", strm->avail_in);
    t.note("avail_out", strm->avail_out);
    t.note("total_in", static_cast<long long>(strm->total_in));
    t.note("total_out", static_cast<long long>(strm->total_out));
    t.note("adler", static_cast<long long>(strm->adler));
    // No device tells how many bits of a byte it has used, and in which block. Decoding a long call again for that would take
    // from every program what the device gives it.
    if (!is_on_device() || !strm.had_long_call()) t.note("data_type", strm->data_type);
    t.note("msg", strm->msg);
}

void settle_data_type(TestStream& strm) {
    if (strm.zlib().is_1_3_2()) BOOST_TEST(strm->data_type == 0);
    strm->data_type = 0;
}

void note_deflate(Transcript& t, TestStream& strm, int code) {
    t.note("code", code);
    t.note("avail_in", strm->avail_in);
    t.note("total_in", static_cast<long long>(strm->total_in));
    t.note("adler", static_cast<long long>(strm->adler));
    t.note("msg", strm->msg);
}

Bytes pack(const ZlibApi& zlib, ByteView plain, const PackOptions& options) {
    TestStream strm(zlib);
    BOOST_REQUIRE(strm.deflate_init(options.level, options.window_bits, options.mem_level,
                                    options.strategy) == Z_OK);
    if (!options.dictionary.empty()) {
        BOOST_REQUIRE(zlib.deflateSetDictionary(strm.get(), options.dictionary.data(),
                                                static_cast<uInt>(options.dictionary.size())) ==
                      Z_OK);
    }
    Bytes out;
    strm.input(plain);
    BOOST_REQUIRE(deflate_all(strm, Z_FINISH, out) == Z_STREAM_END);
    return out;
}

Unpacked unpack(ByteView packed, int window_bits, ByteView dictionary) {
    const ZlibApi& zlib = reference_zlib();
    TestStream strm(zlib);
    BOOST_REQUIRE(strm.inflate_init(window_bits) == Z_OK);
    if (window_bits < 0 && !dictionary.empty()) {
        zlib.inflateSetDictionary(strm.get(), dictionary.data(),
                                  static_cast<uInt>(dictionary.size()));
    }
    Unpacked result{};
    Bytes space(1 << 17);
    strm.input(packed);
    do {
        strm.output(space);
        result.code = strm.inflate(Z_NO_FLUSH);
        if (result.code == Z_NEED_DICT && !dictionary.empty()) {
            result.code = zlib.inflateSetDictionary(strm.get(), dictionary.data(),
                                                    static_cast<uInt>(dictionary.size()));
        }
        result.plain.insert(result.plain.end(), space.data(), strm->next_out);
    } while (result.code == Z_OK && (strm->avail_in != 0 || strm->avail_out == 0));
    result.left = strm->avail_in;
    result.adler = static_cast<std::uint32_t>(strm->adler);
    return result;
}

void check_unpacks_to(ByteView packed, ByteView plain, int window_bits, ByteView dictionary) {
    const Unpacked result = unpack(packed, window_bits, dictionary);
    BOOST_TEST(result.code == Z_STREAM_END);
    BOOST_TEST(result.left == 0U);
    BOOST_TEST(result.plain.size() == plain.size());
    BOOST_TEST(std::equal(plain.begin(), plain.end(), result.plain.begin(), result.plain.end()),
               "the decoded bytes differ");
}

int deflate_all(TestStream& strm, int flush, Bytes& out, std::size_t space_per_call) {
    Bytes space(space_per_call);
    int code = Z_OK;
    do {
        strm.output(space);
        code = strm.deflate(flush);
        out.insert(out.end(), space.data(), strm->next_out);
    } while (code == Z_OK && (strm->avail_out == 0 || flush == Z_FINISH));
    return code;
}

bool tests_own_library() { return std::strcmp(tested_zlib().zlibVersion(), ZLIB_VERSION) == 0; }

}  // namespace warpz::test
