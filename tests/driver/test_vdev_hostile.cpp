// SPDX-License-Identifier: Zlib
// A client that means harm: messages of any size, content and number of descriptors, cut anywhere. The server answers or hangs
// up, and stays within its own memory, which the sanitizer builds watch.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "driver/vdev_client.hpp"

using namespace warpz::vfio_user;
using warpz::test::Bus;
using warpz::test::VdevClient;

namespace {

constexpr unsigned kMessages = 100'000;

class Attacker {
  public:
    explicit Attacker(unsigned seed) : random_(seed) {}

    /// One message, not always whole, well-formed or sensible. False when the server has hung up.
    bool strike(VdevClient& client) {
        std::vector<std::uint8_t> bytes(sizeof(Header) + payload_.size());
        make_payload();
        Header header{.id = static_cast<std::uint16_t>(random_()),
                      .command = static_cast<std::uint16_t>(command_),
                      .size = static_cast<std::uint32_t>(sizeof(Header) + payload_.size()),
                      .flags = one_in(50) ? 1U + below(16) : 0,
                      .error = one_in(10) ? below(~0U) : 0};
        if (one_in(3)) header.flags |= kNoReply;
        if (one_in(2000)) header.size = one_in(2) ? below(~0U) : below(40);
        bytes.resize(sizeof header);
        std::memcpy(bytes.data(), &header, sizeof header);
        bytes.insert(bytes.end(), payload_.begin(), payload_.end());
        const std::size_t whole = bytes.size();
        if (one_in(3000)) bytes.resize(below(static_cast<std::uint32_t>(whole)));
        const std::vector<int> fds = make_fds(client);
        return client.send_raw(bytes, fds) && bytes.size() == whole && client.serve_memory(0);
    }

    std::uint32_t below(std::uint32_t bound) {
        return bound == 0 ? 0 : static_cast<std::uint32_t>(random_() % bound);
    }
    bool one_in(std::uint32_t n) { return below(n) == 0; }

  private:
    /// Numbers that a check may have forgotten.
    std::uint64_t number() {
        constexpr std::uint64_t kEdges[] = {
            0,          1,          4,          8,         4095,         4096,     0x1000,
            0x10000,    0x1ffff,    0x20000,    1U << 20,  1U << 21,     1U << 31, 0xffffffff,
            1ULL << 32, 1ULL << 62, 1ULL << 63, ~0ULL - 7, ~0ULL - 4095, ~0ULL};
        switch (below(4)) {
            case 0:
                return kEdges[below(std::size(kEdges))];
            case 1:
                return below(64);
            case 2:
                return std::uint64_t{below(2048)} * 4096;
            default:
                return below(0x40000);
        }
    }
    std::uint32_t word() { return static_cast<std::uint32_t>(number()); }

    template <class Structure>
    void put(const Structure& structure) {
        const auto bytes = bytes_of(structure);
        payload_.insert(payload_.end(), bytes.begin(), bytes.end());
    }

    void make_payload() {
        payload_.clear();
        command_ = one_in(20) ? below(70) : 2 + below(12);
        switch (static_cast<Command>(command_)) {
            case Command::kDmaMap:
                put(DmaMap{.argsz = 32,
                           .flags = one_in(8) ? word() : 3,
                           .offset = one_in(2) ? 0 : number(),
                           .address = number(),
                           .size = number()});
                break;
            case Command::kDmaUnmap:
                put(DmaUnmap{.argsz = word(),
                             .flags = one_in(4) ? below(4) : 0,
                             .address = number(),
                             .size = number()});
                break;
            case Command::kSetIrqs:
                put(SetIrqs{.argsz = word(),
                            .flags = 1U << below(3) | 1U << (one_in(3) ? 3 + below(3) : 5),
                            .index = one_in(4) ? word() : kIrqMsix,
                            .start = word(),
                            .count = word()});
                break;
            case Command::kRegionRead:
                put(RegionAccess{.offset = number(), .region = below(10), .count = word()});
                break;
            case Command::kRegionWrite: {
                const bool is_honest = !one_in(4);
                constexpr std::uint32_t kSizes[] = {1, 2, 4, 4, 4, 8, 8, 100};
                const std::uint32_t size = kSizes[below(std::size(kSizes))];
                put(RegionAccess{.offset = offset(),
                                 .region = one_in(8) ? below(10) : 2 * below(3),
                                 .count = is_honest ? size : word()});
                for (std::uint32_t i = 0; i < size; i += 8) put(number());
                payload_.resize(sizeof(RegionAccess) + size);
                break;
            }
            case Command::kVersion:
                put(Version{.major = 0, .minor = static_cast<std::uint16_t>(word())});
                break;
            default:
                break;
        }
        if (one_in(12)) {
            payload_.resize(below(80));
        } else {
            for (std::uint32_t i = below(8); i != 0 && payload_.size() < 16; --i) put(number());
        }
    }

