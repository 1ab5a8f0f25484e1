#include "worker/mail_text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"

enum { DAY_S = 86400, NAME_MAX_BYTES = 40, LINES_MAX = 50, WORD_BYTES = 45 };

static const struct mail_template templates[] = {
    {.kind = "verify", .subject = "Is this your address?",
     .paragraphs = {"Somebody, hopefully you, opened an account with this address ({email}).",
                    "Please confirm that it is yours. The link works once, for three days.",
                    "If it was not you, do nothing."},
     .page = "verify/{token}", .button = "Confirm the address", .purpose = "verify", .token_life_s = 3 * DAY_S},
    {.kind = "account_exists", .subject = "You have an account already",
     .paragraphs = {"Somebody, hopefully you, wanted to open an account with this address ({email}). You have one already.",
                    "Sign in with its password, or have a new one sent if you have forgotten it.",
                    "If it was not you, do nothing: your account is as it was."},
     .page = "sign-in", .button = "Sign in"},
    {.kind = "password_reset", .subject = "A new password",
     .paragraphs = {"Somebody, hopefully you, asked for a new password for the account of this address ({email}).",
                    "Choose one here. The link works once, for one hour, and ends all sessions.",
                    "If it was not you, do nothing: your password stays."},
     .page = "reset-password/{token}", .button = "Choose a new password", .purpose = "reset", .token_life_s = 3600},
    {.kind = "password_changed", .subject = "Your password was changed",
     .paragraphs = {"The password of your account ({email}) was just changed, and all sessions were ended.",
                    "If it was not you, have a new one sent at once."},
     .page = "forgot-password", .button = "Get a new password"},
    {.kind = "email_change", .subject = "Is this your new address?",
     .paragraphs = {"Somebody, hopefully you, wants to use this address ({email}) for an account.",
                    "Please confirm that it is yours. The link works once, for three days. Until then everything stays as it is.",
                    "If it was not you, do nothing."},
     .page = "verify/{token}", .button = "Use this address", .purpose = "change", .token_life_s = 3 * DAY_S},
    {.kind = "email_changed", .subject = "Your address was changed",
     .paragraphs = {"Your account's address was changed from {old_email} to {new_email}.",
                    "If it was not you, please write to us at once."}},
    {.kind = "account_deleted", .subject = "Your account was deleted",
     .paragraphs = {"Your account ({email}) was deleted, with your name, addresses and cart. Orders are kept without them, as the law asks;"
                    " those on their way keep their address until they have arrived.",
                    "You can open a new account with this address at any time."}},
    {.kind = "order.placed", .subject = "Your order {order_id}",
     .paragraphs = {"Thank you for your order {order_id}.", "{lines}", "Total: {money:total}",
                    "{waits}"},
     .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "order.paid", .subject = "Your order {order_id} is paid",
     .paragraphs = {"Your order {order_id} is paid.", "{lines}", "Total: {money:total}"},
     .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "order.closed", .subject = "Your order {order_id} was closed",
     .paragraphs = {"Your order {order_id} was closed, since it was not paid or was taken back. Nothing is owed."},
     .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "shipment.shipped", .subject = "A parcel of your order {order_id} is on its way",
     .paragraphs = {"A parcel of your order {order_id} is on its way.", "{carrier} {tracking}"},
     .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "order.delivered", .subject = "Your order {order_id} has arrived",
     .paragraphs = {"Your order {order_id} was delivered."}, .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "order.cancelled", .subject = "Your order {order_id} was cancelled",
     .paragraphs = {"Your order {order_id} was cancelled. What you paid goes back to you."},
     .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "order.rest_cancelled", .subject = "A part of your order {order_id} will not come",
     .paragraphs = {"We cannot send what is missing of your order {order_id}.", "{event:reason}",
                    "What you paid for it goes back to you. All else is sent, or with you already."},
     .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "return.approved", .subject = "You may send it back: order {order_id}",
     .paragraphs = {"You asked to send something of order {order_id} back. You may.", "{event:note}",
                    "The page of the order says what it is about and how far it has come."},
     .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "return.rejected", .subject = "Your return of order {order_id}",
     .paragraphs = {"You asked to send something of order {order_id} back. We cannot take it:", "{event:note}"},
     .page = "orders/{order_id}", .button = "See the order"},
    {.kind = "refund.succeeded", .subject = "Money back for order {order_id}",
     .paragraphs = {"We have sent {money:amount} back to you for order {order_id}."},
     .page = "orders/{order_id}", .button = "See the order"},
};

