-- Deploy souk_global:hold_rule to mysql
-- requires: broadcast

-- Which orders somebody looks at before they are shipped. A currency that has no row, or none above, holds nothing.
CREATE TABLE hold_rule (
    currency   CHAR(3) COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 4217',
    above      BIGINT NULL COMMENT 'minor units; an order whose total is more is held when it is paid; NULL: none is',
    version    BIGINT NOT NULL COMMENT 'rises with every change',
    changed_by BIGINT NOT NULL COMMENT 'account of the staff',
    changed_at DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (currency),
    CONSTRAINT hold_rule_above CHECK (above >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'totals above which orders are held';
