// SPDX-License-Identifier: Zlib
// The frame of the paired suite: one body of calls runs on the reference zlib and on the library under test, each
// writes what it sees into a transcript, and the transcripts must be equal. Where zlib itself changed between the
// reference's release and 1.3.2, Transcript::changed() names the change and checks both sides.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/counting_allocator.hpp"
#include "support/reference_zlib.hpp"
#include "support/sample_data.hpp"

namespace warpz::test {

using ByteView = std::span<const std::uint8_t>;

/// What one library showed, in order. Labels are string literals.
class Transcript {
  public:
    explicit Transcript(const ZlibApi& zlib) : is_1_3_2_(zlib.is_1_3_2()) {}

    void note(const char* what, long long value) { notes_.push_back({what, value, {}}); }
    void note(const char* what, const char* text) {
        notes_.push_back({what, 0, text == nullptr ? "(null)" : text});
    }
    /// Size and a hash of the bytes.
    void note(const char* what, ByteView bytes);

    /// A value that 1.2.13 and 1.3.2 define differently: checked against its release's value here and not compared.
    void changed(const char* difference, long long value, long long in_1_2_13, long long in_1_3_2);

    /// Checks that both are equal; reports the first difference with the notes before it.
    static void compare(const Transcript& reference, const Transcript& tested);

  private:
    struct Note {
        const char* what;
        long long value;
        std::string text;
        bool operator==(const Note& other) const;
    };
    static void print(std::ostream& out, const Note& note);

    std::vector<Note> notes_;
    bool is_1_3_2_;
};

/// Runs body(zlib, transcript) on the reference, then on the tested library, and compares.
template <class Body>
void same_on_both(Body&& body) {
    Transcript reference(reference_zlib());
    body(reference_zlib(), reference);
    Transcript tested(tested_zlib());
    body(tested_zlib(), tested);
    Transcript::compare(reference, tested);
}

/// A z_stream with a counting allocator. Its destructor ends the stream when it is still open and checks that all
/// memory came back.
class TestStream {
  public:
    explicit TestStream(const ZlibApi& zlib) : zlib_(zlib) { allocator_.install(strm_); }
    ~TestStream();
    TestStream(const TestStream&) = delete;
    TestStream& operator=(const TestStream&) = delete;

    int deflate_init(int level = Z_DEFAULT_COMPRESSION, int window_bits = MAX_WBITS,
                     int mem_level = 8, int strategy = Z_DEFAULT_STRATEGY);
    int inflate_init(int window_bits = MAX_WBITS);
    int inflate_back_init(int window_bits, unsigned char* window);
    /// deflateCopy() or inflateCopy() into this stream, which then is of the source's kind.
    int copy_from(TestStream& source);
    int end();

    [[nodiscard]] const ZlibApi& zlib() const { return zlib_; }
    [[nodiscard]] CountingAllocator& allocator() { return allocator_; }
    z_streamp get() { return &strm_; }
    z_streamp operator->() { return &strm_; }

    void input(ByteView bytes);
    void output(std::span<std::uint8_t> space);
    int deflate(int flush) { return zlib_.deflate(&strm_, flush); }
    int inflate(int flush);

    /// Some inflate() took more input than software decodes again beside a device (lib/offload/inflate_relay.hpp).
    [[nodiscard]] bool had_long_call() const { return had_long_call_; }

  private:
    const ZlibApi& zlib_;
    CountingAllocator allocator_;
    z_stream strm_{};
    int (*end_)(z_streamp) = nullptr;  // null while there is nothing to end
    bool had_long_call_ = false;
};

/// Return code and everything of the z_stream that a caller sees after inflate().
void note_inflate(Transcript& t, TestStream& strm, int code);
/// A difference of releases: inflateReset(), its relatives and inflateSync() clear data_type in 1.3.2 and keep it in
/// 1.2.13. Checks the first, and clears it in the second so that later notes can be compared.
void settle_data_type(TestStream& strm);
/// The same for deflate(), without what follows from the choice of compressed bytes: avail_out and total_out.
void note_deflate(Transcript& t, TestStream& strm, int code);

/// Compresses in one call on the reference.
struct PackOptions {
    int level = 6;
    int window_bits = 15;
    int mem_level = 8;
    int strategy = Z_DEFAULT_STRATEGY;
    ByteView dictionary{};
};
[[nodiscard]] Bytes pack(const ZlibApi& zlib, ByteView plain, const PackOptions& options = {});

/// All of `packed` decoded on the reference: the code of the last call, the output, and the input bytes left.
struct Unpacked {
    int code;
    Bytes plain;
    std::size_t left;
    std::uint32_t adler;
};
[[nodiscard]] Unpacked unpack(ByteView packed, int window_bits = 15, ByteView dictionary = {});

/// Checks that `packed` is a whole stream that decodes to `plain` on the reference.
void check_unpacks_to(ByteView packed, ByteView plain, int window_bits = 15,
                      ByteView dictionary = {});

/// Calls deflate() with fresh space until it neither fills the space nor stops short of the flush; appends to `out`.
/// Returns the last code.
int deflate_all(TestStream& strm, int flush, Bytes& out, std::size_t space_per_call = 1 << 16);

/// True when the library under test is this project's own, not another libz that WARPZ_TEST_LIBRARY names.
[[nodiscard]] bool tests_own_library();

}  // namespace warpz::test
