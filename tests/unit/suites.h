/* One line for each tests/unit/test_<suite>.c, in alphabetical order. */
#define UNIT_SUITES(X) \
    X(account_token) \
    X(arena) \
    X(bloom) \
    X(breaker) \
    X(buffer) \
    X(call) \
    X(channel) \
    X(channel_amount) \
    X(channel_sign) \
    X(combine) \
    X(config) \
    X(crew) \
    X(egress) \
    X(email) \
    X(engine) \
    X(error) \
    X(flash_token) \
    X(flight) \
    X(gate) \
    X(html) \
    X(idempotency_token) \
    X(import) \
    X(limit) \
    X(log) \
    X(lru) \
    X(mail_text) \
    X(mint) \
    X(password) \
    X(redis) \
    X(scan) \
    X(schema) \
    X(table) \
    X(text) \
    X(token) \
    X(uri) \
    X(webhook_sign)
