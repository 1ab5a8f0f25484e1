-- Carries a statement about order @o out for a new order in each state of orders, and notes in the table transition what came of
-- it. Statements that are refused are noted like others; `in_sql` is everything about that order that is due at any time.
CREATE PROCEDURE try_transitions(in_name VARCHAR(64), in_sql LONGTEXT)
BEGIN
    DECLARE v_n INT DEFAULT 0;
    DECLARE v_state VARCHAR(20);
    DECLARE v_version, v_events BIGINT;

    CREATE TABLE IF NOT EXISTS transition (name VARCHAR(64), n INT, state_from VARCHAR(20), state_to VARCHAR(20), told TINYINT);
    SET @try_sql = in_sql, @o = COALESCE(@o, 50000000);
    PREPARE attempt FROM @try_sql;
    WHILE v_n < 11 DO
        SET v_n = v_n + 1, @o = @o + 256,
            v_state = ELT(v_n, 'PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'PAID', 'ON_HOLD', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED',
                          'COMPLETED', 'CANCELLING', 'CANCELLED');
        CALL place(@o, 5, 2, CONCAT('try-', @o), 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 3600);
        IF in_sql LIKE '%capture(%' THEN
            CALL payment_open(@o, 'sandbox', 5, @o + 512000000, CONCAT('p', @o), 'h', 0, NULL);
        END IF;
        UPDATE orders SET state = v_state, due_at = UTC_TIMESTAMP(3) - INTERVAL 1 DAY WHERE order_id = @o;
        SELECT version INTO v_version FROM orders WHERE order_id = @o;
        SELECT COUNT(*) INTO v_events FROM order_event WHERE order_id = @o;
        BEGIN
            DECLARE EXIT HANDLER FOR SQLEXCEPTION ROLLBACK;
            EXECUTE attempt;
        END;
        INSERT INTO transition
        SELECT in_name, v_n, v_state, o.state, o.version > v_version AND COUNT(*) - v_events = o.version - v_version
          FROM orders o JOIN order_event e ON e.order_id = o.order_id
         WHERE o.order_id = @o GROUP BY o.state, o.version;
        UPDATE orders SET due_at = NULL WHERE order_id = @o; -- and no timer comes back to it
    END WHILE;
    DEALLOCATE PREPARE attempt;
END
