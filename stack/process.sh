# shellcheck shell=bash
# Starting, finding and ending the processes of one state. Needs settings.sh.
#
# A process is ours when its pid file names a living process whose command line holds the path of the configuration
# file that this state gave it: after kill -9, a reboot or a reused pid the file alone proves nothing.

# What the command line of a service must contain.
process_mark() {
    case $1 in
        db*) echo "$STATE/$1.cnf" ;;
        redis) echo "$STATE/redis/redis.conf" ;;
        search) echo "$STATE/search/searchd.conf" ;;
        mail) echo "$STATE/mail" ;;
        nginx) echo "$STATE/nginx/nginx.conf" ;;
        *) echo "$1 --config $STATE/souk.conf" ;;
    esac
}

# Prints the pid of a running service, or fails.
process_pid() {
    local pid line
    { read -r pid <"$STATE/run/$1.pid"; } 2>/dev/null || return 1
    [[ $pid =~ ^[0-9]+$ ]] || return 1
    line=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
    [[ $line == *"$(process_mark "$1")"* ]] || return 1
    echo "$pid"
}

children_of() { cat "/proc/$1/task/"*/children 2>/dev/null || true; }

# Prints what a service left behind when its leader was killed: members of the leader's process group that have a file of
# this state open.
process_orphans() {
    local leader stat fields link
    { read -r leader <"$STATE/run/$1.pid"; } 2>/dev/null || return 0
    for stat in /proc/[0-9]*/stat; do
        { read -r fields <"$stat"; } 2>/dev/null || continue
        read -ra fields <<<"${fields##*) }"
        [[ ${fields[2]} == "$leader" ]] || continue
        for link in "${stat%/stat}"/fd/*; do
            [[ $(readlink "$link" 2>/dev/null) != "$STATE"/* ]] || { basename "${stat%/stat}" && break; }
        done
    done
}

# Ends what is left of services whose leader was killed.
orphans_kill() {
    local name pids
    for name; do
        [[ -e $STATE/run/$name.pid ]] || continue
        process_gone "$name" || continue
        mapfile -t pids < <(process_orphans "$name")
        [[ ${#pids[@]} -eq 0 ]] || kill -KILL "${pids[@]}" 2>/dev/null || true
    done
}

# Starts a service away from this terminal; its output goes to log/<service>.log. Returns once it can be found by
# process_pid (it has become the program it should be) or has had its chance.
process_start() {
    local name=$1 tries
    shift
    rm -f "$STATE/run/$name.pid"
    setsid "$@" </dev/null >>"$STATE/log/$name.log" 2>&1 9>&- &
    echo $! >"$STATE/run/$name.pid"
    for ((tries = 0; tries < 50; tries++)); do
        process_gone "$name" || return 0
        sleep 0.01
    done
}

# Waits up to $1 seconds until the rest of the arguments, as a command, succeeds.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $end ]] || return 1
        sleep 0.03
    done
}

process_gone() { ! process_pid "$1" >/dev/null; }

process_signal() {
    local pid
    pid=$(process_pid "$1") || return 0
    kill -s "$2" "$pid" 2>/dev/null || true
}

# Ends services together: a signal, $2 seconds, and then no more patience. process_stop SIGNAL SECONDS service…
process_stop() {
    local signal=$1 seconds=$2 name
    shift 2
    for name; do process_signal "$name" "$signal"; done
    for name; do
        if ! wait_until "$seconds" process_gone "$name"; then
            say "$name did not leave within $seconds s and was killed"
            process_kill "$name"
        fi
        rm -f "$STATE/run/$name.pid"
    done
}

# Kills a service with its children (a killed master tells them nothing).
process_kill() {
    local pid children
    pid=$(process_pid "$1") || return 0
    children=$(children_of "$pid")
    # shellcheck disable=SC2086 # a list of pids
    kill -KILL "$pid" $children 2>/dev/null || true
    wait_until 5 process_gone "$1" || true
}

# Last lines of a service's log that say what went wrong, as one line.
log_reason() {
    local line
    line=$(grep -iE 'error|fatal|emerg|fail|refus|cannot' "$STATE/log/$1.log" 2>/dev/null | tail -n 1) || true
    [[ -n $line ]] || line=$(tail -n 1 "$STATE/log/$1.log" 2>/dev/null) || true
    echo "${line:-it said nothing}"
}

# Whether someone listens on a TCP port of this machine.
port_used() {
    local hex
    printf -v hex '%04X' "$1"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" \
        '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }'
}
