#include "guard/egress.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct net4 {
    uint32_t address;
    int bits;
};

/* IANA's special-purpose registry: what is not globally reachable, and what is multicast or reserved. */
static const struct net4 refused4[] = {
    {0x00000000, 8},  /* 0.0.0.0/8: this network */
    {0x0a000000, 8},  /* 10/8: private */
    {0x64400000, 10}, /* 100.64/10: carrier NAT */
    {0x7f000000, 8},  /* 127/8: loopback */
    {0xa9fe0000, 16}, /* 169.254/16: link-local; metadata services */
    {0xac100000, 12}, /* 172.16/12: private */
    {0xc0000000, 24}, /* 192.0.0/24: protocol assignments */
    {0xc0000200, 24}, /* 192.0.2/24: documentation */
    {0xc0586300, 24}, /* 192.88.99/24: 6to4 relays */
    {0xc0a80000, 16}, /* 192.168/16: private */
    {0xc6120000, 15}, /* 198.18/15: benchmarks */
    {0xc6336400, 24}, /* 198.51.100/24: documentation */
    {0xcb007100, 24}, /* 203.0.113/24: documentation */
    {0xe0000000, 3},  /* 224/3: multicast, reserved, broadcast */
};

static bool allowed4(uint32_t address, bool loopback)
{
    if (address >> 24 == 127)
        return loopback;
    for (size_t i = 0; i < sizeof refused4 / sizeof refused4[0]; i++)
        if ((address ^ refused4[i].address) >> (32 - refused4[i].bits) == 0)
            return false;
    return true;
}

static uint32_t inner4(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Only 2000::/3 is global unicast; of it, tunnels lead to the IPv4 address inside, and documentation nowhere. */
static bool allowed6(const uint8_t a[16], bool loopback)
{
    static const uint8_t zero[15], nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (memcmp(a, zero, 15) == 0)
        return a[15] == 1 && loopback; /* ::1; :: is this host too */
    if (memcmp(a, zero, 10) == 0 && a[10] == 0xff && a[11] == 0xff)
        return allowed4(inner4(a + 12), loopback); /* ::ffff:0:0/96 */
    if (memcmp(a, nat64, 12) == 0)
        return allowed4(inner4(a + 12), false); /* 64:ff9b::/96 */
    if ((a[0] & 0xe0) != 0x20)
        return false;
    if (a[0] == 0x20 && a[1] == 0x02)
        return allowed4(inner4(a + 2), false); /* 2002::/16: 6to4 */
    if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 2)
        return false; /* 2001::/23: Teredo and other protocol assignments */
    if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8)
        return false; /* 2001:db8::/32: documentation */
    return !(a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10); /* 3fff::/20: documentation */
}

bool egress_address_allowed(const struct sockaddr *address, bool loopback)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return allowed4(ntohl(in.sin_addr.s_addr), loopback);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, address, sizeof in);
        return allowed6(in.sin6_addr.s6_addr, loopback);
    }
    return false;
}

/* A host that is written as an address; names are judged when they have been resolved. */
static bool host_allowed(const char *host, bool loopback)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
    char bare[INET6_ADDRSTRLEN];
    size_t len = strlen(host);
    if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
        storage.ss_family = AF_INET;
    } else if (host[0] == '[') {
        snprintf(bare, sizeof bare, "%.*s", (int)(len < sizeof bare ? len - 2 : 0), host + 1);
        if (inet_pton(AF_INET6, bare, &in6->sin6_addr) != 1)
            return false;
        storage.ss_family = AF_INET6;
    } else {
        return strcmp(host, "localhost") != 0 || loopback;
    }
    return egress_address_allowed((const struct sockaddr *)&storage, loopback);
}

static const char *parts_refused(CURLU *parts, bool loopback)
{
    char *scheme = NULL, *host = NULL, *unwanted = NULL;
    const char *why = NULL;
    if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        (strcmp(scheme, "https") != 0 && !(loopback && strcmp(scheme, "http") == 0)))
        why = "only https is called";
    else if (curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        why = "it has no host";
    else if (curl_url_get(parts, CURLUPART_USER, &unwanted, 0) == CURLUE_OK ||
             curl_url_get(parts, CURLUPART_PASSWORD, &unwanted, 0) == CURLUE_OK)
        why = "no user and password in it";
    else if (curl_url_get(parts, CURLUPART_FRAGMENT, &unwanted, 0) == CURLUE_OK)
        why = "no fragment in it";
    else if (!host_allowed(host, loopback))
        why = "this address is not a public one";
    curl_free(unwanted);
    curl_free(host);
    curl_free(scheme);
    return why;
}

const char *egress_url_refused(const char *url, bool loopback)
{
    CURLU *parts = curl_url();
    const char *why = "it is no absolute URL";
    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
        why = parts_refused(parts, loopback);
    curl_url_cleanup(parts);
    return why;
}
