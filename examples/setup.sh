#!/bin/sh
# Make the environment that clientctl runs in: .venv, at the top of this clone.
#
#   sh examples/setup.sh        what the program needs; .venv/bin/clientctl then runs it
#   sh examples/setup.sh dev    what its tests need, too
#
# Done once, and again when pyproject.toml has changed. It needs Python 3.11 or newer with
# its venv module, and the network. PYTHON=/path/to/python names a Python to use.
set -eu
unset PYTHONPATH PYTHONHOME

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$top/.venv
stamp=$venv/clientctl-setup
kind=${1:-plain}
needed='Python 3.11 or newer, with its venv module'
ways="  Debian, Ubuntu: sudo apt install python3 python3-venv
  Fedora: sudo dnf install python3      macOS: brew install python
  or name one that you have: PYTHON=/path/to/python3.11 sh $0"

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

version_of() { # prints nothing unless it is a Python
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# Sets `python` to the first interpreter that will do, or says what is missing.
find_python() {
    old='' bare=''
    for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if ! is_new_enough "$python"; then
            version=$(version_of "$python")
            [ -z "$version" ] || old="$old, $python is $version"
        elif ! has_venv "$python"; then
            bare=${bare:-$python}
        else
            return 0
        fi
        [ -z "${PYTHON:-}" ] || break # the one that was named, or none
    done
    if [ -n "$bare" ]; then
        fail "$bare is Python $(version_of "$bare"), but its venv module is missing: on Debian and Ubuntu it is" \
            "in a package of its own, python3-venv. clientctl needs $needed:" "$ways"
    fi
    fail "No ${PYTHON:+such }Python that will do was found (${PYTHON:-python3}${old}). clientctl needs $needed:" "$ways"
}

# The stamp says what the environment was made for: packages, and where, because it can't be moved.
made_for() {
    printf '%s %s %s\n' "$1" "$(cksum <"$top/pyproject.toml")" "$top"
}

is_made() {
    [ -f "$stamp" ] && "$venv/bin/python" -c '' 2>/dev/null || return 1
    found=$(cat "$stamp")
    [ "$found" = "$(made_for dev)" ] || [ "$found" = "$(made_for "$kind")" ]
}

case $kind in
plain) what=$top ;;
dev) what="$top[dev]" ;;
*) fail "sh $0 [dev]: there is no $kind" ;;
esac

if is_made; then
    exit 0
fi
find_python
printf 'Setting up %s with Python %s: a minute or two, once.\n' "$venv" "$(version_of "$python")" >&2
if [ -f "$stamp" ] && [ "$(sed 's/[^/]*//' "$stamp")" != "$top" ]; then
    rm -rf "$venv" # made for a clone that was elsewhere
fi
rm -f "$stamp"
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear "$venv" || fail "No environment could be made in $venv: see the lines above."
fi
"$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-cache-dir --editable "$what" ||
    fail "The packages that clientctl needs could not be installed: see the lines above. Is this machine online?"
made_for "$kind" >"$stamp.new"
mv -- "$stamp.new" "$stamp"
