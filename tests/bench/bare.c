/* bare: order_place called without HTTP, as the ceiling of POST /v1/orders.
 *
 *     bench-bare CONFIG SECONDS THREADS SKU_ID…
 *
 * The same routine with the same requests on the same shards, through the combiner, by THREADS callers in a closed loop.
 * Prints one JSON object like bench-load.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/combine.h"
#include "store/id.h"
#include "store/store.h"

enum { THREADS_MAX = 64, SAMPLES_MAX = 1 << 18 };

static struct {
    struct store *store;
    struct id_maker *ids;
    char **skus;
    int skus_n;
    int64_t stop_us;
} bare;

struct caller {
    pthread_t thread;
    unsigned number;
    size_t done, failed;
    uint32_t *samples_us;
};

static enum souk_err place(struct caller *caller, struct arena *arena) {
    unsigned turn = caller->number + (unsigned)caller->done * 37;
    int64_t order_id;
    enum souk_err err = id_make(bare.ids, turn % STORE_SLOTS, &order_id);
    if (err != SOUK_OK) return err;
    char *fields = arena_printf(
        arena,
        "\"order_id\":\"%" PRId64 "\",\"account_id\":\"%u\",\"roles\":2,\"idempotency_key\":\"bare-%" PRId64 "\","
        "\"body_hash\":\"30313233343536373839616263646566\",\"payment_window_s\":1800,\"items\":[{\"sku_id\":\"%s\",\"qty\":1}],"
        "\"address\":{\"name\":\"Ada Bench\",\"country\":\"DE\",\"city\":\"Berlin\",\"line1\":\"Weg 1\",\"postal_code\":\"10115\"}",
        order_id, (1u << 20) + id_slot(order_id), order_id, bare.skus[turn % (unsigned)bare.skus_n]);
    struct combine_request request = {.routine = "order_place", .fields = fields, .fields_len = strlen(fields),
                                      .deadline_us = clock_us() + 3000000, .repeatable = true};
    struct answer answer;
    return combine_call(bare.store, store_shard_of(bare.store, order_id), &request, arena, &answer, NULL);
}

static void *call_in_turn(void *argument) {
    struct caller *caller = argument;
    struct arena *arena = arena_new(1 << 20);
    while (clock_us() < bare.stop_us && caller->done < SAMPLES_MAX) {
        int64_t start = clock_us();
        if (place(caller, arena) != SOUK_OK) caller->failed++;
        caller->samples_us[caller->done++] = (uint32_t)(clock_us() - start);
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    static struct config config;
    static struct caller callers[THREADS_MAX];
    char message[256];
    if (argc < 5) {
        fprintf(stderr, "usage: bench-bare CONFIG SECONDS THREADS SKU_ID...\n");
        return 2;
    }
    int seconds = atoi(argv[2]), threads = atoi(argv[3]);
    if (seconds < 1 || seconds > 120 || threads < 1 || threads > THREADS_MAX) return 2;
    if (config_load(argv[1], &config, message, sizeof message) != SOUK_OK) {
        fprintf(stderr, "bench-bare: %s\n", message);
        return 1;
    }
    bare.skus = argv + 4;
    bare.skus_n = argc - 4;
    if (store_new(&config, &bare.store) != SOUK_OK || id_maker_new(bare.store, &bare.ids) != SOUK_OK) {
        fprintf(stderr, "bench-bare: the databases cannot be reached\n");
        return 1;
    }
    bare.stop_us = clock_us() + seconds * INT64_C(1000000);
    for (int i = 0; i < threads; i++) {
        callers[i].number = (unsigned)i;
        callers[i].samples_us = calloc(SAMPLES_MAX, sizeof(uint32_t));
        if (callers[i].samples_us == NULL || pthread_create(&callers[i].thread, NULL, call_in_turn, &callers[i]) != 0) return 1;
    }
    size_t done = 0, failed = 0;
    uint32_t *all = NULL;
    for (int i = 0; i < threads; i++) {
        pthread_join(callers[i].thread, NULL);
        all = realloc(all, (done + callers[i].done) * sizeof *all);
        if (all == NULL) return 1;
        memcpy(all + done, callers[i].samples_us, callers[i].done * sizeof *all);
        done += callers[i].done;
        failed += callers[i].failed;
        free(callers[i].samples_us);
    }
    qsort(all, done, sizeof *all, compare);
    printf("{\"rate\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"errors\":%zu,\"4xx\":0,\"5xx\":0,\"answered\":%zu}\n",
           (double)done / seconds, all[done / 2] / 1000.0, all[done * 99 / 100] / 1000.0, failed, done);
    free(all);
    id_maker_free(bare.ids);
    store_free(bare.store);
    return 0;
}
