// SPDX-License-Identifier: Zlib
// Discovery on fake trees, and the life of a uacce queue against a kernel that keeps a log.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <chrono>

#include "device/device_fixture.hpp"
#include "device/fake_uacce.hpp"
#include "device/uacce_device.hpp"

using namespace warpz;
using namespace warpz::device;
using namespace warpz::test;
using model::ModelOptions;

namespace {

std::vector<std::string> found(const FakeRoot& root, std::size_t room = 8) {
    std::vector<UacceNode> nodes(room);
    nodes.resize(find_uacce_nodes(root.roots(), nodes));
    std::vector<std::string> names;
    for (const UacceNode& node : nodes) names.emplace_back(node.info.name);
    return names;
}

NodeVerdict verdict(const FakeRoot& root, const char* name = "hisi_zip-0") {
    UacceNode node;
    return read_uacce_node(root.roots(), name, node);
}

using Names = std::vector<std::string>;

UacceNode node_for(const FakeKernel::Options& options) {
    UacceNode node{};
    std::snprintf(node.info.name, sizeof node.info.name, "%s", "hisi_zip-3");
    node.info.generation = options.generation;
    node.info.address_mode = options.has_window ? AddressMode::kBounce : AddressMode::kShared;
    node.info.formats = options.generation == Generation::kV3 ? 7 : 6;
    node.mmio_bytes = options.mmio_bytes;
    node.dus_bytes = options.dus_bytes;
    return node;
}

FakeKernel::Options with_window() {
    FakeKernel::Options options;
    options.has_window = true;
    options.dus_bytes = 1 << 20;
    options.window_offset = 65'536;
    options.window_bytes = (1 << 20) - 65'536 - 4096;
    return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(discovery)

BOOST_AUTO_TEST_CASE(nothing_is_found_where_nothing_is) {
    FakeRoot root;
    BOOST_TEST(found(root).empty());
    UacceNode node;
    BOOST_TEST(find_uacce_nodes({"/nonexistent", "/dev"}, {&node, 1}) == 0U);
}

BOOST_AUTO_TEST_CASE(what_mainline_shows_is_understood) {
    FakeRoot root;
    root.add_device("hisi_zip-0");
    UacceNode node;
    BOOST_REQUIRE((read_uacce_node(root.roots(), "hisi_zip-0", node) == NodeVerdict::kUsable));
    BOOST_TEST(std::string(node.info.name) == "hisi_zip-0");
    BOOST_TEST((node.info.generation == Generation::kV3));
    BOOST_TEST((node.info.address_mode == AddressMode::kShared));
    BOOST_TEST(node.info.formats == 15);
    BOOST_TEST(node.info.numa_node == 0);
    BOOST_TEST(node.mmio_bytes == 65'536U);
    BOOST_TEST(node.dus_bytes == 151'552U);
    BOOST_TEST(node.available == 256U);
    BOOST_TEST(read_available_queues(root.roots(), "hisi_zip-0") == 256U);
    BOOST_TEST(read_available_queues(root.roots(), "hisi_zip-1") == 0U);
}

BOOST_AUTO_TEST_CASE(apis_are_told_apart) {
    FakeRoot root;
    const auto generation = [&](std::string_view api) {
        root.add_device("hisi_zip-0", api);
        UacceNode node;
        if (read_uacce_node(root.roots(), "hisi_zip-0", node) != NodeVerdict::kUsable) return 0;
        return static_cast<int>(node.info.generation);
    };
    BOOST_TEST(generation("hisi_qm_v2\n") == 2);
    BOOST_TEST(generation("hisi_qm_v3\n") == 3);
    BOOST_TEST(generation("hisi_qm_v4\n") == 3);
    BOOST_TEST(generation("hisi_qm_v5") == 3);
    BOOST_TEST(generation("hisi_qm_v12\n") == 3);
    BOOST_TEST(generation("hisi_qm_v1\n") == 0);
    BOOST_TEST(generation("hisi_qm_v\n") == 0);
    BOOST_TEST(generation("hisi_qm_v2_noiommu\n") == 0);
    BOOST_TEST(generation("hisi_qm_v3 \n") == 3);
    BOOST_TEST(generation("hisi_qm_v99999999999999999999\n") == 0);
    BOOST_TEST(generation("other_api\n") == 0);
    BOOST_TEST(generation("") == 0);
    // v2 has no raw deflate even where the list names it.
    root.add_device("hisi_zip-0", "hisi_qm_v2\n");
    UacceNode node;
    BOOST_TEST((read_uacce_node(root.roots(), "hisi_zip-0", node) == NodeVerdict::kUsable));
    BOOST_TEST(node.info.formats == 6);
}

BOOST_AUTO_TEST_CASE(unusable_devices_are_passed_over_with_a_reason) {
    FakeRoot root;
    const auto changed = [&](const std::string& attribute, std::string_view content) {
        root.add_device("hisi_zip-0");
        root.write("hisi_zip-0", attribute, content);
        return verdict(root);
    };
    const auto without = [&](const std::string& attribute) {
        root.add_device("hisi_zip-0");
        root.remove("hisi_zip-0", attribute);
        return verdict(root);
    };
    using enum NodeVerdict;
    BOOST_TEST((changed("flags", "3\n") == kNoApi));  // the vendor's mode without an IOMMU
    BOOST_TEST((changed("flags", "junk\n") == kNoApi));
    BOOST_TEST((without("flags") == kNoApi));
    BOOST_TEST((without("api") == kNoApi));
    BOOST_TEST((changed("algorithms", "lz77_zstd\n") == kNoAlgorithm));
    BOOST_TEST((changed("algorithms", "xzlib\nzlib2\n") == kNoAlgorithm));
    BOOST_TEST((without("algorithms") == kNoAlgorithm));
    BOOST_TEST((changed("algorithms", "gzip") == kUsable));
    BOOST_TEST((changed("region_mmio_size", "4096\n") == kNoRegions));
    BOOST_TEST((changed("region_dus_size", "0\n") == kNoRegions));
    BOOST_TEST((changed("region_dus_size", "151553\n") == kNoRegions));
    BOOST_TEST((changed("region_dus_size", "18446744073709551608\n") == kNoRegions));
    BOOST_TEST((changed("region_dus_size", "-8\n") == kNoRegions));
    BOOST_TEST((without("region_mmio_size") == kNoRegions));
    BOOST_TEST((changed("isolate", "1\n") == kIsolated));
    BOOST_TEST((without("isolate") == kUsable));
    BOOST_TEST((without("available_instances") == kUsable));
    BOOST_TEST((without("device/numa_node") == kUsable));
    BOOST_TEST((verdict(root, "none") == kNoApi));
    BOOST_TEST((verdict(root, std::string(64, 'x').c_str()) == kNoApi));
    BOOST_TEST((verdict(root, std::string(5000, 'x').c_str()) == kNoApi));
    root.write("hisi_zip-0", "isolate", "1\n");
    BOOST_TEST(found(root).empty());
    BOOST_TEST(read_available_queues(root.roots(), "hisi_zip-0") == 0U);
}

BOOST_AUTO_TEST_CASE(flags_decide_how_addresses_are_given) {
    FakeRoot root;
    root.add_device("warpz_zip-0");
    UacceNode node;
    for (const auto& [flags, mode] :
         {std::pair{"1\n", AddressMode::kShared}, std::pair{"0\n", AddressMode::kBounce},
          std::pair{"128\n", AddressMode::kBounce}}) {
        root.write("warpz_zip-0", "flags", flags);
        BOOST_REQUIRE((read_uacce_node(root.roots(), "warpz_zip-0", node) == NodeVerdict::kUsable));
        BOOST_TEST((node.info.address_mode == mode));
    }
}

BOOST_AUTO_TEST_CASE(the_nearest_device_comes_first) {
    FakeRoot root;
    unsigned cpu = 0;
    unsigned here = 0;
    BOOST_REQUIRE(getcpu(&cpu, &here) == 0);
    root.write_file("sys/devices/system/node/node" + std::to_string(here) + "/distance",
                    "20 12 10 31\n");
    for (int i = 0; i < 5; ++i) root.add_device("hisi_zip-" + std::to_string(i));
    const char* nodes[] = {"0\n", "1\n", "2\n", "-1\n", "2\n"};
    for (int i = 0; i < 5; ++i) {
        root.write("hisi_zip-" + std::to_string(i), "device/numa_node", nodes[i]);
    }
    root.write("hisi_zip-4", "available_instances", "300\n");
    root.write_file("sys/class/uacce/not-a-device", "");
    BOOST_TEST((found(root) ==
                Names{"hisi_zip-4", "hisi_zip-2", "hisi_zip-1", "hisi_zip-0", "hisi_zip-3"}));
    BOOST_TEST(found(root, 2).size() == 2U);
    BOOST_TEST(found(root, 0).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(uacce)

BOOST_AUTO_TEST_CASE(a_queue_is_opened_and_closed_in_order) {
    FakeKernel kernel({});
    UacceDevice device(node_for(kernel.options), {}, FakeKernel::calls());
    for (const Operation operation : {Operation::kDeflate, Operation::kInflate}) {
        kernel.log.clear();
        const Queue queue = open_queue(device, operation);
        const char* type = operation == Operation::kDeflate ? "ctx 0" : "ctx 1";
        BOOST_TEST(
            (kernel.log == Names{"open hisi_zip-3", "map 1", "map 0", type, "info", "start"}));
        kernel.log.clear();
        queue->stop();
        BOOST_TEST((kernel.log == Names{"put"}));
    }
    BOOST_TEST((kernel.log == Names{"put", "close"}));
}

BOOST_DATA_TEST_CASE(streams_pass_in_both_address_modes,
                     boost::unit_test::data::make({2, 3}) *
                         boost::unit_test::data::make({false, true}),
                     generation, has_window) {
    FakeKernel::Options options = has_window ? with_window() : FakeKernel::Options{};
    options.generation = static_cast<Generation>(generation);
    FakeKernel kernel(options);
    UacceDevice device(node_for(options), {}, FakeKernel::calls());
    const Bytes plain = make_sample(Sample::kMixed, 900'000);
    const Queue deflating = open_queue(device, Operation::kDeflate, {.spin_us = 0});
    const Queue inflating = open_queue(device, Operation::kInflate, {.spin_us = 0});
    for (const Format format : {Format::kZlib, Format::kGzip}) {
        const Bytes packed = deflate_on(*deflating, format, plain, 20'000);  // more than the ring
        BOOST_REQUIRE(inflate_by_zlib(format, packed) == plain);
        BOOST_REQUIRE(inflate_on(*inflating, format, packed, 30'000, 100'000) == plain);
    }
    BOOST_TEST(kernel.bad_doorbells == 0U);
}

BOOST_AUTO_TEST_CASE(old_kernels_without_queue_info_have_rings_of_1024) {
    FakeKernel::Options options;
    options.has_info = false;
    options.depth = 1024;
    FakeKernel kernel(options);
    UacceDevice device(node_for(options), {}, FakeKernel::calls());
    const Queue queue = open_queue(device, Operation::kDeflate, {.spin_us = 0, .max_in_flight = 0});
    BOOST_TEST(queue->free_slots() == 1023U);
    const Bytes plain = make_sample(Sample::kText, 40'000);
    BOOST_TEST(
        (inflate_by_zlib(Format::kZlib, deflate_on(*queue, Format::kZlib, plain, 20)) == plain));
}

BOOST_AUTO_TEST_CASE(whatever_fails_leaves_nothing_open) {
    using Options = FakeKernel::Options;
    const auto status = [](auto change) {
        Options options;
        change(options);
        FakeKernel kernel(options);  // its end requires that nothing is left
        UacceDevice device(node_for(options), {}, FakeKernel::calls());
        return QueuePair::open(device, Operation::kDeflate, {}).status();
    };
    BOOST_TEST(status([](Options& o) { o.open_error = EBUSY; }) == Status::kBusy);
    BOOST_TEST(status([](Options& o) { o.queues = 0; }) == Status::kBusy);
    for (const int error : {ENOENT, EACCES, EPERM, ENODEV, ENXIO, EOPNOTSUPP, EINVAL}) {
        BOOST_TEST(status([&](Options& o) { o.open_error = error; }) == Status::kNoDevice);
    }
    BOOST_TEST(status([](Options& o) { o.open_error = EMFILE; }) == Status::kNoMemory);
    BOOST_TEST(status([](Options& o) { o.fails_dus = true; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.fails_mmio = true; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.context_error = EINVAL; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.start_error = ENXIO; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.first_number = 1024; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.sqe_bytes = 64; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.depth = 1; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.depth = 1100; }) ==
               Status::kNoDevice);  // beyond the region
    BOOST_TEST(status([](Options& o) { o.depth = 0xffff; }) == Status::kNoDevice);
}

BOOST_AUTO_TEST_CASE(windows_lie_between_rings_and_status_words) {
    const auto status = [](auto change) {
        FakeKernel::Options options = with_window();
        change(options);
        FakeKernel kernel(options);
        UacceDevice device(node_for(options), {}, FakeKernel::calls());
        const Result<QueuePair*> queue = QueuePair::open(device, Operation::kDeflate, {});
        if (queue) QueuePair::close(*queue);
        return queue.status();
    };
    using Options = FakeKernel::Options;
    BOOST_TEST(status([](Options&) {}) == Status::kOk);
    BOOST_TEST(status([](Options& o) { o.window_bytes = (1 << 20) - 65'536 - 8; }) == Status::kOk);
    BOOST_TEST(status([](Options& o) { o.window_bytes = (1 << 20) - 65'536 - 7; }) ==
               Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.window_offset = 32 * 144; }) == Status::kOk);
    BOOST_TEST(status([](Options& o) { o.window_offset = 32 * 144 - 1; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.window_offset = ~0ULL; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.window_bytes = ~0ULL; }) == Status::kNoDevice);
    BOOST_TEST(status([](Options& o) { o.window_address = ~0ULL - 1000; }) == Status::kNoDevice);
    // A driver without windows, as hisi_zip on a machine without SVA.
    FakeKernel::Options options = with_window();
    options.has_window = false;
    FakeKernel kernel(options);
    UacceNode node = node_for(options);
    node.info.address_mode = AddressMode::kBounce;
    UacceDevice device(node, {}, FakeKernel::calls());
    BOOST_TEST(QueuePair::open(device, Operation::kDeflate, {}).status() == Status::kNoDevice);
}

BOOST_AUTO_TEST_CASE(resets_removals_and_hangs_end_the_queue) {
    const Bytes in = make_sample(Sample::kText, 8192);
    Bytes out(deflate_output_bytes(in.size()));
    const Job job{.in = in, .out = out};
    FakeKernel kernel({});
    UacceDevice device(node_for(kernel.options), {}, FakeKernel::calls());

    // A reset while nothing is in flight shows at the next submission.
    Queue queue = open_queue(device, Operation::kDeflate, impatient());
    BOOST_TEST(run(*queue, job).outcome == Outcome::kDone);
    kernel.reset();
    BOOST_TEST(queue->submit(job) == Status::kNoDevice);
    BOOST_TEST(queue->fault() == Fault::kReset);

    // With a job in flight; what was answered before counts.
    queue = open_queue(device, Operation::kDeflate, impatient());
    BOOST_TEST(queue->submit(job) == Status::kOk);
    kernel.work();
    BOOST_TEST(queue->submit(job) == Status::kOk);
    kernel.reset();
    Completion done[4];
    BOOST_TEST(queue->wait(done, 1'000'000) == 2U);
    BOOST_TEST(done[0].outcome == Outcome::kDone);
    BOOST_TEST(done[1].outcome == Outcome::kLost);
    BOOST_TEST(queue->fault() == Fault::kReset);

    queue = open_queue(device, Operation::kDeflate, impatient());
    kernel.is_hung = true;
    kernel.log.clear();
    BOOST_TEST(run(*queue, job).outcome == Outcome::kLost);
    BOOST_TEST(queue->fault() == Fault::kTimeout);
    BOOST_TEST((kernel.log == Names{"put"}));  // before the buffers came back
    kernel.is_hung = false;

    queue = open_queue(device, Operation::kDeflate, impatient());
    BOOST_TEST(queue->submit(job) == Status::kOk);
    kernel.is_removed = true;
    BOOST_TEST(queue->wait(done, 1'000'000) == 1U);
    BOOST_TEST(done[0].outcome == Outcome::kLost);
    BOOST_TEST(queue->fault() == Fault::kRemoved);
}

BOOST_AUTO_TEST_CASE(a_lost_event_delays_and_loses_nothing) {
    FakeKernel kernel({});
    kernel.is_deaf = true;
    UacceDevice device(node_for(kernel.options), {}, FakeKernel::calls());
    const Queue queue = open_queue(device, Operation::kDeflate);
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(round_trip(*queue, make_sample(Sample::kText, 8192)));
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(4)));
}

BOOST_AUTO_TEST_CASE(a_storm_of_signals_only_wakes) {
    ModelOptions options;
    options.has_thread = true;
    options.faults.faults[0] = {model::FaultKind::kLate, 0, 1, 30'000};
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate, {.spin_us = 0});
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, &before);
    const itimerval often{{0, 500}, {0, 500}};
    const itimerval never{};
    setitimer(ITIMER_REAL, &often, nullptr);
    for (int i = 0; i < 20; ++i) BOOST_TEST(round_trip(*queue, make_sample(Sample::kText, 8192)));
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    BOOST_TEST(kKernelCalls.poll(ends[0], 5'000'000) == 0);  // early, and no error
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before, nullptr);
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(an_isolated_device_is_not_opened) {
    FakeKernel kernel({});
    FakeRoot root;
    root.add_device("hisi_zip-3");
    UacceDevice device(node_for(kernel.options), root.roots(), FakeKernel::calls());
    BOOST_TEST(device.available_queues() == 256U);
    root.write("hisi_zip-3", "isolate", "1\n");
    BOOST_TEST(QueuePair::open(device, Operation::kDeflate, {}).status() == Status::kNoDevice);
    BOOST_TEST(kernel.log.empty());
    BOOST_TEST(device.available_queues() == 0U);
}

BOOST_AUTO_TEST_CASE(the_completion_ring_cannot_be_written_by_accident) {
    FakeKernel::Options options;
    options.depth = 1024;
    FakeKernel kernel(options);
    UacceDevice device(node_for(options), {}, FakeKernel::calls());
    const Result<Channel*> channel = device.open_channel(Operation::kDeflate);
    BOOST_REQUIRE_EQUAL(channel.status(), Status::kOk);
    const std::uint8_t* ring = (*channel)->regions().dus + 131'072;
    // Reading into it is refused by the kernel where writing is not allowed.
    const int zero = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    BOOST_TEST(::read(zero, const_cast<std::uint8_t*>(ring), 16) == -1);
    BOOST_TEST(::read(zero, (*channel)->regions().dus, 16) == 16);
    ::close(zero);
    (*channel)->close();
}

BOOST_AUTO_TEST_CASE(the_kernels_calls_report_errors_as_numbers) {
    BOOST_TEST(kKernelCalls.open("/nonexistent/device") == -ENOENT);
    const int file = kKernelCalls.open("/dev/null");
    BOOST_REQUIRE(file >= 0);
    BOOST_TEST((::fcntl(file, F_GETFD) & FD_CLOEXEC) != 0);
    BOOST_TEST(kKernelCalls.control(file, WARPZ_UACCE_CMD_START_Q, nullptr) == -ENOTTY);
    BOOST_TEST(kKernelCalls.map(file, 4096, 0) == nullptr);
    BOOST_TEST(kKernelCalls.poll(file, 1000) == 1);
    BOOST_TEST(kKernelCalls.close(file) == 0);
    BOOST_TEST(kKernelCalls.close(file) == -EBADF);
    BOOST_TEST(kKernelCalls.poll(file, 1000) == -ENODEV);
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    BOOST_TEST(kKernelCalls.poll(ends[0], 2000) == 0);
    ::close(ends[1]);
    BOOST_TEST(kKernelCalls.poll(ends[0], 2000) == -ENODEV);
    ::close(ends[0]);
}

BOOST_AUTO_TEST_SUITE_END()
