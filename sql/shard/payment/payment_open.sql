-- payment_open: opens an attempt to pay an order.
--
-- in_order_id         the order; the caller's own, PENDING_PAYMENT and not past its time
-- in_channel          payment channel, known to the caller
-- in_account_id       the caller
-- in_payment_id       new id in the account's slot
-- in_idempotency_key  required by the row
-- in_body_hash        SHA-256 of path and body
-- in_outside          1: the provider is told by the worker, and the attempt is CREATED until then; 0: it is SUBMITTED
-- in_currencies       what the channel takes: 'CNY,USD'; NULL: any
-- Returns             201 and the payment (amount and currency are the order's)
-- Errors              30004 not_found · 30506 order.state · 30604 payment.state (nothing to pay, or too many attempts) ·
--                     30606 payment.currency ·
--                     30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks               slot_owner, idempotency, orders, payment, order_event, outbox
-- Example             CALL payment_open(1234, 'sandbox', 42, 5678, 'key-1', UNHEX(SHA2('{}', 256)), 0, NULL);
--
-- The lease keeps the closer away for the seconds in which a buyer, or the worker, is on the way to the provider. What is
-- SUBMITTED is asked about after a while, should the callback be lost.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_open(
    IN in_order_id BIGINT,
    IN in_channel VARCHAR(16),
    IN in_account_id BIGINT,
    IN in_payment_id BIGINT,
    IN in_idempotency_key VARCHAR(255),
    IN in_body_hash VARBINARY(32),
    IN in_outside TINYINT,
    IN in_currencies VARCHAR(255)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_lease_s INT DEFAULT 10;
    DECLARE v_ask_s INT DEFAULT 20;
    DECLARE v_attempts_max INT DEFAULT 20;
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_state VARCHAR(20);
    DECLARE v_total BIGINT;
    DECLARE v_currency CHAR(3);
    DECLARE v_expires_at DATETIME(3);
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_message VARCHAR(128);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    CALL idempotency_claim(in_account_id, 'payment_open', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT state, total, currency, expires_at INTO v_state, v_total, v_currency, v_expires_at
          FROM orders WHERE order_id = in_order_id AND account_id = in_account_id FOR UPDATE;
        IF v_state IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
        ELSEIF v_state <> 'PENDING_PAYMENT' THEN
            SET v_message = CONCAT('order.state: the order is ', v_state);
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30506, MESSAGE_TEXT = v_message;
        ELSEIF v_expires_at <= v_now THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30506, MESSAGE_TEXT = 'order.state: the time to pay is over';
        ELSEIF v_total <= 0 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30604, MESSAGE_TEXT = 'payment.state: there is nothing to pay';
        ELSEIF NOT FIND_IN_SET(v_currency, COALESCE(in_currencies, v_currency)) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30606, MESSAGE_TEXT = 'payment.currency';
        ELSEIF (SELECT COUNT(*) FROM payment WHERE order_id = in_order_id) >= v_attempts_max THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30604, MESSAGE_TEXT = 'payment.state: too many attempts';
        END IF;

        INSERT INTO payment (payment_id, order_id, account_id, channel, state, amount, currency, lease_until,
                             expires_at, due_at, created_at)
        VALUES (in_payment_id, in_order_id, in_account_id, in_channel, IF(in_outside, 'CREATED', 'SUBMITTED'), v_total,
                v_currency, v_now + INTERVAL v_lease_s SECOND, v_expires_at,
                v_now + INTERVAL IF(in_outside, 0, v_ask_s) SECOND, v_now);
        CALL order_event_append(in_order_id, IF(in_outside, 'payment.created', 'payment.submitted'),
                                JSON_OBJECT('payment_id', CAST(in_payment_id AS CHAR), 'channel', in_channel));

        SET v_status = 201, v_body = payment_json(in_payment_id), v_etag = 'v1';
        CALL idempotency_store(in_account_id, 'payment_open', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;
    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
