/* `souk admin ids prove`: makes many ids in several processes and proves that none was made twice. */
#ifndef SOUK_ADMIN_IDS_PROVE_H
#define SOUK_ADMIN_IDS_PROVE_H

#include "base/config.h"

enum { PROVE_PROCESSES_MAX = 16 };

/* `count` ids in all. Each process leases a node of the configuration's global database, as any process of souk does.
 * Exit code: 0 proved, 1 a duplicate or a failure, said on stderr. */
int ids_prove(const struct config *config, int64_t count, unsigned processes_n, bool json);

#endif
