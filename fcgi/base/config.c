#include "base/config.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum kind { TEXT, URL, INTEGER, FLAG };

/* One key of the file: where it goes and what it may be. */
struct key {
    const char *section, *name;
    enum kind kind;
    size_t offset;
    int64_t min, max, fallback;
    const char *text; /* the text when the key is absent; NULL: the key must be there */
};

#define AT(member) offsetof(struct config, member)
#define KEY_TEXT(section, name, member, text) {section, name, TEXT, AT(member), 0, 0, 0, text}
#define KEY_URL(section, name, member, text) {section, name, URL, AT(member), 0, 0, 0, text} /* see outside_url */
#define KEY_INT(section, name, member, min, max, fallback) {section, name, INTEGER, AT(member), min, max, fallback, ""}

static const struct key keys[] = {
    KEY_TEXT("souk", "log_level", log_level, "info"),
    KEY_TEXT("souk", "public_url", public_url, NULL),
    KEY_TEXT("souk", "currency", currency, "USD"),
    KEY_TEXT("souk", "secret_file", secret_file, NULL),
    KEY_TEXT("souk", "keys_dir", keys_dir, NULL),
    KEY_TEXT("souk", "sql_dir", sql_dir, ""),
    KEY_TEXT("souk", "migrations_dir", migrations_dir, ""),
    KEY_TEXT("api", "socket", socket, NULL),
    KEY_TEXT("api", "pid_file", pid_file, ""),
    KEY_INT("api", "processes", processes, 1, 64, 1),
    KEY_INT("api", "threads", threads, 1, 1024, 64),
    KEY_INT("api", "nginx_connections", nginx_connections, 1, 65536, 1024),
    KEY_INT("api", "arena_bytes_max", arena_bytes_max, 65536, 1073741824, 8388608),
    KEY_INT("api", "drain_ms_max", drain_ms_max, 0, 600000, 10000),
    KEY_TEXT("worker", "pid_file", worker_pid_file, ""),
    KEY_INT("store", "connections", connections, 1, 1024, 16),
    KEY_INT("store", "connect_timeout_ms", connect_timeout_ms, 1, 60000, 1000),
    KEY_INT("store", "call_timeout_ms", call_timeout_ms, 1, 60000, 2000),
    KEY_INT("store", "deadline_ms", deadline_ms, 1, 60000, 3000),
    {"store", "combine", FLAG, AT(combine), 0, 1, 1, ""}, /* absent: true */
    KEY_INT("store", "combine_max", combine_max, 1, 128, 128),
    KEY_INT("store", "combine_leaders", combine_leaders, 1, 64, 1),
    KEY_INT("store", "queue_max", queue_max, 1, 65536, 512),
    KEY_TEXT("migrate", "user", migrate_user, ""),
    KEY_TEXT("migrate", "password", migrate_password, ""),
    KEY_TEXT("redis", "socket", redis_socket, ""),
    KEY_INT("redis", "connect_timeout_ms", redis_connect_timeout_ms, 1, 60000, 100),
    KEY_INT("redis", "command_timeout_ms", redis_command_timeout_ms, 1, 60000, 50),
    KEY_TEXT("events", "socket", events_socket, ""),
    KEY_TEXT("search", "socket", search_socket, ""),
    KEY_INT("search", "timeout_ms", search_timeout_ms, 1, 10000, 250),
    KEY_INT("search", "concurrency", search_concurrency, 1, 256, 4),
    {"cache", "enabled", FLAG, AT(cache), 0, 1, 1, ""},
    KEY_INT("cache", "local_bytes", cache_local_bytes, 0, 17179869184, 67108864),
    KEY_INT("order", "payment_window_s", payment_window_s, 1, 31536000, 1800),
    KEY_INT("order", "closing_max_s", closing_max_s, 1, 31536000, 600),
    KEY_INT("order", "delivered_after_s", delivered_after_s, 1, 31536000, 1209600),
    KEY_INT("order", "return_window_s", return_window_s, 1, 31536000, 2592000),
    KEY_INT("order", "completed_after_s", completed_after_s, 1, 31536000, 604800),
    KEY_TEXT("payment", "sandbox_url", sandbox_url, ""),
    KEY_TEXT("payment", "sandbox_secret", sandbox_secret, ""),
    KEY_TEXT("payment", "sandbox_ca_file", sandbox_ca_file, ""),
    KEY_TEXT("channel.alipay", "app_id", alipay_app_id, ""),
    KEY_TEXT("channel.alipay", "seller_id", alipay_seller_id, ""),
    KEY_TEXT("channel.alipay", "private_key_file", alipay_private_key_file, ""),
    KEY_TEXT("channel.alipay", "public_key_file", alipay_public_key_file, ""),
    KEY_TEXT("channel.alipay", "product", alipay_product, "page"),
    KEY_URL("channel.alipay", "gateway", alipay_gateway, "https://openapi.alipay.com/gateway.do"),
    KEY_TEXT("channel.alipay", "ca_file", alipay_ca_file, ""),
    KEY_TEXT("channel.wechat", "mchid", wechat_mchid, ""),
    KEY_TEXT("channel.wechat", "appid", wechat_appid, ""),
    KEY_TEXT("channel.wechat", "serial", wechat_serial, ""),
    KEY_TEXT("channel.wechat", "private_key_file", wechat_private_key_file, ""),
    KEY_TEXT("channel.wechat", "api_v3_key", wechat_api_v3_key, ""),
    KEY_TEXT("channel.wechat", "public_key_id", wechat_public_key_id, ""),
    KEY_TEXT("channel.wechat", "public_key_file", wechat_public_key_file, ""),
    KEY_URL("channel.wechat", "url", wechat_url, "https://api.mch.weixin.qq.com"),
    KEY_TEXT("channel.wechat", "ca_file", wechat_ca_file, ""),
    KEY_TEXT("channel.stripe", "secret_key", stripe_secret_key, ""),
    KEY_TEXT("channel.stripe", "webhook_secret", stripe_webhook_secret, ""),
    KEY_TEXT("channel.stripe", "payment_methods", stripe_payment_methods, "card"),
    KEY_URL("channel.stripe", "url", stripe_url, "https://api.stripe.com"),
    KEY_TEXT("channel.stripe", "ca_file", stripe_ca_file, ""),
    KEY_TEXT("sandbox", "socket", sandbox_socket, ""),
    KEY_TEXT("sandbox", "pid_file", sandbox_pid_file, ""),
    KEY_TEXT("sandbox", "db_socket", sandbox_db.socket, ""),
    KEY_TEXT("sandbox", "db_host", sandbox_db.host, ""),
    KEY_INT("sandbox", "db_port", sandbox_db.port, 1, 65535, 3306),
    KEY_TEXT("sandbox", "db_user", sandbox_db.user, ""),
    KEY_TEXT("sandbox", "db_password", sandbox_db.password, ""),
    KEY_TEXT("sandbox", "db_schema", sandbox_db.schema, ""),
    KEY_TEXT("mail", "smtp_url", smtp_url, ""),
    KEY_TEXT("mail", "smtp_socket", smtp_socket, ""),
    {"mail", "starttls", FLAG, AT(smtp_starttls), 0, 1, 1, ""},
    KEY_TEXT("mail", "user", smtp_user, ""),
    KEY_TEXT("mail", "password", smtp_password, ""),
    KEY_TEXT("mail", "ca_file", smtp_ca_file, ""),
    KEY_TEXT("mail", "from", mail_from, ""),
    KEY_TEXT("mail", "from_name", mail_from_name, ""),
    {"limit", "enabled", FLAG, AT(limits), 0, 1, 1, ""},
    {"webhook", "allow_loopback", FLAG, AT(webhook_loopback), 0, 1, 0, ""},
    KEY_TEXT("webhook", "ca_file", webhook_ca_file, ""),
};

