/* `souk admin ids`: takes an id apart, measures how fast ids are made, proves that none is made twice. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "admin/commands.h"
#include "admin/ids_prove.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/id.h"
#include "store/mint.h"

enum { BENCH_MS = 1000, BENCH_THREADS_MAX = 4, BENCH_LOOK_EVERY = 1024,
       PROVE_IDS_MAX = 1000000000, PROVE_PROCESSES_USUAL = 4 };

static int decode(const char *text, bool json)
{
    int64_t id;
    if (!text_int64(text, strlen(text), &id) || id < 0) {
        fprintf(stderr, "souk admin ids: %s is no id: a whole number from 0 to 9223372036854775807 is one\n", text);
        return 1;
    }
    char at[CLOCK_TEXT_BYTES];
    clock_text(id_unix_ms(id), at);
    printf(json ? "{\"id\":\"%lld\",\"at\":\"%s\",\"datacentre\":%u,\"node\":%u,\"sequence\":%u,\"slot\":%u}\n"
                : "id          %lld\nat          %s\ndatacentre  %u\nnode        %u\nsequence    %u\nslot        %u\n",
           (long long)id, at, id_datacentre(id), id_node(id), id_sequence(id), id_slot(id));
    if (!json && id_datacentre(id) == 31)
        puts("handed out by the database while the maker's clock was behind");
    return 0;
}

struct bench {
    struct mint *mint;
    int64_t until_us;
    unsigned first_slot;
    int64_t made;
};

static void *make_ids(void *argument)
{
    struct bench *bench = argument;
    int64_t id;
    int64_t wait_us;
    for (unsigned n = 0; n % BENCH_LOOK_EVERY != 0 || clock_us() < bench->until_us; n++) {
        struct mint_times now = mint_now(bench->mint);
        if (mint_take(bench->mint, (bench->first_slot + n) % STORE_SLOTS, &now, &id, &wait_us) == MINT_OK)
            bench->made++;
    }
    return NULL;
}

static int64_t bench_with(unsigned threads_n)
{
    static struct mint mint;
    mint_init(&mint);
    struct mint_times now = mint_now(&mint);
    struct mint_lease lease = {0, 0, 0, now.unix_us / 1000 + 60000, now.boot_ms + 60000};
    mint_set_lease(&mint, &lease);
    pthread_t threads[BENCH_THREADS_MAX];
    struct bench benches[BENCH_THREADS_MAX];
    unsigned started = 0;
    for (; started < threads_n; started++) {
        benches[started] = (struct bench){&mint, clock_us() + BENCH_MS * 1000, started * STORE_SLOTS / threads_n, 0};
        if (pthread_create(&threads[started], NULL, make_ids, &benches[started]) != 0)
            break;
    }
    int64_t made = 0;
    for (unsigned i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        made += benches[i].made;
    }
    return made;
}

static int bench(bool json)
{
    for (unsigned threads_n = 1; threads_n <= BENCH_THREADS_MAX; threads_n *= 2)
        printf(json ? "{\"threads\":%u,\"ids_per_s\":%lld}\n" : "%u threads  %lld ids/s\n", threads_n,
               (long long)(bench_with(threads_n) * 1000 / BENCH_MS));
    return 0;
}

static bool number_after(const char *word, const char *flag, int64_t max, int64_t *out)
{
    const size_t len = strlen(flag);
    return strncmp(word, flag, len) == 0 && text_int64(word + len, strlen(word + len), out) && *out >= 1 && *out <= max;
}

static int run(const struct config *config, int argc, char **argv)
{
    bool json = argc > 1 && strcmp(argv[argc - 1], "--json") == 0;
    int words = argc - json;
    if (words == 3 && strcmp(argv[1], "decode") == 0)
        return decode(argv[2], json);
    if (words == 2 && strcmp(argv[1], "bench") == 0)
        return bench(json);
    int64_t count, processes_n = PROVE_PROCESSES_USUAL;
    if ((words == 3 || words == 4) && strcmp(argv[1], "prove") == 0 &&
        number_after(argv[2], "--ids=", PROVE_IDS_MAX, &count) &&
        (words == 3 || number_after(argv[3], "--processes=", PROVE_PROCESSES_MAX, &processes_n)))
        return ids_prove(config, count, (unsigned)processes_n, json);
    fprintf(stderr, "usage: souk admin %s\n", admin_ids.usage);
    return 2;
}

const struct admin_command admin_ids = {
    .name = "ids",
    .usage = "ids decode ID [--json] | ids bench [--json] | ids prove --ids=N [--processes=4] [--json]",
    .help = "decode: the time, node, sequence and slot in an id. bench: how many ids a process makes in a second, over\n"
            "all slots, with 1, 2 and 4 threads; 4,096,000 is the format's limit.\n"
            "prove: makes N ids in several processes, each with a lease of its own, and proves that none was made twice;\n"
            "520 bytes for each millisecond and process. Exit code 1: not an id, or a duplicate.",
    .run = run,
};
