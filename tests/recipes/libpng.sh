#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# libpng: its own pngtest and pngvalid, from Debian's source, linked with Debian's libpng16. libpng resets and
# reuses one deflate stream, reads the window size from headers it patches, and checks inflate's messages.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

require_program /usr/bin/cc gcc
pkg-config --exists libpng zlib || skip "no libpng headers (Debian package libpng-dev)"
shows 'libpng16\.so\.16 ' ldconfig -p || skip "no libpng16.so.16"
debian_source libpng1.6 source

# Both programs insist on the headers of their own version.
version=$(pkg-config --modversion libpng)
grep -q "PNG_LIBPNG_VER_STRING \"$version\"" source/png.h || skip "libpng-dev is $version, the source package is not"
cc -O1 source/pngtest.c -o pngtest $(pkg-config --cflags --libs libpng zlib)
cc -O1 -Isource/contrib/libtests source/contrib/libtests/pngvalid.c -o pngvalid $(pkg-config --cflags --libs libpng zlib) -lm

with_warpz ./pngtest -m source/pngtest.png source/contrib/testpngs/*.png >pngtest.log 2>&1 ||
    { tail -n 20 pngtest.log; fail "pngtest"; }
with_warpz ./pngvalid >pngvalid.log 2>&1 || { tail -n 20 pngvalid.log; fail "pngvalid"; }
prove_loaded "pngtest and pngvalid"
prove_bound deflate ./pngtest source/pngtest.png >/dev/null
prove_bound inflate ./pngtest source/pngtest.png >/dev/null
note "$(grep -c 'PASS' pngtest.log) lines of pngtest and pngvalid pass"
