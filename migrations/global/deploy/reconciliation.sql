-- Deploy souk_global:reconciliation to mysql
-- requires: cluster

-- What came of comparing a provider's statement of one day with our books.
CREATE TABLE reconciliation (
    channel     VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'payment channel',
    day         DATE        NOT NULL COMMENT 'day of the provider',
    state       VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'running, done',
    runs        INT         NOT NULL COMMENT 'how often it was begun; differences bear the run that found them last',
    lines_n     BIGINT      NOT NULL COMMENT 'lines of the statement',
    matched_n   BIGINT      NOT NULL COMMENT 'lines that stand in our books as they are',
    started_at  DATETIME(3) NOT NULL COMMENT 'UTC; of the last run',
    finished_at DATETIME(3) NULL COMMENT 'UTC; of the last run that came to its end',
    PRIMARY KEY (channel, day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'reconciliations by channel and day';

CREATE TABLE reconciliation_difference (
    channel    VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'payment channel',
    day        DATE        NOT NULL COMMENT 'day of the provider',
    class      VARCHAR(24) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'missing_callback, late_capture, missing_order, wrong_amount, missing_at_provider, fee, …',
    reference  VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'kind and number of the transaction at the provider, or our number where it has none',
    payment_id BIGINT      NULL COMMENT 'the payment, where one is known',
    refund_id  BIGINT      NULL COMMENT 'the refund, where one is known',
    order_id   BIGINT      NULL COMMENT 'the order, where one is known',
    data       JSON        NOT NULL COMMENT 'what the statement says and what our books say',
    state      VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'closed: settled by itself; open: for a person',
    run        INT         NOT NULL COMMENT 'run that found it last; open and not found any more: closed',
    found_at   DATETIME(3) NOT NULL COMMENT 'UTC; first',
    PRIMARY KEY (channel, day, class, reference),
    CONSTRAINT reconciliation_difference_states CHECK (state IN ('open', 'closed'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'where a statement and our books differ';
