#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# ruby: its own tests of the Zlib module, from Debian's ruby source. The module is an extension, so libz.so.1
# enters the process by dlopen().
set -euo pipefail
. "$(dirname "$0")/lib.sh"

RUBY=/usr/bin/ruby
require_program $RUBY ruby
package=$($RUBY --disable-gems -e 'puts "ruby" + RUBY_VERSION[/\d+\.\d+/]')
debian_source "$package" source

# Three tests assert how many bytes zlib's own deflate gives out, and when, for 20000 random bytes; what they are about
# (chunks handed to a block, a break in it) is left to the others.
cd source
with_warpz $RUBY --disable-gems -I tool/lib -r test/unit test/zlib/test_zlib.rb \
    -n '!/#test_deflate_(chunked|chunked_break|stream)$/' || fail "ruby's test_zlib.rb"
prove_loaded "test_zlib.rb"
prove_bound deflate $RUBY --disable-gems -r zlib -e 'Zlib.deflate("x")'
prove_bound inflate $RUBY --disable-gems -r zlib -e 'Zlib.inflate(Zlib.deflate("x"))'
