#!/bin/sh
# Tell who ends soon: for cron, which mails what a job prints and sends nothing when it prints nothing.
#
#   flag-ending.sh [DAYS]        7 unless given
#
# CLIENTCTL is the program (clientctl unless set), CLIENTCTL_DB the database (yours unless set).
# It exits with 0, whether somebody ends soon or nobody; with the program's own code when that
# fails, which says why in one line on stderr: cron mails that, too.
set -eu

days=${1:-7}
program=${CLIENTCTL:-clientctl}
command -v "$program" >/dev/null || {
    printf 'flag-ending: there is no program %s: set CLIENTCTL to where it is\n' "$program" >&2
    exit 127
}

# With --exit-code the program exits with 10 when the list is not empty, and 0 when it is.
status=0
count=$("$program" membership due --within "$days" --count --exit-code) || status=$?
case $status in
0) exit 0 ;;
10) ;;
*) exit "$status" ;;
esac

list=$("$program" membership due --within "$days" --format table --columns ends,number,client,plan,rate,phone,email)
if [ "$count" -eq 1 ]; then
    printf '1 membership ends within %s days\n' "$days"
else
    printf '%s memberships end within %s days\n' "$count" "$days"
fi
printf '\n%s\n\nTo give one a month more: clientctl membership extend NUMBER --by 1m\n' "$list"
