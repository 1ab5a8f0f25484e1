/* What the gate adds to what global says of a flash sale: whether it is sold out, and about how much is left. */
#ifndef SOUK_DOMAIN_FLASH_STATE_H
#define SOUK_DOMAIN_FLASH_STATE_H

#include "http/request.h"

/* Adds `remaining` ("plenty", "some", "few", "none", or null when it is not known) to a sale, or to each of a list, and turns
 * the state "open" into "sold_out" where nothing is left. */
SOUK_CHECK enum souk_err flash_state_one(struct request *request, json_object *sale);
SOUK_CHECK enum souk_err flash_state_list(struct request *request, json_object *sales);

/* `reply`: of the gate's fields, `run` the first. Is it of the server whose run_id this is (store/gate.h)? */
bool flash_gate_lives(const redisReply *reply, const char *run_id);

/* Adds `server_time`, for countdowns. */
void flash_state_time(json_object *body);

#endif
