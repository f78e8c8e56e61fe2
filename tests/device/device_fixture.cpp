// SPDX-License-Identifier: Zlib
#include "device/device_fixture.hpp"

#include <algorithm>

#include "zlib.h"

using namespace warpz::device;

namespace warpz {

std::ostream& operator<<(std::ostream& out, Status status) {
    return out << "Status " << static_cast<int>(status);
}

namespace device {

std::ostream& operator<<(std::ostream& out, Outcome outcome) {
    constexpr const char* kNames[] = {"kDone",    "kMoreOutput", "kStreamEnd", "kNeedSpace",
                                      "kBadData", "kFailed",     "kLost"};
    return out << kNames[static_cast<std::size_t>(outcome)];
}

std::ostream& operator<<(std::ostream& out, Fault fault) {
    constexpr const char* kNames[] = {"kNone",          "kTimeout", "kReset",  "kRemoved",
                                      "kBadCompletion", "kForked",  "kStopped"};
    return out << kNames[static_cast<std::size_t>(fault)];
}

std::ostream& operator<<(std::ostream& out, QueueState state) {
    constexpr const char* kNames[] = {"kInit", "kStarted", "kZombie"};
    return out << kNames[static_cast<std::size_t>(state)];
}

}  // namespace device

namespace test {
namespace {

int window_bits(Format format) {
    if (format == Format::kRaw) return -15;
    return format == Format::kGzip ? 31 : 15;
}

std::size_t header_bytes(Format format) {
    if (format == Format::kRaw) return 0;
    return format == Format::kGzip ? 10 : 2;
}

}  // namespace

Model make_model(const model::ModelOptions& options) {
    const Result<model::ModelDevice*> made = model::ModelDevice::create(options);
    BOOST_REQUIRE(static_cast<bool>(made));
    return Model(*made);
}

Queue open_queue(Device& device, Operation operation, const QueueOptions& options) {
    const Result<QueuePair*> made = QueuePair::open(device, operation, options);
    BOOST_REQUIRE_EQUAL(made.status(), Status::kOk);
    return Queue(*made);
}

QueueOptions impatient() { return {.job_timeout_us = 30'000, .spin_us = 0}; }

Completion run(QueuePair& queue, const Job& job) {
    BOOST_REQUIRE_EQUAL(queue.submit(job), Status::kOk);
    Completion done;
    BOOST_REQUIRE_EQUAL(queue.wait({&done, 1}, 60'000'000), 1U);
    BOOST_REQUIRE_EQUAL(done.tag, job.tag);
    return done;
}

Pool make_pool(std::span<Device* const> devices, const PoolOptions& options) {
    const Result<QueuePool*> pool = QueuePool::create(devices, options);
    BOOST_REQUIRE(static_cast<bool>(pool));
    return Pool(*pool);
}

bool round_trip(QueuePair& queue, const Bytes& in) {
    Bytes out(deflate_output_bytes(in.size()));
    Completion done;
    return queue.submit({.is_last = true, .in = in, .out = out}) == Status::kOk &&
           queue.wait({&done, 1}, 60'000'000) == 1 && done.outcome == Outcome::kStreamEnd &&
           done.check == checksum::adler32(1, in.data(), in.size());
}

Bytes deflate_on(QueuePair& queue, Format format, const Bytes& plain, std::size_t packet_bytes) {
    const Context context = make_context();
    Bytes packed;
    for (std::size_t at = 0; at < plain.size();) {
        const std::size_t count = std::min(packet_bytes, plain.size() - at);
        Bytes out(deflate_output_bytes(count));
        const Completion done = run(queue, {.operation = Operation::kDeflate,
                                            .format = format,
                                            .is_last = at + count == plain.size(),
                                            .in = {plain.data() + at, count},
                                            .out = out,
                                            .context = context.get(),
                                            .tag = at});
        at += count;
        BOOST_REQUIRE_EQUAL(done.outcome,
                            at == plain.size() ? Outcome::kStreamEnd : Outcome::kDone);
        BOOST_REQUIRE_EQUAL(done.consumed, count);
        packed.insert(packed.end(), out.data(), out.data() + done.produced);
    }
    return packed;
}

Bytes inflate_on(QueuePair& queue, Format format, const Bytes& packed, std::size_t in_bytes,
                 std::size_t out_bytes) {
    const Context context = make_context();
    Bytes plain;
    Bytes out(out_bytes);
    std::size_t at = 0;
    for (Outcome outcome = Outcome::kDone; outcome != Outcome::kStreamEnd;) {
        const std::size_t count =
            outcome == Outcome::kMoreOutput ? 0 : std::min(in_bytes, packed.size() - at);
        BOOST_REQUIRE((count != 0 || outcome == Outcome::kMoreOutput));
        const Completion done = run(queue, {.operation = Operation::kInflate,
                                            .format = format,
                                            .in = {packed.data() + at, count},
                                            .out = out,
                                            .context = context.get(),
                                            .tag = at});
        BOOST_REQUIRE_LE(done.outcome, Outcome::kStreamEnd);
        at += done.consumed;
        plain.insert(plain.end(), out.data(), out.data() + done.produced);
        outcome = done.outcome;
    }
    BOOST_TEST(at == packed.size());
    return plain;
}

Bytes with_header(Format format, const Bytes& packed) {
    Bytes whole;
    if (format == Format::kZlib) whole = {0x78, 0x9c};
    if (format == Format::kGzip) whole = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    whole.insert(whole.end(), packed.begin(), packed.end());
    return whole;
}

Bytes inflate_by_zlib(Format format, const Bytes& packed) {
    const Bytes whole = with_header(format, packed);
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(inflateInit2(&strm, window_bits(format)), Z_OK);
    strm.next_in = const_cast<Bytef*>(whole.data());
    strm.avail_in = static_cast<uInt>(whole.size());
    Bytes plain;
    Bytes out(100'000);
    int code = Z_OK;
    while (code == Z_OK) {
        strm.next_out = out.data();
        strm.avail_out = static_cast<uInt>(out.size());
        code = ::inflate(&strm, Z_NO_FLUSH);
        plain.insert(plain.end(), out.data(), strm.next_out);
    }
    BOOST_TEST(code == Z_STREAM_END);
    BOOST_TEST(strm.avail_in == 0U);
    inflateEnd(&strm);
    return plain;
}

Bytes deflate_by_zlib(Format format, const Bytes& plain, int level) {
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(
        deflateInit2(&strm, level, Z_DEFLATED, window_bits(format), 8, Z_DEFAULT_STRATEGY), Z_OK);
    Bytes packed(deflateBound(&strm, static_cast<uLong>(plain.size())));
    strm.next_in = const_cast<Bytef*>(plain.data());
    strm.avail_in = static_cast<uInt>(plain.size());
    strm.next_out = packed.data();
    strm.avail_out = static_cast<uInt>(packed.size());
    BOOST_REQUIRE_EQUAL(::deflate(&strm, Z_FINISH), Z_STREAM_END);
    packed.resize(strm.total_out);
    deflateEnd(&strm);
    packed.erase(packed.begin(),
                 packed.begin() + static_cast<std::ptrdiff_t>(header_bytes(format)));
    return packed;
}

}  // namespace test
}  // namespace warpz
