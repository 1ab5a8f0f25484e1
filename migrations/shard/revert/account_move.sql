-- Revert souk_shard:account_move from mysql

DROP TABLE account_erasure;
DROP TABLE claim_move;
