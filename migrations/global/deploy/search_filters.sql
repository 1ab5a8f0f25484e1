-- Deploy souk_global:search_filters to mysql
-- requires: search

-- Facets read the filters of each product found: these are the words of weight 0, a few of some forty.
ALTER TABLE search_word
    ADD KEY search_word_filter (product_id, weight, word),
    DROP KEY search_word_product;
