/* Entries of a stream as events. Internal to store/. */
#ifndef SOUK_STORE_FEED_EVENT_H
#define SOUK_STORE_FEED_EVENT_H

#include "base/arena.h"
#include "store/feed.h"

/* One entry [id, [name, value, …]] of stream `n` (0: global). False: not an event, or the arena is full. */
bool feed_event_read(struct arena *arena, size_t n, const redisReply *entry, struct feed_event *event);

#endif
