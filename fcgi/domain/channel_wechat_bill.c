/* WeChat Pay's statement of a day: an address with the SHA-1 of what is behind it, a CSV in UTF-8 whose values have ` before
 * them. A capture is one line, a refund another; what was on a day is there from about 10:00 of the next in Beijing. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/channel_bill.h"
#include "domain/channel_china.h"
#include "domain/channel_wechat.h"
#include "observe/log.h"

enum { PIECE_BYTES = 16384 };

enum column { AT, TRANSACTION, OUT_TRADE_NO, STATE, CURRENCY, REFUND, OUT_REFUND_NO, FEE, TOTAL, REFUND_AMOUNT, COLUMNS_N };

static const char *const columns[COLUMNS_N] = {
    [AT] = "交易时间",     [TRANSACTION] = "微信订单号",     [OUT_TRADE_NO] = "商户订单号", [STATE] = "交易状态",
    [CURRENCY] = "货币种类", [REFUND] = "微信退款单号",       [OUT_REFUND_NO] = "商户退款单号", [FEE] = "手续费",
    [TOTAL] = "订单金额",  [REFUND_AMOUNT] = "申请退款金额"};

struct reading {
    channel_take_line *take;
    void *to;
    bool named, summed; /* the row of names has come; the sums follow */
    size_t at[COLUMNS_N];
};

static int64_t id_of(const char *text)
{
    int64_t id;
    return text_int64(text, strlen(text), &id) && id > 0 ? id : 0;
}

/* The fee has five decimals, rounded to fen by WeChat Pay ("0.03000"). */
static bool fee_read(const char *text, int64_t *fen)
{
    *fen = 0;
    return text[0] == '\0' || yuan_read(text, fen);
}

static enum souk_err wechat_row(void *to, const char *const *fields, size_t n)
{
    struct reading *reading = to;
    const char *value[COLUMNS_N];
    struct channel_line line = {.currency = NULL};
    int64_t at_s;

    if (!reading->named) {
        reading->named = bill_columns(columns, COLUMNS_N, fields, n, reading->at);
        return reading->named ? SOUK_OK : SOUK_UNAVAILABLE;
    }
    reading->summed = reading->summed || strcmp(fields[0], "总交易单数") == 0;
    if (reading->summed)
        return SOUK_OK;
    for (size_t i = 0; i < COLUMNS_N; i++)
        value[i] = reading->at[i] < n ? fields[reading->at[i]] : "";
    const bool refund = strcmp(value[STATE], "REFUND") == 0;
    if (!beijing_read(value[AT], &at_s) || !fee_read(value[FEE], &line.fee) ||
        !yuan_read(value[refund ? REFUND_AMOUNT : TOTAL], &line.amount) || line.amount <= 0 || strlen(value[CURRENCY]) != 3 ||
        (!refund && strcmp(value[STATE], "SUCCESS") != 0)) {
        log_warn("wechat: statement: odd line of transaction %s", value[TRANSACTION]);
        return SOUK_UNAVAILABLE;
    }
    line.kind = refund ? CHANNEL_LINE_REFUND : CHANNEL_LINE_CAPTURE;
    line.provider_ref = value[refund ? REFUND : TRANSACTION];
    line.payment_id = id_of(value[OUT_TRADE_NO]);
    line.refund_id = refund ? id_of(value[OUT_REFUND_NO]) : 0;
    line.currency = value[CURRENCY];
    line.at_ms = at_s * 1000;
    return reading->take(reading->to, &line);
}

static enum souk_err wechat_file_read(FILE *file, struct reading *reading)
{
    char piece[PIECE_BYTES];
    struct bill *bill = bill_new(NULL, wechat_row, reading);
    enum souk_err err = bill == NULL ? SOUK_UNAVAILABLE : SOUK_OK;
    size_t got;

    while (err == SOUK_OK && (got = fread(piece, 1, sizeof piece, file)) > 0)
        err = bill_feed(bill, piece, got);
    if (err == SOUK_OK)
        err = ferror(file) ? SOUK_UNAVAILABLE : bill_end(bill);
    bill_free(bill);
    return err == SOUK_OK && !reading->summed ? SOUK_UNAVAILABLE : err; /* cut off */
}

/* The path and query of an address that lies on the configured server; NULL: it does not. */
static const char *path_of(const struct config *config, const char *url)
{
    const size_t len = strlen(config->wechat_url);
    return url != NULL && strncmp(url, config->wechat_url, len) == 0 && url[len] == '/' ? url + len : NULL;
}

enum souk_err wechat_statement(const struct config *config, struct arena *arena, const char *day, int64_t deadline_us,
                               channel_take_line *take, void *to)
{
    struct wechat_answer answer;
    struct client_call call;
    struct reading reading = {.take = take, .to = to};
    char sha1[BILL_SHA1_BYTES];
    const char *hash, *path = arena_printf(arena, "/v3/bill/tradebill?bill_date=%s&bill_type=ALL", day);
    FILE *file = NULL;
    int status;
    enum souk_err err = wechat_send(config, arena, &(struct wechat_call){"GET", path, NULL, deadline_us}, &answer);

    if (err != SOUK_OK)
        return err;
    if (strcmp(answer.code, "NO_STATEMENT_EXIST") == 0 || strcmp(answer.code, "STATEMENT_CREATING") == 0)
        return SOUK_NOT_FOUND;
    path = path_of(config, provider_text(answer.fields, "download_url", 2048));
    hash = provider_text(answer.fields, "hash_value", 1024);
    if (answer.status != 200 || path == NULL || hash == NULL || !provider_text_is(answer.fields, "hash_type", "SHA1")) {
        log_warn("wechat: statement of %s: odd answer %d %s", day, answer.status, answer.code);
        return SOUK_UNAVAILABLE;
    }
    err = wechat_prepare(config, arena, &(struct wechat_call){"GET", path, NULL, deadline_us}, &call);
    if (err == SOUK_OK)
        err = bill_fetch(&call, arena, &file, sha1, &status); /* not signed: the hash above is */
    if (err != SOUK_OK)
        return err;
    err = SOUK_UNAVAILABLE;
    if (status == 200 && strcasecmp(sha1, hash) == 0)
        err = wechat_file_read(file, &reading);
    else
        log_warn("wechat: statement of %s: status %d, or not what its hash says", day, status);
    fclose(file);
    return err;
}
