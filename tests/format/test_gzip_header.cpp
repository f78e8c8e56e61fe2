// SPDX-License-Identifier: Zlib
// Gzip headers of every combination of optional fields, cut at every byte, into buffers of every size.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "checksum/crc32.hpp"
#include "format/gzip_header.hpp"
#include "support/bit_builder.hpp"

using namespace warpz;
using namespace warpz::test;

namespace {

/// A header with the optional fields that the bits of `choice` name, magic included.
GzipFields fields_of(unsigned choice) {
    GzipFields fields;
    fields.ftext = (choice & 1) != 0;
    fields.fhcrc = (choice & 2) != 0;
    if ((choice & 4) != 0) fields.extra = Bytes{1, 2, 0, 3, 4};
    if ((choice & 8) != 0) fields.name = "name.txt";
    if ((choice & 16) != 0) fields.comment = "about it";
    fields.mtime = 0x89ab'cdef;
    fields.xfl = 2;
    fields.os = 7;
    return fields;
}

/// The bytes of a header, without the member's body and trailer.
Bytes header_bytes(const GzipFields& fields) {
    Bytes member = gzip_wrap({}, {}, fields);
    member.resize(member.size() - 8);
    return member;
}

struct Buffers {
    std::uint8_t extra[16] = {};
    std::uint8_t name[16] = {};
    std::uint8_t comment[16] = {};
    GzipHeaderFields fields{};

    explicit Buffers(std::uint32_t capacity) {
        fields.extra = extra;
        fields.extra_capacity_bytes = capacity;
        fields.name = name;
        fields.name_capacity_bytes = capacity;
        fields.comment = comment;
        fields.comment_capacity_bytes = capacity;
    }
};

/// Reads `bytes` after the magic in pieces of `piece` bytes; the reader's last status.
Status read_in_pieces(GzipHeaderReader& header, const Bytes& bytes, std::size_t piece,
                      GzipHeaderFields* fields, BitReader& reader, bool verifies = true) {
    header.start();
    Status status = Status::kNeedInput;
    for (std::size_t at = 2; status == Status::kNeedInput && at < bytes.size(); at += piece) {
        reader.next = bytes.data() + at;
        reader.end = bytes.data() + std::min(bytes.size(), at + piece);
        status = header.read(reader, fields, verifies ? checksum::crc32 : nullptr);
    }
    return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gzip_header)

BOOST_AUTO_TEST_CASE(all_combinations_of_fields_are_read_from_pieces_of_any_size) {
    for (unsigned choice = 0; choice < 32; ++choice) {
        const Bytes bytes = header_bytes(fields_of(choice));
        for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
            BOOST_TEST_CONTEXT("choice " << choice << ", pieces of " << piece) {
                GzipHeaderReader header;
                BitReader reader;
                Buffers buffers(16);
                BOOST_TEST(
                    (read_in_pieces(header, bytes, piece, &buffers.fields, reader) == Status::kOk));
                BOOST_TEST(reader.next == bytes.data() + bytes.size());
                BOOST_TEST(reader.bits == 0U);
                const GzipHeaderFields& read = buffers.fields;
                BOOST_TEST(read.done == 1);
                BOOST_TEST(read.is_text == ((choice & 1) != 0));
                BOOST_TEST(read.has_header_crc == ((choice & 2) != 0));
                BOOST_TEST(read.mtime == 0x89ab'cdefU);
                BOOST_TEST(unsigned{read.xfl} == 2U);
                BOOST_TEST(read.os == 7U);
                BOOST_TEST((read.extra != nullptr) == ((choice & 4) != 0));
                BOOST_TEST((read.name != nullptr) == ((choice & 8) != 0));
                BOOST_TEST((read.comment != nullptr) == ((choice & 16) != 0));
                if ((choice & 4) != 0) {
                    BOOST_TEST(read.extra_len_bytes == 5U);
                    BOOST_TEST(Bytes(buffers.extra, buffers.extra + 5) == (Bytes{1, 2, 0, 3, 4}),
                               boost::test_tools::per_element());
                }
                if ((choice & 8) != 0) {
                    BOOST_TEST(std::string(reinterpret_cast<char*>(buffers.name)) == "name.txt");
                }
                if ((choice & 16) != 0) {
                    BOOST_TEST(std::string(reinterpret_cast<char*>(buffers.comment)) == "about it");
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(fields_are_cut_to_the_capacity_and_never_overrun_it) {
    const Bytes bytes = header_bytes(fields_of(0x1f));
    for (std::uint32_t capacity = 0; capacity <= 12; ++capacity) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
            GzipHeaderReader header;
            BitReader reader;
            Buffers buffers(capacity);
            BOOST_TEST(
                (read_in_pieces(header, bytes, piece, &buffers.fields, reader) == Status::kOk));
            BOOST_TEST(buffers.fields.extra_len_bytes == 5U);
            const auto rest_is_zero = [&](const std::uint8_t* buffer) {
                return std::all_of(buffer + capacity, buffer + 16,
                                   [](auto byte) { return byte == 0; });
            };
            BOOST_TEST(rest_is_zero(buffers.extra));
            BOOST_TEST(rest_is_zero(buffers.name));
            BOOST_TEST(rest_is_zero(buffers.comment));
            const std::string name(buffers.name, buffers.name + std::min(capacity, 8U));
            BOOST_TEST(name == std::string("name.txt").substr(0, capacity));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_header_is_read_without_anybody_to_tell) {
    const Bytes bytes = header_bytes(fields_of(0x1f));
    GzipHeaderReader header;
    BitReader reader;
    BOOST_TEST((read_in_pieces(header, bytes, 1, nullptr, reader) == Status::kOk));
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_named_and_the_error_sticks) {
    GzipFields wrong_method;
    wrong_method.cm = 7;
    GzipFields reserved;
    reserved.reserved_flags = 0x20;
    GzipFields wrong_crc;
    wrong_crc.fhcrc = true;
    wrong_crc.hcrc = 0x1234;
    const struct {
        GzipFields fields;
        FormatError error;
    } cases[] = {{wrong_method, FormatError::kMethod},
                 {reserved, FormatError::kHeaderFlags},
                 {wrong_crc, FormatError::kHeaderCrc}};
    for (const auto& wrong : cases) {
        const Bytes bytes = header_bytes(wrong.fields);
        GzipHeaderReader header;
        BitReader reader;
        BOOST_TEST((read_in_pieces(header, bytes, 1, nullptr, reader) == Status::kBadData));
        BOOST_TEST((header.error() == wrong.error));
        BOOST_TEST(reader.bits == 16U);  // the offending bytes stay held, which data_type shows
        BOOST_TEST((header.read(reader, nullptr, nullptr) == Status::kBadData));
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_header_crc_passes_when_nobody_verifies) {
    GzipFields fields;
    fields.fhcrc = true;
    fields.hcrc = 0x1234;
    GzipHeaderReader header;
    BitReader reader;
    BOOST_TEST(
        (read_in_pieces(header, header_bytes(fields), 2, nullptr, reader, false) == Status::kOk));
}

BOOST_AUTO_TEST_SUITE_END()
