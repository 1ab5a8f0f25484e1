-- Deploy souk_shard:cart_ticks to mysql
-- requires: cart

-- Which copy in Redis the ticks came from: it is followed, also when the worker was killed before it could tell Redis that
-- they are here.
ALTER TABLE cart
    ADD COLUMN ticks_base    BIGINT NULL COMMENT 'version of the cart that the copy was made from whose ticks were kept last; NULL: none ever',
    ADD COLUMN ticks_version BIGINT NULL COMMENT 'version with those ticks; another one than version: the cart has changed since';
