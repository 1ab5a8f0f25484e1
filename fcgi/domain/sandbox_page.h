/* The sandbox provider's pages: HTML made here, with everything escaped; they work without scripts. */
#ifndef SOUK_DOMAIN_SANDBOX_PAGE_H
#define SOUK_DOMAIN_SANDBOX_PAGE_H

#include "base/arena.h"
#include "domain/sandbox_sign.h"

/* Values of the form's field "decision". */
#define SANDBOX_DECISION_PAY "pay"
#define SANDBOX_DECISION_DECLINE "decline"
#define SANDBOX_DECISION_PAY_LATE "pay_late"   /* the callback is sent 10 s later */
#define SANDBOX_DECISION_PAY_TWICE "pay_twice" /* the callback is sent twice */

/* The page where a person decides: `page` has been verified, `signature` goes back with the form. All of these return
 * NULL when the arena is full. */
const char *sandbox_page_pay(struct arena *arena, const struct sandbox_page *page, const char *signature,
                             int64_t amount, int64_t expires_s);

/* A page that says `title` and `text`, with a link back to the shop unless return_url is NULL. */
const char *sandbox_page_notice(struct arena *arena, const char *title, const char *text, const char *return_url);

/* The stylesheet of both. */
extern const char sandbox_page_style[];

#endif
