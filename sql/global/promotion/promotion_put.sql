-- promotion_put: writes a promotion, new or changed, and all that follows from it.
--
-- Parameters
--   in_promotion_id  BIGINT     which
--   in_promotion     LONGTEXT   JSON of all of it, as promotion_json gives it
--   in_version       BIGINT     its new version
--   in_transfer_id   BIGINT     new id, for coupons that are issued
-- Returns  nothing: called by promotion_create and promotion_change inside their transaction
-- Errors   30003 request.invalid · 30708 promotion.code_taken · 30709 promotion.target_full: 20 · 30710 promotion.limit: <now>
-- Locks    promotion, promotion_quota, promotion_target, broadcast, outbox
-- Example  CALL promotion_put(7, '{"name": "Ten off", …}', 1, 8);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_put(
    in_promotion_id BIGINT, in_promotion LONGTEXT, in_version BIGINT, in_transfer_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'writes a promotion'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_issued, v_limit BIGINT;
    DECLARE v_message VARCHAR(128);
    DECLARE EXIT HANDLER FOR 1062
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30708, MESSAGE_TEXT = 'promotion.code_taken';

    CALL promotion_check(in_promotion);
    -- what it was for before may be gone since
    SELECT CONCAT('request.invalid: targets[', j.nth - 1, '].id: there is no such ', j.kind) INTO v_message
      FROM JSON_TABLE(in_promotion, '$.targets[*]' COLUMNS (nth FOR ORDINALITY, kind VARCHAR(16) PATH '$.kind', id BIGINT PATH '$.id')) j
      LEFT JOIN category c ON j.kind = 'category' AND c.category_id = j.id
      LEFT JOIN product g ON j.kind = 'product' AND g.product_id = j.id
      LEFT JOIN sku s ON j.kind = 'sku' AND s.sku_id = j.id
     WHERE j.kind <> 'all' AND c.category_id IS NULL AND g.product_id IS NULL AND s.sku_id IS NULL
       AND NOT EXISTS (SELECT 1
                         FROM promotion o
                         JOIN JSON_TABLE(o.targets, '$[*]' COLUMNS (kind VARCHAR(16) PATH '$.kind', id BIGINT PATH '$.id')) t
                           ON t.kind = j.kind AND t.id = j.id
                        WHERE o.promotion_id = in_promotion_id)
     ORDER BY j.nth
     LIMIT 1;
    IF v_message IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
    END IF;
    INSERT INTO promotion (promotion_id, name, kind, value, currency, targets, starts_at, state, version, created_at, updated_at)
    SELECT in_promotion_id, '', '', 0, '', '[]', v_now, 'inactive', 0, v_now, v_now
      FROM (SELECT 1 AS one) o
     WHERE in_version = 1;
    UPDATE promotion p
      JOIN JSON_TABLE(in_promotion, '$' COLUMNS (
               name VARCHAR(190) PATH '$.name', code VARCHAR(64) PATH '$.code', kind VARCHAR(16) PATH '$.kind',
               value BIGINT PATH '$.value', currency CHAR(3) PATH '$.currency', min_spend BIGINT PATH '$.min_spend',
               min_qty BIGINT PATH '$.min_qty', max_discount BIGINT PATH '$.max_discount', targets JSON PATH '$.targets',
               exclusive VARCHAR(5) PATH '$.exclusive', priority BIGINT PATH '$.priority',
               stack_group VARCHAR(64) PATH '$.stack_group', total_limit BIGINT PATH '$.total_limit',
               account_limit BIGINT PATH '$.account_limit', starts_at VARCHAR(40) PATH '$.starts_at',
               ends_at VARCHAR(40) PATH '$.ends_at', state VARCHAR(16) PATH '$.state')) j
       SET p.name = j.name, p.code = UPPER(j.code), p.kind = j.kind, p.value = j.value, p.currency = UPPER(j.currency),
           p.min_spend = j.min_spend, p.min_qty = j.min_qty, p.max_discount = j.max_discount, p.targets = j.targets,
           p.exclusive = j.exclusive IN ('true', '1'), p.priority = j.priority, p.stack_group = j.stack_group,
           p.total_limit = j.total_limit, p.account_limit = j.account_limit,
           p.starts_at = REPLACE(REPLACE(j.starts_at, 'T', ' '), 'Z', ''),
           p.ends_at = REPLACE(REPLACE(j.ends_at, 'T', ' '), 'Z', ''), p.state = j.state, p.version = in_version,
           p.updated_at = v_now
     WHERE p.promotion_id = in_promotion_id;

    SELECT p.total_limit, (SELECT SUM(q.qty) FROM promotion_quota q WHERE q.promotion_id = p.promotion_id)
      INTO v_limit, v_issued
      FROM promotion p
     WHERE p.promotion_id = in_promotion_id;
    IF COALESCE(v_limit, 0) < v_issued OR v_issued IS NULL AND v_limit IS NOT NULL AND in_version > 1 THEN
        SET v_message = CONCAT('promotion.limit: ', COALESCE(v_issued, 'none'));
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30710, MESSAGE_TEXT = v_message;
    ELSEIF v_limit > COALESCE(v_issued, 0) THEN
        INSERT INTO promotion_quota (transfer_id, promotion_id, qty)
        VALUES (in_transfer_id, in_promotion_id, v_limit - COALESCE(v_issued, 0));
    END IF;

    CALL promotion_put_targets(in_promotion_id);
    CALL promotion_tell(in_promotion_id);
END
