// SPDX-License-Identifier: Zlib
// A program that does what it likes with the queues it is given: random descriptors, lists, contexts, rings, doorbells,
// ioctls, mappings, forks, from a seed. It has to survive, as has everybody else; only its own stray accesses to what it has
// unmapped itself may be refused, by SIGSEGV. A SIGBUS is the driver's fault.
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdio>
#include <cstring>

#include "random.hpp"
#include "raw_queue.hpp"

namespace warpz::vm {
namespace {

sigjmp_buf escape;
volatile sig_atomic_t is_guarded = 0;
volatile sig_atomic_t bus_errors = 0;

void on_fault(int signal) {
    if (signal == SIGBUS) bus_errors = bus_errors + 1;
    if (!is_guarded) {
        static const char text[] = "hostile: a fault outside of an attack\n";
        static_cast<void>(!::write(2, text, sizeof text - 1));
        _exit(2);
    }
    siglongjmp(escape, 1);
}

/// With shared addresses everything that the process has is the window: this stands in for it. It lies between pages that
/// nobody may touch, so that what a device writes too far stops there and not in the process's own data.
class Arena {
  public:
    static constexpr std::size_t kBytes = 4 << 20;
    Arena() {
        void* at =
            mmap(nullptr, kBytes + 2 * kGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) return;
        begin_ = static_cast<std::uint8_t*>(at) + kGuard;
        mprotect(begin_, kBytes, PROT_READ | PROT_WRITE);
    }
    ~Arena() {
        if (begin_ != nullptr) munmap(begin_ - kGuard, kBytes + 2 * kGuard);
    }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    [[nodiscard]] std::uint8_t* begin() const noexcept { return begin_; }

    /// Some pages go, come back empty, or may not be written any more.
    void stir(Random& random) noexcept {
        if (begin_ == nullptr) return;
        std::uint8_t* at = begin_ + random.below(kBytes / kPage - 16) * kPage;
        const std::size_t size = (1 + random.below(16)) * kPage;
        constexpr std::array<int, 4> kKinds = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
                                               PROT_READ | PROT_WRITE};
        if (random.one_in(2)) madvise(at, size, MADV_DONTNEED);
        mprotect(at, size, kKinds[random.below(kKinds.size())]);
    }

  private:
    static constexpr std::size_t kGuard = 16 << 20;
    static constexpr std::size_t kPage = 4096;
    std::uint8_t* begin_ = nullptr;
};

class Attacker {
  public:
    Attacker(const Node& node, std::uint64_t seed) : node_(node), random_(seed) {}
    ~Attacker() {
        for (Victim& victim : victims_) drop(victim);
    }

    void round();
    std::uint64_t opened = 0;
    std::uint64_t doorbells = 0;
    std::uint64_t faults = 0;

  private:
    struct Victim {
        int file = -1;
        std::uint8_t* dus = nullptr;
        std::uint8_t* mmio = nullptr;
        std::uint16_t number = 0;
        std::uint32_t sq_entries = 2;
        std::uint64_t window_begin = 0;
        std::uint8_t* window = nullptr;  ///< the byte at window_begin
        std::uint64_t window_bytes = 0;
        std::uint32_t tail = 0;
    };

    void open(Victim& victim);
    void drop(Victim& victim);
    void submit(Victim& victim);
    void scribble(Victim& victim);
    void ring(Victim& victim);
    void control(Victim& victim);
    void map(Victim& victim);
    void wait(Victim& victim);
    void spawn(Victim& victim);
    std::uint64_t address(const Victim& victim);
    void put_list(const Victim& victim);

