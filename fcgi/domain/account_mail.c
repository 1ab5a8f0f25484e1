/* What an account's owner does by mail: verifying the address or another one, replacing a forgotten password. */
#include "base/json.h"
#include "domain/domains.h"
#include "guard/account_token.h"
#include "guard/password.h"
#include "http/attempt.h"
#include "http/fields.h"
#include "http/request.h"
#include "store/claim_move.h"

#define FIELDS_TOKEN \
    {.name = "token", .from = FROM_BODY, .type = FIELD_STRING, .min = 1, .max = 200, .required = true, \
     .about = "As it came by mail; good once"}

/* The token that the mail brought, if it is one of ours. */
static enum souk_err read_token(struct request *request, struct account_token *token)
{
    const struct attempt attempts[] = {ATTEMPT_TOKEN(attempt_place(request))};
    enum souk_err err = attempt_take(request, attempts, 1);
    return err ? err : account_token_read(request->context->keys, request_value(request, "token")->text, token);
}

static struct param hash_param(const struct account_token *token)
{
    return (struct param){.type = PARAM_BYTES, .text = (const char *)token->hash, .len = sizeof token->hash};
}

/* ---- verifying ---- */

static const struct field account_verification_fields[] = {FIELDS_ACCOUNT, FIELDS_NEW_ID("mail_id")};

static enum souk_err account_verification(struct request *request)
{
    const struct attempt attempts[] = {
        ATTEMPT_MAIL(arena_printf(request->arena, "%lld", (long long)request->claims.account_id))};
    enum souk_err err = attempts[0].key ? attempt_take(request, attempts, 1) : SOUK_TOO_LARGE;
    return err ? err : request_invoke(request);
}

static const struct field account_verify_fields[] = {FIELDS_TOKEN};

/* A change of address was confirmed: it is carried out at once, or by the worker: 202. */
static enum souk_err carry_out(struct request *request, int64_t account_id)
{
    const struct context *context = request->context;
    enum souk_err err = claim_move_finish(context->store, context->ids, request->arena, account_id, request->deadline_us);
    if (err == SOUK_ACCOUNT_EMAIL_TAKEN)
        return err;
    request->answer.status = err ? 202 : 200;
    return SOUK_OK;
}

static enum souk_err account_verify(struct request *request)
{
    struct account_token token;
    enum souk_err err = read_token(request, &token);
    if (err)
        return err;
    const struct param params[] = {param_int(token.account_id), param_int(token.token_id), hash_param(&token)};
    err = request_call(request, store_shard_of(request->context->store, token.account_id), "account_verify", params, 3,
                       false, &request->answer);
    return !err && request->answer.status == 202 ? carry_out(request, token.account_id) : err;
}

/* ---- a new password ---- */

static const struct field password_reset_ask_fields[] = {
    FIELDS_NEW_ID("mail_id"),
    {.name = "email", .from = FROM_BODY, .type = FIELD_EMAIL, .required = true, .about = "Address of the account"},
};

static enum souk_err password_reset_ask(struct request *request)
{
    const struct attempt attempts[] = {ATTEMPT_MAIL(request_value(request, "email")->text)};
    enum souk_err err = attempt_take(request, attempts, 1);
    return err ? err : request_invoke(request);
}

static const struct field password_reset_fields[] = {
    FIELDS_TOKEN,
    {.name = "password", .from = FROM_BODY, .type = FIELD_STRING, .min = 8, .max = 128, .required = true,
     .about = "The new one"},
};

/* The address is asked for first: the salt of the new hash is made of it. */
static enum souk_err read_email(struct request *request, int64_t account_id, const char **email)
{
    struct answer answer = {0};
    enum souk_err err = request_call(request, store_shard_of(request->context->store, account_id), "account_credentials",
                                     (const struct param[]){param_int(account_id)}, 1, true, &answer);
    if (err)
        return err;
    json_object *json = arena_own(request->arena, json_tokener_parse(answer.body), json_release);
    *email = json ? json_member_text(json, "email") : NULL;
    return *email ? SOUK_OK : SOUK_ACCOUNT_TOKEN;
}

static enum souk_err password_reset(struct request *request)
{
    struct account_token token;
    const char *email;
    uint8_t salt[PASSWORD_SALT_BYTES];
    char hash[PASSWORD_HASH_MAX];
    int64_t mail_id;
    const struct value *password = request_value(request, "password");
    enum souk_err err = read_token(request, &token);
    if (!err)
        err = read_email(request, token.account_id, &email);
    if (!err)
        err = id_make(request->context->ids, id_slot(token.account_id), &mail_id);
    if (err)
        return err;
    password_salt(request->context->keys, email, salt);
    err = password_hash(password->text, password->len, salt, request->deadline_us, hash);
    if (err)
        return err;
    const struct param params[] = {param_int(token.account_id), param_int(token.token_id), hash_param(&token),
                                   param_int(mail_id),          param_text(email),         param_text(hash)};
    return request_call(request, store_shard_of(request->context->store, token.account_id), "password_reset", params, 6,
                        false, &request->answer);
}

static const struct route routes[] = {
    {.method = METHOD_POST, .path = "/v1/accounts/verification", .who = ROLE_BUYER, FIELDS(account_verification_fields),
     .shard_by = SHARD_BY_ID, .shard_field = "account_id", .routine = "account_verification",
     .handle = account_verification, .name = "account_verification", .summary = "Send the mail that verifies your address again",
     .status = 202, .answers = "Verification"},
    {.method = METHOD_POST, .path = "/v1/accounts/verify", FIELDS(account_verify_fields), .handle = account_verify,
     .name = "account_verify", .summary = "Verify an address, or a change of address, with the token that came by mail",
     .flags = ROUTE_PROPAGATES, .answers = "Verification"},
    {.method = METHOD_POST, .path = "/v1/password-resets", FIELDS(password_reset_ask_fields), .shard_by = SHARD_BY_EMAIL,
     .shard_field = "email", .routine = "password_reset_ask", .handle = password_reset_ask, .name = "password_reset_ask",
     .summary = "Have a mail sent with which a forgotten password is replaced; always accepted",
     .status = 202, .answers = "Status"},
    {.method = METHOD_POST, .path = "/v1/password-resets/confirm", FIELDS(password_reset_fields),
     .handle = password_reset, .name = "password_reset",
     .summary = "Set a new password with the token that came by mail; ends all sessions", .answers = "PasswordReset"},
};

const struct route_set account_mail_routes = {"account_mail", routes, sizeof routes / sizeof routes[0]};
