// SPDX-License-Identifier: Zlib
// Each rule that the driver and the device keep towards one user, broken once: ioctls, mappings, doorbells, and addresses at
// and beyond each edge of the bounce window. What must not change is filled with a pattern and compared.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "raw_queue.hpp"

namespace warpz::vm {
namespace {

constexpr unsigned kAnswerMs = 20'000;
constexpr unsigned kNoAnswerMs = 300;
constexpr std::uint8_t kCanary = 0xa5;
constexpr int kNoRegion = 42;  // exit status of a child that may not touch the rings

class Edges {
  public:
    explicit Edges(const Node& node) : node_(node), queue_(node, WARPZ_QC_TYPE_COMPRESS) {}

    int run() {
        check_controls();
        check_mappings();
        expect(queue_.start() == 0, "START");
        check_started();
        check_doorbells();
        if (!node_.is_sva) check_poll();
        if (!node_.is_sva) check_addresses();
        check_restart();
        std::printf("edges: %u checks, %u failed\n", checks_, failures_);
        return failures_ == 0 ? 0 : 1;
    }

  private:
    void expect(bool holds, const std::string& what) {
        ++checks_;
        if (holds) return;
        ++failures_;
        std::printf("edges: %s (errno %d)\n", what.c_str(), errno);
    }
    void expect_error(long result, int error, const std::string& what) {
        expect(result == -1 && errno == error, what);
    }

    void check_controls();
    void check_mappings();
    void check_started();
    void check_doorbells();
    void check_poll();
    void check_addresses();
    void check_restart();
    void expect_status(const warpz_zip_sqe& sqe, std::uint8_t status, const std::string& what);
    [[nodiscard]] bool works();
    void fill_canaries();
    void check_canaries(const std::string& after);

