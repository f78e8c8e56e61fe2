// SPDX-License-Identifier: Zlib
// Block headers (RFC 1951 3.2.3 to 3.2.7) and the bytes of stored blocks; part of the Inflater of inflater.hpp.
#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "inflate/inflater.hpp"

namespace warpz::inflate {
Inflater::Step Inflater::read_block_header(BitReader& in, StopAt stop) noexcept {
    // A boundary stays one while its three bits are incomplete; data_type says so.
    if (is_last_) {
        in.drop_to_byte();
        sequence_ = Sequence::kFinished;
        return Step::kFinish;
    }
    if (!in.need(3)) return Step::kNeedInput;
    is_last_ = in.take(1) != 0;
    switch (in.take(2)) {
        case static_cast<unsigned>(rfc1951::BlockType::kStored):
            sequence_ = Sequence::kStoredLength;
            return Step::kOn;
        case static_cast<unsigned>(rfc1951::BlockType::kFixed):
            uses_fixed_tables_ = true;
            sequence_ = Sequence::kFirstSymbol;
            return stop == StopAt::kBlockHeaderEnd ? Step::kStop : Step::kOn;
        case static_cast<unsigned>(rfc1951::BlockType::kDynamic):
            sequence_ = Sequence::kTableSizes;
            return Step::kOn;
        default:
            return fail(FormatError::kBlockType);
    }
}

Inflater::Step Inflater::read_stored_length(BitReader& in, StopAt stop) noexcept {
    in.drop_to_byte();
    if (!in.need(32)) return Step::kNeedInput;
    const auto len = static_cast<std::uint16_t>(in.hold);
    const auto nlen = static_cast<std::uint16_t>(in.hold >> 16);
    if (len != static_cast<std::uint16_t>(~nlen)) return fail(FormatError::kStoredLengths);
    length_ = len;
    in.clear();
    sequence_ = Sequence::kFirstStoredByte;
    return stop == StopAt::kBlockHeaderEnd ? Step::kStop : Step::kOn;
}

Inflater::Step Inflater::copy_stored(BitReader& in, Output& out) noexcept {
    const std::size_t count = std::min({std::size_t{length_}, in.available(), out.room()});
    if (count != 0) {
        std::memcpy(out.next, in.next, count);
        in.next += count;
        out.next += count;
        length_ -= static_cast<std::uint32_t>(count);
    }
    if (length_ == 0) {
        sequence_ = Sequence::kBoundary;
        return Step::kOn;
    }
    return in.available() == 0 ? Step::kNeedInput : Step::kNeedOutput;
}

Inflater::Step Inflater::read_table_sizes(BitReader& in) noexcept {
    if (!in.need(14)) return Step::kNeedInput;
    hlit_ = static_cast<std::uint16_t>(in.take(5) + 257);
    hdist_ = static_cast<std::uint16_t>(in.take(5) + 1);
    hclen_ = static_cast<std::uint16_t>(in.take(4) + 4);
    if (hlit_ > rfc1951::kLitLenSymbols || hdist_ > rfc1951::kDistanceSymbols) {
        return fail(FormatError::kTooManySymbols);
    }
    lengths_ = 0;
    sequence_ = Sequence::kCodeLengthLengths;
    return Step::kOn;
}

Inflater::Step Inflater::read_code_length_lengths(BitReader& in) noexcept {
    for (; lengths_ < hclen_; ++lengths_) {
        if (!in.need(3)) return Step::kNeedInput;
        code_lengths_[rfc1951::kCodeLengthOrder[lengths_]] = static_cast<std::uint8_t>(in.take(3));
    }
    for (; lengths_ < rfc1951::kCodeLengthSymbols; ++lengths_) {
        code_lengths_[rfc1951::kCodeLengthOrder[lengths_]] = 0;
    }
    built_ = Built::kNone;
    unsigned table_bits = 0;
    if (!build_table(CodeKind::kCodeLengths, {code_lengths_, rfc1951::kCodeLengthSymbols},
                     tables_.distance(), table_bits, litlen_counts_)) {
        return fail(FormatError::kCodeLengthsSet);
    }
    code_length_bits_ = static_cast<std::uint8_t>(table_bits);
    built_ = Built::kCodeLengths;
    lengths_ = 0;
    sequence_ = Sequence::kCodeLengths;
    return Step::kOn;
}

/// Reads code lengths, not the first, while the input has whole words, up to the last one or a run that is too long.
/// Which symbols repeat cannot be predicted, so each is taken as a run.
void Inflater::read_code_lengths_ahead(BitReader& in) noexcept {
    if (in.bits >= 8) return;  // primed bits cannot be given back
    const Entry* const table = tables_.distance();
    const std::uint64_t mask = (1U << code_length_bits_) - 1;
    const std::uint8_t* next = in.next;
    std::uint64_t hold = in.hold;
    unsigned bits = in.bits;
    std::uint8_t* at = code_lengths_ + lengths_;
    std::uint8_t* const end = code_lengths_ + hlit_ + hdist_;
    std::uint64_t length = at[-1];
    bool fits = true;
    while (fits && in.end - next >= 8) {
        hold |= load_le<std::uint64_t>(next) << bits;
        next += (63 - bits) >> 3;
        bits |= 56;
        static_assert(4 * (rfc1951::kMaxCodeLengthCodeBits + 7) <= 56);
        for (int i = 0; i < 4; ++i) {
            const Entry entry = table[hold & mask];
            const std::uint64_t code_and_extra = hold & ((1U << drop_bits(entry)) - 1);
            const std::size_t times = run_times(entry) + (code_and_extra >> code_bits(entry));
            fits = times <= static_cast<std::size_t>(end - at);
            if (!fits) break;
            const std::uint64_t keeps = std::uint64_t{0} - repeats_previous(entry);
            length = run_length(entry) | (length & keeps);
            const std::uint64_t run = 0x0101'0101'0101'0101 * length;
            static_assert(kCodeLengthSlackBytes >= 16);
            store_le(at, run);
            store_le(at + 8, run);
            for (std::size_t done = 16; done < times; done += 8) store_le(at + done, run);
            at += times;
            hold >>= drop_bits(entry);
            bits -= drop_bits(entry);
        }
    }
    next -= bits >> 3;
    bits &= 7;
    in.next = next;
    in.bits = bits;
    in.hold = hold & ((1U << bits) - 1);
    lengths_ = static_cast<std::uint16_t>(at - code_lengths_);
}

Inflater::Step Inflater::read_one_code_length(BitReader& in) noexcept {
    Entry entry;
    if (!decode_code(in, tables_.distance(), code_length_bits_, entry)) return Step::kNeedInput;
    if (!in.need(drop_bits(entry))) return Step::kNeedInput;
    in.drop(code_bits(entry));
    std::uint8_t length = static_cast<std::uint8_t>(run_length(entry));
    if (repeats_previous(entry)) {
        if (lengths_ == 0) return fail(FormatError::kLengthRepeat);
        length = code_lengths_[lengths_ - 1];
    }
    const unsigned times = run_times(entry) + in.take(drop_bits(entry) - code_bits(entry));
    if (lengths_ + times > hlit_ + hdist_) return fail(FormatError::kLengthRepeat);
    std::memset(code_lengths_ + lengths_, length, times);
    lengths_ = static_cast<std::uint16_t>(lengths_ + times);
    return Step::kOn;
}

Inflater::Step Inflater::read_code_lengths(BitReader& in, StopAt stop) noexcept {
    while (lengths_ < hlit_ + hdist_) {
        const Step step = read_one_code_length(in);
        if (step != Step::kOn) return step;
        read_code_lengths_ahead(in);
    }
    return build_tables(stop);
}

Inflater::Step Inflater::build_tables(StopAt stop) noexcept {
    if (code_lengths_[rfc1951::kEndOfBlock] == 0) return fail(FormatError::kMissingEndOfBlock);
    built_ = Built::kNone;
    unsigned table_bits = 0;
    if (!build_table(CodeKind::kLitLen, {code_lengths_, hlit_}, tables_.litlen(), table_bits,
                     litlen_counts_)) {
        return fail(FormatError::kLitLenSet);
    }
    table_bits_ = static_cast<std::uint8_t>(table_bits);
    built_ = Built::kLitLen;
    if (!build_table(CodeKind::kDistance, {code_lengths_ + hlit_, hdist_}, tables_.distance(),
                     table_bits, distance_counts_)) {
        return fail(FormatError::kDistanceSet);
    }
    built_ = Built::kBoth;
    mostly_literals_ = has_mostly_literals({code_lengths_, hlit_});
    uses_fixed_tables_ = false;
    sequence_ = Sequence::kFirstSymbol;
    return stop == StopAt::kBlockHeaderEnd ? Step::kStop : Step::kOn;
}

}  // namespace warpz::inflate
