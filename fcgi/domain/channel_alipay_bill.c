/* Alipay's statement of a day: an address that is good for 30 s, behind it a zip of CSV files in GBK, one of which lists the
 * trades (业务明细). Lines that begin with # are remarks. */
#include <string.h>
#include <zip.h>

#include "domain/channel_alipay.h"
#include "domain/channel_bill.h"
#include "domain/channel_china.h"
#include "base/text.h"
#include "observe/log.h"

enum { FILES_MAX = 16, PIECE_BYTES = 16384 };

enum column { TRADE_NO, OUT_TRADE_NO, KIND, FINISHED, AMOUNT, REQUEST_NO, FEE, COLUMNS_N };

static const char *const columns[COLUMNS_N] = {
    [TRADE_NO] = "支付宝交易号", [OUT_TRADE_NO] = "商户订单号",     [KIND] = "业务类型", [FINISHED] = "完成时间",
    [AMOUNT] = "订单金额（元）", [REQUEST_NO] = "退款批次号/请求号", [FEE] = "服务费（元）"};

struct reading {
    channel_take_line *take;
    void *to;
    bool named; /* the row of names has come */
    size_t at[COLUMNS_N];
};

static int64_t id_of(const char *text)
{
    int64_t id;
    return text_int64(text, strlen(text), &id) && id > 0 ? id : 0;
}

static enum souk_err alipay_row(void *to, const char *const *fields, size_t n)
{
    struct reading *reading = to;
    const char *value[COLUMNS_N];
    struct channel_line line = {.currency = "CNY"};
    int64_t amount, fee = 0, at_s;

    if (fields[0][0] == '#' || !reading->named) {
        reading->named = reading->named || bill_columns(columns, COLUMNS_N, fields, n, reading->at);
        return SOUK_OK;
    }
    for (size_t i = 0; i < COLUMNS_N; i++)
        value[i] = reading->at[i] < n ? fields[reading->at[i]] : "";
    const bool refund = strcmp(value[KIND], "退款") == 0;
    if (!yuan_read(value[AMOUNT], &amount) || amount == 0 || !beijing_read(value[FINISHED], &at_s) ||
        (value[FEE][0] != '\0' && !yuan_read(value[FEE], &fee)) || (!refund && strcmp(value[KIND], "交易") != 0)) {
        log_warn("alipay: statement: odd line of trade %s", value[TRADE_NO]);
        return SOUK_UNAVAILABLE;
    }
    line.kind = refund ? CHANNEL_LINE_REFUND : CHANNEL_LINE_CAPTURE;
    line.provider_ref = refund ? value[REQUEST_NO] : value[TRADE_NO];
    line.payment_id = id_of(value[OUT_TRADE_NO]);
    line.refund_id = refund ? id_of(value[REQUEST_NO]) : 0;
    line.amount = amount < 0 ? -amount : amount;
    line.fee = -fee; /* what Alipay keeps is written as a loss */
    line.at_ms = at_s * 1000;
    return reading->take(reading->to, &line);
}

static enum souk_err alipay_file_read(zip_t *zip, zip_uint64_t n, struct reading *reading)
{
    char piece[PIECE_BYTES];
    zip_file_t *file = zip_fopen_index(zip, n, 0);
    struct bill *bill = bill_new("GBK", alipay_row, reading);
    zip_int64_t got = 0;
    enum souk_err err = file == NULL || bill == NULL ? SOUK_UNAVAILABLE : SOUK_OK;

    reading->named = false;
    while (err == SOUK_OK && (got = zip_fread(file, piece, sizeof piece)) > 0)
        err = bill_feed(bill, piece, (size_t)got);
    if (err == SOUK_OK)
        err = got < 0 ? SOUK_UNAVAILABLE : bill_end(bill);
    if (file != NULL && zip_fclose(file) != 0 && err == SOUK_OK)
        err = SOUK_UNAVAILABLE; /* the checksum */
    bill_free(bill);
    return err;
}

/* `file` is the zip's from here on. */
static enum souk_err alipay_zip_read(FILE *file, struct reading *reading)
{
    zip_error_t error;
    zip_source_t *source;
    zip_t *zip;
    enum souk_err err = SOUK_UNAVAILABLE;
    bool found = false;

    zip_error_init(&error);
    source = zip_source_filep_create(file, 0, -1, &error);
    if (source == NULL) {
        fclose(file);
        return SOUK_UNAVAILABLE;
    }
    zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (zip == NULL) {
        log_warn("alipay: statement: %s", zip_error_strerror(&error));
        zip_source_free(source);
        zip_error_fini(&error);
        return SOUK_UNAVAILABLE;
    }
    for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0) && i < FILES_MAX; i++) {
        err = alipay_file_read(zip, (zip_uint64_t)i, reading);
        found = found || reading->named;
        if (err != SOUK_OK)
            break;
    }
    zip_discard(zip);
    return err == SOUK_OK && !found ? SOUK_UNAVAILABLE : err;
}

enum souk_err alipay_statement(const struct config *config, struct arena *arena, const char *day, int64_t deadline_us,
                               channel_take_line *take, void *to)
{
    struct alipay_answer answer;
    struct reading reading = {.take = take, .to = to};
    struct client_call call = {.ca_file = config->alipay_ca_file, .deadline_us = deadline_us};
    FILE *file = NULL;
    int status;
    const char *biz = arena_printf(arena, "{\"bill_type\":\"trade\",\"bill_date\":\"%s\"}", day);
    enum souk_err err =
        alipay_call(config, arena, "alipay.data.dataservice.bill.downloadurl.query", biz, deadline_us, &answer);

    if (err != SOUK_OK)
        return err;
    if (!answer.done)
        return strstr(answer.sub_code, "bill_not_exist") != NULL ? SOUK_NOT_FOUND : SOUK_UNAVAILABLE;
    call.url = provider_text(answer.fields, "bill_download_url", 2048);
    if (call.url == NULL)
        return SOUK_UNAVAILABLE;
    err = bill_fetch(&call, arena, &file, NULL, &status);
    if (err != SOUK_OK)
        return err;
    if (status != 200) {
        fclose(file);
        return SOUK_UNAVAILABLE;
    }
    return alipay_zip_read(file, &reading);
}
