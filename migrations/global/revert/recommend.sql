-- Revert souk_global:recommend from mysql

DROP TABLE similar_due;
DROP TABLE similar_product;
DROP TABLE popularity;
DROP TABLE affinity;
DROP TABLE interest;
DROP TABLE behaviour_batch;
