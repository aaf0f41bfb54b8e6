#!/bin/sh
# Set up what the tests need, and run them; arguments go to pytest.
#
#   sh tests/run.sh
#   sh tests/run.sh tests/cli -k undo
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
sh "$top/examples/setup.sh" dev
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
cd "$top"
if [ "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)" -ge 2 ]; then
    set -- -n auto --dist worksteal "$@"
fi
exec .venv/bin/python -m pytest "$@"
