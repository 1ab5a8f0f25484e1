-- Revert souk_shard:account from mysql

DROP TABLE address;
DROP TABLE session_family;
DROP TABLE login_claim;
DROP TABLE account;
