#!/usr/bin/env bash
# Write the locks of Python packages anew: infra/lock.sh UV
#
# They hold for every platform and for Python 3.11 and later, and name no package index. Each later
# lock is held to the versions of the one before it.
set -euo pipefail
uv=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd requirements

lock() {
    local out=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
        --no-header --no-emit-index-url --no-emit-find-links "$@" -o "$out"
    echo "$out: $(grep -c '^[a-zA-Z0-9]' "$out") packages"
}

lock runtime.txt ../pyproject.toml
lock build.txt build.in
lock redis.txt --no-deps redis.in
lock dev.txt ../pyproject.toml build.in dev.in -c runtime.txt -c build.txt
lock bench.txt ../pyproject.toml build.in dev.in bench.in -c dev.txt
