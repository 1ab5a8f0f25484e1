-- Deploy souk_global:listing to mysql
-- requires: catalog

ALTER TABLE category
    ADD COLUMN version BIGINT NOT NULL DEFAULT 1 COMMENT 'rises with every change',
    -- children of a category
    ADD KEY category_parent (parent_id);

-- What products can be found by beside categories: a vendor, or a value of an option ("Size: M"). Made when first met.
CREATE TABLE listing_term (
    term_id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'its list has the id -term_id',
    kind    VARCHAR(8) COLLATE utf8mb4_bin NOT NULL COMMENT 'vendor, option',
    name    VARCHAR(255) NOT NULL COMMENT 'of the option; empty for a vendor',
    value   VARCHAR(255) NOT NULL COMMENT 'as it was first written',
    PRIMARY KEY (term_id),
    -- a filter finds its list; case and accents make no other term
    UNIQUE KEY listing_term_value (kind, name, value)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'vendors and option values';

-- Which lists a published product stands in, and what it is sorted by. List 0 holds everything, a positive one a category and
-- all below it, a negative one a term. Written anew with the product, in its transaction.
CREATE TABLE product_listing (
    list_id    BIGINT NOT NULL COMMENT '0, category_id or -term_id',
    product_id BIGINT NOT NULL COMMENT 'which product',
    price      BIGINT NOT NULL COMMENT 'its lowest price, minor units',
    title_key  VARCHAR(48) NOT NULL COMMENT 'how its title begins',
    -- a page newest first; whether a product stands in another list as well
    PRIMARY KEY (list_id, product_id),
    -- a page by price; a range of prices
    KEY product_listing_price (list_id, price, product_id),
    -- a page by title
    KEY product_listing_title (list_id, title_key, product_id),
    -- a changed product's rows are replaced together; the terms of a few products are counted
    KEY product_listing_product (product_id, list_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'published products by list';

-- How many products a category (or list 0) has of each term: facets of a whole category without counting.
CREATE TABLE listing_count (
    list_id  BIGINT NOT NULL COMMENT '0 or category_id',
    term_id  BIGINT NOT NULL COMMENT 'the term; 0: all products of the list',
    products BIGINT NOT NULL COMMENT 'how many',
    -- one number per pair
    PRIMARY KEY (list_id, term_id),
    -- the most frequent terms of a category
    KEY listing_count_most (list_id, products)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'products by category and term';

-- Products whose lists have to be made anew, since a category above them moved. The worker does it.
CREATE TABLE listing_pending (
    product_id BIGINT NOT NULL COMMENT 'which product',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    -- a product waits once
    PRIMARY KEY (product_id),
    -- oldest first
    KEY listing_pending_age (created_at, product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'products that wait for their lists';

-- What is in the shop already.
INSERT INTO listing_term (kind, name, value)
SELECT 'vendor', '', vendor FROM product WHERE state = 'published' AND vendor <> ''
ON DUPLICATE KEY UPDATE value = listing_term.value;

INSERT INTO listing_term (kind, name, value)
SELECT 'option', o.name, j.value
FROM product p
JOIN product_option o ON o.product_id = p.product_id
JOIN sku s ON s.product_id = p.product_id AND s.state = 'active'
JOIN JSON_TABLE(s.option_values, '$[*]' COLUMNS (n FOR ORDINALITY, value VARCHAR(255) PATH '$')) j
WHERE p.state = 'published' AND j.n = o.position AND j.value <> ''
ON DUPLICATE KEY UPDATE value = listing_term.value;

INSERT INTO product_listing (list_id, product_id, price, title_key)
SELECT l.category_id, p.product_id, p.price_min, LEFT(p.title, 48)
FROM product_category l JOIN product p ON p.product_id = l.product_id
WHERE p.state = 'published'
UNION
SELECT -t.term_id, p.product_id, p.price_min, LEFT(p.title, 48)
FROM product p JOIN listing_term t ON t.kind = 'vendor' AND t.name = '' AND t.value = p.vendor
WHERE p.state = 'published'
UNION
SELECT -t.term_id, p.product_id, p.price_min, LEFT(p.title, 48)
FROM product p
JOIN product_option o ON o.product_id = p.product_id
JOIN sku s ON s.product_id = p.product_id AND s.state = 'active'
JOIN JSON_TABLE(s.option_values, '$[*]' COLUMNS (n FOR ORDINALITY, value VARCHAR(255) PATH '$')) j
JOIN listing_term t ON t.kind = 'option' AND t.name = o.name AND t.value = j.value COLLATE utf8mb4_general_ci
WHERE p.state = 'published' AND j.n = o.position;

INSERT INTO listing_count (list_id, term_id, products)
SELECT a.list_id, -b.list_id, COUNT(*)
FROM product_listing a JOIN product_listing b ON b.product_id = a.product_id AND b.list_id <= 0
WHERE a.list_id >= 0
GROUP BY a.list_id, b.list_id;
