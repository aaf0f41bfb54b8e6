#!/bin/sh
# See what clientctl does, in a minute: example members in, who ends soon, the Excel file out.
#
#   sh examples/quickstart.sh
#
# Everything happens in clientctl-quickstart/, in the current folder. Your own database, if you
# have one, is not touched. CLIENTCTL=/path/to/clientctl uses a program that is installed already,
# as do the examples that came with one.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=clientctl-quickstart

if [ -z "${CLIENTCTL:-}" ]; then
    top=$(dirname -- "$here")
    if [ -f "$top/pyproject.toml" ]; then
        sh "$here/setup.sh"
        CLIENTCTL=$top/.venv/bin/clientctl
    else
        CLIENTCTL=$top/../../../bin/clientctl # share/doc/clientctl of the environment that the program is in
    fi
fi
command -v "$CLIENTCTL" >/dev/null || {
    printf 'quickstart: there is no program %s: CLIENTCTL names one that is installed\n' "$CLIENTCTL" >&2
    exit 1
}
program=$(CDPATH='' cd -- "$(dirname -- "$(command -v "$CLIENTCTL")")" && pwd)/$(basename -- "$CLIENTCTL")

unset CLIENTCTL_TODAY CLIENTCTL_USER CLIENTCTL_DEBUG
CLIENTCTL_DB=clients.db CLIENTCTL_NOW=2026-03-01T10:00:00Z # this day, wherever you are
export CLIENTCTL_DB CLIENTCTL_NOW

say() { printf '\n# %s\n' "$1"; }

# Shows a command and runs it; all that it says goes to one place, in order.
run() {
    printf '$ clientctl %s\n' "$*"
    "$program" "$@" 2>&1
}

# The same for a list, which looks here as it does on a terminal.
list() {
    printf '$ clientctl %s\n' "$*"
    if [ -t 1 ]; then "$program" "$@"; else "$program" "$@" --format table; fi 2>&1
}

mkdir -p "$folder"
cd "$folder"
rm -f clients.db clients.db-journal clients.xlsx
cp -- "$here/members.csv" members.csv

echo "The example members are invented, and it is 1 March 2026 for them:"
echo "CLIENTCTL_NOW=$CLIENTCTL_NOW"
say 'A new, empty database: one file'
run db init --owner Camille
say 'The sheet of members, as a spreadsheet program saved it'
run import csv members.csv --map Newsletter=ignore
say 'What needs doing?'
list membership queues
say 'Who ends within 7 days?'
list membership due --within 7
say 'One of them stays for a month more'
run membership extend M-3 --by 1m
say 'No, that was a mistake'
run undo
say 'All clients in one Excel file'
run export xlsx clients.xlsx

cat <<END

The Excel file is $folder/clients.xlsx. To look around:

  cd $folder
  export CLIENTCTL_DB=clients.db CLIENTCTL_NOW=$CLIENTCTL_NOW
  PATH="$(dirname -- "$program"):\$PATH"
  clientctl client list mull
  clientctl client show ana
  clientctl membership list --status active --ends this-month --sort ends
  clientctl log
  clientctl --help

README.md goes on from here; docs/guide.md is the manual, by task.
END
