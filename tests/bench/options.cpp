// SPDX-License-Identifier: Zlib
// Parsing and help.
#include "bench/options.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <string_view>

#include "bench/text.hpp"
#include "zlib.h"

namespace warpz::bench {
namespace {

std::vector<std::string_view> split(std::string_view list) {
    std::vector<std::string_view> items;
    while (true) {
        const std::size_t comma = list.find(',');
        items.push_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return items;
        list.remove_prefix(comma + 1);
    }
}

std::size_t parse_number(std::string_view text, std::size_t largest) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > largest)
        throw UsageError(join({"'", text, "' is not a number up to ", std::to_string(largest)}));
    return value;
}

/// Bytes, with K or M for powers of 1024.
std::size_t parse_size(std::string_view text) {
    constexpr std::size_t kLargest = std::size_t{1} << 30;
    std::size_t unit = 1;
    if (text.ends_with('K') || text.ends_with('k')) unit = 1024;
    if (text.ends_with('M') || text.ends_with('m')) unit = 1024 * 1024;
    if (unit != 1) text.remove_suffix(1);
    return parse_number(text, kLargest / unit) * unit;
}

std::vector<std::size_t> parse_sizes(std::string_view list, bool all_is_allowed) {
    std::vector<std::size_t> sizes;
    for (const std::string_view item : split(list)) {
        const std::size_t size = all_is_allowed && item == "all" ? 0 : parse_size(item);
        if (size == 0 && !(all_is_allowed && item == "all")) throw UsageError("a size of 0");
        sizes.push_back(size);
    }
    return sizes;
}

/// "1-3,6": numbers and ranges from 0 to 12.
std::vector<int> parse_levels(std::string_view list) {
    std::vector<int> levels;
    for (const std::string_view item : split(list)) {
        const std::size_t dash = item.find('-');
        const auto first = static_cast<int>(parse_number(item.substr(0, dash), 12));
        const auto last = dash == std::string_view::npos
                              ? first
                              : static_cast<int>(parse_number(item.substr(dash + 1), 12));
        if (last < first) throw UsageError(join({"the range ", item, " is empty"}));
        for (int level = first; level <= last; ++level) levels.push_back(level);
    }
    return levels;
}

LibraryOption parse_library(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return {"", std::string(text)};
    return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

template <class Value>
Value choose(std::string_view word, const std::map<std::string_view, Value>& values) {
    if (const auto found = values.find(word); found != values.end()) return found->second;
    std::string known;
    for (const auto& [name, value] : values) known += join({" ", name});
    throw UsageError(join({"'", word, "' is none of:", known}));
}

const std::map<std::string_view, std::vector<Work>> kOperations{
    {"deflate", {Work::kDeflate}},
    {"strategies", {Work::kStrategies}},
    {"inflate", {Work::kInflate}},
    {"messages", {Work::kMessages}},
    {"crc32", {Work::kCrc32}},
    {"adler32", {Work::kAdler32}},
    {"all",
     {Work::kDeflate, Work::kStrategies, Work::kInflate, Work::kMessages, Work::kCrc32,
      Work::kAdler32}}};

const std::map<std::string_view, Wrap> kWraps{
    {"raw", Wrap::kRaw}, {"zlib", Wrap::kZlib}, {"gzip", Wrap::kGzip}};

}  // namespace

