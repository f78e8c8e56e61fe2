# SPDX-License-Identifier: Zlib
# perl under the shim, called with our version: Compress::Raw::Zlib is a module opened at run time, which brings
# libz where the system builds it that way.
use strict;
use warnings;

open(my $maps, '<', '/proc/self/maps') or die "no maps: $!";
die "libz was there before the module\n" if grep { m{/libz\.so} } <$maps>;
require Compress::Raw::Zlib;
open($maps, '<', '/proc/self/maps') or die "no maps: $!";
my @lines = <$maps>;
if (!grep { m{/libz\.so} } @lines) {
    print "skipped: this perl has a zlib of its own\n";
    exit 77;
}
die "the shim is not mapped\n" if !grep { /libwarpz-preload\.so/ } @lines;
my $version = Compress::Raw::Zlib::zlib_version();
die "zlib $version is not ours\n" if $version ne "1.3.2.0";

require Compress::Zlib;
my $text = join('', map { "line $_\n" } 1 .. 20000);
die "round trip\n" if Compress::Zlib::uncompress(Compress::Zlib::compress($text, 6)) ne $text;
die "gzip round trip\n" if Compress::Zlib::memGunzip(Compress::Zlib::memGzip($text)) ne $text;
