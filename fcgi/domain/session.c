/* Sessions: signing in, staying signed in, signing out; guests; the public keys that tokens are checked with.
 *
 * An access token is valid until it expires, wherever it is: signing out or losing a role ends the refresh tokens at
 * once and the access token within TOKEN_ACCESS_S. A guest has no row anywhere: the signed token is the guest.
 */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/domains.h"
#include "guard/guest.h"
#include "guard/password.h"
#include "http/attempt.h"
#include "http/fields.h"
#include "http/request.h"

/* ---- what the routines say ---- */

/* The body of an answer as a tree that the arena owns; NULL when memory is out. */
static json_object *parse_answer(struct request *request, const struct answer *answer)
{
    json_object *json = answer->body ? json_tokener_parse(answer->body) : NULL;
    return json ? arena_own(request->arena, json, json_release) : NULL;
}

/* ---- a session as the client sees it ---- */

struct session {
    int64_t account_id, session_id, sequence, issued_s;
    const char *name;
    unsigned roles;
    const char *guest_cart; /* what became of the cart of the guest who signed in; NULL: none was named */
};

/* Everybody signed in is a buyer; staff are what they were granted besides. */
static enum souk_err read_roles(struct request *request, int64_t account_id, unsigned *roles)
{
    struct answer answer = {0};
    const struct param params[] = {param_int(account_id)};
    enum souk_err err = request_call(request, DB_GLOBAL, "staff_roles", params, 1, true, &answer);
    if (err)
        return err;
    json_object *json = parse_answer(request, &answer);
    json_object *list = json ? json_member_array(json, "roles") : NULL;
    if (!list)
        return SOUK_INTERNAL;
    *roles = ROLE_BUYER;
    for (size_t i = 0; i < json_object_array_length(list); i++)
        *roles |= role_bit(json_object_get_string(json_object_array_get_idx(list, i))) & ROLES_GRANTED;
    return SOUK_OK;
}

static json_object *id_json(int64_t id)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)id);
    return json_object_new_string(text);
}

static json_object *account_json(const struct session *session)
{
    json_object *roles = json_object_new_array();
    for (unsigned bit = 1; role_name(bit); bit <<= 1) {
        if (session->roles & bit)
            json_object_array_add(roles, json_object_new_string(role_name(bit)));
    }
    json_object *account = json_object_new_object();
    json_object_object_add(account, "account_id", id_json(session->account_id));
    json_object_object_add(account, "name", json_object_new_string(session->name));
    json_object_object_add(account, "roles", roles);
    return account;
}

/* Signs the pair of this session's sequence. Nothing in it but what `session` says: a repeat gives the same bytes. */
static enum souk_err answer_session(struct request *request, int status, const struct session *session)
{
    char access[TOKEN_TEXT_MAX], refresh[TOKEN_TEXT_MAX];
    struct token_keys *keys = request->context->keys;
    const struct claims claims = {.account_id = session->account_id,
                                  .session_id = session->session_id,
                                  .roles = session->roles,
                                  .expires_s = session->issued_s + TOKEN_ACCESS_S};
    enum souk_err err = token_sign(keys, &claims, session->issued_s, access);
    if (!err)
        err = token_refresh_make(keys, session->session_id, session->sequence, refresh);
    if (err)
        return err;
    json_object *body = json_object_new_object();
    json_object_object_add(body, "access_token", json_object_new_string(access));
    json_object_object_add(body, "token_type", json_object_new_string("Bearer"));
    json_object_object_add(body, "expires_in", json_object_new_int(TOKEN_ACCESS_S));
    json_object_object_add(body, "refresh_token", json_object_new_string(refresh));
    json_object_object_add(body, "account", account_json(session));
    json_object_object_add(body, "guest_cart", session->guest_cart ? json_object_new_string(session->guest_cart) : NULL);
    return request_answer(request, status, body);
}

/* ---- signing in ---- */

static const struct field session_create_fields[] = {
    {.name = "email", .from = FROM_BODY, .type = FIELD_EMAIL, .required = true, .about = "Address of the account"},
    {.name = "password", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 128, .required = true,
     .about = "Its password"},
    {.name = "guest_token", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TOKEN_TEXT_MAX - 1, .nullable = true,
     .about = "Access token of the guest you were; that guest's cart comes into yours"},
};

