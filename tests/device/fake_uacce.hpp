// SPDX-License-Identifier: Zlib
// A uacce driver and its device for tests: a tree of sysfs attributes in a scratch folder, and a table of system calls
// with queues behind it. The device sees its own mapping of the shared region, as hardware would, and executes
// descriptors when it is polled or asked to.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "device/model/descriptor_executor.hpp"
#include "device/system_calls.hpp"
#include "device/uacce_discovery.hpp"

namespace warpz::test {

/// A scratch folder that stands for / and goes away with the object.
class FakeRoot {
  public:
    FakeRoot();
    ~FakeRoot();
    FakeRoot(const FakeRoot&) = delete;
    FakeRoot& operator=(const FakeRoot&) = delete;

    /// Writes sys/class/uacce/<device>/<attribute>; the folders are made.
    void write(const std::string& device, const std::string& attribute, std::string_view content);
    void write_file(const std::string& path, std::string_view content);
    void remove(const std::string& device, const std::string& attribute);
    /// A device with all that mainline's hisi_zip shows.
    void add_device(const std::string& name, std::string_view api = "hisi_qm_v3\n");
    [[nodiscard]] device::SystemRoots roots() const { return {sys_.c_str(), dev_.c_str()}; }

  private:
    std::filesystem::path path_;
    std::string sys_;
    std::string dev_;
};

/// The kernel's side. One at a time; the table's functions use the one that exists.
class FakeKernel {
  public:
    struct Options {
        device::Generation generation = device::Generation::kV3;
        unsigned queues = 4;
        bool has_info = true;      ///< QP_INFO is answered
        bool has_window = false;   ///< QP_WINDOW is answered: addresses are offsets
        std::uint16_t depth = 32;  ///< in QP_INFO
        std::size_t dus_bytes = 151'552;
        std::size_t mmio_bytes = 8192;
        int open_error = 0;  ///< errno
        int start_error = 0;
        int context_error = 0;
        bool fails_dus = false;
        bool fails_mmio = false;
        std::uint16_t first_number = 5;
        std::uint64_t window_offset = 65'536;
        std::uint64_t window_bytes = 65'536;
        std::uint64_t window_address = 0x10000;
        std::uint32_t sqe_bytes = 128;
    };
    explicit FakeKernel(const Options& options);
    ~FakeKernel();
    FakeKernel(const FakeKernel&) = delete;
    FakeKernel& operator=(const FakeKernel&) = delete;

    [[nodiscard]] static const device::SystemCalls& calls();

    Options options;
    bool is_hung = false;     ///< descriptors stay where they are
    bool is_deaf = false;     ///< work is done, and poll() does not tell
    bool is_removed = false;  ///< poll() fails, control() fails
    /// "open NAME", "map 1", "ctx 0", "info", "window", "start", "put", "close"
    std::vector<std::string> log;
    unsigned open_queues = 0;
    unsigned mappings = 0;
    std::uint64_t bad_doorbells = 0;

    /// Executes what doorbells have announced on all queues. Returns how many.
    unsigned work();
    /// What the kernel does before a reset.
    void reset();

  private:
    struct Queue;
    friend struct FakeCalls;
    std::vector<Queue*> queues_;
};

}  // namespace warpz::test
