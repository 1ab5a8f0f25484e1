/* News for those who listen at nginx (nginx/snippets/events.conf). */
#ifndef SOUK_WORKER_EVENTS_H
#define SOUK_WORKER_EVENTS_H

#include "worker/jobs.h"

/* Tells `data` (one line of JSON) as an event of type `type` to all who listen on `channels` ("330…,331…"; at most 255). News
 * are a courtesy: what goes wrong is counted on by nobody, and takes at most EVENTS_MS. Without [events] socket it does nothing. */
void events_tell(const struct job_run *run, const char *channels, const char *type, const char *data);

enum { EVENTS_MS = 200 };

#endif
