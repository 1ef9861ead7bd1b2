-- Active schedule messages with their caption's text and learned performance, one row per row of
-- schedule_recommendations, for the export tools.
--
-- A caption is described by exactly one source row, so that text, tier and category always belong together:
-- caption_bank first, captions only for ids the bank does not know, and of repeated ids the smallest text. Both
-- sources are therefore brought into one list before the join, which stays a plain equality.
-- Primary keys of BigQuery are not enforced, so a repeated row of statistics is taken once as well: the newest.
-- Rows come in no order; ask with ORDER BY.
CREATE OR REPLACE VIEW `of-scheduler-proj.eros_scheduling_brain.schedule_recommendations_messages` AS
WITH
  caption_sources AS (
    SELECT 1 AS preference, caption_id, caption_text, price_tier, content_category, has_urgency
    FROM `of-scheduler-proj.eros_scheduling_brain.caption_bank`
    UNION ALL
    SELECT 2 AS preference, caption_id, caption_text, price_tier, content_category, has_urgency
    FROM `of-scheduler-proj.eros_scheduling_brain.captions`
  ),
  known_captions AS (
    SELECT caption_id, caption_text, price_tier, content_category, has_urgency
    FROM caption_sources
    WHERE caption_id IS NOT NULL
    -- The columns after caption_text only make the choice among equal texts the same every time.
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY caption_id
      ORDER BY preference, caption_text NULLS LAST, price_tier, content_category, has_urgency
    ) = 1
  ),
  learned AS (
    SELECT
      caption_id,
      page_name,
      avg_conversion_rate,
      confidence_lower_bound,
      confidence_upper_bound,
      total_observations,
      last_updated
    FROM `of-scheduler-proj.eros_scheduling_brain.caption_bandit_stats`
    WHERE caption_id IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY caption_id, page_name
      ORDER BY last_updated DESC, total_observations DESC
    ) = 1
  )
SELECT
  planned.schedule_id,
  planned.page_name,
  planned.day_of_week,
  planned.scheduled_send_time,
  planned.message_type,
  planned.caption_id,
  caption.caption_text,
  caption.price_tier,
  caption.content_category,
  caption.has_urgency,
  stats.avg_conversion_rate AS performance_score,
  stats.confidence_lower_bound,
  stats.confidence_upper_bound,
  stats.total_observations,
  stats.last_updated AS caption_last_updated,
  planned.created_at AS schedule_created_at,
  planned.is_active AS schedule_is_active,
  planned.time_slot_rank
FROM `of-scheduler-proj.eros_scheduling_brain.schedule_recommendations` AS planned
LEFT JOIN known_captions AS caption
  ON caption.caption_id = planned.caption_id
LEFT JOIN learned AS stats
  ON stats.caption_id = planned.caption_id
  AND stats.page_name = planned.page_name
WHERE planned.is_active;
