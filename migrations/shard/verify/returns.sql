-- Verify souk_shard:returns on mysql
SELECT return_id, order_id, state, resolution, note, refund_amount, refund_id, shipment_id, version FROM order_return WHERE 0;
SELECT return_id, line, order_id, sku_id, pool, qty, received, sellable FROM return_item WHERE 0;
