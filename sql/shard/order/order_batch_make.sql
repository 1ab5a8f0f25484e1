-- order_batch_make: makes the tables of a batch of orders for this session. What they hold is said in order_batch_open.
--
-- Parameters  none
-- Returns  nothing: called by order_batch_open
-- Errors   none
-- Locks    none
-- Example  CALL order_batch_make();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_make()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'tables for a batch of orders'
BEGIN
    DROP TEMPORARY TABLE IF EXISTS b_request, b_line, b_stock, b_rival, b_refused, b_cart, b_sale;

    CREATE TEMPORARY TABLE b_request (
        n               INT NOT NULL COMMENT 'its place in the batch, in order of arrival',
        order_id        BIGINT NOT NULL,
        account_id      BIGINT NOT NULL,
        idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        body_hash       VARBINARY(32) NOT NULL,
        country         CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'where it goes',
        region          VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL COMMENT 'where it goes',
        cart_version    BIGINT NULL COMMENT 'version of the cart whose ticked lines are ordered; NULL: the lines are sent',
        expected_total  BIGINT NULL COMMENT 'minor units',
        expires_at      DATETIME(3) NOT NULL,
        items_n         INT NOT NULL DEFAULT 0,
        currency        CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
        items_total     BIGINT NOT NULL DEFAULT 0 COMMENT 'sum of the lines, minor units',
        grams           BIGINT NOT NULL DEFAULT 0 COMMENT 'what the lines weigh',
        discount_total  BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units',
        shipping_total  BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units',
        tax_total       BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units, what is added',
        tax_included    BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units, what the prices contain',
        shipping_method BIGINT NULL COMMENT 'chosen by price_batch',
        total           BIGINT NOT NULL DEFAULT 0 COMMENT 'to be paid, minor units',
        holds           TINYINT NOT NULL DEFAULT 0 COMMENT '1: its units are its own whatever becomes of the others',
        error           INT NULL COMMENT 'number in base/error.h',
        detail          VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
        status          INT NULL,
        body            VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NULL,
        etag            VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
        PRIMARY KEY (n) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_line (
        n            INT NOT NULL COMMENT 'the request',
        line         INT NOT NULL COMMENT 'from 1, as sent',
        sku_id       BIGINT NOT NULL,
        pool         VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        product_id   BIGINT NULL COMMENT 'NULL: the SKU is not for sale',
        qty          BIGINT NOT NULL,
        unit_price   BIGINT NULL COMMENT 'minor units',
        currency     CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
        weight_grams BIGINT NULL COMMENT 'of one unit',
        tax_class    VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'as in tax_rate',
        total        BIGINT NULL COMMENT 'minor units; NULL: beyond all bounds',
        discount     BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units of total',
        tax          BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units, what is added',
        tax_included BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units, what total - discount contains',
        PRIMARY KEY (n, line) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_stock (
        sku_id BIGINT NOT NULL,
        pool   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        free   BIGINT NOT NULL COMMENT 'units of this shard that nobody holds; the row is locked',
        wanted BIGINT NOT NULL COMMENT 'units that the open requests want',
        PRIMARY KEY (sku_id, pool) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_rival (
        n      INT NOT NULL,
        sku_id BIGINT NOT NULL,
        pool   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        lacks  BIGINT NOT NULL COMMENT 'units missing after those that hold theirs; up to 0: none',
        doubts BIGINT NOT NULL COMMENT 'units missing if all that came before got theirs; up to 0: none',
        PRIMARY KEY (n, sku_id, pool) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_refused (
        account_id      BIGINT NOT NULL,
        idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        detail          VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        PRIMARY KEY (account_id, idempotency_key) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_cart (
        account_id BIGINT NOT NULL COMMENT 'whose cart',
        n          INT NOT NULL COMMENT 'the first request that orders from it',
        PRIMARY KEY (account_id) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_sale (
        n           INT NOT NULL COMMENT 'the request',
        sale_id     BIGINT NOT NULL,
        account_id  BIGINT NOT NULL,
        order_id    BIGINT NOT NULL,
        qty         BIGINT NOT NULL,
        wanted      BIGINT NOT NULL COMMENT 'units that its account wants of the sale, up to this request of the batch',
        key_hash    VARBINARY(16) NOT NULL COMMENT 'of the Idempotency-Key the gate was asked with',
        sku_id      BIGINT NULL COMMENT 'the sale''s; NULL: this shard does not know the sale',
        pool        VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
        price       BIGINT NULL COMMENT 'minor units',
        per_account BIGINT NULL COMMENT 'units one account may have',
        error       INT NULL COMMENT 'number in base/error.h',
        PRIMARY KEY (n) USING BTREE
    ) ENGINE = MEMORY;
END
