/* Carrying out a change of an account's address, or its deletion, over the shards of the account and of both addresses.
 *
 * The account's shard keeps what was decided (claim_move); each step may be repeated, so whoever finds it half done goes
 * on: the request that confirmed it, or the worker. The claim on the new address comes first, then the account has it, then
 * the claim on the old one goes. */
#ifndef SOUK_STORE_CLAIM_MOVE_H
#define SOUK_STORE_CLAIM_MOVE_H

#include "store/id.h"

/* Does what is left to do. SOUK_OK: it is done. SOUK_ACCOUNT_EMAIL_TAKEN: another account has the new address for good; the
 * wish is forgotten. Others: a shard did not answer, the worker goes on. */
SOUK_CHECK enum souk_err claim_move_finish(struct store *store, struct id_maker *ids, struct arena *arena,
                                           int64_t account_id, int64_t deadline_us);

#endif
