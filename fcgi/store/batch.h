/* Sending a batch of requests as one CALL, and dividing it when it fails as a whole. Internal to store/. */
#ifndef SOUK_STORE_BATCH_H
#define SOUK_STORE_BATCH_H

#include "store/combine.h"

/* Bytes of one call, far below max_allowed_packet: a batch ends before it would grow beyond. */
enum { BATCH_BYTES_MAX = 1024 * 1024, BATCH_REQUEST_BYTES = 24 };

struct batch_item {
    const struct combine_request *request;
    struct arena *arena; /* of the thread that waits: its answer goes there */
    enum souk_err err;
    struct answer answer;
    struct refusal refusal;
    bool put_off; /* the routine wants to decide it after others of its batch */
};

/* Answers every item, all of one routine. 1 … COMBINE_MAX of them. */
void batch_send(struct store *store, int db, struct batch_item *const *items, size_t items_n);

#endif
