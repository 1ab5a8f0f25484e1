-- Deploy souk_shard:account to mysql
-- requires: cluster

CREATE TABLE account (
    account_id         BIGINT NOT NULL COMMENT 'made in the slot of the address it was opened with',
    email              VARCHAR(254) COLLATE utf8mb4_bin NOT NULL COMMENT 'normalised: NFKC, lower case',
    password_hash      VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'argon2id with its parameters and salt, as libsodium writes it',
    name               VARCHAR(100) NOT NULL DEFAULT '' COMMENT 'what the person wants to be called',
    default_address_id BIGINT NULL COMMENT 'the one default address; NULL only while there is no address',
    version            BIGINT NOT NULL DEFAULT 1 COMMENT 'grows with every change a person can see',
    created_at         DATETIME(3) NOT NULL COMMENT 'UTC',
    changed_at         DATETIME(3) NOT NULL COMMENT 'UTC',
    slot               TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    -- every request of an account; changes to its addresses queue up on this row
    PRIMARY KEY (account_id),
    -- a slot moves to another shard as a whole
    KEY account_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'people who can sign in';

-- Who signs in with an address. The claim lives in the address's own slot, also when the account was opened with another.
CREATE TABLE login_claim (
    email      VARCHAR(254) NOT NULL COMMENT 'normalised',
    account_id BIGINT NOT NULL COMMENT 'whose address it is',
    slot       TINYINT UNSIGNED NOT NULL COMMENT 'slot of the address: low byte of its hash',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    -- an address belongs to one account; signing in starts here
    PRIMARY KEY (email),
    -- a slot moves to another shard as a whole
    KEY login_claim_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'addresses people sign in with';

-- A session and all refresh tokens it ever had: only the sequence of the last one is kept, never a token.
CREATE TABLE session_family (
    session_id BIGINT NOT NULL COMMENT 'in the account''s slot; part of each of its tokens',
    account_id BIGINT NOT NULL COMMENT 'who signed in',
    sequence   BIGINT NOT NULL COMMENT 'number of the one refresh token that still works',
    issued_at  DATETIME(3) NOT NULL COMMENT 'when that token and its access token were issued, UTC; a repeated refresh signs the same bytes',
    expires_at DATETIME(3) NOT NULL COMMENT 'end of that refresh token, UTC',
    revoked_at DATETIME(3) NULL COMMENT 'signed out, or an old token was used again, UTC',
    created_at DATETIME(3) NOT NULL COMMENT 'when the person signed in, UTC',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    -- refresh and sign-out
    PRIMARY KEY (session_id),
    -- what has expired is purged, oldest first
    KEY session_family_expires (expires_at),
    -- a slot moves to another shard as a whole
    KEY session_family_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'sessions';

CREATE TABLE address (
    address_id  BIGINT NOT NULL COMMENT 'in the account''s slot; later ones are higher',
    account_id  BIGINT NOT NULL COMMENT 'whose it is',
    name        VARCHAR(100) NOT NULL COMMENT 'who receives',
    phone       VARCHAR(40) NOT NULL COMMENT 'as the person writes it; may be empty',
    country     CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'ISO 3166-1 alpha-2, upper case',
    region      VARCHAR(100) NOT NULL COMMENT 'state, province; may be empty',
    city        VARCHAR(100) NOT NULL COMMENT 'town',
    line1       VARCHAR(200) NOT NULL COMMENT 'street and number',
    line2       VARCHAR(200) NOT NULL COMMENT 'floor, flat …; may be empty',
    postal_code VARCHAR(20) NOT NULL COMMENT 'may be empty',
    version     BIGINT NOT NULL DEFAULT 1 COMMENT 'grows with every change, also of being the default',
    created_at  DATETIME(3) NOT NULL COMMENT 'UTC',
    changed_at  DATETIME(3) NOT NULL COMMENT 'UTC',
    slot        TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (address_id), -- by id
    -- an account's addresses, newest first; how many they are
    KEY address_account (account_id, address_id),
    -- a slot moves to another shard as a whole
    KEY address_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'where things are sent';
