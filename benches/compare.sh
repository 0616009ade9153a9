#!/usr/bin/env bash
# Compares boutique with another renderer on generated trees: median wall times, and whether the outputs are identical.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: benches/compare.sh [--bin PROGRAM] [--peer COMMAND] [--runs N] [TREE...]

  --bin PROGRAM     The boutique binary [default: a release build]
  --peer COMMAND    The command to compare with, which renders the directory given as its argument; '' measures only
                    boutique [default: `kustomize build`, or else `kubectl kustomize`]
  --runs N          Number of measured runs, after a warm-up run [default: 5]
  TREE              A tree to render: a name as in examples/scale.rs, or a directory of this repository

Prints a table in Markdown. The programs run alternately, so that changes in the machine's speed affect both. boutique renders
all targets of a `fleet` in one process; the peer renders each in its own process, one after the other.

Exit codes: 0 success, 1 the outputs differ, 2 error
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
            (($# > 1)) || fail "$1 requires a value"
            printf -v "${1#--}" %s "$2"
            shift
            ;;
        -h | --help)
            usage
            exit
            ;;
        -*) fail "unknown option $1" ;;
        *) trees+=("$1") ;;
    esac
    shift
done
((${#trees[@]})) || trees=(
    tiny overlays/dev flat:300 flat:1000 patches:300x100 replacements:300x100 deep:10x200 crd:10 configmap:10 fleet:20
)
[[ ${EPOCHREALTIME-} ]] || fail "bash 5 or newer is required"
[[ $runs == [1-9]* && $runs != *[!0-9]* ]] || fail "--runs requires a positive number"
if [[ $peer == unset ]]; then
    if command -v kustomize >/dev/null; then
        peer='kustomize build'
    elif command -v kubectl >/dev/null; then
        peer='kubectl kustomize'
    else
        fail "neither kustomize nor kubectl is on the PATH; use --peer"
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

# Renders directories with the peer, one process for each.
run_peer() {
    local directory between=
    for directory; do
        printf %s "$between"
        between=$'---\n'
        "${peer_words[@]}" "$directory" || return
    done
}

# Runs a command with its output in a file, and sets `elapsed` to its duration in microseconds.
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

# Prints a duration in microseconds in a readable unit.
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
        measure "$work/mine.yaml" "$bin" render "${directories[@]}" || fail "boutique failed on $tree: $(<"$work/messages")"
        # The first run is a warm-up.
        ((run == 0)) || echo "$elapsed" >>"$work/mine"
        [[ $peer ]] || continue
        measure "$work/theirs.yaml" run_peer "${directories[@]}" || fail "$peer failed on $tree: $(<"$work/messages")"
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
