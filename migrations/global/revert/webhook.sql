-- Revert souk_global:webhook from mysql

DROP TABLE webhook_delivery;
DROP TABLE webhook_topic;
DROP TABLE webhook;
