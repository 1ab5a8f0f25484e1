#include "domain/sandbox_visit.h"

#include <string.h>

#include "base/text.h"

static const struct sandbox_notice incomplete = {
    400, "This link is incomplete", "Go back to the shop and choose to pay again."};
static const struct sandbox_notice forged = {
    403, "This link is not valid",
    "It was not made by the shop, or it was changed on the way. Nothing was paid. Go back to the shop and choose to pay "
    "again."};

static bool in_bounds(enum sandbox_page_field field, const char *value)
{
    static const size_t chars_max[SANDBOX_PAGE_FIELDS_N] = {
#define X(symbol, name, max) [symbol] = max,
        SANDBOX_PAGE_FIELDS(X)
#undef X
    };
    for (const char *at = value; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            return false;
    return value[0] != '\0' && text_utf8_chars(value, strlen(value)) <= chars_max[field];
}

static bool read_number(const struct sandbox_page *page, enum sandbox_page_field field, int64_t *out)
{
    const char *text = page->value[field];
    return text_int64(text, strlen(text), out) && *out > 0;
}

static bool below(const char *url, const char *base)
{
    const size_t len = strlen(base);
    return strncmp(url, base, len) == 0 && url[len] == '/';
}

const struct sandbox_notice *sandbox_visit_read(const struct request *request, struct sandbox_visit *visit)
{
    const struct config *config = request->context->config;
    struct sandbox_page *page = &visit->page;
    char expected[SANDBOX_SIGNATURE_BYTES];
    visit->signature = request_value(request, "sig")->text;
    for (size_t i = 0; i < SANDBOX_PAGE_FIELDS_N; i++) {
        page->value[i] = request_value(request, sandbox_page_names[i])->text;
        if (page->value[i] == NULL || !in_bounds((enum sandbox_page_field)i, page->value[i]))
            return &incomplete;
    }
    sandbox_sign_page(config->sandbox_secret, page, expected);
    if (!sandbox_signature_equal(expected, visit->signature))
        return &forged;
    if (!read_number(page, SANDBOX_PAGE_PAYMENT_ID, &visit->payment_id) ||
        !read_number(page, SANDBOX_PAGE_ORDER_ID, &visit->order_id) ||
        !read_number(page, SANDBOX_PAGE_AMOUNT, &visit->amount) ||
        !read_number(page, SANDBOX_PAGE_EXPIRES, &visit->expires_s))
        return &incomplete;
    if (strcmp(page->value[SANDBOX_PAGE_MERCHANT], SANDBOX_MERCHANT) != 0 ||
        !below(page->value[SANDBOX_PAGE_NOTIFY_URL], config->public_url) ||
        !below(page->value[SANDBOX_PAGE_RETURN_URL], config->public_url))
        return &forged;
    return NULL;
}
