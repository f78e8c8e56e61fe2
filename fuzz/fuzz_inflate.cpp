// SPDX-License-Identifier: Zlib
// Decodes arbitrary bytes with the system's zlib and with ours, in the same pieces and with the same flush values, and
// compares everything a caller sees after every call. Raw streams also go through inflateBack().
#include <algorithm>
#include <vector>

#include "data_producer.hpp"
#include "support/reference_zlib.hpp"

using warpz::fuzz::DataProducer;
using warpz::fuzz::same_text;
using warpz::test::linked_zlib;
using warpz::test::reference_zlib;
using warpz::test::ZlibApi;

namespace {

using View = std::span<const std::uint8_t>;

struct Side {
    const ZlibApi& zlib;
    z_stream strm{};
    // of the last call; its own block, so that the sanitizer sees its end
    std::vector<std::uint8_t> output{};
    int code = Z_OK;

    void call(View in, std::size_t room, int flush) {
        const std::vector<std::uint8_t> input(in.begin(), in.end());
        output.assign(room, 0xA5);
        std::uint8_t none = 0;
        strm.next_in = const_cast<Bytef*>(input.data());
        strm.avail_in = static_cast<uInt>(in.size());
        strm.next_out = room == 0 ? &none : output.data();
        strm.avail_out = static_cast<uInt>(room);
        code = zlib.inflate(&strm, flush);
        strm.next_in = nullptr;
        output.resize(room - strm.avail_out);  // space that was not used may be scribbled on
    }
};

void check_same(const Side& a, const Side& b) {
    WARPZ_FUZZ_EQUAL(a.code, b.code);
    WARPZ_FUZZ_CHECK(same_text(a.strm.msg, b.strm.msg));
    WARPZ_FUZZ_EQUAL(a.strm.avail_in, b.strm.avail_in);
    WARPZ_FUZZ_EQUAL(a.strm.avail_out, b.strm.avail_out);
    WARPZ_FUZZ_EQUAL(a.strm.total_in, b.strm.total_in);
    WARPZ_FUZZ_EQUAL(a.strm.total_out, b.strm.total_out);
    WARPZ_FUZZ_EQUAL(a.strm.adler, b.strm.adler);
    WARPZ_FUZZ_EQUAL(a.strm.data_type, b.strm.data_type);
    WARPZ_FUZZ_CHECK(a.output == b.output);
}

void check_same_dictionary(Side& a, Side& b) {
    std::vector<std::uint8_t> first(32768);
    std::vector<std::uint8_t> second(32768);
    uInt first_size = 0;
    uInt second_size = 0;
    WARPZ_FUZZ_CHECK(a.zlib.inflateGetDictionary(&a.strm, first.data(), &first_size) == Z_OK);
    WARPZ_FUZZ_CHECK(b.zlib.inflateGetDictionary(&b.strm, second.data(), &second_size) == Z_OK);
    WARPZ_FUZZ_CHECK(first_size == second_size);
    WARPZ_FUZZ_CHECK(first == second);
}

void decode_in_pieces(DataProducer& choices, int window_bits) {
    Side theirs{reference_zlib()};
    Side ours{linked_zlib()};
    WARPZ_FUZZ_CHECK(theirs.zlib.inflate_init(&theirs.strm, window_bits) == Z_OK);
    WARPZ_FUZZ_CHECK(ours.zlib.inflate_init(&ours.strm, window_bits) == Z_OK);
    const auto set_dictionary = [&](View bytes) {
        const auto size = static_cast<uInt>(bytes.size());
        const int code = theirs.zlib.inflateSetDictionary(&theirs.strm, bytes.data(), size);
        WARPZ_FUZZ_CHECK(code == ours.zlib.inflateSetDictionary(&ours.strm, bytes.data(), size));
        return code;
    };

    // Up to 32 calls of their own sizes, repeated until the input is used up.
    struct Piece {
        std::size_t in;
        std::size_t out;
        int flush;
    };
    std::vector<Piece> pieces;
    const bool is_whole = choices.flag();
    const std::uint32_t piece_count = is_whole ? 1 : 1 + choices.below(32);
    for (std::uint32_t i = 0; i < piece_count; ++i) {
        constexpr int kFlushValues[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH, Z_BLOCK, Z_TREES};
        if (is_whole) {
            pieces.push_back({1 << 20, 1 << 16, choices.pick(kFlushValues)});
        } else {
            pieces.push_back({choices.size(), choices.size(), choices.pick(kFlushValues)});
        }
    }
    const std::size_t dictionary_size = choices.flag() ? choices.size() : 0;
    View stream = choices.rest();
    const View dictionary = stream.first(std::min(dictionary_size, stream.size()));
    if (window_bits < 0 && !dictionary.empty()) set_dictionary(dictionary);

    std::size_t total_out = 0;
    for (std::size_t i = 0, idle = 0; idle < pieces.size() + 2 && total_out < (1 << 21); ++i) {
        const Piece& piece = pieces[i % pieces.size()];
        const View in = stream.first(std::min(piece.in, stream.size()));
        theirs.call(in, piece.out, piece.flush);
        ours.call(in, piece.out, piece.flush);
        check_same(theirs, ours);
        WARPZ_FUZZ_CHECK(theirs.zlib.inflateMark(&theirs.strm) ==
                         ours.zlib.inflateMark(&ours.strm));
        WARPZ_FUZZ_CHECK(theirs.zlib.inflateSyncPoint(&theirs.strm) ==
                         ours.zlib.inflateSyncPoint(&ours.strm));
        const std::size_t used = in.size() - theirs.strm.avail_in;
        const std::size_t written = piece.out - theirs.strm.avail_out;
        stream = stream.subspan(used);
        total_out += written;
        idle = used == 0 && written == 0 ? idle + 1 : 0;
        if (theirs.code == Z_NEED_DICT && set_dictionary(dictionary) != Z_OK) break;
        if (theirs.code == Z_STREAM_END || theirs.code == Z_DATA_ERROR) ++idle;
    }
    if (theirs.code == Z_OK || theirs.code == Z_BUF_ERROR) check_same_dictionary(theirs, ours);
    WARPZ_FUZZ_CHECK(theirs.zlib.inflateCodesUsed(&theirs.strm) ==
                     ours.zlib.inflateCodesUsed(&ours.strm));
    WARPZ_FUZZ_CHECK(theirs.zlib.inflateEnd(&theirs.strm) == Z_OK);
    WARPZ_FUZZ_CHECK(ours.zlib.inflateEnd(&ours.strm) == Z_OK);
}

struct BackRun {
    View input;
    std::size_t piece;
    std::size_t position = 0;
    std::vector<std::uint8_t> output{};

