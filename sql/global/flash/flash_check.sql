-- flash_check: refuses a flash sale that makes no sense.
--
-- Parameters
--   in_sale         LONGTEXT   JSON as flash_json gives it
-- Returns  nothing: called by flash_put
-- Errors   30003 request.invalid: <field>: <what is wrong>
-- Locks    none
-- Example  CALL flash_check('{"sku_id": "42", "starts_at": "2026-01-31T09:00:00Z", …}');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_check(in_sale LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'whether a flash sale makes sense'
BEGIN
    DECLARE v_wrong VARCHAR(100);
    DECLARE v_message VARCHAR(128);

    SELECT CASE
               WHEN NOT EXISTS (SELECT 1 FROM sku s JOIN product p ON p.product_id = s.product_id AND p.state = 'published'
                                 WHERE s.sku_id = j.sku_id AND s.state = 'active') THEN 'sku_id: nothing that is for sale'
               WHEN NOT is_time(j.starts_at) THEN 'starts_at: like 2026-01-31T09:00:00Z'
               WHEN NOT is_time(j.ends_at) THEN 'ends_at: like 2026-01-31T09:00:00Z'
               WHEN NOT is_time(j.queue_opens_at) THEN 'queue_opens_at: like 2026-01-31T09:00:00Z'
               WHEN LEFT(j.ends_at, 19) <= LEFT(j.starts_at, 19) THEN 'ends_at: after starts_at'
               WHEN j.queue_opens_at > j.starts_at THEN 'queue_opens_at: not after starts_at'
               WHEN j.per_account > j.units THEN 'per_account: not more than units' END
      INTO v_wrong
      FROM JSON_TABLE(in_sale, '$' COLUMNS (
               sku_id BIGINT PATH '$.sku_id', units BIGINT PATH '$.units', per_account BIGINT PATH '$.per_account',
               queue_opens_at VARCHAR(40) PATH '$.queue_opens_at', starts_at VARCHAR(40) PATH '$.starts_at',
               ends_at VARCHAR(40) PATH '$.ends_at')) j;
    IF v_wrong IS NOT NULL THEN
        SET v_message = CONCAT('request.invalid: ', v_wrong);
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
    END IF;
END
