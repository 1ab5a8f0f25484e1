# shellcheck shell=bash
# nginx: its configuration filled in, start, and reload when its configuration has changed. Needs settings.sh, process.sh.

# souk.conf.in with its @WORDS@ filled in from the array `words`.
nginx_fill() {
    local word edits=()
    # shellcheck disable=SC2154 # the caller's array
    for word in "${!words[@]}"; do edits+=(-e "s|@$word@|${words[$word]}|g"); done
    sed "${edits[@]}" "$ROOT/nginx/souk.conf.in"
}

# Open files: what this user may have, within reason (each database would take a part of what it finds).
files_limit() {
    local hard
    hard=$(ulimit -Hn)
    [[ $hard != unlimited && $hard -lt 65536 ]] && echo "$hard" || echo 65536
}

# Whether none of these workers takes connections any more.
workers_left() {
    local pid
    for pid; do
        grep -qs 'worker process' "/proc/$pid/cmdline" && ! grep -qs 'shutting down' "/proc/$pid/cmdline" && return 1
    done
    return 0
}

# nginx checks nothing aloud when it reloads; once its old workers take no more connections the new ones have begun.
nginx_reload() {
    local pid workers
    pid=$(process_pid nginx)
    read -ra workers <<<"$(children_of "$pid")"
    kill -HUP "$pid"
    wait_until 5 workers_left "${workers[@]}" || die "nginx does not reload ($(log_reason nginx)): see $STATE/log/nginx.log"
}

# A running nginx is told only when its configuration has changed.
nginx_start() {
    local conf=$STATE/nginx/nginx.conf sum
    sum=$(cat "$conf" "$ROOT"/nginx/snippets/*.conf "$STATE/tls/cert.pem" | sha256sum)
    [[ $sum == "$(cat "$STATE/nginx/loaded" 2>/dev/null)" ]] && process_pid nginx >/dev/null && return
    nginx -e "$STATE/log/nginx.log" -t -q -c "$conf" 2>"$STATE/log/nginx.check.log" ||
        die "nginx refuses its configuration: $(grep -m 1 -E 'emerg|error' "$STATE/log/nginx.check.log")"
    if process_pid nginx >/dev/null; then
        nginx_reload
    else
        rm -f "$STATE/run/nginx.pid" "$SOCKETS/events.sock"
        (ulimit -Sn "$(files_limit)"; nginx -e "$STATE/log/nginx.log" -c "$conf" </dev/null >>"$STATE/log/nginx.log" 2>&1 9>&-) ||
            die "nginx did not start ($(log_reason nginx)): see $STATE/log/nginx.log"
    fi
    echo "$sum" >"$STATE/nginx/loaded"
    echo "$PLAIN_PORT" >"$STATE/nginx/plain_port"
}
