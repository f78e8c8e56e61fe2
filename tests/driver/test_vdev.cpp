// SPDX-License-Identifier: Zlib
// warpz-vdev's protocol: negotiation, what the device says of itself, configuration space, memory and interrupts, and what is
// refused (the vfio-user specification; driver/SPEC.md, section 1).
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "driver/vdev_client.hpp"
#include "options.hpp"

using namespace warpz::vfio_user;
using warpz::test::VdevClient;

namespace {

constexpr std::uint32_t kTriggerByEventfd = kIrqDataEventfd | kIrqActionTrigger;
constexpr std::uint64_t kPage = 4096;

struct Negotiated : VdevClient {
    explicit Negotiated(const DeviceOptions& options = {.queues = 4}) : VdevClient(options) {
        BOOST_TEST_REQUIRE(negotiate().error() == 0U);
    }
    std::uint64_t config(std::uint64_t offset, unsigned size) {
        return read(kRegionConfig, offset, size);
    }
};

RegionInfo region_request(std::uint32_t index, std::uint32_t argsz = sizeof(RegionInfo)) {
    return {.argsz = argsz, .flags = 0, .index = index, .cap_offset = 0, .size = 0, .offset = 0};
}

/// What the eventfd has counted since the last look.
std::uint64_t events(int fd) {
    std::uint64_t count = 0;
    return ::read(fd, &count, sizeof count) == sizeof count ? count : 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vdev)

BOOST_AUTO_TEST_CASE(the_first_message_settles_version_and_capabilities) {
    VdevClient client;
    const VdevClient::Reply reply = client.negotiate();
    BOOST_TEST(reply.error() == 0U);
    Version version{};
    BOOST_TEST(take(reply.payload, version));
    BOOST_TEST(version.major == 0U);
    BOOST_TEST(reply.payload.back() == 0U);
    const std::string text(reinterpret_cast<const char*>(reply.payload.data()) + sizeof version);
    BOOST_TEST(text == R"({"capabilities":{"max_msg_fds":16,"max_data_xfer_size":1048576}})");
    BOOST_TEST(client.negotiate().error() == static_cast<std::uint32_t>(EINVAL));  // only once
}

BOOST_AUTO_TEST_CASE(a_client_that_cannot_be_served_is_told_and_left) {
    for (const Command first : {Command::kDeviceInfo, Command::kReset}) {
        VdevClient client;
        BOOST_TEST(client.call(first).error() == static_cast<std::uint32_t>(EINVAL));
        BOOST_TEST(!client.serve_memory(5000));
    }
    VdevClient other_major;
    const Version version{.major = 1, .minor = 0};
    BOOST_TEST(other_major.call(Command::kVersion, {bytes_of(version)}).error() ==
               static_cast<std::uint32_t>(EINVAL));
    VdevClient no_end;  // of the text
    const Version good{.major = 0, .minor = 0};
    const std::uint8_t text[] = {'{', '}'};
    BOOST_TEST(no_end.call(Command::kVersion, {bytes_of(good), text}).error() ==
               static_cast<std::uint32_t>(EINVAL));
    VdevClient nothing_at_once;
    BOOST_TEST(nothing_at_once.negotiate(R"({"capabilities":{"max_data_xfer_size":0}})").error() ==
               static_cast<std::uint32_t>(EINVAL));
    VdevClient silent;  // about what it can
    BOOST_TEST(silent.call(Command::kVersion, {bytes_of(good)}).error() == 0U);
}

BOOST_AUTO_TEST_CASE(the_device_tells_regions_and_interrupts) {
    Negotiated client;
    DeviceInfo device{.argsz = sizeof device, .flags = 0, .regions = 0, .irqs = 0};
    const VdevClient::Reply info = client.call(Command::kDeviceInfo, {bytes_of(device)});
    BOOST_TEST(take(info.payload, device));
    BOOST_TEST(device.flags == (kDeviceCanReset | kDeviceIsPci));
    BOOST_TEST(device.regions == kRegionCount);
    BOOST_TEST(device.irqs == kIrqCount);
    const std::uint64_t sizes[kRegionCount] = {128 << 10, 0, 4 * 65536, 0, 8192, 0, 0, 4096, 0};
    for (std::uint32_t index = 0; index < kRegionCount; ++index) {
        RegionInfo region = region_request(index);
        const auto reply = client.call(Command::kRegionInfo, {bytes_of(region)});
        BOOST_TEST(take(reply.payload, region));
        BOOST_TEST(region.size == sizes[index]);
        BOOST_TEST((region.flags != 0) == (region.size != 0));
    }
    for (std::uint32_t index = 0; index < kIrqCount; ++index) {
        IrqInfo irq{.argsz = sizeof irq, .flags = 0, .index = index, .count = 0};
        const auto reply = client.call(Command::kIrqInfo, {bytes_of(irq)});
        BOOST_TEST(take(reply.payload, irq));
        BOOST_TEST(irq.count == (index == kIrqMsix ? 5U : 0U));
    }
    RegionInfo beyond = region_request(kRegionCount);
    BOOST_TEST(client.call(Command::kRegionInfo, {bytes_of(beyond)}).error() != 0U);
    beyond = region_request(0, 8);
    BOOST_TEST(client.call(Command::kRegionInfo, {bytes_of(beyond)}).error() != 0U);
    BOOST_TEST(client.call(Command::kDirtyPages).error() == static_cast<std::uint32_t>(ENOTSUP));
}

BOOST_AUTO_TEST_CASE(configuration_space_is_that_of_the_specification) {
    Negotiated client;
    BOOST_TEST(client.config(PCI_VENDOR_ID, 4) == 0x777a1234U);
    BOOST_TEST(client.config(PCI_CLASS_REVISION, 4) == 0x12000001U);
    BOOST_TEST(client.config(PCI_SUBSYSTEM_VENDOR_ID, 4) == 0x777a1234U);
    std::uint64_t express = 0;
    std::uint64_t msix = 0;
    for (std::uint64_t at = client.config(PCI_CAPABILITY_LIST, 1); at != 0;
         at = client.config(at + 1, 1)) {
        const std::uint64_t id = client.config(at, 1);
        if (id == PCI_CAP_ID_EXP) express = at;
        if (id == PCI_CAP_ID_MSIX) msix = at;
    }
    BOOST_TEST_REQUIRE(express != 0U);
    BOOST_TEST_REQUIRE(msix != 0U);
    BOOST_TEST((client.config(express + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR) != 0U);
    BOOST_TEST(client.config(msix + PCI_MSIX_FLAGS, 2) == 4U);
    // The table and the pending bits lie in BAR 4, and what is read-only is.
    BOOST_TEST(client.config(msix + PCI_MSIX_TABLE, 4) == 4U);
    BOOST_TEST(client.config(msix + PCI_MSIX_PBA, 4) == (kPage | 4U));
    client.write(kRegionConfig, 0, ~0ULL, 8);
    BOOST_TEST(client.config(PCI_VENDOR_ID, 4) == 0x777a1234U);
    BOOST_TEST(client.config(PCI_COMMAND, 2) == 0x546U);
    // BARs tell their size.
    for (const std::uint64_t bar : {0, 2, 4}) {
        client.write(kRegionConfig, PCI_BASE_ADDRESS_0 + 4 * bar, ~0ULL, 8);
    }
    BOOST_TEST(client.config(PCI_BASE_ADDRESS_0, 8) == (~0ULL << 17 | 4U));
    BOOST_TEST(client.config(PCI_BASE_ADDRESS_2, 8) == (~0ULL << 18 | 4U));
    BOOST_TEST(client.config(PCI_BASE_ADDRESS_4, 8) == (~0ULL << 13 | 4U));
}

BOOST_AUTO_TEST_CASE(each_kind_of_reset_makes_a_fresh_device) {
    Negotiated client;
    for (const bool by_function : {true, false}) {
        client.write(kRegionConfig, PCI_COMMAND, 6, 2);
        client.write(0, 0x20, 1, 4);
        BOOST_TEST(client.read(0, 0x20, 4) == 1U);
        if (by_function) {
            client.write(kRegionConfig, 0x40 + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR, 2);
            BOOST_TEST((client.config(0x40 + PCI_EXP_DEVCTL, 2) & PCI_EXP_DEVCTL_BCR_FLR) == 0U);
        } else {
            BOOST_TEST(client.call(Command::kReset).error() == 0U);
        }
        BOOST_TEST(client.read(0, 0x20, 4) == 0U);
        BOOST_TEST(client.config(PCI_COMMAND, 2) == 0U);
        BOOST_TEST(client.read(0, 0, 4) == 0x5a505257U);
    }
}

BOOST_AUTO_TEST_CASE(accesses_outside_of_a_region_are_refused) {
    Negotiated client;
    struct {
        std::uint32_t region;
        std::uint64_t offset;
        std::uint32_t count;
    } const bad[] = {{0, 128 << 10, 4}, {0, (128 << 10) - 3, 4},
                     {0, ~0ULL, 4},     {0, ~0ULL - 3, 8},
                     {1, 0, 4},         {7, 4095, 2},
                     {7, 4096, 1},      {8, 0, 1},
                     {9, 0, 4},         {~0U, 0, 4},
                     {0, 0, 0},         {4, 8192, 8},
                     {2, 1ULL << 63, 8}};
    for (const auto& [region, offset, count] : bad) {
        const RegionAccess access{.offset = offset, .region = region, .count = count};
        BOOST_TEST(client.call(Command::kRegionRead, {bytes_of(access)}).error() ==
                   static_cast<std::uint32_t>(EINVAL));
        const std::vector<std::uint8_t> data(count);
        BOOST_TEST(client.call(Command::kRegionWrite, {bytes_of(access), data}).error() ==
                   static_cast<std::uint32_t>(EINVAL));
    }
    RegionAccess access{.offset = 0, .region = 0, .count = 2 << 20};
    BOOST_TEST(client.call(Command::kRegionRead, {bytes_of(access)}).error() != 0U);
    access.count = 8;  // with four bytes
    BOOST_TEST(client.call(Command::kRegionWrite, {bytes_of(access), bytes_of(1U)}).error() != 0U);
    // A large access within a region is none that the registers know.
    access.count = 4096;
    const auto reply = client.call(Command::kRegionRead, {bytes_of(access)});
    BOOST_TEST(reply.payload.size() == sizeof access + 4096);
}

BOOST_AUTO_TEST_CASE(memory_is_mapped_and_unmapped_range_by_range) {
    Negotiated client;
    const auto is = [](int error) { return static_cast<std::uint32_t>(error); };
    BOOST_TEST(client.map(0x10000, 4 * kPage, kPage) == 0U);
    BOOST_TEST(client.map(0x20000, kPage, 0, false) == 0U);
    BOOST_TEST(client.map(0x10000, kPage, 0) == is(EEXIST));
    BOOST_TEST(client.map(0xf000, 2 * kPage, 0) == is(EEXIST));
    BOOST_TEST(client.map(0x13fff, 1, 0) == is(EEXIST));
    BOOST_TEST(client.map(0, 0x100000, 0) == is(EEXIST));
    BOOST_TEST(client.map(0x14000, 0, 0) == is(EINVAL));
    BOOST_TEST(client.map(~0ULL, 2, 0) == is(EINVAL));
    BOOST_TEST(client.map(0x14000, ~0ULL, 0, false) == is(EINVAL));
    BOOST_TEST(client.map(0x30000, kPage, 0, true, 0) == is(EINVAL));
    BOOST_TEST(client.map(0x30000, kPage, 0, true, 0x1f) == is(EINVAL));
    BOOST_TEST(client.map(0x30000, kPage, VdevClient::kMemoryBytes) == is(EINVAL));
    BOOST_TEST(client.map(0x30000, kPage, ~0ULL - 10) == is(EINVAL));
    BOOST_TEST(client.map(0x400000, VdevClient::kMemoryBytes + 1, 0) == is(EINVAL));
    BOOST_TEST(client.unmap(0x10000, kPage) == is(ENOENT));
    BOOST_TEST(client.unmap(0x11000, 3 * kPage) == is(ENOENT));
    BOOST_TEST(client.unmap(0x10000, 4 * kPage, kUnmapDirtyBitmap) == is(ENOTSUP));
    BOOST_TEST(client.unmap(0x10000, 4 * kPage, kUnmapAll) == is(EINVAL));
    BOOST_TEST(client.unmap(0x10000, 4 * kPage) == 0U);
    BOOST_TEST(client.map(0x10000, kPage, 0) == 0U);
    BOOST_TEST(client.unmap(0, 0, kUnmapAll) == 0U);
    BOOST_TEST(client.map(0, 0x40000, 0) == 0U);
    // Nothing but a file is mapped.
    const Fd other(open("/dev/zero", O_RDWR | O_CLOEXEC));
    const int fd = other.get();
    const DmaMap request{
        .argsz = sizeof request, .flags = 3, .offset = 0, .address = 1 << 30, .size = kPage};
    BOOST_TEST(client.call(Command::kDmaMap, {bytes_of(request)}, {&fd, 1}).error() == is(EINVAL));
}

BOOST_AUTO_TEST_CASE(ranges_have_a_limit) {
    Negotiated client;
    for (std::uint64_t i = 0; i < ClientMemory::kMaxRanges; ++i) {
        BOOST_TEST_REQUIRE(client.map(i * kPage, kPage, 0, false) == 0U);
    }
    BOOST_TEST(client.map(1ULL << 40, kPage, 0, false) == static_cast<std::uint32_t>(ENOSPC));
}

BOOST_AUTO_TEST_CASE(vectors_raise_their_eventfds) {
    Negotiated client;
    const Fd first(eventfd(0, EFD_NONBLOCK));
    const Fd second(eventfd(0, EFD_NONBLOCK));
    const int fds[] = {first.get(), second.get()};
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 1, 2, fds) == 0U);
    BOOST_TEST(client.set_irqs(kIrqDataNone | kIrqActionTrigger, 2, 1) == 0U);
    BOOST_TEST(events(fds[0]) == 0U);
    BOOST_TEST(events(fds[1]) == 1U);
    // Nobody listens: it stays pending, until somebody does.
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 1, 1) == 0U);
    BOOST_TEST(client.set_irqs(kIrqDataNone | kIrqActionTrigger, 1, 1) == 0U);
    BOOST_TEST(client.read(4, kPage, 8) == 2U);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 1, 1, {fds, 1}) == 0U);
    BOOST_TEST(events(fds[0]) == 1U);
    BOOST_TEST(client.read(4, kPage, 8) == 0U);
    // All off.
    BOOST_TEST(client.set_irqs(kIrqDataNone | kIrqActionTrigger, 0, 0) == 0U);
    BOOST_TEST(client.set_irqs(kIrqDataNone | kIrqActionTrigger, 1, 2) == 0U);
    BOOST_TEST(events(fds[0]) + events(fds[1]) == 0U);
    // The table is the client's to use.
    client.write(4, 16, 0x123456789abcdef0, 8);
    BOOST_TEST(client.read(4, 16, 8) == 0x123456789abcdef0U);
    client.write(4, kPage, ~0ULL, 8);
    BOOST_TEST(client.read(4, kPage, 8) == 6U);
}

