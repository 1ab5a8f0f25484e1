/* The channel sandbox: its signatures are those of docs/sandbox.md, and nothing that was touched is believed. */
#include <stdio.h>
#include <string.h>

#include "domain/channel.h"
#include "domain/sandbox_page.h"
#include "domain/sandbox_sign.h"
#include "unit.h"

enum { NOW = 1795248000 };

static const struct config config = {.public_url = "https://localhost:8443",
                                     .sandbox_url = "https://localhost:8443",
                                     .sandbox_secret = "sandbox-example-secret"};

#define EVENT \
    "{\"event_id\": \"evt_1\", \"state\": \"captured\", \"merchant\": \"souk\", \"payment_id\": \"345744867329\", " \
    "\"order_id\": \"345744867073\", \"amount\": 4599, \"currency\": \"EUR\", \"provider_ref\": \"sbx_1\", " \
    "\"occurred_at\": \"2026-11-21T08:00:00.000Z\"}"
#define EVENT_SIGNATURE "d0cf3e3de614a1cd97235169033c16cc209f2ade1425b15c0b4773c89c213612"
#define PAGE_SIGNATURE "26b59027335bef8e72aa5b316cbe3817a25df1860127ec83779abf4d62ffe8f6"
#define CLOSE_SIGNATURE "4e440cd6a1bb89193a514a6380684dd91cf3d4121f081b5405afe5aeb688fc17"

struct headers {
    const char *timestamp, *signature;
};

static const char *header_of(const void *from, const char *name)
{
    const struct headers *headers = from;
    return strcmp(name, SANDBOX_HEADER_TIMESTAMP) == 0 ? headers->timestamp : headers->signature;
}

static enum souk_err verify(struct arena *arena, const char *body, const struct headers *headers, int64_t now_s,
                            struct channel_event *event)
{
    const struct channel_callback callback = {body, strlen(body), now_s, header_of, headers};
    return channel_find(&config, "sandbox")->verify_callback(&config, arena, &callback, event);
}

/* Signs `body` rightly, so that only what it says is judged. */
static enum souk_err verify_signed(struct arena *arena, const char *body, struct channel_event *event)
{
    char signature[SANDBOX_SIGNATURE_BYTES], stamp[32];
    sandbox_sign_message(config.sandbox_secret, NOW, NULL, body, strlen(body), signature);
    snprintf(stamp, sizeof stamp, "%d", NOW);
    return verify(arena, body, &(struct headers){stamp, signature}, NOW, event);
}

static void test_find(void)
{
    const struct config off = {.sandbox_url = ""};
    CU_ASSERT_PTR_NOT_NULL(channel_find(&config, "sandbox"));
    CU_ASSERT_PTR_NULL(channel_find(&off, "sandbox"));
    CU_ASSERT_PTR_NULL(channel_find(&config, "Sandbox"));
    CU_ASSERT_PTR_NULL(channel_find(&config, ""));
}