    const Node& node_;
    RawQueue queue_;
    unsigned checks_ = 0;
    unsigned failures_ = 0;
};

void Edges::check_controls() {
    const int file = queue_.descriptor();
    warpz_qp_ctx context{.id = 0, .qc_type = WARPZ_QC_TYPE_DECOMPRESS + 1};
    expect_error(ioctl(file, WARPZ_CMD_QP_CTX, &context), EINVAL, "an unknown queue type");
    for (const unsigned long command : {static_cast<unsigned long>(WARPZ_CMD_QP_CTX),
                                        static_cast<unsigned long>(WARPZ_CMD_QP_INFO)}) {
        expect_error(ioctl(file, command, 1), EFAULT, "an ioctl with a bad pointer");
        expect_error(ioctl(file, command, nullptr), EFAULT, "an ioctl with a null pointer");
    }
    expect_error(ioctl(file, WARPZ_CMD_QP_WINDOW, 1), node_.is_sva ? EINVAL : EFAULT,
                 "QP_WINDOW with a bad pointer");
    for (const unsigned long command :
         {0UL, ~0UL, 0x5702UL, 0x80085703UL, static_cast<unsigned long>(_IOWR('H', 12, int))}) {
        expect_error(ioctl(file, command, &context), EINVAL, "an unknown ioctl");
    }
    char byte = 0;
    expect(read(file, &byte, 1) == -1 && write(file, &byte, 1) == -1, "read and write");
    if (node_.is_sva) return;
    const warpz_qp_window& window = queue_.window();
    const std::uint64_t rings = WARPZ_ZIP_DUS_CQ_OFFSET(std::uint64_t{queue_.sq_entries()}) +
                                std::uint64_t{WARPZ_ZIP_CQE_BYTES} * queue_.cq_entries();
    expect(window.offset >= rings && window.length >= 64 << 10 &&
               window.offset + window.length <= WARPZ_ZIP_DUS_RX_STATUS(node_.dus_bytes),
           "the window's place");
}

void Edges::check_mappings() {
    const int file = queue_.descriptor();
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const int both = PROT_READ | PROT_WRITE;
    const auto map = [&](std::size_t bytes, int protection, int flags, std::size_t offset) {
        void* address = mmap(nullptr, bytes, protection, flags, file, static_cast<off_t>(offset));
        return address == MAP_FAILED ? -1L : 0L;
    };
    expect_error(map(node_.mmio_bytes, both, MAP_SHARED, 0), EEXIST, "a second MMIO mapping");
    expect_error(map(node_.dus_bytes, both, MAP_SHARED, page), EEXIST, "a second DUS mapping");
    for (const std::size_t offset : {2 * page, 3 * page, std::size_t{1} << 40}) {
        expect_error(map(page, both, MAP_SHARED, offset), EINVAL, "an unknown region");
    }
    // A queue whose regions are free: sizes and kinds that are wrong leave nothing behind.
    const int fresh = open(node_.path.c_str(), O_RDWR | O_CLOEXEC);
    expect(fresh >= 0, "a second queue");
    const auto map_fresh = [&](std::size_t bytes, int protection, int flags, std::size_t offset) {
        void* address = mmap(nullptr, bytes, protection, flags, fresh, static_cast<off_t>(offset));
        return address == MAP_FAILED ? -1L : 0L;
    };
    for (const std::size_t bytes : {page, node_.dus_bytes - page, node_.dus_bytes + page}) {
        expect_error(map_fresh(bytes, both, MAP_SHARED, page), EINVAL, "DUS of another size");
    }
    expect_error(map_fresh(page, both, MAP_SHARED, 0), EINVAL, "MMIO of another size");
    expect_error(map_fresh(node_.mmio_bytes + page, both, MAP_SHARED, 0), EINVAL, "too much MMIO");
    expect_error(map_fresh(node_.dus_bytes, both, MAP_PRIVATE, page), EINVAL, "DUS, private");
    expect_error(map_fresh(node_.mmio_bytes, both, MAP_PRIVATE, 0), EINVAL, "MMIO, private");
    expect_error(map_fresh(node_.dus_bytes, both | PROT_EXEC, MAP_SHARED, page), EINVAL,
                 "DUS, executable");
    close(fresh);

    // Moving is refused and harms nothing; parts of the doorbell's window cannot be given back, parts of DUS can.
    void* elsewhere = mmap(nullptr, node_.dus_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (const auto& region : {queue_.dus(), queue_.mmio()}) {
        void* moved = mremap(region.data(), region.size(), region.size(),
                             MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere);
        expect(moved == MAP_FAILED, "mremap");
        expect(
            mremap(region.data(), region.size(), 2 * region.size(), MREMAP_MAYMOVE) == MAP_FAILED,
            "growing mremap");
    }
    munmap(elsewhere, node_.dus_bytes);
    expect_error(munmap(queue_.mmio().data(), page), EINVAL, "a part of MMIO unmapped");
    expect_error(mprotect(queue_.mmio().data() + page, page, PROT_READ), EINVAL,
                 "a part of MMIO protected");
    const int half = open(node_.path.c_str(), O_RDWR | O_CLOEXEC);
    void* dus = mmap(nullptr, node_.dus_bytes, both, MAP_SHARED, half, static_cast<off_t>(page));
    expect(dus != MAP_FAILED, "DUS of a third queue");
    if (dus != MAP_FAILED) {
        auto* bytes = static_cast<std::uint8_t*>(dus);
        expect(mprotect(bytes + page, page, PROT_READ) == 0, "a part of DUS protected");
        expect(munmap(bytes + 2 * page, page) == 0, "a part of DUS unmapped");
        expect(munmap(bytes, page) == 0, "the front of DUS unmapped");
        close(half);
        expect(munmap(bytes, node_.dus_bytes) == 0, "the rest of DUS unmapped");
    }
    // A child has neither region; the parent's are as before.
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, [](int) { _exit(kNoRegion); });
        *static_cast<volatile std::uint8_t*>(queue_.dus().data()) = 1;
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == kNoRegion,
           "a child does not have the rings");
}

/// One request that has to succeed, as a sign of life.
bool Edges::works() {
    if (node_.is_sva) return true;
    for (std::size_t i = 0; i < 4096; ++i) {
        queue_.dus()[queue_.window().offset + i] = static_cast<std::uint8_t>(i * i >> 3);
    }
    queue_.submit(queue_.good_request(4096));
    warpz_zip_sqe answer;
    return queue_.take(answer, kAnswerMs) && (answer.dw3 & WARPZ_ZIP_DW3_STATUS_MASK) <= 0x0d &&
           answer.consumed == 4096;
}

void Edges::check_started() {
    const int file = queue_.descriptor();
    expect_error(ioctl(file, WARPZ_UACCE_CMD_START_Q), EINVAL, "a second START");
    warpz_qp_ctx context{.id = 0, .qc_type = WARPZ_QC_TYPE_DECOMPRESS};
    expect_error(ioctl(file, WARPZ_CMD_QP_CTX, &context), EINVAL, "another type while started");
    expect(works(), "a good request");
}

void Edges::check_doorbells() {
    const std::uint64_t good = queue_.number() | std::uint64_t{2} << WARPZ_ZIP_DB_INDEX_SHIFT;
    // Entry 1 is a good request that would be executed if one of these doorbells were taken.
    const warpz_zip_sqe request = queue_.good_request(4096);
    std::memcpy(queue_.sq() + 1, &request, sizeof request);
    warpz_zip_sqe answer;
    const std::uint64_t bad[] = {
        good ^ 1,
        good ^ 0x200,
        good | 0x400,
        good | 0x2000,
        good | 0xf000,
        good | 0x10000,
        good | 1ULL << 48,
        good | 1ULL << 49,
        good | 1ULL << 63,
        queue_.number() | std::uint64_t{queue_.sq_entries()} << WARPZ_ZIP_DB_INDEX_SHIFT,
        queue_.number() | 0xffffULL << WARPZ_ZIP_DB_INDEX_SHIFT,
        ~0ULL,
    };
    for (const std::uint64_t value : bad) queue_.ring(value);
    auto* doorbell = queue_.mmio().data() + WARPZ_ZIP_DOORBELL_OFFSET;
    *reinterpret_cast<volatile std::uint32_t*>(doorbell) = static_cast<std::uint32_t>(good);
    *reinterpret_cast<volatile std::uint32_t*>(doorbell + 4) = 2;
    *reinterpret_cast<volatile std::uint8_t*>(doorbell + 4) = 2;
    for (std::size_t offset = 0; offset + 8 <= queue_.mmio().size(); offset += 512) {
        if (offset == WARPZ_ZIP_DOORBELL_OFFSET) continue;
        *reinterpret_cast<volatile std::uint64_t*>(queue_.mmio().data() + offset) = good;
        const auto read = *reinterpret_cast<volatile std::uint64_t*>(queue_.mmio().data() + offset);
        expect(read == 0, "the window beside the doorbell reads as 0");
    }
    expect(!queue_.take(answer, node_.is_sva ? 0 : kNoAnswerMs), "a bad doorbell is ignored");
    expect(works(), "a good request after bad doorbells");
}

/// poll() tells of a completion until the doorbell acknowledges it, not once.
void Edges::check_poll() {
    pollfd wait{.fd = queue_.descriptor(), .events = POLLIN, .revents = 0};
    expect(poll(&wait, 1, 0) == 0, "poll without a completion");
    queue_.arm();
    queue_.submit(queue_.good_request(4096));
    for (int turn = 0; turn < 2; ++turn) {
        expect(poll(&wait, 1, kAnswerMs) == 1 && (wait.revents & POLLIN) != 0,
               "poll with a completion");
    }
    warpz_zip_sqe answer;
    expect(queue_.take(answer, 0), "the completion that poll told of");
    expect(poll(&wait, 1, 0) == 0, "poll after the acknowledgement");
}

void Edges::fill_canaries() {
    const std::size_t rings = WARPZ_ZIP_DUS_CQ_OFFSET(std::size_t{queue_.sq_entries()}) +
                              std::size_t{WARPZ_ZIP_CQE_BYTES} * queue_.cq_entries();
    std::memset(queue_.dus().data() + rings, kCanary,
                WARPZ_ZIP_DUS_RX_STATUS(node_.dus_bytes) - rings);
}

void Edges::check_canaries(const std::string& after) {
    const std::size_t rings = WARPZ_ZIP_DUS_CQ_OFFSET(std::size_t{queue_.sq_entries()}) +
                              std::size_t{WARPZ_ZIP_CQE_BYTES} * queue_.cq_entries();
    const std::size_t end = WARPZ_ZIP_DUS_RX_STATUS(node_.dus_bytes);
    bool same = true;
    for (std::size_t i = rings; i < end; ++i) same = same && queue_.dus()[i] == kCanary;
    expect(same, after + " wrote something");
    expect(!queue_.is_dead(), after + " changed the status words");
}

void Edges::expect_status(const warpz_zip_sqe& sqe, std::uint8_t status, const std::string& what) {
    queue_.submit(sqe);
    warpz_zip_sqe answer;
    if (!queue_.take(answer, kAnswerMs)) {
        expect(false, what + " is not answered");
        return;
    }
    const auto seen = static_cast<std::uint8_t>(answer.dw3 & WARPZ_ZIP_DW3_STATUS_MASK);
    expect(seen == status, what + ": status " + std::to_string(seen));
    expect(answer.consumed == 0 && answer.produced == 0, what + " has counts");
}

void Edges::check_addresses() {
    const warpz_qp_window& window = queue_.window();
    const std::uint64_t begin = window.address;
    const std::uint64_t end = window.address + window.length;
    const std::uint64_t region_end = begin - window.offset + node_.dus_bytes;
    const std::uint32_t size = 4096;
    const std::uint64_t bad[] = {0,
                                 1,
                                 begin - 1,
                                 begin - 64,
                                 begin - size,
                                 end - size + 1,
                                 end - 1,
                                 end,
                                 end + 64,
                                 region_end - 8,
                                 region_end,
                                 region_end + 4096,
                                 0x7fffffff,
                                 0xffffffff - size + 1,
                                 0x100000000,
                                 begin | 1ULL << 32,
                                 begin | 1ULL << 63,
                                 reinterpret_cast<std::uintptr_t>(queue_.dus().data()),
                                 ~0ULL - size + 1,
                                 ~0ULL - size + 2,
                                 ~0ULL};
    const auto words = [](__le32* to, std::uint64_t address) {
        to[0] = static_cast<std::uint32_t>(address);
        to[1] = static_cast<std::uint32_t>(address >> 32);
    };
    fill_canaries();
    for (const std::uint64_t address : bad) {
        char text[64];
        std::snprintf(text, sizeof text, " at %#llx", static_cast<unsigned long long>(address));
        warpz_zip_sqe sqe = queue_.good_request(size);
        words(sqe.source_addr, address);
        expect_status(sqe, WARPZ_ZIP_STATUS_BAD_ADDRESS, std::string("a source") + text);
        sqe = queue_.good_request(size);
        words(sqe.dest_addr, address);
        expect_status(sqe, WARPZ_ZIP_STATUS_BAD_ADDRESS, std::string("a destination") + text);
        sqe = queue_.good_request(size);
        sqe.dw9 |= WARPZ_ZIP_BUFFER_SGL << WARPZ_ZIP_DW9_BUFFER_SHIFT;
        words(sqe.source_addr, address);
        expect_status(sqe, WARPZ_ZIP_STATUS_BAD_ADDRESS, std::string("a list") + text);
        if (address == 0) continue;  // no context
        sqe = queue_.good_request(size);
        sqe.dw7 |= WARPZ_ZIP_DW7_STATEFUL;
        words(sqe.stream_ctx_addr, address);
        expect_status(sqe, WARPZ_ZIP_STATUS_BAD_ADDRESS, std::string("a context") + text);
    }
    check_canaries("a bad address");

    // Lists in the window that name what is outside, that have no end, or too many entries.
    struct List {
        warpz_zip_sge entry;
        alignas(8) warpz_zip_sgl head;  // with room for entries only at its end
    };
    const auto list_status = [&](const std::string& what, auto change) {
        fill_canaries();
        List list{};
        list.head.chain_entries = list.head.entries = list.head.capacity = 1;
        list.entry.address = begin + 4096;
        list.entry.length = size;
        change(list);
        std::uint8_t* to = queue_.dus().data() + window.offset;
        std::memcpy(to, &list.head, sizeof list.head);
        std::memcpy(to + sizeof list.head, &list.entry, sizeof list.entry);
        warpz_zip_sqe sqe = queue_.good_request(size);
        sqe.dw9 |= WARPZ_ZIP_BUFFER_SGL << WARPZ_ZIP_DW9_BUFFER_SHIFT;
        words(sqe.source_addr, begin);
        words(sqe.dest_addr, begin);
        queue_.submit(sqe);
        warpz_zip_sqe answer;
        const bool is_answered = queue_.take(answer, kAnswerMs);
        expect(is_answered, what + " is answered");
        if (is_answered) {
            const std::uint32_t status = answer.dw3 & WARPZ_ZIP_DW3_STATUS_MASK;
            expect(status >= WARPZ_ZIP_STATUS_BAD_REQUEST || status == WARPZ_ZIP_STATUS_NO_SPACE,
                   what + ": status " + std::to_string(status));
        }
        std::memset(to, kCanary, sizeof list);
        check_canaries(what);
    };
    for (const std::uint64_t address : bad) {
        list_status("a list's entry outside", [&](List& list) { list.entry.address = address; });
        if (address != 0) {
            list_status("a list that goes on outside", [&](List& list) {
                list.head.chain_entries = 2;
                list.entry.length = 64;
                list.head.next = address;
            });
        }
    }
    list_status("a list that is its own end", [&](List& list) {
        list.head.next = begin;
        list.head.chain_entries = 0xffff;
        list.entry.length = 0;
    });
    list_status("a list with more entries than it holds",
                [&](List& list) { list.head.entries = list.head.chain_entries = 0xffff; });
    list_status("an entry of 4 GiB", [&](List& list) { list.entry.length = 0xffffffff; });

    // Fields that break a rule.
    fill_canaries();
    const auto bad_field = [&](const std::string& what, auto change) {
        warpz_zip_sqe sqe = queue_.good_request(size);
        change(sqe);
        expect_status(sqe, WARPZ_ZIP_STATUS_BAD_REQUEST, what);
    };
    bad_field("no input", [](warpz_zip_sqe& sqe) { sqe.input_length = 0; });
    bad_field("too much input",
              [](warpz_zip_sqe& sqe) { sqe.input_length = WARPZ_ZIP_MAX_BYTES + 1; });
    bad_field("all the input", [](warpz_zip_sqe& sqe) { sqe.input_length = 0xffffffff; });
    for (const std::uint32_t request : {0x00U, 0x04U, 0x10U, 0x40U, 0x44U, 0xffU}) {
        bad_field("request " + std::to_string(request), [&](warpz_zip_sqe& sqe) {
            sqe.dw9 = (sqe.dw9 & ~WARPZ_ZIP_DW9_REQUEST_MASK) | request;
        });
    }
    bad_field("buffer type 2", [](warpz_zip_sqe& sqe) { sqe.dw9 |= 0x200; });
    bad_field("SQE type 0", [](warpz_zip_sqe& sqe) { sqe.dw7 &= ~WARPZ_ZIP_DW7_SQE_TYPE_MASK; });
    check_canaries("a bad field");
    expect(works(), "a good request after bad ones");
}

void Edges::check_restart() {
    expect(queue_.stop() == 0, "PUT");
    expect(queue_.is_dead(), "a stopped queue says so");
    expect(queue_.stop() == 0, "a second PUT");
    expect(queue_.start() == 0, "START again");
    expect(!queue_.is_dead(), "a started queue says so");
    expect(works(), "a good request after START");
}

}  // namespace

int check_edges(const Node& node) { return Edges(node).run(); }

}  // namespace warpz::vm
