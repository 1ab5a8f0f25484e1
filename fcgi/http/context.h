/* Opening and closing what one process works with (struct context). The worker and the admin commands use it too. */
#ifndef SOUK_HTTP_CONTEXT_H
#define SOUK_HTTP_CONTEXT_H

#include "http/request.h"

/* What to open beside the store. */
enum context_needs { CONTEXT_IDS = 1, CONTEXT_REDIS = 2, CONTEXT_KEYS = 4, CONTEXT_ALL = 7 };

/* After fork, before threads. Databases and Redis may be away: that is no failure. On failure `message` (≥256 bytes)
 * holds one line and nothing stays open. */
SOUK_CHECK enum souk_err context_open(const struct config *config, unsigned needs, struct context *out, char *message,
                                      size_t message_bytes);

/* Accepts a zeroed or half-opened context. */
void context_close(struct context *context);

#endif