enum { CLAIMANTS_MAX = 10 };

/* Who may be meant: the accounts that an address may mean, with their hashes. */
struct claimants {
    json_object *accounts[CLAIMANTS_MAX];
    const char *hashes[CLAIMANTS_MAX];
    size_t n;
};

static void add_claimant(struct claimants *claimants, json_object *account)
{
    const char *hash = account ? json_member_text(account, "password_hash") : NULL;
    if (hash && claimants->n < CLAIMANTS_MAX) {
        claimants->accounts[claimants->n] = account;
        claimants->hashes[claimants->n++] = hash;
    }
}

/* Asks the shard of the address, and then that of the account which came to the address from elsewhere; also when there
 * is none, so that the time taken tells nothing. */
static enum souk_err find_claimants(struct request *request, const char *email, struct claimants *claimants)
{
    struct answer here = {0}, there = {0};
    int shard = store_shard_of(request->context->store, id_slot_of_email(email));
    enum souk_err err =
        request_call(request, shard, "session_credentials", (const struct param[]){param_text(email)}, 1, true, &here);
    json_object *json = err ? NULL : parse_answer(request, &here);
    if (!json)
        return err ? err : SOUK_INTERNAL;
    int64_t elsewhere = json_member_number(json, "elsewhere");
    if (elsewhere)
        shard = store_shard_of(request->context->store, elsewhere);
    err = request_call(request, shard, "account_credentials", (const struct param[]){param_int(elsewhere)}, 1, true, &there);
    if (err)
        return err;
    json_object *list = json_member_array(json, "accounts");
    add_claimant(claimants, parse_answer(request, &there));
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        add_claimant(claimants, json_object_array_get_idx(list, i));
    return SOUK_OK;
}

/* Whose the address is, if the password fits. An unknown address takes as long as a wrong password. */
static enum souk_err check_password(struct request *request, const char *email, struct session *session)
{
    struct claimants claimants = {.n = 0};
    uint8_t salt[PASSWORD_SALT_BYTES];
    size_t which;
    const struct value *password = request_value(request, "password");
    enum souk_err err = find_claimants(request, email, &claimants);
    if (err)
        return err;
    password_salt(request->context->keys, email, salt);
    err = password_match(claimants.hashes, claimants.n, salt, password->text, password->len, request->deadline_us, &which);
    if (err)
        return err;
    session->account_id = json_member_number(claimants.accounts[which], "account_id");
    session->name = json_member_text(claimants.accounts[which], "name");
    return SOUK_OK;
}

static enum souk_err open_session(struct request *request, struct session *session)
{
    struct answer answer = {0};
    enum souk_err err = id_make(request->context->ids, id_slot(session->account_id), &session->session_id);
    if (err)
        return err;
    const struct param params[] = {param_int(session->session_id), param_int(session->account_id)};
    err = request_call(request, store_shard_of(request->context->store, session->session_id), "session_open", params, 2,
                       true, &answer);
    json_object *json = err ? NULL : parse_answer(request, &answer);
    if (!json)
        return err ? err : SOUK_INTERNAL;
    session->issued_s = json_member_number(json, "issued_s");
    session->sequence = json_member_number(json, "sequence");
    return SOUK_OK;
}

static void take_guest_cart(struct request *request, struct session *session)
{
    const struct context *context = request->context;
    const struct value *token = request_value(request, "guest_token");
    if (token->present)
        guest_cart_take(context->keys, context->store, context->redis, context->ids, request->arena, token->text,
                        session->account_id, request->deadline_us, &session->guest_cart);
}

static enum souk_err session_create(struct request *request)
{
    struct session session = {0};
    const char *email = request_value(request, "email")->text;
    const struct attempt attempts[] = {ATTEMPT_LOGIN_PLACE(attempt_place(request)), ATTEMPT_LOGIN_ACCOUNT(email)};
    enum souk_err err = attempt_take(request, attempts, 2);
    if (err)
        return err;
    err = check_password(request, email, &session);
    if (err != SOUK_SESSION_REFUSED)
        attempt_give_back(request, attempts, 2);
    if (!err)
        err = read_roles(request, session.account_id, &session.roles);
    if (!err)
        err = open_session(request, &session);
    if (err)
        return err;
    take_guest_cart(request, &session);
    return answer_session(request, 201, &session);
}

