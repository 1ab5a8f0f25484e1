-- Deploy souk_global:cluster to mysql
-- Slot map, node leases, id segments, checksums of loaded routines.

-- Parameters and variables of routines take the schema's collation: the same one on every server.
ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE slot_map (
    slot       SMALLINT UNSIGNED NOT NULL COMMENT 'low 8 bits of every id, 0 to 255',
    shard      SMALLINT UNSIGNED NOT NULL COMMENT 'number of the shard that serves it',
    version    BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'grows with every change; the highest is the version of the map',
    changed_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3) COMMENT 'UTC',
    PRIMARY KEY (slot) -- one shard per slot
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'which shard serves which slot';

CREATE TABLE node_lease (
    datacentre TINYINT UNSIGNED NOT NULL COMMENT '0 to 30; 31 is for segments',
    node       TINYINT UNSIGNED NOT NULL COMMENT '0 to 31',
    owner      VARCHAR(64) NOT NULL DEFAULT '' COMMENT 'process that holds or last held the pair; empty: given back',
    expires_ms BIGINT NOT NULL DEFAULT 0 COMMENT 'Unix ms; the owner stamps no id at or after it, a successor none before it',
    high_ms    BIGINT NOT NULL DEFAULT 0 COMMENT 'Unix ms; the owner''s clock or newest stamp when it last spoke',
    PRIMARY KEY (datacentre, node), -- one lease per pair
    KEY node_lease_expires (expires_ms) -- free pairs, longest unused first
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'who may make ids as which node';

CREATE TABLE id_segment (
    slot        SMALLINT UNSIGNED NOT NULL COMMENT '0 to 255',
    next_number BIGINT NOT NULL DEFAULT 0 COMMENT 'next number to hand out; ms since 2024-06-01 times 512 where the clock allows',
    PRIMARY KEY (slot) -- one run of numbers per slot
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'ids handed out by the database in datacentre 31';

CREATE TABLE routine_loaded (
    name      VARCHAR(64) NOT NULL COMMENT 'routine of this schema',
    kind      VARCHAR(9) NOT NULL COMMENT 'PROCEDURE or FUNCTION',
    checksum  CHAR(64) NOT NULL COMMENT 'SHA-256 of the file it was loaded from, hex',
    loaded_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'UTC',
    PRIMARY KEY (name, kind) -- as routines are named
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'routines as souk admin routines loaded them';

INSERT INTO id_segment (slot)
WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 255)
SELECT n FROM number;

INSERT INTO node_lease (datacentre, node)
SELECT datacentre.slot, node.slot
FROM id_segment AS datacentre CROSS JOIN id_segment AS node
WHERE datacentre.slot < 31 AND node.slot < 32;
