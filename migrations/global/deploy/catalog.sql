-- Deploy souk_global:catalog to mysql
-- requires: cluster

-- The tree that products are found in. What an import makes are roots.
CREATE TABLE category (
    category_id BIGINT NOT NULL COMMENT 'its id',
    parent_id   BIGINT NULL COMMENT 'the category above; NULL for a root',
    name        VARCHAR(255) NOT NULL COMMENT 'for people',
    path        VARCHAR(512) NOT NULL COMMENT 'its full name, as the import read it: "Home > Lamps"',
    PRIMARY KEY (category_id),
    -- two imports at once make a category once
    UNIQUE KEY category_path (path)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'categories';

-- What is sold, with what a list shows of it.
CREATE TABLE product (
    product_id       BIGINT NOT NULL COMMENT 'its id',
    handle           VARCHAR(255) COLLATE utf8mb4_bin NOT NULL COMMENT 'its name in links and in CSV files',
    title            VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'for people',
    description_html LONGTEXT NULL COMMENT 'sanitised HTML',
    vendor           VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'who makes it',
    product_type     VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'what it is, in the merchant''s words',
    tags             LONGTEXT NULL COMMENT 'JSON array of texts',
    image_url        VARCHAR(2048) NULL COMMENT 'the picture lists show',
    image_alt        VARCHAR(512) NULL COMMENT 'what that picture shows',
    price_min        BIGINT NOT NULL DEFAULT 0 COMMENT 'lowest price of an active SKU, minor units',
    price_max        BIGINT NOT NULL DEFAULT 0 COMMENT 'highest price of an active SKU, minor units',
    currency         CHAR(3) NOT NULL DEFAULT '' COMMENT 'ISO 4217',
    state            VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'published, draft',
    state_wanted     VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'state once every shard has the SKUs: published, draft',
    pending          TINYINT NOT NULL COMMENT '1: shards or stock have not all followed this version yet',
    content_hash     CHAR(64) COLLATE utf8mb4_bin NOT NULL DEFAULT '' COMMENT 'SHA-256 of what was imported, hex: tells unchanged from changed',
    version          BIGINT NOT NULL COMMENT 'rises with every change of the product or its SKUs',
    created_at       DATETIME(3) NOT NULL COMMENT 'UTC',
    updated_at       DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (product_id),
    -- an import finds its products by handle
    UNIQUE KEY product_handle (handle)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'products';

CREATE TABLE product_option (
    product_id    BIGINT NOT NULL COMMENT 'whose',
    position      TINYINT NOT NULL COMMENT '1, 2, 3',
    name          VARCHAR(255) NOT NULL COMMENT 'Size, Colour …',
    option_values LONGTEXT NOT NULL COMMENT 'JSON array of texts, in the order to offer them',
    -- a product's options are read together, in order
    PRIMARY KEY (product_id, position)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'what a buyer chooses';

CREATE TABLE product_image (
    product_id BIGINT NOT NULL COMMENT 'whose',
    position   SMALLINT NOT NULL COMMENT 'from 1; the first is the one lists show',
    url        VARCHAR(2048) NOT NULL COMMENT 'https://… or a path on this site',
    alt        VARCHAR(512) NOT NULL COMMENT 'what it shows, for those who do not see it',
    -- a product's pictures are read together, in order
    PRIMARY KEY (product_id, position)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'pictures';

-- What can be put into a cart. Each shard has a copy of what an order needs (shard table sku), by version.
CREATE TABLE sku (
    sku_id        BIGINT NOT NULL COMMENT 'its id; its slot names the home shard of its last units',
    product_id    BIGINT NOT NULL COMMENT 'of which product',
    option_key    CHAR(64) COLLATE utf8mb4_bin NOT NULL COMMENT 'SHA-256 of its folded option values, hex: what an import knows it by',
    position      SMALLINT NOT NULL COMMENT 'order within the product',
    title         VARCHAR(800) NOT NULL COMMENT 'the option values: "M / Blue"; the product''s title when there are none',
    option_values LONGTEXT NOT NULL COMMENT 'JSON array of texts, one per option of the product',
    code          VARCHAR(255) NOT NULL COMMENT 'the merchant''s article number; may be empty and may repeat',
    price         BIGINT NOT NULL COMMENT 'minor units',
    list_price    BIGINT NULL COMMENT 'the price it is compared with, minor units; NULL for none',
    currency      CHAR(3) NOT NULL COMMENT 'ISO 4217',
    image_url     VARCHAR(2048) NULL COMMENT 'its own picture; NULL: the product''s',
    weight_grams  BIGINT NOT NULL COMMENT 'for shipping',
    initial_units BIGINT NOT NULL COMMENT 'units that its first import brings into stock, once',
    state         VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'active, draft (not for sale), retired (no longer in the file)',
    version       BIGINT NOT NULL COMMENT 'version of the product at the last change',
    PRIMARY KEY (sku_id),
    -- a product's SKUs are read together; an option combination exists once
    UNIQUE KEY sku_options (product_id, option_key)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'stock keeping units';

-- Which products a category lists. Category 0 is no row of category: it lists all products.
CREATE TABLE product_category (
    product_id  BIGINT NOT NULL COMMENT 'which product',
    category_id BIGINT NOT NULL COMMENT 'in which category; 0: the list of everything',
    listed      TINYINT NOT NULL COMMENT '1 while the product is published',
    -- a product's categories are replaced together
    PRIMARY KEY (product_id, category_id),
    -- a page of a list is a range of this index, newest first
    KEY product_category_page (category_id, listed, product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'products by category';

-- Words of title, vendor, type and tags, folded: what a search looks up.
CREATE TABLE product_word (
    word       VARCHAR(64) NOT NULL COMMENT 'folded (compatibility form, lower case)',
    product_id BIGINT NOT NULL COMMENT 'where it stands',
    -- a search is a range of this index for each of its words
    PRIMARY KEY (word, product_id),
    -- a changed product's words are replaced together; a search checks its other words per product
    KEY product_word_product (product_id, word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'search words';
