-- promotion_tell: notes a promotion for every shard, and for whoever listens.
--
-- Parameters
--   in_promotion_id  BIGINT   which
-- Returns  nothing: called by promotion_put inside its transaction
-- Errors   none
-- Locks    the row of broadcast, the new row of outbox
-- Example  CALL promotion_tell(7);
--
-- A category stands for all categories below it, as the tree is now.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_tell(in_promotion_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a promotion for every shard'
BEGIN
    DECLARE v_row, v_targets, v_quotas LONGTEXT;
    DECLARE v_version BIGINT;

    WITH RECURSIVE target (kind, id) AS (
        SELECT CONVERT(j.kind USING utf8mb4) COLLATE utf8mb4_bin, j.id
          FROM promotion p
          JOIN JSON_TABLE(p.targets, '$[*]' COLUMNS (kind VARCHAR(16) PATH '$.kind', id BIGINT PATH '$.id')) j
         WHERE p.promotion_id = in_promotion_id
        UNION
        SELECT t.kind, c.category_id
          FROM target t JOIN category c ON c.parent_id = t.id
         WHERE t.kind = 'category')
    SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT('kind', kind, 'id', id)), ']') INTO v_targets FROM target;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('transfer_id', transfer_id, 'qty', qty)), ''), ']')
      INTO v_quotas FROM promotion_quota WHERE promotion_id = in_promotion_id;
    SELECT version, JSON_OBJECT(
               'promotion_id', promotion_id, 'name', name, 'code', code, 'kind', kind, 'value', value, 'currency', currency,
               'min_spend', min_spend, 'min_qty', min_qty, 'max_discount', max_discount, 'exclusive', exclusive,
               'priority', priority, 'stack_group', stack_group, 'total_limit', total_limit,
               'account_limit', account_limit, 'starts_at', CAST(starts_at AS CHAR), 'ends_at', CAST(ends_at AS CHAR),
               'state', state, 'version', version, 'targets', JSON_EXTRACT(v_targets, '$'),
               'quotas', JSON_EXTRACT(v_quotas, '$'))
      INTO v_version, v_row
      FROM promotion
     WHERE promotion_id = in_promotion_id;
    CALL broadcast_add('promotion_apply', in_promotion_id, v_version, CONCAT('[', v_row, ']'));
    CALL event_publish('promotion.changed', in_promotion_id,
                       JSON_OBJECT('promotion_id', CAST(in_promotion_id AS CHAR), 'version', v_version + 0));
END
