-- Deploy souk_shard:payment_claim to mysql
-- requires: payment_reference

-- A claim on a reference is of one request: what another one claims for the same order stays when it is taken back.
ALTER TABLE payment_reference
    ADD COLUMN payment_id BIGINT NOT NULL DEFAULT 0 COMMENT 'the attempt that the request makes of it, or would have; 0: of a request before there was this column',
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (reference, order_id, payment_id); -- orders of a reference
