/* Roles: what a token carries and a row asks for, said once. A role is one bit; its name stands in tokens, in the
 * grants of the global database and on the operators' command line. */
#ifndef SOUK_GUARD_ROLE_H
#define SOUK_GUARD_ROLE_H

/* symbol, bit, name */
#define ROLES(X) \
    X(ROLE_GUEST, 1, "guest") \
    X(ROLE_BUYER, 2, "buyer") \
    X(ROLE_MERCHANT, 4, "merchant") \
    X(ROLE_SUPPORT, 8, "support") \
    X(ROLE_ADMIN, 16, "admin") \
    X(ROLE_OPS, 32, "ops")

enum role {
#define X(symbol, bit, name) symbol = bit,
    ROLES(X)
#undef X
};

/* What staff may be granted; guest and buyer come with signing in. */
enum { ROLES_GRANTED = ROLE_MERCHANT | ROLE_SUPPORT | ROLE_ADMIN | ROLE_OPS };

/* The bit of the role called `name`, 0 when there is none. */
unsigned role_bit(const char *name);

/* The name of one role's bit, NULL when it is none. */
const char *role_name(unsigned bit);

#endif
