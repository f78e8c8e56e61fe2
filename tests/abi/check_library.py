#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""Checks of the built libraries that readelf can answer: exported names and versions, dependencies, what is called
in libc, and the segments. Each check is a CTest of its own; see CMakeLists.txt.

usage: check_library.py CHECK FILE [REFERENCE]     prints what is wrong and exits 1, or one line and 0
"""
import collections
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
Symbol = collections.namedtuple("Symbol", "name version type bind visibility section")

# libc functions that end the process, write where nobody asked, or read what a setuid program must not trust;
# and the C++ runtime.
FORBIDDEN = re.compile(
    r"""^( _*(abort|exit|_exit|quick_exit|assert_fail|assert_perror_fail|raise|kill|system|popen)
         | _*(v|f|d|vf|vd)?w?printf(_chk)? | _*v?sprintf(_chk)? | _*(f|put)?puts?(c|char)?(_unlocked)? | perror
         | fwrite(_unlocked)? | stdout | stderr | v?syslog | v?warnx? | v?errx? | error | psignal
         | signal | sigaction | sigprocmask | atexit | getenv
         | _Z.* | __cxa_(?!finalize$).* | __gxx_.* | _Unwind_.* | __dynamic_cast | __once_proxy )$""",
    re.VERBOSE)


# Mangled names of namespace warpz: functions and variables, their vtables, thunks and type names, their statics. What the
# compiler made from the C++ library's inline functions is weak, and any program may have the same.
OURS = re.compile(r"_Z(Z|T[VTSI]|Thn?\d+_)?NK?5warpz")
INLINE = re.compile(r"_ZZ?(NK?[RO]?)?(St|9__gnu_cxx)|_Zn[wa][mj]Pv$")


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], check=True, capture_output=True, text=True).stdout


def symbols(file, table):
    """Rows of a symbol table ("--dyn-syms" or "--syms"); of each member, where the file is an archive."""
    for line in readelf(table, file).splitlines():
        words = line.split()
        if len(words) < 8 or not words[0].rstrip(":").isdigit() or words[3] in ("FILE", "SECTION"):
            continue
        # The name follows the section's number; st_other may put brackets between type and section.
        name, _, version = words[-2 if words[-1].startswith("(") else -1].partition("@")
        yield Symbol(name, version.lstrip("@") or "-", words[3], words[4], words[5], words[6])


def exported(file):
    return {(s.version, s.name): s for s in symbols(file, "--dyn-syms")
            if s.section not in ("UND", "ABS") and s.bind in ("GLOBAL", "WEAK", "UNIQUE") and s.name != s.version}


def promised():
    lines = (HERE / "exports.txt").read_text().splitlines()
    return {tuple(line.split()) for line in lines if not line.startswith("#")}


def dynamic(file, tag):
    return re.findall(r"\(%s\).*\[(.*)\]" % tag, readelf("-d", file))


def check_exports(file, reference):
    """The 95 functions with their versions, and nothing else; among them all of the system's libz."""
    want, have, system = promised(), exported(file), exported(reference)
    problems = [f"not exported: {name} {version}" for version, name in sorted(want - have.keys())]
    problems += [f"exported, but not in exports.txt: {name} {version}" for version, name in sorted(have.keys() - want)]
    problems += [f"{s.name}: {s.type} {s.bind} {s.visibility} is not FUNC GLOBAL DEFAULT" for s in have.values()
                 if (s.type, s.bind, s.visibility) != ("FUNC", "GLOBAL", "DEFAULT")]
    problems += [f"exported by {reference}, but not here: {name} {version}"
                 for version, name in sorted(system.keys() - have.keys())]
    return problems, f"{len(have)} functions, {len(system)} of them in {reference}"


