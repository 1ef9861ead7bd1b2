-- Sweep volumes, 7 days: how many expired caption locks each day's sweeps released (days in America/Los_Angeles).
--
-- A past day without any sweep is a WARNING, days before the log existed excepted; so is one sweep that cleaned
-- more than 1,000 locks, as in sweep_expired_caption_locks.
WITH
  sweeps AS (
    SELECT
      DATE(s.sweep_time, 'America/Los_Angeles') AS sweep_day,
      COUNT(*) AS sweeps,
      SUM(s.total_locks_cleaned) AS locks_cleaned,
      SUM(s.locks_expired_past_date) AS past_date,
      SUM(s.locks_expired_stale) AS stale,
      MAX(s.total_locks_cleaned) AS largest_sweep,
      MAX(s.sweep_duration_seconds) AS slowest_seconds
    FROM `of-scheduler-proj.eros_scheduling_brain.lock_sweep_log` AS s
    WHERE s.sweep_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 8 DAY)
    GROUP BY sweep_day
  ),
  days AS (
    SELECT
      sweep_day,
      sweep_day < DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles')
        AND sweep_day > DATE(t.creation_time, 'America/Los_Angeles') AS is_full_day
    FROM UNNEST(
      GENERATE_DATE_ARRAY(
        DATE_SUB(
          DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles'), INTERVAL 6 DAY
        ),
        DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles')
      )
    ) AS sweep_day
    CROSS JOIN `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS t
    WHERE t.table_name = 'lock_sweep_log'
  )
SELECT
  IF(s.largest_sweep > 1000 OR (d.is_full_day AND s.sweeps IS NULL), 'WARNING', 'OK') AS level,
  d.sweep_day,
  COALESCE(s.sweeps, 0) AS sweeps,
  COALESCE(s.locks_cleaned, 0) AS locks_cleaned,
  COALESCE(s.past_date, 0) AS past_date,
  COALESCE(s.stale, 0) AS stale,
  COALESCE(s.largest_sweep, 0) AS largest_sweep,
  ROUND(s.slowest_seconds, 2) AS slowest_seconds
FROM days AS d
LEFT JOIN sweeps AS s ON s.sweep_day = d.sweep_day
ORDER BY d.sweep_day DESC;
