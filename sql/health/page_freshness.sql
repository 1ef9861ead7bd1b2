-- Freshness per page: what has been sent, and whether caption_bandit_stats has learned from it yet.
--
-- Evidence is what update_caption_performance counts for a caption: a paid, viewed message that names its caption.
-- The updater runs every 6 hours and views may arrive late, so evidence may wait 12 hours (WARNING) before anybody
-- has to look, and 24 (CRITICAL) before it is certain that it is not learned.
WITH
  messages AS (
    SELECT
      m.page_name,
      m.sending_time,
      m.caption_id IS NOT NULL
        AND m.price > 0
        AND m.viewed_count > 0
        AND ABS(m.purchased_count) < CAST('inf' AS FLOAT64)
        AND ABS(m.earnings) < CAST('inf' AS FLOAT64)
        AND m.sending_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 30 DAY)
        AS is_evidence
    FROM `of-scheduler-proj.eros_scheduling_brain.mass_messages` AS m
    WHERE m.page_name IS NOT NULL
      AND m.sending_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 90 DAY)
      AND m.sending_time <= `of-scheduler-proj.eros_scheduling_brain.eros_now`()
  ),
  stats AS (
    SELECT
      s.page_name,
      COUNT(*) AS captions,
      MAX(s.last_used) AS learned_until,
      MAX(s.last_updated) AS last_updated
    FROM `of-scheduler-proj.eros_scheduling_brain.caption_bandit_stats` AS s
    GROUP BY s.page_name
  ),
  pages AS (
    SELECT
      m.page_name,
      MAX(m.sending_time) AS last_message,
      ANY_VALUE(s.captions) AS captions,
      ANY_VALUE(s.learned_until) AS learned_until,
      ANY_VALUE(s.last_updated) AS last_updated,
      MIN(
        IF(m.is_evidence AND (s.learned_until IS NULL OR m.sending_time > s.learned_until), m.sending_time, NULL)
      ) AS waiting_since
    FROM messages AS m
    LEFT JOIN stats AS s ON s.page_name = m.page_name
    GROUP BY m.page_name
  ),
  waits AS (
    SELECT
      p.page_name,
      p.last_message,
      p.learned_until,
      p.last_updated,
      p.captions,
      SAFE_DIVIDE(
        TIMESTAMP_DIFF(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), p.waiting_since, SECOND), 3600
      ) AS hours
    FROM pages AS p
  )
SELECT
  CASE WHEN w.hours >= 24 THEN 'CRITICAL' WHEN w.hours >= 12 THEN 'WARNING' ELSE 'OK' END AS level,
  w.page_name,
  w.last_message,
  w.learned_until,
  w.last_updated,
  COALESCE(w.captions, 0) AS captions_known,
  ROUND(w.hours, 1) AS hours_waiting
FROM waits AS w
ORDER BY COALESCE(w.hours, 0) DESC, w.page_name;
