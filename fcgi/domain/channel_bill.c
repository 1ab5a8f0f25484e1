#include "domain/channel_bill.h"

#include <csv.h>
#include <errno.h>
#include <iconv.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "observe/log.h"

enum { CARRY_BYTES_MAX = 8, PIECE_BYTES = 16384 };

/* What is being fetched. */
struct spool {
    FILE *file;
    EVP_MD_CTX *sha1;
};

static bool spool_take(void *to, const char *bytes, size_t len)
{
    struct spool *spool = to;
    return fwrite(bytes, 1, len, spool->file) == len && EVP_DigestUpdate(spool->sha1, bytes, len) == 1;
}

enum souk_err bill_fetch(struct client_call *call, struct arena *arena, FILE **file, char sha1[BILL_SHA1_BYTES], int *status)
{
    struct spool spool = {.file = tmpfile(), .sha1 = EVP_MD_CTX_new()};
    struct client_answer answer;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;
    enum souk_err err = SOUK_UNAVAILABLE;

    *file = NULL;
    if (spool.file == NULL || spool.sha1 == NULL || EVP_DigestInit_ex(spool.sha1, EVP_sha1(), NULL) != 1)
        goto out;
    call->take = spool_take;
    call->to = &spool;
    call->answer_bytes_max = BILL_BYTES_MAX;
    err = client_send(call, arena, &answer);
    if (err != SOUK_OK)
        goto out;
    err = SOUK_UNAVAILABLE;
    if (EVP_DigestFinal_ex(spool.sha1, digest, &n) != 1 || n * 2 + 1 > BILL_SHA1_BYTES || fflush(spool.file) != 0)
        goto out;
    if (sha1 != NULL)
        text_hex(digest, n, sha1);
    rewind(spool.file);
    *file = spool.file;
    *status = answer.status;
    spool.file = NULL;
    err = SOUK_OK;
out:
    if (err == SOUK_UNAVAILABLE && (spool.file == NULL || ferror(spool.file)))
        log_error("a statement could not be kept: %s", strerror(errno));
    if (spool.file != NULL)
        fclose(spool.file);
    EVP_MD_CTX_free(spool.sha1);
    return err;
}

struct bill {
    struct csv_parser parser;
    iconv_t charset; /* (iconv_t)-1: none */
    char carry[CARRY_BYTES_MAX];
    size_t carry_n; /* the beginning of a character that the next bytes complete */
    char text[BILL_COLUMNS_MAX][BILL_FIELD_BYTES_MAX];
    const char *fields[BILL_COLUMNS_MAX];
    size_t n;
    bool first;
    bill_row *row;
    void *to;
    enum souk_err err;
};

static const iconv_t NONE = (iconv_t)-1;

struct bill *bill_new(const char *charset, bill_row *row, void *to)
{
    struct bill *bill = calloc(1, sizeof *bill);

    if (bill == NULL)
        return NULL;
    bill->charset = charset == NULL ? NONE : iconv_open("UTF-8", charset);
    bill->row = row;
    bill->to = to;
    bill->first = true;
    for (size_t i = 0; i < BILL_COLUMNS_MAX; i++)
        bill->fields[i] = bill->text[i];
    if ((charset != NULL && bill->charset == NONE) || csv_init(&bill->parser, 0) != 0) {
        free(bill);
        return NULL;
    }
    return bill;
}

void bill_free(struct bill *bill)
{
    if (bill == NULL)
        return;
    csv_free(&bill->parser);
    if (bill->charset != NONE)
        iconv_close(bill->charset);
    free(bill);
}

static bool edge(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '`';
}

static void take_field(void *bytes, size_t len, void *of)
{
    struct bill *bill = of;
    const char *text = bytes == NULL ? "" : bytes;

    if (bill->first && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3, len -= 3;
    bill->first = false;
    while (len > 0 && edge(*text))
        text++, len--;
    while (len > 0 && edge(text[len - 1]))
        len--;
    if (bill->n == BILL_COLUMNS_MAX)
        return;
    if (len >= BILL_FIELD_BYTES_MAX)
        len = BILL_FIELD_BYTES_MAX - 1;
    memcpy(bill->text[bill->n], text, len);
    bill->text[bill->n++][len] = '\0';
}

static void take_row(int end, void *of)
{
    struct bill *bill = of;
    (void)end;

    if (bill->err == SOUK_OK && bill->n > 0)
        bill->err = bill->row(bill->to, bill->fields, bill->n);
    bill->n = 0;
}

static enum souk_err bill_parse(struct bill *bill, const char *text, size_t len)
{
    if (bill->err == SOUK_OK && csv_parse(&bill->parser, text, len, take_field, take_row, bill) != len)
        bill->err = SOUK_UNAVAILABLE;
    return bill->err;
}

/* Converts the carry and one piece, and keeps what is the beginning of a character. */
static enum souk_err bill_convert(struct bill *bill, const char *bytes, size_t len)
{
    char in[CARRY_BYTES_MAX + PIECE_BYTES], out[2 * sizeof in];
    char *from = in, *into = out;
    size_t in_n = bill->carry_n + len, out_n = sizeof out;

    memcpy(in, bill->carry, bill->carry_n);
    memcpy(in + bill->carry_n, bytes, len);
    if (iconv(bill->charset, &from, &in_n, &into, &out_n) == (size_t)-1 && errno != EINVAL)
        return bill->err = SOUK_UNAVAILABLE;
    if (in_n > CARRY_BYTES_MAX)
        return bill->err = SOUK_UNAVAILABLE;
    memcpy(bill->carry, from, in_n);
    bill->carry_n = in_n;
    return bill_parse(bill, out, sizeof out - out_n);
}

enum souk_err bill_feed(struct bill *bill, const char *bytes, size_t len)
{
    if (bill->charset == NONE)
        return bill_parse(bill, bytes, len);
    while (len > 0 && bill->err == SOUK_OK) {
        const size_t piece = len < PIECE_BYTES ? len : PIECE_BYTES;
        if (bill_convert(bill, bytes, piece) != SOUK_OK)
            break;
        bytes += piece;
        len -= piece;
    }
    return bill->err;
}

enum souk_err bill_end(struct bill *bill)
{
    if (bill->err == SOUK_OK && (bill->carry_n > 0 || csv_fini(&bill->parser, take_field, take_row, bill) != 0))
        bill->err = SOUK_UNAVAILABLE;
    return bill->err;
}

bool bill_columns(const char *const *names, size_t names_n, const char *const *fields, size_t n, size_t *at)
{
    for (size_t i = 0; i < names_n; i++) {
        for (at[i] = 0; at[i] < n && strcmp(fields[at[i]], names[i]) != 0; at[i]++)
            continue;
        if (at[i] == n)
            return false;
    }
    return true;
}
