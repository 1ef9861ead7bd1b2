-- Learns from the messages of the last 90 days what every caption earned on every page, and writes what changed
-- to caption_bandit_stats.
--
-- Replaces an updater that added a 7-day window every 6 hours and so counted each message about 28 times. This
-- one recomputes every figure from mass_messages: a message counts once however often the job runs, and views
-- and purchases that arrive late are taken up. It reads mass_messages and caption_bank, never deletes a row, and
-- leaves alone pages without a message worth learning from in the last 30 days, and captions without one in 90:
-- their rows expire with their partition.
--
-- Can be repeated: with the same messages and clock a second run adds its own log row and changes nothing else.
--
-- EMV, the expected monetary value of a message, is purchased_count / viewed_count * earnings, in USD. Free
-- messages earn nothing by design and say nothing about a caption; messages dated after v_now wait.
--
-- The error of a run is kept in v_error and raised once, at the end and outside every handler: the log row is
-- final by then, and the message is not wrapped a second time.
CREATE OR REPLACE PROCEDURE `of-scheduler-proj.eros_scheduling_brain.update_caption_performance`()
BEGIN
  DECLARE v_now TIMESTAMP DEFAULT `of-scheduler-proj.eros_scheduling_brain.eros_now`();
  DECLARE v_stopwatch TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); -- the real clock, for the duration alone
  DECLARE v_job_id STRING DEFAULT FORMAT(
    'update_caption_performance_%s_%s', FORMAT_TIMESTAMP('%Y%m%d_%H%M%S', v_now, 'UTC'), GENERATE_UUID()
  );
  DECLARE v_pages INT64; -- pages with a median
  DECLARE v_error STRING; -- why this run is FAILED; NULL while all is well
  DECLARE v_seconds FLOAT64;

  -- A run that was cancelled or timed out could not finish its own row.
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET job_status = 'FAILED', job_end_time = v_now, error_message = 'abandoned'
  WHERE r.job_name = 'update_caption_performance'
    AND r.job_status = 'RUNNING'
    AND r.job_start_time < TIMESTAMP_SUB(v_now, INTERVAL 2 HOUR);

  INSERT INTO `of-scheduler-proj.eros_scheduling_brain.etl_job_runs`
    (job_id, job_name, job_start_time, job_status)
  VALUES (v_job_id, 'update_caption_performance', v_now, 'RUNNING');

  BEGIN
    -- Every message to learn from, with its caption and the median of its page.
    CREATE OR REPLACE TEMP TABLE caption_evidence AS
    WITH
      messages AS (
        SELECT
          m.row_id,
          m.page_name,
          m.caption_id,
          m.message,
          m.sending_time,
          m.sent_count,
          m.purchased_count,
          m.earnings,
          SAFE_MULTIPLY(SAFE_DIVIDE(m.purchased_count, m.viewed_count), m.earnings) AS emv
        FROM `of-scheduler-proj.eros_scheduling_brain.mass_messages` AS m
        WHERE m.sending_time > TIMESTAMP_SUB(v_now, INTERVAL 90 DAY)
          AND m.sending_time <= v_now
          AND m.page_name IS NOT NULL
          AND m.price > 0
          AND NOT IS_NAN(m.price)
          AND m.viewed_count > 0
          AND NOT (IS_NAN(m.purchased_count) OR IS_INF(m.purchased_count))
          AND NOT (IS_NAN(m.earnings) OR IS_INF(m.earnings))
      ),
      bank AS ( -- a caption is its text: of the ids with one key the smallest stands for all
        SELECT
          CASE
            WHEN LENGTH(b.caption_key) = 64 THEN b.caption_key
            ELSE `of-scheduler-proj.eros_scheduling_brain.caption_key`(b.caption_text)
          END AS text_key,
          MIN(b.caption_id) AS caption_id
        FROM `of-scheduler-proj.eros_scheduling_brain.caption_bank` AS b
        GROUP BY text_key
      ),
      texts AS ( -- hashing is the dear part: each text once, and only where the message names no caption
        SELECT t.message, `of-scheduler-proj.eros_scheduling_brain.caption_key`(t.message) AS text_key
        FROM (SELECT DISTINCT m.message FROM messages AS m WHERE m.caption_id IS NULL) AS t
      ),
      known_texts AS (
        SELECT t.message, b.caption_id
        FROM texts AS t
        INNER JOIN bank AS b ON b.text_key = t.text_key
      )
    SELECT
      m.row_id,
      m.page_name,
      COALESCE(m.caption_id, k.caption_id) AS caption_id,
      m.sending_time,
      m.sent_count,
      m.purchased_count,
      m.earnings,
      m.emv,
      -- Exact, and the mean of the middle two for an even number. It ignores NULL, that is messages over 30 days.
      PERCENTILE_CONT(IF(m.sending_time > TIMESTAMP_SUB(v_now, INTERVAL 30 DAY), m.emv, NULL), 0.5)
        OVER (PARTITION BY m.page_name) AS median_emv
    FROM messages AS m
    LEFT JOIN known_texts AS k ON k.message = m.message
    WHERE NOT (IS_NAN(m.emv) OR IS_INF(m.emv))
    QUALIFY median_emv IS NOT NULL;

    SET v_pages = (SELECT COUNT(DISTINCT e.page_name) FROM caption_evidence AS e);

    MERGE `of-scheduler-proj.eros_scheduling_brain.caption_bandit_stats` AS s
    USING (
      WITH
        totals AS ( -- counts are CAST because the embedded engine counts in wider integers than its functions take
          SELECT
            e.page_name,
            e.caption_id,
            CAST(COUNT(*) AS INT64) AS total_observations,
            CAST(1 + COUNTIF(e.emv > e.median_emv) AS INT64) AS successes,
            CAST(1 + COUNTIF(e.emv <= e.median_emv) AS INT64) AS failures,
            SUM(e.earnings) AS total_revenue,
            COALESCE(
              SAFE_DIVIDE(SUM(e.purchased_count), SUM(CAST(e.sent_count AS FLOAT64))), 0.0
            ) AS avg_conversion_rate,
            AVG(e.emv) AS avg_emv,
            -- NULL comes last in descending order; emv only makes the choice certain where all else is equal.
            ARRAY_AGG(e.emv ORDER BY e.sending_time DESC, e.row_id DESC, e.emv DESC LIMIT 1)[OFFSET(0)]
              AS last_emv_observed,
            MAX(e.sending_time) AS last_used
          FROM caption_evidence AS e
          WHERE e.caption_id IS NOT NULL
          GROUP BY e.page_name, e.caption_id
        ),
        ranked AS ( -- rounded, so that the order of summation can't part captions that earn the same
          SELECT
            t.*,
            `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(t.successes, t.failures) AS bounds,
            CAST(RANK() OVER (PARTITION BY t.page_name ORDER BY ROUND(t.avg_emv, 9)) - 1 AS INT64) AS captions_below,
            CAST(COUNT(*) OVER (PARTITION BY t.page_name) - 1 AS INT64) AS other_captions
          FROM totals AS t
        )
      SELECT
        r.page_name,
        r.caption_id,
        r.successes,
        r.failures,
        r.total_observations,
        r.total_revenue,
        r.avg_conversion_rate,
        r.avg_emv,
        r.last_emv_observed,
        r.bounds.lower_bound AS confidence_lower_bound,
        r.bounds.upper_bound AS confidence_upper_bound,
        r.bounds.exploration_bonus AS exploration_score,
        r.last_used,
        -- 100 * below / others in whole numbers: as FLOAT64, 57.5 would come out as 57.49999999999999. The inner
        -- parentheses are for the embedded engine, which writes DIV(a + b, c) as a + b // c.
        CASE
          WHEN r.other_captions > 0
            THEN DIV((200 * r.captions_below + r.other_captions), (2 * r.other_captions))
          ELSE 0
        END AS performance_percentile
      FROM ranked AS r
    ) AS c
    ON s.caption_id = c.caption_id AND s.page_name = c.page_name
    -- Floats differ by more than 1e-9 of the larger one, or of 1. NOT … < also takes NaN and infinity for different.
    WHEN MATCHED AND (
      s.successes IS DISTINCT FROM c.successes
      OR s.failures IS DISTINCT FROM c.failures
      OR s.total_observations IS DISTINCT FROM c.total_observations
      OR s.last_used IS DISTINCT FROM c.last_used
      OR s.performance_percentile IS DISTINCT FROM c.performance_percentile
      OR COALESCE(
        NOT ABS(s.total_revenue - c.total_revenue)
          < 1e-9 * GREATEST(1.0, ABS(s.total_revenue), ABS(c.total_revenue)),
        TRUE
      )
      OR COALESCE(
        NOT ABS(s.avg_conversion_rate - c.avg_conversion_rate)
          < 1e-9 * GREATEST(1.0, ABS(s.avg_conversion_rate), ABS(c.avg_conversion_rate)),
        TRUE
      )
      OR COALESCE(
        NOT ABS(s.avg_emv - c.avg_emv) < 1e-9 * GREATEST(1.0, ABS(s.avg_emv), ABS(c.avg_emv)),
        TRUE
      )
      OR COALESCE(
        NOT ABS(s.last_emv_observed - c.last_emv_observed)
          < 1e-9 * GREATEST(1.0, ABS(s.last_emv_observed), ABS(c.last_emv_observed)),
        TRUE
      )
      OR COALESCE(NOT ABS(s.confidence_lower_bound - c.confidence_lower_bound) < 1e-9, TRUE)
      OR COALESCE(NOT ABS(s.confidence_upper_bound - c.confidence_upper_bound) < 1e-9, TRUE)
      OR COALESCE(NOT ABS(s.exploration_score - c.exploration_score) < 1e-9, TRUE)
    ) THEN UPDATE SET
      successes = c.successes,
      failures = c.failures,
      total_observations = c.total_observations,
      total_revenue = c.total_revenue,
      avg_conversion_rate = c.avg_conversion_rate,
      avg_emv = c.avg_emv,
      last_emv_observed = c.last_emv_observed,
      confidence_lower_bound = c.confidence_lower_bound,
      confidence_upper_bound = c.confidence_upper_bound,
      exploration_score = c.exploration_score,
      last_used = c.last_used,
      last_updated = v_now,
      performance_percentile = c.performance_percentile
    WHEN NOT MATCHED THEN
      INSERT (
        caption_id, page_name, successes, failures, total_observations, total_revenue, avg_conversion_rate,
        avg_emv, last_emv_observed, confidence_lower_bound, confidence_upper_bound, exploration_score, last_used,
        last_updated, performance_percentile
      )
      VALUES (
        c.caption_id, c.page_name, c.successes, c.failures, c.total_observations, c.total_revenue,
        c.avg_conversion_rate, c.avg_emv, c.last_emv_observed, c.confidence_lower_bound, c.confidence_upper_bound,
        c.exploration_score, c.last_used, v_now, c.performance_percentile
      );
  EXCEPTION WHEN ERROR THEN
    SET v_error = @@error.message;
  END;

  -- One alert of a kind in 6 hours, acknowledged or not.
  BEGIN
    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.automation_alerts`
      (alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, job_id, acknowledged)
    SELECT GENERATE_UUID(), v_now, n.level, 'update_caption_performance', n.kind, n.message, v_job_id, FALSE
    FROM UNNEST([
      STRUCT('CRITICAL' AS level, 'job failed' AS kind, v_error AS message),
      STRUCT('WARNING', 'nothing to learn from', IF(
        v_error IS NULL AND v_pages = 0,
        'No page has a paid message with views, purchases and earnings in the last 30 days: is mass_messages still loaded?',
        NULL
      ))
    ]) AS n
    WHERE n.message IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
        WHERE a.alert_source = 'update_caption_performance'
          AND a.alert_level = n.level
          AND a.alert_kind = n.kind
          AND a.alert_time > TIMESTAMP_SUB(v_now, INTERVAL 6 HOUR)
      );
  EXCEPTION WHEN ERROR THEN
    SET v_error = COALESCE(v_error, @@error.message);
  END;

  SET v_seconds = SAFE_DIVIDE(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_stopwatch, MILLISECOND), 1000);
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET
    job_status = CASE
      WHEN v_error IS NOT NULL THEN 'FAILED'
      WHEN v_pages = 0 THEN 'COMPLETED_NO_WORK'
      ELSE 'SUCCESS'
    END,
    job_end_time = TIMESTAMP_ADD(v_now, INTERVAL CAST(1000 * v_seconds AS INT64) MILLISECOND),
    creators_processed = IF(v_error IS NULL, v_pages, NULL),
    creators_failed = IF(v_error IS NULL, 0, NULL),
    error_message = v_error,
    job_duration_seconds = v_seconds
  WHERE r.job_id = v_job_id AND r.job_start_time = v_now;

  IF v_error IS NOT NULL THEN
    RAISE USING MESSAGE = v_error;
  END IF;
END;