enum { KEYS_N = sizeof keys / sizeof keys[0] };

/* [global] and [shard.N] hold the same keys, relative to their struct config_db. */
#define DB_AT(member) offsetof(struct config_db, member)
static const struct key db_keys[] = {
    {"", "socket", TEXT, DB_AT(socket), 0, 0, 0, ""},
    {"", "host", TEXT, DB_AT(host), 0, 0, 0, ""},
    {"", "port", INTEGER, DB_AT(port), 1, 65535, 3306, ""},
    {"", "user", TEXT, DB_AT(user), 0, 0, 0, ""},
    {"", "password", TEXT, DB_AT(password), 0, 0, 0, ""},
    {"", "schema", TEXT, DB_AT(schema), 0, 0, 0, ""},
};

enum { DB_KEYS_N = sizeof db_keys / sizeof db_keys[0] };

struct reader {
    struct config *config;
    bool seen[KEYS_N];
    bool db_seen[CONFIG_SHARDS_MAX];
    const char *path;
    FILE *file;
    int line;
    bool line_too_long;
    char *message;
    size_t message_bytes;
    bool failed;
};

static int refuse(struct reader *reader, const char *section, const char *name, const char *why)
{
    if (!reader->failed)
        snprintf(reader->message, reader->message_bytes, "%s:%d: [%s] %s: %s", reader->path, reader->line,
                 section, name, why);
    reader->failed = true;
    return 0;
}

