#!/bin/sh
# SPDX-License-Identifier: Zlib
# The completions, each asked by its own shell: bash and fish by their functions, zsh's line editor on a pseudo-terminal.
. "$(dirname "$0")/lib.sh"

: "${WARPZ_TEXTS:?folder of the made texts}"
HOME=$scratch
PATH=$scratch/bin:$PATH
export HOME PATH

# Each complete_SHELL LINE prints what the shell offers behind the line, one word a line, without the part before '='.

# The words as readline gives them: '=' is one of its own.
complete_bash() {
    bash --norc --noprofile -c '
        . "$1"
        line=${2//=/ = }
        [[ $line == *" " && $2 != *" " ]] && line=${line% }
        read -ra COMP_WORDS <<<"$line"
        [[ $2 != *" " ]] || COMP_WORDS+=("")
        COMP_LINE=$2 COMP_POINT=${#2} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        shopt -u progcomp_alias
        compopt() { :; }  # has no completion to work on here
        definition=$(complete -p "${COMP_WORDS[0]}") || exit
        [[ $definition =~ \ -F\ ([^ ]+) ]] && "${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" \
            "${COMP_WORDS[COMP_CWORD - 1]}"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$WARPZ_TEXTS/warpz.bash" "$1"
}

complete_fish() {
    fish --no-config -c 'source $argv[1]; complete -C$argv[2]' "$WARPZ_TEXTS/warpz.fish" "$1" | cut -f 1 | sed 's/^--[a-z0-9-]*=\(.\)/\1/'
}

# compadd is where all candidates come by; those that match are written down, and the end of the completion too.
cat >"$scratch/setup.zsh" <<'SETUP'
fpath=($WARPZ_TEXTS $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
    if [[ $@[1,(i)(-|--)] != *-[OAD]* ]]; then
        local -a hits
        builtin compadd -O hits "$@"
        (($#hits)) && print -rl -- ${(Q)hits} >>$ANSWER
    fi
    builtin compadd "$@"
}
_said() { : >$ANSWER.done }
ask() { comppostfuncs=(_said); zle complete-word }
autoload -Uz _main_complete
zle -N ask
bindkey '^T' ask
: >$ANSWER.ready
SETUP
cat >"$scratch/ask.zsh" <<'ASK'
zmodload zsh/zpty zsh/zselect
wait_for() {
    local i said
    for ((i = 0; i < 1000; ++i)); do
        [[ -e $1 ]] && return
        zselect -t 2
        zpty -r -t shell said
    done
    return 1
}
zpty -b shell zsh -f -i
zpty -w shell ". $1/setup.zsh"
wait_for $ANSWER.ready || { print 'zsh did not start'; exit 1 }
zpty -w -n shell "$2"$'\C-t'
wait_for $ANSWER.done || { print 'zsh did not answer'; exit 1 }
zpty -d shell
ASK
complete_zsh() {
    rm -f "$scratch/answer"*
    ANSWER=$scratch/answer zsh -f "$scratch/ask.zsh" "$scratch" "$1"
    touch "$scratch/answer"
    cat "$scratch/answer"
}

# offers LINE WORD...: these words and no others, by the shell at hand.
offers() {
    last_command="$shell: '$1'"
    "complete_$shell" "$1" | sed '/^$/d; s/=$//' | sort -u >"$out"
    shift
    found=$(cat "$out")
    expected=$(printf '%s\n' "$@" | sort)
    [ "$found" = "$expected" ] || fail "$last_command offers $(echo $found), not $(echo $expected)"
}

# All that the help has, and the names that stand for another one.
long_names="$("$warpz" --help | sed -n 's/^  \(-.,\|   \) \(--[a-z0-9-]*\).*/\2/p') --best --processes --silent --to-stdout --uncompress"
touch 'file one' 'file two' other
mkdir gzip
tried=0
for shell in bash zsh fish; do
    if ! command -v $shell >/dev/null; then
        skip "$shell: it is not installed"
        continue
    fi
    tried=$((tried + 1))
    offers 'warpz --fo' --force --format
    offers 'warpz --format=' bgzf gzip raw zlib zstd
    offers 'warpz --format=z' zlib zstd
    offers 'warpz --format b' bgzf
    offers 'warpz --help=' actions coding files headers reports
    offers 'warpz --long=2' 27 28 29
    offers 'warpz --help o' other
    offers 'warpz -p '
    offers 'warpz --threads='
    offers 'warpz -S '
    offers 'warpz -k o' other
    offers 'warpz fi' 'file one' 'file two'
    offers 'warpz -o o' other
    offers 'warpz --output=o' other
    offers 'warpz --files0-from o' other
    offers 'warpz -k other -d o' other
    touch ./--zz
    offers 'warpz -- --z' --zz
    rm ./--zz
    offers 'warpz-zcat --no-' --no-check --no-name --no-progress
    offers 'warpz-gunzip --rec' --recover --recursive
    offers 'warpz-gunzip o' other
    offers 'warpz --' $long_names
done
[ $tried -ne 0 ] || exit 77
finish
