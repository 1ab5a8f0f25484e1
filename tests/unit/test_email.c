/* E-mail addresses: one spelling for each, and the same one for ever. */
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "guard/email.h"
#include "unit.h"

static struct arena *arena;

static const char *normal(const char *in)
{
    const char *out = NULL;
    return email_normalise(arena, in, &out) == SOUK_OK ? out : "refused";
}

static void test_normal_forms(void)
{
    static const char *const cases[][2] = {
        {"ann@example.org", "ann@example.org"},
        {"  Ann.B@Example.ORG \t\r\n", "ann.b@example.org"},
        {"a+b@x", "a+b@x"},
        {"O'Neil@example.org", "o'neil@example.org"},
        {"\xef\xbc\xa1\xef\xbc\xa2@example.org", "ab@example.org"},       /* full-width AB */
        {"e\xcc\x81@example.org", "\xc3\xa9@example.org"},                /* e and a combining accent */
        {"\xc3\x89@example.org", "\xc3\xa9@example.org"},                 /* É */
        {"\xe5\xbc\xa0@\xe4\xbe\x8b\xe5\xad\x90.\xe4\xb8\xad\xe5\x9b\xbd", "\xe5\xbc\xa0@\xe4\xbe\x8b\xe5\xad\x90.\xe4\xb8\xad\xe5\x9b\xbd"},
    };
    arena = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_STRING_EQUAL(normal(cases[i][0]), cases[i][1]);
    arena_free(arena);
}

static void test_refused(void)
{
    static const char *const bad[] = {
        "", " ", "@", "ann", "ann@", "@example.org", "a@b@c", "a b@c", "a@b c", "a@.org", "a@org.", "a@b..c", "a\n@b.c",
        "a@b.c\nBcc: x@y.z", "<a@b.c>", "a@b.c,d@e.f", "a;b@c.d", "a:b@c.d", "\"a b\"@c.d", "a(x)@c.d", "a\\b@c.d",
        "a@[127.0.0.1]", "a\x7f@b.c", "\xff@b.c", "\xc0\xaf@b.c", "\xed\xa0\x80@b.c", "a\xc2\xa0@b.c", /* no-break space */
        "a\xe2\x80\x8e@b.c",                                                                          /* direction mark */
        "\xef\xbc\xa0@b.c",                                                                           /* full-width @ */
    };
    arena = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_STRING_EQUAL(normal(bad[i]), "refused");
    arena_free(arena);
}

static void test_length(void)
{
    char text[EMAIL_BYTES_MAX + 2];
    arena = arena_new(1 << 20);
    memset(text, 'a', sizeof text);
    memcpy(text + EMAIL_BYTES_MAX - 5, "@b.cd", 6);
    CU_ASSERT_STRING_EQUAL(normal(text), text);
    memset(text, 'a', sizeof text);
    memcpy(text + EMAIL_BYTES_MAX - 4, "@b.cd", 6);
    CU_ASSERT_STRING_EQUAL(normal(text), "refused");
    arena_free(arena);
}

/* Every code point there is: what was normalised once stays as it is. */
static void test_twice_is_once(void)
{
    size_t changed = 0;
    arena = arena_new(1 << 20);
    for (utf8proc_int32_t point = 0x21; point <= 0x10ffff; point++) {
        char in[16] = "a";
        utf8proc_ssize_t len = utf8proc_encode_char(point, (utf8proc_uint8_t *)in + 1);
        const char *once = NULL, *twice = NULL;
        memcpy(in + 1 + len, "@b.c", 5);
        if (email_normalise(arena, in, &once) == SOUK_OK)
            changed += email_normalise(arena, once, &twice) != SOUK_OK || strcmp(once, twice) != 0;
        if (point % 256 == 0)
            arena_reset(arena);
    }
    CU_ASSERT_EQUAL(changed, 0);
    arena_free(arena);
}

UNIT_SUITE(email, UNIT_TEST(test_normal_forms), UNIT_TEST(test_refused), UNIT_TEST(test_length),
           UNIT_TEST(test_twice_is_once))