const struct mail_template *mail_template_find(const char *kind)
{
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++)
        if (strcmp(templates[i].kind, kind) == 0)
            return &templates[i];
    return NULL;
}

bool mail_is_notice(const char *type)
{
    return strchr(type, '.') && mail_template_find(type);
}

/* ---- values ---- */

/* Where the values of one mail come from. */
struct values {
    struct arena *arena;
    json_object *item, *data, *event, *order;
    const char *link;
};

static json_object *member(json_object *object, const char *name)
{
    json_object *found = NULL;
    return json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, name, &found) ? found : NULL;
}

static json_object *find(const struct values *values, const char *name)
{
    json_object *const places[] = {values->data, values->event, values->order};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        json_object *found = member(places[i], name);
        if (found)
            return found;
    }
    return NULL;
}

/* 1250 USD: "12.50 USD". */
static const char *money(const struct values *values, json_object *amount)
{
    const char *currency = json_member_text(values->order, "currency");
    const int64_t minor = json_object_get_int64(amount);
    int64_t unit = 1;
    int exponent = 0;
    if (!currency || !money_exponent(currency, &exponent))
        return arena_printf(values->arena, "%" PRId64, minor);
    for (int i = 0; i < exponent; i++)
        unit *= 10;
    if (exponent == 0)
        return arena_printf(values->arena, "%" PRId64 " %s", minor, currency);
    return arena_printf(values->arena, "%" PRId64 ".%0*" PRId64 " %s", minor / unit, exponent, minor % unit, currency);
}

/* The order's lines, one below the other. */
static const char *lines(const struct values *values)
{
    json_object *items = values->order ? json_member_array(values->order, "items") : NULL;
    struct buffer out = buffer_in(values->arena, 256);
    const size_t n = items ? json_object_array_length(items) : 0;
    for (size_t i = 0; i < n && i < LINES_MAX; i++) {
        json_object *line = json_object_array_get_idx(items, i);
        const char *title = json_member_text(line, "title"), *options = json_member_text(line, "options_text");
        buffer_printf(&out, "%s%" PRId64 " × %s", i ? "\n" : "", json_member_number(line, "qty"), title ? title : "");
        buffer_printf(&out, "%s%s%s, %s", options && *options ? " (" : "", options ? options : "",
                      options && *options ? ")" : "", money(values, member(line, "total")));
    }
    if (n > LINES_MAX)
        buffer_printf(&out, "\n… and %zu more", n - LINES_MAX);
    return out.failed ? NULL : out.data ? out.data : "";
}

/* Whether an order waits for money, as it is when the mail is made; "" once it is paid or over. */
static const char *waits(const struct values *values)
{
    const char *state = values->order ? json_member_text(values->order, "state") : NULL;
    if (state && strcmp(state, "PENDING_PAYMENT") == 0)
        return "It is kept for you until it is paid, for a while.";
    return values->order && json_member_number(values->order, "total") == 0 ? "There is nothing to pay." : "";
}

/* The value that `name` stands for; "" when there is none; NULL when the arena is full. */
static const char *value(const struct values *values, const char *name)
{
    if (strcmp(name, "link") == 0)
        return values->link ? values->link : "";
    if (strcmp(name, "lines") == 0)
        return lines(values);
    if (strcmp(name, "waits") == 0)
        return waits(values);
    if (strcmp(name, "email") == 0)
        return json_member_text(values->item, "email");
    if (strncmp(name, "money:", 6) == 0) {
        json_object *amount = find(values, name + 6);
        return amount ? money(values, amount) : "";
    }
    json_object *found = strncmp(name, "event:", 6) == 0 ? member(values->event, name + 6) : find(values, name);
    return found ? json_object_get_string(found) : "";
}

