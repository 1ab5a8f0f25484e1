-- Revert souk_shard:payment_claim from mysql
DELETE p
  FROM payment_reference p
  JOIN payment_reference q ON q.reference = p.reference AND q.order_id = p.order_id AND q.payment_id < p.payment_id;
ALTER TABLE payment_reference
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (reference, order_id),
    DROP COLUMN payment_id;