BOOST_AUTO_TEST_CASE(bad_interrupt_requests_change_nothing) {
    Negotiated client;
    const auto invalid = static_cast<std::uint32_t>(EINVAL);
    const Fd event(eventfd(0, EFD_NONBLOCK));
    int pipe_fds[2];
    BOOST_TEST_REQUIRE(pipe(pipe_fds) == 0);
    const Fd pipe_end(pipe_fds[0]);
    const Fd other_end(pipe_fds[1]);
    const int fd = event.get();
    const std::span<const int> one(&fd, 1);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 5, 1, one) == invalid);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 4, 2, one) == invalid);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 1, ~0U, one) == invalid);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, ~0U, 2, one) == invalid);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 0, 2, one) == invalid);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 0, 1, one, 1) == invalid);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 0, 1, one, 77) == invalid);
    BOOST_TEST(client.set_irqs(kIrqDataBool | kIrqActionTrigger, 0, 1) == invalid);
    BOOST_TEST(client.set_irqs(kIrqDataEventfd | 8, 0, 1, one) == invalid);
    BOOST_TEST(client.set_irqs(0, 0, 1) == invalid);
    BOOST_TEST(client.set_irqs(kTriggerByEventfd, 0, 1, {pipe_fds + 1, 1}) == invalid);
    BOOST_TEST(client.set_irqs(kIrqDataNone | kIrqActionTrigger, 0, 1) == 0U);
    BOOST_TEST(events(fd) == 0U);
}

