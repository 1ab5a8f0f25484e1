/* Calls to WeChat Pay's API v3: signed there, verified back. */
#include <string.h>

#include "base/clock.h"
#include "domain/channel_wechat.h"
#include "observe/log.h"

enum { ANSWER_BYTES_MAX = 32 * 1024 };

void wechat_want(struct client_call *call)
{
    static const char *const names[] = {"Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature"};

    for (size_t i = 0; i < CLIENT_WANTED_MAX; i++)
        call->wanted[i] = names[i];
}

struct wechat_message wechat_message_of(const struct client_answer *came)
{
    return (struct wechat_message){.serial = came->headers[0],
                                   .timestamp = came->headers[1],
                                   .nonce = came->headers[2],
                                   .signature = came->headers[3],
                                   .body = came->body,
                                   .body_len = came->body_len};
}

enum souk_err wechat_prepare(const struct config *config, struct arena *arena, const struct wechat_call *call,
                             struct client_call *out)
{
    char nonce[WECHAT_NONCE_BYTES];
    const char *authorization, *body = call->body == NULL ? "" : call->body;
    const struct wechat_merchant merchant = {config->wechat_mchid, config->wechat_serial,
                                             rsa_private_of_file(config->wechat_private_key_file)};
    const struct wechat_request request = {call->method, call->path, body, strlen(body)};
    enum souk_err err;
    size_t n = 0;

    if (call->path == NULL)
        return SOUK_TOO_LARGE;
    if (merchant.key == NULL)
        return SOUK_UNAVAILABLE;
    wechat_nonce(nonce);
    err = wechat_authorization(arena, &merchant, &request, clock_unix_ms() / 1000, nonce, &authorization);
    if (err != SOUK_OK)
        return err;
    *out = (struct client_call){.url = arena_printf(arena, "%s%s", config->wechat_url, call->path),
                                .body = call->body,
                                .body_len = strlen(body),
                                .ca_file = config->wechat_ca_file,
                                .answer_bytes_max = ANSWER_BYTES_MAX,
                                .deadline_us = call->deadline_us};
    out->headers[n++] = arena_printf(arena, "Authorization: %s", authorization);
    out->headers[n++] = "Accept: application/json";
    out->headers[n++] = "Content-Type: application/json";
    out->headers[n++] = "User-Agent: souk"; /* WeChat Pay refuses calls without one */
    if (config->wechat_public_key_id[0] != '\0') /* which key the answer is to be signed with */
        out->headers[n++] = arena_printf(arena, "Wechatpay-Serial: %s", config->wechat_public_key_id);
    return out->url == NULL || out->headers[0] == NULL || out->headers[n - 1] == NULL ? SOUK_TOO_LARGE : SOUK_OK;
}

/* An answer signed with a certificate that is new here is believed once the certificate has been fetched. */
static bool answer_believed(const struct config *config, struct arena *arena, const struct client_answer *came,
                            int64_t deadline_us)
{
    const struct wechat_message message = wechat_message_of(came);
    const int64_t now_s = clock_unix_ms() / 1000;

    return wechat_believed(config, arena, &message, now_s) ||
           (message.serial != NULL && wechat_certificates_fetch(config, arena, deadline_us, false) == SOUK_OK &&
            wechat_believed(config, arena, &message, now_s));
}

enum souk_err wechat_send(const struct config *config, struct arena *arena, const struct wechat_call *call,
                          struct wechat_answer *answer)
{
    struct client_call out;
    struct client_answer came;
    enum souk_err err = wechat_prepare(config, arena, call, &out);

    if (err != SOUK_OK)
        return err;
    wechat_want(&out);
    err = client_send(&out, arena, &came);
    if (err != SOUK_OK)
        return err;
    *answer = (struct wechat_answer){.status = came.status, .code = ""};
    if (came.body_len > 0)
        answer->fields = provider_object(arena, came.body, came.body_len);
    if (came.status >= 300 && provider_text(answer->fields, "code", 64) != NULL)
        answer->code = provider_text(answer->fields, "code", 64);
    if (came.status >= 500 || came.status == 429 || came.status < 200 || (came.body_len > 0 && answer->fields == NULL) ||
        !answer_believed(config, arena, &came, call->deadline_us)) {
        log_warn("wechat: %s %.64s: status %d, unsigned or passing: %.200s", call->method, call->path, came.status,
                 came.body);
        return SOUK_UNAVAILABLE;
    }
    return SOUK_OK;
}
