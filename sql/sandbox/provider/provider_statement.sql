-- provider_statement: a page of what the provider did for a merchant on one day: captures, then refunds, each by time.
--
-- in_merchant    whose
-- in_day         the day, UTC
-- in_after_kind  capture or refund, of the last line seen; NULL: from the beginning
-- in_after_at    its time
-- in_after_id    its payment_id or refund_id
-- in_limit       lines at most, 1 … 1,000
-- Returns  200 and text: a line "kind,provider_ref,payment_id,refund_id,amount,fee,currency,at" for each
-- Errors   30004 not_found: the day has not begun
-- Locks    none
-- Example  CALL provider_statement('souk', '2026-11-28', NULL, NULL, NULL, 1000);
--
-- Faults, of one payment only: statement_lost (it is left out) and statement_amount_off.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE provider_statement(
    IN in_merchant VARCHAR(32), IN in_day VARCHAR(10), IN in_after_kind VARCHAR(8), IN in_after_at VARCHAR(24),
    IN in_after_id BIGINT, IN in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a page of a statement'
BEGIN
    DECLARE v_day DATE DEFAULT STR_TO_DATE(in_day, '%Y-%m-%d');
    DECLARE v_at DATETIME(3) DEFAULT COALESCE(STR_TO_DATE(LEFT(REPLACE(in_after_at, 'T', ' '), 23), '%Y-%m-%d %H:%i:%s.%f'), v_day);
    DECLARE v_after BIGINT DEFAULT COALESCE(in_after_id, 0);
    DECLARE v_captures TINYINT DEFAULT COALESCE(in_after_kind, 'capture') = 'capture';

    IF v_day IS NULL OR v_day > UTC_DATE() THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no statement of this day';
    END IF;
    SELECT 200 AS status, COALESCE(GROUP_CONCAT(l.kind, ',', l.provider_ref, ',', l.payment_id, ',', l.refund_id, ',', l.amount,
                                                ',', l.fee, ',', l.currency, ',', l.at, '\n'
                                                ORDER BY l.kind, l.at, l.id SEPARATOR ''), '') AS body
      FROM (SELECT u.*
              FROM ((SELECT 'capture' AS kind, p.provider_ref, p.payment_id, '' AS refund_id,
                            p.taken + COALESCE(fa.value, 0) AS amount, p.fee, p.currency,
                            rfc3339(p.decided_at) AS at, p.payment_id AS id
                       FROM payment p
                       LEFT JOIN fault fl ON fl.payment_id = p.payment_id AND fl.name = 'statement_lost'
                       LEFT JOIN fault fa ON fa.payment_id = p.payment_id AND fa.name = 'statement_amount_off'
                      WHERE v_captures AND p.decided_at >= v_at AND p.decided_at < v_day + INTERVAL 1 DAY
                        AND (p.decided_at > v_at OR p.payment_id > v_after) AND p.merchant = in_merchant
                        AND p.state = 'captured' AND fl.value IS NULL
                      ORDER BY p.decided_at, p.payment_id LIMIT in_limit)
                     UNION ALL
                    (SELECT 'refund', r.provider_ref, r.payment_id, r.refund_id, r.amount, 0, r.currency, rfc3339(r.ends_at),
                            r.refund_id
                       FROM refund r
                      WHERE r.ends_at >= IF(v_captures, v_day, v_at) AND r.ends_at < v_day + INTERVAL 1 DAY
                        AND r.ends_at <= UTC_TIMESTAMP(3)
                        AND (v_captures OR r.ends_at > v_at OR r.refund_id > v_after) AND r.merchant = in_merchant
                        AND r.state = 'refunded'
                      ORDER BY r.ends_at, r.refund_id LIMIT in_limit)) u
             ORDER BY u.kind, u.at, u.id
             LIMIT in_limit) l;
END