    const Node& node_;
    Random random_;
    Arena arena_;
    static constexpr std::uint32_t kVictims = 4;
    std::array<Victim, kVictims> victims_;
};

void Attacker::open(Victim& victim) {
    victim = {};
    victim.file = ::open(node_.path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (victim.file < 0) return;
    ++opened;
    const auto map = [&](std::size_t bytes, int region) -> std::uint8_t* {
        void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, victim.file,
                        region * sysconf(_SC_PAGESIZE));
        return at == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(at);
    };
    victim.dus = map(node_.dus_bytes, WARPZ_ZIP_REGION_DUS);
    victim.mmio = map(node_.mmio_bytes, WARPZ_ZIP_REGION_MMIO);
    warpz_qp_ctx context{.id = 0, .qc_type = static_cast<__u16>(random_.below(2))};
    ioctl(victim.file, WARPZ_CMD_QP_CTX, &context);
    victim.number = context.id;
    warpz_qp_info info{};
    if (ioctl(victim.file, WARPZ_CMD_QP_INFO, &info) == 0) victim.sq_entries = info.sq_depth;
    warpz_qp_window window{};
    if (ioctl(victim.file, WARPZ_CMD_QP_WINDOW, &window) == 0) {
        victim.window_begin = window.address;
        victim.window = victim.dus + window.offset;
        victim.window_bytes = window.length;
    } else if (node_.is_sva && arena_.begin() != nullptr) {
        victim.window = arena_.begin();
        victim.window_begin = reinterpret_cast<std::uintptr_t>(victim.window);
        victim.window_bytes = Arena::kBytes;
    }
    ioctl(victim.file, WARPZ_UACCE_CMD_START_Q);
}

void Attacker::drop(Victim& victim) {
    if (victim.file < 0) return;
    // Sometimes the file goes first, with the device at work.
    const bool is_file_first = random_.one_in(2);
    if (is_file_first) close(victim.file);
    if (victim.mmio != nullptr) munmap(victim.mmio, node_.mmio_bytes);
    if (victim.dus != nullptr) munmap(victim.dus, node_.dus_bytes);
    if (!is_file_first) close(victim.file);
    victim = {};
}

/// Mostly in and around the window, sometimes anywhere.
std::uint64_t Attacker::address(const Victim& victim) {
    switch (random_.below(6)) {
        case 0:
            return random_.edge();
        case 1:
            return victim.window_begin + victim.window_bytes - random_.below(1 << 16);
        case 2:
            return victim.window_begin - random_.below(1 << 12);
        case 3:
            return victim.window_begin + (random_.next() << random_.below(64));
        default:
            return victim.window_begin +
                   random_.below(static_cast<std::uint32_t>(victim.window_bytes) | 1);
    }
}

void Attacker::put_list(const Victim& victim) {
    if (victim.window_bytes < 1 << 16) return;
    warpz_zip_sgl list{};
    list.next = random_.one_in(3) ? address(victim) & ~63ULL : 0;
    list.entries = static_cast<__u16>(random_.one_in(8) ? random_.edge() : random_.below(8));
    list.chain_entries = static_cast<__u16>(random_.one_in(4) ? random_.edge() : list.entries);
    list.capacity = static_cast<__u16>(random_.edge());
    std::uint8_t* to =
        victim.window +
        random_.below(static_cast<std::uint32_t>(victim.window_bytes - 4096)) / 64 * 64;
    std::memcpy(to, &list, sizeof list);
    for (unsigned i = 0; i < 8; ++i) {
        warpz_zip_sge entry{};
        entry.address = address(victim);
        entry.length = static_cast<__u32>(random_.one_in(3) ? random_.edge() : random_.below(8192));
        std::memcpy(to + sizeof list + i * sizeof entry, &entry, sizeof entry);
    }
}

void Attacker::submit(Victim& victim) {
    if (victim.dus == nullptr || victim.mmio == nullptr) return;
    warpz_zip_sqe sqe{};
    if (random_.one_in(4)) {
        std::array<std::uint64_t, sizeof sqe / 8> words;
        for (std::uint64_t& word : words) word = random_.next();
        std::memcpy(&sqe, words.data(), sizeof sqe);
    } else {
        // Nearly right: each field wrong now and then.
        sqe.dw7 = 3U << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT | random_.below(8) << 25;
        sqe.dw9 = (1 + random_.below(3)) | WARPZ_ZIP_WINDOW_32K << WARPZ_ZIP_DW9_WINDOW_SHIFT;
        if (random_.one_in(3)) {
            sqe.dw9 |= WARPZ_ZIP_BUFFER_SGL << WARPZ_ZIP_DW9_BUFFER_SHIFT;
            put_list(victim);
        }
        sqe.input_length =
            random_.one_in(4) ? static_cast<__le32>(random_.edge()) : random_.below(20'000);
        sqe.output_length =
            random_.one_in(4) ? static_cast<__le32>(random_.edge()) : random_.below(40'000);
        for (__le32* words : {sqe.source_addr, sqe.dest_addr, sqe.stream_ctx_addr}) {
            const std::uint64_t where = address(victim) & (random_.one_in(3) ? ~0ULL : ~63ULL);
            words[0] = static_cast<__le32>(where);
            words[1] = static_cast<__le32>(where >> 32);
        }
        if ((sqe.dw7 & WARPZ_ZIP_DW7_STATEFUL) != 0 && random_.one_in(2)) {
            sqe.ctx_dw0 = static_cast<__le32>(random_.next());
            sqe.ctx_dw2 = static_cast<__le32>(random_.edge());
        }
        if (random_.one_in(8)) {
            auto* words = reinterpret_cast<std::uint32_t*>(&sqe);
            words[random_.below(sizeof sqe / 4)] = static_cast<std::uint32_t>(random_.edge());
        }
    }
    std::memcpy(victim.dus + std::size_t{victim.tail} * sizeof sqe, &sqe, sizeof sqe);
    victim.tail = (victim.tail + 1) % victim.sq_entries;
    ++doorbells;
    auto* doorbell =
        reinterpret_cast<volatile std::uint64_t*>(victim.mmio + WARPZ_ZIP_DOORBELL_OFFSET);
    *doorbell = victim.number | std::uint64_t{victim.tail} << WARPZ_ZIP_DB_INDEX_SHIFT;
    // Completions are taken note of, or the queue would have no room soon.
    if (!random_.one_in(16)) {
        *doorbell = victim.number | WARPZ_ZIP_DB_COMMAND_CQ << WARPZ_ZIP_DB_COMMAND_SHIFT |
                    std::uint64_t{victim.tail} << WARPZ_ZIP_DB_INDEX_SHIFT |
                    std::uint64_t{random_.below(2)} << WARPZ_ZIP_DB_FLAG_SHIFT;
    }
}

/// Rings, contexts, status words: all of it is the user's to spoil, while the device reads it.
void Attacker::scribble(Victim& victim) {
    if (victim.dus == nullptr) return;
    if (node_.is_sva && random_.one_in(2)) arena_.stir(random_);
    const std::size_t at = random_.next() % node_.dus_bytes;
    const std::size_t size = std::min<std::size_t>(random_.below(8192), node_.dus_bytes - at);
    std::memset(victim.dus + at, static_cast<int>(random_.next()), size);
}

void Attacker::ring(Victim& victim) {
    if (victim.mmio == nullptr) return;
    ++doorbells;
    std::uint64_t value = random_.next();
    if (!random_.one_in(3)) {
        value = victim.number | std::uint64_t{random_.below(2)} << WARPZ_ZIP_DB_COMMAND_SHIFT |
                (random_.edge() & 0xffff) << WARPZ_ZIP_DB_INDEX_SHIFT |
                std::uint64_t{random_.below(2)} << WARPZ_ZIP_DB_FLAG_SHIFT;
    }
    std::size_t at = WARPZ_ZIP_DOORBELL_OFFSET;
    if (random_.one_in(4)) at = random_.next() % (node_.mmio_bytes - 8);
    std::uint8_t* to = victim.mmio + at;
    switch (random_.below(4)) {
        case 0:
            *static_cast<volatile std::uint8_t*>(to) = static_cast<std::uint8_t>(value);
            break;
        case 1:
            *reinterpret_cast<volatile std::uint32_t*>(to) = static_cast<std::uint32_t>(value);
            break;
        case 2:
            static_cast<void>(*reinterpret_cast<volatile std::uint64_t*>(to));
            break;
        default:
            *reinterpret_cast<volatile std::uint64_t*>(to) = value;
            break;
    }
}

void Attacker::control(Victim& victim) {
    std::array<std::uint64_t, 8> memory;
    for (std::uint64_t& word : memory) word = random_.edge();
    const std::array<unsigned long, 6> known = {
        WARPZ_UACCE_CMD_START_Q, WARPZ_UACCE_CMD_PUT_Q, WARPZ_CMD_QP_CTX,
        WARPZ_CMD_QP_INFO,       WARPZ_CMD_QP_WINDOW,   0x5702,
    };
    const unsigned long command =
        random_.one_in(4) ? random_.next() : known[random_.below(known.size())];
    const unsigned long argument =
        random_.one_in(4) ? random_.edge() : reinterpret_cast<std::uintptr_t>(memory.data());
    ioctl(victim.file, command, argument);
    if (command == WARPZ_UACCE_CMD_START_Q) victim.tail = 0;
}

void Attacker::map(Victim& victim) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::uint8_t* const region = random_.one_in(2) ? victim.dus : victim.mmio;
    const std::size_t bytes = region == victim.dus ? node_.dus_bytes : node_.mmio_bytes;
    const std::size_t at = random_.next() % bytes / page * page;
    const std::size_t size = std::min<std::size_t>((1 + random_.below(8)) * page, bytes - at);
    switch (random_.below(6)) {
        case 0: {
            const std::uint64_t length = (1 + random_.edge() % (8 << 20)) / page * page + page;
            void* where = mmap(nullptr, length, static_cast<int>(random_.below(8)),
                               random_.one_in(2) ? MAP_SHARED : MAP_PRIVATE, victim.file,
                               static_cast<off_t>(random_.edge() % 64 * page));
            if (where != MAP_FAILED) munmap(where, length);
            break;
        }
        case 1:
            if (region != nullptr) munmap(region + at, size);
            break;
        case 2:
            if (region != nullptr) mprotect(region + at, size, static_cast<int>(random_.below(4)));
            break;
        case 3:
            if (region != nullptr) {
                void* moved = mremap(region + at, size, size, MREMAP_MAYMOVE);
                static_cast<void>(moved);
            }
            break;
        case 4:
            if (region != nullptr) madvise(region + at, size, static_cast<int>(random_.below(26)));
            break;
        default:
            if (region != nullptr) {
                void* spot = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (spot == MAP_FAILED) break;
                void* moved = mremap(region, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, spot);
                static_cast<void>(moved);
                munmap(spot, bytes);
            }
            break;
    }
}

void Attacker::wait(Victim& victim) {
    pollfd request{.fd = victim.file, .events = static_cast<short>(random_.next()), .revents = 0};
    poll(&request, 1, random_.one_in(64) ? 1 : 0);
}

/// A child with the parent's files and none of its regions, which uses what it has and goes in either way.
void Attacker::spawn(Victim& victim) {
    const pid_t child = fork();
    if (child < 0) return;
    if (child == 0) {
        ioctl(victim.file, random_.one_in(2) ? WARPZ_UACCE_CMD_PUT_Q : WARPZ_UACCE_CMD_START_Q);
        if (random_.one_in(2)) raise(SIGKILL);
        _exit(0);
    }
    waitpid(child, nullptr, 0);
}

void Attacker::round() {
    Victim& victim = victims_[random_.below(kVictims)];
    const std::uint32_t choice = random_.below(1000);
    // The first, on a victim that is not there; the second, one that has done its duty.
    if (victim.file < 0 || choice < 4) {
        drop(victim);
        open(victim);
        return;
    }
    is_guarded = 1;
    if (sigsetjmp(escape, 1) == 0) {
        if (choice < 500) {
            submit(victim);
        } else if (choice < 800) {
            ring(victim);
        } else if (choice < 880) {
            scribble(victim);
        } else if (choice < 940) {
            control(victim);
        } else if (choice < 980) {
            wait(victim);
        } else if (choice < 998) {
            map(victim);
        } else {
            spawn(victim);
        }
    } else {
        // What it has unmapped is not there any more: the next one.
        ++faults;
        is_guarded = 0;
        drop(victim);
    }
    is_guarded = 0;
}

}  // namespace

int be_hostile(const Node& node, std::uint64_t rounds, std::uint64_t seed) {
    struct sigaction action {};
    action.sa_handler = on_fault;
    action.sa_flags = SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
    static_assert(std::endian::native == std::endian::little);
    Attacker attacker(node, seed);
    for (std::uint64_t i = 0; i < rounds; ++i) attacker.round();
    std::printf("hostile: %llu rounds, %llu queues, %llu doorbells, %llu faults, %d bus errors\n",
                static_cast<unsigned long long>(rounds),
                static_cast<unsigned long long>(attacker.opened),
                static_cast<unsigned long long>(attacker.doorbells),
                static_cast<unsigned long long>(attacker.faults), static_cast<int>(bus_errors));
    return bus_errors == 0 && attacker.opened > 0 ? 0 : 1;
}

}  // namespace warpz::vm
