// SPDX-License-Identifier: Zlib
// What a job costs beside its bytes: once a stream is under way no allocation, and no system call while completions keep
// coming. The device is one that answers at once and computes nothing, or the model with its codec where said.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>

#include "device/queue_pair.hpp"
#include "offload/cost.hpp"
#include "offload/model.hpp"
#include "offload/streams.hpp"

namespace data = boost::unit_test::data;
using namespace warpz::test;
using namespace warpz::device;
using warpz::Result;
using warpz::Status;

namespace {

constexpr std::size_t kCallBytes = 65536;
/// The device that computes nothing cannot prove anything.
const Variables kForced = {{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", "0"}};

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr SystemCalls kTrapped = SystemCalls::kAllowed;  // sanitizers make calls of their own
#else
constexpr SystemCalls kTrapped = SystemCalls::kTrapped;
#endif

void install_null() {
    model::ModelOptions options;
    options.is_null = true;
    install_model(options);
}

/// A stream of either direction with buffers of its own; its calls do nothing but call the library.
struct Stream {
    Stream(const Bytes& input, std::size_t out_bytes) : in(input), out(out_bytes) {}
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// One call with all of the input, whose output is thrown away; further ones while output space is filled.
    bool deflate(int flush) {
        give();
        int code = Z_OK;
        do {
            make_room();
            code = ::deflate(&strm, flush);
        } while (code == Z_OK && strm.avail_out == 0);
        return flush == Z_FINISH ? code == Z_STREAM_END : code == Z_OK && strm.avail_in == 0;
    }
    int inflate() {
        give();
        make_room();
        return ::inflate(&strm, Z_NO_FLUSH);
    }
    void give() {
        strm.next_in = in.data();
        strm.avail_in = static_cast<uInt>(in.size());
    }
    void make_room() {
        strm.next_out = out.data();
        strm.avail_out = static_cast<uInt>(out.size());
    }

    z_stream strm{};
    Bytes in;
    Bytes out;
};

std::shared_ptr<Stream> deflating(const Bytes& input, std::size_t out_bytes = kCallBytes) {
    auto stream = std::make_shared<Stream>(input, out_bytes);
    demand(deflateInit(&stream->strm, 6) == Z_OK, "deflateInit()");
    return stream;
}

/// A body that runs `step` so often, after as many steps for warming up as `warm_up` says.
std::function<void()> repeated(int warm_up, int count, const std::function<bool()>& step) {
    for (int i = 0; i < warm_up; ++i) demand(step(), "a call failed");
    return [count, step] {
        for (int i = 0; i < count; ++i) {
            if (!step()) std::abort();
        }
    };
}

/// Messages through one stream, on a device that answers so late; 0: at once.
Cost cost_of_messages(std::size_t size, std::uint32_t latency_us) {
    const auto prepare = [=] {
        model::ModelOptions options;
        options.is_null = true;
        options.latency_us = latency_us;
        install_model(options);
        const auto stream = deflating(Bytes(size));
        return repeated(10, 100, [stream] {
            return stream->deflate(Z_FINISH) && deflateReset(&stream->strm) == Z_OK;
        });
    };
    return cost_of(kForced, latency_us == 0 ? kTrapped : SystemCalls::kAllowed, prepare);
}

void check_free(const Cost& cost) {
    BOOST_TEST(cost.allocations == 0U);
    BOOST_TEST(cost.system_calls == 0U, cost.system_calls << " system calls, the first is number "
                                                          << cost.first_system_call);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cost)

BOOST_AUTO_TEST_CASE(a_deflate_stream_on_a_device) {
    const Cost cost = cost_of(kForced, kTrapped, [] {
        install_null();
        const auto stream = deflating(Bytes(kCallBytes));
        return repeated(1000, 4000, [stream] { return stream->deflate(Z_NO_FLUSH); });
    });
    check_free(cost);
    BOOST_TEST(cost.deflate_jobs > 200U);
}

BOOST_DATA_TEST_CASE(messages_through_one_deflate_stream, data::make({1000, 65536, 300'000}),
                     size) {
    const Cost cost = cost_of_messages(static_cast<std::size_t>(size), 0);
    check_free(cost);
    BOOST_TEST(cost.deflate_jobs >= 100U);
}

BOOST_DATA_TEST_CASE(messages_whose_packets_are_all_in_flight_at_once,
                     data::make({300'000, 800'000}), size) {
    const Cost cost = cost_of_messages(static_cast<std::size_t>(size), 500);
    BOOST_TEST(cost.allocations == 0U);
    BOOST_TEST(cost.deflate_jobs >= 500U);
}

BOOST_AUTO_TEST_CASE(a_deflate_stream_with_flushes) {
    const Cost cost = cost_of(kForced, kTrapped, [] {
        install_null();
        const auto stream = deflating(Bytes(300'000));
        return repeated(20, 200, [stream] { return stream->deflate(Z_SYNC_FLUSH); });
    });
    check_free(cost);
    BOOST_TEST(cost.deflate_jobs >= 200U);
}

BOOST_AUTO_TEST_CASE(an_inflate_stream_on_a_device) {
    // Without a format there is no check value that the device would have to know.
    const Cost cost = cost_of(kForced, kTrapped, [] {
        install_null();
        const auto stream = std::make_shared<Stream>(Bytes(kCallBytes / 4), kCallBytes);
        demand(inflateInit2(&stream->strm, -15) == Z_OK, "inflateInit2()");
        // The journal doubles now and then; the last time at 4 MiB.
        return repeated(260, 200, [stream] { return stream->inflate() == Z_OK; });
    });
    check_free(cost);
    BOOST_TEST(cost.inflate_jobs >= 200U);
}

BOOST_AUTO_TEST_CASE(messages_through_streams_on_the_model) {
    const Cost cost = cost_of({{"WARPZ_MIN_BYTES", "1"}}, SystemCalls::kAllowed, [] {
        install_model({});
        const Bytes plain = make_sample(Sample::kText, 100'000);
        const auto packer = deflating(plain, 1 << 17);
        const auto unpacker = std::make_shared<Stream>(Bytes(), 1 << 17);
        demand(inflateInit(&unpacker->strm) == Z_OK, "inflateInit()");
        return repeated(20, 200, [packer, unpacker] {
            if (!packer->deflate(Z_FINISH)) return false;
            unpacker->strm.next_in = packer->out.data();
            unpacker->strm.avail_in = static_cast<uInt>(packer->strm.total_out);
            unpacker->make_room();
            return inflate(&unpacker->strm, Z_NO_FLUSH) == Z_STREAM_END &&
                   unpacker->strm.total_out == packer->in.size() &&
                   deflateReset(&packer->strm) == Z_OK && inflateReset(&unpacker->strm) == Z_OK;
        });
    });
    check_free(cost);
    BOOST_TEST(cost.deflate_jobs >= 200U);
    BOOST_TEST(cost.inflate_jobs >= 200U);
}

BOOST_AUTO_TEST_CASE(a_deflate_stream_on_the_pool) {
    const Cost cost = cost_of({{"WARPZ_THREADS", "2"}}, SystemCalls::kAllowed, [] {
        const auto stream = deflating(Bytes(kCallBytes));
        return repeated(1000, 1000, [stream] { return stream->deflate(Z_NO_FLUSH); });
    });
    check_free(cost);
    BOOST_TEST(cost.pool_jobs > 40U);
}

BOOST_AUTO_TEST_CASE(jobs_on_a_queue) {
    struct Case {
        AddressMode mode;
        Operation operation;
        bool is_last;
        std::size_t batch;
    };
    for (const Case& what : {Case{AddressMode::kShared, Operation::kDeflate, true, 1},
                             Case{AddressMode::kShared, Operation::kDeflate, false, 32},
                             Case{AddressMode::kShared, Operation::kInflate, true, 32},
                             Case{AddressMode::kBounce, Operation::kDeflate, true, 8}}) {
        const Cost cost = cost_of({}, kTrapped, [&what] {
            model::ModelOptions options;
            options.address_mode = what.mode;
            options.is_null = true;
            const auto device = model::ModelDevice::create(options);
            demand(static_cast<bool>(device), "no model");
            const Result<QueuePair*> opened = QueuePair::open(**device, what.operation, {});
            demand(static_cast<bool>(opened), "no queue");
            struct Data {
                Bytes in = Bytes(4096);
                Bytes out = Bytes(8192);
            };
            const auto data = std::make_shared<Data>();
            const Job job{.operation = what.operation,
                          .is_last = what.is_last,
                          .in = data->in,
                          .out = data->out};
            return repeated(10, 5000, [queue = *opened, data, job, batch = what.batch] {
                for (std::size_t i = 0; i < batch; ++i) {
                    if (queue->submit(job) != Status::kOk) return false;
                }
                std::array<Completion, 32> done;
                std::size_t left = batch;
                while (left != 0) left -= queue->wait(done, 1'000'000);
                return true;
            });
        });
        check_free(cost);
    }
}

BOOST_AUTO_TEST_SUITE_END()
