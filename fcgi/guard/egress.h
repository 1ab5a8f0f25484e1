/* Where souk may be told to call: addresses that others name (webhooks) must not lead to what only souk can reach. */
#ifndef SOUK_GUARD_EGRESS_H
#define SOUK_GUARD_EGRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Is it a public unicast address? Refused: this host and its networks (loopback, private, link-local with the metadata
 * services of clouds, carrier NAT, unique local), multicast, and everything reserved; IPv4 inside IPv6 (mapped,
 * compatible, NAT64, 6to4, Teredo) counts as what it leads to. `loopback`: 127.0.0.0/8 and ::1 are allowed. To be asked
 * for the address that is about to be connected to, never for a name. */
bool egress_address_allowed(const struct sockaddr *address, bool loopback);

/* Can `url` be called at all: https (with `loopback` http too), a host, no user, no fragment, and where the host is an
 * address, an allowed one. NULL: yes; else why not, for people. */
const char *egress_url_refused(const char *url, bool loopback);

#endif
