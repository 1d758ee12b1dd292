#!/usr/bin/env bash
# Make the virtual environment and install exactly what is locked, saying what is being done.
# A bare Debian without the venv module bootstraps virtualenv into a private folder.
set -euo pipefail
cd "$(dirname "$0")"
venv=${1:-.venv}
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2
    exit 1
}
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "Making a virtual environment in $venv ..."
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        echo "This Python has no venv module; fetching virtualenv for this folder alone ..."
        rm -rf "$venv"
        "$python" -m pip install --quiet --disable-pip-version-check --target .bootstrap virtualenv
        PYTHONPATH=.bootstrap "$python" -m virtualenv --quiet "$venv"
        rm -rf .bootstrap
    fi
fi
echo "Installing the locked dependencies (about a minute, once) ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    -r requirements.lock 2> >(grep -v '^WARNING: Location' >&2)
echo "Installing this project ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --editable . 2> >(grep -v '^WARNING: Location' >&2)
echo "Ready."
