#include "domain/channel_wechat_sign.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

void wechat_nonce(char out[WECHAT_NONCE_BYTES])
{
    uint8_t bytes[(WECHAT_NONCE_BYTES - 1) / 2];

    randombytes_buf(bytes, sizeof bytes);
    text_hex(bytes, sizeof bytes, out);
}

enum souk_err wechat_authorization(struct arena *arena, const struct wechat_merchant *merchant,
                                   const struct wechat_request *request, int64_t now_s, const char *nonce,
                                   const char **header)
{
    struct buffer text = buffer_in(arena, request->body_len + 512);
    const char *signature;
    enum souk_err err;

    buffer_printf(&text, "%s\n%s\n%" PRId64 "\n%s\n", request->method, request->path, now_s, nonce);
    buffer_add(&text, request->body, request->body_len);
    buffer_puts(&text, "\n");
    if (text.failed)
        return SOUK_TOO_LARGE;
    err = rsa_sign(merchant->key, arena, text.data, text.len, &signature);
    if (err != SOUK_OK)
        return err;
    *header = arena_printf(arena,
                           "WECHATPAY2-SHA256-RSA2048 mchid=\"%s\",nonce_str=\"%s\",timestamp=\"%" PRId64
                           "\",serial_no=\"%s\",signature=\"%s\"",
                           merchant->mchid, nonce, now_s, merchant->serial, signature);
    return *header == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

bool wechat_message_valid(struct arena *arena, const struct rsa_key *key, const struct wechat_message *message,
                          int64_t now_s)
{
    struct buffer text = buffer_in(arena, message->body_len + 128);
    int64_t stamp_s;

    if (key == NULL || message->timestamp == NULL || message->nonce == NULL || message->signature == NULL ||
        !text_int64(message->timestamp, strlen(message->timestamp), &stamp_s) || stamp_s < now_s - WECHAT_WINDOW_S ||
        stamp_s > now_s + WECHAT_WINDOW_S)
        return false;
    buffer_printf(&text, "%s\n%s\n", message->timestamp, message->nonce);
    buffer_add(&text, message->body, message->body_len);
    buffer_puts(&text, "\n");
    return !text.failed && rsa_signature_valid(key, text.data, text.len, message->signature);
}
