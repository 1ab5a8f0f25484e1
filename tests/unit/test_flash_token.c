/* Tokens of flash sales: nobody else's sale or account, no other kind by changing a byte; challenges and their answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard/flash_token.h"
#include "guard/token_keys.h"
#include "unit.h"

static struct token_keys *keys_of(uint8_t first)
{
    struct token_keys *keys = calloc(1, sizeof *keys);
    keys->use_keys[TOKEN_USE_FLASH][0] = first;
    return keys;
}

static void test_made_and_read(void)
{
    struct token_keys *keys = keys_of(1), *others = keys_of(2);
    const struct flash_token token = {FLASH_TICKET, INT64_C(171798691840), 640, INT64_MAX, 7};
    struct flash_token read;
    char text[FLASH_TOKEN_TEXT], changed[FLASH_TOKEN_TEXT];
    flash_token_make(keys, &token, text);
    CU_ASSERT_EQUAL(strlen(text), FLASH_TOKEN_TEXT - 1);
    CU_ASSERT_TRUE(flash_token_read(keys, text, token.sale_id, 640, &read));
    CU_ASSERT_EQUAL(read.kind, FLASH_TICKET);
    CU_ASSERT_EQUAL(read.first, INT64_MAX);
    CU_ASSERT_EQUAL(read.second, 7);
    CU_ASSERT_FALSE(flash_token_read(keys, text, token.sale_id, 641, &read));
    CU_ASSERT_FALSE(flash_token_read(keys, text, token.sale_id + 1, 640, &read));
    CU_ASSERT_FALSE(flash_token_read(others, text, token.sale_id, 640, &read));
    CU_ASSERT_FALSE(flash_token_read(keys, "", token.sale_id, 640, &read));
    for (size_t i = 0; i < strlen(text) - 1; i++) {
        strcpy(changed, text);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CU_ASSERT_FALSE(flash_token_read(keys, changed, token.sale_id, 640, &read));
    }
    free(keys);
    free(others);
}

static void test_question(void)
{
    struct token_keys *keys = keys_of(1);
    struct flash_token token = {FLASH_QUESTION, 512, 640, 99, 256};
    char right[12], text[FLASH_TOKEN_TEXT];
    int a, b, c, d, other = 0;
    flash_token_make(keys, &token, text);
    flash_question(keys, &token, &a, &b);
    CU_ASSERT_TRUE(a >= 2 && a <= 20 && b >= 2 && b <= 20);
    snprintf(right, sizeof right, "%d", a + b);
    CU_ASSERT_TRUE(flash_solved(keys, &token, text, right));
    snprintf(right, sizeof right, "%d", a + b + 1);
    CU_ASSERT_FALSE(flash_solved(keys, &token, text, right));
    CU_ASSERT_FALSE(flash_solved(keys, &token, text, ""));
    CU_ASSERT_FALSE(flash_solved(keys, &token, text, "twelve"));
    for (token.first = 0; token.first < 50; token.first++) {
        flash_question(keys, &token, &c, &d);
        other += c != a || d != b;
    }
    CU_ASSERT_TRUE(other > 40);
    free(keys);
}

static void test_work(void)
{
    struct token_keys *keys = keys_of(1);
    const struct flash_token token = {FLASH_WORK, 512, 640, 99, 1000 * 256 + 8}, free_one = {FLASH_WORK, 512, 640, 99, 1000 * 256};
    char text[FLASH_TOKEN_TEXT], answer[12];
    int solved = 0;
    flash_token_make(keys, &token, text);
    for (int i = 0; i < 4096; i++) {
        snprintf(answer, sizeof answer, "%d", i);
        solved += flash_solved(keys, &token, text, answer);
    }
    /* one of 256 on average: sixteen, and hardly ever none or forty */
    CU_ASSERT_TRUE(solved >= 2 && solved <= 40);
    CU_ASSERT_FALSE(flash_solved(keys, &token, text, "an answer that is longer than any that is taken"));
    CU_ASSERT_TRUE(flash_solved(keys, &free_one, text, "anything"));
    free(keys);
}

UNIT_SUITE(flash_token, UNIT_TEST(test_made_and_read), UNIT_TEST(test_question), UNIT_TEST(test_work))