/* What is sent outside carries money and keys: TLS, except to this machine, where a provider's simulator may stand in. */
static bool outside_url(const char *url)
{
    static const char *const begins[] = {"https://", "http://localhost:", "http://127.0.0.1:", "http://[::1]:"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (strncmp(url, begins[i], strlen(begins[i])) == 0)
            return url[strlen(begins[i])] != '\0' && url[strlen(url) - 1] != '/';
    return false;
}

/* Puts `value` where `key` says, below `base`. NULL when it fits, else why not. */
static const char *put(const struct key *key, void *base, const char *value)
{
    char *at = (char *)base + key->offset;
    size_t len = strlen(value);
    int64_t number = 0;
    switch (key->kind) {
    case URL:
        if (!outside_url(value))
            return "must be an https address without a slash at the end (http only to a port of this machine)";
        /* fall through */
    case TEXT:
        if (len >= CONFIG_TEXT_MAX)
            return "the value is longer than 255 bytes";
        if (!text_utf8_valid(value, len))
            return "the value is not valid UTF-8";
        memcpy(at, value, len + 1);
        return NULL;
    case INTEGER:
        if (!text_int64(value, len, &number))
            return "the value must be a whole number";
        if (number < key->min || number > key->max)
            return "the number is out of range";
        memcpy(at, &number, sizeof number);
        return NULL;
    case FLAG:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            return "the value must be true or false";
        *(bool *)(void *)at = value[0] == 't';
        return NULL;
    }
    return "unknown kind of key";
}

static int put_db(struct reader *reader, struct config_db *db, const char *section, const char *name,
                  const char *value)
{
    for (size_t i = 0; i < DB_KEYS_N; i++) {
        if (strcmp(db_keys[i].name, name) == 0) {
            const char *why = put(&db_keys[i], db, value);
            return why ? refuse(reader, section, name, why) : 1;
        }
    }
    return refuse(reader, section, name, "there is no such key");
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    if (reader->line_too_long)
        return refuse(reader, section, name, "the line is too long");
    if (strcmp(section, "global") == 0)
        return put_db(reader, &reader->config->global, section, name, value);
    if (strncmp(section, "shard.", 6) == 0) {
        int64_t n;
        if (!text_int64(section + 6, strlen(section + 6), &n) || n < 0 || n >= CONFIG_SHARDS_MAX)
            return refuse(reader, section, name, "shards are numbered 0 to 63");
        reader->db_seen[n] = true;
        return put_db(reader, &reader->config->shards[n], section, name, value);
    }
    for (size_t i = 0; i < KEYS_N; i++) {
        if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0) {
            if (reader->seen[i])
                return refuse(reader, section, name, "the key stands there twice");
            reader->seen[i] = true;
            const char *why = put(&keys[i], reader->config, value);
            return why ? refuse(reader, section, name, why) : 1;
        }
    }
    return refuse(reader, section, name, "there is no such key");
}

/* inih's line source: counts lines, which Debian's build does not, and notices those it would cut in two. */
static char *next_line(char *out, int bytes, void *user)
{
    struct reader *reader = user;
    char *line = fgets(out, bytes, reader->file);
    if (!line)
        return NULL;
    size_t len = strlen(line);
    reader->line++;
    reader->line_too_long = reader->line_too_long || (len + 1 == (size_t)bytes && line[len - 1] != '\n');
    return line;
}

static bool finish_db(struct reader *reader, struct config_db *db, const char *section)
{
    if (db->port == 0)
        db->port = 3306;
    if (db->schema[0] && db->user[0] && (db->socket[0] || db->host[0]))
        return true;
    snprintf(reader->message, reader->message_bytes, "%s: [%s] needs user, schema, and socket or host", reader->path,
             section);
    return false;
}

/* Mail needs a sender whom nothing in the file can turn into more than one header line. */
static bool finish_mail(struct reader *reader)
{
    const struct config *config = reader->config;
    const bool on = config->smtp_url[0] || config->smtp_socket[0];
    if (!on || (strchr(config->mail_from, '@') && !strpbrk(config->mail_from, " <>\r\n")))
        return true;
    snprintf(reader->message, reader->message_bytes, "%s: [mail] from must be an e-mail address, name@host", reader->path);
    return false;
}

