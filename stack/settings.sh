# shellcheck shell=bash
# How this stack was asked to run and where it keeps its things. Sourced first by every script here.
#
# A setting comes from the environment (make hands its variables over), else from what this state was last run with,
# else from the default. LIMITS and PLAIN_PORT are never remembered by `make run`: they have to be asked for each time.
set -euo pipefail
umask 077

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8

say() { echo "souk: $*"; }
die() { echo "souk: $*" >&2; exit 1; }

absolute() { case $1 in /*) realpath -m "$1" ;; *) realpath -m "$ROOT/$1" ;; esac }

STATE=$(absolute "${STATE:-var}")
BUILD=$(absolute "${BUILD:-build}")
SOUK=$BUILD/souk
[[ $STATE$ROOT$BUILD =~ ^[A-Za-z0-9._/+@-]+$ ]] || die "use folders whose names have letters, digits and . _ / + @ - only: $ROOT, STATE=$STATE"
# What the user types to come back to this very state.
MAKE_STATE=''
[[ $STATE == "$ROOT/var" ]] || MAKE_STATE=" STATE=$STATE"

SETTINGS=(HTTP_PORT HTTPS_PORT PLAIN_PORT LIMITS SHARDS DB_SERVERS MYSQLD SEARCHD MAIL PROCESSES PAYMENT_WINDOW_S SOCKETS)
declare -A remembered=() default=([HTTP_PORT]=8080 [HTTPS_PORT]=8443 [PLAIN_PORT]='' [LIMITS]=on [SHARDS]=2
    [DB_SERVERS]=1 [MYSQLD]=mariadbd [SEARCHD]=searchd [MAIL]=on [PROCESSES]=1 [PAYMENT_WINDOW_S]=1800 [SOCKETS]=$STATE/run)

settings_read() {
    local name value
    [[ -r $STATE/settings ]] || return 0
    while IFS='=' read -r name value; do remembered[$name]=$value; done <"$STATE/settings"
}

settings_write() {
    local name
    for name in "${SETTINGS[@]}"; do echo "$name=${!name}"; done >"$STATE/settings.new"
    mv "$STATE/settings.new" "$STATE/settings"
}

# All settings as they were last run with: for what looks at or ends a running stack.
settings_recall() {
    local name
    settings_read
    for name in "${SETTINGS[@]}"; do printf -v "$name" '%s' "${remembered[$name]-${default[$name]}}"; done
}

port_check() {
    [[ $2 =~ ^[1-9][0-9]{0,4}$ && $2 -le 65535 ]] || die "$1=$2 is not a port: use a number from 1 to 65535"
}

# All settings for a start, checked; refuses what this state cannot become.
settings_choose() {
    local name
    settings_read
    unset 'remembered[PLAIN_PORT]' 'remembered[LIMITS]'
    for name in "${SETTINGS[@]}"; do
        [[ $name != SOCKETS && -n ${!name:-} ]] || printf -v "$name" '%s' "${remembered[$name]-${default[$name]}}"
    done
    port_check HTTP_PORT "$HTTP_PORT"
    port_check HTTPS_PORT "$HTTPS_PORT"
    [[ -z $PLAIN_PORT ]] || port_check PLAIN_PORT "$PLAIN_PORT"
    [[ $LIMITS == on || $LIMITS == off ]] || die "LIMITS=$LIMITS: use on or off"
    [[ $MAIL == on || $MAIL == off ]] || die "MAIL=$MAIL: use on or off"
    [[ $SHARDS =~ ^[1-9][0-9]?$ && $SHARDS -le 64 ]] || die "SHARDS=$SHARDS: use a number from 1 to 64"
    [[ $PROCESSES =~ ^[1-9]$ ]] || die "PROCESSES=$PROCESSES: use a number from 1 to 9"
    [[ $PAYMENT_WINDOW_S =~ ^[1-9][0-9]{0,7}$ && $PAYMENT_WINDOW_S -le 31536000 ]] ||
        die "PAYMENT_WINDOW_S=$PAYMENT_WINDOW_S: use a number of seconds from 1 to 31536000"
    [[ $DB_SERVERS =~ ^[1-8]$ ]] || die "DB_SERVERS=$DB_SERVERS: use a number from 1 to 8"
    [[ $MYSQLD != */* ]] || MYSQLD=$(absolute "$MYSQLD")
    [[ -n $(type -P "$MYSQLD") ]] || die "MYSQLD=$MYSQLD cannot be run: give the path of a database server's binary"
    [[ $SEARCHD != */* ]] || SEARCHD=$(absolute "$SEARCHD")
    for name in SHARDS DB_SERVERS MYSQLD; do
        [[ ${remembered[$name]-${!name}} == "${!name}" ]] || die "$STATE was made with $name=${remembered[$name]} and cannot" \
            "become $name=${!name}: run without it, or with STATE=another-folder, or remove this state ('make stop$MAKE_STATE', then delete the folder)"
    done
    sockets_choose
}

# A unix socket's path has at most 107 bytes: a deep state keeps its sockets in a short folder and remembers which.
sockets_choose() {
    local longest=$STATE/run/sandbox.sock.lock
    [[ $SOCKETS == "$STATE/run" && ${#longest} -gt 107 ]] && SOCKETS=''
    [[ -n $SOCKETS && ( $SOCKETS == "$STATE/run" || ( -d $SOCKETS && -O $SOCKETS && ! -L $SOCKETS ) ) ]] && return
    SOCKETS=$(mktemp -d /tmp/souk-XXXXXX)
}

# One start or stop of a state at a time. Processes that stay must not inherit descriptor 9.
state_lock() {
    mkdir -p "$STATE" 2>/dev/null || die "cannot make the folder $STATE: choose another with STATE="
    exec 9>"$STATE/lock"
    flock -w 120 9 || die "another make run or make stop works on $STATE: wait for it"
}

# Which server holds shard n; global and the sandbox provider live on the first.
server_of_shard() { echo $(($1 % DB_SERVERS)); }

# A folder in memory for a database's temporary files.
memory_folder() { echo "/dev/shm/souk-$(sha256sum <<<"$STATE" | cut -c 1-16)-$1"; }

servers() { seq 0 $((DB_SERVERS - 1)); }
shards() { seq 0 $((SHARDS - 1)); }

# Every process of the stack, in the order in which they start.
services() {
    local n
    for n in $(servers); do echo "db$n"; done
    printf '%s\n' redis
    [[ $SEARCHD == none || -z $(type -P "$SEARCHD") ]] || echo search
    [[ $MAIL == off ]] || echo mail
    printf '%s\n' nginx sandbox api worker
}
