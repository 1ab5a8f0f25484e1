-- payment_case_end: what a person was called for has ended by itself.
--
-- Parameters
--   in_kind         VARCHAR(24)    payment_stuck, refund_stuck, order_stuck
--   in_about        BIGINT         the payment, refund or order
--   in_note         VARCHAR(500)   how
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    payment_case
-- Example  CALL payment_case_end('refund_stuck', 9876, 'the provider has ended it');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_case_end(
    in_kind VARCHAR(24), in_about BIGINT, in_note VARCHAR(500)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a case has ended by itself'
UPDATE payment_case
   SET state = 'closed', note = in_note, closed_at = UTC_TIMESTAMP(3), version = version + 1
 WHERE kind = CAST(in_kind AS CHAR) COLLATE utf8mb4_bin AND reference = CAST(in_about AS CHAR) COLLATE utf8mb4_bin AND state = 'open'
