/* Accounts: opening one, seeing it, changing it, deleting it. */
#include "base/json.h"
#include "domain/domains.h"
#include "guard/guest.h"
#include "guard/password.h"
#include "http/attempt.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/claim_move.h"

static const struct field account_create_fields[] = {
    {.name = "email", .from = FROM_BODY, .type = FIELD_EMAIL, .required = true, .about = "Address to sign in with"},
    {.name = "password", .from = FROM_BODY, .type = FIELD_STRING, .min = 8, .max = 128, .required = true,
     .about = "Any characters; kept as an argon2id hash only"},
    {.name = "name", .from = FROM_BODY, .type = FIELD_STRING, .max = 100, .about = "What you want to be called"},
    FIELDS_NEW_ID("account_id"),
    FIELDS_NEW_ID("mail_id"),
    FIELDS_IDEMPOTENCY,
    {.name = "guest_token", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = TOKEN_TEXT_MAX - 1, .nullable = true,
     .about = "Access token of the guest you were; that guest's cart becomes yours"},
};

/* The account that the answer names: a repeat answers the first one. */
static void take_guest_cart(struct request *request)
{
    const struct context *context = request->context;
    const struct value *token = request_value(request, "guest_token");
    const char *what;
    json_object *account = token->present ? json_tokener_parse(request->answer.body) : NULL;
    if (account && arena_own(request->arena, account, json_release))
        guest_cart_take(context->keys, context->store, context->redis, context->ids, request->arena, token->text,
                        json_member_number(account, "account_id"), request->deadline_us, &what);
}

/* Whether another account has the address is nobody's business: the same is done and answered either way. What a row cannot
 * do is hash the password. A repeat hashes again; the routine then replays the first answer. */
static enum souk_err account_create(struct request *request)
{
    const struct value *password = request_value(request, "password");
    const char *email = request_value(request, "email")->text;
    const struct attempt attempts[] = {ATTEMPT_MAIL(email)};
    uint8_t salt[PASSWORD_SALT_BYTES];
    char hash[PASSWORD_HASH_MAX];
    enum souk_err err = attempt_take(request, attempts, 1);
    password_salt(request->context->keys, email, salt);
    if (!err)
        err = password_hash(password->text, password->len, salt, request->deadline_us, hash);
    if (err)
        return err;
    const struct param params[] = {request_param(request, "account_id"),      request_param(request, "mail_id"),
                                   request_param(request, "email"),           param_text(hash),
                                   request_param(request, "name"),            request_param(request, "idempotency_key"),
                                   request_param(request, "body_hash")};
    int shard = store_shard_of(request->context->store, request_value(request, "account_id")->number);
    err = request_call(request, shard, "account_create", params, sizeof params / sizeof params[0],
                       request_value(request, "idempotency_key")->present, &request->answer);
    if (!err)
        take_guest_cart(request);
    return err;
}

static const struct field account_get_fields[] = {FIELDS_ACCOUNT};

/* The password of the account that asks, and its address. Failed attempts count as those to sign in do. */
static enum souk_err check_own_password(struct request *request)
{
    struct answer answer = {0};
    const struct value *password = request_value(request, "password");
    const struct param params[] = {request_param(request, "account_id")};
    int shard = store_shard_of(request->context->store, request->claims.account_id);
    uint8_t salt[PASSWORD_SALT_BYTES] = {0};
    size_t which;
    enum souk_err err = request_call(request, shard, "account_credentials", params, 1, true, &answer);
    if (err)
        return err;
    json_object *json = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    const char *hash = json ? json_member_text(json, "password_hash") : NULL;
    if (!hash)
        return SOUK_NOT_FOUND;
    const struct attempt attempts[] = {ATTEMPT_LOGIN_PLACE(attempt_place(request)),
                                       ATTEMPT_LOGIN_ACCOUNT(json_member_text(json, "email"))};
    err = attempt_take(request, attempts, 2);
    if (err)
        return err;
    err = password_match(&hash, 1, salt, password->text, password->len, request->deadline_us, &which);
    if (err != SOUK_SESSION_REFUSED)
        attempt_give_back(request, attempts, 2);
    return err == SOUK_SESSION_REFUSED ? SOUK_ACCOUNT_PASSWORD : err;
}

