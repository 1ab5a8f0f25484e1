# shellcheck shell=bash
# souk's own processes: schema, start, rolling reload, demo shop. Needs settings.sh, process.sh, files.sh.

souk_admin() { "$SOUK" admin --config "$STATE/souk.conf" "$@"; }

limits_warn() { [[ $LIMITS == on ]] || echo "WARNING  RATE LIMITS ARE OFF (LIMITS=off): for load tests only"; }

# Runs a step whose output matters only when it fails: step NAME command…
step() {
    local name=$1
    shift
    "$@" >"$STATE/log/$name.log" 2>&1 </dev/null 9>&- || die "$name failed ($(log_reason "$name")): see $STATE/log/$name.log"
}

# Migrations and routines, unless nothing there has changed since the last time.
schema_update() {
    local sum
    sum=$(cd "$ROOT" && find migrations sql -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
    [[ $sum != "$(cat "$STATE/db0/souk.schema" 2>/dev/null)" ]] || return 0
    say "bringing the schemas up to date"
    step migrate souk_admin migrate
    step routines souk_admin routines
    echo "$sum" >"$STATE/db0/souk.schema"
}

# Identifies binary and configuration: what a running process should have been started with.
souk_sum() { cat "$SOUK" "$STATE/souk.conf" | sha256sum; }

# An allocator for many threads. Sanitizers bring one of their own.
service_start() {
    local preload=()
    [[ $1 == sandbox || -n ${SANITIZE:-} ]] || preload=(env LD_PRELOAD=libjemalloc.so.2)
    process_start "$1" "${preload[@]}" "$SOUK" "$1" --config "$STATE/souk.conf"
}

replaced=()
souk_start() {
    local sum name changed=''
    sum=$(souk_sum)
    # A file newer than the sum was put back to what it was: what runs may have read what somebody wrote into it.
    [[ $sum == "$(cat "$STATE/run/souk.sum" 2>/dev/null)" && ! $STATE/souk.conf -nt $STATE/run/souk.sum ]] || changed=yes
    [[ -z $changed ]] || souk_replace
    for name in sandbox api worker; do
        process_pid "$name" >/dev/null || service_start "$name"
    done
    souk_wait
    wait_until 20 replaced_gone || say "old processes of souk api are still finishing"
    echo "$sum" >"$STATE/run/souk.sum"
}

# What runs already gets the new binary and configuration: api by a rolling reload that loses no request, the others by
# leaving and being started again.
souk_replace() {
    local pid
    replaced=()
    if pid=$(process_pid api); then
        read -ra replaced <<<"$(children_of "$pid")"
        kill -HUP "$pid"
    fi
    process_stop TERM 15 worker sandbox
}

# The old processes of api leave when nginx has closed its kept connections to them; then everything is new.
replaced_gone() {
    local pid
    for pid in "${replaced[@]}"; do [[ ! -e /proc/$pid ]] || return 1; done
}

ready() { curl -fsS -o /dev/null --max-time 2 --cacert "$STATE/tls/cert.pem" "https://127.0.0.1:$HTTPS_PORT/readyz" 2>/dev/null; }

ready_or_dead() {
    local name
    for name in sandbox api worker; do process_gone "$name" && return 0; done
    ready
}

souk_wait() {
    local name
    wait_until 30 ready_or_dead || die "souk is not ready after 30 s ($(log_reason api)): see $STATE/log/api.log"
    for name in sandbox api worker; do
        process_pid "$name" >/dev/null || die "souk $name ended ($(log_reason "$name")): see $STATE/log/$name.log"
    done
}

# api_post PATH [curl's options…]: sends what stands on its input, says the status; the answer is in run/answer.
api_post() {
    local path=$1
    shift
    curl -sS -o "$STATE/run/answer" -w '%{http_code}' --max-time 10 --cacert "$STATE/tls/cert.pem" \
        -H 'Content-Type: application/json' "$@" --data-binary @- "https://127.0.0.1:$HTTPS_PORT$path"
}

# The value of a member of the answer that is a text.
answer_field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$STATE/run/answer" | head -n 1; }

# The id of a category of the demo shop. MySQL and MariaDB put the members of an object in orders of their own.
category_id() {
    curl -sS --max-time 10 --cacert "$STATE/tls/cert.pem" "https://127.0.0.1:$HTTPS_PORT/v1/categories" | tr '{' '\n' |
        sed -n "/\"name\": *\"$1\"/s/.*\"category_id\": *\"\([0-9]*\)\".*/\1/p" | head -n 1
}

# Ways to ship, taxes, an offer and a coupon, in the administrator's name: lines of "resource body". A line that is sent
# again changes nothing.
offers_load() {
    local login=$1 headers resource body n=0 category
    printf '%s' "$login" | api_post /v1/sessions >/dev/null || die "the administrator could not sign in"
    headers=$STATE/run/headers
    printf 'Authorization: Bearer %s\n' "$(answer_field access_token)" >"$headers"
    category=$(category_id Stationery)
    while read -r resource body; do
        n=$((n + 1))
        case $(printf '%s' "${body//@Stationery@/$category}" |
            api_post "/v1/admin/$resource" -H "@$headers" -H "Idempotency-Key: demo-$n") in
            201 | 202 | 409) ;;
            *) die "line $n of the demo shop's offers was refused: $(<"$STATE/run/answer")" ;;
        esac
    done <"$ROOT/stack/demo/offers.txt"
    rm -f "$headers" "$STATE/run/answer"
}

# The demo shop, once per state: products, an administrator with a password of its own, and offers.
demo_load() {
    local email=admin@example.com password
    password=$(secret demo_admin)
    printf 'SOUK_URL=https://localhost:%s\nSOUK_ADMIN_EMAIL=%s\nSOUK_ADMIN_PASSWORD=%s\n' \
        "$HTTPS_PORT" "$email" "$password" | write_changed "$STATE/demo.env"
    [[ ! -e $STATE/demo.loaded ]] || return 0
    say "loading the demo shop"
    step demo souk_admin import "$ROOT/stack/demo/products.csv"
    case $(printf '{"email":"%s","password":"%s","name":"Admin"}' "$email" "$password" | api_post /v1/accounts) in
        201 | 409) ;;
        *) die "the administrator could not be registered: $(<"$STATE/run/answer")" ;;
    esac
    step role souk_admin role grant "$email" admin
    offers_load "$(printf '{"email":"%s","password":"%s"}' "$email" "$password")"
    touch "$STATE/demo.loaded"
}
