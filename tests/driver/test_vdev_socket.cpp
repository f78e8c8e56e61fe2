// SPDX-License-Identifier: Zlib
// Files through a warpz-vdev that runs as a process: for guests, in which tests/vm starts one on their accelerator.
//
//   test_vdev --run_test=@socket -- SOCKET DATA PACKED OUT
//
// DATA/NAME is compressed to OUT/NAME.FORMAT; PACKED/NAME.zlib and .gzip have to decompress to DATA/NAME.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "driver/stream_packets.hpp"

namespace fs = std::filesystem;
using warpz::test::RunningClient;
using warpz::test::StreamFormat;
using warpz::test::StreamPackets;
using warpz::test::VdevClient;

namespace {

constexpr std::size_t kPacketBytes = 128 * 1024;

struct Named {
    const char* extension;
    const StreamFormat& format;
};
const Named kFormats[] = {{".zlib", warpz::test::kZlibStream},
                          {".gzip", warpz::test::kGzipStream},
                          {".raw", warpz::test::kRawStream}};

fs::path argument(int index) {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    BOOST_TEST_REQUIRE(suite.argc == 5, "SOCKET DATA PACKED OUT are missing");
    return suite.argv[index];
}

std::vector<std::uint8_t> read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    BOOST_TEST_REQUIRE(file.good(), path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> files_of(const fs::path& folder) {
    std::vector<fs::path> files{fs::directory_iterator(folder), {}};
    std::ranges::sort(files);
    BOOST_TEST_REQUIRE(!files.empty());
    return files;
}

/// How much follows the header that some zlib has written; files have no names in it.
std::span<const std::uint8_t> without_header(const std::vector<std::uint8_t>& packed,
                                             const StreamFormat& format) {
    BOOST_TEST_REQUIRE(packed.size() > format.header.size());
    return std::span(packed).subspan(format.header.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vdev_socket,
                      *boost::unit_test::disabled() * boost::unit_test::label("socket"))

BOOST_AUTO_TEST_CASE(files_are_compressed) {
    VdevClient client(argument(1).c_str());
    BOOST_TEST_REQUIRE(client.negotiate().error() == 0U);
    client.start_queue(WARPZ_QC_TYPE_COMPRESS);
    std::size_t number = 0;
    for (const fs::path& path : files_of(argument(2))) {
        const Named& named = kFormats[number++ % std::size(kFormats)];
        StreamPackets stream(client, named.format);
        stream.deflate(read(path), kPacketBytes);
        BOOST_TEST(stream.is_good(), path);
        std::ofstream file(argument(4) / (path.filename().string() + named.extension),
                           std::ios::binary);
        for (const auto& part : {named.format.header, stream.out}) {
            file.write(reinterpret_cast<const char*>(part.data()),
                       static_cast<std::streamsize>(part.size()));
        }
        BOOST_TEST(file.flush().good());
    }
}

BOOST_AUTO_TEST_CASE(files_are_decompressed) {
    VdevClient client(argument(1).c_str());
    BOOST_TEST_REQUIRE(client.negotiate().error() == 0U);
    client.start_queue(WARPZ_QC_TYPE_DECOMPRESS);
    for (const fs::path& path : files_of(argument(3))) {
        const Named* named = std::ranges::find_if(
            kFormats, [&](const Named& one) { return path.extension() == one.extension; });
        BOOST_TEST_REQUIRE((named != std::end(kFormats)), path);
        // Nothing proves what a device makes of raw data.
        if (named->format.window_bits < 0) continue;
        const std::vector<std::uint8_t> packed = read(path);
        StreamPackets stream(client, named->format);
        stream.inflate(without_header(packed, named->format), kPacketBytes,
                       StreamPackets::kMaxOutput);
        BOOST_TEST(stream.status == WARPZ_ZIP_STATUS_END, path);
        BOOST_TEST((stream.out == read(argument(2) / path.stem())), path);
    }
}

BOOST_AUTO_TEST_SUITE_END()
