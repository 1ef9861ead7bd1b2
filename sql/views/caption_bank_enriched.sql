-- caption_bank with the psychological trigger of each text. Read by other tools, by no SQL of ours.
--
-- The first trigger that applies wins, upper and lower case alike. A word counts wherever it stands in the text,
-- inside another word too ('expir' finds expires and expiring).
CREATE OR REPLACE VIEW `of-scheduler-proj.eros_scheduling_brain.caption_bank_enriched` AS
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
    WHEN has_urgency AND REGEXP_CONTAINS(caption_text, r'(?i)now|today|limited|expir') THEN 'Urgency'
    WHEN REGEXP_CONTAINS(caption_text, r'(?i)exclusive|vip|special|members only') THEN 'Exclusivity'
    WHEN REGEXP_CONTAINS(caption_text, r'(?i)only\s+\d+\s+left|last chance') THEN 'Scarcity'
    WHEN REGEXP_CONTAINS(caption_text, r'(?i)everyone|fans love|popular') THEN 'Social Proof'
    WHEN REGEXP_CONTAINS(caption_text, r'\?') THEN 'Curiosity'
    ELSE 'General'
  END AS psychological_trigger
FROM `of-scheduler-proj.eros_scheduling_brain.caption_bank`;
