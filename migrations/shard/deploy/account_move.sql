-- Deploy souk_shard:account_move to mysql
-- requires: mail

-- A change of an account's address, or its deletion, on its way: the claim on the new address is made on that address's
-- slot before the one on the old address is dropped on its own. What a crash cuts in half the worker finishes.
CREATE TABLE claim_move (
    account_id    BIGINT NOT NULL COMMENT 'whose account',
    state         VARCHAR(16) NOT NULL COMMENT 'asked: a mail went to the new address; confirmed: the claim on it is to be made; applied: the account has it, the claim on the old one is to be dropped',
    old_email     VARCHAR(254) NOT NULL COMMENT 'the address the account has, or had',
    new_email     VARCHAR(254) NULL COMMENT 'the address it is to have; NULL: it was deleted',
    password_hash VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'the password again, with the salt of the new address',
    changed_at    DATETIME(3) NOT NULL COMMENT 'UTC',
    slot          TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    -- one at a time for an account
    PRIMARY KEY (account_id),
    -- what is to be finished, oldest first
    KEY claim_move_state (state, changed_at),
    -- a slot moves to another shard as a whole
    KEY claim_move_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'addresses of accounts that change';

-- Deleted accounts that still have orders under way: what is personal in an order goes when it has ended.
CREATE TABLE account_erasure (
    account_id BIGINT NOT NULL COMMENT 'the account, deleted',
    due_at     DATETIME(3) NOT NULL COMMENT 'UTC, when its orders are looked at next',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (account_id),
    -- the worker takes what is due
    KEY account_erasure_due (due_at),
    -- a slot moves to another shard as a whole
    KEY account_erasure_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'orders that are not erased yet';
