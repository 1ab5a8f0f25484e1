-- promotion_put_targets: notes what a rule that applies by itself is for, and keeps their number on one target bounded.
--
-- Parameters
--   in_promotion_id  BIGINT     which; its row is written
-- Returns  nothing: called by promotion_put
-- Errors   30709 promotion.target_full: 20
-- Locks    promotion_target: of two that reach for the last place at once, one fails and may be tried again
-- Example  CALL promotion_put_targets(7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_put_targets(in_promotion_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'targets of a rule'
BEGIN
    DECLARE v_most INT;

    DELETE FROM promotion_target WHERE promotion_id = in_promotion_id;
    INSERT INTO promotion_target (promotion_id, kind, target_id)
    SELECT DISTINCT p.promotion_id, FIELD(j.kind, 'all', 'category', 'product', 'sku') - 1, COALESCE(j.id, 0)
      FROM promotion p
      JOIN JSON_TABLE(p.targets, '$[*]' COLUMNS (kind VARCHAR(16) PATH '$.kind', id BIGINT PATH '$.id')) j
     WHERE p.promotion_id = in_promotion_id AND p.state = 'active' AND p.code IS NULL;

    SELECT MAX(w.rules_n) INTO v_most
      FROM (SELECT o.kind, o.target_id, COUNT(*) AS rules_n
              FROM promotion_target m
              JOIN promotion_target o ON o.kind = m.kind AND o.target_id = m.target_id
              JOIN promotion p ON p.promotion_id = o.promotion_id
                   AND (p.ends_at IS NULL OR p.ends_at > UTC_TIMESTAMP(3))
             WHERE m.promotion_id = in_promotion_id
             GROUP BY o.kind, o.target_id
              LOCK IN SHARE MODE) w;
    IF v_most > 20 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30709, MESSAGE_TEXT = 'promotion.target_full: 20';
    END IF;
END
