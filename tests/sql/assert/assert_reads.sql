-- Says in one line whether fewer than `in_most` rows were read since reads_begin().
CREATE PROCEDURE assert_reads(in_name VARCHAR(200), in_most BIGINT)
BEGIN
    CALL count_reads();
    SET @reads = @reads - @reads_before - @counting;
    CALL assert_is(CONCAT(in_name, ': ', @reads, ' rows read'), @reads < in_most, 1);
END
