/* Idempotency tokens: for one account, for a day, and whatever does not look like one is a key of the client's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard/idempotency_token.h"
#include "guard/token_keys.h"
#include "unit.h"

static const int64_t now_ms = INT64_C(1795000000000), day_ms = INT64_C(86400000);

static void test_tokens(void)
{
    struct token_keys *keys = calloc(1, sizeof *keys);
    char token[IDEMPOTENCY_TOKEN_TEXT], other[IDEMPOTENCY_TOKEN_TEXT];
    idempotency_token_make(keys, 7, "order-1", now_ms, token);
    idempotency_token_make(keys, 7, "order-1", now_ms, other);
    CU_ASSERT_EQUAL(strncmp(token, "order-1:1795000000000:", 22), 0);
    CU_ASSERT_STRING_NOT_EQUAL(token, other);
    CU_ASSERT_EQUAL(idempotency_token_check(keys, 7, token, now_ms), IDEMPOTENCY_TOKEN_GOOD);
    CU_ASSERT_EQUAL(idempotency_token_check(keys, 7, token, now_ms + day_ms), IDEMPOTENCY_TOKEN_GOOD);
    CU_ASSERT_EQUAL(idempotency_token_check(keys, 7, token, now_ms + day_ms + 1), IDEMPOTENCY_TOKEN_EXPIRED);
    CU_ASSERT_EQUAL(idempotency_token_check(keys, 8, token, now_ms), IDEMPOTENCY_TOKEN_FORGED);
    token[0] = 'O';
    CU_ASSERT_EQUAL(idempotency_token_check(keys, 7, token, now_ms), IDEMPOTENCY_TOKEN_FORGED);
    token[0] = 'o';
    token[strlen(token) - 2] = token[strlen(token) - 2] == 'A' ? 'B' : 'A';
    CU_ASSERT_EQUAL(idempotency_token_check(keys, 7, token, now_ms), IDEMPOTENCY_TOKEN_FORGED);
    free(keys);
}

static void test_keys_of_the_client(void)
{
    struct token_keys *keys = calloc(1, sizeof *keys);
    const char *const own[] = {"first", "a:b:c:d", "", ":1795000000000:x:y", "order:1795000000000:0123456789abcdef0123456789abcdef",
                               "6ba7b810-9dad-11d1-80b4-00c04fd430c8"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        CU_ASSERT_EQUAL(idempotency_token_check(keys, 7, own[i], now_ms), IDEMPOTENCY_TOKEN_NONE);
    CU_ASSERT_TRUE(idempotency_biz_id_valid("order.A_1-2"));
    CU_ASSERT_FALSE(idempotency_biz_id_valid(""));
    CU_ASSERT_FALSE(idempotency_biz_id_valid("a:b"));
    CU_ASSERT_FALSE(idempotency_biz_id_valid("0123456789012345678901234567890123456789012345678901234567890123x"));
    char longest[IDEMPOTENCY_TOKEN_TEXT];
    idempotency_token_make(keys, INT64_MAX, "0123456789012345678901234567890123456789012345678901234567890123", now_ms, longest);
    CU_ASSERT_EQUAL(idempotency_token_check(keys, INT64_MAX, longest, now_ms), IDEMPOTENCY_TOKEN_GOOD);
    free(keys);
}

UNIT_SUITE(idempotency_token, UNIT_TEST(test_tokens), UNIT_TEST(test_keys_of_the_client))
