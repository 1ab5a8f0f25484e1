/* The configuration file: what is taken, and what is said of what is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "unit.h"

#define TOP "[souk]\npublic_url = https://x\nsecret_file = /s\nkeys_dir = /k\n"
#define API "[api]\nsocket = /run/a.sock\n"
#define DATABASES "[global]\nsocket = /db\nuser = u\nschema = g\n[shard.0]\nhost = h\nport = 3307\nuser = u\nschema = s\n"

static struct config config;
static char message[512];

static enum souk_err load(const char *text)
{
    char path[] = "/tmp/souk-unit-XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    message[0] = '\0';
    enum souk_err err = config_load(path, &config, message, sizeof message);
    unlink(path);
    return err;
}

static void expect_refusal(const char *text, const char *said)
{
    CU_ASSERT_EQUAL(load(text), SOUK_INVALID);
    if (!strstr(message, said))
        fprintf(stderr, "said \"%s\", not \"%s\"\n", message, said);
    CU_ASSERT_PTR_NOT_NULL(strstr(message, said));
}

static void test_defaults(void)
{
    CU_ASSERT_EQUAL_FATAL(load(TOP API DATABASES), SOUK_OK);
    CU_ASSERT_EQUAL(config.processes, 1);
    CU_ASSERT_EQUAL(config.threads, 64);
    CU_ASSERT_EQUAL(config.deadline_ms, 3000);
    CU_ASSERT_STRING_EQUAL(config.currency, "USD");
    CU_ASSERT_TRUE(config.limits);
    CU_ASSERT_EQUAL(config.shards_n, 1);
    CU_ASSERT_EQUAL(config.global.port, 3306);
    CU_ASSERT_EQUAL(config.shards[0].port, 3307);
}

static void test_values(void)
{
    CU_ASSERT_EQUAL_FATAL(load("; comment\n" TOP "currency = EUR\n" API "threads = 384 \n" DATABASES
                               "[limit]\nenabled = false\n"), SOUK_OK);
    CU_ASSERT_EQUAL(config.threads, 384);
    CU_ASSERT_STRING_EQUAL(config.currency, "EUR");
    CU_ASSERT_FALSE(config.limits);
}

static void test_channels(void)
{
#define STRIPE TOP API DATABASES "[channel.stripe]\nsecret_key = sk_test_1\n"
#define WECHAT TOP API DATABASES "[channel.wechat]\nmchid = 1\nappid = wx\nserial = AB\nprivate_key_file = /k\n"
    CU_ASSERT_EQUAL_FATAL(load(STRIPE "webhook_secret = whsec_1\n"), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(config.stripe_url, "https://api.stripe.com");
    CU_ASSERT_STRING_EQUAL(config.alipay_app_id, "");
    CU_ASSERT_EQUAL(load(STRIPE "webhook_secret = w\nurl = http://127.0.0.1:9000\n"), SOUK_OK);
    expect_refusal(STRIPE, "[channel.stripe] webhook_secret is missing");
    expect_refusal(STRIPE "webhook_secret = w\nurl = http://api.stripe.com\n", "url: must be an https address");
    expect_refusal(STRIPE "webhook_secret = w\nurl = https://api.stripe.com/\n", "url: must be an https address");
    expect_refusal(STRIPE "webhook_secret = w\nurl = http://127.0.0.1.example.com:80\n", "url: must be an https address");
    expect_refusal(WECHAT, "[channel.wechat] api_v3_key is missing");
    expect_refusal(WECHAT "api_v3_key = short\n", "api_v3_key must have 32 characters");
    expect_refusal(WECHAT "api_v3_key = 0123456789abcdef0123456789ABCDEF\npublic_key_id = PUB_KEY_ID_1\n",
                   "[channel.wechat] public_key_file is missing");
    expect_refusal(TOP API DATABASES "[channel.alipay]\nproduct = app\n", "product must be page or wap");
    expect_refusal(TOP API DATABASES "[channel.alipay]\napp_id = 1\n", "[channel.alipay] private_key_file is missing");
}

static void test_refusals(void)
{
    expect_refusal(API DATABASES, "[souk] public_url is missing");
    expect_refusal(TOP API "thread = 3\n" DATABASES, ":7: [api] thread: there is no such key");
    expect_refusal(TOP API "threads = many\n" DATABASES, "[api] threads: the value must be a whole number");
    expect_refusal(TOP API "threads = 0\n" DATABASES, "[api] threads: the number is out of range");
    expect_refusal(TOP API "threads = 70\nthreads = 71\n" DATABASES, "twice");
    expect_refusal(TOP API DATABASES "[limit]\nenabled = yes\n", "must be true or false");
    expect_refusal(TOP API DATABASES "[shard.2]\nuser = u\n", "without [shard.1]");
    expect_refusal(TOP API DATABASES "[shard.64]\nuser = u\n", "numbered 0 to 63");
    expect_refusal(TOP API "[global]\nuser = u\n", "[shard.0] is missing");
    expect_refusal(TOP API "[shard.0]\nuser = u\n", "[shard.0] needs");
    expect_refusal(TOP API DATABASES "[mail]\nsmtp_url = smtp://mail\nfrom = the shop\n", "[mail] from must be an e-mail address");
    expect_refusal(TOP API DATABASES "nonsense\n", ":16: not a section");
    CU_ASSERT_EQUAL(config_load("/nonexistent/souk.conf", &config, message, sizeof message), SOUK_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(message, "/nonexistent/souk.conf: No such file"));
}

static void test_long_line(void)
{
    char text[2048] = TOP API DATABASES "[redis]\nsocket = ";
    memset(text + strlen(text), 'a', 400);
    strcat(text, "\n");
    CU_ASSERT_EQUAL(load(text), SOUK_INVALID);
}

UNIT_SUITE(config, UNIT_TEST(test_defaults), UNIT_TEST(test_values), UNIT_TEST(test_channels), UNIT_TEST(test_refusals), UNIT_TEST(test_long_line))
