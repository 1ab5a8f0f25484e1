/* Stripe's statement of a day (UTC): its balance transactions, page by page, each with what caused it. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "domain/channel_stripe.h"
#include "domain/channel_stripe_amount.h"
#include "observe/log.h"

enum { PAGE_LINES = 100, PAGES_MAX = 10000, DAY_S = 86400, CURSOR_BYTES = 65, PAGE_BYTES_MAX = 1024 * 1024 };

/* The amount and currency the buyer saw: the transaction has those of the balance, which may be another currency's. The fee
 * is in the balance's. */
static enum souk_err line_of_source(json_object *transaction, json_object *source, struct channel_line *line,
                                    char currency[4])
{
    const char *text = provider_text(source, "currency", 3);
    int64_t units, fee;

    if (text == NULL || strlen(text) != 3 || !provider_int(source, "amount", &units) || units <= 0 ||
        !stripe_minor(text, units, &line->amount) || !provider_int(transaction, "fee", &fee))
        return SOUK_UNAVAILABLE;
    for (size_t i = 0; i < 3; i++)
        currency[i] = (char)toupper((unsigned char)text[i]);
    line->currency = currency;
    if (provider_text_is(transaction, "currency", text) && !stripe_minor(text, fee, &line->fee))
        return SOUK_UNAVAILABLE;
    return SOUK_OK;
}

/* A fee of its own: one that Stripe takes beside any payment, or that a payment in another currency cost. */
static enum souk_err take_fee(json_object *transaction, int64_t units, int64_t at_ms, channel_take_line *take, void *to)
{
    const char *text = provider_text(transaction, "currency", 3);
    struct channel_line line = {
        .kind = CHANNEL_LINE_FEE, .provider_ref = provider_text(transaction, "id", 64), .at_ms = at_ms};
    char currency[4] = "";

    if (text == NULL || strlen(text) != 3 || line.provider_ref == NULL || !stripe_minor(text, units, &line.amount))
        return SOUK_UNAVAILABLE;
    for (size_t i = 0; i < 3; i++)
        currency[i] = (char)toupper((unsigned char)text[i]);
    line.currency = currency;
    return line.amount > 0 ? take(to, &line) : SOUK_OK;
}

/* One balance transaction. What moves no customer's money (payouts, reserves …) is passed over. */
static enum souk_err take_transaction(json_object *transaction, channel_take_line *take, void *to)
{
    json_object *source = provider_member(transaction, "source"), *metadata = provider_member(source, "metadata");
    const char *type = provider_text(transaction, "type", 64);
    char currency[4] = "";
    struct channel_line line = {.fee = 0};
    int64_t created_s, amount, fee = 0;

    if (type == NULL || !provider_int(transaction, "created", &created_s) || !provider_int(transaction, "amount", &amount) ||
        !provider_int(transaction, "fee", &fee))
        return SOUK_UNAVAILABLE;
    line.at_ms = created_s * 1000;
    if (strcmp(type, "stripe_fee") == 0 || strcmp(type, "network_cost") == 0)
        return take_fee(transaction, -amount, line.at_ms, take, to);
    const bool charge = strcmp(type, "charge") == 0 || strcmp(type, "payment") == 0;
    if (!charge && strcmp(type, "refund") != 0 && strcmp(type, "payment_refund") != 0)
        return SOUK_OK;
    line.kind = charge ? CHANNEL_LINE_CAPTURE : CHANNEL_LINE_REFUND;
    line.provider_ref = provider_text(source, charge ? "payment_intent" : "id", 64);
    if (line.provider_ref == NULL) /* a charge without an intent is none of ours */
        line.provider_ref = provider_text(source, "id", 64);
    (void)provider_id(metadata, "payment_id", &line.payment_id);
    (void)provider_id(metadata, "refund_id", &line.refund_id);
    if (line.provider_ref == NULL || line_of_source(transaction, source, &line, currency) != SOUK_OK) {
        log_warn("stripe: odd balance transaction %s", provider_text(transaction, "id", 64));
        return SOUK_UNAVAILABLE;
    }
    enum souk_err err = take(to, &line);
    if (err == SOUK_OK && fee > 0 && !provider_text_is(transaction, "currency", provider_text(source, "currency", 3)))
        err = take_fee(transaction, fee, line.at_ms, take, to);
    return err;
}

static enum souk_err take_page(json_object *page, channel_take_line *take, void *to, char cursor[CURSOR_BYTES], bool *more)
{
    json_object *list, *has_more;

    if (!json_object_object_get_ex(page, "data", &list) || !json_object_is_type(list, json_type_array) ||
        !json_object_object_get_ex(page, "has_more", &has_more))
        return SOUK_UNAVAILABLE;
    *more = json_object_get_boolean(has_more);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *transaction = json_object_array_get_idx(list, i);
        const char *id =
            json_object_is_type(transaction, json_type_object) ? provider_text(transaction, "id", CURSOR_BYTES - 1) : NULL;
        if (id == NULL)
            return SOUK_UNAVAILABLE;
        strcpy(cursor, id);
        const enum souk_err err = take_transaction(transaction, take, to);
        if (err != SOUK_OK)
            return err;
    }
    return *more && json_object_array_length(list) == 0 ? SOUK_UNAVAILABLE : SOUK_OK;
}

enum souk_err stripe_statement(const struct config *config, struct arena *arena, const char *day, int64_t deadline_us,
                               channel_take_line *take, void *to)
{
    struct tm midnight = {0};
    const char *end = strptime(day, "%Y-%m-%d", &midnight);
    const int64_t from_s = (int64_t)timegm(&midnight);
    char cursor[CURSOR_BYTES] = "";
    bool more = true;

    if (end == NULL || *end != '\0')
        return SOUK_INVALID;
    if (clock_unix_ms() / 1000 < from_s + DAY_S)
        return SOUK_NOT_FOUND;
    for (int n = 0; more && n < PAGES_MAX; n++) {
        struct stripe_answer answer;
        const struct stripe_call call = {
            .path = arena_printf(arena, "/v1/balance_transactions?created[gte]=%" PRId64 "&created[lt]=%" PRId64
                                        "&limit=%d&expand[]=data.source%s%s",
                                 from_s, from_s + DAY_S, PAGE_LINES, cursor[0] == '\0' ? "" : "&starting_after=", cursor),
            .deadline_us = deadline_us,
            .answer_bytes_max = PAGE_BYTES_MAX};
        enum souk_err err = stripe_send(config, arena, &call, &answer);
        if (err == SOUK_OK)
            err = answer.status == 200 ? take_page(answer.fields, take, to, cursor, &more) : SOUK_UNAVAILABLE;
        if (err != SOUK_OK)
            return err;
        arena_reset(arena);
    }
    return more ? SOUK_UNAVAILABLE : SOUK_OK;
}
