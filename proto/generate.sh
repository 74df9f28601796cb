#!/bin/sh
# Writes the Python of every .proto file into the folder $1, which is emptied first. Run from the repository's root.
set -eu

target=$1
rm -rf "$target"
mkdir -p "$target"
# shellcheck disable=SC2046
python -m grpc_tools.protoc -I proto \
    --python_out="$target" --grpc_python_out="$target" --mypy_out=quiet:"$target" --mypy_grpc_out=quiet:"$target" \
    $(cd proto && find cineloom -name '*.proto' | LC_ALL=C sort)
