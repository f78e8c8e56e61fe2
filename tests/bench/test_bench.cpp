// SPDX-License-Identifier: Zlib
// What would let the benchmark report wrong figures without anybody noticing: libraries that are not apart, medians,
// curves, sums by kind, and a picture that no program can read.
#define BOOST_TEST_MODULE bench
#include <unistd.h>

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/options.hpp"
#include "bench/plot.hpp"
#include "bench/shared_object.hpp"
#include "bench/totals.hpp"
#include "bench/vector_state.hpp"

namespace fs = std::filesystem;
using namespace warpz::bench;

namespace {

Options parsed(std::vector<std::string> words) {
    words.insert(words.begin(), "warpz_bench");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    return parse_options(static_cast<int>(argv.size()), argv.data());
}

/// Whether the refusal's text has these words.
auto says(const std::string& words) {
    return [words](const std::runtime_error& error) {
        return std::string(error.what()).find(words) != std::string::npos;
    };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(isolation)

BOOST_AUTO_TEST_CASE(two_libraries_run_their_own_code) {
    const SharedObject ours(WARPZ_BENCH_OURS);
    const SharedObject reference(WARPZ_REFERENCE_LIBZ_FILE);
    const char* (*our_version)() = nullptr;
    const char* (*reference_version)() = nullptr;
    ours.resolve("zlibVersion", our_version);
    reference.resolve("zlibVersion", reference_version);
    BOOST_TEST(our_version != reference_version);
    void (*missing)() = nullptr;
    BOOST_CHECK_EXCEPTION(ours.resolve("no_such_function", missing), std::runtime_error,
                          says("lacks"));
    // malloc() is found, but in libc.
    BOOST_CHECK_EXCEPTION(ours.resolve("malloc", missing), std::runtime_error,
                          says("belongs to another object"));
}

BOOST_AUTO_TEST_CASE(one_object_under_two_names_is_refused) {
    const fs::path folder =
        fs::temp_directory_path() / ("warpz_bench_test." + std::to_string(getpid()));
    fs::create_directory(folder);
    const fs::path copy = folder / "copy.so";
    const fs::path symbolic = folder / "symbolic.so";
    const fs::path hard = folder / "hard.so";
    fs::copy_file(WARPZ_BENCH_OURS, copy);
    fs::create_symlink(copy, symbolic);
    fs::create_hard_link(copy, hard);
    {
        const SharedObject first(copy.string());
        for (const fs::path& other : {copy, symbolic, hard})
            BOOST_CHECK_EXCEPTION(SharedObject(other.string()), std::runtime_error,
                                  says("already among"));
    }
    fs::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(an_object_that_uses_another_ones_function_is_refused) {
    BOOST_CHECK_EXCEPTION(SharedObject(WARPZ_BENCH_DIVERTED), std::runtime_error, says("crc32"));
}

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(upper_vector_halves_are_seen_and_cleared) {
    if (!__builtin_cpu_supports("avx512f")) {
        BOOST_TEST_MESSAGE("skipped: XGETBV(1) is taken for granted on CPUs with AVX-512 only");
        return;
    }
    asm volatile("vpcmpeqd %%ymm0, %%ymm0, %%ymm0" ::: "xmm0");
    BOOST_TEST(upper_vector_halves_in_use());
    clear_upper_vector_halves();
    BOOST_TEST(!upper_vector_halves_in_use());
}
#endif

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(figures)

BOOST_AUTO_TEST_CASE(a_median_is_the_middle_or_between_the_two_in_the_middle) {
    Cell cell;
    cell.seconds = {5, 1, 3};
    BOOST_TEST(cell.median_seconds() == 3);
    cell.seconds = {4, 100, 1, 2};
    BOOST_TEST(cell.median_seconds() == 3);
    cell.seconds = {7};
    BOOST_TEST(cell.median_seconds() == 7);
    BOOST_TEST(cell.seconds.size() == 1);
}

BOOST_AUTO_TEST_CASE(speed_at_a_ratio_is_on_the_curve_or_nowhere) {
    const Curve curve{{1, 2.0, 400}, {2, 3.0, 100}, {3, 2.5, 50}};
    BOOST_TEST(speed_at(curve, 1.0).value() == 400);
    BOOST_TEST(speed_at(curve, 2.0).value() == 400);
    BOOST_TEST(speed_at(curve, 2.5).value() == 200, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(speed_at(curve, 3.0).value() == 100, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(!speed_at(curve, 3.001));
    BOOST_TEST(!speed_at({}, 1.0));
}

BOOST_AUTO_TEST_CASE(kinds_are_what_stands_before_the_underscore) {
    const std::vector<Input> inputs{
        {"text_a", {1}}, {"bin_x", {1}}, {"text_b_c", {1}}, {"log", {1}}};
    Options options;
    BOOST_TEST(groups_of(options, inputs).size() == 1);
    options.by_kind = true;
    const std::vector<Group> groups = groups_of(options, inputs);
    BOOST_REQUIRE(groups.size() == 4);
    BOOST_TEST(groups[0].inputs.size() == 4);
    BOOST_TEST(groups[1].name == "text");
    BOOST_TEST(groups[1].inputs == (std::vector<std::size_t>{0, 2}),
               boost::test_tools::per_element());
    BOOST_TEST(groups[2].name == "bin");
    BOOST_TEST(groups[3].name == "log");
}

BOOST_AUTO_TEST_CASE(rows_of_one_table_have_equal_titles_and_no_others) {
    const std::vector<Task> tasks = tasks_of(parsed({"--op", "all", "--levels", "1,6"}));
    std::vector<std::string> titles;
    for (const Task& task : tasks) {
        if (titles.empty() || titles.back() != table_title(task))
            titles.push_back(table_title(task));
    }
    // deflate 1, strategies 4, inflate 2 x 3, messages 2 x 2 x 4, checksums 2
    BOOST_TEST(titles.size() == 29);
    std::sort(titles.begin(), titles.end());
    BOOST_TEST((std::adjacent_find(titles.begin(), titles.end()) == titles.end()));
    BOOST_TEST(tasks.size() == 27 * 2 + 2 * 4);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(picture)

namespace {

std::size_t count_of(const std::string& text, const std::string& piece) {
    std::size_t count = 0;
    for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1))
        ++count;
    return count;
}

boost::property_tree::ptree parse(const std::string& svg) {
    std::istringstream stream(svg);
    boost::property_tree::ptree tree;
    boost::property_tree::read_xml(stream, tree);
    return tree;
}

}  // namespace

BOOST_AUTO_TEST_CASE(any_text_gives_a_document_that_xml_parsers_take) {
    Picture drawn;
    drawn.title = "a < b & \"c\" > d\x01";
    drawn.footer = {"<script>", "&amp;"};
    drawn.series = {{"x<y", "1 & 2", {{1, 2.0, 100}, {2, 2.5, 50}}, true},
                    {"empty", "", {}, false}};
    const std::string svg = svg_of(drawn);
    const auto tree = parse(svg);
    BOOST_TEST(tree.get<std::string>("svg.title") == "a < b & \"c\" > d");
    BOOST_TEST(count_of(svg, "<script>") == 0);
    BOOST_TEST(count_of(svg, "<polyline") == 2);
}

BOOST_AUTO_TEST_CASE(every_number_is_finite_whatever_is_drawn) {
    for (const Curve& curve : {Curve{}, Curve{{1, 3.0, 100}}, Curve{{1, 3.0, 100}, {2, 3.0, 100}},
                               Curve{{1, 1.0001, 0.01}, {9, 500, 90000}}}) {
        Picture drawn;
        drawn.series = {{"one", "", curve, false}};
        const std::string svg = svg_of(drawn);
        static_cast<void>(parse(svg));
        BOOST_TEST(count_of(svg, "nan") == 0);
        BOOST_TEST(count_of(svg, "inf") == 0);
        BOOST_TEST(count_of(svg, "class=\"level\"") == std::min<std::size_t>(curve.size(), 1));
    }
}

BOOST_AUTO_TEST_CASE(thirty_series_look_different) {
    Picture drawn;
    for (int i = 0; i < 30; ++i)
        drawn.series.push_back({std::to_string(i), "", {{1, 2.0 + i, 100.0 + i}}, false});
    const std::string svg = svg_of(drawn);
    for (std::size_t colour = 0; colour < 6; ++colour)
        BOOST_TEST(count_of(svg, "<path class=\"c" + std::to_string(colour) + "\"") == 10);
}

BOOST_AUTO_TEST_SUITE_END()
