-- Verify souk_global:search_filters on mysql
SELECT weight, word FROM search_word FORCE INDEX (search_word_filter) WHERE FALSE;
