-- Deploy souk_sandbox:cluster to mysql
-- Checksums of loaded routines.

-- Parameters and variables of routines take the schema's collation: the same one on every server.
ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE routine_loaded (
    name      VARCHAR(64) NOT NULL COMMENT 'routine of this schema',
    kind      VARCHAR(9) NOT NULL COMMENT 'PROCEDURE or FUNCTION',
    checksum  CHAR(64) NOT NULL COMMENT 'SHA-256 of the file it was loaded from, hex',
    loaded_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'UTC',
    PRIMARY KEY (name, kind) -- as routines are named
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'routines as souk admin routines loaded them';
