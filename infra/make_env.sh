#!/usr/bin/env bash
# Make the project's own Python environment: infra/make_env.sh FOLDER LOCK...
#
# Every package comes with the version and the SHA-256 that the lock names. An environment that is
# there already is brought to the lock's versions in place, so that whoever runs in it goes on.
set -euo pipefail

folder=$1
shift
is_new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

die() {
    echo "error: $*" >&2
    exit 1
}

# The user's own choice comes first; `python3` is old on some systems that have a newer one too.
# A name that is found may still not run (pyenv's shims), so each one is asked.
find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if "$name" -c "$is_new_enough" 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    die "Python 3.11 or later is needed, and $(python3 --version 2>/dev/null || echo 'no python3') was found: install one, or name it: make PYTHON=/path/to/python3.12"
}

if ! "$folder/bin/python" -c "$is_new_enough" 2>/dev/null; then
    python=$(find_python)
    echo "env: making $folder with $("$python" --version)"
    rm -rf "$folder"
    "$python" -m venv "$folder" || die "\`$python -m venv\` failed: on Debian and Ubuntu it needs the package python3-venv"
fi

install() {
    "$folder/bin/python" -m pip install --disable-pip-version-check --no-input --quiet \
        --progress-bar off "$@"
}

for lock in "$@"; do
    echo "env: installing $lock ($(grep -c '^[a-zA-Z0-9]' "$lock") packages)"
    install --require-hashes -r "$lock"
done
install --no-deps --no-build-isolation -e .

if ! "$folder/bin/python" -c 'from infra.local.redis_server import find_redis; find_redis()' 2>/dev/null; then
    echo "env: unpacking a Redis from requirements/redis.txt"
    install --require-hashes --no-deps --only-binary :all: --python-version 3.12 \
        --upgrade --target "$folder/redis" -r requirements/redis.txt ||
        echo "env: no Redis comes for this platform; install redis-server with the system's packages" >&2
fi
