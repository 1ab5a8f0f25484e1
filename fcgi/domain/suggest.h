/* Suggestions while someone types: the handler of GET /v1/search/suggest. */
#ifndef SOUK_DOMAIN_SUGGEST_H
#define SOUK_DOMAIN_SUGGEST_H

#include "http/request.h"

SOUK_CHECK enum souk_err suggest_run(struct request *request);

/* How many letters must be changed, added, left out or swapped to make `word` begin with `typed`; `whole`: to make it
 * equal. Counts no further than `max` + 1. Bytes of both beyond 40 are not looked at. */
int typing_distance(const char *typed, const char *word, bool whole, int max);

#endif
