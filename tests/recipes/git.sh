#!/usr/bin/env bash
# SPDX-License-Identifier: Zlib
# git: loose objects, packs with deltas, clone over the pack protocol, fsck. git counts on exact total_in and on
# inflate() stopping at an object's last byte. The system's git checks every object afterwards.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

require_program /usr/bin/git git
export HOME=$SCRATCH GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
/usr/bin/git config --global user.name recipe
/usr/bin/git config --global user.email recipe@localhost
/usr/bin/git config --global init.defaultBranch main
/usr/bin/git config --global protocol.file.allow always
git() { with_warpz /usr/bin/git "$@"; }

sample_tree work 16384
git init -q work
git -C work add .
git -C work commit -q -m 'Real files'
# Changed text makes deltas; a second level makes packs of other compression levels.
find work -name '*.h' -o -name '*.py' -o -name '*.pm' | sort | sed -n 1,200p | xargs sed -i '1,3s/$/ changed/'
git -C work commit -q -a -m 'Change two hundred files'
git -C work -c pack.compression=9 gc -q --aggressive --prune=now
git -C work fsck --full --strict --no-progress
prove_loaded "git init/add/commit/gc/fsck"

git clone -q --no-local "file://$SCRATCH/work" clone
for index in clone/.git/objects/pack/*.idx; do git verify-pack "$index"; done
git -C clone -c core.compression=1 -c pack.compression=1 repack -q -a -d -F
git -C clone archive --format=tar.gz -6 -o "$SCRATCH/tree.tar.gz" HEAD
git -C work bundle create -q "$SCRATCH/all.bundle" --all
prove_loaded "git clone/verify-pack/repack/archive/bundle"
prove_bound deflate /usr/bin/git -C work hash-object -w --stdin <"$LIBRARY"
prove_bound inflate /usr/bin/git -C clone cat-file -p HEAD:./ >/dev/null

/usr/bin/git -C work fsck --full --strict --no-progress
/usr/bin/git -C clone fsck --full --strict --no-progress
/usr/bin/git clone -q all.bundle from-bundle
for copy in clone from-bundle; do diff -r --exclude=.git work "$copy"; done
mkdir tree && tar -xf tree.tar.gz -C tree
diff -r --exclude=.git work tree
note "the system's git and gzip agree on $(/usr/bin/git -C work count-objects -v | awk '/in-pack/ { print $2 }') objects"
