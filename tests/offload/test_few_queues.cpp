// SPDX-License-Identifier: Zlib
// More streams than a device has queues: each gets one for the time of a call.
#include <algorithm>
#include <atomic>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "engine/stats.hpp"
#include "offload/in_child.hpp"
#include "offload/model.hpp"
#include "offload/streams.hpp"

using namespace warpz;
using namespace warpz::test;
using device::AddressMode;
using device::model::ModelOptions;
namespace data = boost::unit_test::data;

namespace {

const Bytes& sample() {
    static const Bytes bytes = make_sample(Sample::kMixed, 400'000);
    return bytes;
}

Bytes packed_sample() {
    Packer packer(6, 31, 1 << 16, reference_zlib());
    packer.write(sample().data(), sample().size(), Z_FINISH);
    return packer.out;
}

/// An inflating stream that is given its input step by step.
struct Unpacker {
    explicit Unpacker(const Bytes& packed) {
        strm.next_in = const_cast<Bytef*>(packed.data());
        left = packed.size();
        out.resize(sample().size() + 1000);
        strm.next_out = out.data();
        strm.avail_out = static_cast<uInt>(out.size());
        demand(linked_zlib().inflateInit2_(&strm, 31, ZLIB_VERSION, sizeof strm) == Z_OK, "init");
    }
    ~Unpacker() { linked_zlib().inflateEnd(&strm); }
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;

    int step(std::size_t size) {
        strm.avail_in = static_cast<uInt>(std::min(size, left));
        left -= strm.avail_in;
        const int code = linked_zlib().inflate(&strm, Z_NO_FLUSH);
        left += strm.avail_in;
        return code;
    }
    [[nodiscard]] bool is_right() const {
        return strm.total_out == sample().size() &&
               std::equal(sample().begin(), sample().end(), out.begin());
    }

    z_stream strm{};
    std::size_t left = 0;
    Bytes out;
};

ModelOptions few(bool is_bounce, std::uint16_t queues) {
    ModelOptions options;
    options.address_mode = is_bounce ? AddressMode::kBounce : AddressMode::kShared;
    options.queues = queues;
    return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(few_queues)

BOOST_DATA_TEST_CASE(streams_in_turn_share_one_queue, data::make({false, true}), is_bounce) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
        install_model(few(is_bounce, 1));
        const Bytes packed = packed_sample();
        std::vector<std::unique_ptr<Unpacker>> streams;
        for (int i = 0; i < 40; ++i) streams.push_back(std::make_unique<Unpacker>(packed));
        for (std::size_t open = streams.size(); open != 0;) {
            for (auto& stream : streams) {
                if (stream->left == 0) continue;
                const int code = stream->step(30'000);
                demand(code == (stream->left == 0 ? Z_STREAM_END : Z_OK), "the code");
                if (code == Z_STREAM_END) --open;
            }
        }
        for (auto& stream : streams) demand(stream->is_right(), "other bytes");
        const auto& stats = engine::stats();
        demand(stats.inflate_queue.out_bytes.value() == streams.size() * sample().size(),
               "not all on the device");
        demand(stats.replays.value() == 0, "a stream came back");
        return Bytes{};
    });
}

BOOST_DATA_TEST_CASE(threads_take_their_turns, data::make({false, true}), is_bounce) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
        install_model(few(is_bounce, 2));
        const Bytes packed = packed_sample();
        std::vector<std::thread> threads;
        std::atomic<int> wrong{0};
        for (int t = 0; t < 12; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 4; ++i) {
                    Unpacker stream(packed);
                    while (stream.step(20'000) == Z_OK) {
                    }
                    if (!stream.is_right()) ++wrong;
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        demand(wrong == 0, "other bytes");
        const auto& stats = engine::stats();
        demand(stats.inflate_queue.jobs.value() > 48, "little on the device");
        // Only where a slow machine let no other thread give its queue back in time.
        const auto late = stats.reasons[static_cast<std::size_t>(engine::Reason::kBusy)].value();
        demand(stats.replays.value() <= late, "a stream came back");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_SUITE_END()
