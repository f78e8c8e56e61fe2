// SPDX-License-Identifier: Zlib
// The texts of --help, --version and --license; declared in args.hpp.
#include <string>

#include "args.hpp"
#include "zlib.h"

namespace warpz::cli {

std::string help_text() {
    return "Usage: warpz [OPTION]... [FILE]...\n"
           "Compress FILEs to the gzip format, or decompress them; each is replaced by its "
           "result.\n"
           "Without FILE, or when FILE is -, standard input goes to standard output.\n"
           "\n"
           "  -c, --stdout        write to standard output and keep the files\n"
           "  -d, --decompress    decompress\n"
           "  -f, --force         overwrite, follow links, use terminals; with -dc copy other data "
           "as it is\n"
           "  -h, --help          show this text\n"
           "  -k, --keep          keep the files\n"
           "  -l, --list          show sizes, ratio and name of compressed files\n"
           "  -L, --license       show the licence\n"
           "  -n, --no-name       neither store nor restore file name and time\n"
           "  -N, --name          store or restore file name and time\n"
           "  -q, --quiet         no warnings\n"
           "  -r, --recursive     go through directories\n"
           "      --rsyncable     make output that changes little when the input changes little\n"
           "  -S, --suffix=SUF    suffix SUF in place of .gz\n"
           "      --synchronous   write through to the disk, directory entries included\n"
           "  -t, --test          check compressed files\n"
           "  -v, --verbose       say what was done\n"
           "  -V, --version       show the version\n"
           "  -1, --fast ... -9, --best\n"
           "                      compression level, from fast to small; 6 if none is given\n"
           "\n"
           "Called as warpz-gunzip or gunzip it decompresses, as warpz-zcat or zcat it "
           "decompresses to\n"
           "standard output. Exit status: 0 done, 1 error, 2 warning.\n";
}

std::string version_text() {
    return std::string("warpz " WARPZ_VERSION "\nzlib interface ") + zlibVersion() + "\n" +
           license_text();
}

std::string license_text() {
    return "Copyright (C) 2026 the warpz authors\n"
           "Free software under the zlib licence: use, change and redistribute it, but do not "
           "misrepresent\n"
           "its origin. There is no warranty, to the extent the law permits.\n";
}

}  // namespace warpz::cli
