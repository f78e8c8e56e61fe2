// SPDX-License-Identifier: Zlib
// /etc/warpz.conf and the environment: what is understood, what is reported and where, and who wins.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "base/scratch_file.hpp"
#include "base/settings.hpp"
#include "offload/in_child.hpp"

using namespace warpz;
using namespace warpz::test;

namespace {

std::vector<std::string> read_file(const std::string& text, Config& config) {
    const ScratchFile file(text);
    std::vector<std::string> told;
    const LineObserver observer{
        [](void* context, unsigned line, Verdict verdict, std::string_view key,
           std::string_view) noexcept {
            if (verdict == Verdict::kTaken) return;
            static_cast<std::vector<std::string>*>(context)->push_back(
                std::to_string(line) + ": " + describe(verdict) + ": " + std::string(key));
        },
        &told};
    read_settings(file.path(), config, &observer);
    return told;
}

/// What the process's configuration makes of a file and variables.
Bytes words_of(const Config& config) {
    const std::string words = std::to_string(config.threads) + " " +
                              std::to_string(config.min_bytes) + " " +
                              std::to_string(static_cast<int>(config.device));
    return {words.begin(), words.end()};
}

std::string as_text(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(a_file_sets_what_the_environment_would) {
    Config config;
    const auto told = read_file(
        "# all of it\n\n"
        "WARPZ_ENGINE = own\n"
        "\tWARPZ_REPRODUCIBLE=1\r\n"
        "WARPZ_VERIFY = 1   # a comment\n"
        "WARPZ_DEVICE = uacce:hisi_zip-0\n"
        "WARPZ_THREADS = 3\n"
        "WARPZ_MIN_BYTES = 64K\n"
        "WARPZ_JOURNAL_BYTES = 1M\n"
        "WARPZ_LOG = /var/log/a#b:c:debug\n"
        "WARPZ_STATS = 1",
        config);
    BOOST_TEST(told.empty());
    BOOST_TEST((config.engine == Engine::kOwn));
    BOOST_TEST(config.reproducible);
    BOOST_CHECK(config.verify == Verify::kAll);
    BOOST_TEST((config.device == DeviceChoice::kUacce));
    BOOST_TEST(config.is_device_named);
    BOOST_TEST(std::string(config.device_name) == "hisi_zip-0");
    BOOST_TEST(config.threads == 3U);
    BOOST_TEST(config.min_bytes == 65536U);
    BOOST_TEST(config.journal_bytes == 1048576U);
    BOOST_TEST((config.log == LogTarget::kFile));
    BOOST_TEST((config.log_level == LogLevel::kDebug));
    BOOST_TEST(std::string(config.log_path) == "/var/log/a#b:c");
    BOOST_TEST(config.stats);
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_told_with_its_line_and_changes_nothing) {
    Config config;
    const auto told = read_file(
        "WARPZ_THREADS = 4\n"
        "WARPZ_THREADS = many\n"
        "WARPZ_COLOUR = blue\n"
        "\n"
        "WARPZ_DEVICE\n"
        "= 3\n"
        "WARPZ_MIN_BYTES = 12Q\n"
        "WARPZ_VERIFY = yes\n"
        "WARPZ_CPU = avx2\n"
        "WARPZ_LOG = syslog:loud\n"
        "WARPZ_DEVICE = uacce:\n"
        "WARPZ_DEVICE = uacce:../../etc\n"
        "WARPZ_ENGINE =\n" +
            std::string(2000, 'x') + "\n" + "#" + std::string(5000, '-') +
            "\nWARPZ_MIN_BYTES = 99999999999999999999\n",
        config);
    const std::vector<std::string> expected = {
        "2: bad value: WARPZ_THREADS",
        "3: unknown key: WARPZ_COLOUR",
        "5: not of the form 'key = value': WARPZ_DEVICE",
        "6: not of the form 'key = value': = 3",
        "7: bad value: WARPZ_MIN_BYTES",
        "8: bad value: WARPZ_VERIFY",
        "9: can be set in the environment only: WARPZ_CPU",
        "10: bad value: WARPZ_LOG",
        "11: bad value: WARPZ_DEVICE",
        "12: bad value: WARPZ_DEVICE",
        "13: bad value: WARPZ_ENGINE",
        "14: line is too long: ",
        "16: bad value: WARPZ_MIN_BYTES",
    };
    BOOST_TEST(told == expected, boost::test_tools::per_element());
    BOOST_TEST(config.threads == 4U);
    BOOST_TEST(config.min_bytes == 0U);
    BOOST_TEST((config.log == LogTarget::kNone));
    BOOST_TEST(!config.is_device_named);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_none_is_told_and_holds_nobody_up) {
    Config config;
    const ScratchFile file;
    unlink(file.path());
    unsigned told = 0;
    const LineObserver observer{
        [](void* context, unsigned, Verdict verdict, std::string_view, std::string_view) noexcept {
            *static_cast<unsigned*>(context) += verdict == Verdict::kUnreadable;
        },
        &told};
    read_settings(file.path(), config, &observer);
    BOOST_TEST(told == 0U);  // absent
    BOOST_REQUIRE(mkfifo(file.path(), 0600) == 0);
    read_settings(file.path(), config, &observer);
    BOOST_TEST(told == 1U);
    read_settings("/", config, &observer);
    BOOST_TEST(told == 2U);
}

BOOST_AUTO_TEST_CASE(the_environment_wins_over_the_file_where_it_makes_sense) {
    const ScratchFile file("WARPZ_THREADS = 5\nWARPZ_MIN_BYTES = 7\nWARPZ_DEVICE = none\n");
    const auto words = [&](const Variables& variables) {
        return as_text(in_child(variables, [&] {
            setenv("WARPZ_CONF", file.path(), 1);
            return words_of(config());
        }));
    };
    BOOST_TEST(words({}) == "5 7 1");
    BOOST_TEST(words({{"WARPZ_THREADS", "2"}, {"WARPZ_DEVICE", "model"}}) == "2 7 3");
    BOOST_TEST(words({{"WARPZ_THREADS", "two"}, {"WARPZ_MIN_BYTES", ""}}) == "5 7 1");
    BOOST_TEST(words({{"WARPZ_THREADS", "0"}, {"WARPZ_MIN_BYTES", "0"}}) == "0 0 1");
    BOOST_TEST(words({{"WARPZ_REPRODUCIBLE", "1"}}) == "0 7 1");
}

// Run by name, with WARPZ_THREADS=3 (CMakeLists.txt).
BOOST_AUTO_TEST_CASE(what_was_set_when_the_process_began_outlives_its_environment,
                     *boost::unit_test::disabled()) {
    clearenv();
    BOOST_TEST(config().threads == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
