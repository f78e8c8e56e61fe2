// SPDX-License-Identifier: Zlib
// The picture; see plot.hpp. Colours are classes of a style sheet, so that a page's colour scheme chooses among them;
// series differ in their markers too.
#include "bench/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include "bench/text.hpp"

namespace warpz::bench {
namespace {

constexpr double kWidth = 880;
constexpr double kLeft = 72;
constexpr double kRight = 650;  // of the axes; the legend is beyond
constexpr double kTop = 76;
constexpr double kBottom = 420;
constexpr double kLegend = 676;
constexpr double kLineHeight = 17;

constexpr const char* kStyle = R"(<style>
  text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-size: 18px; font-weight: 600; }
  .quiet { font-size: 12px; fill: #59636e; }
  .level { font-size: 11px; text-anchor: middle; stroke: #ffffff; stroke-width: 3px; paint-order: stroke; }
  .paper { fill: #ffffff; }
  .grid { stroke: #d8dee4; stroke-width: 1; }
  .axis { stroke: #59636e; stroke-width: 1; }
  .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .curve.ours { stroke-width: 3.5; }
  .c0 { stroke: #6e7781; fill: #6e7781; } .c1 { stroke: #c2410c; fill: #c2410c; }
  .c2 { stroke: #1d6fd1; fill: #1d6fd1; } .c3 { stroke: #7c3aed; fill: #7c3aed; }
  .c4 { stroke: #0f7b53; fill: #0f7b53; } .c5 { stroke: #be185d; fill: #be185d; }
  .curve { fill: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #9ea7b3; }
    .level { stroke: #0d1117; }
    .paper { fill: #0d1117; }
    .grid { stroke: #2b323b; }
    .axis { stroke: #9ea7b3; }
    .c0 { stroke: #9ea7b3; fill: #9ea7b3; } .c1 { stroke: #fb923c; fill: #fb923c; }
    .c2 { stroke: #60a5fa; fill: #60a5fa; } .c3 { stroke: #c4a1ff; fill: #c4a1ff; }
    .c4 { stroke: #4ade80; fill: #4ade80; } .c5 { stroke: #f472b6; fill: #f472b6; }
    .curve { fill: none; }
  }
</style>
)";
constexpr std::size_t kColours = 6;

/// Markers around the origin; five of them, so that with six colours thirty series differ.
constexpr std::array<const char*, 5> kMarkers{
    "M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0z", "M-4,-4h8v8h-8z",
    "M0,-5.5l5.5,5.5l-5.5,5.5l-5.5,-5.5z", "M0,-5l5,9h-10z", "M0,5l5,-9h-10z"};

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= 0x20) out += c;
                break;
        }
    }
    return out;
}

std::string text_at(double x, double y, const char* attributes, const std::string& text) {
    return format("<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, attributes) + escaped(text) + "</text>\n";
}

std::string line(const char* style, double x1, double y1, double x2, double y2) {
    return format("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", style,
                  x1, y1, x2, y2);
}

/// From values to positions. Speeds are on a logarithmic scale: equal steps up are equal factors.
class Axes {
  public:
    explicit Axes(const std::vector<Picture::Series>& series) {
        bool is_empty = true;
        for (const Picture::Series& one : series) {
            for (const Point& point : one.curve) {
                ratio_low_ = is_empty ? point.ratio : std::min(ratio_low_, point.ratio);
                ratio_high_ = is_empty ? point.ratio : std::max(ratio_high_, point.ratio);
                speed_low_ = is_empty ? point.speed : std::min(speed_low_, point.speed);
                speed_high_ = is_empty ? point.speed : std::max(speed_high_, point.speed);
                is_empty = false;
            }
        }
        const double margin = std::max((ratio_high_ - ratio_low_) * 0.05, ratio_high_ * 0.005);
        ratio_low_ -= margin;
        ratio_high_ += margin;
        speed_low_ *= 0.8;
        speed_high_ *= 1.25;
    }

    [[nodiscard]] double x(double ratio) const {
        return std::lerp(kLeft, kRight, (ratio - ratio_low_) / (ratio_high_ - ratio_low_));
    }
    [[nodiscard]] double y(double speed) const {
        return std::lerp(kBottom, kTop,
                         std::log(speed / speed_low_) / std::log(speed_high_ / speed_low_));
    }

    [[nodiscard]] std::string grid() const {
        std::string out;
        const double step = ratio_step();
        for (double ratio = std::ceil(ratio_low_ / step) * step; ratio <= ratio_high_;
             ratio += step) {
            out += line("grid", x(ratio), kTop, x(ratio), kBottom);
            out += text_at(x(ratio), kBottom + 19, " class=\"quiet\" text-anchor=\"middle\"",
                           format(step < 0.1 ? "%.2f" : "%.1f", ratio));
        }
        for (double power = 1e-3; power < 1e7; power *= 10) {
            for (const double digit : {1.0, 2.0, 5.0}) {
                const double speed = power * digit;
                if (speed < speed_low_ || speed > speed_high_) continue;
                out += line("grid", kLeft, y(speed), kRight, y(speed));
                out += text_at(kLeft - 8, y(speed) + 4, " class=\"quiet\" text-anchor=\"end\"",
                               format("%g", speed));
            }
        }
        return out + line("axis", kLeft, kBottom, kRight, kBottom) +
               line("axis", kLeft, kTop, kLeft, kBottom);
    }

  private:
    /// 1, 2 or 5 times a power of ten, for at most ten steps.
    [[nodiscard]] double ratio_step() const {
        double step = 0.001;
        for (int i = 0; (ratio_high_ - ratio_low_) / step > 10; ++i) step *= i % 3 == 1 ? 2.5 : 2;
        return step;
    }

    double ratio_low_ = 1;
    double ratio_high_ = 2;
    double speed_low_ = 10;
    double speed_high_ = 100;
};

std::string marker(std::size_t series, double x, double y) {
    return format("<path class=\"c%zu\" transform=\"translate(%.1f,%.1f)\" d=\"%s\"/>\n",
                  series % kColours, x, y, kMarkers[series % kMarkers.size()]);
}

std::string curve_of_series(const Picture::Series& series, std::size_t index, const Axes& axes) {
    std::string points;
    std::string markers;
    for (std::size_t i = 0; i < series.curve.size(); ++i) {
        const Point& point = series.curve[i];
        const double x = axes.x(point.ratio);
        const double y = axes.y(point.speed);
        points += format("%s%.1f,%.1f", i == 0 ? "" : " ", x, y);
        markers += marker(index, x, y);
        // Each level of ours has its number, of the others the first.
        if (series.is_ours || i == 0)
            markers += text_at(x, y - 9, " class=\"level\"", std::to_string(point.level));
    }
    return join({format("<polyline class=\"c%zu curve%s\" points=\"", index % kColours,
                        series.is_ours ? " ours" : ""),
                 points, "\"/>\n", markers});
}

std::string legend(const std::vector<Picture::Series>& all) {
    std::string out;
    double y = kTop + 8;
    for (std::size_t i = 0; i < all.size(); ++i) {
        out += format(
            "<line class=\"c%zu curve%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
            i % kColours, all[i].is_ours ? " ours" : "", kLegend, y, kLegend + 28, y);
        out += marker(i, kLegend + 14, y);
        out += text_at(kLegend + 36, y + 4.5, all[i].is_ours ? " font-weight=\"600\"" : "",
                       all[i].name);
        if (!all[i].note.empty())
            out += text_at(kLegend + 36, y + 20, " class=\"quiet\"", all[i].note);
        y += all[i].note.empty() ? 26 : 42;
    }
    return out;
}

/// The tasks that the picture shows: the first table of deflate with the default strategy.
std::pair<std::size_t, std::size_t> plotted_tasks(const std::vector<Task>& tasks) {
    const auto is_shown = [](const Task& task) {
        return task.operation == Operation::kDeflate && task.strategy == 0;
    };
    std::size_t first = 0;
    while (first < tasks.size() && !is_shown(tasks[first])) ++first;
    std::size_t last = first;
    while (last < tasks.size() && table_title(tasks[last]) == table_title(tasks[first])) ++last;
    return {first, last};
}

}  // namespace

std::string svg_of(const Picture& picture) {
    const double height = kBottom + 72 + kLineHeight * static_cast<double>(picture.footer.size());
    const Axes axes(picture.series);
    std::string out = format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
        "height=\"%.0f\" "
        "role=\"img\">\n",
        kWidth, height, kWidth, height);
    out += join({"<title>", escaped(picture.title), "</title>\n", kStyle});
    out +=
        format("<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\" rx=\"6\"/>\n", kWidth, height);
    out += text_at(24, 34, " class=\"title\"", picture.title);
    out += text_at(24, 55, " class=\"quiet\"", picture.subtitle);
    out += axes.grid();
    out += text_at((kLeft + kRight) / 2, kBottom + 42, " text-anchor=\"middle\"",
                   "compression ratio (further right is smaller)");
    out += format(
        "<text transform=\"translate(24,%.1f) rotate(-90)\" text-anchor=\"middle\">MB/s "
        "(logarithmic)</text>\n",
        (kTop + kBottom) / 2);
    // Ours last, so that nothing covers it.
    for (const bool ours : {false, true}) {
        for (std::size_t i = 0; i < picture.series.size(); ++i) {
            if (picture.series[i].is_ours == ours)
                out += curve_of_series(picture.series[i], i, axes);
        }
    }
    out += legend(picture.series);
    double y = kBottom + 72;
    for (const std::string& text : picture.footer) {
        out += text_at(24, y, " class=\"quiet\"", text);
        y += kLineHeight;
    }
    return out + "</svg>\n";
}

bool can_be_plotted(const std::vector<Task>& tasks) {
    const auto [first, last] = plotted_tasks(tasks);
    return std::any_of(tasks.begin() + static_cast<std::ptrdiff_t>(first),
                       tasks.begin() + static_cast<std::ptrdiff_t>(last),
                       [](const Task& task) { return task.level != 0; });
}

void write_plot(const Report& report) {
    const auto [first, last] = plotted_tasks(report.tasks);
    std::size_t bytes = 0;
    for (const Input& input : report.inputs) bytes += input.content.size();
    Picture picture;
    picture.title = "Compression speed against ratio";
    picture.subtitle =
        table_title(report.tasks[first]) +
        format("; %zu files, %.0f MB; medians of %u rounds of CPU time on one core",
               report.inputs.size(), static_cast<double>(bytes) / 1e6, report.options.rounds);
    picture.footer = {cpu_model() + ", " + compiler() +
                      "; numbers are levels; * works on whole buffers only"};
    for (std::size_t e = 0; e < report.engines.size(); ++e) {
        const Engine& engine = *report.engines[e];
        picture.series.push_back(
            {engine.name() + (engine.streams() ? "" : "*"), engine.version(),
             curve_of(report, first, last, e, groups_of(report.options, report.inputs).front()),
             engine.name() == "warpz"});
    }
    std::ofstream file(report.options.plot);
    file << svg_of(picture);
    file.close();
    if (!file) throw std::runtime_error(report.options.plot + ": cannot be written");
}

}  // namespace warpz::bench
