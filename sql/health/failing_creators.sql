-- Creators with 3 or more errors in 7 days: what the daily job could not use, newest message first.
--
-- 'SYSTEM_CLEANUP' is not a creator but the sweep of caption locks failing inside the daily job.
SELECT
  'WARNING' AS level,
  e.page_name,
  COUNT(*) AS errors,
  MIN(e.error_time) AS first_error,
  MAX(e.error_time) AS last_error,
  ARRAY_AGG(e.error_message ORDER BY e.error_time DESC LIMIT 1)[OFFSET(0)] AS last_message
FROM `of-scheduler-proj.eros_scheduling_brain.creator_processing_errors` AS e
WHERE e.error_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 7 DAY)
  AND e.error_time <= `of-scheduler-proj.eros_scheduling_brain.eros_now`()
GROUP BY e.page_name
HAVING COUNT(*) >= 3
ORDER BY errors DESC, e.page_name;
