/* The engine's own rows: /livez, /readyz, /metrics. */
#ifndef SOUK_HTTP_HEALTH_H
#define SOUK_HTTP_HEALTH_H

#include "http/route.h"

extern const struct route_set health_routes;

#endif
