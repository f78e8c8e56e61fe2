# SPDX-License-Identifier: Zlib
# What the recipes of zlib's own programs share. Their sources are those of Debian's source package zlib; they are
# compiled in two ways: "ours" against our header and linked with our library (not for preload), "debian" as Debian
# would compile them (not for the model and the pool). WARPZ_LINK_FLAGS goes to the link of the former: an instrumented library needs its runtime,
# and can't be loaded into programs without it, so that the latter are left out.
# shellcheck shell=bash

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=../lib.sh
. "$HERE/../lib.sh"

CC=${CC:-cc}
KINDS=()
if [[ $MODE != preload ]]; then KINDS+=(ours); fi
if [[ ! ${WARPZ_LINK_FLAGS:-} ]] && ! is_offloaded; then KINDS+=(debian); fi

debian_source zlib zlib
mkdir plain

# build NAME SOURCES OPTION...: ours_NAME and debian_NAME from files in plain/.
build() {
    local name=$1 sources
    read -ra sources <<<"$2"
    shift 2
    if [[ $MODE != preload ]]; then
        # shellcheck disable=SC2086
        "$CC" -O1 -g -w "$@" -I "$HERE/../../../compat/include" -o "ours_$name" "${sources[@]/#/plain/}" "$LIBRARY" \
            ${WARPZ_LINK_FLAGS:-}
    fi
    "$CC" -O1 -g -w "$@" -o "debian_$name" "${sources[@]/#/plain/}" -lz
}
