#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""What libwarpz.so and libwarpz-zstd.so export and need: the functions that their headers declare, under one version, and
libc. The readelf part and the rules for what libraries may use are those of libz.so.1, in tests/abi.

usage: check_symbols.py FILE MAP     prints what is wrong and exits 1, or one line and 0
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "abi"))
sys.dont_write_bytecode = True
import check_library as abi  # noqa: E402

INCLUDE = HERE.parents[1] / "lib/native/include/warpz"


def declared(header):
    """Functions of a header: what stands before the bracket of a declaration at the beginning of a line."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
    return set(re.findall(r"^(?!typedef|#)[\w ]+\*? ?\b(warpz_\w+)\(", text, re.MULTILINE))


def main():
    file, version_map = sys.argv[1], pathlib.Path(sys.argv[2])
    text = version_map.read_text()
    node = re.search(r"^(\w+) \{", text, re.MULTILINE).group(1)
    want = {(node, name) for name in re.findall(r"\b(warpz_\w+);", text)}
    header = INCLUDE / ("warpz_zstd.h" if "zstd" in version_map.name else "warpz.h")
    promised = {(node, name) for name in declared(header)}
    have = abi.exported(file).keys()
    problems = [f"exports {name} {version}, which is not in {version_map.name}" for version, name in have - want]
    problems += [f"does not export {name}" for _, name in want - have]
    problems += [f"{header.name} declares {name}, which is not exported" for _, name in promised - have]
    problems += [f"exports {name}, which {header.name} does not declare" for _, name in have - promised]
    problems += [f"needs {name}" for name in abi.dynamic(file, "NEEDED") if not re.match(r"libc\.so|ld-linux", name)]
    problems += [f"has a search path: {path}" for path in abi.dynamic(file, "R(?:UN)?PATH")]
    soname = f"lib{version_map.stem.replace('_', '-')}.so.0"
    if abi.dynamic(file, "SONAME") != [soname]:
        problems.append(f"SONAME is {abi.dynamic(file, 'SONAME')}, not {soname}")
    for check in (abi.check_imports, abi.check_segments, abi.check_startup):
        problems += check(file, None)[0]
    for problem in problems:
        print(f"{file}: {problem}")
    print(f"{len(problems)} problems" if problems else f"{len(have)} functions {node}, libc and nothing else")
    sys.exit(1 if problems else 0)


main()