    /// A place that does something, more often than not.
    std::uint64_t offset() {
        switch (below(4)) {
            case 0:
                return warpz::accelerator::kControl;
            case 1:
                return Bus::context(below(5), 4 * below(16));
            case 2:
                return WARPZ_ZIP_DOORBELL_OFFSET + 65536ULL * below(5);
            default:
                return number();
        }
    }

    std::vector<int> make_fds(VdevClient& client) {
        std::vector<int> fds;
        if (one_in(3)) return fds;
        const std::uint32_t count = one_in(500) ? 1 + below(30) : 1;
        for (std::uint32_t i = 0; i < count; ++i) {
            const int choice[] = {client.memory_fd(), event_.get(), zero_.get(), folder_.get()};
            fds.push_back(choice[one_in(4) ? below(4) : command_ == 8]);
        }
        return fds;
    }

    std::mt19937_64 random_;
    std::uint32_t command_ = 0;
    std::vector<std::uint8_t> payload_;
    const Fd event_{eventfd(0, EFD_NONBLOCK)};
    const Fd zero_{open("/dev/zero", O_RDWR | O_CLOEXEC)};
    const Fd folder_{open("/", O_RDONLY | O_CLOEXEC)};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(vdev_hostile)

BOOST_AUTO_TEST_CASE(no_message_harms_the_server) {
    Attacker attacker(1);
    unsigned sent = 0;
    unsigned clients = 0;
    while (sent < kMessages) {
        VdevClient client({.queues = 4});
        ++clients;
        if (!attacker.one_in(50)) {
            BOOST_TEST_REQUIRE(client.negotiate().error() == 0U);
            if (attacker.one_in(2)) client.start_queue(attacker.below(2), attacker.one_in(2));
        }
        client.drains = true;
        do {
            ++sent;
        } while (attacker.strike(client) && sent < kMessages && !attacker.one_in(4000));
    }
    BOOST_TEST_MESSAGE(sent << " messages, " << clients << " clients");
    // And who means well is served as ever.
    VdevClient client({.queues = 4});
    BOOST_TEST(client.negotiate().error() == 0U);
    client.start_queue(WARPZ_QC_TYPE_COMPRESS);
    BOOST_TEST((client.run(Bus::descriptor(1000)).dw3 & WARPZ_ZIP_DW3_STATUS_MASK) ==
               WARPZ_ZIP_STATUS_OK);
}

BOOST_AUTO_TEST_CASE(a_message_cut_at_any_byte_ends_only_its_own_connection) {
    const Version version{.major = 0, .minor = 0};
    const Header header{.id = 1,
                        .command = static_cast<std::uint16_t>(Command::kVersion),
                        .size = sizeof header + sizeof version,
                        .flags = 0,
                        .error = 0};
    std::array<std::uint8_t, sizeof header + sizeof version> bytes;
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, &version, sizeof version);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        VdevClient client;
        client.send_raw(std::span(bytes).first(size));
        client.hang_up();
    }
}

BOOST_AUTO_TEST_CASE(sizes_that_no_message_has_end_the_connection) {
    for (const std::uint32_t size : {0U, 15U, kMaxPayloadBytes + 17, 1U << 31, ~0U}) {
        VdevClient client;
        BOOST_TEST(client.negotiate().error() == 0U);
        const Header header{.id = 1, .command = 13, .size = size, .flags = 0, .error = 0};
        client.send_raw(bytes_of(header));
        BOOST_TEST(!client.serve_memory(5000));
    }
    VdevClient crowd;  // of descriptors
    BOOST_TEST(crowd.negotiate().error() == 0U);
    const std::vector<int> fds(kMaxFds + 1, crowd.memory_fd());
    const Header header{.id = 1, .command = 13, .size = sizeof header, .flags = 0, .error = 0};
    crowd.send_raw(bytes_of(header), fds);
    BOOST_TEST(!crowd.serve_memory(5000));
}

BOOST_AUTO_TEST_CASE(replies_to_nothing_are_dropped) {
    VdevClient client;
    BOOST_TEST(client.negotiate().error() == 0U);
    for (std::uint16_t id = 0; id < 100; ++id) {
        const Header header{
            .id = id, .command = 11, .size = sizeof header, .flags = kTypeReply, .error = 0};
        client.send_raw(bytes_of(header));
    }
    BOOST_TEST(client.read(0, 0, 4) == 0x5a505257U);
}

BOOST_AUTO_TEST_SUITE_END()
