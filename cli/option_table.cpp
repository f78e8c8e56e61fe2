// SPDX-License-Identifier: Zlib
// The options' names and texts; see option_table.hpp. Letters -1 to -9 stand in one row.
#include "option_table.hpp"

#include <array>

namespace warpz::cli {
namespace {

using enum ArgumentKind;
using enum Topic;

constexpr std::array kTopics = {
    TopicInfo{kActions, "actions", "What to do"},
    TopicInfo{kFiles, "files", "Which files, and what becomes of them"},
    TopicInfo{kHeaders, "headers", "Names and times in headers"},
    TopicInfo{kCoding, "coding", "Format, size and speed"},
    TopicInfo{kReports, "reports", "What is said about it"},
};

constexpr std::array kOptions = {
    OptionInfo{'d', "decompress uncompress", kNone, "", "", kActions, true, "decompress",
               "Decompress. Gzip, blocked gzip and zstd data, those of compress(1) and the first "
               "entry of a zip archive are known by their first bytes; zlib and raw deflate data "
               "need --format."},
    OptionInfo{'t', "test", kNone, "", "", kActions, true, "check compressed files",
               "Decode the files and compare their check values, writing nothing. Where a file is "
               "damaged, a second "
               "line says at which byte."},
    OptionInfo{'l', "list", kNone, "", "", kActions, true,
               "show sizes, ratio and name of compressed files",
               "Show for each compressed file its size, the size of its contents, the space saved "
               "and the name it "
               "would be given; with -v also method, CRC-32 and time. With -N name and time are "
               "the stored ones.\n"
               "The file is decoded for this, so the sizes are right beyond 4 GiB and for files of "
               "several members, "
               "whose contents count as a whole, and defects are found."},
    OptionInfo{kRecover, "recover", kNone, "", "", kActions, false,
               "decompress what is readable of a damaged file",
               "Decompress a damaged file as far as it can be read: after a defect go on at the "
               "next member or at the "
               "next block that can be decoded without what was lost. What is missing is reported, "
               "the exit status is "
               "2, and the damaged file is kept."},
    OptionInfo{'h', "help", kOptionalChoice, "TOPIC", "actions files headers coding reports",
               kActions, true, "show this text, or all about a topic",
               "Show a summary of the options, or all that is to be said about those of a topic: "
               "actions, files, "
               "headers, coding, reports. The letter takes no topic."},
    OptionInfo{'L', "license", kNone, "", "", kActions, true, "show the licence", ""},
    OptionInfo{'V', "version", kNone, "", "", kActions, true, "show the version", ""},

    OptionInfo{'c', "stdout to-stdout", kNone, "", "", kFiles, true,
               "write to standard output and keep the files",
               "Write to standard output and leave the files as they are. Several files compressed "
               "this way make one "
               "file of several members, which decompresses to their concatenation."},
    OptionInfo{'f', "force", kNone, "", "", kFiles, true,
               "overwrite, follow links, use terminals; with -dc copy other data as it is",
               "Overwrite existing files without asking, follow symbolic links, process files with "
               "several hard links "
               "or the sticky bit, compress files that have the suffix already, and read "
               "compressed data from a "
               "terminal or write them to one. Together with -dc, copy data that are in no known "
               "format to the output "
               "as they are, so that warpz-zcat -f works as cat(1)."},
    OptionInfo{kFiles0From, "files0-from", kFile, "FILE", "", kFiles, false,
               "take operands from FILE, each ended by a zero byte",
               "Process, besides the operands, the files whose names are in FILE, each followed by "
               "a zero byte as "
               "find -print0 writes them. FILE may be - for standard input."},
    OptionInfo{'k', "keep", kNone, "", "", kFiles, true, "keep the files",
               "Keep the original files."},
    OptionInfo{kRemove, "rm", kNone, "", "", kFiles, false, "remove the files",
               "Remove the original files, as is done without an option, also with -o."},
    OptionInfo{'o', "output", kFile, "FILE", "", kFiles, false,
               "write to FILE, or into the directory FILE; keep the files",
               "Write the result to FILE, for which there must be one operand, or into FILE if it "
               "is a directory. The "
               "original files are kept."},
    OptionInfo{'r', "recursive", kNone, "", "", kFiles, true, "go through directories",
               "Process the files in the given directories and in those below. Symbolic links to "
               "directories are not "
               "followed on the way."},
    OptionInfo{
        kSparse, "sparse", kNone, "", "", kFiles, false,
        "leave holes in place of zero bytes when decompressing",
        "When decompressing to a regular file, leave holes where there would be blocks of zero "
        "bytes. Standard output is such a file when it is redirected to a new one."},
    OptionInfo{'S', "suffix", kText, "SUF", "", kFiles, true, "suffix SUF in place of .gz",
               "Use SUF in place of .gz. It has at most 30 characters and no slash."},
    OptionInfo{kSynchronous, "synchronous", kNone, "", "", kFiles, true,
               "write through to the disk, directory entries included",
               "Write the new file and its directory entry through to the disk, and also where the "
               "original is kept."},

    OptionInfo{'n', "no-name", kNone, "", "", kHeaders, true,
               "neither store nor restore file name and time",
               "Compressing: do not store name and time. Decompressing: do not restore them; this "
               "is the default."},
    OptionInfo{'N', "name", kNone, "", "", kHeaders, true, "store or restore file name and time",
               "Compressing: store name and time; this is the default. Decompressing: give the new "
               "file the stored "
               "name, in the directory of the compressed file, and the stored time. A stored name "
               "that contains a "
               "directory loses it; one that cannot name a file is not used."},

    OptionInfo{kComment, "comment", kText, "TEXT", "", kHeaders, false,
               "put TEXT into the gzip header",
               "Compressing to the gzip format, put TEXT into the header as its comment."},

    OptionInfo{
        '1', "fast", kNone, "", "", kCoding, true,
        "level, from -1 (--fast) to -9 (--best) and on to -12; 6 if none is given",
        "Choose between speed (-1) and size (-9). The default is -6. -10, -11 and -12, each "
        "a word of its own, weigh all matches against each other: the result is smaller "
        "than zlib's best by some percent and decompressed by anything, for some 12 MiB of "
        "memory per core. -1 is as fast as can be: by Intel's ISA-L where libisal.so.2 is "
        "installed, unless WARPZ_ENGINE=own or WARPZ_REPRODUCIBLE=1 asks for bytes that are the "
        "same everywhere.\n"
        "With --format=zstd the levels are zstd's, -1 to -22, of which -3 is the default; "
        "those above 19 take much memory."},
    // Part of the row above in texts, and completed by its own name.
    OptionInfo{'9', "best", kNone, "", "", kHidden, true, "the smallest output", ""},
    OptionInfo{
        kLevel, "level", kText, "N", "", kCoding, false,
        "level N, 0 to 12; with --format=zstd 1 to 22 and below 0",
        "The level as a number. 0 stores the data as they are. With --format=zstd, --level=-N, "
        "or --fast=N, is the faster the larger N is."},
    OptionInfo{
        'p', "threads processes", kText, "N", "", kCoding, false,
        "use N cores; all if none is given",
        "Use N cores. 0, and no option at all, means all that this process may use; the variable "
        "WARPZ_THREADS "
        "comes before that. The compressed bytes do not depend on N. What is compressed with "
        "several threads can be decompressed by anything, and "
        "regular files are decompressed with several threads whoever made them; pipes are not.\n"
        "Decompression takes at most 64 MiB for each of 2 N chunks, usually about 20 MiB."},
    OptionInfo{kFormat, "format", kChoice, "F", "gzip zlib raw bgzf zstd", kCoding, false,
               "gzip (the default), zlib, raw, bgzf or zstd",
               "Write, or expect, gzip (RFC 1952), zlib (RFC 1950) or raw deflate data (RFC 1951), "
               "or bgzf: gzip members "
               "of at most 64 KiB that tell their size in an extra field, so that tools like "
               "bgzip, samtools and Hadoop "
               "can read from any place; or zstd frames (RFC 8878). The suffixes are .gz, .zz, "
               ".deflate, .gz and .zst."},
    OptionInfo{kLong, "long", kOptionalChoice, "WINDOWLOG", "27 28 29 30 31", kCoding, false,
               "zstd: matches over 2^WINDOWLOG bytes, 128 MiB if none is given",
               "With --format=zstd, look for long matches in the last 2^WINDOWLOG bytes, 10 to 31. "
               "Decompressing, accept data that need a window of that size; those that need more "
               "than 128 MiB are refused without this option."},
    OptionInfo{kNoCheck, "no-check", kNone, "", "", kCoding, false, "zstd: no checksum",
               "With --format=zstd, do not write the checksum of each frame."},
    OptionInfo{kIndependent, "independent", kNone, "", "", kCoding, false,
               "blocks that do not refer to each other",
               "Compress blocks of the size that --blocksize gives so that each can be "
               "decompressed without those before "
               "it, after a full flush."},
    OptionInfo{kBlockSize, "blocksize", kText, "SIZE", "", kCoding, false,
               "size of independent blocks; 128K if none is given",
               "Size of the blocks of --independent, which it implies; K and M may follow the "
               "number. For bgzf at most "
               "65280 bytes, the default there."},
    OptionInfo{kIndex, "index", kNone, "", "", kCoding, false,
               "write FILE.gz.gzi beside bgzf output",
               "With --format=bgzf, write the index that bgzip calls .gzi: pairs of compressed and "
               "plain offsets of "
               "all members but the first."},
    OptionInfo{
        kRsyncable, "rsyncable", kNone, "", "", kCoding, true,
        "make output that changes little when the input changes little",
        "Restart the compressor at places that depend on the data around them only, some 128 KiB "
        "apart, so that rsync(1) finds most of the output unchanged when a part of the input "
        "changes. The output becomes about 2 % larger."},
    OptionInfo{kDevice, "device", kText, "NAME", "", kCoding, false,
               "accelerator: auto, none, uacce:NAME or model",
               "Choose the accelerator, as the variable WARPZ_DEVICE does: auto, none, uacce:NAME, "
               "or model, which is "
               "a device in this process, for tests."},

    OptionInfo{'v', "verbose", kNone, "", "", kReports, true, "say what was done",
               "Show for each file the space saved and what became of it."},
    OptionInfo{'q', "quiet silent", kNone, "", "", kReports, true, "no warnings",
               "Show no warnings. The exit status still tells of them."},
    OptionInfo{kNoProgress, "no-progress", kNone, "", "", kReports, false,
               "no progress line on terminals",
               "Do not show progress. Without this option a line about bytes, ratio, speed and "
               "time left appears on a "
               "terminal when a file takes longer than a second; the signal SIGUSR1 asks for the "
               "same line anywhere."},
    OptionInfo{kStats, "stats", kNone, "", "", kReports, false,
               "show sums over all files and the route of the data",
               "At the end show bytes in and out, time and speed over all files, and how much went "
               "through devices, the "
               "pool of cores, and the caller's own thread."},
    OptionInfo{kJson, "json", kNone, "", "", kReports, false, "print -l, -t and --stats as JSON",
               "Print what -l, -t and --stats say as one JSON object a line, on standard output; "
               "--stats on standard "
               "error if data go to standard output."},

    // gzip's: without effect, refused, or without a place in its help.
    OptionInfo{'a', "ascii", kNone, "", "", kHidden, true, "", ""},
    OptionInfo{'b', "bits", kText, "N", "", kHidden, true, "", ""},
    OptionInfo{'m', "", kNone, "", "", kHidden, true, "", ""},
    OptionInfo{'M', "", kNone, "", "", kHidden, true, "", ""},
    OptionInfo{'Z', "lzw", kNone, "", "", kHidden, true, "", ""},
    OptionInfo{'H', "", kNone, "", "", kHidden, true, "", ""},
    // Spelt with three hyphens; for tests: standard input counts as a terminal.
    OptionInfo{kPresumeInputTty, "-presume-input-tty", kNone, "", "", kHidden, true, "", ""},
};

}  // namespace

std::span<const OptionInfo> option_table() noexcept { return kOptions; }
std::span<const TopicInfo> topics() noexcept { return kTopics; }

}  // namespace warpz::cli
