#!/bin/sh
# Write all clients to an Excel file and back the database up, both named by the day: for cron.
#
#   nightly-export.sh FOLDER [KEEP]        the newest 30 of each are kept unless KEEP says otherwise
#
# makes FOLDER/clients-2026-03-01.xlsx and FOLDER/clients-2026-03-01.db, with documents and photos
# in a folder clients-2026-03-01.db.files beside it. Each appears whole or not at all; a second run
# on the same day replaces them. FOLDER has to be there: that a disk is not mounted is an error.
# CLIENTCTL is the program (clientctl unless set), CLIENTCTL_DB the database (yours unless set).
#
# It prints nothing when all is well. Otherwise it says why in one line on stderr, exits with
# the program's code, and removes nothing; an old file that can't be removed is only said.
set -eu
LC_ALL=C
export LC_ALL

fail() { # status, message
    printf 'nightly-export: %s\n' "$2" >&2
    exit "$1"
}

[ $# -ge 1 ] || fail 2 'which folder? nightly-export.sh FOLDER [KEEP]'
folder=$1
[ -d "$folder" ] || fail 6 "there is no folder $folder"
keep=${2:-30}
case $keep in
'' | *[!0-9]* | 0*) fail 2 "keep how many? $keep is no number like 30" ;;
esac
program=${CLIENTCTL:-clientctl}
command -v "$program" >/dev/null || fail 127 "there is no program $program: set CLIENTCTL to where it is"

# Runs a command of the program; on failure its reason becomes the one line.
quietly() {
    status=0
    said=$("$program" "$@" 2>&1) || status=$?
    if [ "$status" -eq 0 ]; then
        printf '%s\n' "$said" | sed -n '/could not be removed/s/^/nightly-export: /p' >&2
        return 0
    fi
    reason=$(printf '%s\n' "$said" | sed -n 's/^clientctl: //p' | head -n 1)
    fail "$status" "$1 $2: ${reason:-$said}"
}

# The backup comes first: what removes old files comes when both are there.
day=${CLIENTCTL_TODAY:-$(date +%Y-%m-%d)}
quietly db backup "$folder/clients-$day.db" --force
quietly export xlsx "$folder/clients-{today}.xlsx" --keep "$keep" --force

# The names hold the day, so they sort by age, and none after today's counts: that is of a clock that was wrong.
# Never another file: only names of exactly this form.
set --
for file in "$folder"/clients-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].db; do
    set -- "$@" "$file"
    [ "$file" != "$folder/clients-$day.db" ] || break
done
while [ $# -gt "$keep" ]; do
    rm -rf -- "$1" "$1.files" # beside a backup, the documents and photos in it
    shift
done
