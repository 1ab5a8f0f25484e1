#!/usr/bin/env bash
# make status: what runs in this state and whether it is ready. Exit code 1 when something is missing.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=stack/settings.sh
. "$here/settings.sh"
# shellcheck source=stack/process.sh
. "$here/process.sh"
# shellcheck source=stack/souk.sh
. "$here/souk.sh"

# Resident memory of a process and its children, in MiB.
memory_mib() {
    local pids
    pids="$1 $(children_of "$1")"
    # shellcheck disable=SC2086 # a list of pids
    for pid in $pids; do sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null || true; done |
        awk '{ kib += $1 } END { printf "%d", kib / 1024 }'
}

[[ -d $STATE/run ]] || die "nothing was ever started in $STATE: make run$MAKE_STATE"
settings_recall
missing=0
printf '%-8s %8s %6s\n' process pid MiB
for name in $(services); do
    if pid=$(process_pid "$name"); then
        printf '%-8s %8s %6s\n' "$name" "$pid" "$(memory_mib "$pid")"
    else
        printf '%-8s %8s\n' "$name" down
        missing=1
    fi
done
echo "state    $STATE ($SHARDS shards on $DB_SERVERS database servers, $MYSQLD)"
echo "shop     https://localhost:$HTTPS_PORT/"
[[ -z $PLAIN_PORT ]] || echo "plain    http://127.0.0.1:$PLAIN_PORT/"
limits_warn
if ready; then echo "ready    yes"; else
    echo "ready    no: make run$MAKE_STATE starts what is missing, make logs$MAKE_STATE tells why"
    missing=1
fi
exit $missing
