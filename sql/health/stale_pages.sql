-- Stale pages: pages that sent messages in the last 90 days but none in the last 7.
--
-- WARNING while the page still counts as active: either the creator has gone quiet or the import of its messages
-- has stopped, and after 30 days without one the daily job drops it. From then on it is OK, and listed for memory.
WITH
  pages AS (
    SELECT
      m.page_name,
      MAX(m.sending_time) AS last_message,
      COUNT(*) AS messages_90_days
    FROM `of-scheduler-proj.eros_scheduling_brain.mass_messages` AS m
    WHERE m.page_name IS NOT NULL
      AND m.sending_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 90 DAY)
      AND m.sending_time <= `of-scheduler-proj.eros_scheduling_brain.eros_now`()
    GROUP BY m.page_name
  ),
  silences AS (
    SELECT
      p.page_name,
      p.last_message,
      p.messages_90_days,
      DATE_DIFF(
        DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles'),
        DATE(p.last_message, 'America/Los_Angeles'),
        DAY
      ) AS days_silent
    FROM pages AS p
  )
SELECT
  IF(s.days_silent < 30, 'WARNING', 'OK') AS level,
  s.page_name,
  s.last_message,
  s.days_silent,
  s.messages_90_days,
  IF(s.days_silent < 30, 'active', 'no longer active') AS state
FROM silences AS s
WHERE s.days_silent >= 7
ORDER BY s.days_silent, s.page_name;
