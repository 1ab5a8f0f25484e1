/* Signatures of WeChat Pay's API v3, as https://pay.weixin.qq.com/doc/v3/merchant/4012365342 documents them. */
#ifndef SOUK_DOMAIN_CHANNEL_WECHAT_SIGN_H
#define SOUK_DOMAIN_CHANNEL_WECHAT_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "guard/rsa.h"

enum { WECHAT_WINDOW_S = 300, WECHAT_NONCE_BYTES = 33 };

/* A request of the merchant. */
struct wechat_request {
    const char *method; /* GET, POST */
    const char *path;   /* with its query, without the host */
    const char *body;   /* "" for a GET */
    size_t body_len;
};

/* Who makes it. */
struct wechat_merchant {
    const char *mchid;
    const char *serial; /* of the merchant's certificate */
    const struct rsa_key *key;
};

/* A message of the provider: a callback or an answer. NULL: the header is not there. */
struct wechat_message {
    const char *serial;    /* Wechatpay-Serial: which certificate or public key */
    const char *timestamp; /* Wechatpay-Timestamp */
    const char *nonce;     /* Wechatpay-Nonce */
    const char *signature; /* Wechatpay-Signature */
    const char *body;
    size_t body_len;
};

/* 32 random hex digits. */
void wechat_nonce(char out[WECHAT_NONCE_BYTES]);

/* *header: "WECHATPAY2-SHA256-RSA2048 mchid=…", the value of Authorization. */
SOUK_CHECK enum souk_err wechat_authorization(struct arena *arena, const struct wechat_merchant *merchant,
                                              const struct wechat_request *request, int64_t now_s, const char *nonce,
                                              const char **header);

/* Whether the timestamp lies within ±WECHAT_WINDOW_S of `now_s` and the signature was made with the private half of `key`
 * (the one of message->serial; the caller has looked it up). */
bool wechat_message_valid(struct arena *arena, const struct rsa_key *key, const struct wechat_message *message,
                          int64_t now_s);

#endif
