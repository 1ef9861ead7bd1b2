-- Duration trend, 30 days: how long each job takes, the last 7 days against the 23 before.
--
-- WARNING: a run of the last 7 days took longer than the job's stated target (seconds). Jobs without a target of
-- their own are held to 120 seconds.
WITH
  runs AS (
    SELECT
      r.job_name,
      r.job_duration_seconds AS seconds,
      r.job_start_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 7 DAY) AS recent,
      CASE r.job_name WHEN 'run_daily_automation' THEN 30 ELSE 120 END AS target
    FROM `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
    WHERE r.job_start_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 30 DAY)
      AND r.job_start_time <= `of-scheduler-proj.eros_scheduling_brain.eros_now`()
      AND r.job_duration_seconds IS NOT NULL
  ),
  trends AS (
    SELECT
      r.job_name,
      r.target,
      COUNT(*) AS runs,
      AVG(IF(r.recent, r.seconds, NULL)) AS mean_7_days,
      AVG(IF(r.recent, NULL, r.seconds)) AS mean_before,
      MAX(IF(r.recent, r.seconds, NULL)) AS slowest_7_days
    FROM runs AS r
    GROUP BY r.job_name, r.target
  )
SELECT
  IF(t.slowest_7_days > t.target, 'WARNING', 'OK') AS level,
  t.job_name,
  t.runs,
  ROUND(t.mean_7_days, 2) AS mean_7_days,
  ROUND(t.mean_before, 2) AS mean_before,
  ROUND(100 * (SAFE_DIVIDE(t.mean_7_days, t.mean_before) - 1), 0) AS change_pct,
  ROUND(t.slowest_7_days, 2) AS slowest_7_days,
  t.target AS target_seconds
FROM trends AS t
ORDER BY t.job_name;
