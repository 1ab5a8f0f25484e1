-- Revert souk_sandbox:provider from mysql

DROP TABLE callback;
DROP TABLE payment;
