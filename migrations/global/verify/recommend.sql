-- Verify souk_global:recommend on mysql

SELECT batch_id, visitor, buyer, body_hash, events, learnt, created_at FROM behaviour_batch WHERE 0;
SELECT visitor, product_id, weight, bought, at FROM interest WHERE 0;
SELECT product_id, other_id, weight, pairs FROM affinity WHERE 0;
SELECT product_id, visitors FROM popularity WHERE 0;
SELECT product_id, place, other_id, score FROM similar_product WHERE 0;
SELECT product_id, since FROM similar_due WHERE 0;
