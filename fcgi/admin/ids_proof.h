/* A proof that no id was made twice: every id sets a bit of its own, and a bit that is set already is a duplicate.
 *
 * A page holds the 4,096 ids of one millisecond and node: 512 bytes and its key. Each process fills its own pages, in
 * memory that its parent sees; at the end pages with the same key are compared over all processes. Exact, for any ids.
 * Memory: 520 bytes for each millisecond in which a process made ids, at most PROOF_PAGES_MAX of them.
 */
#ifndef SOUK_ADMIN_IDS_PROOF_H
#define SOUK_ADMIN_IDS_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROOF_PAGES_MAX = 262144, PROOF_INDEX = 2 * PROOF_PAGES_MAX };

struct proof;

/* Shared with children that are forked later. NULL when memory is out. */
struct proof *proof_new(void);
void proof_free(struct proof *proof); /* accepts NULL */

/* Notes one id. False: it is the second time, or there is no page left (proof_full()). */
bool proof_add(struct proof *proof, int64_t id);
bool proof_full(const struct proof *proof);

/* Ids noted, and bytes of pages in use. */
int64_t proof_ids(const struct proof *proof);
int64_t proof_bytes(const struct proof *proof);

/* Ids that stand in more than one of the proofs. −1: memory is out. */
int64_t proof_common(struct proof *const *proofs, size_t proofs_n);

#endif
