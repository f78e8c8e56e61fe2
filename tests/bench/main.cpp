// SPDX-License-Identifier: Zlib
// warpz_bench: loads the libraries, measures, prints. It is not linked with any libz itself.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "bench/corpus.hpp"
#include "bench/engine.hpp"
#include "bench/measure.hpp"
#include "bench/options.hpp"
#include "bench/plot.hpp"
#include "bench/report.hpp"

namespace warpz::bench {

namespace {

namespace fs = std::filesystem;

/// The libz.so.1 beside this program, or where the build tree and an installation have it.
std::string own_library() {
    const fs::path folder = fs::canonical("/proc/self/exe").parent_path();
    for (const fs::path& file : {folder / "libz.so.1", folder / "../lib/libz.so.1"}) {
        if (fs::exists(file)) return file.string();
    }
    throw UsageError("no libz.so.1 beside this program or in ../lib: name one with --ours");
}

Engines load_engines(const Options& options) {
    const auto is_wanted = [&](const char* name) {
        for (const std::string& left_out : options.without) {
            if (left_out == name) return false;
        }
        return true;
    };
    Engines engines;
    const bool has_reference = !options.reference.file.empty();
    engines.push_back(load_zlib(
        has_reference && !options.reference.name.empty() ? options.reference.name : "system",
        has_reference ? options.reference.file : WARPZ_REFERENCE_LIBZ_FILE));
    if (is_wanted("warpz"))
        engines.push_back(load_zlib("warpz", options.ours.empty() ? own_library() : options.ours));
    for (const LibraryOption& library : options.libraries) {
        const std::string name =
            library.name.empty() ? fs::path(library.file).filename().string() : library.name;
        engines.push_back(load_zlib(name, library.file));
    }
    const auto add_optional = [&](const char* name, auto load, const std::string& chosen,
                                  const char* usual) {
        if (!is_wanted(name)) return;
        std::string why;
        if (std::unique_ptr<Engine> engine = load(chosen.empty() ? usual : chosen, why);
            engine != nullptr)
            engines.push_back(std::move(engine));
        else if (!chosen.empty())
            throw std::runtime_error(why);
        else
            std::fprintf(stderr, "warpz_bench: left out: %s\n", why.c_str());
    };
    add_optional("libdeflate", load_libdeflate, options.libdeflate, "libdeflate.so.0");
    add_optional("isa-l", load_isal, options.isal, "libisal.so.2");
    for (std::size_t e = 0; e < engines.size(); ++e) {
        for (std::size_t other = 0; other < e; ++other) {
            if (engines[e]->name() == engines[other]->name())
                throw UsageError("two libraries are called " + engines[e]->name() +
                                 ": give one another name with --lib NAME=FILE");
        }
    }
    return engines;
}

int run(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    if (options.help) {
        std::fputs(help_text(), stdout);
        return 0;
    }
    const std::vector<Task> tasks = tasks_of(options);
    if (!options.plot.empty() && !can_be_plotted(tasks))
        throw UsageError(
            "--plot shows the levels of deflate with the default strategy: add --op deflate");
    const Engines engines = load_engines(options);
    for (const Task& task : tasks) {
        if (task.level > 9) throw UsageError("--levels: the first library is a libz and ends at 9");
    }
    const std::vector<Input> inputs =
        options.paths.empty()
            ? find_inputs(options.limit_bytes)
            : read_inputs(options.paths, options.limit_bytes, options.total_bytes);
    if (!options.json) {
        std::fputs(describe_run(options, engines, inputs).c_str(), stdout);
        std::fflush(stdout);
    }
    const Results results = measure(engines, tasks, inputs, options.rounds);
    const Report report{options, engines, inputs, tasks, results};
    std::fputs(options.json ? json(report).c_str() : tables(report).c_str(), stdout);
    if (!options.plot.empty()) write_plot(report);
    return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace warpz::bench

int main(int argc, char** argv) {
    try {
        return warpz::bench::run(argc, argv);
    } catch (const warpz::bench::UsageError& error) {
        std::fprintf(stderr, "warpz_bench: %s\nTry 'warpz_bench --help'.\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "warpz_bench: %s\n", error.what());
        return 1;
    }
}
