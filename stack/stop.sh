#!/usr/bin/env bash
# make stop: ends what make run started in this state, by pid, in the order that loses nothing: no new requests, then
# those who answer them, then what they need.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=stack/settings.sh
. "$here/settings.sh"
# shellcheck source=stack/process.sh
. "$here/process.sh"

[[ -d $STATE/run ]] || { say "nothing was ever started in $STATE"; exit; }
state_lock
settings_recall
mapfile -t all < <(services)
orphans_kill "${all[@]}"
process_stop QUIT 10 nginx
process_stop TERM 15 api worker sandbox
mapfile -t databases < <(for n in $(servers); do echo "db$n"; done)
process_stop TERM 30 redis search mail "${databases[@]}"
if [[ $SOCKETS != "$STATE/run" && -O $SOCKETS ]]; then
    rm -f "$SOCKETS"/*.sock "$SOCKETS"/*.sock.lock
    rmdir "$SOCKETS" 2>/dev/null || true
fi
for database in "${databases[@]}"; do rmdir "$(memory_folder "$database")" 2>/dev/null || true; done
rm -rf "$(memory_folder nginx)"
say "stopped; the state stays in $STATE"
