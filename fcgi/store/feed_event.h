/* Entries of a stream as events. Internal to store/. */
#ifndef SOUK_STORE_FEED_EVENT_H
#define SOUK_STORE_FEED_EVENT_H

#include "base/arena.h"
#include "store/feed.h"

/* The topic of an entry, borrowed from it; NULL: it is no event. */
const char *feed_event_topic(const redisReply *entry);

/* One entry [id, [name, value, …]] of stream `n` (0: global). False: not an event, or the arena is full. */
bool feed_event_read(struct arena *arena, size_t n, const redisReply *entry, struct feed_event *event);

#endif
