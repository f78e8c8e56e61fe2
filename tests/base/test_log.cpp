// SPDX-License-Identifier: Zlib
// The log: silent unless asked, one line for each kind of event, and no harm to the program that it is in.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <regex>
#include <string>

#include "base/log.hpp"
#include "base/scratch_file.hpp"
#include "base/text.hpp"
#include "offload/in_child.hpp"

using namespace warpz;
using namespace warpz::test;

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(without_a_log_nothing_is_written_or_opened) {
    in_child({}, [] {
        const int before = dup(0);
        close(before);
        log_once(Event::kFault, LogLevel::kError, "lost");
        const int after = dup(0);
        if (after != before) throw std::runtime_error("a descriptor");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(each_kind_of_event_is_told_once_and_from_its_level_on) {
    const ScratchFile log;
    in_child({{"WARPZ_LOG", (std::string(log.path()) + ":warning").c_str()}}, [] {
        for (int i = 0; i < 100; ++i) {
            errno = 77;
            log_once(Event::kFault, LogLevel::kWarning, "queue lost");
            log_once(Event::kDevice, LogLevel::kInfo, "too much");
            log_once(Event::kVerify, LogLevel::kError, "wrong bytes");
            if (errno != 77) throw std::runtime_error("errno");
        }
        return Bytes{};
    });
    const std::regex expected(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ warpz\[\d+\]: queue lost\n)"
                              R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ warpz\[\d+\]: wrong bytes\n)");
    BOOST_TEST(std::regex_match(log.text(), expected), log.text());
    const std::time_t now = std::time(nullptr);
    char day[16];
    std::strftime(day, sizeof day, "%Y-%m-%dT", std::gmtime(&now));
    BOOST_TEST(log.text().substr(0, 11) == day);
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_written_is_no_error_and_no_signal) {
    for (const char* path : {"/nonexistent/log", "/", "/dev/full"}) {
        in_child({{"WARPZ_LOG", path}}, [] {
            log_once(Event::kFault, LogLevel::kError, "lost");
            return Bytes{};
        });
    }
    const ScratchFile log;
    in_child({{"WARPZ_LOG", log.path()}}, [] {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_FSIZE, &none);
        log_once(Event::kFault, LogLevel::kError, "lost");
        sigset_t pending;
        sigpending(&pending);
        if (sigismember(&pending, SIGXFSZ) == 1) throw std::runtime_error("pending");
        return Bytes{};
    });
    BOOST_TEST(log.text().empty());
}

BOOST_AUTO_TEST_CASE(syslog_gets_one_datagram_with_facility_and_severity) {
    const Bytes line = in_child({{"WARPZ_LOG", "syslog:debug"}}, [] {
        // A /dev of the child's own, so that no daemon of this machine hears of it.
        const bool is_private = unshare(CLONE_NEWNS) == 0 &&
                                mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                                mount("none", "/dev", "tmpfs", 0, nullptr) == 0;
        if (!is_private) return Bytes{};
        log_once(Event::kFault, LogLevel::kError, "nobody listens");
        const int daemon = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        const sockaddr_un address{AF_UNIX, "/dev/log"};
        if (bind(daemon, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("bind");
        }
        log_once(Event::kVerify, LogLevel::kError, "wrong bytes");
        std::uint8_t text[256];
        const ssize_t size = recv(daemon, text, sizeof text, 0);
        if (size < 0) throw std::runtime_error("recv");
        return Bytes(text, text + size);
    });
    if (line.empty()) {
        BOOST_TEST_MESSAGE("skipped: a mount namespace needs root");
        return;
    }
    const std::string text(line.begin(), line.end());
    BOOST_TEST(std::regex_match(text, std::regex(R"(<11>warpz\[\d+\]: wrong bytes)")), text);
}

BOOST_AUTO_TEST_CASE(text_is_cut_where_it_ends) {
    Text<8> text;
    text << "abc" << 12345ULL << "de";
    BOOST_TEST(text.view() == "abc1234");
}

BOOST_AUTO_TEST_SUITE_END()
