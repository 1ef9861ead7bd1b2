-- Records which creators are ready for a schedule on one business date (America/Los_Angeles), then sweeps
-- expired caption locks. A consumer outside the warehouse takes the PENDING rows and writes the schedules.
--
-- Replaces a loop over creators that queued them twice on a retry and left by an early RETURN. Here a constant
-- number of statements serves any number of creators, and every path after the log row is written ends in one
-- final status. It never touches a queue row that the consumer has taken (PROCESSING, COMPLETED, FAILED), never
-- deletes a row, and changes locks only by calling sweep_expired_caption_locks.
--
-- Can be repeated for the same date: the queue stays as it is. A repeat adds its own log row and, under its own
-- job_id, the creators it could not use.
--
-- Errors are collected in v_error and raised once, at the end and outside every handler: the sweep runs and the
-- log row is final by then, and the message is not wrapped a second time. A refused date is raised before
-- anything is written; a run that finds another one in progress is raised without an alert and without a sweep.
-- @param p_execution_date  business date the schedules are for: 89 days ago to tomorrow, in America/Los_Angeles
CREATE OR REPLACE PROCEDURE `of-scheduler-proj.eros_scheduling_brain.run_daily_automation`(IN p_execution_date DATE)
BEGIN
  DECLARE v_now TIMESTAMP DEFAULT `of-scheduler-proj.eros_scheduling_brain.eros_now`();
  DECLARE v_stopwatch TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); -- the real clock, for the duration alone
  DECLARE v_today DATE DEFAULT DATE(v_now, 'America/Los_Angeles');
  DECLARE v_job_id STRING;
  DECLARE v_rival STRING; -- an earlier run of this date that is still at work
  DECLARE v_creators STRUCT<active INT64, failed INT64>;
  DECLARE v_error STRING; -- why this run is FAILED; NULL while all is well
  DECLARE v_error_kind STRING DEFAULT 'job failed';
  DECLARE v_sweep_error STRING;
  DECLARE v_status STRING;
  DECLARE v_seconds FLOAT64;

  IF p_execution_date IS NULL THEN
    RAISE USING MESSAGE = 'p_execution_date is NULL: give the business date the schedules are for.';
  END IF;
  IF p_execution_date NOT BETWEEN DATE_SUB(v_today, INTERVAL 89 DAY) AND DATE_ADD(v_today, INTERVAL 1 DAY) THEN
    RAISE USING MESSAGE = FORMAT(
      'p_execution_date %t is out of range: give a date from %t (older queue rows have expired) to %t (tomorrow).',
      p_execution_date, DATE_SUB(v_today, INTERVAL 89 DAY), DATE_ADD(v_today, INTERVAL 1 DAY)
    );
  END IF;

  -- 1. One run per date at a time. The own row is inserted before looking for others: of two runs that start
  -- together at least one sees the other, and the later one gives way.
  SET v_job_id = FORMAT('run_daily_automation_%s_%s', FORMAT_DATE('%Y%m%d', p_execution_date), GENERATE_UUID());

  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET job_status = 'FAILED', job_end_time = v_now, error_message = 'abandoned'
  WHERE r.job_name = 'run_daily_automation'
    AND r.job_status = 'RUNNING'
    AND (
      r.job_start_time < TIMESTAMP_SUB(v_now, INTERVAL 2 HOUR)
      OR (r.execution_date = p_execution_date AND r.job_start_time <= TIMESTAMP_SUB(v_now, INTERVAL 30 MINUTE))
    );

  INSERT INTO `of-scheduler-proj.eros_scheduling_brain.etl_job_runs`
    (job_id, job_name, job_start_time, job_status, execution_date)
  VALUES (v_job_id, 'run_daily_automation', v_now, 'RUNNING', p_execution_date);

  SET v_rival = (
    SELECT r.job_id
    FROM `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
    WHERE r.job_name = 'run_daily_automation'
      AND r.job_status = 'RUNNING'
      AND r.execution_date = p_execution_date
      AND r.job_start_time > TIMESTAMP_SUB(v_now, INTERVAL 30 MINUTE)
      AND (r.job_start_time < v_now OR (r.job_start_time = v_now AND r.job_id < v_job_id))
    ORDER BY r.job_start_time, r.job_id
    LIMIT 1
  );

  IF v_rival IS NOT NULL THEN
    SET v_error = CONCAT('another run is in progress: ', v_rival);
    UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
    SET
      job_status = 'FAILED',
      job_end_time = v_now,
      error_message = v_error,
      job_duration_seconds = SAFE_DIVIDE(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_stopwatch, MILLISECOND), 1000)
    WHERE r.job_id = v_job_id AND r.job_start_time = v_now;
    RAISE USING MESSAGE = v_error;
  END IF;

  BEGIN
    -- 2 and 3. Active creators, how saturated each is, and which have data that can't be used.
    CREATE OR REPLACE TEMP TABLE daily_creators AS
    WITH
      active AS (
        SELECT DISTINCT m.page_name
        FROM `of-scheduler-proj.eros_scheduling_brain.mass_messages` AS m
        WHERE m.page_name IS NOT NULL
          AND m.sending_time >= TIMESTAMP(DATE_SUB(p_execution_date, INTERVAL 29 DAY), 'America/Los_Angeles')
          AND m.sending_time < TIMESTAMP(DATE_ADD(p_execution_date, INTERVAL 1 DAY), 'America/Los_Angeles')
      ),
      creators AS ( -- FLOAT64, so that one absurd minimum can't overflow and fail everybody
        SELECT
          a.page_name,
          CAST(COALESCE(MAX(r.min_ppv_pool), 200) AS FLOAT64)
            + CAST(COALESCE(MAX(r.min_bump_pool), 50) AS FLOAT64) AS minimum_pools,
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
      supply AS ( -- captions counted by category and tier, about a hundred rows to hold against every creator
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
          CAST(SUM(IF(s.repeated_id IS NULL, s.captions, 0)) + COUNT(DISTINCT s.repeated_id) AS FLOAT64) AS captions
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
        SELECT l.page_name, COUNT(DISTINCT l.caption_id) AS captions
        FROM `of-scheduler-proj.eros_scheduling_brain.active_caption_assignments` AS l
        WHERE l.is_active IS TRUE
          AND COALESCE(l.scheduled_send_date, DATE_ADD(l.assigned_date, INTERVAL 7 DAY))
            >= GREATEST(p_execution_date, v_today)
        GROUP BY l.page_name
      )
    SELECT
      c.page_name,
      SAFE_DIVIDE(100 * COALESCE(l.captions, 0), LEAST(a.captions, c.minimum_pools)) AS saturation_pct,
      CASE
        WHEN c.unknown_scope IS NOT NULL THEN FORMAT(
          "unknown applies_to_scope '%s' in the page's caption restrictions: set it to PPV_ONLY, BUMP_ONLY or ALL.",
          c.unknown_scope
        )
        WHEN a.captions IS NULL THEN
          'no caption is available to the page: add captions to caption_bank or relax the restricted categories and price tiers of the page.'
        WHEN c.minimum_pools <= 0 THEN
          "min_ppv_pool + min_bump_pool of the page's caption restrictions is not above 0: raise them, or set them to NULL for 200 + 50."
      END AS problem
    FROM creators AS c
    LEFT JOIN available AS a ON a.page_name = c.page_name
    LEFT JOIN locked AS l ON l.page_name = c.page_name;

    SET v_creators = (
      SELECT AS STRUCT
        CAST(COUNT(*) AS INT64) AS active,
        CAST(COUNTIF(d.problem IS NOT NULL) AS INT64) AS failed
      FROM daily_creators AS d
    );

    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.creator_processing_errors`
      (job_id, page_name, execution_date, error_message, error_time)
    SELECT v_job_id, d.page_name, p_execution_date, d.problem, v_now
    FROM daily_creators AS d
    WHERE d.problem IS NOT NULL;

    IF v_creators.failed >= 5 AND 4 * v_creators.failed > v_creators.active THEN
      -- 4. So many creators at once point to a broken source, not to the creators: queue nobody.
      SET v_error_kind = 'circuit breaker';
      SET v_error = FORMAT(
        'Circuit breaker triggered: %d of %d creators failed', v_creators.failed, v_creators.active
      );
    ELSE
      -- 5. MERGE, so that a retry refreshes the row it wrote before instead of adding another.
      MERGE `of-scheduler-proj.eros_scheduling_brain.schedule_generation_queue` AS q
      USING (
        SELECT d.page_name, d.saturation_pct, h.holiday_name, COALESCE(h.volume_factor, 1.0) AS volume_factor
        FROM daily_creators AS d
        CROSS JOIN ( -- an aggregate: exactly one row, on ordinary days and for a date that is listed twice
          SELECT
            MIN(c.holiday_name) AS holiday_name,
            MIN(c.saturation_impact_factor) AS volume_factor
          FROM `of-scheduler-proj.eros_scheduling_brain.holiday_calendar` AS c
          WHERE c.holiday_date = p_execution_date
        ) AS h
        WHERE d.problem IS NULL AND d.saturation_pct < 80
      ) AS r
      ON q.page_name = r.page_name AND q.execution_date = p_execution_date
      WHEN MATCHED AND q.status = 'PENDING' THEN UPDATE SET
        saturation_pct = r.saturation_pct,
        holiday_name = r.holiday_name,
        volume_factor = r.volume_factor,
        queued_at = v_now
      WHEN NOT MATCHED THEN
        INSERT (page_name, execution_date, saturation_pct, queued_at, status, holiday_name, volume_factor)
        VALUES (
          r.page_name, p_execution_date, r.saturation_pct, v_now, 'PENDING', r.holiday_name, r.volume_factor
        );
    END IF;
  EXCEPTION WHEN ERROR THEN
    SET v_error = @@error.message;
    SET v_creators = NULL; -- nobody was processed
  END;

  -- 6. On every path from here on, whatever happened above.
  BEGIN
    CALL `of-scheduler-proj.eros_scheduling_brain.sweep_expired_caption_locks`();
  EXCEPTION WHEN ERROR THEN
    SET v_sweep_error = @@error.message;
  END;

  BEGIN
    IF v_sweep_error IS NOT NULL THEN
      INSERT INTO `of-scheduler-proj.eros_scheduling_brain.creator_processing_errors`
        (job_id, page_name, execution_date, error_message, error_time)
      VALUES (v_job_id, 'SYSTEM_CLEANUP', p_execution_date, v_sweep_error, v_now);
    END IF;
  EXCEPTION WHEN ERROR THEN
    SET v_error = COALESCE(v_error, @@error.message);
  END;

  -- 7. Status, alerts (one of a kind in 6 hours, acknowledged or not), and the error last.
  SET v_status = CASE
    WHEN v_error IS NOT NULL THEN 'FAILED'
    WHEN v_creators.active = 0 THEN 'COMPLETED_NO_WORK'
    WHEN v_creators.failed > 0 THEN 'COMPLETED_WITH_ERRORS'
    ELSE 'SUCCESS'
  END;

  BEGIN
    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.automation_alerts`
      (alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, job_id, acknowledged)
    SELECT GENERATE_UUID(), v_now, n.level, 'daily_automation', n.kind, n.message, v_job_id, FALSE
    FROM UNNEST([
      STRUCT('CRITICAL' AS level, v_error_kind AS kind, v_error AS message),
      STRUCT('WARNING', 'no active creators', IF(
        v_status = 'COMPLETED_NO_WORK',
        FORMAT('No page has sent a message in the 30 days up to %t: is mass_messages still loaded?', p_execution_date),
        NULL
      )),
      STRUCT('WARNING', 'creators failed', IF(
        v_status = 'COMPLETED_WITH_ERRORS',
        FORMAT(
          '%d of %d creators failed on %t: see creator_processing_errors, job_id %s.',
          v_creators.failed, v_creators.active, p_execution_date, v_job_id
        ),
        NULL
      )),
      STRUCT('WARNING', 'sweep failed', CONCAT('sweep_expired_caption_locks failed: ', v_sweep_error))
    ]) AS n
    WHERE n.message IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
        WHERE a.alert_source = 'daily_automation'
          AND a.alert_level = n.level
          AND a.alert_kind = n.kind
          AND a.alert_time > TIMESTAMP_SUB(v_now, INTERVAL 6 HOUR)
      );
  EXCEPTION WHEN ERROR THEN
    SET v_error = COALESCE(v_error, @@error.message);
    SET v_status = 'FAILED';
  END;

  SET v_seconds = SAFE_DIVIDE(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_stopwatch, MILLISECOND), 1000);
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET
    job_status = v_status,
    job_end_time = TIMESTAMP_ADD(v_now, INTERVAL CAST(1000 * v_seconds AS INT64) MILLISECOND),
    creators_processed = v_creators.active - v_creators.failed,
    creators_failed = v_creators.failed,
    error_message = COALESCE(v_error, IF(
      v_status = 'COMPLETED_WITH_ERRORS',
      FORMAT('%d of %d creators failed: see creator_processing_errors', v_creators.failed, v_creators.active),
      NULL
    )),
    job_duration_seconds = v_seconds
  WHERE r.job_id = v_job_id AND r.job_start_time = v_now;

  IF v_error IS NOT NULL THEN
    RAISE USING MESSAGE = v_error;
  END IF;
END;
