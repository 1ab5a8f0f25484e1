/* The configuration file: INI, every key known, typed and bounded.
 *
 * config_load() reads the whole file or fails naming file, line and key; an unknown key is an error. Nothing here
 * changes after start (what may change at run time is a setting in the database).
 */
#ifndef SOUK_BASE_CONFIG_H
#define SOUK_BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { CONFIG_SHARDS_MAX = 64, CONFIG_TEXT_MAX = 256 };

/* Where one database is and who we are there. `socket` or `host`:`port`. */
struct config_db {
    char socket[CONFIG_TEXT_MAX];
    char host[CONFIG_TEXT_MAX];
    int64_t port;
    char user[CONFIG_TEXT_MAX];
    char password[CONFIG_TEXT_MAX];
    char schema[CONFIG_TEXT_MAX];
};

struct config {
    /* [souk] */
    char log_level[CONFIG_TEXT_MAX]; /* error, warn, info, debug */
    char public_url[CONFIG_TEXT_MAX]; /* https://host:port, no slash at the end; token issuer, links */
    char currency[CONFIG_TEXT_MAX];  /* ISO 4217, the shop's default */
    char secret_file[CONFIG_TEXT_MAX]; /* ≥32 bytes of key material for refresh tokens and cursors, 0600 */
    char keys_dir[CONFIG_TEXT_MAX];  /* Ed25519 private keys as <kid>.pem; the last kid in name order signs */
    char sql_dir[CONFIG_TEXT_MAX];   /* sql/ */
    char migrations_dir[CONFIG_TEXT_MAX]; /* migrations/ */
    /* [api] */
    char socket[CONFIG_TEXT_MAX]; /* path of the FastCGI unix socket */
    char pid_file[CONFIG_TEXT_MAX];
    int64_t processes;
    int64_t threads;            /* per process */
    int64_t nginx_connections;  /* requests that are under way at once in a process; what nginx sends beyond them waits */
    int64_t arena_bytes_max;
    int64_t drain_ms_max;       /* how long a leaving process waits for nginx to close its kept connections */
    /* [worker] */
    char worker_pid_file[CONFIG_TEXT_MAX];
    /* [store] */
    int64_t connections;        /* per database and process */
    int64_t connect_timeout_ms;
    int64_t call_timeout_ms;
    int64_t deadline_ms;        /* of one request, all hops together */
    bool combine;               /* false: every request is a batch of its own (to compare) */
    int64_t combine_max;        /* requests of one call */
    int64_t combine_leaders;    /* calls under way at once, for each routine, shard and process */
    int64_t queue_max;          /* requests waiting for a routine on a shard, per process; more are refused with 503 */
    /* [global], [shard.N] */
    struct config_db global;
    struct config_db shards[CONFIG_SHARDS_MAX];
    int shards_n;
    /* [migrate]: user and password that own the schemas, for `souk admin migrate|routines` */
    char migrate_user[CONFIG_TEXT_MAX];
    char migrate_password[CONFIG_TEXT_MAX];
    /* [redis] */
    char redis_socket[CONFIG_TEXT_MAX];
    int64_t redis_connect_timeout_ms;
    int64_t redis_command_timeout_ms;
    /* [search] */
    char search_socket[CONFIG_TEXT_MAX]; /* of the search server; empty: there is none, the databases answer */
    int64_t search_timeout_ms;
    int64_t search_concurrency; /* searches under way at once in each process; the others wait */
    /* [cache] */
    bool cache;                 /* false: every answer is made by its routine */
    int64_t cache_local_bytes;  /* answers in the memory of each process; 0: none there */
    /* [order] */
    int64_t payment_window_s;   /* an unpaid order is closed after this */
    int64_t closing_max_s;      /* CLOSING longer than this calls a person */
    int64_t delivered_after_s;  /* SHIPPED for so long without word is taken as DELIVERED */
    int64_t return_window_s;    /* things may be returned for so long after delivery */
    int64_t completed_after_s;  /* DELIVERED for so long is COMPLETED */
    /* [payment] */
    char sandbox_url[CONFIG_TEXT_MAX];    /* base URL of the sandbox provider as a browser reaches it; empty: channel off */
    char sandbox_secret[CONFIG_TEXT_MAX];
    char sandbox_ca_file[CONFIG_TEXT_MAX]; /* certificate to trust when calling the provider and, in the sandbox, when calling back */
    /* [channel.alipay]; app_id empty: the channel is off */
    char alipay_app_id[CONFIG_TEXT_MAX];
    char alipay_seller_id[CONFIG_TEXT_MAX];        /* 2088…; empty: not compared */
    char alipay_private_key_file[CONFIG_TEXT_MAX]; /* of the application */
    char alipay_public_key_file[CONFIG_TEXT_MAX];  /* Alipay's, not the application's own */
    char alipay_product[CONFIG_TEXT_MAX];          /* page or wap */
    char alipay_gateway[CONFIG_TEXT_MAX];
    char alipay_ca_file[CONFIG_TEXT_MAX];          /* certificates to trust; empty: the system's */
    /* [channel.wechat]; mchid empty: off */
    char wechat_mchid[CONFIG_TEXT_MAX];
    char wechat_appid[CONFIG_TEXT_MAX];
    char wechat_serial[CONFIG_TEXT_MAX];           /* of the merchant's certificate */
    char wechat_private_key_file[CONFIG_TEXT_MAX]; /* of that certificate */
    char wechat_api_v3_key[CONFIG_TEXT_MAX];       /* 32 characters */
    char wechat_public_key_id[CONFIG_TEXT_MAX];    /* PUB_KEY_ID_…; empty: platform certificates are fetched */
    char wechat_public_key_file[CONFIG_TEXT_MAX];
    char wechat_url[CONFIG_TEXT_MAX];
    char wechat_ca_file[CONFIG_TEXT_MAX];
    /* [channel.stripe]; secret_key empty: off */
    char stripe_secret_key[CONFIG_TEXT_MAX];     /* sk_… or rk_… */
    char stripe_webhook_secret[CONFIG_TEXT_MAX]; /* whsec_… */
    char stripe_payment_methods[CONFIG_TEXT_MAX]; /* e.g. card, or card,sepa_debit */
    char stripe_url[CONFIG_TEXT_MAX];
    char stripe_ca_file[CONFIG_TEXT_MAX];
    /* [sandbox]: the provider itself (souk sandbox) */
    char sandbox_socket[CONFIG_TEXT_MAX];
    char sandbox_pid_file[CONFIG_TEXT_MAX];
    struct config_db sandbox_db;
    /* [events] */
    char events_socket[CONFIG_TEXT_MAX]; /* where nginx takes news for those who listen; empty: nobody can listen */
    /* [webhook] */
    bool webhook_loopback;      /* endpoints may be on this machine, and http: for development and tests only */
    char webhook_ca_file[CONFIG_TEXT_MAX]; /* certificates to trust when calling endpoints; empty: the system's */
    /* [mail] */
    char smtp_url[CONFIG_TEXT_MAX];    /* smtp://host:port, smtps://host:port; with smtp_socket empty too: no mail */
    char smtp_socket[CONFIG_TEXT_MAX]; /* of a mail server on this machine, instead of smtp_url */
    bool smtp_starttls;                /* TLS or nothing, also over smtp:// */
    char smtp_user[CONFIG_TEXT_MAX], smtp_password[CONFIG_TEXT_MAX];
    char smtp_ca_file[CONFIG_TEXT_MAX]; /* certificates to trust; empty: the system's */
    char mail_from[CONFIG_TEXT_MAX], mail_from_name[CONFIG_TEXT_MAX];
    /* [limit] */
    bool limits;                /* false: no rate limits (load tests) */
};

/* Reads `path` into `*config`. On failure `message` (at least 256 bytes) holds one line: file, line, key, why. */
SOUK_CHECK enum souk_err config_load(const char *path, struct config *config, char *message, size_t message_bytes);

#endif
