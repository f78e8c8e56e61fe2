// SPDX-License-Identifier: Zlib
// The stream collections and drive_inflate().
#include "compat/inflate_streams.hpp"

#include <algorithm>
#include <cstring>

#include "support/bit_builder.hpp"
#include "support/guarded_buffer.hpp"

namespace warpz::test {
namespace {

Bytes raw_blocks_of_every_type() {
    const auto litlen = lengths_of(266, {{'x', 2}, {'y', 3}, {256, 3}, {258, 2}, {265, 2}});
    const auto distance = lengths_of(6, {{0, 1}, {3, 2}, {5, 2}});
    const CanonicalCode litlen_code(litlen);
    const CanonicalCode distance_code(distance);
    BitBuilder b;
    b.block_header(false, rfc1951::BlockType::kFixed).fixed_literals("ab").fixed_match(5, 2);
    b.end_of_block_fixed().stored_block(false, bytes_of("stored")).stored_block(false, {});
    b.dynamic_header(true, litlen, distance);
    b.code(litlen_code, 'x').code(litlen_code, 'y').match(litlen_code, distance_code, 12, 4);
    b.match(litlen_code, distance_code, 4, 1).match(litlen_code, distance_code, 11, 8);
    b.code(litlen_code, 'x').code(litlen_code, 256);
    return b.stream();
}

Bytes with_tail(Bytes stream, std::string_view tail) {
    stream.insert(stream.end(), tail.begin(), tail.end());
    return stream;
}

std::vector<NamedStream> make_small_streams() {
    std::vector<NamedStream> streams;
    const ZlibApi& zlib = reference_zlib();
    const Bytes text = bytes_of("a small text, a small text, and one more small text!");

    const Bytes mixed = raw_blocks_of_every_type();
    const Bytes mixed_plain = unpack(mixed, -15).plain;
    streams.push_back({"raw, all block types", mixed, -15});
    streams.push_back({"zlib, all block types", zlib_wrap(mixed, mixed_plain), 15});
    streams.push_back({"gzip, all block types", gzip_wrap(mixed, mixed_plain), 31});

    GzipFields fields;
    fields.ftext = fields.fhcrc = true;
    fields.mtime = 0x12345678;
    fields.xfl = 2;
    fields.extra = bytes_of("ex\0tra");
    fields.name = "file";
    fields.comment = "said";
    streams.push_back({"gzip, every field", gzip_wrap(mixed, mixed_plain, fields), 31});
    streams.push_back({"auto, gzip", with_tail(gzip_wrap(mixed, mixed_plain, fields), "tail"), 47});
    streams.push_back({"auto, zlib", with_tail(zlib_wrap(mixed, mixed_plain), "tail"), 47});

    streams.push_back({"raw, empty", pack(zlib, {}, {.window_bits = -15}), -15});
    streams.push_back({"zlib, empty, then other bytes", with_tail(pack(zlib, {}), "\x78\x9c"), 15});
    streams.push_back({"gzip, empty", pack(zlib, {}, {.window_bits = 31}), 31});
    streams.push_back(
        {"zlib, text, then other bytes", with_tail(pack(zlib, text), "0123456789"), 15});
    streams.push_back({"zlib, stored", pack(zlib, text, {.level = 0}), 15});
    streams.push_back(
        {"zlib, window size from the header", pack(zlib, text, {.window_bits = 9}), 0});
    streams.push_back(
        {"raw, dictionary", pack(zlib, text, {.window_bits = -15, .dictionary = text}), -15, text});
    streams.push_back({"zlib, dictionary", pack(zlib, text, {.dictionary = text}), 15, text});
    streams.push_back({"zlib, cut before the check", zlib_wrap(mixed, mixed_plain), 15});
    streams.back().packed.resize(streams.back().packed.size() - 2);
    streams.push_back({"zlib, wrong check", zlib_wrap(mixed, mixed_plain, {.adler = 7}), 15});
    streams.push_back({"gzip, wrong crc", gzip_wrap(mixed, mixed_plain, {.crc = 7}), 31});
    streams.push_back({"gzip, wrong length", gzip_wrap(mixed, mixed_plain, {.isize = 7}), 31});
    fields.hcrc = 1;
    streams.push_back({"gzip, wrong header crc", gzip_wrap(mixed, mixed_plain, fields), 31});
    return streams;
}

std::vector<NamedStream> make_large_streams() {
    std::vector<NamedStream> streams;
    const ZlibApi& zlib = reference_zlib();
    const auto add = [&](Sample kind, std::size_t size, PackOptions options) {
        const Bytes plain = make_sample(kind, size);
        std::string name = std::string(name_of(kind)) + ", level " + std::to_string(options.level);
        name += ", strategy " + std::to_string(options.strategy);
        name += ", window bits " + std::to_string(options.window_bits);
        streams.push_back({std::move(name), pack(zlib, plain, options), options.window_bits});
    };
    for (const Sample kind : kAllSamples) {
        add(kind, 100'000, {.level = 6, .window_bits = 15});
        add(kind, 60'000, {.level = 1, .window_bits = -15});
        add(kind, 40'000, {.level = 9, .window_bits = 31, .mem_level = 9});
    }
    add(Sample::kMixed, 90'000, {.level = 6, .window_bits = 9, .mem_level = 1});
    add(Sample::kText, 60'000, {.level = 9, .window_bits = -10});
    add(Sample::kText, 50'000, {.strategy = Z_HUFFMAN_ONLY});
    add(Sample::kRuns, 80'000, {.strategy = Z_RLE});
    add(Sample::kBinary, 50'000, {.strategy = Z_FIXED});
    add(Sample::kRandom, 80'000, {.level = 0});
    return streams;
}

// The end of one large mapping each for input pieces and output space, kept: a mapping per call takes longer than the
// calls under test.
const GuardedBuffer& piece_place() {
    static const GuardedBuffer buffer(1 << 20);
    return buffer;
}

const GuardedBuffer& output_place() {
    static const GuardedBuffer buffer(1 << 20);
    return buffer;
}

// Hands out pieces of the stream, each up to the unmapped page, the one before it overwritten.
class PieceFeeder {
  public:
    PieceFeeder(const NamedStream& stream, const InflatePlan& plan)
        : stream_(stream), plan_(plan) {}

    [[nodiscard]] bool is_empty() const { return position_ == stream_.packed.size(); }

    ByteView next() {
        std::size_t size = position_ == 0 && plan_.first_in != 0 ? plan_.first_in : plan_.in_chunk;
        size = std::min(size, stream_.packed.size() - position_);
        std::uint8_t* end = piece_place().data() + piece_place().size();
        if (position_ != 0) std::memset(end - last_size_, 0x5A, last_size_);
        std::memcpy(end - size, stream_.packed.data() + position_, size);
        position_ += size;
        last_size_ = size;
        return {end - size, size};
    }

  private:
    const NamedStream& stream_;
    const InflatePlan& plan_;
    std::size_t position_ = 0;
    std::size_t last_size_ = 0;
};

}  // namespace

const std::vector<NamedStream>& small_streams() {
    static const auto streams = make_small_streams();
    return streams;
}

const std::vector<NamedStream>& large_streams() {
    static const auto streams = make_large_streams();
    return streams;
}

void drive_inflate(const ZlibApi& zlib, Transcript& t, const NamedStream& stream,
                   const InflatePlan& plan) {
    TestStream strm(zlib);
    t.note("init", strm.inflate_init(stream.window_bits));
    const auto set_dictionary = [&] {
        const int code = zlib.inflateSetDictionary(strm.get(), stream.dictionary.data(),
                                                   static_cast<uInt>(stream.dictionary.size()));
        t.note("dictionary", code);
        return code;
    };
    if (stream.window_bits < 0 && !stream.dictionary.empty()) set_dictionary();

    PieceFeeder feeder(stream, plan);
    bool is_first = true;
    int calls_left = 2;  // after the end, an error or starvation: what a second call says
    while (calls_left > 0) {
        if (strm->avail_in == 0 && !feeder.is_empty()) strm.input(feeder.next());
        const std::size_t room = is_first && plan.first_out != 0 ? plan.first_out : plan.out_chunk;
        is_first = false;
        strm.output(output_place().span().last(room));
        const int code = strm.inflate(plan.flush);
        note_inflate(t, strm, code);
        t.note("output", ByteView(strm->next_out - (room - strm->avail_out), strm->next_out));
        if (plan.notes_mark) {
            t.note("mark", zlib.inflateMark(strm.get()));
            t.note("sync_point", zlib.inflateSyncPoint(strm.get()));
        }
        if (code == Z_NEED_DICT && !stream.dictionary.empty()) {
            if (set_dictionary() != Z_OK) --calls_left;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            --calls_left;
        } else if (strm->avail_in == 0 && feeder.is_empty() && strm->avail_out != 0) {
            --calls_left;
        }
    }
    t.note("end", strm.end());
}

}  // namespace warpz::test
