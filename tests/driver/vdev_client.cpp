// SPDX-License-Identifier: Zlib
#include "vdev_client.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "guarded_copy.hpp"

namespace warpz::test {

using namespace vfio_user;
using accelerator::kQueueCommand;

VdevClient::VdevClient(const DeviceOptions& options)
    : memory_fd_(memfd_create("guest", MFD_CLOEXEC)) {
    int pair[2];
    BOOST_TEST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    make_memory();
    socket_ = Fd(pair[0]);
    install_copy_guard();
    server_ = std::thread([this, fd = pair[1], options] {
        Session session(Fd(fd), options);
        session.run();
        told_ = session.describe();
    });
}

VdevClient::VdevClient(const char* socket_path)
    : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      memory_fd_(memfd_create("guest", MFD_CLOEXEC)) {
    make_memory();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    BOOST_TEST_REQUIRE(std::strlen(socket_path) < sizeof address.sun_path);
    std::strcpy(address.sun_path, socket_path);
    BOOST_TEST_REQUIRE(
        connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

void VdevClient::make_memory() {
    BOOST_TEST_REQUIRE(ftruncate(memory_fd_.get(), kMemoryBytes) == 0);
    memory_ = static_cast<std::uint8_t*>(
        mmap(nullptr, kMemoryBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd_.get(), 0));
    BOOST_TEST_REQUIRE(memory_ != MAP_FAILED);
}

VdevClient::~VdevClient() {
    hang_up();
    munmap(memory_, kMemoryBytes);
}

void VdevClient::hang_up() {
    socket_ = Fd();
    if (server_.joinable()) server_.join();
}

std::uint64_t VdevClient::told(const std::string& name) {
    hang_up();
    const std::size_t at = (" " + told_).find(" " + name + "=");
    BOOST_TEST_REQUIRE((at != std::string::npos), name << " in " << told_);
    return std::stoull(told_.substr(at + name.size() + 1));
}

bool VdevClient::send_raw(Bytes bytes, std::span<const int> fds) {
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(64 * sizeof(int))> control{};
    while (!bytes.empty()) {
        iovec vector{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
        msghdr message{};
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        if (!fds.empty()) {
            message.msg_control = control.data();
            message.msg_controllen = CMSG_SPACE(fds.size_bytes());
            cmsghdr* header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(fds.size_bytes());
            std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
        }
        const ssize_t sent = sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        fds = {};
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

bool VdevClient::receive_bytes(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t got = recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (got <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

bool VdevClient::receive(Reply& message) {
    message = {};
    if (!receive_bytes({reinterpret_cast<std::uint8_t*>(&message.header), sizeof(Header)})) {
        return false;
    }
    BOOST_TEST_REQUIRE(message.header.size >= sizeof(Header));
    message.payload.resize(message.header.size - sizeof(Header));
    message.is_there = receive_bytes(message.payload);
    return message.is_there;
}

VdevClient::Reply VdevClient::call(Command command, std::initializer_list<Bytes> parts,
                                   std::span<const int> fds, std::uint32_t flags) {
    Header header{.id = next_id_++,
                  .command = static_cast<std::uint16_t>(command),
                  .size = sizeof(Header),
                  .flags = flags,
                  .error = 0};
    for (const Bytes part : parts) header.size += static_cast<std::uint32_t>(part.size());
    std::vector<std::uint8_t> bytes(sizeof header);
    std::memcpy(bytes.data(), &header, sizeof header);
    for (const Bytes part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    if (!send_raw(bytes, fds)) return {};
    Reply reply;
    if ((flags & kNoReply) != 0) return reply;
    while (receive(reply)) {
        if ((reply.header.flags & kTypeMask) == kTypeReply) {
            BOOST_TEST(reply.header.id == header.id);
            BOOST_TEST(reply.header.command == header.command);
            return reply;
        }
        serve_access(reply);
    }
    return {};
}

bool VdevClient::serve_memory(int ms) {
    pollfd event{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    while (poll(&event, 1, ms) > 0) {
        Reply request;
        if (!receive(request)) return false;
        if (!drains || (request.header.flags & kTypeMask) != kTypeReply) serve_access(request);
    }
    return true;
}

void VdevClient::serve_access(const Reply& request) {
    DmaAccess access;
    BOOST_TEST_REQUIRE(take(request.payload, access));
    ++served;
    Header header = request.header;
    header.flags = kTypeReply;
    if (drains && (access.address > kMemoryBytes || access.count > kMemoryBytes - access.address)) {
        header.flags |= kError;
        header.size = sizeof header;
        send_raw(bytes_of(header));
        return;
    }
    BOOST_TEST_REQUIRE(access.address <= kMemoryBytes);
    BOOST_TEST_REQUIRE(access.count <= kMemoryBytes - access.address);
    std::vector<std::uint8_t> reply(sizeof header + sizeof access);
    std::memcpy(reply.data() + sizeof header, &access, sizeof access);
    if (static_cast<Command>(header.command) == Command::kDmaRead) {
        reply.insert(reply.end(), memory_ + access.address,
                     memory_ + access.address + access.count);
    } else {
        BOOST_TEST_REQUIRE(request.payload.size() == sizeof access + access.count);
        if (service == Service::kGood) {
            std::memcpy(memory_ + access.address, request.payload.data() + sizeof access,
                        access.count);
        }
    }
    if (service == Service::kSilent) return;
    if (service == Service::kFailing) header.flags |= kError, header.error = EFAULT;
    if (service == Service::kShort) reply.pop_back();
    header.size = static_cast<std::uint32_t>(reply.size());
    std::memcpy(reply.data(), &header, sizeof header);
    send_raw(reply);
}

VdevClient::Reply VdevClient::negotiate(const std::string& json) {
    const Version version{.major = 0, .minor = 1};
    const Bytes text(reinterpret_cast<const std::uint8_t*>(json.c_str()), json.size() + 1);
    return call(Command::kVersion, {bytes_of(version), text});
}

std::uint32_t VdevClient::map(std::uint64_t address, std::uint64_t size, std::uint64_t offset,
                              bool with_fd, std::uint32_t flags) {
    const DmaMap request{.argsz = sizeof request,
                         .flags = flags,
                         .offset = offset,
                         .address = address,
                         .size = size};
    const int fd = memory_fd_.get();
    const std::span<const int> fds(&fd, with_fd ? 1 : 0);
    return call(Command::kDmaMap, {bytes_of(request)}, fds).error();
}

std::uint32_t VdevClient::unmap(std::uint64_t address, std::uint64_t size, std::uint32_t flags) {
    const DmaUnmap request{
        .argsz = sizeof request, .flags = flags, .address = address, .size = size};
    return call(Command::kDmaUnmap, {bytes_of(request)}).error();
}

std::uint32_t VdevClient::write(std::uint32_t region, std::uint64_t offset, std::uint64_t value,
                                unsigned size) {
    const RegionAccess access{.offset = offset, .region = region, .count = size};
    return call(Command::kRegionWrite, {bytes_of(access), bytes_of(value).first(size)}).error();
}

std::uint64_t VdevClient::read(std::uint32_t region, std::uint64_t offset, unsigned size) {
    const RegionAccess access{.offset = offset, .region = region, .count = size};
    const Reply reply = call(Command::kRegionRead, {bytes_of(access)});
    BOOST_TEST_REQUIRE(reply.error() == 0U);
    BOOST_TEST_REQUIRE(reply.payload.size() == sizeof access + size);
    std::uint64_t value = 0;
    std::memcpy(&value, reply.payload.data() + sizeof access, size);
    return value;
}

std::uint32_t VdevClient::set_irqs(std::uint32_t flags, std::uint32_t start, std::uint32_t count,
                                   std::span<const int> fds, std::uint32_t index) {
    const SetIrqs request{
        .argsz = sizeof request, .flags = flags, .index = index, .start = start, .count = count};
    return call(Command::kSetIrqs, {bytes_of(request)}, fds).error();
}

void VdevClient::start_queue(std::uint32_t type, bool with_fd) {
    BOOST_TEST_REQUIRE(map(0, kMemoryBytes, 0, with_fd) == 0U);
    std::memset(region() + WARPZ_ZIP_DUS_CQ_OFFSET(Bus::kDepth), 0,
                WARPZ_ZIP_CQE_BYTES * Bus::kDepth);
    tail_ = 0;
    phase_ = WARPZ_ZIP_CQE_PHASE;
    write(kRegionConfig, 4, 0x6, 2);
    const auto set = [this](std::uint32_t at, std::uint64_t value) { write(0, at, value, 4); };
    set(accelerator::kControl, accelerator::kControlEnable);
    set(Bus::context(0, accelerator::kQueueBaseLow), kRegion);
    set(Bus::context(0, accelerator::kQueueBaseHigh), 0);
    set(Bus::context(0, accelerator::kQueueLength), Bus::kLength);
    set(Bus::context(0, accelerator::kQueueDepth), Bus::kDepth << 16 | Bus::kDepth);
    set(Bus::context(0, accelerator::kQueueWindowOffset), Bus::kWindow);
    set(Bus::context(0, accelerator::kQueueWindowLength), Bus::kWindowBytes);
    set(Bus::context(0, accelerator::kQueueType), type);
    set(Bus::context(0, accelerator::kQueueVector), 1);
    set(Bus::context(0, kQueueCommand), accelerator::kCommandStart);
    BOOST_TEST_REQUIRE(read(0, Bus::context(0, accelerator::kQueueState), 4) ==
                       static_cast<std::uint64_t>(accelerator::QueueState::kRunning));
}

void VdevClient::submit(const warpz_zip_sqe& sqe) {
    std::memcpy(region() + WARPZ_ZIP_SQE_BYTES * tail_, &sqe, sizeof sqe);
    tail_ = (tail_ + 1) % Bus::kDepth;
    write(2, WARPZ_ZIP_DOORBELL_OFFSET, std::uint64_t{tail_} << WARPZ_ZIP_DB_INDEX_SHIFT, 8);
}

std::uint16_t VdevClient::phase_at(unsigned index) const {
    const std::uint8_t* entry =
        region() + WARPZ_ZIP_DUS_CQ_OFFSET(Bus::kDepth) + WARPZ_ZIP_CQE_BYTES * index;
    const auto* phase =
        reinterpret_cast<const std::uint16_t*>(entry + offsetof(warpz_zip_cqe, phase));
    return __atomic_load_n(phase, __ATOMIC_ACQUIRE) & WARPZ_ZIP_CQE_PHASE;
}

unsigned VdevClient::completions() const {
    unsigned count = 0;
    for (unsigned i = 0; i < Bus::kDepth; ++i) count += phase_at(i);
    return count;
}

warpz_zip_sqe VdevClient::turn(const warpz_zip_sqe& sqe) {
    const unsigned index = tail_;
    submit(sqe);
    BOOST_TEST_REQUIRE(wait_for([&] { return phase_at(index) == phase_; }));
    warpz_zip_sqe answer;
    std::memcpy(&answer, region() + WARPZ_ZIP_SQE_BYTES * index, sizeof answer);
    if (tail_ == 0) phase_ ^= WARPZ_ZIP_CQE_PHASE;
    write(2, WARPZ_ZIP_DOORBELL_OFFSET,
          std::uint64_t{tail_} << WARPZ_ZIP_DB_INDEX_SHIFT | WARPZ_ZIP_DB_COMMAND_CQ
                                                                 << WARPZ_ZIP_DB_COMMAND_SHIFT,
          8);
    return answer;
}

bool VdevClient::wait_for(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
        if (std::chrono::steady_clock::now() > end || !serve_memory(1)) return false;
    }
    return true;
}

warpz_zip_sqe VdevClient::run(const warpz_zip_sqe& sqe) {
    const unsigned before = completions();
    const unsigned at = tail_;
    submit(sqe);
    BOOST_TEST_REQUIRE(wait_for([&] { return completions() == before + 1; }));
    warpz_zip_sqe answer;
    std::memcpy(&answer, region() + WARPZ_ZIP_SQE_BYTES * at, sizeof answer);
    return answer;
}

}  // namespace warpz::test
