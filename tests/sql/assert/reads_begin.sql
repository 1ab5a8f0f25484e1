-- Begins to count the rows that this session reads; what counting itself reads, on MySQL hundreds, is left out.
CREATE PROCEDURE reads_begin()
BEGIN
    CALL count_reads();
    SET @counting = @reads;
    CALL count_reads();
    SET @counting = @reads - @counting;
    CALL count_reads();
    SET @reads_before = @reads;
END
