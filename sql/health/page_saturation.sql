-- Locks and saturation per page: locked captions against the captions available, as run_daily_automation sees them.
--
-- WARNING: saturated (80 per cent or more, so it is not queued), data that the daily job could not use, or fewer
-- captions available than the page's largest minimum (default 200, and 50 for bump captions).
WITH
  active AS (
    SELECT DISTINCT m.page_name
    FROM `of-scheduler-proj.eros_scheduling_brain.mass_messages` AS m
    WHERE m.page_name IS NOT NULL
      AND m.sending_time >= TIMESTAMP(
        DATE_SUB(
          DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles'), INTERVAL 29 DAY
        ),
        'America/Los_Angeles'
      )
      AND m.sending_time < TIMESTAMP(
        DATE_ADD(
          DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles'), INTERVAL 1 DAY
        ),
        'America/Los_Angeles'
      )
  ),
  pages AS (
    SELECT
      a.page_name,
      COALESCE(MAX(r.min_ppv_pool), 200) AS min_ppv_pool,
      COALESCE(MAX(r.min_bump_pool), 50) AS min_bump_pool,
      MIN(IF(r.applies_to_scope IN ('PPV_ONLY', 'BUMP_ONLY', 'ALL'), NULL, r.applies_to_scope)) AS unknown_scope
    FROM active AS a
    LEFT JOIN `of-scheduler-proj.eros_scheduling_brain.active_creator_caption_restrictions_v` AS r
      ON r.page_name = a.page_name
    GROUP BY a.page_name
  ),
  restricted AS ( -- each restriction row once per side of the bank it speaks of: bump captions, the others
    SELECT r.page_name, is_bump, r.restricted_categories, r.restricted_price_tiers
    FROM `of-scheduler-proj.eros_scheduling_brain.active_creator_caption_restrictions_v` AS r
    CROSS JOIN UNNEST([TRUE, FALSE]) AS is_bump
    WHERE COALESCE(r.applies_to_scope, 'ALL') IN ('ALL', IF(is_bump, 'BUMP_ONLY', 'PPV_ONLY'))
  ),
  restricted_categories AS (
    SELECT DISTINCT r.page_name, r.is_bump, content_category
    FROM restricted AS r
    CROSS JOIN UNNEST(r.restricted_categories) AS content_category
  ),
  restricted_tiers AS (
    SELECT DISTINCT r.page_name, r.is_bump, price_tier
    FROM restricted AS r
    CROSS JOIN UNNEST(r.restricted_price_tiers) AS price_tier
  ),
  supply AS ( -- captions counted by category and tier, about a hundred rows to hold against every page
    SELECT
      c.content_category,
      c.price_tier,
      COALESCE(c.price_tier = 'bump', FALSE) AS is_bump,
      c.repeated_id, -- an id that stands under several categories or tiers must still count once
      COUNT(*) AS captions
    FROM (
      SELECT
        d.content_category,
        d.price_tier,
        IF(COUNT(*) OVER (PARTITION BY d.caption_id) > 1, d.caption_id, NULL) AS repeated_id
      FROM (
        SELECT DISTINCT a.caption_id, a.content_category, a.price_tier
        FROM `of-scheduler-proj.eros_scheduling_brain.available_captions` AS a
        WHERE a.caption_id IS NOT NULL
      ) AS d
    ) AS c
    GROUP BY content_category, price_tier, is_bump, repeated_id
  ),
  available AS ( -- NULL categories and tiers equal nothing, so they are never restricted
    SELECT
      a.page_name,
      SUM(IF(s.repeated_id IS NULL, s.captions, 0)) + COUNT(DISTINCT s.repeated_id) AS captions,
      SUM(IF(s.repeated_id IS NULL AND s.is_bump, s.captions, 0))
        + COUNT(DISTINCT IF(s.is_bump, s.repeated_id, NULL)) AS bump_captions,
      SUM(IF(s.repeated_id IS NULL AND NOT s.is_bump, s.captions, 0))
        + COUNT(DISTINCT IF(s.is_bump, NULL, s.repeated_id)) AS other_captions
    FROM active AS a
    CROSS JOIN supply AS s
    LEFT JOIN restricted_categories AS rc
      ON rc.page_name = a.page_name AND rc.is_bump = s.is_bump AND rc.content_category = s.content_category
    LEFT JOIN restricted_tiers AS rt
      ON rt.page_name = a.page_name AND rt.is_bump = s.is_bump AND rt.price_tier = s.price_tier
    WHERE rc.page_name IS NULL AND rt.page_name IS NULL
    GROUP BY a.page_name
  ),
  locked AS (
    SELECT
      d.page_name,
      COUNT(*) AS active_locks,
      COUNTIF(d.due_date < d.today) AS overdue_locks,
      COUNT(DISTINCT IF(d.due_date >= d.today, d.caption_id, NULL)) AS captions
    FROM (
      SELECT
        l.page_name,
        l.caption_id,
        COALESCE(l.scheduled_send_date, DATE_ADD(l.assigned_date, INTERVAL 7 DAY)) AS due_date,
        DATE(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), 'America/Los_Angeles') AS today
      FROM `of-scheduler-proj.eros_scheduling_brain.active_caption_assignments` AS l
      WHERE l.is_active IS TRUE
    ) AS d
    GROUP BY d.page_name
  ),
  figures AS (
    SELECT
      p.page_name,
      p.unknown_scope,
      p.min_ppv_pool,
      p.min_bump_pool,
      COALESCE(l.active_locks, 0) AS active_locks,
      COALESCE(l.overdue_locks, 0) AS overdue_locks,
      COALESCE(a.bump_captions, 0) AS bump_captions,
      COALESCE(a.other_captions, 0) AS other_captions,
      SAFE_DIVIDE(
        100 * COALESCE(l.captions, 0),
        LEAST(
          CAST(a.captions AS FLOAT64),
          CAST(p.min_ppv_pool AS FLOAT64) + CAST(p.min_bump_pool AS FLOAT64)
        )
      ) AS saturation_pct
    FROM pages AS p
    LEFT JOIN available AS a ON a.page_name = p.page_name
    LEFT JOIN locked AS l ON l.page_name = p.page_name
  ),
  findings AS (
    SELECT
      f.page_name,
      f.active_locks,
      f.overdue_locks,
      f.other_captions,
      f.bump_captions,
      f.saturation_pct,
      CASE
        WHEN f.unknown_scope IS NOT NULL THEN CONCAT('unknown applies_to_scope ', f.unknown_scope)
        WHEN f.saturation_pct IS NULL OR f.saturation_pct < 0 THEN 'no caption available, or a minimum of 0'
        WHEN f.saturation_pct >= 80 THEN 'saturated'
        WHEN f.other_captions < f.min_ppv_pool THEN FORMAT('captions below the minimum of %d', f.min_ppv_pool)
        WHEN f.bump_captions < f.min_bump_pool THEN FORMAT('bump captions below the minimum of %d', f.min_bump_pool)
      END AS finding
    FROM figures AS f
  )
SELECT
  IF(f.finding IS NULL, 'OK', 'WARNING') AS level,
  f.page_name,
  ROUND(f.saturation_pct, 1) AS saturation_pct,
  f.active_locks,
  f.overdue_locks,
  f.other_captions AS captions_available,
  f.bump_captions AS bump_captions_available,
  f.finding
FROM findings AS f
ORDER BY f.finding IS NULL, f.saturation_pct DESC, f.page_name;
