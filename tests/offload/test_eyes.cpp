// SPDX-License-Identifier: Zlib
// What others see of a process: the page with its counters, the summary at its end, and the log of a device that fails.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>

#include "base/scratch_file.hpp"
#include "engine/stats.hpp"
#include "offload/in_child.hpp"
#include "offload/model.hpp"
#include "offload/run_folder.hpp"
#include "offload/stats_page.hpp"
#include "offload/streams.hpp"

using namespace warpz::test;
using warpz::engine::StatsPage;

namespace {

const Bytes& sample() {
    static const Bytes bytes = make_sample(Sample::kMixed, 600'000);
    return bytes;
}

void deflate_sample() {
    Packer packer(6, 31);
    packer.write(sample().data(), sample().size(), Z_FINISH, 50'000);
    demand(unpack_whole(packer.out, 31) == sample(), "other bytes");
}

/// Value of a counter in a summary line; 0 when it is not there.
std::uint64_t value_of(const std::string& line, const std::string& name) {
    const auto at = line.find(" " + name + "=");
    return at == std::string::npos ? 0 : std::stoull(line.substr(at + name.size() + 2));
}

unsigned open_descriptors() {
    unsigned count = 0;
    for (int fd = 0; fd < 256; ++fd) count += fcntl(fd, F_GETFD) != -1;
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(eyes)

BOOST_AUTO_TEST_CASE(the_page_shows_the_counters_to_the_owner_while_the_process_lives) {
    const RunFolder folder;
    in_child(
        {{"WARPZ_RUN_DIR", folder.path()}, {"WARPZ_THREADS", "2"}, {"WARPZ_MIN_BYTES", "1"}}, [&] {
            umask(0);
            demand(folder.names().empty(), "a page before it is wanted");
            const unsigned before = open_descriptors();
            deflate_sample();
            demand(open_descriptors() == before, "a descriptor stays");
            struct stat status {};
            demand(stat(folder.page_path().c_str(), &status) == 0, "no page");
            demand((status.st_mode & 07777) == 0600, "its mode");
            const RunFolder::Page page = folder.read_page();
            demand(page != nullptr, "its size");
            demand(page->magic == StatsPage::kMagic, "magic");
            demand(page->pid == static_cast<std::uint32_t>(getpid()), "pid");
            demand(page->start_ticks != 0 &&
                       page->start_ticks == warpz::offload::start_ticks_of(page->pid),
                   "start time");
            demand(page->stats.deflate_streams.value() == 1, "streams");
            demand(
                page->stats.pool.in_bytes.value() == warpz::engine::stats().pool.in_bytes.value(),
                "bytes");
            demand(page->stats.pool.in_bytes.value() > 500'000, "few bytes");
            return Bytes{};
        });
    BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_CASE(a_process_that_offloads_nothing_has_no_page) {
    const RunFolder folder;
    in_child({{"WARPZ_RUN_DIR", folder.path()}}, [&] {
        deflate_sample();
        demand(folder.names().empty(), "a page");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(no_run_directory_and_no_space_are_no_error) {
    in_child({{"WARPZ_RUN_DIR", "/nonexistent"}, {"WARPZ_THREADS", "2"}, {"WARPZ_MIN_BYTES", "1"}},
             [] {
                 deflate_sample();
                 demand(warpz::engine::stats().deflate_streams.value() == 1, "not counted");
                 return Bytes{};
             });
}

BOOST_AUTO_TEST_CASE(a_forked_child_counts_for_itself) {
    // On a device without threads: what those of a pool hold on their stacks looks lost to a leak checker in a child.
    const RunFolder folder;
    const ScratchFile summary;
    in_child({{"WARPZ_RUN_DIR", folder.path()},
              {"WARPZ_STATS", summary.path()},
              {"WARPZ_DEVICE", "model"},
              {"WARPZ_MIN_BYTES", "1"}},
             [&] {
                 deflate_sample();
                 const int idle = fork();
                 if (idle == 0) std::exit(0);
                 demand(exit_code_of(idle) == 0, "idle child");
                 demand(folder.names().size() == 1, "the child took its parent's page");
                 const int busy = fork();
                 if (busy == 0) {
                     const bool is_new = warpz::engine::stats().deflate_streams.value() == 0;
                     deflate_sample();
                     deflate_sample();
                     const bool is_shown = folder.names().size() == 2;
                     std::exit(is_new && is_shown ? 0 : 1);
                 }
                 demand(exit_code_of(busy) == 0, "busy child");
                 demand(warpz::engine::stats().deflate_streams.value() == 1, "the child's streams");
                 demand(folder.names().size() == 1, "the child's page stays");
                 return Bytes{};
             });
    BOOST_TEST(folder.names().empty());
    std::istringstream lines(summary.text());
    std::string child;
    std::string parent;
    std::string more;
    BOOST_TEST(static_cast<bool>(std::getline(lines, child)));
    BOOST_TEST(static_cast<bool>(std::getline(lines, parent)));
    BOOST_TEST(!std::getline(lines, more));
    BOOST_TEST(value_of(child, "deflate_streams") == 2U, child);
    BOOST_TEST(value_of(parent, "deflate_streams") == 1U, parent);
    BOOST_TEST(value_of(parent, "deflate_queue.in_bytes") > 500'000U, parent);
    BOOST_TEST(value_of(child, "deflate_queue.in_bytes") ==
               2 * value_of(parent, "deflate_queue.in_bytes"));
}

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_a_page_that_the_next_of_its_number_replaces,
                     *boost::unit_test::precondition(without_thread_sanitizer)) {
    const RunFolder folder;
    in_child({{"WARPZ_RUN_DIR", folder.path()}, {"WARPZ_THREADS", "2"}, {"WARPZ_MIN_BYTES", "1"}},
             [&] {
                 std::ofstream(folder.page_path()) << "stale";
                 deflate_sample();
                 demand(folder.read_page() != nullptr, "stale page");
                 const int child = fork();
                 if (child == 0) {
                     deflate_sample();
                     raise(SIGKILL);
                 }
                 demand(exit_code_of(child) == 128 + SIGKILL, "not killed");
                 demand(folder.names().size() == 2, "its page");
                 demand(warpz::offload::start_ticks_of(static_cast<std::uint32_t>(child)) == 0,
                        "it is not known to be gone");
                 return Bytes{};
             });
}

BOOST_AUTO_TEST_CASE(the_summary_goes_to_the_log_where_no_file_is_named) {
    const ScratchFile log;
    in_child({{"WARPZ_LOG", (std::string(log.path()) + ":error").c_str()}, {"WARPZ_STATS", "1"}},
             [] {
                 deflate_sample();
                 return Bytes{};
             });
    BOOST_TEST(log.text().find("]: test_offload: nothing was offloaded\n") != std::string::npos,
               log.text());
}

BOOST_AUTO_TEST_CASE(a_failing_device_is_told_once) {
    const ScratchFile log;
    in_child({{"WARPZ_LOG", log.path()}, {"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", "1"}}, [] {
        warpz::device::model::ModelOptions options;
        for (std::uint64_t i = 0; i < 3; ++i) {
            options.faults.faults[i] = {warpz::device::model::FaultKind::kBitFlip, i * 2, 1, 1001};
        }
        install_model(options);
        deflate_sample();
        deflate_sample();
        deflate_sample();
        demand(warpz::engine::stats().verify_failures.value() > 1, "no failures");
        return Bytes{};
    });
    const std::string text = log.text();
    const auto first = text.find("did not decode");
    BOOST_TEST(first != std::string::npos, text);
    BOOST_TEST(text.find("did not decode", first + 1) == std::string::npos, text);
    BOOST_TEST(text.find("devices: 1, the first is model") != std::string::npos, text);
}

BOOST_AUTO_TEST_SUITE_END()
