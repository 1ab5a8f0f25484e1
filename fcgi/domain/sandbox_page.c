#include "domain/sandbox_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/money.h"

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>%s · Sandbox Pay</title>\n<link rel=\"icon\" href=\"data:,\">\n"
    "<link rel=\"stylesheet\" href=\"/sandbox/pay.css\">\n</head>\n<body>\n"
    "<header><p class=\"brand\">Sandbox Pay</p><p class=\"note\">Test payments. No real money moves.</p></header>\n"
    "<main>\n<h1>%s</h1>\n";

static const char page_foot[] = "</main>\n</body>\n</html>\n";

static const char pay_body[] =
    "<p class=\"amount\">%s</p>\n"
    "<dl>\n<div><dt>To</dt><dd>%s</dd></div>\n<div><dt>For</dt><dd>%s</dd></div>\n"
    "<div><dt>Payment</dt><dd class=\"number\">%s</dd></div>\n"
    "<div><dt>Pay before</dt><dd><time datetime=\"%s\">%s UTC</time></dd></div>\n</dl>\n"
    "<form method=\"post\" action=\"/sandbox/pay/%s\">\n%s"
    "<div class=\"choice\">\n"
    "<button class=\"primary\" name=\"decision\" value=\"" SANDBOX_DECISION_PAY "\">Pay %s</button>\n"
    "<button name=\"decision\" value=\"" SANDBOX_DECISION_DECLINE "\">Decline</button>\n</div>\n"
    "<fieldset>\n<legend>For testers</legend>\n"
    "<p>The shop hears of a payment by a callback. Pay, and make it misbehave:</p>\n"
    "<button name=\"decision\" value=\"" SANDBOX_DECISION_PAY_LATE "\">Pay, callback 10 s late</button>\n"
    "<button name=\"decision\" value=\"" SANDBOX_DECISION_PAY_TWICE "\">Pay, callback sent twice</button>\n"
    "</fieldset>\n</form>\n";

/* `text` with the five characters that mean something in HTML replaced; NULL stays NULL. */
static const char *page_escape(struct arena *arena, const char *text)
{
    static const char specials[] = "&<>\"'";
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    char *out = text == NULL ? NULL : arena_alloc(arena, 6 * strlen(text) + 1), *at = out;

    for (; out != NULL && *text != '\0'; text++) {
        const char *special = strchr(specials, *text);
        if (special == NULL)
            *at++ = *text;
        else
            at = stpcpy(at, entities[special - specials]);
    }
    return out;
}

