-- Revert souk_global:search from mysql

DROP TABLE search_index;
DROP TABLE search_due;
DROP TABLE search_typo;
DROP TABLE search_term;
DROP TABLE search_word;
DROP TABLE search_doc;
