/* Whom the channel `wechat` believes: WeChat Pay's public key of the configuration, or its platform certificates, which
 * change. The worker fetches them (twice a day, as documented, unless there is a public key; and when a callback names one
 * that nobody knows), opens them with the APIv3 key and keeps them in the database; processes that take callbacks read them from there. Old and new are
 * both good until they expire. */
#include <inttypes.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/channel_wechat.h"
#include "guard/seal.h"
#include "observe/log.h"

enum { CERTIFICATES_MAX = 16, FETCH_PAUSE_S = 60, PEM_BYTES_MAX = 8192, FRESH_S = 12 * 3600 };

/* What this process knows. Keys stay for its life: others may be verifying with them. */
struct certificate {
    char serial[WECHAT_SERIAL_BYTES_MAX + 1];
    int64_t expires_s;
    const struct rsa_key *key;
};

static struct certificate known[CERTIFICATES_MAX];
static size_t known_n;
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int64_t fetched_s;

static const struct rsa_key *certificate_find(const char *serial, int64_t now_s)
{
    const struct rsa_key *key = NULL;

    pthread_mutex_lock(&known_lock);
    for (size_t i = 0; i < known_n; i++)
        if (strcmp(known[i].serial, serial) == 0 && now_s < known[i].expires_s)
            key = known[i].key;
    pthread_mutex_unlock(&known_lock);
    return key;
}

/* A serial as certificates have it: hex digits. */
static bool serial_valid(const char *serial)
{
    const size_t len = strlen(serial);
    return len > 0 && len <= WECHAT_SERIAL_BYTES_MAX && strspn(serial, "0123456789ABCDEFabcdef") == len;
}

/* When the certificate in `pem` expires; 0: it is none, or its serial is another. */
static int64_t certificate_expires_s(const char *pem, const char *serial)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *x509 = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIGNUM *number = x509 == NULL ? NULL : ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
    char *hex = number == NULL ? NULL : BN_bn2hex(number);
    struct tm end;
    int64_t expires_s = 0;

    if (hex != NULL && strcasecmp(hex + strspn(hex, "0"), serial + strspn(serial, "0")) == 0 && ASN1_TIME_to_tm(X509_get0_notAfter(x509), &end) == 1)
        expires_s = (int64_t)timegm(&end);
    OPENSSL_free(hex);
    BN_free(number);
    X509_free(x509);
    BIO_free(bio);
    return expires_s;
}

/* Makes a certificate known; the oldest to expire makes room. Knowing it already is fine. */
static void certificate_know(const char *serial, const char *pem)
{
    const int64_t expires_s = serial_valid(serial) ? certificate_expires_s(pem, serial) : 0;
    struct rsa_key *key;
    size_t at = 0;

    if (expires_s == 0 || certificate_find(serial, 0) != NULL)
        return;
    key = rsa_public_of_text(pem);
    if (key == NULL)
        return;
    pthread_mutex_lock(&known_lock);
    if (known_n < CERTIFICATES_MAX)
        at = known_n++;
    else
        for (size_t i = 1; i < known_n; i++)
            at = known[i].expires_s < known[at].expires_s ? i : at;
    strcpy(known[at].serial, serial);
    known[at].expires_s = expires_s;
    known[at].key = key;
    pthread_mutex_unlock(&known_lock);
    log_info("wechat: platform certificate %s is known", serial);
}

bool wechat_believed(const struct config *config, struct arena *arena, const struct wechat_message *message, int64_t now_s)
{
    const struct rsa_key *key;

    if (message->serial == NULL)
        return false;
    key = config->wechat_public_key_id[0] != '\0' && strcmp(message->serial, config->wechat_public_key_id) == 0
              ? rsa_public_of_file(config->wechat_public_key_file)
              : certificate_find(message->serial, now_s);
    return wechat_message_valid(arena, key, message, now_s);
}

/* Opens one certificate of the list; NULL: it is not sealed under our key. */
static const char *certificate_open(const struct config *config, struct arena *arena, json_object *item)
{
    json_object *sealed = provider_member(item, "encrypt_certificate");
    const char *nonce = provider_text(sealed, "nonce", 32), *text = provider_text(sealed, "ciphertext", PEM_BYTES_MAX);
    const char *associated = provider_text(sealed, "associated_data", 32);
    size_t len;

    if (nonce == NULL || text == NULL || !provider_text_is(sealed, "algorithm", "AEAD_AES_256_GCM"))
        return NULL;
    return seal_open(arena, config->wechat_api_v3_key, nonce, associated == NULL ? "" : associated, text, &len);
}

/* The key that signed the list must be one of the list or known before; the seal says already that it came from who has the
 * APIv3 key. */
static bool list_believed(const struct config *config, struct arena *arena, json_object *list,
                          const struct wechat_message *message)
{
    bool believed = wechat_believed(config, arena, message, clock_unix_ms() / 1000);

    for (size_t i = 0; !believed && i < json_object_array_length(list); i++) {
        json_object *item = json_object_array_get_idx(list, i);
        const char *pem = json_object_is_type(item, json_type_object) ? certificate_open(config, arena, item) : NULL;
        if (pem == NULL || message->serial == NULL || !provider_text_is(item, "serial_no", message->serial))
            continue;
        struct rsa_key *key = rsa_public_of_text(pem);
        believed = wechat_message_valid(arena, key, message, clock_unix_ms() / 1000);
        rsa_key_free(key);
    }
    return believed;
}

