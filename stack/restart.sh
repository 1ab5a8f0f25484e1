#!/usr/bin/env bash
# make restart: the new binary, configuration and routines without losing a request. souk api reloads by itself, process
# by process; the worker and the sandbox provider are started again; nginx is told only when its configuration changed.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=stack/settings.sh
. "$here/settings.sh"
# shellcheck source=stack/process.sh
. "$here/process.sh"
# shellcheck source=stack/files.sh
. "$here/files.sh"
# shellcheck source=stack/search.sh
. "$here/search.sh"
# shellcheck source=stack/mail.sh
. "$here/mail.sh"
# shellcheck source=stack/nginx.sh
. "$here/nginx.sh"
# shellcheck source=stack/souk.sh
. "$here/souk.sh"

[[ -d $STATE/run ]] || die "nothing was ever started in $STATE: make run$MAKE_STATE"
state_lock
settings_recall
process_pid api >/dev/null || die "souk does not run in $STATE: make run$MAKE_STATE"
configuration_write
search_start
mail_start
nginx_start
schema_update
souk_replace
souk_start
say "restarted"
