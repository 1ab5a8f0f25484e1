/* Tokens sent by mail: the same numbers give the same token, and nothing else is one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard/account_token.h"
#include "guard/token_keys.h"
#include "unit.h"

static struct token_keys *keys_of(uint8_t first)
{
    struct token_keys *keys = calloc(1, sizeof *keys);
    keys->use_keys[TOKEN_USE_MAIL][0] = first;
    return keys;
}

static void test_made_and_read(void)
{
    struct token_keys *keys = keys_of(1), *others = keys_of(2);
    struct account_token token = {.account_id = INT64_C(171798691840), .token_id = INT64_MAX}, read = {0};
    char text[ACCOUNT_TOKEN_TEXT], again[ACCOUNT_TOKEN_TEXT];
    account_token_make(keys, &token, text);
    account_token_make(keys, &token, again);
    CU_ASSERT_STRING_EQUAL(text, again);
    CU_ASSERT_EQUAL(strlen(text), ACCOUNT_TOKEN_TEXT - 1);
    CU_ASSERT_EQUAL(account_token_read(keys, text, &read), SOUK_OK);
    CU_ASSERT_EQUAL(read.account_id, token.account_id);
    CU_ASSERT_EQUAL(read.token_id, token.token_id);
    CU_ASSERT_EQUAL(memcmp(read.hash, token.hash, sizeof read.hash), 0);
    CU_ASSERT_EQUAL(account_token_read(others, text, &read), SOUK_ACCOUNT_TOKEN);
    for (size_t i = 0; i < strlen(text) - 1; i++) {
        strcpy(again, text);
        again[i] = again[i] == 'A' ? 'B' : 'A';
        CU_ASSERT_EQUAL(account_token_read(keys, again, &read), SOUK_ACCOUNT_TOKEN);
    }
    CU_ASSERT_EQUAL(account_token_read(keys, "", &read), SOUK_ACCOUNT_TOKEN);
    free(keys);
    free(others);
}

UNIT_SUITE(account_token, UNIT_TEST(test_made_and_read))
