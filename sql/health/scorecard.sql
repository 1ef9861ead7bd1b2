-- Scorecard: the whole system in one row a question, each with its figure and its limits.
--
-- Limits are those of monitor_system_health. Captions are those of the whole bank against the default minimums;
-- what a single page may use stands in page_saturation.
WITH
  runs AS (
    SELECT
      MAX(IF(r.job_name = 'update_caption_performance' AND r.succeeded, r.job_start_time, NULL)) AS last_update,
      MAX(IF(r.job_name = 'run_daily_automation' AND r.succeeded, r.job_start_time, NULL)) AS last_daily,
      MAX(IF(r.job_name = 'sweep_expired_caption_locks' AND r.succeeded, r.job_start_time, NULL)) AS last_sweep,
      COUNTIF(r.job_status = 'RUNNING' AND r.hours > 2) AS running_long,
      SUM(IF(r.job_name = 'run_daily_automation' AND r.hours < 24, r.creators_failed, 0)) AS failed,
      SUM(
        IF(r.job_name = 'run_daily_automation' AND r.hours < 24, r.creators_failed + r.creators_processed, 0)
      ) AS creators
    FROM (
      SELECT
        j.job_name,
        j.job_status,
        j.job_start_time,
        j.creators_failed,
        j.creators_processed,
        j.job_status IN ('SUCCESS', 'COMPLETED_NO_WORK', 'COMPLETED_WITH_ERRORS') AS succeeded,
        SAFE_DIVIDE(
          TIMESTAMP_DIFF(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), j.job_start_time, SECOND), 3600
        ) AS hours
      FROM `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS j
      WHERE j.job_start_time <= `of-scheduler-proj.eros_scheduling_brain.eros_now`()
    ) AS r
  ),
  log_table AS ( -- a job that never ran is as old as the log it would have written to
    SELECT MIN(t.creation_time) AS created
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS t
    WHERE t.table_name = 'etl_job_runs'
  ),
  locks AS (
    SELECT COUNTIF(l.is_active IS TRUE) AS active
    FROM `of-scheduler-proj.eros_scheduling_brain.active_caption_assignments` AS l
  ),
  bank AS (
    SELECT
      COUNT(DISTINCT IF(c.price_tier = 'bump', NULL, c.caption_id)) AS captions,
      COUNT(DISTINCT IF(c.price_tier = 'bump', c.caption_id, NULL)) AS bump_captions
    FROM `of-scheduler-proj.eros_scheduling_brain.available_captions` AS c
  ),
  alerts AS (
    SELECT COUNTIF(a.alert_level = 'CRITICAL' AND a.acknowledged IS NOT TRUE) AS critical
    FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
    WHERE a.alert_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 24 HOUR)
      AND a.alert_time <= `of-scheduler-proj.eros_scheduling_brain.eros_now`()
  ),
  figures AS ( -- beyond a limit means: hours at or above it, captions below it, everything else above it
    SELECT f.position, f.question, f.figure, f.unit, f.warning, f.critical
    FROM runs AS r
    CROSS JOIN log_table AS t
    CROSS JOIN locks AS l
    CROSS JOIN bank AS b
    CROSS JOIN alerts AS a
    CROSS JOIN UNNEST([
      STRUCT(
        1 AS position,
        'hours since captions were learned' AS question,
        SAFE_DIVIDE(
          TIMESTAMP_DIFF(
            `of-scheduler-proj.eros_scheduling_brain.eros_now`(), COALESCE(r.last_update, t.created), SECOND
          ),
          3600
        ) AS figure,
        'hours' AS unit,
        8.0 AS warning,
        12.0 AS critical
      ),
      STRUCT(
        2,
        'hours since the daily automation succeeded',
        SAFE_DIVIDE(
          TIMESTAMP_DIFF(
            `of-scheduler-proj.eros_scheduling_brain.eros_now`(), COALESCE(r.last_daily, t.created), SECOND
          ),
          3600
        ),
        'hours',
        NULL,
        28.0
      ),
      STRUCT(
        3,
        'hours since locks were swept',
        SAFE_DIVIDE(
          TIMESTAMP_DIFF(
            `of-scheduler-proj.eros_scheduling_brain.eros_now`(), COALESCE(r.last_sweep, t.created), SECOND
          ),
          3600
        ),
        'hours',
        2.0,
        NULL
      ),
      STRUCT(4, 'jobs running for over 2 hours', CAST(COALESCE(r.running_long, 0) AS FLOAT64), 'jobs', 0.0, NULL),
      STRUCT(5, 'active caption locks', CAST(l.active AS FLOAT64), 'locks', 5000.0, 10000.0),
      STRUCT(
        6,
        'creators failed in 24 hours',
        COALESCE(SAFE_DIVIDE(CAST(100 * r.failed AS FLOAT64), CAST(r.creators AS FLOAT64)), 0.0),
        'per cent',
        10.0,
        NULL
      ),
      STRUCT(7, 'captions available', CAST(b.captions AS FLOAT64), 'captions', 200.0, NULL),
      STRUCT(8, 'bump captions available', CAST(b.bump_captions AS FLOAT64), 'captions', 50.0, NULL),
      STRUCT(9, 'unacknowledged critical alerts in 24 hours', CAST(a.critical AS FLOAT64), 'alerts', NULL, 0.0)
    ]) AS f
  )
SELECT
  CASE
    WHEN f.unit = 'captions' THEN IF(f.figure < f.warning, 'WARNING', 'OK')
    WHEN f.unit = 'hours' AND f.figure >= f.critical THEN 'CRITICAL'
    WHEN f.unit = 'hours' AND f.figure >= f.warning THEN 'WARNING'
    WHEN f.unit != 'hours' AND f.figure > f.critical THEN 'CRITICAL'
    WHEN f.unit != 'hours' AND f.figure > f.warning THEN 'WARNING'
    ELSE 'OK'
  END AS level,
  f.question,
  ROUND(f.figure, 1) AS figure,
  f.unit,
  f.warning AS warning_limit,
  f.critical AS critical_limit
FROM figures AS f
ORDER BY f.position;
