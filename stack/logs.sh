#!/usr/bin/env bash
# make logs: the end of every log of this state, and what comes. LOG=api shows one; FOLLOW=no ends there.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=stack/settings.sh
. "$here/settings.sh"

mapfile -t logs < <(compgen -G "$STATE/log/${LOG:-*}.log")
[[ ${#logs[@]} -gt 0 ]] || die "there is no log ${LOG:+of $LOG }in $STATE/log"
follow=-F
[[ ${FOLLOW:-yes} == yes ]] || follow=''
exec tail ${follow:+"$follow"} -n "${LINES_N:-20}" "${logs[@]}"
