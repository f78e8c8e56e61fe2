#!/usr/bin/env python3
# SPDX-License-Identifier: Zlib
"""public_infcover.py IN OUT: takes out of zlib's infcover.c what is not the public interface. Each edit names its
reason and must apply exactly as often as it says, so that another version of the file is noticed.
"""
import re
import sys

EDITS = [
    # Writes into zlib's own state, to reach states that no call reaches.
    (1, r"\n *struct inflate_state \*state;(?=\n\n *if \(desc == Z_NULL\))", ""),
    (1, r"\n *state = \(void \*\)\(\(z_stream \*\)desc\)->state;\n.*\n.*mode = SYNC;.*", ""),
    (1, r"\n */\* force mode error by mucking with state \*/\n.*\n *assert\(ret == Z_STREAM_ERROR\);", ""),
    # A call into a private function.
    (1, r"(?s)\n    /\* we need to call inflate_table\(\) directly.*?(?=\n\}\n)", ""),
    (1, r"\n *int ret;\n *unsigned bits;\n *unsigned short lens.*\n *code \*next, table.*", ""),
    # The version text that 1.2.13's copy passes begins one byte before a string.
    ((0, 1), r"ZLIB_VERSION - 1", '"!"'),
    # The same, to take a dictionary after all once an allocation has failed; the calls up to the next limit follow from it.
    (1, r"(?s)\n *\(\(struct inflate_state \*\)strm\.state\)->mode = DICT;.*?assert\(ret == Z_BUF_ERROR\);", ""),
]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    for times, pattern, replacement in EDITS:
        text, count = re.subn(pattern, replacement, text)
        if count not in (times if isinstance(times, tuple) else (times,)):
            sys.exit(f"{sys.argv[1]}: {pattern!r} applies {count} times")
    left = re.findall(r".*(?:strm\.state|->state|inflate_table\().*", text)
    if left:
        sys.exit(f"{sys.argv[1]}: still private: {left}")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
