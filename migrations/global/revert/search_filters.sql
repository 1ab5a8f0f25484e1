-- Revert souk_global:search_filters from mysql
ALTER TABLE search_word
    ADD KEY search_word_product (product_id, word),
    DROP KEY search_word_filter;
