/* Calls to WeChat Pay's API v3 and whom to believe, for the files of the channel `wechat`. */
#ifndef SOUK_DOMAIN_CHANNEL_WECHAT_H
#define SOUK_DOMAIN_CHANNEL_WECHAT_H

#include "domain/channel.h"
#include "domain/channel_json.h"
#include "domain/channel_wechat_sign.h"
#include "guard/rsa.h"
#include "http/client.h"

enum { WECHAT_CALL_HEADERS = 6, WECHAT_SERIAL_BYTES_MAX = 64 };

/* One call, before it is sent. */
struct wechat_call {
    const char *method; /* GET, POST */
    const char *path;   /* with its query; NULL: the arena was full */
    const char *body;   /* NULL for a GET */
    int64_t deadline_us;
};

struct wechat_answer {
    int status;
    const char *code;    /* "" for a success, else e.g. ORDER_NOT_EXIST */
    json_object *fields; /* NULL: no body */
};

/* Puts a call together: address, Authorization and the other headers of *out. */
SOUK_CHECK enum souk_err wechat_prepare(const struct config *config, struct arena *arena, const struct wechat_call *call,
                                        struct client_call *out);

/* Sends it. SOUK_OK: an answer whose signature is WeChat Pay's, of a status below 500 other than 429. SOUK_UNAVAILABLE,
 * SOUK_TIMEOUT: nothing is known. */
SOUK_CHECK enum souk_err wechat_send(const struct config *config, struct arena *arena, const struct wechat_call *call,
                                     struct wechat_answer *answer);

/* Whether WeChat Pay has signed `message`: with the configured public key or a platform certificate this process knows. */
bool wechat_believed(const struct config *config, struct arena *arena, const struct wechat_message *message,
                     int64_t now_s);

/* The headers of an answer as client_call.wanted. */
void wechat_want(struct client_call *call);

/* The message an answer to such a call is. */
struct wechat_message wechat_message_of(const struct client_answer *came);

/* Fetches the platform certificates and makes them known to this process; at most once a minute unless `now`. Nothing to
 * do where only a public key is configured. */
SOUK_CHECK enum souk_err wechat_certificates_fetch(const struct config *config, struct arena *arena, int64_t deadline_us,
                                                   bool now);

/* channel.learn, channel.upkeep and channel.statement. */
enum souk_err wechat_learn(const struct context *context, struct arena *arena, const struct channel_callback *callback,
                           int64_t deadline_us);
enum souk_err wechat_upkeep(const struct context *context, struct arena *arena, int64_t deadline_us);
enum souk_err wechat_statement(const struct config *config, struct arena *arena, const char *day, int64_t deadline_us,
                               channel_take_line *take, void *to);

#endif
