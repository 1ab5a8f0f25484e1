#include "domain/domains.h"

#include "http/health.h"

const struct route_set *const domain_sets[] = {
    &health_routes,
#define X(name) &name##_routes,
    DOMAINS(X)
#undef X
};

const size_t domain_sets_n = sizeof domain_sets / sizeof domain_sets[0];