/* A channel that is on needs all of its keys. */
static bool finish_channels(struct reader *reader)
{
    const struct config *config = reader->config;
    const struct {
        const char *section, *on, *name, *value;
    } needs[] = {
        {"channel.alipay", config->alipay_app_id, "private_key_file", config->alipay_private_key_file},
        {"channel.alipay", config->alipay_app_id, "public_key_file", config->alipay_public_key_file},
        {"channel.wechat", config->wechat_mchid, "appid", config->wechat_appid},
        {"channel.wechat", config->wechat_mchid, "serial", config->wechat_serial},
        {"channel.wechat", config->wechat_mchid, "private_key_file", config->wechat_private_key_file},
        {"channel.wechat", config->wechat_mchid, "api_v3_key", config->wechat_api_v3_key},
        {"channel.wechat", config->wechat_public_key_id, "public_key_file", config->wechat_public_key_file},
        {"channel.stripe", config->stripe_secret_key, "webhook_secret", config->stripe_webhook_secret},
    };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (needs[i].on[0] && !needs[i].value[0]) {
            snprintf(reader->message, reader->message_bytes, "%s: [%s] %s is missing", reader->path, needs[i].section,
                     needs[i].name);
            return false;
        }
    if (strcmp(config->alipay_product, "page") != 0 && strcmp(config->alipay_product, "wap") != 0)
        snprintf(reader->message, reader->message_bytes, "%s: [channel.alipay] product must be page or wap", reader->path);
    else if (config->wechat_mchid[0] && strlen(config->wechat_api_v3_key) != 32)
        snprintf(reader->message, reader->message_bytes, "%s: [channel.wechat] api_v3_key must have 32 characters",
                 reader->path);
    else
        return true;
    return false;
}

/* Defaults for what was not there, and what only the whole file can tell. */
static bool finish(struct reader *reader)
{
    struct config *config = reader->config;
    for (size_t i = 0; i < KEYS_N; i++) {
        const struct key *key = &keys[i];
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)key->fallback);
        const char *value = key->kind == TEXT || key->kind == URL ? key->text : key->kind == FLAG ? (key->fallback ? "true" : "false") : number;
        if (!reader->seen[i] && !value) {
            snprintf(reader->message, reader->message_bytes, "%s: [%s] %s is missing", reader->path, key->section,
                     key->name);
            return false;
        }
        if (!reader->seen[i])
            put(key, config, value);
    }
    for (int n = 0; n < CONFIG_SHARDS_MAX && reader->db_seen[n]; n++)
        config->shards_n = n + 1;
    for (int n = 0; n < CONFIG_SHARDS_MAX; n++) {
        char section[sizeof "shard.-2147483648"];
        snprintf(section, sizeof section, "shard.%d", n);
        if (n < config->shards_n ? !finish_db(reader, &config->shards[n], section) : reader->db_seen[n]) {
            if (n >= config->shards_n)
                snprintf(reader->message, reader->message_bytes, "%s: [%s] stands there without [shard.%d]",
                         reader->path, section, n - 1);
            return false;
        }
    }
    if (config->shards_n == 0) {
        snprintf(reader->message, reader->message_bytes, "%s: [shard.0] is missing", reader->path);
        return false;
    }
    return finish_db(reader, &config->global, "global") && finish_mail(reader) && finish_channels(reader);
}

enum souk_err config_load(const char *path, struct config *config, char *message, size_t message_bytes)
{
    *config = (struct config){.shards_n = 0};
    struct reader reader = {.config = config, .path = path, .message = message, .message_bytes = message_bytes};
    reader.file = fopen(path, "re");
    if (!reader.file) {
        snprintf(message, message_bytes, "%s: %s", path, strerror(errno));
        return SOUK_INVALID;
    }
    int bad_line = ini_parse_stream(next_line, &reader, on_key, &reader);
    bool unreadable = ferror(reader.file) != 0;
    fclose(reader.file);
    if (reader.failed)
        return SOUK_INVALID;
    if (bad_line != 0 || unreadable) {
        snprintf(message, message_bytes, "%s:%d: not a section, a comment or key = value", path,
                 bad_line > 0 ? bad_line : reader.line);
        return SOUK_INVALID;
    }
    return finish(&reader) ? SOUK_OK : SOUK_INVALID;
}
