-- Merging the events of every order, in order, must give its row; its lines, which never change, stand in order_item alone.
CREATE PROCEDURE assert_folds(in_name VARCHAR(200))
BEGIN
    DECLARE v_broken INT;

    WITH RECURSIVE fold (order_id, seq, data) AS (
        SELECT order_id, seq, CAST(data AS CHAR(20000)) FROM order_event WHERE seq = 1
        UNION ALL
        SELECT e.order_id, e.seq, JSON_MERGE_PATCH(f.data, e.data)
          FROM fold f JOIN order_event e ON e.order_id = f.order_id AND e.seq = f.seq + 1),
    names (name) AS (
        SELECT 'order_id' UNION ALL SELECT 'account_id' UNION ALL SELECT 'state' UNION ALL SELECT 'version'
        UNION ALL SELECT 'items_total' UNION ALL SELECT 'total' UNION ALL SELECT 'currency'
        UNION ALL SELECT 'title' UNION ALL SELECT 'note' UNION ALL SELECT 'email' UNION ALL SELECT 'address'
        UNION ALL SELECT 'created_at' UNION ALL SELECT 'expires_at' UNION ALL SELECT 'closing_at'
        UNION ALL SELECT 'closed_at' UNION ALL SELECT 'paid_at' UNION ALL SELECT 'items_n'
        UNION ALL SELECT 'discount_total' UNION ALL SELECT 'shipping_total' UNION ALL SELECT 'tax_total'
        UNION ALL SELECT 'tax_included' UNION ALL SELECT 'shipping_method' UNION ALL SELECT 'held_at'
        UNION ALL SELECT 'shipped_at' UNION ALL SELECT 'delivered_at' UNION ALL SELECT 'completed_at')
    SELECT COUNT(*) INTO v_broken
      FROM orders o
      JOIN names n
      LEFT JOIN fold f ON f.order_id = o.order_id AND f.seq = o.version
     WHERE f.order_id IS NULL
        OR COALESCE(CAST(JSON_EXTRACT(JSON_MERGE_PATCH('{}', f.data), CONCAT('$.', n.name)) AS CHAR), 'null')
           <> COALESCE(CAST(JSON_EXTRACT(JSON_MERGE_PATCH('{}', order_json(o.order_id)), CONCAT('$.', n.name)) AS CHAR), 'null');
    CALL assert_is(in_name, v_broken, 0);
END
