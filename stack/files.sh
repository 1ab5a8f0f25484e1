# shellcheck shell=bash
# The files of a state: secrets, certificate, signing key, and one configuration file per process. Needs settings.sh and nginx.sh.
#
# Secrets are made once and kept. Configuration files are written at every start from the settings; a file whose content
# stays the same keeps its time, so that a start can see what has to be told to a running process.

random_hex() { openssl rand -hex "$1"; }

# Reads a secret of this name, made at first use.
secret() {
    local file=$STATE/secrets/$1
    [[ -s $file ]] || { random_hex 24 >"$file.new" && mv "$file.new" "$file"; }
    echo "$(<"$file")"
}

# Writes standard input to a file unless it says that already.
write_changed() {
    cat >"$1.new"
    if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

folders_make() {
    mkdir -p "$STATE"/{run,log,redis,search,tls,keys,secrets,mail,nginx/tmp} || die "cannot write to $STATE: choose another folder with STATE="
    chmod 700 "$STATE"
}

tls_make() {
    [[ -s $STATE/tls/cert.pem && -s $STATE/tls/key.pem ]] && openssl x509 -checkend 86400 -noout -in "$STATE/tls/cert.pem" >/dev/null && return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
        -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' -addext basicConstraints=critical,CA:FALSE \
        -keyout "$STATE/tls/key.pem" -out "$STATE/tls/cert.pem.new" 2>"$STATE/log/tls.log" ||
        die "no certificate could be made: $(tail -n 1 "$STATE/log/tls.log")"
    mv "$STATE/tls/cert.pem.new" "$STATE/tls/cert.pem"
}

keys_make() {
    [[ -s $STATE/secret ]] || { random_hex 32 >"$STATE/secret.new" && mv "$STATE/secret.new" "$STATE/secret"; }
    compgen -G "$STATE/keys/*.pem" >/dev/null && return
    local kid
    kid=$(date -u +%Y%m%d)-$(random_hex 4)
    openssl genpkey -algorithm ed25519 -out "$STATE/keys/$kid.new" 2>/dev/null && mv "$STATE/keys/$kid.new" "$STATE/keys/$kid.pem"
}

# [name] of one database for souk.conf: db_section NAME SERVER SCHEMA
db_section() {
    cat <<CONF

[$1]
socket = $SOCKETS/db$2.sock
user = souk_app
password = $(secret souk_app)
schema = $3
CONF
}

souk_conf() {
    local n
    cat <<CONF
; Written by make run; changes here are lost.
[souk]
log_level = info
public_url = https://localhost:$HTTPS_PORT
currency = USD
secret_file = $STATE/secret
keys_dir = $STATE/keys
sql_dir = $ROOT/sql
migrations_dir = $ROOT/migrations

[api]
socket = $SOCKETS/api.sock
pid_file = $STATE/run/api.pid
; one: requests are combined within a process
processes = $PROCESSES
threads = $((64 / PROCESSES))
nginx_connections = 1024
arena_bytes_max = 4194304
drain_ms_max = 8000

[worker]
pid_file = $STATE/run/worker.pid

[store]
connections = 16
connect_timeout_ms = 1000
call_timeout_ms = 2000
deadline_ms = 3000

[redis]
socket = $SOCKETS/redis.sock
connect_timeout_ms = 100
command_timeout_ms = 50

[events]
; where nginx takes news for those who listen
socket = $SOCKETS/events.sock

[search]
; empty: there is none, the databases answer searches
socket = $([[ $SEARCHD == none ]] || echo "$SOCKETS/search.sock")
timeout_ms = 250

[order]
payment_window_s = $PAYMENT_WINDOW_S
closing_max_s = 600
delivered_after_s = 1209600
completed_after_s = 604800
return_window_s = 2592000

[payment]
sandbox_url = https://localhost:$HTTPS_PORT
sandbox_secret = $(secret sandbox)
sandbox_ca_file = $STATE/tls/cert.pem

[sandbox]
socket = $SOCKETS/sandbox.sock
pid_file = $STATE/run/sandbox.pid
db_socket = $SOCKETS/db0.sock
db_user = souk_sandbox
db_password = $(secret souk_sandbox)
db_schema = souk_sandbox

[webhook]
; a private stack: receivers under development run on this machine
allow_loopback = true

[mail]
; what comes is kept as files in $STATE/mail
smtp_socket = $([[ $MAIL == off ]] || echo "$SOCKETS/mail.sock")
starttls = false
from = shop@localhost
from_name = souk demo shop

[limit]
enabled = $([[ $LIMITS == on ]] && echo true || echo false)

[migrate]
user = souk_migrate
password = $(secret souk_migrate)
CONF
    db_section global 0 souk_global
    for n in $(shards); do db_section "shard.$n" "$(server_of_shard "$n")" "souk_shard_$n"; done
    # Channels of real providers (docs/channels.md) for this state, if somebody has written them down.
    [[ ! -r $STATE/channels.conf ]] || cat "$STATE/channels.conf"
}

redis_conf() {
    cat <<CONF
# Cache and gate: everything here may be lost at any time, so nothing is written to disk.
port 0
unixsocket $SOCKETS/redis.sock
unixsocketperm 600
dir $STATE/redis
save ""
appendonly no
maxmemory 256mb
# The oldest first; volatile-ttl would take the short-lived marks that keep old answers out.
maxmemory-policy volatile-lru
proc-title-template "{title} {config-file}"
CONF
}

# Where many small files come and go, a database's temporary ones and those of nginx's cache: temporary_folder NAME ELSE.
# A file in memory costs a tenth of one on disk, and waits for no other's journal.
# logind empties /dev/shm of what people (uid 1000 and above) left there when they sign out, so only for system users.
temporary_folder() {
    local folder
    folder=$(memory_folder "$1")
    if [[ $EUID -lt 1000 && $(df --output=fstype,avail -BM /dev/shm 2>/dev/null | tail -n 1) =~ ^tmpfs\ +[0-9]{4,}M ]] &&
        { [[ -d $folder ]] || mkdir -m 700 "$folder" 2>/dev/null; } && [[ -O $folder && ! -L $folder ]]; then
        echo "$folder"
    else
        echo "$2"
    fi
}

# Durable first: what was acknowledged is on disk. The rest keeps a private server small and quick to start.
database_conf() {
    cat <<CONF
[mysqld]
datadir = $STATE/$1
socket = $SOCKETS/$1.sock
pid_file = $STATE/run/$1.server.pid
log_error = $STATE/log/$1.log
tmpdir = $(temporary_folder "$1" "$STATE/$1.tmp")
innodb_tmpdir = $STATE/$1.tmp
secure_file_priv = $STATE/$1.tmp
skip_networking
skip_name_resolve
server_id = $((${1#db} + 1))
local_infile = OFF

innodb_flush_log_at_trx_commit = 1
sync_binlog = 1
log_bin = $STATE/$1/binlog
binlog_format = ROW
# Of a changed row its key and what changed: recovery and replicas need no more.
binlog_row_image = MINIMAL
# A batch of orders is one transaction of several hundred KiB: it should not go through a file on its way to the log.
binlog_cache_size = 1M
# The log has the rows; the text of the statements beside them would double it.
loose_binlog_annotate_row_events = OFF
binlog_expire_logs_seconds = 86400
# Trusted routine owners make functions with the binary log on (sqitch's registry has some).
log_bin_trust_function_creators = ON
transaction_isolation = READ-COMMITTED
innodb_lock_wait_timeout = 2

character_set_server = utf8mb4
collation_server = utf8mb4_general_ci
innodb_buffer_pool_size = 512M
innodb_buffer_pool_dump_at_shutdown = OFF
innodb_buffer_pool_load_at_startup = OFF
innodb_flush_method = O_DIRECT
max_connections = 400
performance_schema = OFF
# A crowd's orders write some 5 KB of redo each; a small log would make the server flush pages all the time.
loose_innodb_log_file_size = 512M
loose_innodb_redo_log_capacity = 512M
loose_mysqlx = OFF
$([[ $EUID -ne 0 ]] || echo 'user = root')
CONF
}

nginx_conf() {
    local -A words=([USER]='' [PID]=$STATE/run/nginx.pid [LOG]=$STATE/log [TMP]=$STATE/nginx/tmp [PLAIN]='' [6]=''
        [CACHE]=$(temporary_folder nginx "$STATE/nginx/tmp")/cache
        [LIMITS]='include snippets/limits.conf;' [HSTS]=no-hsts [HTTP_PORT]=$HTTP_PORT [HTTPS_PORT]=$HTTPS_PORT [WWW]=$ROOT/nginx/www
        [CERT]=$STATE/tls/cert.pem [KEY]=$STATE/tls/key.pem
        [API_SOCKET]=$SOCKETS/api.sock [SANDBOX_SOCKET]=$SOCKETS/sandbox.sock [EVENTS_SOCKET]=$SOCKETS/events.sock)
    [[ $EUID -ne 0 ]] || words[USER]='user root;'
    [[ $LIMITS == on ]] || words[LIMITS]=''
    [[ -s /proc/net/if_inet6 ]] || words[6]='#'
    [[ -z $PLAIN_PORT ]] || words[PLAIN]="server { listen 127.0.0.1:$PLAIN_PORT backlog=4096; include snippets/routes.conf; include plain.d/*.conf; }"
    nginx_fill
}

root_client_conf() {
    printf '[client]\nuser = root\npassword = %s\ndefault_character_set = utf8mb4\n' "$(secret db_root)"
}

configuration_write() {
    local name
    ln -sfn "$ROOT/nginx/snippets" "$STATE/nginx/snippets"
    souk_conf | write_changed "$STATE/souk.conf"
    redis_conf | write_changed "$STATE/redis/redis.conf"
    search_conf "$STATE/search" "$SOCKETS/search.sock" "$STATE/log/search.log" | write_changed "$STATE/search/searchd.conf"
    root_client_conf | write_changed "$STATE/root.cnf"
    nginx_conf | write_changed "$STATE/nginx/nginx.conf"
    for name in $(servers); do
        mkdir -p "$STATE/db$name.tmp"
        database_conf "db$name" | write_changed "$STATE/db$name.cnf"
    done
}
