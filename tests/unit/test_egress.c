/* Addresses that webhooks may be sent to. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "guard/egress.h"
#include "unit.h"

static bool allowed(const char *text, bool loopback)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        memcpy(&storage, &in, sizeof in);
    else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
        memcpy(&storage, &in6, sizeof in6);
    else
        CU_FAIL_FATAL("no address");
    return egress_address_allowed((const struct sockaddr *)&storage, loopback);
}

static const char *const refused[] = {
    "0.0.0.0",         "0.1.2.3",         "10.0.0.1",        "10.255.255.255",  "100.64.0.1",      "100.127.255.255",
    "169.254.169.254", "169.254.0.1",     "172.16.0.1",      "172.31.255.255",  "192.0.0.170",     "192.0.2.1",
    "192.168.0.1",     "192.168.255.255", "198.18.0.1",      "198.19.255.255",  "198.51.100.1",    "203.0.113.7",
    "224.0.0.1",       "239.255.255.255", "240.0.0.1",       "255.255.255.255", "192.88.99.1",     "::",
    "fc00::1",         "fd12:3456::1",    "fe80::1",         "fec0::1",         "ff02::1",         "2001:db8::1",
    "2001::1",         "100::1",          "3fff::1",         "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:192.168.1.1", "::10.0.0.1",   "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1",
    "2002:0a00:0001::1", "2002:7f00:0001::1", "fd00:ec2::254",
};

static void test_private_addresses_are_refused(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CU_ASSERT_FALSE(allowed(refused[i], false));
        CU_ASSERT_FALSE(allowed(refused[i], true));
    }
}

static void test_public_addresses_are_allowed(void)
{
    static const char *const good[] = {"1.1.1.1",         "9.255.255.255", "11.0.0.0",       "100.63.255.255",
                                       "100.128.0.0",     "126.0.0.1",     "128.0.0.1",      "169.253.255.255",
                                       "172.15.255.255",  "172.32.0.0",    "192.167.0.1",    "223.255.255.255",
                                       "2606:4700::1111", "2a00:1450::1",  "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_TRUE(allowed(good[i], false));
}

static void test_loopback_only_where_it_is_allowed(void)
{
    static const char *const here[] = {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        CU_ASSERT_FALSE(allowed(here[i], false));
        CU_ASSERT_TRUE(allowed(here[i], true));
    }
    CU_ASSERT_FALSE(allowed("64:ff9b::127.0.0.1", true));
}

static void test_urls(void)
{
    static const char *const bad[] = {
        "",                      "example.com/hook",         "http://example.com/",     "ftp://example.com/",
        "file:///etc/passwd",    "https://",                 "https://a:b@example.com/", "https://a@example.com/",
        "https://example.com/#x", "https://10.0.0.1/",       "https://0x0a000001/",      "https://167772161/",
        "https://[::1]/",        "https://[fe80::1]/",       "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",    "https://[::ffff:10.0.0.1]/",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_PTR_NOT_NULL(egress_url_refused(bad[i], false));
    CU_ASSERT_PTR_NULL(egress_url_refused("https://example.com/hook?a=1", false));
    CU_ASSERT_PTR_NULL(egress_url_refused("https://1.1.1.1:8443/", false));
    CU_ASSERT_PTR_NULL(egress_url_refused("https://[2606:4700::1111]/", false));
    CU_ASSERT_PTR_NULL(egress_url_refused("http://127.0.0.1:9/", true));
    CU_ASSERT_PTR_NULL(egress_url_refused("http://localhost:9/", true));
    CU_ASSERT_PTR_NOT_NULL(egress_url_refused("http://10.0.0.1/", true));
}

UNIT_SUITE(egress, UNIT_TEST(test_private_addresses_are_refused), UNIT_TEST(test_public_addresses_are_allowed),
           UNIT_TEST(test_loopback_only_where_it_is_allowed), UNIT_TEST(test_urls))
