/* What the gate of a flash sale answered, as an error for the buyer. */
#ifndef SOUK_DOMAIN_FLASH_REFUSAL_H
#define SOUK_DOMAIN_FLASH_REFUSAL_H

#include "http/request.h"

/* Its first word is `word`. */
bool flash_said(const redisReply *reply, const char *word);

/* Number `i` of it; 0 when there is none. */
int64_t flash_reply_number(const redisReply *reply, size_t i);

/* The error for what it said, with Retry-After where waiting helps. */
SOUK_CHECK enum souk_err flash_refuse(struct request *request, int64_t sale_id, const redisReply *reply);

/* There is no gate that could say anything: is there no such sale, is it not open yet, is it over, or is the gate being made
 * anew? Global is asked at most once a second for each sale and process. */
SOUK_CHECK enum souk_err flash_gate_closed(struct request *request, int64_t sale_id);

#endif
