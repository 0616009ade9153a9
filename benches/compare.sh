#!/usr/bin/env bash
# Compares boutique with another renderer on generated trees: medians of the wall time, and whether the bytes are the same.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: benches/compare.sh [--bin PROGRAM] [--peer COMMAND] [--runs N] [TREE...]

  --bin PROGRAM     boutique (default: the release build, which is made)
  --peer COMMAND    what to compare with: a command that renders the directory it is given (default: `kustomize build`,
                    or else `kubectl kustomize`); with '' only boutique is measured
  --runs N          how many runs are measured, after one that is not (default 5)
  TREE              what to render: see examples/scale.rs, or a directory of this repository

Prints a table in Markdown. The programs run in turn, so that a change of the machine's speed hits both. Of a `fleet`,
boutique renders all targets in one process, and the peer each in a process of its own, one after the other. The exit
code is 1 where the outputs differ.
TEXT
}

fail() {
    echo "compare.sh: $*" >&2
    exit 2
}

bin=
peer=unset
runs=5
trees=()
while (($#)); do
    case $1 in
        --bin | --peer | --runs)
            (($# > 1)) || fail "$1 needs a value"
            printf -v "${1#--}" %s "$2"
            shift
            ;;
        -h | --help)
            usage
            exit
            ;;
        -*) fail "there is no option $1" ;;
        *) trees+=("$1") ;;
    esac
    shift
done
((${#trees[@]})) || trees=(
    tiny overlays/dev flat:300 flat:1000 patches:300x100 replacements:300x100 deep:10x200 crd:10 configmap:10 fleet:20
)
[[ ${EPOCHREALTIME-} ]] || fail "this needs bash 5 or newer"
[[ $runs == [1-9]* && $runs != *[!0-9]* ]] || fail "--runs takes a number from 1"
if [[ $peer == unset ]]; then
    if command -v kustomize >/dev/null; then
        peer='kustomize build'
    elif command -v kubectl >/dev/null; then
        peer='kubectl kustomize'
    else
        fail "neither kustomize nor kubectl is on the PATH; give --peer"
    fi
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${CARGO_TARGET_DIR:-target}
if [[ -z $bin ]]; then
    bin=$target/release/boutique
    cargo build --quiet --release --bin boutique
fi
cargo build --quiet --release --example scale
read -ra peer_words <<<"$peer"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Renders directories with the peer: a process each.
run_peer() {
    local directory between=
    for directory; do
        printf %s "$between"
        between=$'---\n'
        "${peer_words[@]}" "$directory" || return
    done
}

# Sets `elapsed` to the microseconds that a command takes. Its output goes to a file.
measure() {
    local output=$1 start end
    shift
    start=${EPOCHREALTIME/[.,]/}
    "$@" >"$output" 2>"$work/messages" || return
    end=${EPOCHREALTIME/[.,]/}
    elapsed=$((end - start))
}

# Prints the median of the numbers in a file.
median() {
    sort -n "$1" | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'
}

# Prints microseconds for people.
duration() {
    awk -v us="$1" 'BEGIN {
        if (us < 1e5) printf "%.1f ms", us / 1e3
        else if (us < 1e6) printf "%.0f ms", us / 1e3
        else printf "%.2f s", us / 1e6
    }'
}

# Measures one tree, and prints its row.
compare() {
    local tree=$1 run mine theirs= ratio= output= elapsed directories
    [[ -z $peer ]] || output=same
    if [[ -d $tree ]]; then
        directories=("$tree")
    else
        rm -rf "$work/tree"
        mapfile -t directories < <("$target/release/examples/scale" "$tree" "$work/tree")
        ((${#directories[@]})) || fail "cannot write the tree $tree"
    fi
    : >"$work/mine" >"$work/theirs"
    for ((run = 0; run <= runs; run++)); do
        measure "$work/mine.yaml" "$bin" render "${directories[@]}" || fail "boutique fails on $tree: $(<"$work/messages")"
        # The first run only warms up.
        ((run == 0)) || echo "$elapsed" >>"$work/mine"
        [[ $peer ]] || continue
        measure "$work/theirs.yaml" run_peer "${directories[@]}" || fail "$peer fails on $tree: $(<"$work/messages")"
        ((run == 0)) || echo "$elapsed" >>"$work/theirs"
        cmp -s "$work/mine.yaml" "$work/theirs.yaml" || output=differs
    done
    [[ $output != differs ]] || status=1
    mine=$(median "$work/mine")
    if [[ $peer ]]; then
        theirs=$(median "$work/theirs")
        ratio=$(awk -v mine="$mine" -v theirs="$theirs" 'BEGIN { printf "%.0fx", theirs / mine }')
        theirs=$(duration "$theirs")
    fi
    printf '| %s | %s | %s | %s | %s |\n' "$tree" "$(duration "$mine")" "$theirs" "$ratio" "$output"
}

status=0
printf '| tree | boutique | %s | ratio | output |\n| --- | ---: | ---: | ---: | --- |\n' "${peer:-peer}"
for tree in "${trees[@]}"; do
    compare "$tree"
done
exit "$status"
