/* Every error souk can answer with, said once.
 *
 * One row per error: symbol, number, HTTP status, code, title. Procedures raise the same errors by
 *     SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = <number>, MESSAGE_TEXT = '<code>'            or
 *     SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = <number>, MESSAGE_TEXT = '<code>: <detail>'
 * and a test compares each SIGNAL in sql/ with this table. Numbers: 30000 + 100 × domain + n. A number is never used
 * again for something else: clients and dashboards keep them.
 */
#ifndef SOUK_BASE_ERROR_H
#define SOUK_BASE_ERROR_H

#include <stddef.h>

#define SOUK_ERRORS(X) \
    X(SOUK_INTERNAL, 30001, 500, "internal", "Something went wrong on our side") \
    X(SOUK_BAD_REQUEST, 30002, 400, "request.malformed", "The request is malformed") \
    X(SOUK_INVALID, 30003, 400, "request.invalid", "A field is missing or has a value that cannot be used") \
    X(SOUK_NOT_FOUND, 30004, 404, "not_found", "There is nothing here") \
    X(SOUK_METHOD, 30005, 405, "request.method", "This method is not allowed here") \
    X(SOUK_TOO_LARGE, 30006, 413, "request.too_large", "The request is too large") \
    X(SOUK_MEDIA_TYPE, 30007, 415, "request.media_type", "The body must be application/json") \
    X(SOUK_UNAUTHENTICATED, 30008, 401, "auth.required", "Sign in first") \
    X(SOUK_FORBIDDEN, 30009, 403, "auth.forbidden", "Your account may not do this") \
    X(SOUK_RATE_LIMITED, 30010, 429, "rate_limited", "Too many requests") \
    X(SOUK_UNAVAILABLE, 30011, 503, "unavailable", "Not available right now; try again shortly") \
    X(SOUK_TIMEOUT, 30012, 504, "timeout", "This took too long; try again") \
    X(SOUK_PRECONDITION, 30013, 412, "precondition.failed", "It was changed in the meantime") \
    X(SOUK_CONFLICT, 30014, 409, "conflict", "Someone else is changing this right now; try again") \
    X(SOUK_SLOT_MOVED, 30015, 503, "slot.moved", "Not available right now; try again shortly") \
    X(SOUK_TOKEN_INVALID, 30016, 401, "auth.token_invalid", "The access token is not valid") \
    X(SOUK_TOKEN_EXPIRED, 30017, 401, "auth.token_expired", "The access token has expired") \
    X(SOUK_IDEMPOTENCY_REQUIRED, 30020, 400, "idempotency.key_required", "This request needs an Idempotency-Key header") \
    X(SOUK_IDEMPOTENCY_MISMATCH, 30021, 422, "idempotency.mismatch", "This Idempotency-Key was used with another body") \
    X(SOUK_IDEMPOTENCY_RUNNING, 30022, 409, "idempotency.in_progress", "The first request with this key is still running") \
    X(SOUK_ACCOUNT_EMAIL_TAKEN, 30101, 409, "account.email_taken", "This e-mail address is already in use") \
    X(SOUK_ADDRESS_LIMIT, 30102, 409, "address.limit", "There are too many addresses in this account") \
    X(SOUK_ACCOUNT_TOKEN, 30103, 400, "account.token_invalid", "This link has expired or was used before") \
    X(SOUK_ACCOUNT_PASSWORD, 30104, 403, "account.password_wrong", "The password is wrong") \
    X(SOUK_SESSION_REFUSED, 30201, 401, "session.refused", "E-mail or password is wrong") \
    X(SOUK_SESSION_REUSED, 30202, 401, "session.reused", "This refresh token was used before; sign in again") \
    X(SOUK_SESSION_EXPIRED, 30203, 401, "session.expired", "This session has ended; sign in again") \
    X(SOUK_CATEGORY_USED, 30301, 409, "category.in_use", "There are categories or products in it") \
    X(SOUK_CATEGORY_CYCLE, 30302, 409, "category.cycle", "A category cannot stand below itself") \
    X(SOUK_CATEGORY_DEPTH, 30303, 409, "category.depth", "The tree of categories would get too deep") \
    X(SOUK_CATEGORY_NAME, 30304, 409, "category.name_taken", "There is a category of this name there") \
    X(SOUK_PRODUCT_NOT_FOR_SALE, 30305, 409, "product.not_for_sale", "The product has nothing for sale yet") \
    X(SOUK_SKU_OPTIONS, 30306, 409, "sku.options_taken", "The product has a SKU with these options") \
    X(SOUK_SKU_LIMIT, 30307, 409, "sku.limit", "The product has too many SKUs") \
    X(SOUK_PRODUCT_HANDLE, 30308, 409, "product.handle_taken", "There is a product with this handle") \
    X(SOUK_STOCK_SHORT, 30401, 409, "stock.short", "Out of stock") \
    X(SOUK_STOCK_REFERENCE, 30402, 409, "stock.reference_used", "This reference was used for another receipt") \
    X(SOUK_STOCK_REFUSED, 30403, 409, "stock.transfer_refused", "These units were taken back on their way") \
    X(SOUK_STOCK_RESERVED, 30404, 409, "stock.reserved", "Fewer units are free than were to be taken away") \
    X(SOUK_ORDER_EMPTY, 30501, 400, "order.empty", "An order needs at least one item") \
    X(SOUK_ORDER_SKU_UNKNOWN, 30502, 409, "order.sku_unavailable", "An item is not for sale") \
    X(SOUK_ORDER_OUT_OF_STOCK, 30503, 409, "order.out_of_stock", "An item is out of stock") \
    X(SOUK_ORDER_PRICE_CHANGED, 30504, 409, "order.price_changed", "The price has changed") \
    X(SOUK_ORDER_MIXED_CURRENCY, 30505, 409, "order.mixed_currency", "The items are priced in different currencies") \
    X(SOUK_ORDER_STATE, 30506, 409, "order.state", "The order's state does not allow this") \
    X(SOUK_ORDER_EMAIL_REQUIRED, 30507, 400, "order.email_required", "A guest's order needs an e-mail address") \
    X(SOUK_CART_CHANGED, 30520, 409, "cart.changed", "The cart is no longer the one that was shown") \
    X(SOUK_CART_SKU, 30521, 409, "cart.sku_unavailable", "This item is not for sale") \
    X(SOUK_CART_LIMIT, 30522, 409, "cart.limit", "The cart is full") \
    X(SOUK_CART_FROZEN, 30523, 409, "cart.frozen", "The cart is being merged into an account's") \
    X(SOUK_CART_LINE, 30524, 404, "cart.line_unknown", "This item is not in the cart") \
    X(SOUK_PAYMENT_CHANNEL, 30601, 400, "payment.channel_unknown", "There is no such payment channel") \
    X(SOUK_PAYMENT_SIGNATURE, 30602, 401, "payment.signature", "The callback's signature is wrong") \
    X(SOUK_PAYMENT_MISMATCH, 30603, 422, "payment.mismatch", "The callback does not match the payment") \
    X(SOUK_PAYMENT_STATE, 30604, 409, "payment.state", "The payment's state does not allow this") \
    X(SOUK_PAYMENT_REFUSED, 30605, 409, "payment.refused", "The payment provider refuses this") \
    X(SOUK_PAYMENT_CURRENCY, 30606, 409, "payment.currency", "This payment channel does not take the order's currency") \
    X(SOUK_REFUND_EXCEEDS, 30607, 409, "refund.exceeds", "That is more than is left of what was paid") \
    X(SOUK_REFUND_NOTHING, 30608, 409, "refund.nothing", "There is no money to give back") \
    X(SOUK_PAYMENT_REFERENCE, 30609, 409, "payment.reference_used", "Another order was marked as paid under this reference") \
    X(SOUK_PROMOTION_UNKNOWN, 30701, 409, "promotion.unknown", "There is no such coupon") \
    X(SOUK_PROMOTION_EXPIRED, 30702, 409, "promotion.expired", "This coupon has expired") \
    X(SOUK_PROMOTION_NOT_YET, 30703, 409, "promotion.not_yet", "This coupon is not valid yet") \
    X(SOUK_PROMOTION_EXHAUSTED, 30704, 409, "promotion.exhausted", "This coupon has been used up") \
    X(SOUK_PROMOTION_ACCOUNT_LIMIT, 30705, 409, "promotion.account_limit", "You have used this coupon before") \
    X(SOUK_PROMOTION_NOT_APPLICABLE, 30706, 409, "promotion.not_applicable", "This coupon is not for this order") \
    X(SOUK_PROMOTION_NOT_COMBINABLE, 30707, 409, "promotion.not_combinable", "This coupon does not go with the others") \
    X(SOUK_PROMOTION_CODE, 30708, 409, "promotion.code_taken", "There is a promotion with this code") \
    X(SOUK_PROMOTION_TARGET_FULL, 30709, 409, "promotion.target_full", "Too many rules are for the same thing") \
    X(SOUK_PROMOTION_LIMIT, 30710, 409, "promotion.limit", "The number of coupons may only rise") \
    X(SOUK_SHIPPING_UNAVAILABLE, 30720, 409, "shipping.unavailable", "This way of shipping is not to be had there") \
    X(SOUK_TAX_RATE_TAKEN, 30721, 409, "tax.rate_taken", "There is a rate for this place and class") \
    X(SOUK_WEBHOOK_LIMIT, 30801, 409, "webhook.limit", "There are too many webhook endpoints") \
    X(SOUK_WEBHOOK_DISABLED, 30802, 409, "webhook.disabled", "The webhook endpoint is disabled") \
    X(SOUK_FLASH_NOT_OPEN, 30901, 409, "flash.not_open", "The sale has not begun") \
    X(SOUK_FLASH_OVER, 30902, 409, "flash.over", "The sale is over") \
    X(SOUK_FLASH_SOLD_OUT, 30903, 409, "flash.sold_out", "Sold out") \
    X(SOUK_FLASH_LIMIT, 30904, 409, "flash.limit", "You have as many as one buyer may have") \
    X(SOUK_FLASH_EPOCH, 30905, 409, "flash.epoch", "The gate was made anew in the meantime") \
    X(SOUK_FLASH_GATE, 30906, 503, "flash.gate_closed", "The gate is closed for a moment; try again shortly") \
    X(SOUK_FLASH_PLACE, 30907, 403, "flash.place_required", "This place in the queue is not yours, or has expired; take a new one") \
    X(SOUK_FLASH_WAITING, 30908, 409, "flash.waiting", "It is not your turn yet") \
    X(SOUK_FLASH_CHALLENGE, 30909, 403, "flash.challenge", "The challenge is not solved, was used before or has expired") \
    X(SOUK_FLASH_STATE, 30910, 409, "flash.state", "The sale's state does not allow this") \
    X(SOUK_SHIPMENT_QUANTITY, 31001, 409, "shipment.quantity", "Fewer units are left to ship") \
    X(SOUK_SHIPMENT_STATE, 31002, 409, "shipment.state", "The shipment's state does not allow this") \
    X(SOUK_RETURN_QUANTITY, 31003, 409, "return.quantity", "Fewer units may be returned") \
    X(SOUK_RETURN_STATE, 31004, 409, "return.state", "The return's state does not allow this") \
    X(SOUK_RETURN_WINDOW, 31005, 409, "return.window", "The time to return things is over")

enum souk_err {
    SOUK_OK = 0,
#define X(symbol, number, status, code, title) symbol = number,
    SOUK_ERRORS(X)
#undef X
};

#define SOUK_CHECK __attribute__((warn_unused_result))

struct error_row {
    enum souk_err err;
    int status;        /* HTTP status */
    const char *code;  /* stable, for programs */
    const char *title; /* for people */
};

/* The row of `err`; for a number that is in no row, the row of SOUK_INTERNAL. */
const struct error_row *error_row(enum souk_err err);

/* The error with this number, or SOUK_INTERNAL. */
enum souk_err error_from_number(unsigned number);

#endif
