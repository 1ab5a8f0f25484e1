-- Each routine that changes an order's state, tried on an order in every state: only what the table of transitions has happens.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 1000, NULL);

CALL try_transitions('order_hold', 'CALL order_hold(5, @o, CONCAT(''a'', @o), ''h'', NULL, ''risk'')');
CALL try_transitions('order_release', 'CALL order_release(5, @o, CONCAT(''a'', @o), ''h'', NULL)');
CALL try_transitions('order_mark_paid', 'CALL order_mark_paid(5, @o, @o + 768000000, CONCAT(''a'', @o), ''h'', NULL, ''bank 1'', NULL, NULL, NULL)');
CALL try_transitions('order_cancel', 'CALL order_cancel(5, @o, @o + 256000000, CONCAT(''a'', @o), ''h'', NULL)');
CALL try_transitions('order_cancel_by_staff', 'CALL order_cancel_by_staff(@o, ''asked'', 7, @o + 256000000, CONCAT(''a'', @o), ''h'', NULL)');
CALL try_transitions('order_confirm_receipt', 'CALL order_confirm_receipt(5, @o, CONCAT(''a'', @o), ''h'', NULL)');
CALL try_transitions('order_ship', 'CALL order_ship(@o)');
CALL try_transitions('order_deliver', 'CALL order_deliver(@o, ''carrier'')');
CALL try_transitions('order_deliver_due', 'CALL order_deliver_due(100, 0)');
CALL try_transitions('order_complete_due', 'CALL order_complete_due(100, 0)');
CALL try_transitions('order_close_begin', 'CALL order_close_begin(100)');
CALL try_transitions('orders_close', 'CALL orders_close(CONCAT(''['', @o, '']''))');
CALL try_transitions('order_close_each', 'CALL order_close_each(CONCAT(''[{"n": 0, "order_id": "'', @o, ''"}]''))');
CALL try_transitions('order_cancel_finish', 'CALL order_cancel_finish(@o)');
CALL try_transitions('payment_capture', 'CALL capture(@o + 512000000, ''sandbox'', @o, 500, ''EUR'', CONCAT(''evt-'', @o), ''ref'')');

CALL assert_is('every routine was tried on every state', (SELECT COUNT(*) FROM transition), 15 * 11);
CALL assert_is('nothing happens but what may', (
    SELECT GROUP_CONCAT(name, ': ', moves ORDER BY name SEPARATOR '; ')
      FROM (SELECT name, GROUP_CONCAT(state_from, ' to ', state_to ORDER BY n SEPARATOR ', ') AS moves
              FROM transition WHERE state_from <> state_to GROUP BY name) m),
    CONCAT('orders_close: CLOSING to CLOSED; ',
           'order_cancel: PENDING_PAYMENT to CLOSED, PAID to CANCELLED, ON_HOLD to CANCELLED; ',
           'order_cancel_by_staff: PENDING_PAYMENT to CLOSED, PAID to CANCELLED, ON_HOLD to CANCELLED; ',
           'order_cancel_finish: CANCELLING to CANCELLED; ',
           'order_close_begin: PENDING_PAYMENT to CLOSING; ',
           'order_close_each: CLOSING to CLOSED; ',
           'order_complete_due: DELIVERED to COMPLETED; ',
           'order_confirm_receipt: SHIPPED to COMPLETED, DELIVERED to COMPLETED; ',
           'order_deliver: SHIPPED to DELIVERED; ',
           'order_deliver_due: SHIPPED to DELIVERED; ',
           'order_hold: PAID to ON_HOLD; ',
           'order_mark_paid: PENDING_PAYMENT to PAID; ',
           'order_release: ON_HOLD to PAID; ',
           'order_ship: PAID to PARTIALLY_SHIPPED; ',
           'payment_capture: PENDING_PAYMENT to PAID, CLOSING to PAID'));
CALL assert_is('what happens is told: an event for each version', (
    SELECT GROUP_CONCAT(name, ' ', state_from) FROM transition WHERE state_from <> state_to AND NOT told), NULL);
CALL assert_is('what does not happen is not', (
    SELECT GROUP_CONCAT(name, ' ', state_from) FROM transition
     WHERE state_from = state_to AND told AND name NOT IN ('payment_capture', 'order_ship')), NULL);
