#!/usr/bin/env bash
# make run: starts what is not running, brings schema and routines up to date, waits for /readyz, prints where things are.
# `run.sh servers` stops short of souk itself: configuration, databases, Redis and nginx, for work on souk.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=stack/settings.sh
. "$here/settings.sh"
# shellcheck source=stack/process.sh
. "$here/process.sh"
# shellcheck source=stack/files.sh
. "$here/files.sh"
# shellcheck source=stack/database.sh
. "$here/database.sh"
# shellcheck source=stack/search.sh
. "$here/search.sh"
# shellcheck source=stack/mail.sh
. "$here/mail.sh"
# shellcheck source=stack/nginx.sh
. "$here/nginx.sh"
# shellcheck source=stack/souk.sh
. "$here/souk.sh"

DISK_MIB_MIN=2048

disk_check() {
    local free
    free=$(df --output=avail -BM "$STATE" | tail -n 1 | tr -dc 0-9)
    [[ $free -ge $DISK_MIB_MIN ]] || die "only $free MiB are free for $STATE and $DISK_MIB_MIN are needed: make room or choose another folder with STATE="
}

# Ports must be free unless the running nginx of this very state holds them.
ports_check() {
    local name held=' '
    process_gone nginx || held=" ${remembered[HTTP_PORT]-} ${remembered[HTTPS_PORT]-} $(<"$STATE/nginx/plain_port") "
    for name in HTTP_PORT HTTPS_PORT PLAIN_PORT; do
        [[ -z ${!name} || $held == *" ${!name} "* ]] || ! port_used "${!name}" ||
            die "port ${!name} is in use: end what listens there or choose another with $name="
    done
}

redis_start() {
    process_pid redis >/dev/null || process_start redis redis-server "$STATE/redis/redis.conf"
}

redis_answers() { [[ -S $SOCKETS/redis.sock ]] && redis-cli -s "$SOCKETS/redis.sock" ping >/dev/null 2>&1; }

database_up() {
    local name=db$1
    if process_gone "$name"; then
        database_initialise "$name"
        database_start "$name"
        database_wait "$name"
    fi
    database_bootstrap "$1"
}

# Databases, Redis and nginx at the same time; a failure has said why in one line.
servers_start() {
    local n jobs=() job
    redis_start
    search_start
    mail_start
    for n in $(servers); do database_up "$n" & jobs+=($!); done
    nginx_start
    for job in "${jobs[@]}"; do wait "$job" || exit 1; done
    wait_until 10 redis_answers || die "redis did not start ($(log_reason redis)): see $STATE/log/redis.log"
    search_wait
    mail_wait
}

urls_print() {
    echo "shop     https://localhost:$HTTPS_PORT/   (http://localhost:$HTTP_PORT/ leads there)"
    echo "API      https://localhost:$HTTPS_PORT/v1/   certificate: $STATE/tls/cert.pem"
    [[ -z $PLAIN_PORT ]] || echo "plain    http://127.0.0.1:$PLAIN_PORT/   (this machine only)"
    [[ $MAIL == off ]] || echo "mail     $STATE/mail/"
    echo "admin    $STATE/demo.env"
    limits_warn
    echo "next     make status$MAKE_STATE · make logs$MAKE_STATE · make stop$MAKE_STATE"
}

state_lock
settings_choose
folders_make
disk_check
mapfile -t all < <(services)
orphans_kill "${all[@]}"
ports_check
tls_make
keys_make
configuration_write
settings_write
servers_start
if [[ ${1:-} == servers ]]; then
    say "databases, redis and nginx are up; souk itself was not asked for"
    exit
fi
schema_update
souk_start
demo_load
urls_print
