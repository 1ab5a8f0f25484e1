-- job_lead: makes this connection the one worker that runs a job on this schema, for as long as the connection lives.
--
-- Parameters
--   in_job          VARCHAR(32)   name of the job
-- Returns  one row: status INT, body JSON
--   200 {"leads": true} also when it led already; 409 {"leads": false} when another connection does
-- Errors   none
-- Locks    the server's user lock <schema>.<job>: names are server-wide, schemas are not
-- Example  CALL job_lead('closer');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE job_lead(in_job VARCHAR(32))
NOT DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'one leader for each job and schema'
BEGIN
    DECLARE v_name VARCHAR(64) DEFAULT CONCAT(LEFT(DATABASE(), 31), '.', in_job);
    DECLARE v_leads TINYINT DEFAULT COALESCE(IS_USED_LOCK(v_name) = CONNECTION_ID(), FALSE);

    IF NOT v_leads THEN
        SET v_leads = COALESCE(GET_LOCK(v_name, 0), 0);
    END IF;
    SELECT IF(v_leads, 200, 409) AS status, IF(v_leads, '{"leads": true}', '{"leads": false}') AS body;
END