Options parse_options(int argc, char** argv) {
    Options o;
    using Handler = std::function<void(std::string_view)>;
    const std::map<std::string_view, Handler> with_value{
        {"--reference", [&](std::string_view v) { o.reference = parse_library(v); }},
        {"--ours", [&](std::string_view v) { o.ours = v; }},
        {"--lib", [&](std::string_view v) { o.libraries.push_back(parse_library(v)); }},
        {"--without",
         [&](std::string_view v) {
             for (const auto item : split(v)) o.without.emplace_back(item);
         }},
        {"--libdeflate", [&](std::string_view v) { o.libdeflate = v; }},
        {"--isal", [&](std::string_view v) { o.isal = v; }},
        {"--op",
         [&](std::string_view v) {
             o.work.clear();
             for (const auto item : split(v)) {
                 const std::vector<Work> added = choose(item, kOperations);
                 o.work.insert(o.work.end(), added.begin(), added.end());
             }
         }},
        {"--levels", [&](std::string_view v) { o.levels = parse_levels(v); }},
        {"--wrap",
         [&](std::string_view v) {
             o.wraps.clear();
             for (const auto item : split(v)) o.wraps.push_back(choose(item, kWraps));
         }},
        {"--strategy",
         [&](std::string_view v) {
             o.strategy = choose<int>(v, {{"default", Z_DEFAULT_STRATEGY},
                                          {"filtered", Z_FILTERED},
                                          {"huffman", Z_HUFFMAN_ONLY},
                                          {"rle", Z_RLE},
                                          {"fixed", Z_FIXED}});
         }},
        {"--chunk", [&](std::string_view v) { o.chunks = parse_sizes(v, true); }},
        {"--messages", [&](std::string_view v) { o.messages = parse_sizes(v, false); }},
        {"--between",
         [&](std::string_view v) {
             o.reset_per_message.clear();
             for (const auto item : split(v))
                 o.reset_per_message.push_back(
                     choose<bool>(item, {{"reset", true}, {"init", false}}));
         }},
        {"--pieces", [&](std::string_view v) { o.pieces = parse_sizes(v, false); }},
        {"--plot", [&](std::string_view v) { o.plot = v; }},
        {"--rounds",
         [&](std::string_view v) {
             o.rounds = static_cast<unsigned>(parse_number(v, 1000));
             if (o.rounds == 0) throw UsageError("--rounds: at least 1");
         }},
        {"--limit", [&](std::string_view v) { o.limit_bytes = parse_sizes(v, false).front(); }},
        {"--total", [&](std::string_view v) { o.total_bytes = parse_sizes(v, false).front(); }},
    };
    const std::map<std::string_view, bool*> flags{{"--per-file", &o.per_file},
                                                  {"--by-kind", &o.by_kind},
                                                  {"--json", &o.json},
                                                  {"--help", &o.help},
                                                  {"-h", &o.help}};

    for (int i = 0; i < argc; ++i) o.command += join({i == 0 ? "" : " ", argv[i]});
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const std::size_t equals = argument.find('=');
        const std::string_view name = argument.substr(0, equals);
        if (const auto flag = flags.find(argument); flag != flags.end()) {
            *flag->second = true;
        } else if (const auto option = with_value.find(name); option != with_value.end()) {
            if (equals == std::string_view::npos && i + 1 == argc)
                throw UsageError(join({name, " needs a value"}));
            const std::string_view value =
                equals == std::string_view::npos ? argv[++i] : argument.substr(equals + 1);
            try {
                option->second(value);
            } catch (const UsageError& error) {
                throw UsageError(join({name, ": ", error.what()}));
            }
        } else if (argument == "--") {
            o.paths.insert(o.paths.end(), argv + i + 1, argv + argc);
            break;
        } else if (argument.starts_with('-')) {
            throw UsageError(join({"unknown option ", argument}));
        } else {
            o.paths.emplace_back(argument);
        }
    }
    return o;
}

const char* help_text() noexcept {
    return R"(Usage: warpz_bench [OPTION]... [FILE|DIRECTORY]...

Measures deflate libraries side by side, in one process and by turns: in every round each library
works on each file before the next file is touched. Values are medians over the rounds of the
thread's CPU time, summed over the files. Every output is checked with the reference library.
Without files, samples of several kinds are taken from /usr and /var/lib.

Libraries (all that can be loaded take part)
  --reference [NAME=]FILE  what the others are compared with; default: the system's libz
  --ours FILE              the library under test; default: libz.so.1 beside this program or in
                           ../lib
  --lib [NAME=]FILE        one more libz-compatible shared object; may be repeated
  --libdeflate FILE        default libdeflate.so.0, left out where it is not installed
  --isal FILE              default libisal.so.2, left out where it is not installed. Libraries that
                           load ISA-L themselves get this one where its soname is the same
  --without NAME,...       leave out: warpz, libdeflate, isa-l

What is measured
  --op LIST                deflate, strategies, inflate, messages, crc32, adler32 or all; default
                           deflate,inflate. "strategies" is deflate with each other than the default
  --levels LIST            such as 1,6,9 or 1-9, of the streams that are written or read; default 1-9
                           for deflate, 1,6,9 for strategies, 6 for inflate, 1,6 for messages
  --wrap LIST              raw, zlib, gzip; default zlib, for inflate zlib,gzip
  --strategy NAME          default, filtered, huffman, rle, fixed
  --chunk LIST             bytes of input and of output space per call, or "all"; default 64K for
                           deflate, 64K,4K,all for inflate
  --messages LIST          sizes of independent messages; default 1K,4K,16K,64K
  --between LIST           from one message to the next: reset the stream, or init (End and Init);
                           default both
  --pieces LIST            sizes of checksum calls; default 64,1K,64K,1M

How
  --rounds N               default 5
  --limit SIZE             of each file, default 2M
  --total SIZE             of all files named, default 64M
  --per-file               tables for each file too
  --by-kind                tables for each kind too (the part of a file's name before the first "_"),
                           and the speed against the best other libz at the same ratio
  --plot FILE.svg          a picture of speed against ratio over the levels of deflate
  --json                   one JSON object instead of tables
  -h, --help

SIZE is in bytes; K and M stand for 1024 and 1048576. Libraries marked with * work on whole buffers
only and are measured so, whatever --chunk says.

Exit status: 0 when everything was verified, 1 when an output was wrong or something failed, 2 for a
command line that cannot be understood.

Examples
  warpz_bench                                    levels 1-9 and inflate
  warpz_bench --op deflate --levels 1,6 --wrap gzip --chunk all ~/data
  warpz_bench --op crc32,adler32 --lib ng=/opt/zlib-ng/lib/libz.so.1
  warpz_bench --op all --by-kind --plot speed.svg ~/data
)";
}

}  // namespace warpz::bench
