/* `souk sandbox`: a payment provider to try things with, a program of its own with a database of its own. It knows what a
 * provider knows: signed pay pages, the merchant's server's signed requests, and where to call back. docs/sandbox.md. */
#ifndef SOUK_DOMAIN_SANDBOX_H
#define SOUK_DOMAIN_SANDBOX_H

#include "base/config.h"

/* Serves until told to stop; returns the exit code. */
int sandbox_run(const struct config *config);

#endif
