#!/bin/sh
# Resolves *.in into *.lock, keeping versions that still fit; `sh lock.sh --upgrade` takes the newest.
# Where packages came from stays out of the locks, and so does the build of torch ("+cpu") that this machine has.
set -eu
cd "$(dirname "$0")"
for name in runtime dev; do
    pip-compile --quiet --strip-extras --allow-unsafe --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@" -o "$name.lock" "$name.in"
    sed -i -e 's/+cpu$//' -e '/^#/d' -e '/^$/d' -e '/^pip==/d' "$name.lock"
done
