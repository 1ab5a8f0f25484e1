/* Signatures of webhooks: the example of the Standard Webhooks specification. */
#include "unit.h"
#include "worker/webhook_sign.h"

static void test_example(void)
{
    struct arena *arena = arena_new(4096);
    const char *signature = webhook_sign(arena, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                         1614265330, "{\"test\": 2432232314}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(signature);
    CU_ASSERT_STRING_EQUAL(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    arena_free(arena);
}

static void test_what_is_no_secret(void)
{
    static const char *const secrets[] = {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%", "whsec_abc"};
    struct arena *arena = arena_new(4096);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        CU_ASSERT_PTR_NULL(webhook_sign(arena, secrets[i], "id", 1, "{}"));
    arena_free(arena);
}

UNIT_SUITE(webhook_sign, UNIT_TEST(test_example), UNIT_TEST(test_what_is_no_secret))