/* The verified list of certificates, an array of objects. */
static enum souk_err certificates_ask(const struct config *config, struct arena *arena, int64_t deadline_us, json_object **list)
{
    struct client_call call;
    struct client_answer came;
    struct wechat_message message;
    enum souk_err err =
        wechat_prepare(config, arena, &(struct wechat_call){"GET", "/v3/certificates", NULL, deadline_us}, &call);

    if (err != SOUK_OK)
        return err;
    wechat_want(&call);
    err = client_send(&call, arena, &came);
    if (err != SOUK_OK)
        return err;
    message = wechat_message_of(&came);
    *list = json_member_array(provider_object(arena, came.body, came.body_len), "data");
    if (came.status == 200 && *list != NULL && list_believed(config, arena, *list, &message))
        return SOUK_OK;
    log_warn("wechat: no platform certificates: status %d: %.200s", came.status, came.body);
    return SOUK_UNAVAILABLE;
}

/* Hands over each certificate that could be opened. */
typedef enum souk_err certificate_take(void *to, const char *serial, const char *pem);

static enum souk_err certificates_walk(const struct config *config, struct arena *arena, int64_t deadline_us,
                                       certificate_take *take, void *to)
{
    json_object *list;
    enum souk_err err = certificates_ask(config, arena, deadline_us, &list);

    for (size_t i = 0; err == SOUK_OK && i < json_object_array_length(list) && i < CERTIFICATES_MAX; i++) {
        json_object *item = json_object_array_get_idx(list, i);
        const char *serial = json_object_is_type(item, json_type_object)
                                 ? provider_text(item, "serial_no", WECHAT_SERIAL_BYTES_MAX)
                                 : NULL;
        const char *pem = serial == NULL ? NULL : certificate_open(config, arena, item);
        if (pem == NULL) {
            log_error("wechat: platform certificate %s cannot be opened with api_v3_key", serial == NULL ? "" : serial);
            continue;
        }
        certificate_know(serial, pem);
        if (take != NULL)
            err = take(to, serial, pem);
    }
    return err;
}

enum souk_err wechat_certificates_fetch(const struct config *config, struct arena *arena, int64_t deadline_us, bool now)
{
    const int64_t at_s = clock_unix_ms() / 1000;
    int64_t last_s = atomic_load(&fetched_s);

    if (!now && (at_s - last_s < FETCH_PAUSE_S || !atomic_compare_exchange_strong(&fetched_s, &last_s, at_s)))
        return SOUK_OK;
    atomic_store(&fetched_s, at_s);
    return certificates_walk(config, arena, deadline_us, NULL, NULL);
}

enum souk_err wechat_learn(const struct context *context, struct arena *arena, const struct channel_callback *callback,
                           int64_t deadline_us)
{
    const char *serial = callback->header(callback->from, "Wechatpay-Serial");
    struct answer answer;
    enum souk_err err;

    if (serial == NULL || !serial_valid(serial) || certificate_find(serial, callback->now_s) != NULL)
        return SOUK_OK;
    const struct param params[] = {param_text("wechat"), param_text(serial)};
    const struct call call = {"channel_certificate_find", params, 2, deadline_us, .repeatable = true};
    err = store_call(context->store, DB_GLOBAL, &call, arena, &answer, NULL);
    if (err != SOUK_OK)
        return err;
    const char *pem = provider_text(provider_object(arena, answer.body, strlen(answer.body)), "pem", PEM_BYTES_MAX);
    if (pem != NULL)
        certificate_know(serial, pem);
    return SOUK_OK;
}

struct keeping {
    const struct context *context;
    struct arena *arena;
    int64_t deadline_us;
};

static enum souk_err certificate_keep(void *to, const char *serial, const char *pem)
{
    const struct keeping *keeping = to;
    const struct param params[] = {param_text("wechat"), param_text(serial), param_text(pem),
                                   param_int(certificate_expires_s(pem, serial))};
    const struct call call = {"channel_certificate_keep", params, 4, keeping->deadline_us, .repeatable = true};
    struct answer answer;
    return store_call(keeping->context->store, DB_GLOBAL, &call, keeping->arena, &answer, NULL);
}

enum souk_err wechat_upkeep(const struct context *context, struct arena *arena, int64_t deadline_us)
{
    const int64_t fresh_s = context->config->wechat_public_key_id[0] == '\0' ? FRESH_S : 0;
    const struct param params[] = {param_text("wechat"), param_int(fresh_s)};
    const struct call call = {"channel_certificate_due", params, 2, deadline_us, .repeatable = true};
    struct keeping keeping = {context, arena, deadline_us};
    struct answer answer;
    enum souk_err err = store_call(context->store, DB_GLOBAL, &call, arena, &answer, NULL);

    if (err != SOUK_OK)
        return err;
    if (json_member_number(provider_object(arena, answer.body, strlen(answer.body)), "due") == 0)
        return SOUK_OK;
    return certificates_walk(context->config, arena, deadline_us, certificate_keep, &keeping);
}