/* ---- staying signed in ---- */

static const struct field session_refresh_fields[] = {
    {.name = "refresh_token", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 256, .required = true,
     .about = "The newest refresh token of the session; an older one ends the session"},
};

/* The trade is committed before the roles are read: should that fail, the client's retry gets the same pair. */
static enum souk_err trade(struct request *request, struct session *session)
{
    struct answer answer = {0};
    const char *token = request_value(request, "refresh_token")->text;
    if (token_refresh_read(request->context->keys, token, &session->session_id, &session->sequence))
        return SOUK_SESSION_EXPIRED;
    const struct param params[] = {param_int(session->session_id), param_int(session->sequence)};
    enum souk_err err = request_call(request, store_shard_of(request->context->store, session->session_id),
                                     "session_refresh", params, 2, true, &answer);
    json_object *json = err ? NULL : parse_answer(request, &answer);
    if (!json)
        return err ? err : SOUK_INTERNAL;
    if (answer.status != 200) {
        const char *code = json_member_text(json, "code");
        return code && strcmp(code, "session.reused") == 0 ? SOUK_SESSION_REUSED : SOUK_SESSION_EXPIRED;
    }
    session->account_id = json_member_number(json, "account_id");
    session->name = json_member_text(json, "name");
    session->issued_s = json_member_number(json, "issued_s");
    session->sequence = json_member_number(json, "sequence");
    return SOUK_OK;
}

static enum souk_err session_refresh(struct request *request)
{
    struct session session = {0};
    enum souk_err err = trade(request, &session);
    if (!err)
        err = read_roles(request, session.account_id, &session.roles);
    return err ? err : answer_session(request, 200, &session);
}

static const struct field session_close_fields[] = {FIELDS_ACCOUNT,
                                                    {.name = "session_id", .from = FROM_CLAIMS, .type = FIELD_ID}};

/* ---- guests and keys ---- */

static enum souk_err guest_create(struct request *request)
{
    char access[TOKEN_TEXT_MAX];
    int64_t now_s = clock_unix_ms() / 1000;
    struct claims claims = {.roles = ROLE_GUEST, .expires_s = now_s + TOKEN_REFRESH_S};
    enum souk_err err = id_make(request->context->ids, randombytes_uniform(STORE_SLOTS), &claims.account_id);
    if (!err)
        err = token_sign(request->context->keys, &claims, now_s, access);
    if (err)
        return err;
    json_object *body = json_object_new_object();
    json_object_object_add(body, "account_id", id_json(claims.account_id));
    json_object_object_add(body, "access_token", json_object_new_string(access));
    json_object_object_add(body, "expires_in", json_object_new_int(TOKEN_REFRESH_S));
    return request_answer(request, 201, body);
}

static enum souk_err jwks_get(struct request *request)
{
    return request_answer(request, 200, token_jwks(request->context->keys));
}

static const struct cache_policy jwks_cache = {.nginx_ms = 10000, .jitter_percent = 20};

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/sessions", FIELDS(session_create_fields), .handle = session_create,
     .name = "session_create", .summary = "Sign in", .status = 201, .answers = "Session"},
    {.method = METHOD_POST, .path = "/v1/sessions/refresh", FIELDS(session_refresh_fields), .handle = session_refresh,
     .name = "session_refresh", .summary = "Next access and refresh token of a session", .answers = "Session"},
    {.method = METHOD_DELETE, .path = "/v1/sessions", .who = ROLE_BUYER, FIELDS(session_close_fields),
     .shard_by = SHARD_BY_ID, .shard_field = "account_id", .routine = "session_close", .name = "session_close",
     .summary = "Sign out: the session's refresh tokens end"},
    {.method = METHOD_POST, .path = "/v1/guests", .handle = guest_create, .name = "guest_create",
     .summary = "A guest's token, good for 30 days", .status = 201, .answers = "Guest"},
    {.method = METHOD_GET, .path = "/.well-known/jwks.json", .handle = jwks_get, .cache = &jwks_cache,
     .flags = ROUTE_PUBLIC_CACHE, .name = "jwks_get", .summary = "Public keys that access tokens are checked with",
     .answers = "Jwks"},
};

const struct route_set session_routes = {"session", routes, sizeof routes / sizeof routes[0]};