def check_versions(file, reference):
    """The version nodes, each with the predecessor that zlib gives it."""
    def nodes(library):
        section = readelf("-V", library).partition("Version definition section")[2].partition("\nVersion needs")[0]
        found, last = {}, None
        for node, parent in re.findall(r"Index: \d+\s+Cnt: \d+\s+Name: (\S+)|Parent 1: (\S+)", section):
            if node:
                found[node] = last = node
                found[node] = "-"
            else:
                found[last] = parent
        return found
    have, system = nodes(file), nodes(reference)
    want = {version for version, _ in promised()} - {"-"} | {"libz.so.1"}
    problems = [f"no version node {node}" for node in sorted(want - have.keys())]
    problems += [f"version node {node} is unknown" for node in sorted(have.keys() - want)]
    problems += [f"{node} follows {have.get(node)}; in {reference} it follows {parent}"
                 for node, parent in system.items() if have.get(node) != parent]
    return problems, f"{len(have) - 1} version nodes"


def check_dependencies(file, _):
    """SONAME libz.so.1; libc and the loader are all it needs; no search path."""
    needed = dynamic(file, "NEEDED")
    problems = [] if dynamic(file, "SONAME") == ["libz.so.1"] else [f"SONAME is {dynamic(file, 'SONAME')}"]
    problems += [f"needs {name}" for name in needed
                 if name != "libc.so.6" and not re.fullmatch(r"ld-linux[-\w]*\.so\.\d", name)]
    problems += [f"has a search path: {path}" for path in dynamic(file, "R(?:UN)?PATH")]
    return problems, f"SONAME libz.so.1, needs {' '.join(needed)}"


def check_imports(file, _):
    """Nothing is called that ends the process, prints, or needs the C++ runtime. vsnprintf is gzprintf's."""
    imports = {s.name for s in symbols(file, "--dyn-syms") if s.section == "UND" and s.name}
    return [f"uses {name}" for name in sorted(imports) if FORBIDDEN.match(name)], f"{len(imports)} names from libc"


def check_archive(file, _):
    """libz.a: the 95 functions; all other global names are this project's, in namespace warpz. No C++ runtime."""
    rows = list(symbols(file, "--syms"))
    defined = {s.name for s in rows if s.section != "UND" and s.bind in ("GLOBAL", "WEAK", "UNIQUE")
               and not (s.bind == "WEAK" and INLINE.match(s.name))}
    used = {s.name for s in rows if s.section == "UND" and s.name} - {s.name for s in rows if s.section != "UND"}
    functions = {name for _, name in promised()}
    problems = [f"does not define {name}" for name in sorted(functions - defined)]
    problems += [f"defines {name}" for name in sorted(defined - functions) if not OURS.match(name)]
    problems += [f"uses {name}" for name in sorted(used) if FORBIDDEN.match(name)]
    return problems, f"{len(functions)} functions, {len(defined - functions)} names in namespace warpz"


def check_segments(file, _):
    """No executable stack, no relocations in code, nothing both writable and executable, RELRO."""
    headers = [line.split() for line in readelf("-l", file).splitlines() if re.match(r"  [A-Z_]+ +0x", line)]
    flags = {(words[0], "".join(words[6:-1])) for words in headers}
    problems = [f"{kind} is {permissions}" for kind, permissions in sorted(flags)
                if "E" in permissions and ("W" in permissions or kind == "GNU_STACK")]
    kinds = {kind for kind, _ in flags}
    problems += [f"no {kind} segment" for kind in ("GNU_STACK", "GNU_RELRO") if kind not in kinds]
    if "(TEXTREL)" in readelf("-d", file):
        problems.append("has text relocations")
    return problems, "stack, code and data segments are as they should be"


def check_startup(file, _):
    """Globals are constant-initialised. One entry is the C runtime's, one looks for settings in the environment."""
    pointer_bytes = 8 if "ELF64" in readelf("-h", file) else 4
    sizes = [int(size) for size in re.findall(r"\(INIT_ARRAYSZ\)\s+(\d+)", readelf("-d", file))]
    problems = [f"{size // pointer_bytes} initialisers" for size in sizes if size > 2 * pointer_bytes]
    return problems, "no initialisers but the one for settings"


def main():
    check, file, reference = (sys.argv[1:] + [None])[:3]
    problems, summary = globals()["check_" + check](file, reference)
    for problem in problems:
        print(f"{file}: {problem}")
    print(f"{len(problems)} problems" if problems else summary)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
