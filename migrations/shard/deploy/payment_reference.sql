-- Deploy souk_shard:payment_reference to mysql
-- requires: hold_rule

-- Of orders that staff marked as paid: what names the money where it came in. A second order under one is asked about.
CREATE TABLE payment_reference (
    reference VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'of the bank statement, the receipt',
    order_id  BIGINT NOT NULL COMMENT 'an order that this money has paid',
    slot      TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (reference, order_id), -- orders of a reference
    KEY payment_reference_slot (slot) -- moving a slot to another shard
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT = 'references of money that came past the providers';

INSERT INTO payment_reference (reference, order_id)
SELECT provider_ref, order_id
  FROM payment
 WHERE channel = 'manual' AND provider_ref IS NOT NULL
 ORDER BY provider_ref, order_id;
