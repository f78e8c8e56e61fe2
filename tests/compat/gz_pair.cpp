// SPDX-License-Identifier: Zlib
// The paired gzFiles; see gz_pair.hpp.
#include "compat/gz_pair.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace warpz::test {

Scratch::Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "warpz-gz-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("no scratch folder: " + pattern);
    folder_ = pattern;
}

Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void write_file(const std::string& path, std::span<const std::uint8_t> content) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

Bytes read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

Bytes gzip_member(std::span<const std::uint8_t> data, int level) {
    const ZlibApi& zlib = reference_zlib();
    z_stream strm{};
    BOOST_REQUIRE(zlib.deflate_init(&strm, level, 15 + 16) == Z_OK);
    Bytes member(zlib.deflateBound(&strm, data.size()));
    strm.next_in = const_cast<Bytef*>(data.data());
    strm.avail_in = static_cast<uInt>(data.size());
    strm.next_out = member.data();
    strm.avail_out = static_cast<uInt>(member.size());
    BOOST_REQUIRE(zlib.deflate(&strm, Z_FINISH) == Z_STREAM_END);
    member.resize(strm.total_out);
    zlib.deflateEnd(&strm);
    return member;
}

Bytes decode_members(std::span<const std::uint8_t> file, unsigned* members) {
    const ZlibApi& zlib = reference_zlib();
    Bytes content;
    Bytes out(1 << 16);
    z_stream strm{};
    unsigned count = 0;
    strm.next_in = const_cast<Bytef*>(file.data());
    strm.avail_in = static_cast<uInt>(file.size());
    while (strm.avail_in != 0) {
        BOOST_REQUIRE(zlib.inflate_init(&strm, 15 + 16) == Z_OK);
        int ret = Z_OK;
        while (ret == Z_OK) {
            strm.next_out = out.data();
            strm.avail_out = static_cast<uInt>(out.size());
            ret = zlib.inflate(&strm, Z_NO_FLUSH);
            content.insert(content.end(), out.data(), strm.next_out);
        }
        BOOST_REQUIRE(ret == Z_STREAM_END);
        zlib.inflateEnd(&strm);
        ++count;
    }
    if (members != nullptr) *members = count;
    return content;
}

Bytes joined(std::initializer_list<std::span<const std::uint8_t>> parts) {
    Bytes whole;
    for (const auto part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << "result " << outcome.result << ", " << outcome.data.size() << " bytes, crc "
               << reference_zlib().crc32(0, outcome.data.data(),
                                         static_cast<uInt>(outcome.data.size()));
}

std::ostream& operator<<(std::ostream& out, const ErrorState& state) {
    return out << state.code << " \"" << state.text << '"';
}

Outcome GzSide::read(std::size_t len) const {
    Outcome outcome{0, Bytes(len + 1)};
    outcome.result = api->gzread(file, outcome.data.data(), static_cast<unsigned>(len));
    outcome.data.resize(outcome.result > 0 ? static_cast<std::size_t>(outcome.result) : 0);
    return outcome;
}

Outcome GzSide::fread(std::size_t size, std::size_t count) const {
    // A partial item at the end is delivered, too; only the position tells its length.
    Outcome outcome{0, Bytes(size * count + 1)};
    const z_off_t before = api->gztell(file);
    outcome.result = static_cast<long>(api->gzfread(outcome.data.data(), size, count, file));
    const z_off_t delivered = api->gztell(file) - before;
    outcome.data.resize(delivered > 0 ? static_cast<std::size_t>(delivered) : 0);
    return outcome;
}

Outcome GzSide::gets(int len) const {
    Outcome outcome{0, Bytes(static_cast<std::size_t>(len > 0 ? len : 0) + 1, 0xee)};
    outcome.result =
        api->gzgets(file, reinterpret_cast<char*>(outcome.data.data()), len) != nullptr;
    return outcome;
}

ErrorState GzSide::error() const {
    ErrorState state;
    if (const char* text = api->gzerror(file, &state.code); text != nullptr) state.text = text;
    if (const auto at = state.text.find(folder); at != std::string::npos)
        state.text.erase(at, folder.size());
    return state;
}

GzPair::GzPair(std::string_view name, std::span<const std::uint8_t> content, const char* mode)
    : name_(name) {
    for (const char* folder : {"reference", "tested"}) {
        std::filesystem::create_directory(scratch_.path(folder));
        write_file(scratch_.path(folder) + '/' + name_, content);
    }
    open(mode);
}

GzPair::GzPair(std::string_view name, const char* mode) : name_(name) {
    for (const char* folder : {"reference", "tested"}) {
        std::filesystem::create_directory(scratch_.path(folder));
    }
    open(mode);
}

GzPair::~GzPair() {
    if (reference_.file != nullptr) reference_.api->gzclose(reference_.file);
    if (tested_.file != nullptr) tested_.api->gzclose(tested_.file);
}

void GzPair::open(const char* mode) {
    reference_ = {&reference_zlib(), nullptr, scratch_.path("reference/")};
    tested_ = {&tested_zlib(), nullptr, scratch_.path("tested/")};
    is_reading_ = std::strchr(mode, 'r') != nullptr;
    for (GzSide* side : {&reference_, &tested_}) {
        side->file = side->api->gzopen((side->folder + name_).c_str(), mode);
    }
    BOOST_TEST((tested_.file != nullptr) == (reference_.file != nullptr));
}

void GzPair::compare() {
    if (reference_.file == nullptr || tested_.file == nullptr) return;
    BOOST_TEST(tested_.error() == reference_.error());
    BOOST_TEST(tested_.api->gztell(tested_.file) == reference_.api->gztell(reference_.file));
    BOOST_TEST(tested_.api->gzeof(tested_.file) == reference_.api->gzeof(reference_.file));
    if (!is_reading_) return;  // a writer's offset is its compressor's affair
    const long difference =
        tested_.api->gzoffset(tested_.file) - reference_.api->gzoffset(reference_.file);
    BOOST_TEST(std::labs(difference) <= offset_slack_);
}

int GzPair::close() {
    const int expected = reference_.api->gzclose(reference_.file);
    const int actual = tested_.api->gzclose(tested_.file);
    reference_.file = nullptr;
    tested_.file = nullptr;
    BOOST_TEST(actual == expected);
    return actual;
}

}  // namespace warpz::test
