-- One request of goods_receive; in_parts NULL: all to shard 0, by the transfer after in_receipt_id.
CREATE FUNCTION receive_json(in_n INT, in_receipt_id BIGINT, in_reference VARCHAR(190), in_sku_id BIGINT, in_qty BIGINT,
                             in_parts LONGTEXT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
NO SQL
DETERMINISTIC
RETURN JSON_OBJECT('n', in_n + 0, 'receipt_id', CAST(in_receipt_id AS CHAR), 'reference', in_reference,
                   'sku_id', CAST(in_sku_id AS CHAR), 'qty', in_qty + 0,
                   'parts', JSON_EXTRACT(COALESCE(in_parts, CONCAT('[{"transfer_id": ', in_receipt_id + 1, ', "shard": 0, "qty": ',
                                                                   in_qty, '}]')), '$'))