/* 459900, "USD" → "4,599.00 USD" */
static const char *page_money(struct arena *arena, int64_t amount, const char *currency)
{
    char digits[24], grouped[40], *at = grouped;
    int decimals;
    if (!money_exponent(currency, &decimals))
        decimals = 0;
    const int len = snprintf(digits, sizeof digits, "%0*" PRId64, decimals + 1, amount);

    for (int i = 0; i < len; i++) {
        const int left = len - decimals - i; /* digits of the whole part from here */
        if (left == 0)
            *at++ = '.';
        else if (i > 0 && left > 0 && left % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return arena_printf(arena, "%s %s", grouped, currency);
}

/* The signed parameters again, as hidden fields. */
static const char *page_hidden(struct arena *arena, const struct sandbox_page *page, const char *signature)
{
    const char *out = arena_printf(arena, "<input type=\"hidden\" name=\"sig\" value=\"%s\">\n", signature);

    for (size_t i = 0; i < SANDBOX_PAGE_FIELDS_N && out != NULL; i++) {
        const char *value = page_escape(arena, page->value[i]);
        if (i == SANDBOX_PAGE_PAYMENT_ID)
            continue; /* in the path */
        out = value == NULL ? NULL
                            : arena_printf(arena, "%s<input type=\"hidden\" name=\"%s\" value=\"%s\">\n", out,
                                           sandbox_page_names[i], value);
    }
    return out;
}

static const char *page_whole(struct arena *arena, const char *title, const char *body)
{
    const char *head = arena_printf(arena, page_head, title, title);
    return head == NULL || body == NULL ? NULL : arena_printf(arena, "%s%s%s", head, body, page_foot);
}

const char *sandbox_page_pay(struct arena *arena, const struct sandbox_page *page, const char *signature,
                             int64_t amount, int64_t expires_s)
{
    char until[CLOCK_TEXT_BYTES], words[CLOCK_TEXT_BYTES];
    const char *merchant = page_escape(arena, page->value[SANDBOX_PAGE_MERCHANT]);
    const char *description = page_escape(arena, page->value[SANDBOX_PAGE_DESCRIPTION]);
    const char *payment_id = page->value[SANDBOX_PAGE_PAYMENT_ID]; /* digits */
    const char *money = page_escape(arena, page_money(arena, amount, page->value[SANDBOX_PAGE_CURRENCY]));
    const char *hidden = page_hidden(arena, page, signature);

    if (merchant == NULL || description == NULL || money == NULL || hidden == NULL)
        return NULL;
    clock_text(expires_s * 1000, until);
    memcpy(words, until, sizeof words);
    words[10] = ' ';
    words[16] = '\0'; /* 2026-11-21 08:00 */
    return page_whole(arena, "Pay",
                      arena_printf(arena, pay_body, money, merchant, description, payment_id, until, words, payment_id,
                                   hidden, money));
}

const char *sandbox_page_notice(struct arena *arena, const char *title, const char *text, const char *return_url)
{
    const char *url = page_escape(arena, return_url);
    const char *link =
        url == NULL ? "" : arena_printf(arena, "<p><a class=\"button\" href=\"%s\">Back to the shop</a></p>\n", url);

    return link == NULL ? NULL : page_whole(arena, title, arena_printf(arena, "<p>%s</p>\n%s", text, link));
}

const char sandbox_page_style[] =
    ":root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --ground: #eef1f5;\n"
    "  --line: #8c959f; --deep: #0b5cad; --on-deep: #fff; }\n"
    "@media (prefers-color-scheme: dark) { :root { --ink: #f0f3f6; --soft: #b1bac4; --paper: #1c2128; --ground: #0d1117;\n"
    "  --line: #768390; --deep: #6cb6ff; --on-deep: #0d1117; } }\n"
    "* { box-sizing: border-box; }\n"
    "body { margin: 0; min-height: 100vh; padding: 1rem; background: var(--ground); color: var(--ink);\n"
    "  font: 1rem/1.5 system-ui, sans-serif; }\n"
    "header, main { max-width: 28rem; margin: 0 auto; }\n"
    "header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem;\n"
    "  padding: .5rem .25rem; }\n"
    ".brand { margin: 0; font-weight: 700; }\n"
    ".note { margin: 0; color: var(--soft); font-size: .9rem; }\n"
    "main { padding: 1.5rem; background: var(--paper); border-radius: .75rem; box-shadow: 0 1px 4px rgb(0 0 0 / .2); }\n"
    "h1 { margin: 0; font-size: 1.1rem; }\n"
    ".amount { margin: .25rem 0 1rem; font-size: 2rem; font-weight: 700; line-height: 1.2; overflow-wrap: anywhere; }\n"
    "dl { margin: 0 0 1.25rem; }\n"
    "dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .4rem 0;\n"
    "  border-bottom: 1px solid var(--ground); }\n"
    "dt { color: var(--soft); white-space: nowrap; }\n"
    "dd { margin: 0; text-align: right; overflow-wrap: anywhere; }\n"
    ".number { font-variant-numeric: tabular-nums; }\n"
    ".choice { display: grid; gap: .75rem; }\n"
    "button, .button { display: inline-block; width: 100%; min-height: 2.75rem; padding: .5rem 1rem; cursor: pointer;\n"
    "  border: 1px solid var(--line); border-radius: .5rem; background: transparent; color: var(--ink);\n"
    "  font: inherit; text-align: center; text-decoration: none; }\n"
    "button.primary, .button { border-color: var(--deep); background: var(--deep); color: var(--on-deep);\n"
    "  font-weight: 600; }\n"
    "button:hover, .button:hover { filter: brightness(.92); }\n"
    ":focus-visible { outline: 3px solid var(--deep); outline-offset: 2px; }\n"
    "fieldset { display: grid; gap: .5rem; margin: 1.5rem 0 0; padding: .75rem 1rem 1rem; border: 1px dashed var(--line);\n"
    "  border-radius: .5rem; }\n"
    "legend { padding: 0 .4rem; color: var(--soft); }\n"
    "fieldset p { margin: 0; color: var(--soft); font-size: .9rem; }\n";