BOOST_AUTO_TEST_CASE(a_path_is_taken_over_from_the_dead_only) {
    char folder[] = "/tmp/warpz-vdev-test.XXXXXX";
    BOOST_TEST_REQUIRE(mkdtemp(folder) != nullptr);
    const std::string path = std::string(folder) + "/socket";
    {
        const Fd first = listen_at(path.c_str());
        BOOST_TEST(first.is_open());
        struct stat status {};
        BOOST_TEST(stat(path.c_str(), &status) == 0);
        BOOST_TEST((status.st_mode & 0777) == 0600U);
        BOOST_TEST(!listen_at(path.c_str()).is_open());
        BOOST_TEST(errno == EADDRINUSE);
    }
    BOOST_TEST(listen_at(path.c_str()).is_open());
    // What is no socket stays.
    BOOST_TEST(unlink(path.c_str()) == 0);
    const Fd file(open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    BOOST_TEST(!listen_at(path.c_str()).is_open());
    BOOST_TEST(access(path.c_str(), F_OK) == 0);
    BOOST_TEST(!listen_at(std::string(200, 'x').c_str()).is_open());
    BOOST_TEST(errno == ENAMETOOLONG);
    unlink(path.c_str());
    rmdir(folder);
}

BOOST_AUTO_TEST_CASE(options_are_checked) {
    const auto parse = [](std::vector<std::string> words, Options& options) {
        std::vector<char*> pointers;
        for (std::string& word : words) pointers.push_back(word.data());
        return parse_options(pointers, options);
    };
    Options options;
    BOOST_TEST(parse({"--socket", "/s", "--queues=8", "--threads", "2", "--limit=100M"}, options) ==
               "");
    BOOST_TEST(options.socket == "/s");
    BOOST_TEST(options.device.queues == 8U);
    BOOST_TEST(options.device.threads == 2U);
    BOOST_TEST(options.device.bytes_per_second == 100U << 20);
    BOOST_TEST(options.backing == "cores");
    BOOST_TEST(parse({"--socket=s", "--backing", "/dev/hisi_zip-1", "--verify=some"}, options) ==
               "");
    BOOST_TEST(options.backing == "/dev/hisi_zip-1");
    BOOST_TEST((options.proof == Proof::kSome));
    const std::vector<std::vector<std::string>> bad = {{},
                                                       {"--socket"},
                                                       {"--socket="},
                                                       {"--socket=s", "--queues=0"},
                                                       {"--socket=s", "--queues=1025"},
                                                       {"--socket=s", "--queues=2x"},
                                                       {"--socket=s", "--limit=20000000000000G"},
                                                       {"--socket=s", "--level=10"},
                                                       {"--socket=s", "--threads=-1"},
                                                       {"--socket=s", "--fault=nonsense"},
                                                       {"--socket=s", "--backing="},
                                                       {"--socket=s", "--verify=most"},
                                                       {"--socket=s", "else"}};
    for (const auto& words : bad) {
        Options ignored;
        BOOST_TEST(!parse(words, ignored).empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
