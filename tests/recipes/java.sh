#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# Java's java.util.zip, which OpenJDK builds on the system's zlib: levels and strategies changed in mid-stream,
# flushes, dictionaries, exact getRemaining(), GZIP and ZIP files. What it writes is read again on the system's zlib.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

JAVA=''
for candidate in /usr/lib/jvm/java-17-openjdk-*/bin/java; do
    if shows 'libz\.so\.1' ldd "${candidate%/bin/java}/lib/libzip.so"; then JAVA=$candidate; fi
done
[[ $JAVA && -x ${JAVA}c ]] || skip "no OpenJDK 17 that uses the system's zlib (Debian package openjdk-17-jdk-headless)"
unset JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH

sample_tree tree 4096
tar -cf tree.tar tree
# Compiled without the library, so that the loader's log is about the program only.
"${JAVA}c" -d classes "$RECIPES/ZipRoundTrip.java"
java() { "$1" "$JAVA" -Xmx512m -Xshare:auto -cp classes ZipRoundTrip "${@:2}"; }
mkdir out
java with_warpz write tree.tar out
java with_warpz read tree.tar out
prove_loaded "java"
head -c 1000 tree.tar >small
mkdir small.out
prove_bound deflate "$JAVA" -cp classes ZipRoundTrip write small small.out
prove_bound inflate "$JAVA" -cp classes ZipRoundTrip read small small.out
java env read tree.tar out
for file in out/*.gz; do gzip -dc "$file" | cmp - tree.tar; done
note "$(find out -type f | wc -l) files written by java.util.zip read the same on both zlibs"
