// SPDX-License-Identifier: Zlib
// Streams on a device that fails: each fault of the model's plan at each descriptor of streams of several sizes. The
// caller gets right bytes, no error, and waits no longer than the queue's time-out.
#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "device/model/model_device.hpp"
#include "engine/stats.hpp"
#include "offload/devices.hpp"
#include "offload/in_child.hpp"
#include "offload/streams.hpp"

namespace data = boost::unit_test::data;
using namespace warpz::test;
using namespace warpz::device;
using model::FaultKind;

namespace {

struct Kind {
    const char* name;
    FaultKind kind;
    std::uint64_t detail;
    bool needs_verify;  // nothing but decoding shows it
};

std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

const Kind kKinds[] = {
    {"hang", FaultKind::kHang, 0, false},
    {"late", FaultKind::kLate, 10'000'000, false},
    {"late within time", FaultKind::kLate, 3000, false},
    {"wrong tag", FaultKind::kWrongTag, 0, false},
    {"wrong index", FaultKind::kWrongIndex, 0, false},
    {"output cut", FaultKind::kWrongLength, 3, true},
    {"consumed too much", FaultKind::kConsumedTooMuch, 0, false},
    {"produced too much", FaultKind::kProducedTooMuch, 1000, false},
    {"no space", FaultKind::kStatus, 0x0e, false},
    {"bus error", FaultKind::kStatus, 0x41, false},
    {"bit flip", FaultKind::kBitFlip, 1001, true},
    {"stuck phase", FaultKind::kStuckPhase, 0, false},
    {"reset", FaultKind::kReset, 0, false},
    {"removal", FaultKind::kRemoval, 0, false},
};

constexpr unsigned kTimeoutMs = 60;

/// To be called in a child: this process's only device.
void install_model(const model::ModelOptions& options) {
    const auto made = model::ModelDevice::create(options);
    demand(static_cast<bool>(made), "no model");
    static Device* devices[1];
    devices[0] = *made;
    PoolOptions pool;
    pool.queue.job_timeout_us = kTimeoutMs * 1000;
    warpz::offload::Devices::install(devices, pool);
}

model::ModelOptions with_fault(const Kind& kind, std::uint64_t index) {
    model::ModelOptions options;
    options.faults.faults[0] = {kind.kind, index, 1, kind.detail};
    return options;
}

double seconds_of(const std::function<void()>& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

const Bytes& sample() {
    static const Bytes bytes = make_sample(Sample::kMixed, 2'000'000);
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(device_faults)

BOOST_AUTO_TEST_CASE(a_whole_device_does_everything) {
    for (const auto mode : {AddressMode::kShared, AddressMode::kBounce}) {
        for (const auto generation : {Generation::kV2, Generation::kV3}) {
            in_child({{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", "1"}}, [&] {
                model::ModelOptions options;
                options.address_mode = mode;
                options.generation = generation;
                install_model(options);
                for (const int window_bits : {-15, 15, 31}) {
                    Packer packer(6, window_bits);
                    packer.write(sample().data(), sample().size(), Z_FINISH, 50'000);
                    demand(unpack_whole(packer.out, window_bits) == sample(), "other bytes");
                }
                const auto& stats = warpz::engine::stats();
                demand(stats.deflate_queue.in_bytes.value() == 3 * sample().size(),
                       "not on the device");
                demand(stats.retries.value() == 0, "retries");
                return Bytes{};
            });
        }
    }
}

BOOST_DATA_TEST_CASE(deflate_is_whole_whatever_fails, data::make(kKinds), kind) {
    for (const std::size_t size : {std::size_t{5000}, std::size_t{200'000}, sample().size()}) {
        const std::uint64_t descriptors = size < 100'000 ? 1 : size < 1'000'000 ? 2 : 14;
        for (std::uint64_t index = 0; index <= descriptors; ++index) {
            BOOST_TEST_CONTEXT("size " << size << ", descriptor " << index) {
                in_child(
                    {{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", kind.needs_verify ? "1" : "0"}},
                    [&] {
                        install_model(with_fault(kind, index));
                        double seconds = 0;
                        Packer packer(6, 31);
                        seconds = seconds_of(
                            [&] { packer.write(sample().data(), size, Z_FINISH, 50'000); });
                        const Bytes expected(sample().begin(),
                                             sample().begin() + static_cast<long>(size));
                        demand(unpack_whole(packer.out, 31) == expected, "other bytes");
                        demand(seconds < 4 + kTimeoutMs / 1000.0, "too long");
                        // The stream after it is whole, too.
                        Packer next(1);
                        next.write(sample().data(), 100'000, Z_FINISH);
                        demand(unpack_whole(next.out).size() == 100'000, "the next stream");
                        return Bytes{};
                    });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(all_queues_taken_is_no_error) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [] {
        model::ModelOptions options;
        options.faults.has_no_queues = true;
        install_model(options);
        Packer packer;
        packer.write(sample().data(), sample().size(), Z_FINISH, 30'000);
        demand(unpack_whole(packer.out) == sample(), "other bytes");
        const auto& stats = warpz::engine::stats();
        demand(stats.reasons[static_cast<std::size_t>(warpz::engine::Reason::kBusy)].value() != 0,
               "no reason");
        demand(stats.deflate_queue.jobs.value() == 0, "a descriptor");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(both_sides_of_a_fork_finish_a_stream_on_a_device) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [] {
        model::ModelOptions options;
        options.has_thread = true;
        install_model(options);
        constexpr std::size_t kPiece = 70'000;
        Packer packer(6, 15, 40'000);
        for (std::size_t at = 0; at < sample().size(); at += kPiece) {
            const std::size_t size = std::min(kPiece, sample().size() - at);
            packer.write(sample().data() + at, size,
                         at % (5 * kPiece) == 0 ? Z_SYNC_FLUSH : Z_NO_FLUSH);
            const int pid = fork();
            if (pid == 0) {
                int code = 1;
                try {
                    packer.write(sample().data() + at + size, 0, Z_FINISH);
                    const Bytes plain = unpack_whole(packer.out);
                    code = plain.size() == at + size &&
                                   std::equal(plain.begin(), plain.end(), sample().begin())
                               ? 0
                               : 2;
                } catch (...) {
                    code = 3;
                }
                if (at % (2 * kPiece) == 0) std::exit(code);
                _exit(code);
            }
            demand(exit_code_of(pid) == 0, "the child's stream is broken");
        }
        packer.finish();
        demand(unpack_whole(packer.out) == sample(), "the parent's stream is broken");
        demand(warpz::engine::stats().faults.value() == 0, "a fault in the parent");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_SUITE_END()
