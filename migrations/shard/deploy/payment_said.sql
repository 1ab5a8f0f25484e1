-- Deploy souk_shard:payment_said to mysql
-- requires: money

-- What only the provider can say of an attempt, for people.
ALTER TABLE payment
    ADD COLUMN taken        BIGINT NULL COMMENT 'minor units that the provider, asked, says it took although they do not pay the order; nothing is booked yet',
    ADD COLUMN taken_ref    VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'its number of that transaction',
    ADD COLUMN decline_code VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'why it declined, in the provider''s own word; NULL: it did not, or did not say';
