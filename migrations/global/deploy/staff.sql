-- Deploy souk_global:staff to mysql
-- requires: cluster

-- Accounts live on shards; what staff may do beyond buying is said here.
CREATE TABLE role_grant (
    account_id BIGINT NOT NULL COMMENT 'who',
    role       VARCHAR(16) NOT NULL COMMENT 'merchant, support, admin, ops',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    -- read at each sign-in and refresh; a role is granted once
    PRIMARY KEY (account_id, role)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'roles of staff';
