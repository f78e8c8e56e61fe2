# SPDX-License-Identifier: Zlib
# What quickstart.sh, test.sh and the recipes share: where the tree is, how Debian packages get installed, which
# real files serve as data. Sourced, with `set -euo pipefail` in force; defines functions and WARPZ_ROOT, runs nothing.
# shellcheck shell=bash

WARPZ_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# say TEXT...: a heading in the output, with the seconds since the script began.
say() { printf '\n== [%5d s] %s\n' "$SECONDS" "$*"; }

# die TEXT...: gives up, with the reason on stderr.
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# packages_of GROUP...: the names that packages.txt lists in these groups, or in all of them without arguments.
packages_of() {
    awk -v groups=" $* " '
        { sub(/#.*/, "") }
        /^\[/ { gsub(/[][ \t]/, ""); group = $0; next }
        NF == 1 && (groups ~ /^ +$/ || index(groups, " " group " ")) { print $1 }
    ' "$WARPZ_ROOT/scripts/packages.txt"
}

# missing_packages: of the names on standard input, those that are not installed.
missing_packages() {
    local name
    while read -r name; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
    done
}

# apt_install NAME...: installs them as root, without questions. Servers that come along stay stopped: Debian asks
# policy-rc.d before it starts one, and 101 means no.
apt_install() {
    local policy=/usr/sbin/policy-rc.d made_policy='' status=0
    local apt=(apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made_policy=yes
    fi
    {
        "${apt[@]}" update &&
            DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@" </dev/null
    } || status=$?
    if [[ $made_policy ]]; then rm -f "$policy"; fi
    return "$status"
}

# install_packages [GROUP...]: makes the packages of these groups available; does nothing when they already are.
install_packages() {
    command -v dpkg-query >/dev/null || die "this script knows Debian 12 only; see scripts/packages.txt for what is needed"
    local missing
    mapfile -t missing < <(packages_of "$@" | missing_packages)
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        printf 'Not root, so please install first:\n  apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
        die "${#missing[@]} packages are missing"
    fi
    say "installing ${#missing[@]} packages: ${missing[*]}"
    apt_install "${missing[@]}" >"${TMPDIR:-/tmp}/warpz-install.$$.log" 2>&1 || {
        tail -n 40 "${TMPDIR:-/tmp}/warpz-install.$$.log" >&2
        die "apt-get could not install them"
    }
    rm -f "${TMPDIR:-/tmp}/warpz-install.$$.log"
}

# sample_tree FOLDER KIB: fills the folder with real files of this system (text and programs), at most that much;
# the same choice every time.
sample_tree() {
    local folder=$1 list
    list=$(mktemp "${TMPDIR:-/tmp}/warpz-sample.XXXXXX")
    find -H /usr/bin /usr/lib/python3 /usr/lib/python3.11 /usr/include /usr/share/perl /usr/share/doc \
        /usr/share/common-licenses -type f -size +0 -size -2048k ! -name '*.gz' -readable -printf '%s %p\0' 2>/dev/null |
        LC_ALL=C sort -z | shuf -z --random-source=<(yes) |
        awk -v RS='\0' -v ORS='\0' -v left=$(($2 * 1024)) '$1 <= left { left -= $1; sub(/^[0-9]+ /, ""); print }' >"$list"
    mkdir -p "$folder"
    tar --null --no-recursion -cf - -T "$list" 2>/dev/null | tar -xf - -C "$folder" --no-same-owner --no-same-permissions
    rm -f "$list"
    [[ -d $folder/usr ]] || die "no sample files found under /usr"
}

# debian_suites DIR SUITE...: a state of apt of our own in DIR, in which these suites are all there is and nothing is
# installed; their sources as well when DEB_SRC is set. Options for apt-get and apt-cache are left in APT. Fails when the archive does not
# answer.
debian_suites() {
    local dir=$1 suite mirror types=(deb ${DEB_SRC:+deb-src}) type
    shift
    mkdir -p "$dir"/{lists/partial,cache/archives/partial}
    : >"$dir/status"
    for suite in "$@"; do
        mirror=${WARPZ_DEBIAN_MIRROR:-http://deb.debian.org/debian}
        [[ $suite != *-security ]] || mirror=${WARPZ_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}
        for type in "${types[@]}"; do
            printf '%s [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$type" "$mirror" "$suite"
        done
    done >"$dir/sources.list"
    APT=(-q -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$dir/lists"
        -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" -o Debug::NoLocking=1 -o Acquire::Retries=3
        -o "APT::Sandbox::User=$(id -un)" -o APT::Architecture=amd64)
    apt-get "${APT[@]}" update >/dev/null
}

# fetch_debian_source PACKAGE FOLDER: downloads the source package, as the system's package sources have it, into the
# folder; they need not list sources. Nothing of apt's own state changes. The release's own version comes first: it stays
# in the archive while security updates replace one another.
fetch_debian_source() {
    local package=$1 folder=$2 apt deb822 status=0
    apt=$(mktemp -d "${TMPDIR:-/tmp}/warpz-apt.XXXXXX")
    mkdir -p "$apt/lists/partial" "$apt/parts"
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$apt/sources.list" 2>/dev/null || true
    for deb822 in /etc/apt/sources.list.d/*.sources; do
        if [[ -e $deb822 ]]; then sed 's/^Types:.*/Types: deb-src/' "$deb822" >"$apt/parts/${deb822##*/}"; fi
    done
    local options=(-q -o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/parts"
        -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache::srcpkgcache=$apt/srcpkgcache.bin"
        -o "Dir::Cache::pkgcache=$apt/pkgcache.bin" -o "Acquire::Retries=3" -o "APT::Sandbox::User=$(id -un)")
    (
        cd "$folder" && apt-get "${options[@]}" update &&
            { apt-get "${options[@]}" --download-only source "$package/$(. /etc/os-release && echo "$VERSION_CODENAME")" ||
                apt-get "${options[@]}" --download-only source "$package"; }
    ) || status=$?
    rm -rf "$apt"
    return "$status"
}
