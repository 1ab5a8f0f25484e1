# shellcheck shell=bash
# The mail server of a private stack: keeps what the shop sends as files in STATE/mail. Needs settings.sh, process.sh.

mail_start() {
    [[ $MAIL == off ]] && return
    process_pid mail >/dev/null && return
    rm -f "$SOCKETS/mail.sock"
    process_start mail /usr/bin/python3 -B "$ROOT/stack/mail.py" "$SOCKETS/mail.sock" "$STATE/mail"
}

mail_answers() { process_gone mail || [[ -S $SOCKETS/mail.sock ]]; }

mail_wait() {
    [[ $MAIL == off ]] && return
    wait_until 20 mail_answers && process_pid mail >/dev/null ||
        say "the mail server did not start ($(log_reason mail)): mail waits; see $STATE/log/mail.log"
}