    static unsigned read(void* opaque, z_const unsigned char** next) {
        auto& self = *static_cast<BackRun*>(opaque);
        const std::size_t size = std::min(self.piece, self.input.size() - self.position);
        *next = const_cast<unsigned char*>(self.input.data()) + self.position;
        self.position += size;
        return static_cast<unsigned>(size);
    }
    static int write(void* opaque, unsigned char* data, unsigned size) {
        auto& self = *static_cast<BackRun*>(opaque);
        self.output.insert(self.output.end(), data, data + size);
        return self.output.size() > (1 << 19) ? 1 : 0;
    }
};

// Output of one byte a call holds every distance against the window. zlib's inflateBack() lets some distances pass that
// reach too far, depending on where its fast loop begins and ends, and copies older contents of the caller's window.
bool reaches_too_far(View stream, int window_bits) {
    const ZlibApi& zlib = reference_zlib();
    z_stream strm{};
    WARPZ_FUZZ_CHECK(zlib.inflate_init(&strm, -window_bits) == Z_OK);
    strm.next_in = const_cast<Bytef*>(stream.data());
    strm.avail_in = static_cast<uInt>(stream.size());
    int code = Z_OK;
    while (code == Z_OK && strm.total_out < (1 << 20)) {
        std::uint8_t byte = 0;
        strm.next_out = &byte;
        strm.avail_out = 1;
        code = zlib.inflate(&strm, Z_NO_FLUSH);
    }
    const bool result = same_text(strm.msg, "invalid distance too far back");
    zlib.inflateEnd(&strm);
    return result;
}

void decode_by_callbacks(DataProducer& choices) {
    const int window_bits = choices.between(8, 15);
    const std::size_t piece = 1 + choices.size();
    if (choices.empty() || reaches_too_far(choices.rest(), window_bits)) return;
    Side sides[] = {{reference_zlib()}, {linked_zlib()}};
    BackRun runs[] = {{choices.rest(), piece}, {choices.rest(), piece}};
    for (std::size_t i = 0; i < 2; ++i) {
        std::vector<std::uint8_t> window(std::size_t{1} << window_bits, 0);
        Side& side = sides[i];
        WARPZ_FUZZ_CHECK(side.zlib.inflate_back_init(&side.strm, window_bits, window.data()) ==
                         Z_OK);
        side.code =
            side.zlib.inflateBack(&side.strm, BackRun::read, &runs[i], BackRun::write, &runs[i]);
        WARPZ_FUZZ_CHECK(side.zlib.inflateBackEnd(&side.strm) == Z_OK);
    }
    WARPZ_FUZZ_EQUAL(sides[0].code, sides[1].code);
    WARPZ_FUZZ_CHECK(same_text(sides[0].strm.msg, sides[1].strm.msg));
    WARPZ_FUZZ_EQUAL(sides[0].strm.avail_in, sides[1].strm.avail_in);
    WARPZ_FUZZ_EQUAL(runs[0].position, runs[1].position);
    WARPZ_FUZZ_CHECK(runs[0].output == runs[1].output);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    DataProducer choices(data, size);
    constexpr int kWindowBits[] = {15, -15, 31, 47, -15, 15, 47, 31, 0, 9, -9, -8, 25, 40, 32, 12};
    const std::uint8_t kind = choices.byte();
    if (kind >= 224) {
        decode_by_callbacks(choices);
    } else {
        decode_in_pieces(choices, kWindowBits[kind % 16]);
    }
    return 0;
}
