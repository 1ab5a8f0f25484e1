/* Rows whose answers are kept (route.cache): what they are kept under, and the way through store/cache.h. */
#ifndef SOUK_HTTP_CACHED_H
#define SOUK_HTTP_CACHED_H

#include "http/engine.h"

/* Starts the cache of a process that serves these rows, unless [cache] enabled is false. context_close() does not end it. */
SOUK_CHECK enum souk_err cached_open(struct context *context, const struct table *table);
void cached_close(struct context *context);

/* Is the answer to this request to be looked for there? */
bool cached_row(const struct exchange *exchange);

/* The answer from there, or from `load`, which is then kept. */
SOUK_CHECK enum souk_err cached_answer(struct exchange *exchange, enum souk_err (*load)(struct exchange *exchange));

/* ROUTE_ANNOUNCES: tells every process of the ids that this request is about to make. False: it could not; then
 * cached_wait_heard() comes before the answer. */
bool cached_announce(const struct exchange *exchange);
void cached_wait_heard(void);

#endif