static void test_pay_url(void)
{
    struct arena *arena = arena_new(1 << 16);
    const struct channel_payment payment = {.payment_id = 345744867329,
                                            .order_id = 345744867073,
                                            .amount = 4599,
                                            .currency = "EUR",
                                            .description = "Order 345744867073",
                                            .expires_s = 1795255200};
    struct channel_opened opened, again;
    const struct channel *channel = channel_find(&config, "sandbox");
    CU_ASSERT_EQUAL(channel->open(&config, arena, &payment, 0, &opened), SOUK_OK);
    CU_ASSERT_EQUAL(channel->open(&config, arena, &payment, 0, &again), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(opened.pay_url, again.pay_url);
    CU_ASSERT_PTR_NULL(opened.handle);
    CU_ASSERT_STRING_EQUAL(
        opened.pay_url, "https://localhost:8443/sandbox/pay?merchant=souk&payment_id=345744867329&order_id=345744867073&amount=4599"
             "&currency=EUR&description=Order%20345744867073"
             "&notify_url=https%3A%2F%2Flocalhost%3A8443%2Fv1%2Fpayments%2Fcallbacks%2Fsandbox"
             "&return_url=https%3A%2F%2Flocalhost%3A8443%2F%23%2Forders%2F345744867073&expires=1795255200"
             "&sig=" PAGE_SIGNATURE);
    arena_free(arena);
}

static void test_documented_messages(void)
{
    char signature[SANDBOX_SIGNATURE_BYTES];
    sandbox_sign_message(config.sandbox_secret, NOW, NULL, EVENT, strlen(EVENT), signature);
    CU_ASSERT_STRING_EQUAL(signature, EVENT_SIGNATURE);
    sandbox_sign_message(config.sandbox_secret, NOW, "POST /sandbox/v1/payments/345744867329/close", "{}", 2, signature);
    CU_ASSERT_STRING_EQUAL(signature, CLOSE_SIGNATURE);
}

static void test_callback(void)
{
    struct arena *arena = arena_new(1 << 16);
    struct channel_event event = {0};
    CU_ASSERT_EQUAL(verify(arena, EVENT, &(struct headers){"1795248000", EVENT_SIGNATURE}, NOW, &event), SOUK_OK);
    CU_ASSERT_EQUAL(event.state, CHANNEL_CAPTURED);
    CU_ASSERT_EQUAL(event.payment_id, 345744867329);
    CU_ASSERT_EQUAL(event.order_id, 345744867073);
    CU_ASSERT_EQUAL(event.amount, 4599);
    CU_ASSERT_STRING_EQUAL(event.currency, "EUR");
    CU_ASSERT_STRING_EQUAL(event.event_id, "evt_1");
    CU_ASSERT_STRING_EQUAL(event.provider_ref, "sbx_1");
    arena_free(arena);
}

static void test_window(void)
{
    struct arena *arena = arena_new(1 << 16);
    struct channel_event event;
    const struct headers good = {"1795248000", EVENT_SIGNATURE};
    CU_ASSERT_EQUAL(verify(arena, EVENT, &good, NOW + 300, &event), SOUK_OK);
    CU_ASSERT_EQUAL(verify(arena, EVENT, &good, NOW - 300, &event), SOUK_OK);
    CU_ASSERT_EQUAL(verify(arena, EVENT, &good, NOW + 301, &event), SOUK_PAYMENT_SIGNATURE);
    CU_ASSERT_EQUAL(verify(arena, EVENT, &good, NOW - 301, &event), SOUK_PAYMENT_SIGNATURE);
    arena_free(arena);
}

static void test_touched(void)
{
    struct arena *arena = arena_new(1 << 20);
    struct channel_event event;
    const struct headers good = {"1795248000", EVENT_SIGNATURE};
    for (size_t at = 0; at < strlen(EVENT); at++) {
        char body[] = EVENT;
        body[at] ^= 1;
        CU_ASSERT_EQUAL(verify(arena, body, &good, NOW, &event), SOUK_PAYMENT_SIGNATURE);
    }
    static const struct headers bad[] = {{NULL, EVENT_SIGNATURE},
                                         {"1795248000", NULL},
                                         {"", EVENT_SIGNATURE},
                                         {"1795248001", EVENT_SIGNATURE},
                                         {"1795248000 ", EVENT_SIGNATURE},
                                         {"01795248000", EVENT_SIGNATURE},
                                         {"9223372036854775807", EVENT_SIGNATURE},
                                         {"-9223372036854775808", EVENT_SIGNATURE},
                                         {"1795248000", ""},
                                         {"1795248000", EVENT_SIGNATURE "0"},
                                         {"1795248000", PAGE_SIGNATURE},
                                         {"1795248000", CLOSE_SIGNATURE}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(verify(arena, EVENT, &bad[i], NOW, &event), SOUK_PAYMENT_SIGNATURE);
    arena_free(arena);
}

static void test_odd_events(void)
{
    static const struct {
        const char *body;
        enum souk_err err;
    } cases[] = {
        {"", SOUK_BAD_REQUEST},
        {"{", SOUK_BAD_REQUEST},
        {"null", SOUK_BAD_REQUEST},
        {"[[[[[[[[]]]]]]]]", SOUK_BAD_REQUEST},
        {"{\"merchant\": \"other\"}", SOUK_PAYMENT_MISMATCH},
        {"{\"merchant\": \"souk\", \"state\": \"captured\", \"payment_id\": \"7\"}", SOUK_BAD_REQUEST},
        {"{\"merchant\": \"souk\", \"state\": \"closed\", \"payment_id\": 7}", SOUK_BAD_REQUEST},
        {"{\"merchant\": \"souk\", \"state\": \"closed\", \"payment_id\": \"-7\"}", SOUK_BAD_REQUEST},
        {"{\"merchant\": \"souk\", \"state\": \"closed\", \"payment_id\": \"7\"}", SOUK_OK},
        {"{\"merchant\": \"souk\", \"state\": \"closed\", \"payment_id\": \"7\"} x", SOUK_BAD_REQUEST},
        {"{'merchant': 'souk', 'state': 'closed', 'payment_id': '7'}", SOUK_BAD_REQUEST},
    };
    struct arena *arena = arena_new(1 << 16);
    struct channel_event event;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(verify_signed(arena, cases[i].body, &event), cases[i].err);
    arena_free(arena);
}

static void test_page_escapes(void)
{
    struct arena *arena = arena_new(1 << 20);
    const struct sandbox_page page = {.value = {"souk", "7", "8", "1234567", "JPY", "<b>\"&'", "https://x/n", "https://x/r", "9"}};
    const char *html = sandbox_page_pay(arena, &page, "00", 1234567, 9);
    CU_ASSERT_PTR_NOT_NULL_FATAL(html);
    CU_ASSERT_PTR_NOT_NULL(strstr(html, "1,234,567 JPY"));
    CU_ASSERT_PTR_NOT_NULL(strstr(html, "&lt;b&gt;&quot;&amp;&#39;"));
    CU_ASSERT_PTR_NULL(strstr(html, "<b>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(sandbox_page_pay(arena, &page, "00", 0, 9), "\">0 JPY<"));
    arena_free(arena);
}

UNIT_SUITE(channel, UNIT_TEST(test_find), UNIT_TEST(test_pay_url), UNIT_TEST(test_documented_messages),
           UNIT_TEST(test_callback), UNIT_TEST(test_window), UNIT_TEST(test_touched), UNIT_TEST(test_odd_events),
           UNIT_TEST(test_page_escapes))
