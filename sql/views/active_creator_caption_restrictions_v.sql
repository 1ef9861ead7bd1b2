-- Restrictions in force on which captions a creator page may use; a page may have several rows.
--
-- Nothing is merged or checked here: readers let all rows of a page count together and refuse unknown scopes.
CREATE OR REPLACE VIEW `of-scheduler-proj.eros_scheduling_brain.active_creator_caption_restrictions_v` AS
SELECT
  page_name,
  applies_to_scope,
  min_ppv_pool,
  min_bump_pool,
  hard_patterns,
  soft_patterns,
  restricted_categories,
  restricted_price_tiers
FROM `of-scheduler-proj.eros_scheduling_brain.creator_caption_restrictions`
WHERE is_active;
