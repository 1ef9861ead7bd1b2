-- Job status, 7 days: how often each scheduled job ran, how it ended, and how long ago it last succeeded.
--
-- Limits are those of monitor_system_health; a job that never ran is as old as the log it would have written to.
-- A job without a limit of its own is a WARNING while its last run is FAILED.
WITH
  jobs AS (
    SELECT j.job_name, j.warning_hours, j.critical_hours
    FROM UNNEST([
      STRUCT('update_caption_performance' AS job_name, 8 AS warning_hours, 12 AS critical_hours),
      STRUCT('run_daily_automation', NULL, 28),
      STRUCT('sweep_expired_caption_locks', 2, NULL),
      STRUCT('monitor_system_health', NULL, NULL),
      STRUCT('refresh_holiday_calendar', NULL, NULL),
      STRUCT('snapshot_state', NULL, NULL)
    ]) AS j
  ),
  runs AS (
    SELECT
      r.job_name,
      r.job_status,
      r.job_start_time,
      r.job_status IN ('SUCCESS', 'COMPLETED_NO_WORK', 'COMPLETED_WITH_ERRORS') AS succeeded,
      r.job_start_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 7 DAY) AS recent,
      r.job_start_time < TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 2 HOUR) AS over_2_hours
    FROM `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
    WHERE r.job_start_time <= `of-scheduler-proj.eros_scheduling_brain.eros_now`()
  ),
  totals AS (
    SELECT
      r.job_name,
      COUNTIF(r.recent) AS runs,
      COUNTIF(r.recent AND r.job_status = 'FAILED') AS failed,
      COUNTIF(r.recent AND r.job_status = 'COMPLETED_WITH_ERRORS') AS with_errors,
      COUNTIF(r.job_status = 'RUNNING' AND r.over_2_hours) AS running_long,
      MAX(IF(r.succeeded, r.job_start_time, NULL)) AS last_success,
      ARRAY_AGG(r.job_status ORDER BY r.job_start_time DESC LIMIT 1)[OFFSET(0)] AS last_status
    FROM runs AS r
    GROUP BY r.job_name
  ),
  ages AS (
    SELECT
      j.job_name,
      j.warning_hours,
      j.critical_hours,
      t.runs,
      t.failed,
      t.with_errors,
      t.running_long,
      t.last_success,
      t.last_status,
      SAFE_DIVIDE(
        TIMESTAMP_DIFF(
          `of-scheduler-proj.eros_scheduling_brain.eros_now`(), COALESCE(t.last_success, l.creation_time), SECOND
        ),
        3600
      ) AS hours
    FROM jobs AS j
    LEFT JOIN totals AS t ON t.job_name = j.job_name
    CROSS JOIN `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS l
    WHERE l.table_name = 'etl_job_runs'
  )
SELECT
  CASE
    WHEN a.hours >= a.critical_hours THEN 'CRITICAL'
    WHEN a.hours >= a.warning_hours OR a.running_long > 0 OR a.last_status = 'FAILED' THEN 'WARNING'
    ELSE 'OK'
  END AS level,
  a.job_name,
  COALESCE(a.last_status, 'never ran') AS last_status,
  a.last_success,
  IF(a.last_success IS NULL, NULL, ROUND(a.hours, 1)) AS hours_since_success,
  COALESCE(a.critical_hours, a.warning_hours) AS limit_hours,
  COALESCE(a.runs, 0) AS runs,
  COALESCE(a.failed, 0) AS failed,
  COALESCE(a.with_errors, 0) AS with_errors,
  COALESCE(a.running_long, 0) AS running_long
FROM ages AS a
ORDER BY a.job_name;
