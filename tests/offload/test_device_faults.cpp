// SPDX-License-Identifier: Zlib
// Streams on a device that fails: each fault of the model's plan at each descriptor of streams of several sizes. The
// caller gets right bytes, no error, and waits no longer than the queue's time-out.
#include <time.h>
#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>

#include "engine/stats.hpp"
#include "offload/in_child.hpp"
#include "offload/model.hpp"
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

model::ModelOptions with_fault(const Kind& kind, std::uint64_t index) {
    model::ModelOptions options;
    options.faults.faults[0] = {kind.kind, index, 1, kind.detail};
    return options;
}

/// Beyond a queue's time-out; what a sleeper may come late by is not counted.
constexpr double kMostSeconds = kShortTimeoutMs / 1000.0 + 1;

/// What this thread has used of a CPU, and how long it was ready and had none.
double seconds_running_or_ready() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    double on_cpu_ns = 0;
    double ready_ns = 0;
    std::ifstream("/proc/thread-self/schedstat") >> on_cpu_ns >> ready_ns;
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9 +
           ready_ns / 1e9;
}

/// How long this thread slept while `body` ran: with a device that has no thread all else is work, which takes as long
/// as the machine and a sanitizer make it take.
double seconds_asleep_in(const std::function<void()>& body) {
    const auto start = std::chrono::steady_clock::now();
    const double before = seconds_running_or_ready();
    body();
    const double awake = seconds_running_or_ready() - before;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() - awake;
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
                        install_model(with_fault(kind, index), kShortTimeoutMs);
                        Packer packer(6, 31);
                        const double seconds = seconds_asleep_in(
                            [&] { packer.write(sample().data(), size, Z_FINISH, 50'000); });
                        const Bytes expected(sample().begin(),
                                             sample().begin() + static_cast<long>(size));
                        demand(unpack_whole(packer.out, 31) == expected, "other bytes");
                        demand(seconds < kMostSeconds, "too long");
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

BOOST_AUTO_TEST_CASE(without_a_word_a_device_has_to_prove_itself) {
    // The first packets, and one in 64 of the others; from the start again after a wrong one.
    for (const std::uint64_t index : {0, 7, 15, 64, 128}) {
        BOOST_TEST_CONTEXT("descriptor " << index) {
            in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
                model::ModelOptions options;
                options.faults.faults[0] = {FaultKind::kBitFlip, index, 1, 1001};
                options.faults.faults[1] = {FaultKind::kBitFlip, index + 16, 1, 1001};
                install_model(options);
                const auto& stats = warpz::engine::stats();
                while (stats.deflate_queue.jobs.value() < index + 20) {
                    Packer packer(1);
                    packer.write(sample().data(), sample().size(), Z_FINISH);
                    demand(unpack_whole(packer.out) == sample(), "other bytes");
                }
                demand(stats.verify_failures.value() == 2, "not all were caught");
                return Bytes{};
            });
        }
    }
}

BOOST_DATA_TEST_CASE(inflate_is_whole_whatever_fails, data::make(kKinds), kind) {
    const auto reference_packed = [](std::size_t size, int window_bits) {
        Packer packer(6, window_bits, 1 << 16, reference_zlib());
        packer.write(sample().data(), size, Z_FINISH);
        return packer.out;
    };
    for (const std::size_t size : {std::size_t{5000}, std::size_t{200'000}, sample().size()}) {
        const int window_bits = size == 5000 ? -15 : size == 200'000 ? 31 : 15;
        const Bytes packed = reference_packed(size, window_bits);
        const std::size_t in_step = size < 100'000 ? 1000 : packed.size() / 8;
        const std::uint64_t descriptors = size < 100'000 ? 5 : 30;
        for (std::uint64_t index = 0; index <= descriptors; ++index) {
            BOOST_TEST_CONTEXT("size " << size << ", descriptor " << index) {
                in_child(
                    {{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", kind.needs_verify ? "1" : "0"}},
                    [&] {
                        install_model(with_fault(kind, index), kShortTimeoutMs);
                        const double seconds = seconds_asleep_in([&] {
                            const Bytes plain =
                                unpack_in_pieces(packed, window_bits, in_step, 100'000);
                            demand(plain.size() == size &&
                                       std::equal(plain.begin(), plain.end(), sample().begin()),
                                   "other bytes");
                        });
                        demand(seconds < kMostSeconds, "too long");
                        demand(
                            unpack_in_pieces(packed, window_bits, in_step, 100'000).size() == size,
                            "the next stream");
                        return Bytes{};
                    });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(bad_data_is_not_held_against_a_device_that_says_so) {
    using warpz::engine::Reason;
    const auto wrong = [](bool is_damaged, int expected) {
        const ZlibApi& zlib = linked_zlib();
        Packer packer(6, 15, 1 << 16, reference_zlib());
        packer.write(sample().data(), 50'000, Z_FINISH);
        // Wrong is the trailer, or what the device says of it.
        if (is_damaged) packer.out[packer.out.size() - 1] ^= 1;
        Bytes plain(60'000);
        z_stream strm{};
        demand(zlib.inflate_init(&strm, 15) == Z_OK, "inflateInit()");
        strm.next_in = packer.out.data();
        strm.avail_in = static_cast<uInt>(packer.out.size());
        strm.next_out = plain.data();
        strm.avail_out = static_cast<uInt>(plain.size());
        demand(zlib.inflate(&strm, Z_FINISH) == expected, "the code");
        zlib.inflateEnd(&strm);
    };
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
        install_model({});
        for (int i = 0; i < 20; ++i) wrong(true, Z_DATA_ERROR);
        const auto& stats = warpz::engine::stats();
        demand(stats.retries.value() == 20, "not all were asked of the device");
        return Bytes{};
    });
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
        model::ModelOptions options;
        options.faults.faults[0] = {FaultKind::kStatus, 0, 3, WARPZ_ZIP_STATUS_BAD_DATA};
        install_model(options);
        for (int i = 0; i < 4; ++i) wrong(false, Z_STREAM_END);
        const auto& stats = warpz::engine::stats();
        demand(stats.retries.value() == 3, "three wrong judgements");
        demand(stats.reasons[static_cast<std::size_t>(Reason::kSick)].value() == 1, "no rest");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(inflate_with_any_sizes_of_calls) {
    for (const std::size_t out_step : {1U, 100U, 300U, 5000U, 1'000'000U}) {
        for (const std::size_t in_step : {50U, 700U, 20'000U, 1'000'000U}) {
            BOOST_TEST_CONTEXT("in " << in_step << ", out " << out_step) {
                in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
                    install_model({});
                    const std::size_t size = out_step < 200 ? 100'000 : sample().size();
                    for (const int window_bits : {-15, 15, 31}) {
                        Packer packer(6, window_bits, 1 << 16, reference_zlib());
                        packer.write(sample().data(), size, Z_FINISH);
                        const Bytes plain =
                            unpack_in_pieces(packer.out, window_bits, in_step, out_step);
                        demand(plain.size() == size &&
                                   std::equal(plain.begin(), plain.end(), sample().begin()),
                               "other bytes");
                    }
                    demand(warpz::engine::stats().inflate_queue.jobs.value() != 0 || out_step < 201,
                           "nothing on the device");
                    return Bytes{};
                });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_small_bounce_window_is_enough_for_a_large_stream) {
    for (const std::size_t window : {std::size_t{1} << 20, std::size_t{2} << 20}) {
        in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
            model::ModelOptions options;
            options.address_mode = AddressMode::kBounce;
            options.window_bytes = window;
            install_model(options);
            // Chunks grow to a megabyte, which with its output is more than either window has for data.
            const Bytes large = make_sample(Sample::kMixed, 9'000'000);
            Packer packer;
            packer.write(large.data(), large.size(), Z_FINISH, 300'000);
            demand(unpack_whole(packer.out) == large, "other bytes");
            demand(warpz::engine::stats().deflate_queue.in_bytes.value() == large.size(),
                   "not on the device");
            return Bytes{};
        });
    }
}

BOOST_AUTO_TEST_CASE(a_stream_whose_check_is_off_stays_in_software) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [] {
        install_model({});
        const ZlibApi& zlib = linked_zlib();
        Packer packer(6, 15, 1 << 16, reference_zlib());
        packer.write(sample().data(), 50'000, Z_FINISH);
        packer.out.back() ^= 1;  // the check value is not looked at
        z_stream strm{};
        demand(zlib.inflateInit2_(&strm, 15, ZLIB_VERSION, sizeof strm) == Z_OK, "inflateInit2()");
        demand(zlib.inflateValidate(&strm, 0) == Z_OK, "inflateValidate()");
        demand(zlib.inflateReset(&strm) == Z_OK, "inflateReset()");
        Bytes out(60'000);
        strm.next_in = packer.out.data();
        strm.avail_in = static_cast<uInt>(packer.out.size());
        strm.next_out = out.data();
        strm.avail_out = static_cast<uInt>(out.size());
        const uLong adler = strm.adler;
        demand(zlib.inflate(&strm, Z_FINISH) == Z_STREAM_END, "no end of stream");
        demand(strm.total_out == 50'000 && strm.adler == adler, "adler has changed");
        demand(warpz::engine::stats().inflate_queue.jobs.value() == 0, "on the device");
        zlib.inflateEnd(&strm);
        return Bytes{};
    });
}

// libpng gives up when input is used up and a row is not complete.
BOOST_AUTO_TEST_CASE(used_up_input_means_that_no_output_waits) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [] {
        install_model({});
        const ZlibApi& zlib = linked_zlib();
        Packer packer(6, 15, 1 << 16, reference_zlib());
        packer.write(sample().data(), 400'000, Z_FINISH);
        for (const uInt out_step : {50U, 150U, 200U, 5000U}) {
            z_stream strm{};
            demand(zlib.inflate_init(&strm, 15) == Z_OK, "inflateInit()");
            Bytes space(10'000);
            Bytes plain;
            std::size_t given = 0;
            // Large rooms first, until the journal is too long to be decoded again for every small one.
            int code = Z_OK;
            while (code == Z_OK) {
                if (strm.avail_in == 0) {
                    const std::size_t piece =
                        std::min<std::size_t>(3000, packer.out.size() - given);
                    demand(piece != 0, "input is used up and output waits");
                    strm.next_in = packer.out.data() + given;
                    strm.avail_in = static_cast<uInt>(piece);
                    given += piece;
                }
                strm.next_out = space.data();
                strm.avail_out = given < 60'000 ? 10'000U : out_step;
                code = zlib.inflate(&strm, Z_NO_FLUSH);
                plain.insert(plain.end(), space.data(), strm.next_out);
            }
            demand(code == Z_STREAM_END && strm.avail_in == 0, "no end");
            demand(
                plain.size() == 400'000 && std::equal(plain.begin(), plain.end(), sample().begin()),
                "other bytes");
            zlib.inflateEnd(&strm);
        }
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(what_only_software_knows_is_answered_by_decoding_the_journal) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [] {
        install_model({});
        const ZlibApi& zlib = linked_zlib();
        Packer packer(6, 15, 1 << 16, reference_zlib());
        packer.write(sample().data(), 500'000, Z_FINISH);
        for (unsigned what = 0; what < 5; ++what) {
            unsigned calls = 0;
            const Bytes plain =
                unpack_in_pieces(packer.out, 15, 20'000, 60'000, [&](z_stream& strm) {
                    if (++calls != 4) return;
                    if (what == 0) zlib.inflateMark(&strm);
                    if (what == 1) demand(zlib.inflateSyncPoint(&strm) == 0, "sync point");
                    if (what == 2) {
                        Bytes window(40'000);
                        uInt size = 0;
                        zlib.inflateGetDictionary(&strm, window.data(), &size);
                        demand(size == 32768 &&
                                   std::equal(window.begin(), window.begin() + 32768,
                                              sample().begin() +
                                                  static_cast<long>(strm.total_out - 32768)),
                               "window");
                    }
                    if (what == 3) {
                        z_stream copy;
                        demand(zlib.inflateCopy(&copy, &strm) == Z_OK, "copy");
                        zlib.inflateEnd(&strm);
                        demand(zlib.inflateCopy(&strm, &copy) == Z_OK, "copy back");
                        zlib.inflateEnd(&copy);
                    }
                    if (what == 4) demand(zlib.inflateValidate(&strm, 1) == Z_OK, "validate");
                });
            demand(
                plain.size() == 500'000 && std::equal(plain.begin(), plain.end(), sample().begin()),
                "other bytes");
        }
        demand(warpz::engine::stats().replays.value() == 5, "replays");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(a_full_journal_sends_the_stream_back) {
    in_child({{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_JOURNAL_BYTES", "100000"}}, [] {
        install_model({});
        Packer packer(6, 15, 1 << 16, reference_zlib());
        packer.write(sample().data(), sample().size(), Z_FINISH);
        demand(unpack_in_pieces(packer.out, 15, 30'000, 50'000) == sample(), "other bytes");
        const auto& stats = warpz::engine::stats();
        demand(stats.replayed_bytes.value() > 60'000 && stats.replayed_bytes.value() <= 100'000,
               "the cap");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(truncated_damaged_and_followed_streams_are_told_as_by_software) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [] {
        install_model({});
        const ZlibApi& zlib = linked_zlib();
        Packer packer(6, 15, 1 << 16, reference_zlib());
        packer.write(sample().data(), 300'000, Z_FINISH);
        const auto run = [&](const Bytes& packed, int& code, std::size_t& left) {
            z_stream strm{};
            zlib.inflate_init(&strm, 15);
            Bytes space(400'000);
            strm.next_in = const_cast<Bytef*>(packed.data());
            strm.avail_in = static_cast<uInt>(packed.size());
            strm.next_out = space.data();
            strm.avail_out = static_cast<uInt>(space.size());
            code = zlib.inflate(&strm, Z_FINISH);
            left = strm.avail_in;
            zlib.inflateEnd(&strm);
        };
        int code = 0;
        std::size_t left = 0;
        Bytes cut(packer.out.begin(), packer.out.end() - 1);
        run(cut, code, left);
        demand(code == Z_BUF_ERROR && left == 0, "truncated");
        Bytes wrong = packer.out;
        wrong.back() ^= 1;
        run(wrong, code, left);
        demand(code == Z_DATA_ERROR, "wrong check value");
        Bytes more = packer.out;
        more.insert(more.end(), 77, 'x');
        run(more, code, left);
        demand(code == Z_STREAM_END && left == 77, "bytes after the end");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(both_sides_of_a_fork_go_on_inflating) {
    in_child({{"WARPZ_MIN_BYTES", "1"}}, [] {
        model::ModelOptions options;
        options.has_thread = true;
        install_model(options);
        Packer packer(6, 15, 1 << 16, reference_zlib());
        packer.write(sample().data(), 600'000, Z_FINISH);
        int child_code = 0;
        bool is_child = false;
        unsigned forks = 0;
        const Bytes plain = unpack_in_pieces(packer.out, 15, 30'000, 60'000, [&](z_stream&) {
            if (is_child) return;
            const int pid = fork();
            if (pid == 0) {
                is_child = true;
                return;
            }
            ++forks;
            child_code |= exit_code_of(pid);
        });
        const bool is_right =
            plain.size() == 600'000 && std::equal(plain.begin(), plain.end(), sample().begin());
        if (is_child) _exit(is_right ? 0 : 1);
        demand(is_right, "other bytes in the parent");
        demand(child_code == 0 && forks > 5, "other bytes in a child");
        demand(warpz::engine::stats().faults.value() == 0, "a fault in the parent");
        return Bytes{};
    });
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
