#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""Reads the #include lines of the tree and checks who may include whom: a file includes its own folder and those
below it, never one above or beside it but for the listed exceptions. zlib.h is for the shell (compat/), the programs and
the tests; the library's folders do without the C++ headers whose code lives in the C++ runtime.

usage: check_includes.py ROOT       prints each line that breaks a rule and exits 1, or the number of files and 0
       check_includes.py --self-test
"""
import pathlib
import re
import sys
import tempfile

# Folder -> the folders right below it; what those may include, it may, too.
BELOW = {
    "lib/base": [],
    "lib/kernels": ["lib/base"],
    "lib/checksum": ["lib/kernels"],
    "lib/format": ["lib/base"],
    "lib/deflate": ["lib/checksum", "lib/format"],
    "lib/inflate": ["lib/checksum", "lib/format"],
    "lib/isal": ["lib/checksum", "lib/format"],
    "lib/engine": ["lib/deflate", "lib/inflate", "lib/isal"],
    "lib/device": ["lib/deflate", "lib/inflate", "driver/include/uapi"],
    "lib/offload": ["lib/engine", "lib/device"],
    "driver/include/uapi": [],
    "driver/warpz_zip": ["driver/include/uapi"],
    "driver/model": ["lib/device"],
    "driver/model/hisi": ["driver/model", "lib/device"],
    "driver/model/qemu": [],
    "lib/native": ["lib/engine", "lib/offload", "lib/native/include"],
    "lib/native/include": [],
    "compat": ["lib/engine", "lib/offload", "compat/include"],
    "compat/gz": ["compat"],
    "compat/include": [],
    "compat/shim": ["compat/include", "lib/base"],
    "lib/parallel": ["lib/inflate"],
    "cli": ["compat/include"],
    "cli/ctl": ["compat/include", "lib/offload"],
}
# Single headers that a folder includes from above or beside it, each for the reason given.
EXCEPTIONS = {
    # The words of the interface that the algorithms implement and the streams use.
    "lib/engine/codec.hpp": {"lib/deflate", "lib/inflate", "lib/isal", "lib/device"},
    # How a stream and a file of ours are told from those of another zlib in the process.
    "compat/boundary.hpp": {"compat/shim"},
    "compat/gz/gz_file.hpp": {"compat/shim"},
    # Levels above 9, which zlib.h does not have: its streams, and where they find cores and devices.
    "lib/engine/deflate_stream.hpp": {"cli"},
    "lib/offload/executors.hpp": {"cli"},
    # What a device can do for libzstd.
    "lib/offload/devices.hpp": {"cli"},
    "lib/native/include/warpz/warpz_zstd.h": {"cli"},
    # Decoding from the middle of a stream, for which zlib.h has no words; the counters that --stats shows.
    "lib/parallel/block_finder.hpp": {"cli"},
    "lib/parallel/marker_resolver.hpp": {"cli"},
    "lib/parallel/member_scan.hpp": {"cli"},
    "lib/engine/stats.hpp": {"cli"},
    # Proving what a device has deflated, which is the same for the guest of one as for a stream.
    "lib/offload/verify.hpp": {"driver/model"},
    # The accelerator's C face, all that a front end in somebody else's program sees.
    "driver/model/accelerator.h": {"driver/model/qemu"},
    "driver/model/hisi/hisi_zip.h": {"driver/model/qemu"},
}
# Programs and what is linked into programs: the C++ runtime is there.
WITH_RUNTIME = {"cli", "cli/ctl", "driver/model", "driver/model/hisi"}
# Code for another project's tree, whose headers it names in quotes.
GUESTS = {"driver/model/qemu"}
# Where a quoted or angled name may be found, as the build has it.
INCLUDE_ROOTS = ["lib", "lib/native/include", "compat", "compat/include", "driver/include/uapi", "driver/model", "cli"]
# Headers that need the C++ runtime at link or run time, or throw.
RUNTIME_HEADERS = set("""any condition_variable deque exception filesystem format fstream functional future iomanip ios
    iostream istream list locale map mutex new ostream queue regex set semaphore shared_mutex sstream stack stdexcept
    string thread typeinfo unordered_map unordered_set vector""".split()) - {"new"}  # placement new is inline

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
SOURCES = {".h", ".hpp", ".c", ".cpp", ".inc"}


def layer_of(path):
    """The longest folder in BELOW that holds the path, or None."""
    for folder in [str(parent) for parent in path.parents]:
        if folder in BELOW:
            return folder
    return None


def reachable(layer):
    result, todo = set(), [layer]
    while todo:
        folder = todo.pop()
        if folder not in result:
            result.add(folder)
            todo += BELOW[folder]
    return result


def find(root, includer, name, quoted):
    """The file of this tree that the name means, relative to root; None for one of the system."""
    folders = ([includer.parent] if quoted else []) + [pathlib.PurePath(r) for r in INCLUDE_ROOTS]
    for folder in folders:
        if (root / folder / name).is_file():
            return pathlib.PurePath((root / folder / name).resolve().relative_to(root.resolve()))
    return None


def check(root):
    problems, files = [], 0
    tops = sorted({folder.partition("/")[0] for folder in BELOW})
    for path in (path for top in tops for path in sorted((root / top).glob("**/*"))):
        relative = pathlib.PurePath(path.relative_to(root))
        layer = layer_of(relative)
        if layer is None or path.suffix not in SOURCES or not path.is_file():
            continue
        files += 1
        allowed = reachable(layer)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            name, quoted = match.group(2), match.group(1) == '"'
            where = f"{relative}:{number}: includes {name}"
            target = find(root, relative, name, quoted)
            if target is None:
                if quoted and layer not in GUESTS:
                    problems.append(f"{where}, which is not in the tree")
                elif name in ("zlib.h", "zconf.h") and "compat/include" not in allowed:
                    problems.append(f"{where}, which is for compat/, cli/ and tests/ only")
                elif layer not in WITH_RUNTIME and name in RUNTIME_HEADERS:
                    problems.append(f"{where}, which needs the C++ runtime")
                continue
            target_layer = layer_of(target)
            if target_layer is None:
                problems.append(f"{where}, which belongs to no layer")
            elif target_layer not in allowed and layer not in EXCEPTIONS.get(str(target), ()):
                problems.append(f"{where}: {target_layer} is not below {layer}")
    return problems, files


def self_test():
    """A tree with one breach of each rule: every breach is found, and nothing else."""
    tree = {
        "lib/base/result.hpp": "#include <cstdint>\n",
        "lib/format/bits.hpp": '#include "base/result.hpp"\n#include "deflate/matcher.hpp"\n',
        "lib/deflate/matcher.hpp": '#include "format/bits.hpp"\n#include "matcher_tables.hpp"\n',
        "lib/deflate/matcher_tables.hpp": "#include <span>\n#include <vector>\n",
        "lib/engine/stream.cpp": '#include "deflate/matcher.hpp"\n#include "zlib.h"\n#include <zlib.h>\n',
        "compat/include/zlib.h": "#include <stddef.h>\n",
        "compat/boundary.hpp": '#include "engine/stream.hpp"\n#include "zlib.h"\n',
        "compat/gz/file.hpp": '#include "boundary.hpp"\n',
        "compat/shim/preload.cpp": '#include "boundary.hpp"\n#include "engine/stream.cpp"\n',
        "lib/engine/codec.hpp": '#include "base/result.hpp"\n',
        "lib/inflate/inflater.hpp": '#include "engine/codec.hpp"\n#include "engine/stream.cpp"\n',
        "cli/main.cpp": "#include <vector>\n#include <zlib.h>\n  #  include \"base/result.hpp\"\n",
        "lib/device/sqe.hpp": '#include "base/result.hpp"\n',
        "driver/warpz_zip/zip.c": '#include <linux/mutex.h>\n#include "../../lib/base/result.hpp"\n',
        "driver/model/accelerator.h": "#include <stdint.h>\n",
        "driver/model/accelerator.cpp": '#include "accelerator.h"\n#include "device/sqe.hpp"\n#include <vector>\n'
                                        '#include "engine/stream.cpp"\n',
        "driver/model/qemu/device.c": '#include "hw/pci/pci.h"\n#include "accelerator.h"\n#include "device/sqe.hpp"\n',
        "tests/anything.cpp": '#include "engine/stream.cpp"\n#include <vector>\n',
    }
    want = {
        "lib/format/bits.hpp:2", "lib/deflate/matcher_tables.hpp:2", "lib/engine/stream.cpp:2",
        "lib/engine/stream.cpp:3", "compat/boundary.hpp:1", "compat/shim/preload.cpp:2", "cli/main.cpp:3",
        "lib/inflate/inflater.hpp:2", "driver/warpz_zip/zip.c:2", "driver/model/accelerator.cpp:4",
        "driver/model/qemu/device.c:3",
    }
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        problems, files = check(root)
    have = {":".join(problem.split(":")[:2]) for problem in problems}
    assert have == want, f"found {sorted(have - want)}, missed {sorted(want - have)}"
    assert files == len(tree) - 1, f"{files} files were read"  # tests/ may include anything
    return [], files


def main():
    problems, files = self_test() if sys.argv[1] == "--self-test" else check(pathlib.Path(sys.argv[1]))
    for problem in problems:
        print(problem)
    print(f"{files} files, {len(problems)} problems")
    sys.exit(1 if problems or files == 0 else 0)


if __name__ == "__main__":
    main()
