/* What mail says: templates filled in, HTML escaped, headers that stay one. */
#include <json-c/json.h>
#include <string.h>

#include "unit.h"
#include "worker/mail_text.h"

static struct arena *arena;
static json_object *item;

static bool fill(const char *kind, const char *json, const char *link, struct mail_content *content)
{
    arena = arena_new(1 << 20);
    item = json_tokener_parse(json);
    return item && mail_fill(arena, mail_template_find(kind), item, link, content);
}

static void forget(void)
{
    json_object_put(item);
    arena_free(arena);
}

static void test_an_order(void)
{
    struct mail_content content;
    CU_ASSERT_TRUE_FATAL(fill("order.placed",
                              "{\"email\":\"a@b.c\",\"data\":{\"seq\":1},\"order\":{\"order_id\":\"77\",\"total\":1205,"
                              "\"currency\":\"USD\",\"items\":[{\"qty\":2,\"title\":\"Tea <hot> & {money:total}\","
                              "\"options_text\":\"XL\",\"total\":1205}]}}",
                              "https://x/#/orders/77", &content));
    CU_ASSERT_STRING_EQUAL(content.subject, "Your order 77");
    CU_ASSERT_PTR_NOT_NULL(strstr(content.text, "2 × Tea <hot> & {money:total} (XL), 12.05 USD"));
    CU_ASSERT_PTR_NOT_NULL(strstr(content.html, "Tea &lt;hot&gt; &amp; {money:total}"));
    CU_ASSERT_PTR_NULL(strstr(content.html, "<hot>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(content.text, "See the order:\nhttps://x/#/orders/77"));
    CU_ASSERT_PTR_NOT_NULL(strstr(content.html, "<a href=\"https://x/#/orders/77\">See the order</a>"));
    forget();
}

static void test_an_order_waits_only_while_it_does(void)
{
    static const struct {
        const char *order;
        bool kept, free;
    } cases[] = {
        {"{\"order\":{\"order_id\":\"7\",\"total\":5,\"state\":\"PENDING_PAYMENT\"}}", true, false},
        {"{\"order\":{\"order_id\":\"7\",\"total\":5,\"state\":\"PAID\"}}", false, false},
        {"{\"order\":{\"order_id\":\"7\",\"total\":0,\"state\":\"PAID\"}}", false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mail_content content;
        CU_ASSERT_TRUE_FATAL(fill("order.placed", cases[i].order, NULL, &content));
        CU_ASSERT_EQUAL(strstr(content.text, "until it is paid") != NULL, cases[i].kept);
        CU_ASSERT_EQUAL(strstr(content.text, "nothing to pay") != NULL, cases[i].free);
        forget();
    }
}

static void test_what_is_not_known_is_left_out(void)
{
    struct mail_content content;
    CU_ASSERT_TRUE_FATAL(fill("shipment.shipped", "{\"event\":{\"carrier\":\"DHL\",\"tracking\":\"Z1\"},\"order\":{\"order_id\":\"7\"}}",
                              NULL, &content));
    CU_ASSERT_PTR_NOT_NULL(strstr(content.text, "DHL Z1"));
    forget();
    CU_ASSERT_TRUE_FATAL(fill("shipment.shipped", "{\"event\":null,\"order\":{\"order_id\":\"7\"}}", NULL, &content));
    CU_ASSERT_STRING_EQUAL(content.text, "A parcel of your order 7 is on its way.\n\n");
    forget();
}

static void test_money_of_currencies_with_other_decimals(void)
{
    struct mail_content content;
    CU_ASSERT_TRUE_FATAL(fill("refund.succeeded", "{\"data\":{\"amount\":1205},\"order\":{\"order_id\":\"7\",\"currency\":\"JPY\"}}",
                              NULL, &content));
    CU_ASSERT_PTR_NOT_NULL(strstr(content.text, "1205 JPY"));
    forget();
}

static void test_kinds(void)
{
    CU_ASSERT_PTR_NULL(mail_template_find("nothing"));
    CU_ASSERT_TRUE(mail_is_notice("order.paid"));
    CU_ASSERT_FALSE(mail_is_notice("verify"));
    CU_ASSERT_FALSE(mail_is_notice("order.unheard_of"));
}

static void test_headers(void)
{
    struct arena *own = arena_new(1 << 16);
    CU_ASSERT_STRING_EQUAL(mail_header_text(own, "Your order 7"), "Your order 7");
    CU_ASSERT_STRING_EQUAL(mail_header_text(own, "Grüße"), "=?UTF-8?B?R3LDvMOfZQ==?=");
    CU_ASSERT_STRING_EQUAL(mail_header_text(own, "x\r\nBcc: eve@example.org"), "x  Bcc: eve@example.org");
    CU_ASSERT_STRING_EQUAL(mail_header_text(own, "=?x"), "=?UTF-8?B?PT94?=");
    CU_ASSERT_STRING_EQUAL(mail_header_text(own, ""), "");
    char longer[400] = "";
    for (int i = 0; i < 90; i++)
        strcat(longer, "张");
    const char *coded = mail_header_text(own, longer);
    CU_ASSERT_PTR_NOT_NULL_FATAL(coded);
    for (const char *at = coded; *at;) {
        const size_t len = strcspn(at, "\r");
        CU_ASSERT_TRUE(len <= 76);
        at += len + strspn(at + len, "\r\n");
        CU_ASSERT_TRUE(*at == '\0' || *at == ' ');
    }
    arena_free(own);
}

UNIT_SUITE(mail_text, UNIT_TEST(test_an_order), UNIT_TEST(test_an_order_waits_only_while_it_does),
           UNIT_TEST(test_what_is_not_known_is_left_out),
           UNIT_TEST(test_money_of_currencies_with_other_decimals), UNIT_TEST(test_kinds), UNIT_TEST(test_headers))
