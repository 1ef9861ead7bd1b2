-- Captions of caption_bank that may be chosen, each with the key of its text (caption_key_norm).
--
-- Stored keys of 64 characters are taken as they are; only older rows (an MD5, or nothing) are hashed here. CASE
-- evaluates the branch it takes and no other, so the view costs as much as its old rows, not as the whole bank.
CREATE OR REPLACE VIEW `of-scheduler-proj.eros_scheduling_brain.available_captions` AS
SELECT
  caption_id,
  caption_text,
  content_category,
  price_tier,
  has_urgency,
  overall_performance_score,
  avg_revenue,
  avg_price,
  usage_status,
  last_used,
  caption_key,
  CASE
    WHEN CHAR_LENGTH(caption_key) = 64 THEN caption_key
    ELSE `of-scheduler-proj.eros_scheduling_brain.caption_key`(caption_text)
  END AS caption_key_norm
FROM `of-scheduler-proj.eros_scheduling_brain.caption_bank`
WHERE usage_status IN ('available', 'moderate_recency')
  AND overall_performance_score > 0;
