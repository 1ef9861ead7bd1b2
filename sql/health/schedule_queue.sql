-- Schedule queue, 3 days: what the daily job queued for each date (America/Los_Angeles), and what became of it.
--
-- WARNING: rows the consumer failed, rows of a past date it has not taken or finished, and a date without any row
-- once the daily job must have run (05:00, and later than the log's first day).
WITH
  days AS (
    SELECT
      execution_date,
      execution_date < DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles') AS is_past,
      execution_date > DATE(t.creation_time, 'America/Los_Angeles')
        AND TIMESTAMP_ADD(TIMESTAMP(execution_date, 'America/Los_Angeles'), INTERVAL 5 HOUR)
          <= `of-scheduler-proj.eros_scheduling_brain.eros_now`() AS is_due
    FROM UNNEST(
      GENERATE_DATE_ARRAY(
        DATE_SUB(
          DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles'), INTERVAL 2 DAY
        ),
        DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles')
      )
    ) AS execution_date
    CROSS JOIN `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS t
    WHERE t.table_name = 'etl_job_runs'
  ),
  totals AS (
    SELECT
      q.execution_date,
      COUNT(*) AS queued,
      COUNTIF(q.status = 'PENDING') AS pending,
      COUNTIF(q.status = 'PROCESSING') AS processing,
      COUNTIF(q.status = 'COMPLETED') AS completed,
      COUNTIF(q.status = 'FAILED') AS failed,
      MIN(IF(q.status = 'PENDING', q.queued_at, NULL)) AS oldest_pending,
      ROUND(AVG(q.saturation_pct), 1) AS mean_saturation_pct,
      MAX(q.holiday_name) AS holiday_name
    FROM `of-scheduler-proj.eros_scheduling_brain.schedule_generation_queue` AS q
    GROUP BY q.execution_date
  )
SELECT
  IF(
    t.failed > 0 OR (d.is_past AND t.pending + t.processing > 0) OR (d.is_due AND t.queued IS NULL),
    'WARNING',
    'OK'
  ) AS level,
  d.execution_date,
  COALESCE(t.queued, 0) AS queued,
  COALESCE(t.pending, 0) AS pending,
  COALESCE(t.processing, 0) AS processing,
  COALESCE(t.completed, 0) AS completed,
  COALESCE(t.failed, 0) AS failed,
  t.oldest_pending,
  t.mean_saturation_pct,
  t.holiday_name
FROM days AS d
LEFT JOIN totals AS t ON t.execution_date = d.execution_date
ORDER BY d.execution_date DESC;
