-- mail_due: mail that is to be sent now; it is the caller's until the lease ends.
--
-- Parameters
--   in_claim        VARCHAR(32)   made up by the caller for this call
--   in_lease_s      BIGINT        seconds after which another may try
--   in_limit        BIGINT        mails at most, 1 … 100
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"mail_id", "kind", "email", "account_id", "data": {…}, "event": {…} or null, "order": {…} or null}]};
--   event: the data of the order's event that it tells of
-- Errors   none of its own
-- Locks    mail (the rows claimed)
-- Example  CALL mail_due('0f3a…', 60, 8);
--
-- Mail that nobody is to get (no account has the address, what is personal was erased) is dropped on the way.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_due(
    in_claim   VARCHAR(32),
    in_lease_s BIGINT,
    in_limit   BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'claims mail that is due'
claim_mail: BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_rest BIGINT DEFAULT in_limit;
    DECLARE v_any TINYINT;
    DECLARE v_items LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    -- mostly nothing is: two looks into the index, which as the condition of IF would lock what they read
    SELECT EXISTS (SELECT 1 FROM mail WHERE state = 'pending' AND urgent = 1 AND due_at <= v_now)
           OR EXISTS (SELECT 1 FROM mail WHERE state = 'pending' AND urgent = 0 AND due_at <= v_now)
      INTO v_any;
    IF NOT v_any THEN
        SELECT 200 AS status, '{"items": []}' AS body;
        LEAVE claim_mail;
    END IF;

    START TRANSACTION;
    UPDATE mail FORCE INDEX (mail_due)
       SET claim = in_claim, due_at = v_now + INTERVAL in_lease_s SECOND
     WHERE state = 'pending' AND urgent = 1 AND due_at <= v_now
     ORDER BY state, urgent, due_at
     LIMIT in_limit;
    SET v_rest = in_limit - ROW_COUNT();
    UPDATE mail FORCE INDEX (mail_due)
       SET claim = in_claim, due_at = v_now + INTERVAL in_lease_s SECOND
     WHERE state = 'pending' AND urgent = 0 AND due_at <= v_now
     ORDER BY state, urgent, due_at
     LIMIT v_rest;
    UPDATE mail m
      LEFT JOIN login_claim c ON c.email = m.email
       SET m.account_id = c.account_id
     WHERE m.claim = in_claim AND m.kind = 'password_reset';
    UPDATE mail m
      LEFT JOIN orders o ON o.order_id = m.order_id
      LEFT JOIN account a ON a.account_id = m.account_id
       SET m.state = 'dropped', m.claim = NULL, m.ended_at = v_now
     WHERE m.claim = in_claim
       AND (COALESCE(m.email, o.email, IF(a.deleted_at IS NULL, a.email, NULL)) IS NULL
            OR (m.kind = 'password_reset' AND m.account_id IS NULL));
    SELECT GROUP_CONCAT(CONCAT('{"mail_id": "', m.mail_id, '", "kind": "', m.kind, '", "email": ',
                               JSON_QUOTE(COALESCE(m.email, o.email, a.email)), ', "account_id": "', COALESCE(m.account_id, 0),
                               '", "data": ', m.data, ', "event": ', COALESCE(e.data, 'null'),
                               ', "order": ', COALESCE(order_json(m.order_id), 'null'), '}')
                        ORDER BY m.urgent DESC, m.mail_id)
      INTO v_items
      FROM mail m
      LEFT JOIN orders o ON o.order_id = m.order_id
      LEFT JOIN account a ON a.account_id = m.account_id
      LEFT JOIN order_event e ON e.order_id = m.order_id AND e.seq = JSON_EXTRACT(m.data, '$.seq')
     WHERE m.claim = in_claim AND m.state = 'pending';
    COMMIT;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
