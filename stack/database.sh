# shellcheck shell=bash
# Private database servers: data folder, start, schemas and users. Needs settings.sh, process.sh, files.sh.

is_mariadb() { [[ $("$MYSQLD" --version 2>/dev/null) == *MariaDB* ]]; }

# SQL from standard input or arguments as the server's administrator: database_sql db0 [client arguments…]
database_sql() {
    local name=$1
    shift
    mariadb --defaults-file="$STATE/root.cnf" --socket="$SOCKETS/$name.sock" --batch --skip-column-names "$@"
}

# The same before the administrator has a password.
database_fresh_sql() { mariadb --no-defaults --socket="$SOCKETS/$1.sock" --user=root; }

# Makes the data folder, whole or not at all.
database_initialise() {
    local name=$1 half=$STATE/$1.half
    [[ ! -d $STATE/$name ]] || return 0
    rm -rf "$half"
    sed "s|^datadir.*|datadir = $half|; s|^log_bin = .*|skip_log_bin|; s|^log_error.*||" "$STATE/$name.cnf" >"$STATE/$name.init.cnf"
    if is_mariadb; then
        mariadb-install-db --defaults-file="$STATE/$name.init.cnf" --datadir="$half" --auth-root-authentication-method=normal \
            --skip-test-db --skip-name-resolve --cross-bootstrap >"$STATE/log/$name.init.log" 2>&1
    else
        "$MYSQLD" --defaults-file="$STATE/$name.init.cnf" --initialize-insecure >"$STATE/log/$name.init.log" 2>&1
    fi || die "database $name could not be initialised ($(log_reason "$name.init")): see $STATE/log/$name.init.log"
    rm -f "$STATE/$name.init.cnf"
    mv "$half" "$STATE/$name"
}

database_start() {
    : >>"$STATE/log/$1.log"
    process_start "$1" "$MYSQLD" --defaults-file="$STATE/$1.cnf"
}

database_answers() {
    process_gone "$1" && return 0
    [[ -S $SOCKETS/$1.sock ]] || return 1
    { database_sql "$1" || database_fresh_sql "$1"; } <<<'' 2>/dev/null
}

# Waits until the server lets people in; one that has ended is a failure at once.
database_wait() {
    wait_until 60 database_answers "$1" || die "database $1 does not answer after 60 s: see $STATE/log/$1.log"
    process_pid "$1" >/dev/null || die "database $1 did not start ($(log_reason "$1")): see $STATE/log/$1.log"
}

# Schemas of a server, one per line.
schemas_of() {
    local n
    [[ $1 != 0 ]] || printf '%s\n' souk_global souk_sandbox
    for n in $(shards); do [[ $(server_of_shard "$n") != "$1" ]] || echo "souk_shard_$n"; done
}

user_sql() {
    echo "CREATE USER IF NOT EXISTS '$1'@'localhost' IDENTIFIED BY '$2';"
    echo "ALTER USER '$1'@'localhost' IDENTIFIED BY '$2';"
}

# What the owner of the schemas may do beyond them: define routines in the name of souk_definer.
definer_privilege() {
    if is_mariadb; then
        echo "GRANT SET USER ON *.* TO 'souk_migrate'@'localhost';"
    elif [[ $("$MYSQLD" --version) =~ Ver\ (8\.[01]\.) ]]; then
        echo "GRANT SET_USER_ID ON *.* TO 'souk_migrate'@'localhost';"
    else
        echo "GRANT SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER ON *.* TO 'souk_migrate'@'localhost';"
    fi
}

# Least privilege: souk_app and souk_sandbox only call; routines run as souk_definer, who cannot sign in and may change
# or delete only what sql/grants.txt lists (granted table by table with the routines); souk_migrate owns the schemas.
bootstrap_sql() {
    local schema pattern caller
    user_sql souk_app "$(secret souk_app)"
    user_sql souk_sandbox "$(secret souk_sandbox)"
    user_sql souk_migrate "$(secret souk_migrate)"
    user_sql souk_definer "$(random_hex 24)"
    echo "ALTER USER 'souk_definer'@'localhost' ACCOUNT LOCK;"
    definer_privilege
    echo "GRANT ALL PRIVILEGES ON \`sqitch\\_souk\\_%\`.* TO 'souk_migrate'@'localhost';"
    for schema in $(schemas_of "$1"); do
        pattern="\`${schema//_/\\_}\`"
        caller=souk_app
        [[ $schema != souk_sandbox ]] || caller=souk_sandbox
        echo "CREATE DATABASE IF NOT EXISTS $schema CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;"
        echo "GRANT EXECUTE ON $pattern.* TO '$caller'@'localhost';"
        echo "GRANT SELECT, INSERT, EXECUTE, CREATE TEMPORARY TABLES ON $pattern.* TO 'souk_definer'@'localhost';"
        echo "GRANT ALL PRIVILEGES ON $pattern.* TO 'souk_migrate'@'localhost' WITH GRANT OPTION;"
    done
    echo "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';"
    user_sql root "$(secret db_root)"
}

# Schemas, users and grants, once per server. The administrator's password comes last: a bootstrap that was interrupted
# is done again without one.
database_bootstrap() {
    local n=$1 done=$STATE/db$1/souk.bootstrap sql
    [[ ! -e $done ]] || return 0
    sql=$(bootstrap_sql "$n")
    database_sql "db$n" <<<"$sql" 2>/dev/null ||
        database_fresh_sql "db$n" <<<"$sql" 2>"$STATE/log/db$n.bootstrap.log" ||
        die "database db$n could not be set up: $(tail -n 1 "$STATE/log/db$n.bootstrap.log")"
    touch "$done"
}
