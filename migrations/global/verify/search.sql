-- Verify souk_global:search on mysql

SELECT product_id, version, title_text, about_text, body_text, filter_text, snippet FROM search_doc WHERE 0;
SELECT word, product_id, weight FROM search_word WHERE 0;
SELECT word, products FROM search_term WHERE 0;
SELECT variant, word FROM search_typo WHERE 0;
SELECT target, product_id, marks FROM search_due WHERE 0;
SELECT one, epoch, building, built_to, wanted FROM search_index WHERE 0;
