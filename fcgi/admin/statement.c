/* `souk admin statement`: a provider's statement of a day, as reconciliation reads it. Nothing is written. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin/commands.h"
#include "base/arena.h"
#include "base/clock.h"
#include "domain/channel.h"

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024, DEADLINE_US = 600 * 1000000 };

static enum souk_err print_line(void *to, const struct channel_line *line)
{
    static const char *const kinds[] = {
        [CHANNEL_LINE_CAPTURE] = "capture", [CHANNEL_LINE_REFUND] = "refund", [CHANNEL_LINE_FEE] = "fee"};
    char at[CLOCK_TEXT_BYTES];
    int64_t *n = to;

    clock_text(line->at_ms, at);
    printf("%s %-7s %12" PRId64 " %s fee %" PRId64 " payment %" PRId64 " refund %" PRId64 " %s\n", at, kinds[line->kind],
           line->amount, line->currency, line->fee, line->payment_id, line->refund_id, line->provider_ref);
    ++*n;
    return SOUK_OK;
}

static int run(const struct config *config, int argc, char **argv)
{
    const struct channel *channel = argc == 3 ? channel_find(config, argv[1]) : NULL;
    struct arena *arena;
    enum souk_err err;
    int64_t n = 0;

    if (argc != 3 || strlen(argv[2]) != sizeof "2026-11-28" - 1) {
        fprintf(stderr, "souk admin statement: give a channel and a day: statement stripe 2026-11-28\n");
        return 2;
    }
    if (channel == NULL || channel->statement == NULL) {
        fprintf(stderr, "souk admin statement: %s: there is no such channel, or it has no statements\n", argv[1]);
        return 1;
    }
    arena = arena_new(ARENA_BYTES_MAX);
    err = arena == NULL ? SOUK_INTERNAL : channel->statement(config, arena, argv[2], clock_us() + DEADLINE_US, print_line, &n);
    arena_free(arena);
    if (err == SOUK_NOT_FOUND)
        fprintf(stderr, "souk admin statement: %s has no statement of %s yet\n", argv[1], argv[2]);
    else if (err != SOUK_OK)
        fprintf(stderr, "souk admin statement: %s: %s\n", argv[1], error_row(err)->title);
    else
        fprintf(stderr, "%" PRId64 " lines\n", n);
    return err == SOUK_OK ? 0 : 1;
}

const struct admin_command admin_statement = {
    .name = "statement",
    .usage = "statement CHANNEL DAY",
    .help = "Prints a provider's statement of DAY (2026-11-28, a day of the provider), one line for each capture, refund and "
            "fee, amounts in minor units. Reads at the provider, writes nothing. Exit code 1: there is none, or it could not be "
            "read.",
    .run = run,
};
