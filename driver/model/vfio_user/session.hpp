// SPDX-License-Identifier: Zlib
// One client from its connection to its end: negotiation, then its commands one after the other, each checked and answered.
#pragma once

#include <string>

#include "channel.hpp"
#include "device.hpp"
#include "remote_memory.hpp"

namespace warpz::vfio_user {

class Session {
  public:
    Session(Fd socket, const DeviceOptions& options)
        : channel_(std::move(socket)), remote_(channel_), device_(options, remote_) {}

    /// Returns when the client is gone, or has sent what is no message of the protocol.
    void run();
    [[nodiscard]] std::string describe() { return device_.describe(); }

  private:
    bool negotiate(const Message& message);
    void serve(Message& message);
    void answer(const Message& message, int error,
                std::initializer_list<Channel::Bytes> parts = {});

    // Commands: 0 or an errno value, and then the reply is theirs.
    int map(Message& message);
    int unmap(const Message& message);
    int device_info(const Message& message);
    int region_info(const Message& message);
    int irq_info(const Message& message);
    int set_irqs(Message& message);
    int read_region(const Message& message);
    int write_region(const Message& message);

    Channel channel_;
    RemoteMemory remote_;
    Device device_;
};

}  // namespace warpz::vfio_user
