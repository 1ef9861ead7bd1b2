-- Releases every caption lock whose due date lies before today (America/Los_Angeles), and logs how many.
--
-- Replaces a sweep that an early RETURN of the daily job could skip and whose figures were guessed afterwards. One
-- UPDATE deactivates, so nothing is half swept. It never deletes a lock, never touches an inactive one again, and
-- needs no assignment_key.
--
-- Can be repeated: a second run finds nothing due and adds only its own log rows.
--
-- The error of a run is kept in v_error and raised once, at the end and outside every handler: the log row is
-- final by then, and the message is not wrapped a second time.
CREATE OR REPLACE PROCEDURE `of-scheduler-proj.eros_scheduling_brain.sweep_expired_caption_locks`()
BEGIN
  DECLARE v_now TIMESTAMP DEFAULT `of-scheduler-proj.eros_scheduling_brain.eros_now`();
  DECLARE v_stopwatch TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); -- the real clock, for the duration alone
  DECLARE v_today DATE DEFAULT DATE(v_now, 'America/Los_Angeles');
  DECLARE v_stamp STRING DEFAULT FORMAT(
    '%s_%s', FORMAT_TIMESTAMP('%Y%m%d_%H%M%S', v_now, 'UTC'), GENERATE_UUID()
  );
  DECLARE v_job_id STRING DEFAULT CONCAT('sweep_expired_caption_locks_', v_stamp);
  DECLARE v_stale INT64;
  DECLARE v_total INT64;
  DECLARE v_error STRING; -- why this run is FAILED; NULL while all is well
  DECLARE v_seconds FLOAT64;

  -- A run that was cancelled or timed out could not finish its own row.
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET job_status = 'FAILED', job_end_time = v_now, error_message = 'abandoned'
  WHERE r.job_name = 'sweep_expired_caption_locks'
    AND r.job_status = 'RUNNING'
    AND r.job_start_time < TIMESTAMP_SUB(v_now, INTERVAL 2 HOUR);

  INSERT INTO `of-scheduler-proj.eros_scheduling_brain.etl_job_runs`
    (job_id, job_name, job_start_time, job_status)
  VALUES (v_job_id, 'sweep_expired_caption_locks', v_now, 'RUNNING');

  BEGIN
    SET v_stale = (
      SELECT COUNT(*)
      FROM `of-scheduler-proj.eros_scheduling_brain.active_caption_assignments` AS l
      WHERE l.is_active IS TRUE
        AND COALESCE(l.scheduled_send_date, DATE_ADD(l.assigned_date, INTERVAL 7 DAY))
          < DATE_SUB(v_today, INTERVAL 7 DAY)
    );

    UPDATE `of-scheduler-proj.eros_scheduling_brain.active_caption_assignments` AS l
    SET
      is_active = FALSE,
      deactivated_at = v_now,
      deactivation_reason = IF(
        COALESCE(l.scheduled_send_date, DATE_ADD(l.assigned_date, INTERVAL 7 DAY))
          < DATE_SUB(v_today, INTERVAL 7 DAY),
        'STALE_7DAY',
        'PAST_SEND_DATE'
      )
    WHERE l.is_active IS TRUE
      AND COALESCE(l.scheduled_send_date, DATE_ADD(l.assigned_date, INTERVAL 7 DAY)) < v_today;
    SET v_total = @@row_count;

    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.lock_sweep_log`
      (sweep_id, sweep_time, locks_expired_stale, locks_expired_past_date, total_locks_cleaned, sweep_duration_seconds)
    VALUES (
      CONCAT('sweep_', v_stamp),
      v_now,
      v_stale,
      v_total - v_stale,
      v_total,
      SAFE_DIVIDE(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_stopwatch, MILLISECOND), 1000)
    );
  EXCEPTION WHEN ERROR THEN
    SET v_error = @@error.message;
  END;

  -- One alert of a kind in 6 hours, acknowledged or not.
  BEGIN
    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.automation_alerts`
      (alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, job_id, acknowledged)
    SELECT GENERATE_UUID(), v_now, n.level, 'lock_cleanup', n.kind, n.message, v_job_id, FALSE
    FROM UNNEST([
      STRUCT('CRITICAL' AS level, 'job failed' AS kind, v_error AS message),
      STRUCT('WARNING', 'many locks expired', IF(
        v_total > 1000,
        FORMAT(
          '%d caption locks expired at once (limit 1000), %d of them over 7 days late: did the sweep stand still?',
          v_total, v_stale
        ),
        NULL
      ))
    ]) AS n
    WHERE n.message IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
        WHERE a.alert_source = 'lock_cleanup'
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
