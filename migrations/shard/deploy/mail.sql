-- Deploy souk_shard:mail to mysql
-- requires: orders
-- requires: account

-- Mail on its way: written in the transaction of what it tells of, kept until it is sent. What it says, and any token in it,
-- is made when it is sent.
CREATE TABLE mail (
    mail_id    BIGINT NOT NULL COMMENT 'in the slot of the account or of the address; names the message to mail servers',
    kind       VARCHAR(32) NOT NULL COMMENT 'which template: verify, password_reset, order.paid …',
    urgent     TINYINT NOT NULL COMMENT '1: somebody waits for it; sent before the others',
    account_id BIGINT NULL COMMENT 'whose account it is about; NULL: nobody''s, or found by the address',
    order_id   BIGINT NULL COMMENT 'the order it is about',
    email      VARCHAR(254) NULL COMMENT 'where to; NULL: the order''s address, else the account''s, as they are when it is sent',
    data       JSON NOT NULL COMMENT 'what else the template needs; never a token',
    state      VARCHAR(16) NOT NULL COMMENT 'pending, sent, failed (given up), dropped (nobody to send it to)',
    attempts   INT NOT NULL DEFAULT 0 COMMENT 'that failed',
    due_at     DATETIME(3) NOT NULL COMMENT 'UTC, the next attempt; while one is under way: when its lease ends',
    claim      VARCHAR(32) NULL COMMENT 'the sender whose attempt is under way',
    last_error VARCHAR(200) NULL COMMENT 'why the last attempt failed',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    ended_at   DATETIME(3) NULL COMMENT 'UTC, when it left the state pending',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (mail_id & 255) STORED COMMENT 'slot of the account or address',
    PRIMARY KEY (mail_id),
    -- what is due, those first that somebody waits for
    KEY mail_due (state, urgent, due_at),
    -- what a sender has claimed
    KEY mail_claim (claim),
    -- an account that is deleted takes its mail along
    KEY mail_account (account_id),
    -- lists of what failed; old ones are forgotten in order of age
    KEY mail_age (state, created_at),
    -- a slot moves to another shard as a whole
    KEY mail_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'mail to send';

-- Tokens that went out by mail. A token is derived from its number under a secret; kept is its hash only.
CREATE TABLE account_token (
    token_id   BIGINT NOT NULL COMMENT 'number of the mail that carries it',
    account_id BIGINT NOT NULL COMMENT 'whose account it opens',
    purpose    VARCHAR(16) NOT NULL COMMENT 'verify, reset, change',
    email      VARCHAR(254) NOT NULL COMMENT 'the address it went to, and speaks for',
    hash       VARBINARY(32) NOT NULL COMMENT 'SHA-256 of the token',
    expires_at DATETIME(3) NOT NULL COMMENT 'UTC',
    used_at    DATETIME(3) NULL COMMENT 'UTC; once, or ended by another one',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (token_id),
    -- all of an account end together
    KEY account_token_account (account_id, purpose),
    -- old ones are forgotten in order of age
    KEY account_token_expires (expires_at),
    -- a slot moves to another shard as a whole
    KEY account_token_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'single-use tokens sent by mail';

ALTER TABLE account
    ADD COLUMN email_verified_at DATETIME(3) NULL COMMENT 'UTC, when its owner proved to read mail to `email`; NULL: not yet',
    ADD COLUMN deleted_at        DATETIME(3) NULL COMMENT 'UTC, when its owner deleted it; nothing personal is left then';

ALTER TABLE login_claim
    ADD COLUMN verified_at DATETIME(3) NULL COMMENT 'UTC, when the account proved to read mail to the address; then nobody else can take it';

-- Accounts opened with an address that another account had claimed before. They can be signed in to like any other, so
-- that opening an account tells nobody whether the address has one; whoever proves to read its mail has the address.
CREATE TABLE login_rival (
    email      VARCHAR(254) NOT NULL COMMENT 'normalised',
    account_id BIGINT NOT NULL COMMENT 'who would like the address',
    slot       TINYINT UNSIGNED NOT NULL COMMENT 'slot of the address',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    -- signing in looks at all of an address, at most eight
    PRIMARY KEY (email, account_id),
    -- a slot moves to another shard as a whole
    KEY login_rival_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'accounts whose address another one has';

-- all sessions of an account end together
ALTER TABLE session_family ADD KEY session_family_account (account_id);