/* `text` with its {names} replaced, once: what a value says is never looked at again. */
static const char *fill(const struct values *values, const char *text)
{
    struct buffer out = buffer_in(values->arena, 256);
    while (*text) {
        char name[NAME_MAX_BYTES];
        const char *end = *text == '{' ? strchr(text, '}') : NULL;
        const size_t len = end ? (size_t)(end - text - 1) : 0;
        if (!end || len >= sizeof name) {
            buffer_add(&out, text++, 1);
            continue;
        }
        memcpy(name, text + 1, len);
        name[len] = '\0';
        const char *said = value(values, name);
        if (!said)
            return NULL;
        buffer_puts(&out, said);
        text = end + 1;
    }
    return out.failed ? NULL : out.data ? out.data : "";
}

/* ---- text and HTML ---- */

static void put_html(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buffer_puts(out, "&amp;");
            break;
        case '<':
            buffer_puts(out, "&lt;");
            break;
        case '>':
            buffer_puts(out, "&gt;");
            break;
        case '"':
            buffer_puts(out, "&quot;");
            break;
        case '\n':
            buffer_puts(out, "<br>\n");
            break;
        default:
            buffer_add(out, text, 1);
        }
    }
}

static void put_link(struct buffer *text, struct buffer *html, const char *link, const char *button)
{
    buffer_printf(text, "%s:\n%s\n\n", button, link);
    buffer_puts(html, "<p><a href=\"");
    put_html(html, link);
    buffer_puts(html, "\">");
    put_html(html, button);
    buffer_puts(html, "</a></p>\n");
}

bool mail_fill(struct arena *arena, const struct mail_template *template, json_object *item, const char *link,
               struct mail_content *out)
{
    const struct values values = {.arena = arena, .item = item, .data = member(item, "data"),
                                  .event = member(item, "event"), .order = member(item, "order"), .link = link};
    struct buffer text = buffer_in(arena, 1024), html = buffer_in(arena, 1024);
    buffer_puts(&html, "<!doctype html>\n<html lang=\"en\"><body style=\"font-family:sans-serif\">\n");
    for (size_t i = 0; i < MAIL_PARAGRAPHS_MAX && template->paragraphs[i]; i++) {
        const char *paragraph = fill(&values, template->paragraphs[i]);
        if (!paragraph)
            return false;
        if (paragraph[strspn(paragraph, " ")] == '\0')
            continue; /* nothing is known of it */
        buffer_printf(&text, "%s\n\n", paragraph);
        buffer_puts(&html, "<p>");
        put_html(&html, paragraph);
        buffer_puts(&html, "</p>\n");
    }
    if (link)
        put_link(&text, &html, link, template->button);
    buffer_puts(&html, "</body></html>\n");
    *out = (struct mail_content){.subject = fill(&values, template->subject), .text = text.data, .html = html.data};
    return !text.failed && !html.failed && out->subject;
}

/* ---- headers ---- */

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
            return false;
    return true;
}

/* Bytes of `text` that one encoded word takes: whole characters only. */
static size_t word_len(const char *text)
{
    size_t len = strlen(text);
    if (len <= WORD_BYTES)
        return len;
    for (len = WORD_BYTES; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
        ;
    return len;
}

const char *mail_header_text(struct arena *arena, const char *text)
{
    char word[sodium_base64_ENCODED_LEN(WORD_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    char *clean = arena_copy(arena, text, strlen(text));
    struct buffer out = buffer_in(arena, 128);
    if (!clean)
        return NULL;
    for (char *at = clean; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    if (is_plain(clean) && strlen(clean) <= 70 && !strstr(clean, "=?"))
        return clean;
    for (const char *at = clean; *at;) {
        const size_t len = word_len(at);
        sodium_bin2base64(word, sizeof word, (const unsigned char *)at, len, sodium_base64_VARIANT_ORIGINAL);
        buffer_printf(&out, "%s=?UTF-8?B?%s?=", out.len ? "\r\n " : "", word);
        at += len;
        if (len == 0)
            return NULL;
    }
    return out.failed ? NULL : out.data ? out.data : "";
}
