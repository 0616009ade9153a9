#!/bin/sh
# Writes the expectations of fixtures: expected.yaml, or the error message in expected-error.txt.
#
#   tests/expected.sh COMMAND [CASE...]
#
# COMMAND renders the directory that follows it, like `kustomize build`, and accepts the same flags; it is split at spaces.
# A CASE is a directory such as fixtures/labels/fields; the default is all cases. The current expectations were written by
# kustomize's api v0.21.3. boutique never writes them.
set -eu

kustomize=${1:?usage: tests/expected.sh COMMAND [CASE...]}
shift
cd "$(dirname "$0")/.."
root=$(pwd -P)
errors=$(mktemp)
output=$(mktemp)
trap 'rm -f "$errors" "$output"' EXIT

[ $# -gt 0 ] || set -- fixtures/*/*/
for case in "$@"; do
    case=${case%/}
    target=input
    [ ! -f "$case/target" ] || target=input/$(cat "$case/target")
    flags=
    [ ! -f "$case/case.txt" ] || flags=$(cat "$case/case.txt")
    rm -f "$case/expected.yaml" "$case/expected-error.txt"
    # shellcheck disable=SC2086 # the command and the flags are lists of words
    if $kustomize "$case/$target" $flags >"$output" 2>"$errors"; then
        cp "$output" "$case/expected.yaml"
    else
        # Paths and addresses differ from run to run, and warnings, in comments or with a date, are not errors.
        sed "/^#/d;/^[0-9/]\{10\} [0-9:]\{8\} /d;s#$root/$case/##g;s#$root/##g;s#/tmp/kustomize-[0-9]*#/tmp/kustomize#g;s#0x[0-9a-f]*#0x0#g" \
            "$errors" >"$case/expected-error.txt"
    fi
done
