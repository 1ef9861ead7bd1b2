-- Picks the next captions for one creator page, so many of each tier class, by a Thompson draw tempered by
-- diversity, recent usage and the page's own restrictions. Returns the rows, best first.
--
-- Called on demand by the scheduler; it assigns nothing. The one thing it writes is an alert when there are fewer
-- captions than asked for, at most one per page and day in 6 hours. So it can be repeated; only the draw differs.
-- A caption is its text: ids of caption_bank with equal keys are one candidate, and cool down together.
-- A lock cools its caption down until 7 days past its due date, released or not: the sweep releases a lock on the
-- day after sending, long before readers have forgotten the text.
-- @param p_page_name           creator page; one without history is a cold start, not an error
-- @param p_behavioral_segment  EXPLORATORY, BUDGET, STANDARD (also NULL), PREMIUM or LUXURY, in any case; the older
--                              names Budget-Conscious and High-Value/Price-Insensitive mean BUDGET and PREMIUM
-- @param p_num_budget_needed   captions of the price tiers low and budget; NULL counts as 0, as below
-- @param p_num_mid_needed      captions of the price tier mid
-- @param p_num_premium_needed  captions of the price tiers high, premium and luxury
-- @param p_num_bump_needed     captions of the price tier bump
CREATE OR REPLACE PROCEDURE `of-scheduler-proj.eros_scheduling_brain.select_captions_for_creator`(
  IN p_page_name STRING,
  IN p_behavioral_segment STRING,
  IN p_num_budget_needed INT64,
  IN p_num_mid_needed INT64,
  IN p_num_premium_needed INT64,
  IN p_num_bump_needed INT64
)
BEGIN
  DECLARE v_now TIMESTAMP DEFAULT `of-scheduler-proj.eros_scheduling_brain.eros_now`();
  DECLARE v_today DATE DEFAULT DATE(v_now, 'America/Los_Angeles');
  DECLARE v_segment STRING DEFAULT CASE UPPER(TRIM(p_behavioral_segment))
    WHEN 'BUDGET-CONSCIOUS' THEN 'BUDGET'
    WHEN 'HIGH-VALUE/PRICE-INSENSITIVE' THEN 'PREMIUM'
    ELSE UPPER(TRIM(IFNULL(p_behavioral_segment, 'STANDARD')))
  END;
  -- NUMERIC, because four large counts may add up to more than INT64 holds.
  DECLARE v_wanted NUMERIC DEFAULT NUMERIC '0'
    + IFNULL(p_num_budget_needed, 0) + IFNULL(p_num_mid_needed, 0)
    + IFNULL(p_num_premium_needed, 0) + IFNULL(p_num_bump_needed, 0);
  -- The tier classes: the price tiers of each, the scope of restrictions that reaches it besides ALL, how many captions
  -- are wanted of it, and what the segment makes of its scores.
  DECLARE v_classes ARRAY<STRUCT<
    tier_class STRING, price_tiers ARRAY<STRING>, scope STRING, wanted INT64, segment_multiplier FLOAT64
  >> DEFAULT [
    STRUCT(
      'budget' AS tier_class,
      ['low', 'budget'] AS price_tiers,
      'PPV_ONLY' AS scope,
      IFNULL(p_num_budget_needed, 0) AS wanted,
      IF(v_segment = 'BUDGET', 1.15, 1.0) AS segment_multiplier
    ),
    ('mid', ['mid'], 'PPV_ONLY', IFNULL(p_num_mid_needed, 0), IF(v_segment = 'BUDGET', 1.15, 1.0)),
    (
      'premium', ['high', 'premium', 'luxury'], 'PPV_ONLY', IFNULL(p_num_premium_needed, 0),
      IF(v_segment IN ('PREMIUM', 'LUXURY'), 1.25, 1.0)
    ),
    ('bump', ['bump'], 'BUMP_ONLY', IFNULL(p_num_bump_needed, 0), 1.0)
  ];
  -- The page's restrictions, all rows taken together: one element a scope, so they can't multiply the captions.
  DECLARE v_restrictions ARRAY<STRUCT<
    scope STRING,
    price_tiers ARRAY<STRING>,
    categories ARRAY<STRING>,
    patterns ARRAY<STRING>,
    hard_pattern STRING,
    soft_pattern STRING
  >>;
  DECLARE v_patterns_compile BOOL;
  DECLARE v_selected ARRAY<STRUCT<
    tier_class STRING,
    caption_id INT64,
    caption_text STRING,
    price_tier STRING,
    content_category STRING,
    has_urgency BOOL,
    final_score FLOAT64,
    debug_info STRUCT<
      thompson_score FLOAT64,
      diversity_bonus FLOAT64,
      segment_multiplier FLOAT64,
      successes INT64,
      failures INT64,
      confidence_lower FLOAT64,
      confidence_upper FLOAT64,
      budget_penalty FLOAT64
    >
  >>;

  IF NOT REGEXP_CONTAINS(IFNULL(p_page_name, ''), r'[^\s\x0b\x{85}\p{Z}]') THEN
    RAISE USING MESSAGE = FORMAT(
      'select_captions_for_creator: p_page_name is %s; allowed is the name of a creator page, neither NULL nor blank.',
      IFNULL(CONCAT("'", p_page_name, "'"), 'NULL')
    );
  END IF;
  IF p_num_budget_needed < 0 OR p_num_mid_needed < 0 OR p_num_premium_needed < 0 OR p_num_bump_needed < 0 THEN
    RAISE USING MESSAGE = FORMAT(
      'select_captions_for_creator: counts are budget %d, mid %d, premium %d, bump %d; allowed is 0 or more each (NULL counts as 0).',
      IFNULL(p_num_budget_needed, 0), IFNULL(p_num_mid_needed, 0), IFNULL(p_num_premium_needed, 0), IFNULL(p_num_bump_needed, 0)
    );
  END IF;
  IF v_segment NOT IN ('EXPLORATORY', 'BUDGET', 'STANDARD', 'PREMIUM', 'LUXURY') THEN
    RAISE USING MESSAGE = CONCAT(
      "select_captions_for_creator: p_behavioral_segment is '", p_behavioral_segment, "'; allowed are EXPLORATORY, ",
      'BUDGET, STANDARD, PREMIUM, LUXURY, the older Budget-Conscious and High-Value/Price-Insensitive, and NULL (STANDARD).'
    );
  END IF;

  IF v_wanted > 0 THEN
    SET v_restrictions = ARRAY(
      SELECT AS STRUCT
        scope,
        ARRAY_CONCAT_AGG(r.restricted_price_tiers) AS price_tiers,
        ARRAY_CONCAT_AGG(r.restricted_categories) AS categories,
        ARRAY_CONCAT_AGG(r.patterns) AS patterns,
        CONCAT('(?i)', STRING_AGG(r.hard_pattern, '|')) AS hard_pattern,
        CONCAT('(?i)', STRING_AGG(r.soft_pattern, '|')) AS soft_pattern
      FROM (
        SELECT
          IFNULL(applies_to_scope, 'ALL') AS applies_to_scope,
          restricted_price_tiers,
          restricted_categories,
          ARRAY_CONCAT(IFNULL(hard_patterns, []), IFNULL(soft_patterns, [])) AS patterns,
          -- A blank pattern would match nearly every caption: an empty field of a form, not a wish.
          (SELECT STRING_AGG(CONCAT('(?:', p, ')'), '|') FROM UNNEST(hard_patterns) AS p WHERE TRIM(p) != '') AS hard_pattern,
          (SELECT STRING_AGG(CONCAT('(?:', p, ')'), '|') FROM UNNEST(soft_patterns) AS p WHERE TRIM(p) != '') AS soft_pattern
        FROM `of-scheduler-proj.eros_scheduling_brain.active_creator_caption_restrictions_v`
        WHERE page_name = p_page_name
      ) AS r
      CROSS JOIN UNNEST(
        CASE
          WHEN r.applies_to_scope = 'ALL' THEN ['PPV_ONLY', 'BUMP_ONLY']
          WHEN r.applies_to_scope IN ('PPV_ONLY', 'BUMP_ONLY') THEN [r.applies_to_scope]
          ELSE ERROR(CONCAT(
            "select_captions_for_creator: a restriction of page '", p_page_name, "' has applies_to_scope '", r.applies_to_scope,
            "'; allowed are PPV_ONLY, BUMP_ONLY, ALL and NULL (ALL)."
          ))
        END
      ) AS scope
      GROUP BY scope
    );
    IF ARRAY_LENGTH(v_restrictions) > 0 THEN
      BEGIN
        -- Compiles every pattern, alone and as it will be joined to the others: met among the captions only, a bad
        -- one would fail on some days and not on others.
        SET v_patterns_compile = (
          SELECT LOGICAL_AND(REGEXP_CONTAINS('', pattern) IS NOT NULL)
          FROM UNNEST(v_restrictions) AS r, UNNEST(r.patterns) AS p, UNNEST([p, CONCAT('(?:', p, ')')]) AS pattern
        );
      EXCEPTION WHEN ERROR THEN
        RAISE USING MESSAGE = (
          SELECT CONCAT(
            "select_captions_for_creator: a restriction of page '", p_page_name, "' has an invalid pattern among '",
            STRING_AGG(DISTINCT p, "', '"), "': ", @@error.message, r'. Allowed is RE2 syntax, with each \Q closed by \E.'
          )
          FROM UNNEST(v_restrictions) AS r, UNNEST(r.patterns) AS p
          WHERE p != ''
        );
      END;
    END IF;

    -- One chain from the pool to the selection. From the draw on, each step is read by one other step alone, for a
    -- second reader might see a second draw.
    SET v_selected = ARRAY(
      WITH
      tiers AS (
        SELECT
          price_tier,
          class.tier_class,
          class.wanted,
          class.segment_multiplier,
          r.categories AS banned_categories,
          r.hard_pattern,
          r.soft_pattern
        FROM UNNEST(v_classes) AS class
        CROSS JOIN UNNEST(class.price_tiers) AS price_tier
        LEFT JOIN UNNEST(v_restrictions) AS r ON r.scope = class.scope
        WHERE class.wanted > 0 AND (price_tier IN UNNEST(r.price_tiers)) IS NOT TRUE
      ),
      -- What the newest audit found in the creator's vault; one row, also without an audit.
      vault AS (
        SELECT COUNT(*) > 0 AS audited, ARRAY_CONCAT_AGG(i.available_categories) AS categories
        FROM (
          SELECT available_categories
          FROM `of-scheduler-proj.eros_scheduling_brain.creator_content_inventory`
          WHERE page_name = p_page_name
          QUALIFY RANK() OVER (ORDER BY inventory_date DESC) = 1
        ) AS i
      ),
      -- The newest lock of each caption, released or not, and what the bank knows of the caption. Recency 1 is the
      -- newest lock of a caption the bank knows; the others can't be counted in any category.
      locks AS (
        SELECT
          caption_id,
          caption_text,
          COALESCE(scheduled_send_date, DATE_ADD(assigned_date, INTERVAL 7 DAY)) AS due_date,
          scheduled_send_hour,
          assigned_at
        FROM `of-scheduler-proj.eros_scheduling_brain.active_caption_assignments`
        WHERE page_name = p_page_name
          AND COALESCE(scheduled_send_date, DATE_ADD(assigned_date, INTERVAL 7 DAY)) >= DATE_SUB(v_today, INTERVAL 7 DAY)
        QUALIFY ROW_NUMBER() OVER (
          PARTITION BY caption_id ORDER BY due_date DESC, scheduled_send_hour DESC NULLS LAST, assigned_at DESC NULLS LAST
        ) = 1
      ),
      used AS (
        SELECT
          l.caption_id,
          b.content_category,
          b.price_tier,
          b.has_urgency,
          l.due_date >= DATE_SUB(v_today, INTERVAL 6 DAY) AS is_recent,
          DENSE_RANK() OVER (
            PARTITION BY b.caption_id IS NULL
            ORDER BY l.due_date DESC, l.scheduled_send_hour DESC NULLS LAST, l.assigned_at DESC NULLS LAST, l.caption_id DESC
          ) AS recency,
          -- Both what the bank says now and what was sent.
          [
            IF(LENGTH(b.caption_key) = 64, b.caption_key, `of-scheduler-proj.eros_scheduling_brain.caption_key`(b.caption_text)),
            `of-scheduler-proj.eros_scheduling_brain.caption_key`(l.caption_text)
          ] AS text_keys
        FROM locks AS l
        LEFT JOIN `of-scheduler-proj.eros_scheduling_brain.caption_bank` AS b ON b.caption_id = l.caption_id
      ),
      cooling AS (
        SELECT DISTINCT text_key FROM used CROSS JOIN UNNEST(used.text_keys) AS text_key
      ),
      page_usage AS (
        SELECT
          COUNT(DISTINCT IF(has_urgency, caption_id, NULL)) AS urgent_used,
          IFNULL(LOGICAL_OR(has_urgency AND recency <= 3), FALSE) AS urgent_of_late
        FROM used
        WHERE is_recent
      ),
      category_usage AS (
        SELECT content_category, COUNT(DISTINCT caption_id) AS used, RANK() OVER (ORDER BY MIN(recency)) <= 5 AS of_late
        FROM used
        WHERE is_recent AND content_category IS NOT NULL
        GROUP BY content_category
      ),
      tier_usage AS (
        SELECT price_tier, RANK() OVER (ORDER BY MIN(recency)) <= 7 AS of_late
        FROM used
        WHERE is_recent AND price_tier IS NOT NULL
        GROUP BY price_tier
      ),
      pool AS (
        SELECT
          c.caption_id,
          c.caption_text,
          c.price_tier,
          c.content_category,
          c.has_urgency,
          IF(LENGTH(c.caption_key) = 64, c.caption_key, `of-scheduler-proj.eros_scheduling_brain.caption_key`(c.caption_text)) AS text_key,
          tiers.tier_class,
          tiers.wanted,
          tiers.segment_multiplier,
          REGEXP_CONTAINS(c.caption_text, tiers.soft_pattern) IS TRUE AS soft_match
        FROM `of-scheduler-proj.eros_scheduling_brain.available_captions` AS c
        JOIN tiers ON tiers.price_tier = c.price_tier
        CROSS JOIN vault
        WHERE (c.content_category IN UNNEST(tiers.banned_categories)) IS NOT TRUE
          AND REGEXP_CONTAINS(c.caption_text, tiers.hard_pattern) IS NOT TRUE
          AND (
            NOT vault.audited
            OR IFNULL(c.content_category, 'General') = 'General'
            OR c.content_category IN UNNEST(vault.categories)
          )
        -- The bank enforces no key: of a repeated id, the smallest text. What follows only keeps the choice among equal
        -- texts the same every time.
        QUALIFY ROW_NUMBER() OVER (
          PARTITION BY c.caption_id ORDER BY c.caption_text, c.price_tier, c.content_category, c.has_urgency
        ) = 1
      ),
      candidates AS (
        SELECT
          pool.*,
          s.performance_percentile,
          CAST(1 + SUM(IFNULL(s.successes, 1) - 1) OVER (PARTITION BY pool.text_key) AS INT64) AS successes,
          CAST(1 + SUM(IFNULL(s.failures, 1) - 1) OVER (PARTITION BY pool.text_key) AS INT64) AS failures
        FROM pool
        LEFT JOIN cooling ON cooling.text_key = pool.text_key
        LEFT JOIN (
          SELECT *
          FROM `of-scheduler-proj.eros_scheduling_brain.caption_bandit_stats`
          WHERE page_name = p_page_name
          -- Its key is not enforced either: of a repeated row, the newest.
          QUALIFY ROW_NUMBER() OVER (PARTITION BY caption_id ORDER BY last_updated DESC, total_observations DESC) = 1
        ) AS s ON s.caption_id = pool.caption_id
        WHERE cooling.text_key IS NULL
        QUALIFY ROW_NUMBER() OVER (
          PARTITION BY pool.text_key ORDER BY IFNULL(s.total_observations, 0) DESC, pool.caption_id
        ) = 1
      ),
      drawn AS (
        SELECT
          c.*,
          `of-scheduler-proj.eros_scheduling_brain.wilson_sample`(c.successes, c.failures) AS thompson_score,
          SAFE_DIVIDE(
            -- 0.5 last: the sum of the first two is the same in either order, so equal captions stay equal.
            IF(category_usage.of_late, -0.2, 0.1)
              + IF(tier_usage.of_late, -0.2, 0.1)
              + IF(page_usage.urgent_of_late, -0.1, 0.05)
              + 0.5,
            0.75
          ) AS diversity_bonus,
          LEAST(1.0, GREATEST(0.0, IFNULL(SAFE_DIVIDE(c.performance_percentile, 100), 0.5))) AS value,
          CASE
            WHEN c.has_urgency AND page_usage.urgent_used >= 4 THEN 0.5
            WHEN category_usage.used >= 16 THEN 0.3
            WHEN category_usage.used >= 12 THEN 0.15
            ELSE 0.0
          END AS budget_penalty,
          5 - page_usage.urgent_used AS urgent_left,
          20 - IFNULL(category_usage.used, 0) AS category_left
        FROM candidates AS c
        CROSS JOIN page_usage
        LEFT JOIN category_usage ON category_usage.content_category = c.content_category
        LEFT JOIN tier_usage ON tier_usage.price_tier = c.price_tier
      ),
      scored AS (
        SELECT
          *,
          (0.70 * thompson_score + 0.15 * diversity_bonus + 0.15 * value) * segment_multiplier * (1 - budget_penalty) AS final_score
        FROM drawn
      ),
      -- The limits. (1) Rank within each class.
      ranked AS (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY tier_class ORDER BY soft_match, final_score DESC, caption_id) AS class_rank
        FROM scored
      ),
      -- (2) Urgent captions: only from the first of their class, and of those what the page has left over all classes.
      urgent_limited AS (
        SELECT *
        FROM ranked
        WHERE has_urgency IS NOT TRUE OR class_rank <= wanted
        QUALIFY has_urgency IS NOT TRUE
          OR ROW_NUMBER() OVER (PARTITION BY has_urgency ORDER BY soft_match, final_score DESC, caption_id) <= urgent_left
      ),
      -- (3) Fill each class from what is left of each category. No category, no limit.
      category_limited AS (
        SELECT *
        FROM urgent_limited
        WHERE TRUE
        QUALIFY content_category IS NULL
          OR ROW_NUMBER() OVER (PARTITION BY tier_class, content_category ORDER BY class_rank) <= category_left
      ),
      filled AS (
        SELECT *, `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(successes, failures) AS bounds
        FROM category_limited
        WHERE TRUE
        QUALIFY ROW_NUMBER() OVER (PARTITION BY tier_class ORDER BY class_rank) <= wanted
      )
      -- (4) The category limit again, over all classes.
      SELECT AS STRUCT
        tier_class,
        caption_id,
        caption_text,
        price_tier,
        content_category,
        has_urgency,
        final_score,
        STRUCT(
          thompson_score AS thompson_score,
          diversity_bonus AS diversity_bonus,
          segment_multiplier AS segment_multiplier,
          successes AS successes,
          failures AS failures,
          bounds.lower_bound AS confidence_lower,
          bounds.upper_bound AS confidence_upper,
          budget_penalty AS budget_penalty
        ) AS debug_info
      FROM filled
      WHERE TRUE
      QUALIFY content_category IS NULL
        OR ROW_NUMBER() OVER (PARTITION BY content_category ORDER BY soft_match, final_score DESC, caption_id) <= category_left
    );

    IF ARRAY_LENGTH(v_selected) < v_wanted THEN
      INSERT INTO `of-scheduler-proj.eros_scheduling_brain.automation_alerts`
        (alert_id, alert_time, alert_level, alert_source, alert_message, acknowledged, alert_kind)
      SELECT GENERATE_UUID(), v_now, 'WARNING', 'select_captions', n.message, FALSE, n.kind
      FROM (
        SELECT
          CONCAT('too few captions for ', p_page_name, ' on ', CAST(v_today AS STRING)) AS kind,
          CONCAT(
            "Page '", p_page_name, "' has fewer captions than asked for: ",
            STRING_AGG(FORMAT('%s wanted %d, found %d', c.tier_class, c.wanted, c.found), '; ' ORDER BY c.tier_class),
            '. The others are restricted, cooling down, past a limit or not in the bank.'
          ) AS message
        FROM (
          SELECT class.tier_class, class.wanted, COUNT(s.caption_id) AS found
          FROM UNNEST(v_classes) AS class
          LEFT JOIN UNNEST(v_selected) AS s ON s.tier_class = class.tier_class
          GROUP BY class.tier_class, class.wanted
        ) AS c
        WHERE c.found < c.wanted
      ) AS n
      WHERE NOT EXISTS (
        SELECT 1
        FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
        WHERE a.alert_source = 'select_captions'
          AND a.alert_level = 'WARNING'
          AND a.alert_kind = n.kind
          AND a.alert_time > TIMESTAMP_SUB(v_now, INTERVAL 6 HOUR)
      );
    END IF;
  END IF;

  SELECT s.caption_id, s.caption_text, s.price_tier, s.content_category, s.has_urgency, s.final_score, s.debug_info
  FROM UNNEST(v_selected) AS s
  ORDER BY s.final_score DESC, s.caption_id;
END;
