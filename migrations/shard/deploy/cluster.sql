-- Deploy souk_shard:cluster to mysql
-- Slots served here, checksums of loaded routines.

-- Parameters and variables of routines take the schema's collation: the same one on every server.
ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE slot_owner (
    slot  SMALLINT UNSIGNED NOT NULL COMMENT 'a slot this shard serves, 0 to 255',
    since DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'UTC',
    PRIMARY KEY (slot) -- looked up by every write
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'slots this shard serves';

CREATE TABLE routine_loaded (
    name      VARCHAR(64) NOT NULL COMMENT 'routine of this schema',
    kind      VARCHAR(9) NOT NULL COMMENT 'PROCEDURE or FUNCTION',
    checksum  CHAR(64) NOT NULL COMMENT 'SHA-256 of the file it was loaded from, hex',
    loaded_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'UTC',
    PRIMARY KEY (name, kind) -- as routines are named
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'routines as souk admin routines loaded them';
