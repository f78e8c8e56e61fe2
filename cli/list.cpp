// SPDX-License-Identifier: Zlib
// The table of -l on stdout; see list.hpp. The stream's error state is checked when the program ends.
#include "list.hpp"

#include <array>
#include <cstdio>

#include "report.hpp"

namespace warpz::cli {

void ListTable::add(const DecompressResult& file, std::time_t time, const std::string& name) {
    if (is_json_) {
        const std::string line = list_json(file, time, name);
        std::fwrite(line.data(), 1, line.size(), stdout);
        return;
    }
    if (rows_++ == 0 && !is_quiet_) {
        if (is_verbose_) std::printf("method  crc     date  time  ");
        std::printf("%19s %19s  ratio uncompressed_name\n", "compressed", "uncompressed");
    }
    if (is_verbose_) {
        std::array<char, 40> date{};
        struct tm local {};
        if (localtime_r(&time, &local) != nullptr)
            std::strftime(date.data(), date.size(), "%b %e %H:%M", &local);
        std::printf("%-5s %08x %-12s ", file.method, file.crc, date.data());
    }
    const auto packed = static_cast<long long>(file.totals.packed_bytes);
    const auto plain = static_cast<long long>(file.totals.plain_bytes);
    last_overhead_bytes_ = static_cast<long long>(file.totals.overhead_bytes);
    packed_bytes_ += packed;
    plain_bytes_ += plain;
    std::printf("%19lld %19lld %s %s\n", packed, plain,
                ratio_text(plain, packed - last_overhead_bytes_).c_str(), printable(name).c_str());
}

void ListTable::finish(bool of_several) const {
    if (is_quiet_ || (rows_ < 2 && !of_several) || packed_bytes_ <= 0 || plain_bytes_ <= 0) return;
    if (is_verbose_) std::printf("%28s", "");
    // gzip takes the last file's header for the headers of all.
    std::printf("%19lld %19lld %s (totals)\n", packed_bytes_, plain_bytes_,
                ratio_text(plain_bytes_, packed_bytes_ - last_overhead_bytes_).c_str());
}

}  // namespace warpz::cli
