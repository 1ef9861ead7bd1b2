-- Keeps a snapshot of every owned table in the backup dataset, named <table>_<YYYYMMDD> by the date in
-- America/Los_Angeles. The dataset's default expiration of 30 days removes old ones.
--
-- Replaces nothing: the first version had no backups. It never touches the tables themselves, nor a snapshot that
-- is there already, so it can be repeated: the first state of a day is the one that is kept, and a run that failed
-- half-way is completed by the next. A table that can't be snapshotted does not keep the others from it: the
-- errors are collected and raised together at the end.
CREATE OR REPLACE PROCEDURE `of-scheduler-proj.eros_scheduling_brain.snapshot_state`()
BEGIN
  DECLARE v_now TIMESTAMP DEFAULT `of-scheduler-proj.eros_scheduling_brain.eros_now`();
  DECLARE v_stopwatch TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); -- the real clock, for the duration alone
  DECLARE v_day STRING DEFAULT FORMAT_TIMESTAMP('%Y%m%d', v_now, 'America/Los_Angeles');
  DECLARE v_job_id STRING DEFAULT FORMAT(
    'snapshot_state_%s_%s', FORMAT_TIMESTAMP('%Y%m%d_%H%M%S', v_now, 'UTC'), GENERATE_UUID()
  );
  DECLARE v_tables ARRAY<STRING> DEFAULT [ -- every owned table
    '`of-scheduler-proj.eros_scheduling_brain.automation_alerts`',
    '`of-scheduler-proj.eros_scheduling_brain.caption_bandit_stats`',
    '`of-scheduler-proj.eros_scheduling_brain.creator_processing_errors`',
    '`of-scheduler-proj.eros_scheduling_brain.etl_job_runs`',
    '`of-scheduler-proj.eros_scheduling_brain.holiday_calendar`',
    '`of-scheduler-proj.eros_scheduling_brain.lock_sweep_log`',
    '`of-scheduler-proj.eros_scheduling_brain.schedule_export_log`',
    '`of-scheduler-proj.eros_scheduling_brain.schedule_generation_queue`'
  ];
  DECLARE v_error STRING; -- every table that failed, with its message; NULL while all is well
  DECLARE v_seconds FLOAT64;

  -- A run that was cancelled or timed out could not finish its own row.
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET job_status = 'FAILED', job_end_time = v_now, error_message = 'abandoned'
  WHERE r.job_name = 'snapshot_state'
    AND r.job_status = 'RUNNING'
    AND r.job_start_time < TIMESTAMP_SUB(v_now, INTERVAL 2 HOUR);

  INSERT INTO `of-scheduler-proj.eros_scheduling_brain.etl_job_runs`
    (job_id, job_name, job_start_time, job_status)
  VALUES (v_job_id, 'snapshot_state', v_now, 'RUNNING');

  -- The name carries the date, so the statement has to be dynamic. It takes no OPTIONS: expiration is the
  -- dataset's business.
  FOR v_source IN (SELECT quoted_name FROM UNNEST(v_tables) AS quoted_name) DO
    BEGIN
      EXECUTE IMMEDIATE FORMAT(
        'CREATE SNAPSHOT TABLE IF NOT EXISTS `of-scheduler-proj.eros_scheduling_brain_backup.%s_%s` CLONE %s',
        REGEXP_EXTRACT(v_source.quoted_name, r'(\w+)`$'), v_day, v_source.quoted_name
      );
    EXCEPTION WHEN ERROR THEN
      SET v_error = CONCAT(COALESCE(CONCAT(v_error, ' '), ''), v_source.quoted_name, ': ', @@error.message);
    END;
  END FOR;

  -- One alert of a kind in 6 hours, acknowledged or not.
  BEGIN
    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.automation_alerts`
      (alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, job_id, acknowledged)
    SELECT GENERATE_UUID(), v_now, n.level, 'snapshot_state', n.kind, n.message, v_job_id, FALSE
    FROM UNNEST([STRUCT('CRITICAL' AS level, 'job failed' AS kind, v_error AS message)]) AS n
    WHERE n.message IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
        WHERE a.alert_source = 'snapshot_state'
          AND a.alert_level = n.level
          AND a.alert_kind = n.kind
          AND a.alert_time > TIMESTAMP_SUB(v_now, INTERVAL 6 HOUR)
      );
  EXCEPTION WHEN ERROR THEN
    SET v_error = COALESCE(v_error, @@error.message);
  END;

  SET v_seconds = SAFE_DIVIDE(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_stopwatch, MILLISECOND), 1000);
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET
    job_status = IF(v_error IS NULL, 'SUCCESS', 'FAILED'),
    job_end_time = TIMESTAMP_ADD(v_now, INTERVAL CAST(1000 * v_seconds AS INT64) MILLISECOND),
    error_message = v_error,
    job_duration_seconds = v_seconds
  WHERE r.job_id = v_job_id AND r.job_start_time = v_now;

  IF v_error IS NOT NULL THEN
    RAISE USING MESSAGE = v_error;
  END IF;
END;
