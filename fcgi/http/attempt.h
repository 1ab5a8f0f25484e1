/* How often one may try what can be guessed, or what sends mail: token buckets (guard/limit.h) by place, by address. */
#ifndef SOUK_HTTP_ATTEMPT_H
#define SOUK_HTTP_ATTEMPT_H

#include "http/request.h"

/* One bucket: `burst` at once, and per_s_x1000 / 1000 more a second. */
struct attempt {
    const char *name, *key;
    int64_t burst, per_s_x1000;
};

/* Passwords, of which only failed attempts count: 60 at once and one more every 5 s from one place; 10 at once and one
 * more every 50 s at one account. */
#define ATTEMPT_LOGIN_PLACE(key_) {.name = "login-address", .key = (key_), .burst = 60, .per_s_x1000 = 200}
#define ATTEMPT_LOGIN_ACCOUNT(key_) {.name = "login-account", .key = (key_), .burst = 10, .per_s_x1000 = 20}
/* Mail that anybody can have sent to an address: 10 at once and one more every 5 minutes. */
#define ATTEMPT_MAIL(key_) {.name = "account-mail", .key = (key_), .burst = 10, .per_s_x1000 = 3}
/* Tokens that came by mail, by place. */
#define ATTEMPT_TOKEN(key_) {.name = "account-token", .key = (key_), .burst = 30, .per_s_x1000 = 200}

/* Who is at the other end: an IPv4 address, or the /64 network of an IPv6 address, which one person has whole. */
const char *attempt_place(struct request *request);

/* Takes one from each bucket, unless limits are off. SOUK_RATE_LIMITED, with its headers, when one is empty. */
SOUK_CHECK enum souk_err attempt_take(struct request *request, const struct attempt *attempts, size_t n);

/* Puts them back: what was tried was no guess. */
void attempt_give_back(struct request *request, const struct attempt *attempts, size_t n);

#endif