static const struct field account_change_fields[] = {
    FIELDS_ACCOUNT,
    FIELDS_NEW_ID("mail_id"),
    {.name = "name", .from = FROM_BODY, .type = FIELD_STRING, .max = 100, .nullable = true,
     .about = "What you want to be called; null: nothing"},
    {.name = "email", .from = FROM_BODY, .type = FIELD_EMAIL,
     .about = "Another address; it counts when the mail that goes there was answered. Needs `password`"},
    {.name = "password", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 128, .about = "Your password, with `email`"},
    FIELDS_IF_MATCH,
    FIELDS_IDEMPOTENCY,
};

/* The password again, with the salt of the new address. The same work whosever address it is. */
static enum souk_err hash_for(struct request *request, const char *email, char hash[PASSWORD_HASH_MAX])
{
    const struct value *password = request_value(request, "password");
    const struct attempt attempts[] = {ATTEMPT_MAIL(email)};
    uint8_t salt[PASSWORD_SALT_BYTES];
    if (!password->present)
        return request_fail_field(request, "password", "required", "is needed to change the address");
    enum souk_err err = attempt_take(request, attempts, 1);
    if (!err)
        err = check_own_password(request);
    password_salt(request->context->keys, email, salt);
    return err ? err : password_hash(password->text, password->len, salt, request->deadline_us, hash);
}

static enum souk_err account_change(struct request *request)
{
    const struct value *email = request_value(request, "email");
    char hash[PASSWORD_HASH_MAX];
    enum souk_err err = email->present ? hash_for(request, email->text, hash) : SOUK_OK;
    if (err)
        return err;
    const struct param params[] = {request_param(request, "account_id"),      request_param(request, "mail_id"),
                                   request_param(request, "name"),            request_param(request, "email"),
                                   param_text(email->present ? hash : NULL),  request_param(request, "if_match"),
                                   request_param(request, "idempotency_key"), request_param(request, "body_hash")};
    return request_call(request, store_shard_of(request->context->store, request->claims.account_id), "account_change", params,
                        8, request_value(request, "idempotency_key")->present, &request->answer);
}

static const struct field account_delete_fields[] = {
    FIELDS_ACCOUNT,
    FIELDS_NEW_ID("mail_id"),
    {.name = "password", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 128, .required = true, .about = "Your password"},
};

/* What is left to do on the shard of the address the worker does if it cannot be done now. */
static enum souk_err account_delete(struct request *request)
{
    const struct context *context = request->context;
    const struct param params[] = {request_param(request, "account_id"), request_param(request, "mail_id")};
    enum souk_err err = check_own_password(request);
    if (!err)
        err = request_call(request, store_shard_of(context->store, request->claims.account_id), "account_delete", params, 2,
                           false, &request->answer);
    if (!err)
        (void)!claim_move_finish(context->store, context->ids, request->arena, request->claims.account_id,
                                 request->deadline_us);
    return err;
}

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/accounts", FIELDS(account_create_fields), .shard_by = SHARD_BY_EMAIL,
     .shard_field = "email", .handle = account_create, .name = "account_create", .summary = "Open an account",
     .status = 201, .answers = "Account"},
    {.method = METHOD_GET, .path = "/v1/me", .who = ROLE_BUYER, FIELDS(account_get_fields), .shard_by = SHARD_BY_ID,
     .shard_field = "account_id", .routine = "account_get", .name = "account_get", .summary = "Your account",
     .answers = "Account"},
    {.method = METHOD_PATCH, .path = "/v1/me", .who = ROLE_BUYER, FIELDS(account_change_fields),
     .shard_by = SHARD_BY_ID, .shard_field = "account_id", .routine = "account_change", .handle = account_change,
     .name = "account_change", .summary = "Change your account; another address counts once its mail was answered",
     .answers = "Account"},
    {.method = METHOD_DELETE, .path = "/v1/me", .who = ROLE_BUYER, FIELDS(account_delete_fields), .shard_by = SHARD_BY_ID,
     .shard_field = "account_id", .routine = "account_delete", .handle = account_delete, .name = "account_delete",
     .summary = "Delete your account: what is personal is erased, orders stay without it"},
};

const struct route_set account_routes = {"account", routes, sizeof routes / sizeof routes[0]};
