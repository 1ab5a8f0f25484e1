"""How each law is broken on a shard by SQL, and put right: law, rule that names it, wrong, right. The names in braces are those of
test_audit's shop."""

BREAKS = {
    "a unit from nowhere": ("stock", "on_hand", "UPDATE stock SET on_hand = on_hand + 1 WHERE sku_id = {sku_id}",
                            "UPDATE stock SET on_hand = on_hand - 1 WHERE sku_id = {sku_id}"),
    "more reserved than there is": ("stock", "bounds", "UPDATE stock SET reserved = reserved + 100000 WHERE sku_id = {sku_id}",
                                    "UPDATE stock SET reserved = reserved - 100000 WHERE sku_id = {sku_id}"),
    "a movement that is gone": (
        "stock", "reserved",
        "UPDATE stock_movement SET reserved_change = 1 WHERE sku_id = {sku_id} AND reference = {order_id}",
        "UPDATE stock_movement SET reserved_change = 2 WHERE sku_id = {sku_id} AND reference = {order_id}"),
    "a line with more than is held": ("reserved", "order", "UPDATE order_item SET qty = 3 WHERE order_id = {order_id}",
                                      "UPDATE order_item SET qty = 2 WHERE order_id = {order_id}"),
    "units held for nobody": (
        "reserved", "no_line",
        "INSERT INTO stock_movement VALUES ({sku_id}, 'main', 7, 'reserve', 0, 1, UTC_TIMESTAMP(3))",
        "DELETE FROM stock_movement WHERE sku_id = {sku_id} AND reference = 7"),
    "a coupon that is held and not the order's": (
        "reserved", "no_line", "UPDATE order_promotion SET quota = 0 WHERE order_id = {promoted_id}",
        "UPDATE order_promotion SET quota = 1 WHERE order_id = {promoted_id}"),
    "units that left in no transfer": (
        "reserved", "no_transfer", "INSERT INTO stock_movement VALUES ({sku_id}, 'main', 7, 'lend', 0, 0, UTC_TIMESTAMP(3))",
        "DELETE FROM stock_movement WHERE sku_id = {sku_id} AND reference = 7"),
    "units on the shelf that came with no return": (
        "reserved", "no_return", "INSERT INTO stock_movement VALUES ({sku_id}, 'main', 7, 'restock', 0, 0, UTC_TIMESTAMP(3))",
        "DELETE FROM stock_movement WHERE sku_id = {sku_id} AND reference = 7"),
    "a transfer without its movement": (
        "conservation", "movement",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'in', 1, {sku_id}, 'main', 5, 'received', UTC_TIMESTAMP(3))",
        "DELETE FROM stock_transfer WHERE transfer_id = 7"),
    "a transfer in a state of its other end": (
        "conservation", "direction",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'in', {other}, {sku_id}, 'main', 0, 'returned', UTC_TIMESTAMP(3))", "DELETE FROM stock_transfer WHERE transfer_id = 7"),
    "units that hang": (
        "conservation", "stuck",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'out', {number}, {sku_id}, 'main', 0, 'in_flight', UTC_TIMESTAMP(3) - INTERVAL 2 MINUTE)",
        "DELETE FROM stock_transfer WHERE transfer_id = 7"),
    "units that nobody lent": (
        "conservation", "pair",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'in', {other}, {sku_id}, 'main', 5, 'received', UTC_TIMESTAMP(3));"
        "INSERT INTO stock_movement VALUES ({sku_id}, 'main', 7, 'receive', 5, 0, UTC_TIMESTAMP(3))",
        "DELETE FROM stock_transfer WHERE transfer_id = 7;"
        "DELETE FROM stock_movement WHERE sku_id = {sku_id} AND reference = 7"),
    "units that came from no delivery": (
        "conservation", "outside",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'in', -1, {sku_id}, 'main', 5, 'received', UTC_TIMESTAMP(3));"
        "INSERT INTO stock_movement VALUES ({sku_id}, 'main', 7, 'receive', 5, 0, UTC_TIMESTAMP(3))",
        "DELETE FROM stock_transfer WHERE transfer_id = 7;"
        "DELETE FROM stock_movement WHERE sku_id = {sku_id} AND reference = 7"),
    "a row that its events do not tell": (
        "orders", "fold", "UPDATE orders SET held_at = created_at WHERE order_id = {order_id}",
        "UPDATE orders SET held_at = NULL WHERE order_id = {order_id}"),
    "a step that no event tells of": (
        "orders", "fold", "UPDATE order_event SET type = 'order.held' WHERE order_id = {paid_id} AND type = 'order.paid'",
        "UPDATE order_event SET type = 'order.paid' WHERE order_id = {paid_id} AND type = 'order.held'"),
    "an order that nobody would close": ("orders", "due", "UPDATE orders SET due_at = NULL WHERE order_id = {order_id}",
                                         "UPDATE orders SET due_at = expires_at WHERE order_id = {order_id}"),
    "a shipped order that would arrive too late": (
        "orders", "due", "UPDATE orders SET due_at = due_at + INTERVAL 1 YEAR WHERE order_id = {shipped_id}",
        "UPDATE orders SET due_at = due_at - INTERVAL 1 YEAR WHERE order_id = {shipped_id}"),
    "a line with the number of another": ("orders", "total", "UPDATE order_item SET line = 2 WHERE order_id = {order_id}",
                                          "UPDATE order_item SET line = 1 WHERE order_id = {order_id}"),
    "a line of an order that is gone": (
        "orders", "no_order",
        "INSERT INTO order_item (order_id, line, sku_id, pool, product_id, title, options_text, qty, unit_price, total, currency) "
        "SELECT order_id + 256, line, sku_id, pool, product_id, title, options_text, qty, unit_price, total, currency "
        "FROM order_item WHERE order_id = {order_id}", "DELETE FROM order_item WHERE order_id = {order_id} + 256"),
    "an attempt to pay that is gone": (
        "orders", "part", "UPDATE payment SET payment_id = payment_id + 256 WHERE payment_id = {open_id}",
        "UPDATE payment SET payment_id = payment_id - 256 WHERE payment_id = {open_id} + 256"),
    "an attempt at another channel": ("orders", "part", "UPDATE payment SET channel = 'manual' WHERE payment_id = {open_id}",
                                      "UPDATE payment SET channel = 'sandbox' WHERE payment_id = {open_id}"),
    "a parcel that is gone": (
        "orders", "part", "UPDATE shipment SET shipment_id = shipment_id + 256 WHERE shipment_id = {shipment_id}",
        "UPDATE shipment SET shipment_id = shipment_id - 256 WHERE shipment_id = {shipment_id} + 256"),
    "amounts that were not agreed": (
        "orders", "terms", "UPDATE orders SET tax_total = tax_total + 1, shipping_total = shipping_total - 1 WHERE order_id = {order_id}",
        "UPDATE orders SET tax_total = tax_total - 1, shipping_total = shipping_total + 1 WHERE order_id = {order_id}"),
    "a first event that says nothing": (
        "orders", "terms", "UPDATE order_event SET data = JSON_OBJECT('was', data) WHERE order_id = {paid_id} AND seq = 1",
        "UPDATE order_event SET data = JSON_UNQUOTE(JSON_EXTRACT(data, '$.was')) WHERE order_id = {paid_id} AND seq = 1"),
    "an event that is missing": ("orders", "fold", "UPDATE order_event SET seq = 9 WHERE order_id = {order_id} AND seq = 1",
                                 "UPDATE order_event SET seq = 1 WHERE order_id = {order_id} AND seq = 9"),
    "lines that do not add up": ("orders", "total", "UPDATE order_item SET total = total + 1 WHERE order_id = {order_id}",
                                 "UPDATE order_item SET total = total - 1 WHERE order_id = {order_id}"),
    "a line that is gone": ("orders", "total", "UPDATE order_item SET order_id = order_id + 256 WHERE order_id = {order_id}",
                            "UPDATE order_item SET order_id = order_id - 256 WHERE order_id = {order_id} + 256"),
    "a discount that the order does not have": (
        "orders", "total", "UPDATE order_item SET discount = discount + 1 WHERE order_id = {promoted_id}",
        "UPDATE order_item SET discount = discount - 1 WHERE order_id = {promoted_id}"),
    "a discount of no promotion": (
        "orders", "discount", "UPDATE order_promotion SET order_id = order_id + 256 WHERE order_id = {promoted_id}",
        "UPDATE order_promotion SET order_id = order_id - 256 WHERE order_id = {promoted_id} + 256"),
    "a tax that the order does not have": (
        "orders", "tax", "UPDATE order_item SET tax = tax + 1 WHERE order_id = {order_id}",
        "UPDATE order_item SET tax = tax - 1 WHERE order_id = {order_id}"),
    "a line that contains less tax than the order": (
        "orders", "tax", "UPDATE order_item SET tax_included = tax_included - 1 WHERE order_id = {order_id}",
        "UPDATE order_item SET tax_included = tax_included + 1 WHERE order_id = {order_id}"),
    "a tax that no rate adds": (
        "orders", "line", "UPDATE order_item SET tax = tax - 1 WHERE order_id = {taxed_id} AND line = 1",
        "UPDATE order_item SET tax = tax + 1 WHERE order_id = {taxed_id} AND line = 1"),
    "a tax that a price contains at no rate": (
        "orders", "line", "UPDATE order_item SET tax_included = tax_included + 1 WHERE order_id = {containing_id} AND line = 1",
        "UPDATE order_item SET tax_included = tax_included - 1 WHERE order_id = {containing_id} AND line = 1"),
    "a tax above that of the highest rate": (
        "orders", "line", "UPDATE order_item SET tax_included = tax_included + 800 WHERE order_id = {containing_id} AND line = 2",
        "UPDATE order_item SET tax_included = tax_included - 800 WHERE order_id = {containing_id} AND line = 2"),
    "a line with another title than its order": (
        "orders", "line", "UPDATE order_item SET title = UPPER(title) WHERE order_id = {order_id}",
        "UPDATE order_item SET title = (SELECT title FROM orders WHERE order_id = {order_id}) WHERE order_id = {order_id}"),
    "a line that is not its price times its units": (
        "orders", "line", "UPDATE order_item SET unit_price = unit_price + 1 WHERE order_id = {order_id}",
        "UPDATE order_item SET unit_price = unit_price - 1 WHERE order_id = {order_id}"),
    "a line with more units than it costs": (
        "orders", "line", "UPDATE order_item SET qty = qty + 1 WHERE order_id = {order_id}",
        "UPDATE order_item SET qty = qty - 1 WHERE order_id = {order_id}"),
    "a line in another currency": (
        "orders", "line", "UPDATE order_item SET currency = LOWER(currency) WHERE order_id = {order_id}",
        "UPDATE order_item SET currency = UPPER(currency) WHERE order_id = {order_id}"),
    "an order ahead of its parcels": (
        "shipping", "state", "UPDATE orders SET state = 'PARTIALLY_SHIPPED' WHERE order_id = {shipped_id}",
        "UPDATE orders SET state = 'SHIPPED' WHERE order_id = {shipped_id}"),
    "units given up of an order that goes on": (
        "shipping", "state", "UPDATE order_item SET cancelled = 1 WHERE order_id = {paid_id}",
        "UPDATE order_item SET cancelled = 0 WHERE order_id = {paid_id}"),
    "a parcel that arrived on its way": (
        "shipping", "parcel", "UPDATE shipment SET delivered_at = created_at WHERE shipment_id = {shipment_id}",
        "UPDATE shipment SET delivered_at = NULL WHERE shipment_id = {shipment_id}"),
    "a parcel of an order that is closed": (
        "shipping", "parcel",
        "INSERT INTO shipment (shipment_id, order_id, state, created_at) VALUES (7, {shipped_id}, 'READY', UTC_TIMESTAMP(3));"
        "INSERT INTO shipment_item (shipment_id, line, order_id, sku_id, pool, qty) VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 1)",
        "DELETE FROM shipment_item WHERE shipment_id = 7; DELETE FROM shipment WHERE shipment_id = 7"),
    "units in a parcel that is gone": (
        "shipping", "item",
        "INSERT INTO shipment_item (shipment_id, line, order_id, sku_id, pool, qty) VALUES (7, 1, {paid_id}, {sku_id}, 'main', 1)",
        "DELETE FROM shipment_item WHERE shipment_id = 7"),
    "a parcel with more than was bought": ("shipping", "line", "UPDATE shipment_item SET qty = 3 WHERE shipment_id = {shipment_id}",
                                           "UPDATE shipment_item SET qty = 2 WHERE shipment_id = {shipment_id}"),
    "a parcel that left with units that did not": (
        "shipping", "left", "UPDATE stock_movement SET on_hand_change = -1 WHERE sku_id = {sku_id} AND reference = {shipment_id}",
        "UPDATE stock_movement SET on_hand_change = -2 WHERE sku_id = {sku_id} AND reference = {shipment_id}"),
    "units with buyers that never left": ("stock", "shipped", "UPDATE stock SET shipped = shipped + 1 WHERE sku_id = {sku_id}",
                                          "UPDATE stock SET shipped = shipped - 1 WHERE sku_id = {sku_id}"),
    "a return that ended at no time": (
        "shipping", "step", "INSERT INTO order_return (return_id, order_id, state, resolution, created_at) "
        "VALUES (7, {shipped_id}, 'REJECTED', 'refund', UTC_TIMESTAMP(3));"
        "INSERT INTO return_item (return_id, line, order_id, sku_id, pool, qty) VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 1)",
        "DELETE FROM return_item WHERE return_id = 7; DELETE FROM order_return WHERE return_id = 7"),
    "units of a return that is gone": (
        "shipping", "line",
        "INSERT INTO return_item (return_id, line, order_id, sku_id, pool, qty) VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 1)",
        "DELETE FROM return_item WHERE return_id = 7"),
    "a return whose money nobody gave": (
        "shipping", "refund", "INSERT INTO order_return (return_id, order_id, state, resolution, refund_amount, created_at) "
        "VALUES (7, {shipped_id}, 'REFUNDED', 'refund', 5, UTC_TIMESTAMP(3))", "DELETE FROM order_return WHERE return_id = 7"),
    "units that came back and are nowhere": (
        "shipping", "restock", "INSERT INTO order_return (return_id, order_id, state, resolution, created_at) "
        "VALUES (7, {shipped_id}, 'RECEIVED', 'refund', UTC_TIMESTAMP(3));"
        "INSERT INTO return_item (return_id, line, order_id, sku_id, pool, qty, received, sellable) "
        "VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 2, 2, 1)",
        "DELETE FROM return_item WHERE return_id = 7; DELETE FROM order_return WHERE return_id = 7"),
    "more units that come back than left": (
        "shipping", "more", "INSERT INTO order_return (return_id, order_id, state, resolution, created_at) "
        "VALUES (7, {shipped_id}, 'REQUESTED', 'refund', UTC_TIMESTAMP(3));"
        "INSERT INTO return_item (return_id, line, order_id, sku_id, pool, qty) VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 3)",
        "DELETE FROM return_item WHERE return_id = 7; DELETE FROM order_return WHERE return_id = 7"),
    "a replacement without a parcel": (
        "shipping", "replacement", "INSERT INTO order_return (return_id, order_id, state, resolution, created_at) "
        "VALUES (7, {shipped_id}, 'REPLACED', 'replacement', UTC_TIMESTAMP(3))", "DELETE FROM order_return WHERE return_id = 7"),
    "a replacement that holds no units": (
        "shipping", "held", "INSERT INTO order_return (return_id, order_id, state, resolution, shipment_id, created_at) "
        "VALUES (7, {shipped_id}, 'REPLACED', 'replacement', 7, UTC_TIMESTAMP(3));"
        "INSERT INTO shipment (shipment_id, order_id, return_id, state, created_at) VALUES (7, {shipped_id}, 7, 'READY', UTC_TIMESTAMP(3));"
        "INSERT INTO shipment_item (shipment_id, line, order_id, sku_id, pool, qty) VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 1)",
        "DELETE FROM shipment_item WHERE shipment_id = 7; DELETE FROM shipment WHERE shipment_id = 7;"
        "DELETE FROM order_return WHERE return_id = 7"),
    "paid without a capture": ("money", "paid", "UPDATE payment SET refund_due = 1 WHERE payment_id = {payment_id}",
                               "UPDATE payment SET refund_due = 0 WHERE payment_id = {payment_id}"),
    "asked for more than the order costs": (
        "money", "amount", "UPDATE payment SET amount = amount + 1 WHERE payment_id = {payment_id}",
        "UPDATE payment SET amount = amount - 1 WHERE payment_id = {payment_id}"),
    "two captures that pay one order": (
        "money", "twice",
        "INSERT INTO payment (payment_id, order_id, account_id, channel, state, amount, captured, currency, lease_until, expires_at, "
        "created_at, ended_at, captured_at) SELECT payment_id + 256, order_id, account_id, channel, state, amount, captured, currency, "
        "lease_until, expires_at, created_at, ended_at, captured_at FROM payment WHERE payment_id = {payment_id}",
        "DELETE FROM payment WHERE payment_id = {payment_id} + 256"),
    "an attempt of another account": ("money", "attempt", "UPDATE payment SET account_id = account_id + 256 WHERE payment_id = {payment_id}",
                                      "UPDATE payment SET account_id = account_id - 256 WHERE payment_id = {payment_id}"),
    "money under another number than the provider gave it": (
        "money", "attempt", "UPDATE payment SET provider_ref = 'other' WHERE payment_id = {payment_id}",
        "UPDATE payment SET provider_ref = 'ref' WHERE payment_id = {payment_id}"),
    "an attempt that nobody asks about": ("money", "attempt", "UPDATE payment SET due_at = NULL WHERE payment_id = {open_id}",
                                          "UPDATE payment SET due_at = UTC_TIMESTAMP(3) WHERE payment_id = {open_id}"),
    "money that another channel has": ("money", "ledger", "UPDATE payment SET channel = 'manual' WHERE payment_id = {payment_id}",
                                       "UPDATE payment SET channel = 'sandbox' WHERE payment_id = {payment_id}"),
    "a refund at another channel": (
        "money", "capture",
        "INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, created_at, due_at) "
        "SELECT payment_id + 256, payment_id, order_id, account_id, 'manual', 'SUBMITTED', 1, currency, 'staff', UTC_TIMESTAMP(3), "
        "UTC_TIMESTAMP(3) + INTERVAL 1 DAY FROM payment WHERE payment_id = {payment_id}",
        "DELETE FROM refund WHERE refund_id = {payment_id} + 256"),
    "money that the provider took and nobody knows of": (
        "money", "taken", "UPDATE payment SET taken = 5 WHERE payment_id = {open_id}",
        "UPDATE payment SET taken = NULL WHERE payment_id = {open_id}"),
    "a transfer of money that could pay twice": (
        "money", "reference", "UPDATE payment_reference SET reference = CONCAT(reference, '!') WHERE order_id = {marked_id}",
        "UPDATE payment_reference SET reference = TRIM(TRAILING '!' FROM reference) WHERE order_id = {marked_id}"),
    "a refund that failed and nobody knows of": (
        "money", "capture",
        "INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, created_at, ended_at) "
        "SELECT payment_id + 256, payment_id, order_id, account_id, channel, 'FAILED', 1, currency, 'staff', UTC_TIMESTAMP(3), "
        "UTC_TIMESTAMP(3) FROM payment WHERE payment_id = {payment_id}",
        "DELETE FROM refund WHERE refund_id = {payment_id} + 256"),
    "captured, not paid": ("money", "unpaid", "UPDATE orders SET state = 'CLOSED' WHERE order_id = {paid_id}",
                           "UPDATE orders SET state = 'PAID' WHERE order_id = {paid_id}"),
    "a refund that is not in the books": (
        "money", "refund",
        "INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, created_at, ended_at) "
        "SELECT payment_id + 256, payment_id, order_id, account_id, channel, 'SUCCEEDED', 1, currency, 'staff', UTC_TIMESTAMP(3), "
        "UTC_TIMESTAMP(3) FROM payment WHERE payment_id = {payment_id}",
        "DELETE FROM refund WHERE refund_id = {payment_id} + 256"),
    "a refund that another channel's books have": (
        "money", "refund", "UPDATE refund SET channel = 'sandbox' WHERE order_id = {marked_id}",
        "UPDATE refund SET channel = 'manual' WHERE order_id = {marked_id}"),
    "more goes back than came": (
        "money", "exceeds",
        "INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, created_at) "
        "SELECT payment_id + 512, payment_id, order_id, account_id, channel, 'SUBMITTED', captured + 1, currency, 'staff', "
        "UTC_TIMESTAMP(3) FROM payment WHERE payment_id = {payment_id}",
        "DELETE FROM refund WHERE refund_id = {payment_id} + 512"),
    "money kept of a cancelled order": ("money", "kept", "UPDATE orders SET state = 'CANCELLED' WHERE order_id = {paid_id}",
                                        "UPDATE orders SET state = 'PAID' WHERE order_id = {paid_id}"),
    "a cancelled order whose refund nobody gives": (
        "money", "stuck", "UPDATE orders SET state = 'CANCELLING' WHERE order_id = {paid_id}",
        "UPDATE orders SET state = 'PAID' WHERE order_id = {paid_id}"),
    "money beyond what an order costs": (
        "money", "excess", "UPDATE orders o JOIN payment p ON p.order_id = o.order_id SET o.total = o.total - 1, p.amount = p.amount - 1 "
        "WHERE o.order_id = {paid_id}", "UPDATE orders o JOIN payment p ON p.order_id = o.order_id SET o.total = o.total + 1, "
        "p.amount = p.amount + 1 WHERE o.order_id = {paid_id}"),
    "entries for a payment that is not there": (
        "money", "payment", "UPDATE payment SET payment_id = payment_id + 256, state = 'VOIDED', captured = NULL, captured_at = NULL "
        "WHERE payment_id = {payment_id};UPDATE orders SET state = 'CLOSED' WHERE order_id = {paid_id}",
        "UPDATE payment SET payment_id = payment_id - 256, state = 'CAPTURED', captured = amount, captured_at = ended_at "
        "WHERE payment_id = {payment_id} + 256;"
        "UPDATE orders SET state = 'PAID' WHERE order_id = {paid_id}"),
    "a payment that is not in the books": ("money", "ledger", "UPDATE payment SET state = 'VOIDED' WHERE payment_id = {payment_id}",
                                           "UPDATE payment SET state = 'CAPTURED' WHERE payment_id = {payment_id}"),
    "debits without credits": ("money", "balance",
                               "INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at) "
                               "SELECT transfer_id, 91, kind, 'nowhere', 1, 0, currency, order_id, created_at "
                               "FROM ledger_entry WHERE transfer_id = {payment_id} AND line = 1",
                               "INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at) "
                               "SELECT transfer_id, 92, kind, 'nowhere', 0, 1, currency, order_id, created_at "
                               "FROM ledger_entry WHERE transfer_id = {payment_id} AND line = 1"),
    "an answer for no order": (
        "idempotency", "order",
        "INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, status, body, created_at) VALUES "
        "({account_id}, 'order_place', 'audit', 'x', 201, '{{\"order_id\": \"7\"}}', UTC_TIMESTAMP(3))",
        "DELETE FROM idempotency WHERE account_id = {account_id} AND idempotency_key = 'audit'"),
    "two answers for one order": (
        "idempotency", "twice",
        "INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, status, body, created_at) VALUES "
        "({account_id}, 'order_place', 'audit', 'x', 201, '{{\"order_id\": \"{order_id}\"}}', UTC_TIMESTAMP(3))",
        "DELETE FROM idempotency WHERE account_id = {account_id} AND idempotency_key = 'audit'"),
    "an order whose key is forgotten": (
        "idempotency", "forgotten", "UPDATE idempotency SET route = 'audit' WHERE account_id = {account_id} AND route = 'order_place' "
        "AND body LIKE '%\"{order_id}\"%'",
        "UPDATE idempotency SET route = 'order_place' WHERE account_id = {account_id} AND route = 'audit'"),
    "an id of two things": (
        "ids", "twice", "INSERT INTO session_family (session_id, account_id, sequence, issued_at, expires_at, created_at) VALUES "
        "({order_id}, {account_id}, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3))",
        "DELETE FROM session_family WHERE session_id = {order_id}"),
    "an id in another shard's slot": (
        "ids", "slot", "INSERT INTO session_family (session_id, account_id, sequence, issued_at, expires_at, created_at) VALUES "
        "({foreign_id}, {account_id}, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3))",
        "DELETE FROM session_family WHERE session_id = {foreign_id}"),
    "a price of its own": ("broadcast", "content", "UPDATE sku SET price = price + 1 WHERE sku_id = {sku_id}",
                           "UPDATE sku SET price = price - 1 WHERE sku_id = {sku_id}"),
    "a version that never was": ("broadcast", "version", "UPDATE sku SET version = version + 1 WHERE sku_id = {sku_id}",
                                 "UPDATE sku SET version = version - 1 WHERE sku_id = {sku_id}"),
    "a discount of its own": ("broadcast", "content", "UPDATE promotion SET value = value + 1 WHERE code = 'WELCOME10'",
                              "UPDATE promotion SET value = value - 1 WHERE code = 'WELCOME10'"),
    "a way to ship that costs something else": (
        "broadcast", "content", "UPDATE shipping_method SET price = price + 1 WHERE position = 2",
        "UPDATE shipping_method SET price = price - 1 WHERE position = 2"),
    "a tax of another version": ("broadcast", "version", "UPDATE tax_rate SET version = version + 1",
                                 "UPDATE tax_rate SET version = version - 1"),
    "a weight of its own": ("broadcast", "content", "UPDATE sku SET weight_grams = weight_grams + 1 WHERE sku_id = {sku_id}",
                            "UPDATE sku SET weight_grams = weight_grams - 1 WHERE sku_id = {sku_id}"),
    "a tax class of its own": ("broadcast", "content", "UPDATE sku SET tax_class = CONCAT('x', tax_class) WHERE sku_id = {sku_id}",
                               "UPDATE sku SET tax_class = SUBSTRING(tax_class, 2) WHERE sku_id = {sku_id}"),
    "a title of its own": ("broadcast", "content", "UPDATE sku SET title = CONCAT('x', title) WHERE sku_id = {sku_id}",
                           "UPDATE sku SET title = SUBSTRING(title, 2) WHERE sku_id = {sku_id}"),
    "a category of its own": ("broadcast", "content", "INSERT INTO sku_category VALUES ({sku_id}, 7)",
                              "DELETE FROM sku_category WHERE sku_id = {sku_id} AND category_id = 7"),
    "a SKU that a shard lacks": ("broadcast", "missing", "UPDATE sku SET sku_id = 7 WHERE sku_id = {sku_id}",
                                 "UPDATE sku SET sku_id = {sku_id} WHERE sku_id = 7"),
    "a SKU of one shard": (
        "broadcast", "stranger", "INSERT INTO sku (sku_id, product_id, title, options_text, price, currency, state, weight_grams, version) "
        "SELECT 9223372036854775807, product_id, title, options_text, 1, currency, state, weight_grams, 1 FROM sku WHERE sku_id = {sku_id}",
        "DELETE FROM sku WHERE sku_id = 9223372036854775807"),
    "a promotion of one shard": (
        "broadcast", "stranger", "INSERT INTO promotion (promotion_id, name, kind, value, currency, min_spend, min_qty, exclusive, priority, "
        "starts_at, ends_at, state, version) SELECT 7, name, kind, value, currency, min_spend, min_qty, exclusive, priority, starts_at, "
        "ends_at, 'active', 1 FROM promotion WHERE promotion_id = {promotion_id}", "DELETE FROM promotion WHERE promotion_id = 7"),
    "a way to ship of one shard": (
        "broadcast", "stranger", "INSERT INTO shipping_method SELECT 7, name, currency, 0, 0, NULL, '', -1, tax_class, 'active', 1 "
        "FROM shipping_method WHERE position = 1", "DELETE FROM shipping_method WHERE shipping_method_id = 7"),
    "a tax of one shard": (
        "broadcast", "stranger", "INSERT INTO tax_rate VALUES (7, 'None', 'FR', '', 'standard', 0, 1, 'active', 1)",
        "DELETE FROM tax_rate WHERE tax_rate_id = 7"),
    "a promotion that is for nothing": (
        "broadcast", "target", "DELETE FROM promotion_target WHERE promotion_id = {promotion_id}",
        "INSERT INTO promotion_target SELECT promotion_id, 0, 0, 0, ends_at FROM promotion WHERE promotion_id = {promotion_id}"),
    "a promotion that is for more": (
        "broadcast", "target", "INSERT INTO promotion_target SELECT promotion_id, 3, {sku_id}, 0, ends_at FROM promotion "
        "WHERE promotion_id = {promotion_id}", "DELETE FROM promotion_target WHERE promotion_id = {promotion_id} AND kind = 3"),
    "a coupon that applies by itself": (
        "broadcast", "target", "UPDATE promotion_target SET automatic = 1 WHERE promotion_id = {promotion_id}",
        "UPDATE promotion_target SET automatic = 0 WHERE promotion_id = {promotion_id}"),
    "a rule that holds orders on one shard": (
        "broadcast", "stranger", "INSERT INTO hold_rule (currency, above, version) VALUES ('XTS', 1, 1)",
        "DELETE FROM hold_rule WHERE currency = 'XTS'"),
    "a target of no promotion": (
        "broadcast", "target", "INSERT INTO promotion_target VALUES (7, 0, 0, 1, '9999-12-31 00:00:00')",
        "DELETE FROM promotion_target WHERE promotion_id = 7"),
    "a category below that one shard has": (
        "broadcast", "targets", "INSERT INTO promotion_target SELECT promotion_id, 1, 7, 1, ends_at FROM promotion_target "
        "WHERE kind = 1 LIMIT 1", "DELETE FROM promotion_target WHERE kind = 1 AND target_id = 7"),
    "an address of nobody": ("logins", "nobody", "UPDATE login_claim SET account_id = account_id + 256 WHERE account_id = {account_id}",
                             "UPDATE login_claim SET account_id = account_id - 256 WHERE account_id = {account_id} + 256"),
    "an address that its account has left": (
        "logins", "nobody", "UPDATE account SET email = CONCAT('x', email) WHERE account_id = {account_id}",
        "UPDATE account SET email = SUBSTRING(email, 2) WHERE account_id = {account_id}"),
    "an account that stands behind itself": (
        "logins", "rival", "INSERT INTO login_rival (email, account_id, slot, created_at) SELECT email, account_id, slot, created_at "
        "FROM login_claim WHERE account_id = {account_id}", "DELETE FROM login_rival WHERE account_id = {account_id}"),
    "an account that nobody can sign in to": (
        "logins", "unclaimed", "INSERT INTO account (account_id, email, password_hash, created_at, changed_at) VALUES "
        "({order_id}, 'audit-{order_id}@example.org', 'x', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
        "DELETE FROM account WHERE account_id = {order_id}"),
    "an address that is proved and not kept": (
        "logins", "proved", "UPDATE account SET email_verified_at = UTC_TIMESTAMP(3) WHERE account_id = {account_id}",
        "UPDATE account SET email_verified_at = NULL WHERE account_id = {account_id}"),
    "a use that no order made": (
        "promotions", "used", "INSERT INTO promotion_use (account_id, promotion_id, used) VALUES ({account_id}, 7, 1)",
        "DELETE FROM promotion_use WHERE account_id = {account_id} AND promotion_id = 7"),
    "a use that is forgotten": (
        "promotions", "uncounted", "DELETE FROM promotion_use WHERE account_id = {account_id} AND promotion_id = {promotion_id}",
        "INSERT INTO promotion_use (account_id, promotion_id, used) VALUES ({account_id}, {promotion_id}, 1)"),
    "a coupon that took off more than its order was spared": (
        "promotions", "amount", "UPDATE order_promotion SET amount = amount + 1 WHERE order_id = {promoted_id}",
        "UPDATE order_promotion SET amount = amount - 1 WHERE order_id = {promoted_id}"),
    "a coupon that took off less": (
        "promotions", "amount", "UPDATE order_promotion SET amount = amount - 1 WHERE order_id = {promoted_id}",
        "UPDATE order_promotion SET amount = amount + 1 WHERE order_id = {promoted_id}"),
    "a coupon beside free shipping that took off more": (
        "promotions", "amount", "UPDATE order_promotion SET amount = amount + 1 WHERE order_id = {spared_id} AND promotion_id = {tenth_id}",
        "UPDATE order_promotion SET amount = amount - 1 WHERE order_id = {spared_id} AND promotion_id = {tenth_id}"),
    "free shipping that took off more than shipping costs": (
        "promotions", "amount", "UPDATE order_promotion SET amount = amount + 1 WHERE order_id = {spared_id} AND promotion_id = {free_id}",
        "UPDATE order_promotion SET amount = amount - 1 WHERE order_id = {spared_id} AND promotion_id = {free_id}"),
    "a coupon that took off what free shipping did": (
        "promotions", "amount", "UPDATE order_promotion SET amount = 690 - amount WHERE order_id = {spared_id}",
        "UPDATE order_promotion SET amount = 690 - amount WHERE order_id = {spared_id}"),
}
