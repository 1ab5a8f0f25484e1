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
    bool put_off; /* no answer yet: the routine decides it once others of its batch are decided; it is to be sent again */
    int rounds;   /* how often it was put off; 0 at first */
};

/* Answers every item, all of one routine, but for those that are put off. 1 … COMBINE_MAX of them. The first is never put off,
 * no item more than seven times: then it is SOUK_UNAVAILABLE. */
void batch_send(struct store *store, int db, struct batch_item *const *items, size_t items_n);

#endif
