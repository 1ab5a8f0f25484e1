-- Rows that this session has read so far, in @reads; counting reads some too, on MySQL hundreds.
CREATE PROCEDURE count_reads()
BEGIN
    SET @count_reads = CONCAT('SELECT SUM(VARIABLE_VALUE) INTO @reads FROM ', IF(VERSION() LIKE '%MariaDB%', 'information_schema.SESSION_STATUS',
                              'performance_schema.session_status'), ' WHERE VARIABLE_NAME LIKE ''Handler_read%''');
    PREPARE count_reads FROM @count_reads;
    EXECUTE count_reads;
END
