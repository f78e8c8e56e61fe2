// SPDX-License-Identifier: Zlib
// A client of warpz-vdev's server, over a pair of sockets: the virtual machine's side of the protocol, with guest memory in a
// memfd and a driver's steps on top. It makes its messages by itself, so that it can make wrong ones.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "driver/bus.hpp"
#include "session.hpp"

namespace warpz::test {

class VdevClient {
  public:
    using Bytes = std::span<const std::uint8_t>;
    static constexpr std::uint64_t kMemoryBytes = 4 << 20;
    static constexpr std::uint64_t kRegion =
        0x100000;  ///< bus address of the queue's region, laid out as Bus has it

    struct Reply {
        vfio_user::Header header{};
        std::vector<std::uint8_t> payload;
        bool is_there = false;  ///< false: the server has hung up
        [[nodiscard]] std::uint32_t error() const {
            return (header.flags & vfio_user::kError) != 0 ? header.error : 0;
        }
    };

    /// Connected, nothing said yet.
    explicit VdevClient(const vfio_user::DeviceOptions& options = {.queues = 4});
    /// To a process that listens there.
    explicit VdevClient(const char* socket_path);
    ~VdevClient();
    VdevClient(const VdevClient&) = delete;
    VdevClient& operator=(const VdevClient&) = delete;

    // Messages. Descriptors stay the caller's.
    bool send_raw(Bytes bytes, std::span<const int> fds = {});
    /// Sends one and waits for its reply, serving what the server asks of memory meanwhile.
    Reply call(vfio_user::Command command, std::initializer_list<Bytes> parts = {},
               std::span<const int> fds = {}, std::uint32_t flags = 0);
    /// Serves requests for memory until nothing has come for `ms`. False: the server has hung up.
    bool serve_memory(int ms);
    /// Nobody answers requests for memory any more, or with an error, or with these many bytes too few.
    enum class Service { kGood, kSilent, kFailing, kShort } service = Service::kGood;
    unsigned served = 0;  ///< requests for memory
    bool drains =
        false;  ///< serve_memory() also takes replies, which it drops, and requests for what it never had
    /// The connection ends here; returns when the server has let go of it.
    void hang_up();
    /// Hangs up; what the server has counted under that name.
    std::uint64_t told(const std::string& name);

    // What a virtual machine does.
    Reply negotiate(const std::string& json = R"({"capabilities":{"max_msg_fds":8}})");
    std::uint32_t map(std::uint64_t address, std::uint64_t size, std::uint64_t offset,
                      bool with_fd = true,
                      std::uint32_t flags = vfio_user::kDmaReadable | vfio_user::kDmaWriteable);
    std::uint32_t unmap(std::uint64_t address, std::uint64_t size, std::uint32_t flags = 0);
    std::uint32_t write(std::uint32_t region, std::uint64_t offset, std::uint64_t value,
                        unsigned size);
    std::uint64_t read(std::uint32_t region, std::uint64_t offset, unsigned size);
    std::uint32_t set_irqs(std::uint32_t flags, std::uint32_t start, std::uint32_t count,
                           std::span<const int> fds = {},
                           std::uint32_t index = vfio_user::kIrqMsix);

    // What a driver does.
    /// Memory mapped at bus address 0, bus master, the first queue running.
    void start_queue(std::uint32_t type, bool with_fd = true);
    /// A descriptor at the queue's tail, and its doorbell.
    void submit(const warpz_zip_sqe& sqe);
    unsigned completions() const;
    bool wait_for(const std::function<bool()>& done);
    /// One descriptor from submission to its answer.
    warpz_zip_sqe run(const warpz_zip_sqe& sqe);
    /// The same as often as one likes, the ring going round; not for a queue on which run() was.
    warpz_zip_sqe turn(const warpz_zip_sqe& sqe);

    std::uint8_t* memory() { return memory_; }
    std::uint8_t* region() const { return memory_ + kRegion; }
    [[nodiscard]] int memory_fd() const { return memory_fd_.get(); }

  private:
    void make_memory();
    [[nodiscard]] std::uint16_t phase_at(unsigned index) const;
    bool receive(Reply& message);
    bool receive_bytes(std::span<std::uint8_t> bytes);
    void serve_access(const Reply& request);

    vfio_user::Fd socket_;
    vfio_user::Fd memory_fd_;
    std::uint8_t* memory_ = nullptr;
    std::thread server_;
    std::string told_;  // by the server, at its end
    std::uint16_t next_id_ = 1;
    unsigned tail_ = 0;
    std::uint16_t phase_ = WARPZ_ZIP_CQE_PHASE;  // of turn()'s next completion
};

}  // namespace warpz::test
