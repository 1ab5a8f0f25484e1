/* What a mail says: its template filled in, as text and as HTML, and its headers.
 *
 * A kind of mail is one row of the table in mail_text.c; mail that events give rise to is named like the event's type, so
 * a new notice is a row there and nothing else. In templates {name} stands for a value: "link", "lines" (the order's
 * lines), "email", else a member of the mail's data, of its event or of its order; {money:name} for an amount in the
 * order's currency; {event:name} is a member of the event alone. */
#ifndef SOUK_WORKER_MAIL_TEXT_H
#define SOUK_WORKER_MAIL_TEXT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum { MAIL_PARAGRAPHS_MAX = 6 };

struct mail_template {
    const char *kind;
    const char *subject;
    const char *paragraphs[MAIL_PARAGRAPHS_MAX]; /* ends early with NULL */
    const char *page;   /* of the shop's page: "verify"; with a token: "verify/{token}"; NULL: no link */
    const char *button; /* what the link is called */
    const char *purpose; /* of the token in it; NULL: it has none */
    int64_t token_life_s;
};

/* NULL: there is none. */
const struct mail_template *mail_template_find(const char *kind);

/* Is mail sent for events of this type? */
bool mail_is_notice(const char *type);

struct mail_content {
    const char *subject; /* one line of UTF-8, not encoded */
    const char *text, *html;
};

/* Fills in `template` for `item`, one of mail_due's. `link`: the whole URL, NULL: none. False: the arena is full. */
bool mail_fill(struct arena *arena, const struct mail_template *template, json_object *item, const char *link,
               struct mail_content *out);

/* A header field's text: control characters become spaces, and what is not plain ASCII is encoded (RFC 2047, lines of at
 * most 75 characters), so that nothing in it can begin another line. NULL: the arena is full. */
const char *mail_header_text(struct arena *arena, const char *text);

#endif
