/* The states of an order, for the fields that take one. What leads from one to another is said by its routines. */
#ifndef SOUK_DOMAIN_ORDER_STATE_H
#define SOUK_DOMAIN_ORDER_STATE_H

#define ORDER_STATES(X) \
    X(RECEIVED) X(REJECTED) X(PENDING_PAYMENT) X(CLOSING) X(CLOSED) X(PAID) X(ON_HOLD) X(PARTIALLY_SHIPPED) X(SHIPPED) \
    X(DELIVERED) X(COMPLETED) X(CANCELLING) X(CANCELLED)

#endif
