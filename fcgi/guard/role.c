/* Roles by name and by bit. */
#include "guard/role.h"

#include <stddef.h>
#include <string.h>

static const struct {
    unsigned bit;
    const char *name;
} roles[] = {
#define X(symbol, bit, name) {bit, name},
    ROLES(X)
#undef X
};

unsigned role_bit(const char *name)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].bit;
    }
    return 0;
}

const char *role_name(unsigned bit)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (roles[i].bit == bit)
            return roles[i].name;
    }
    return NULL;
}
