-- Events of orders become mail to their buyers: each event once, however often it comes.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 100, NULL);
CALL place(9001, 5, 2, 'o1', 'h', '[{"sku_id": "41", "qty": 2}]', '{}', NULL, NULL, NULL, 60);

CALL assert_next('an event that stands twice among others is one mail', '"mails": 2');
CALL mail_notices('[{"mail_id": "8001", "order_id": "9001", "kind": "order.placed", "event_id": "order-9001-1", "data": "{\\"seq\\": 1}"},
                    {"mail_id": "8002", "order_id": "9001", "kind": "order.paid", "event_id": "order-9001-2", "data": "{\\"seq\\": 2}"},
                    {"mail_id": "8003", "order_id": "9001", "kind": "order.placed", "event_id": "order-9001-1", "data": "{\\"seq\\": 1}"}]');
CALL assert_is('to its buyer', (SELECT GROUP_CONCAT(CONCAT_WS(' ', mail_id, kind, account_id, order_id, data, state) ORDER BY mail_id) FROM mail),
    '8001 order.placed 5 9001 {"seq": 1} pending,8002 order.paid 5 9001 {"seq": 2} pending');
CALL assert_next('what comes again beside what is new adds nothing', '"mails": 1');
CALL mail_notices('[{"mail_id": "8004", "order_id": "9001", "kind": "order.paid", "event_id": "order-9001-2", "data": "{}"},
                    {"mail_id": "8005", "order_id": "9001", "kind": "order.closed", "event_id": "order-9001-3", "data": "{}"}]');
CALL assert_next('nor alone', '"mails": 0');
CALL mail_notices('[{"mail_id": "8006", "order_id": "9001", "kind": "order.closed", "event_id": "order-9001-3", "data": "{}"}]');
CALL assert_next('an order that is not here has no buyer', '"mails": 0');
CALL mail_notices('[{"mail_id": "8007", "order_id": "9999", "kind": "order.closed", "event_id": "order-9999-1", "data": "{}"}]');
CALL assert_is('all of them are taken', (SELECT GROUP_CONCAT(event_id ORDER BY event_id) FROM inbox WHERE consumer = 'mail'), 'order-9001-1,order-9001-2,order-9001-3,order-9999-1');
