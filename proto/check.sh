#!/bin/sh
# Lints the .proto files, refuses what would break callers, and demands that proto/gen is what they generate.
# The base of comparison is main, or the last commit where main is what is checked out; CINELOOM_PROTO_BASE overrides it.
set -eu

buf lint proto

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

base() {
    if [ -n "${CINELOOM_PROTO_BASE:-}" ]; then
        echo "$CINELOOM_PROTO_BASE"
        return
    fi
    head=$(git rev-parse --verify --quiet HEAD) || return 0
    for branch in origin/main main; do
        commit=$(git rev-parse --verify --quiet "$branch^{commit}") || continue
        if [ "$commit" != "$head" ]; then
            git merge-base "$commit" "$head" 2>/dev/null || echo "$commit"
            return
        fi
    done
    if git diff --quiet HEAD -- proto; then
        git rev-parse --verify --quiet HEAD~1 || return 0
    else
        echo "$head"
    fi
}

against=$(base)
if [ -z "$against" ]; then
    echo "proto-check: NOTE: no earlier commit is here (first commit or shallow clone): breaking changes were not looked for"
elif ! git cat-file -e "$against:proto" 2>/dev/null; then
    echo "proto-check: NOTE: $against has no proto folder: breaking changes were not looked for"
else
    mkdir "$work/base"
    git archive "$against" proto | tar -x -C "$work/base"
    buf breaking proto --against "$work/base/proto"
    echo "proto-check: nothing breaks callers of $(git rev-parse --short "$against")"
fi

sh proto/generate.sh "$work/gen"
if ! diff -r -q -x __pycache__ "$work/gen" proto/gen; then
    echo "proto-check: proto/gen is not what proto generates: make proto" >&2
    exit 1
fi
echo "proto-check: proto/gen is current"
