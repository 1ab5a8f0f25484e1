-- Deploy souk_global:search to mysql
-- requires: catalog outbox

-- What a search knows of a published product: texts folded as fcgi/base/lexeme.h says, made by the worker.
CREATE TABLE search_doc (
    product_id   BIGINT NOT NULL COMMENT 'which product',
    version      BIGINT NOT NULL COMMENT 'of the product when this was made',
    title_text   TEXT COLLATE utf8mb4_bin NOT NULL COMMENT 'index text of the title',
    about_text   TEXT COLLATE utf8mb4_bin NOT NULL COMMENT 'index text of vendor, type, tags, categories',
    body_text    TEXT COLLATE utf8mb4_bin NOT NULL COMMENT 'index text of the description',
    filter_text  TEXT COLLATE utf8mb4_bin NOT NULL COMMENT 'what filters look for: _c<category id>, _v<vendor>, _a<option>',
    snippet      TEXT NOT NULL COMMENT 'beginning of the description without markup, for people',
    PRIMARY KEY (product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'what a search knows of products';

-- The same by word: what answers while there is no search server.
CREATE TABLE search_word (
    word       VARCHAR(64) NOT NULL COMMENT 'word, _stem, pair of unspaced characters, filter',
    product_id BIGINT NOT NULL COMMENT 'where it stands',
    weight     TINYINT NOT NULL COMMENT 'best place it stands at: 9 title, 3 vendor, type, tag or category, 1 description, 0 filter',
    -- a search is a range of this index for each of its words
    PRIMARY KEY (word, product_id),
    -- a changed product's words are replaced together; facets read a product's filters
    KEY search_word_product (product_id, word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'products by word';

-- Words that suggestions complete and correct to.
CREATE TABLE search_term (
    word     VARCHAR(64) NOT NULL COMMENT 'a word of titles, vendors, types, tags, categories',
    products INT NOT NULL COMMENT 'so many products have it there',
    -- completions are a range of this index
    PRIMARY KEY (word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'words to suggest';

-- How a word may begin when one letter of its first four is wrong: with any one of them left out.
CREATE TABLE search_typo (
    variant VARCHAR(16) NOT NULL COMMENT 'beginning of a word, at most one letter left out',
    word    VARCHAR(64) NOT NULL COMMENT 'of which word',
    -- a mistyped beginning is looked up by its own variants
    PRIMARY KEY (variant, word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'mistyped beginnings';

-- Products that an index has not followed yet.
CREATE TABLE search_due (
    target     VARCHAR(16) NOT NULL COMMENT 'words: the tables here; server: the search server',
    product_id BIGINT NOT NULL COMMENT 'which product',
    marks      BIGINT NOT NULL COMMENT 'rises with every change: what came after a reader looked stays due',
    -- each product once
    PRIMARY KEY (target, product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'what search indexes have to follow';

-- Which index of the search server is whole, and how far a rebuild is.
CREATE TABLE search_index (
    one      TINYINT NOT NULL COMMENT 'always 1',
    epoch    BIGINT NOT NULL COMMENT 'of the whole index; 0: there is none. The server''s own copy of it names the index',
    building BIGINT NOT NULL COMMENT 'epoch that is being built; 0: none',
    built_to BIGINT NOT NULL COMMENT 'building: products up to this id are in it',
    wanted   TINYINT NOT NULL COMMENT '1: someone asked for a rebuild',
    -- one row
    PRIMARY KEY (one),
    CONSTRAINT search_index_one CHECK (one = 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'state of the search server''s indexes';

INSERT INTO search_index (one, epoch, building, built_to, wanted) VALUES (1, 0, 0, 0, 0);

-- What is there already is to be found, too.
INSERT INTO search_due (target, product_id, marks) SELECT 'words', product_id, 1 FROM product;
