// SPDX-License-Identifier: Zlib
// What the device tests share: model devices and queues that end with the scope, and packets put together into streams.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <vector>

#include "device/model/model_device.hpp"
#include "device/queue_pair.hpp"
#include "device/queue_pool.hpp"
#include "support/sample_data.hpp"

namespace warpz::device {

std::ostream& operator<<(std::ostream& out, Outcome outcome);
std::ostream& operator<<(std::ostream& out, Fault fault);
std::ostream& operator<<(std::ostream& out, QueueState state);

}  // namespace warpz::device

namespace warpz {
std::ostream& operator<<(std::ostream& out, Status status);
}

namespace warpz::test {

struct EndModel {
    void operator()(device::model::ModelDevice* model) const {
        device::model::ModelDevice::destroy(model);
    }
};
using Model = std::unique_ptr<device::model::ModelDevice, EndModel>;
[[nodiscard]] Model make_model(const device::model::ModelOptions& options = {});

struct EndQueue {
    void operator()(device::QueuePair* queue) const { device::QueuePair::close(queue); }
};
using Queue = std::unique_ptr<device::QueuePair, EndQueue>;

struct EndContext {
    void operator()(device::StreamContext* context) const {
        device::StreamContext::destroy(context);
    }
};
/// Made before the queues that its packets go to, so that it ends after them.
using Context = std::unique_ptr<device::StreamContext, EndContext>;
[[nodiscard]] inline Context make_context() { return Context(device::StreamContext::create()); }
[[nodiscard]] Queue open_queue(device::Device& device, device::Operation operation,
                               const device::QueueOptions& options = {});

struct EndPool {
    void operator()(device::QueuePool* pool) const { device::QueuePool::destroy(pool); }
};
using Pool = std::unique_ptr<device::QueuePool, EndPool>;

[[nodiscard]] Pool make_pool(std::span<device::Device* const> devices,
                             const device::PoolOptions& options = {});

/// A time-out that a test can wait for, for devices that will not answer. One that only needs a CPU of a busy machine may
/// take longer.
[[nodiscard]] device::QueueOptions impatient();

/// Submits one job and waits for its completion.
[[nodiscard]] device::Completion run(device::QueuePair& queue, const device::Job& job);

/// One whole small stream; true when all went well and the check value is right.
[[nodiscard]] bool round_trip(device::QueuePair& queue, const Bytes& in);

/// A stream made of packets of `packet_bytes`, all of them on one context when `has_context`, each one on its own
/// otherwise; without header, with the trailer that the device writes.
[[nodiscard]] Bytes deflate_on(device::QueuePair& queue, device::Format format, const Bytes& plain,
                               std::size_t packet_bytes);

/// Decodes with a context, giving at most the given sizes per packet; requires the end of the stream at the end of
/// the input.
[[nodiscard]] Bytes inflate_on(device::QueuePair& queue, device::Format format, const Bytes& packed,
                               std::size_t in_bytes, std::size_t out_bytes);

/// With the header that software writes in front of a device's output, for zlib's own judgement.
[[nodiscard]] Bytes with_header(device::Format format, const Bytes& packed);
/// Decoded by our inflate(); requires a complete stream and nothing after it.
[[nodiscard]] Bytes inflate_by_zlib(device::Format format, const Bytes& packed);
/// A complete stream without header, by our deflate().
[[nodiscard]] Bytes deflate_by_zlib(device::Format format, const Bytes& plain, int level = 6);

}  // namespace warpz::test
