/* The sandbox provider's callback sender: a thread that sends what the database says is due, signed, until the merchant
 * answers 2xx. Everything it needs to know is in the database, so it may be killed at any point. */
#ifndef SOUK_DOMAIN_SANDBOX_SENDER_H
#define SOUK_DOMAIN_SANDBOX_SENDER_H

#include "http/request.h"

/* Starts the thread. `context` must live until sandbox_sender_stop(). Without memory or threads it logs and leaves. */
void sandbox_sender_start(const struct context *context);

/* There is something new to send: look at once. */
void sandbox_sender_wake(void);

/* Waits for a sending under way, 10 s at most, and ends the thread. */
void sandbox_sender_stop(void);

#endif
