-- Looks for stale jobs, stuck runs, piling locks, failing creators and short caption pools, writes them as
-- alerts, and fails its own run while something CRITICAL has not been acknowledged, so that people are told.
--
-- Replaces checks that compared MAX() of an empty table, which is NULL and therefore silent: a job that never ran
-- is stale here as soon as etl_job_runs itself is older than the job's limit. It reads everything and writes only
-- alerts and its own log row; a repeat within 6 hours adds nothing but that row.
--
-- When it raises: (1) a CRITICAL condition holds now, even if its alert was written by an earlier run and is not
-- repeated, unless an alert of that kind was acknowledged in the last 24 hours; (2) any CRITICAL alert of the last
-- 24 hours, from any source, is unacknowledged. (2) holds for its own alerts too, so a condition that came and went
-- overnight is still noticed. An acknowledged kind of its own stays quiet for its 24 hours even though a condition
-- that lasts is alerted afresh every 6 hours: otherwise acknowledging would silence nothing. WARNING and CRITICAL
-- of one subject have different kinds, so acknowledging the warning does not silence what comes after it.
--
-- A run that raises because of findings is FAILED with that message but writes no 'job failed' alert: the findings
-- have their own. Such an alert would itself be an unacknowledged CRITICAL one, raise the next run, and so renew
-- itself for ever. Only an unexpected error of the monitor is alerted as 'job failed', like that of any job.
CREATE OR REPLACE PROCEDURE `of-scheduler-proj.eros_scheduling_brain.monitor_system_health`()
BEGIN
  DECLARE v_now TIMESTAMP DEFAULT `of-scheduler-proj.eros_scheduling_brain.eros_now`();
  DECLARE v_stopwatch TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); -- the real clock, for the duration alone
  DECLARE v_today DATE DEFAULT DATE(v_now, 'America/Los_Angeles');
  DECLARE v_job_id STRING DEFAULT FORMAT(
    'monitor_system_health_%s_%s', FORMAT_TIMESTAMP('%Y%m%d_%H%M%S', v_now, 'UTC'), GENERATE_UUID()
  );
  DECLARE v_findings STRING; -- what is CRITICAL and not acknowledged
  DECLARE v_error STRING; -- why this run is FAILED; NULL while all is well
  DECLARE v_seconds FLOAT64;

  -- A run that was cancelled or timed out could not finish its own row.
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET job_status = 'FAILED', job_end_time = v_now, error_message = 'abandoned'
  WHERE r.job_name = 'monitor_system_health'
    AND r.job_status = 'RUNNING'
    AND r.job_start_time < TIMESTAMP_SUB(v_now, INTERVAL 2 HOUR);

  INSERT INTO `of-scheduler-proj.eros_scheduling_brain.etl_job_runs`
    (job_id, job_name, job_start_time, job_status)
  VALUES (v_job_id, 'monitor_system_health', v_now, 'RUNNING');

  BEGIN
    CREATE OR REPLACE TEMP TABLE health_conditions AS
    WITH
      limits AS ( -- hours without a success
        SELECT l.job_name, l.subject, l.warning_hours, l.critical_hours
        FROM UNNEST([
          STRUCT(
            'update_caption_performance' AS job_name,
            'caption performance' AS subject,
            8 AS warning_hours,
            12 AS critical_hours
          ),
          STRUCT('run_daily_automation', 'daily automation', NULL, 28),
          STRUCT('sweep_expired_caption_locks', 'lock sweep', 2, NULL)
        ]) AS l
      ),
      successes AS (
        SELECT r.job_name, MAX(r.job_start_time) AS last_success
        FROM `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
        WHERE r.job_status IN ('SUCCESS', 'COMPLETED_NO_WORK', 'COMPLETED_WITH_ERRORS')
          AND r.job_start_time <= v_now
        GROUP BY r.job_name
      ),
      ages AS ( -- a job that never ran is as old as the log it would have written to
        SELECT
          l.job_name,
          l.subject,
          l.warning_hours,
          l.critical_hours,
          s.last_success,
          TIMESTAMP_DIFF(v_now, COALESCE(s.last_success, t.creation_time), MICROSECOND) AS age
        FROM limits AS l
        LEFT JOIN successes AS s ON s.job_name = l.job_name
        CROSS JOIN `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS t
        WHERE t.table_name = 'etl_job_runs'
      ),
      stale AS (
        SELECT
          IF(a.age >= a.critical_hours * 3600000000, 'CRITICAL', 'WARNING') AS level,
          CONCAT(a.subject, IF(a.age >= a.critical_hours * 3600000000, ' stale', ' late')) AS kind,
          FORMAT(
            '%s has not succeeded for %d hours; last success: %s.',
            a.job_name,
            DIV(a.age, 3600000000),
            COALESCE(FORMAT_TIMESTAMP('%F %R UTC', a.last_success, 'UTC'), 'never')
          ) AS message
        FROM ages AS a
        WHERE a.age >= COALESCE(a.warning_hours, a.critical_hours) * 3600000000
      ),
      stuck AS ( -- the own row started at v_now, so it is never among them
        SELECT
          'WARNING' AS level,
          CONCAT('running long: ', r.job_name) AS kind,
          FORMAT(
            '%s has been RUNNING for over 2 hours: %s.', r.job_name, STRING_AGG(r.job_id, ', ' ORDER BY r.job_id LIMIT 5)
          ) AS message
        FROM `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
        WHERE r.job_status = 'RUNNING' AND r.job_start_time < TIMESTAMP_SUB(v_now, INTERVAL 2 HOUR)
        GROUP BY r.job_name
      ),
      locks AS (
        SELECT
          IF(COUNT(*) > 10000, 'CRITICAL', 'WARNING') AS level,
          IF(COUNT(*) > 10000, 'too many active locks', 'many active locks') AS kind,
          FORMAT('%d caption locks are active (limits 5000 and 10000): does the sweep run?', COUNT(*)) AS message
        FROM `of-scheduler-proj.eros_scheduling_brain.active_caption_assignments` AS l
        WHERE l.is_active IS TRUE
        HAVING COUNT(*) > 5000
      ),
      failures AS (
        SELECT
          'WARNING' AS level,
          'creators failing' AS kind,
          FORMAT(
            '%d of %d creators failed in 24 hours (limit 10 %%): see creator_processing_errors.',
            SUM(r.creators_failed), SUM(r.creators_failed + r.creators_processed)
          ) AS message
        FROM `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
        WHERE r.job_name = 'run_daily_automation'
          AND r.job_start_time > TIMESTAMP_SUB(v_now, INTERVAL 24 HOUR)
          AND r.job_start_time <= v_now
        HAVING 10 * SUM(r.creators_failed) > SUM(r.creators_failed + r.creators_processed)
      ),
      pages AS ( -- active creators, and pages that state a minimum of their own
        SELECT
          p.page_name,
          COALESCE(MAX(p.min_ppv_pool), 200) AS min_ppv_pool,
          COALESCE(MAX(p.min_bump_pool), 50) AS min_bump_pool
        FROM (
          SELECT r.page_name, r.min_ppv_pool, r.min_bump_pool
          FROM `of-scheduler-proj.eros_scheduling_brain.active_creator_caption_restrictions_v` AS r
          UNION ALL
          SELECT m.page_name, NULL, NULL
          FROM `of-scheduler-proj.eros_scheduling_brain.mass_messages` AS m
          WHERE m.sending_time >= TIMESTAMP(DATE_SUB(v_today, INTERVAL 29 DAY), 'America/Los_Angeles')
            AND m.sending_time < TIMESTAMP(DATE_ADD(v_today, INTERVAL 1 DAY), 'America/Los_Angeles')
        ) AS p
        WHERE p.page_name IS NOT NULL
        GROUP BY p.page_name
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
          p.page_name,
          s.is_bump,
          SUM(IF(s.repeated_id IS NULL, s.captions, 0)) + COUNT(DISTINCT s.repeated_id) AS captions
        FROM pages AS p
        CROSS JOIN supply AS s
        LEFT JOIN restricted_categories AS rc
          ON rc.page_name = p.page_name AND rc.is_bump = s.is_bump AND rc.content_category = s.content_category
        LEFT JOIN restricted_tiers AS rt
          ON rt.page_name = p.page_name AND rt.is_bump = s.is_bump AND rt.price_tier = s.price_tier
        WHERE rc.page_name IS NULL AND rt.page_name IS NULL
        GROUP BY p.page_name, s.is_bump
      ),
      pools AS (
        SELECT
          p.page_name,
          bump AS is_bump,
          CAST(COALESCE(a.captions, 0) AS INT64) AS captions,
          IF(bump, p.min_bump_pool, p.min_ppv_pool) AS minimum
        FROM pages AS p
        CROSS JOIN UNNEST([TRUE, FALSE]) AS bump
        LEFT JOIN available AS a ON a.page_name = p.page_name AND a.is_bump = bump
      ),
      short AS (
        SELECT
          'WARNING' AS level,
          IF(p.is_bump, 'bump captions short', 'captions short') AS kind,
          FORMAT(
            '%d pages have fewer %s captions available than their minimum: %s.',
            COUNT(*),
            IF(p.is_bump, 'bump', 'non-bump'),
            STRING_AGG(
              FORMAT('%s (%d of %d)', p.page_name, p.captions, p.minimum), ', ' ORDER BY p.page_name LIMIT 10
            )
          ) AS message
        FROM pools AS p
        WHERE p.captions < p.minimum
        GROUP BY p.is_bump
      )
    SELECT s.level, s.kind, s.message FROM stale AS s
    UNION ALL
    SELECT s.level, s.kind, s.message FROM stuck AS s
    UNION ALL
    SELECT l.level, l.kind, l.message FROM locks AS l
    UNION ALL
    SELECT f.level, f.kind, f.message FROM failures AS f
    UNION ALL
    SELECT s.level, s.kind, s.message FROM short AS s;

    -- One alert of a kind in 6 hours, acknowledged or not.
    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.automation_alerts`
      (alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, job_id, acknowledged)
    SELECT GENERATE_UUID(), v_now, c.level, 'health_monitor', c.kind, c.message, v_job_id, FALSE
    FROM health_conditions AS c
    WHERE NOT EXISTS (
      SELECT 1
      FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
      WHERE a.alert_source = 'health_monitor'
        AND a.alert_level = c.level
        AND a.alert_kind = c.kind
        AND a.alert_time > TIMESTAMP_SUB(v_now, INTERVAL 6 HOUR)
    );

    SET v_findings = (
      WITH
        acknowledged_kinds AS ( -- acknowledged_at may be missing; it is then no earlier than the alert
          SELECT DISTINCT a.alert_kind
          FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
          WHERE a.alert_source = 'health_monitor'
            AND a.acknowledged IS TRUE
            AND COALESCE(a.acknowledged_at, a.alert_time) > TIMESTAMP_SUB(v_now, INTERVAL 24 HOUR)
        ),
        findings AS (
          SELECT 'health_monitor' AS source, c.kind, c.message
          FROM health_conditions AS c
          WHERE c.level = 'CRITICAL'
          UNION ALL
          SELECT a.alert_source, a.alert_kind, a.alert_message
          FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
          WHERE a.alert_level = 'CRITICAL'
            AND a.acknowledged IS NOT TRUE
            AND a.alert_time > TIMESTAMP_SUB(v_now, INTERVAL 24 HOUR)
            AND a.alert_time <= v_now
        ),
        distinct_findings AS ( -- a condition and its own alert are one finding, as are repeats of one alert
          SELECT f.source, f.kind, MAX(f.message) AS message
          FROM findings AS f
          LEFT JOIN acknowledged_kinds AS k ON k.alert_kind = f.kind
          WHERE f.source != 'health_monitor' OR k.alert_kind IS NULL
          GROUP BY f.source, f.kind
        )
      SELECT STRING_AGG(
        FORMAT('[%s: %s] %s', d.source, d.kind, COALESCE(d.message, '')), ' ' ORDER BY d.source, d.kind LIMIT 20
      )
      FROM distinct_findings AS d
    );
  EXCEPTION WHEN ERROR THEN
    SET v_error = @@error.message;
  END;

  -- The monitor's own failure. Findings are no failure of the monitor, see above.
  BEGIN
    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.automation_alerts`
      (alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, job_id, acknowledged)
    SELECT GENERATE_UUID(), v_now, n.level, 'health_monitor', n.kind, n.message, v_job_id, FALSE
    FROM UNNEST([STRUCT('CRITICAL' AS level, 'job failed' AS kind, v_error AS message)]) AS n
    WHERE n.message IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
        WHERE a.alert_source = 'health_monitor'
          AND a.alert_level = n.level
          AND a.alert_kind = n.kind
          AND a.alert_time > TIMESTAMP_SUB(v_now, INTERVAL 6 HOUR)
      );
  EXCEPTION WHEN ERROR THEN
    SET v_error = COALESCE(v_error, @@error.message);
  END;

  SET v_error = COALESCE(v_error, CONCAT('System health is CRITICAL. ', v_findings)); -- NULL without findings
  SET v_seconds = SAFE_DIVIDE(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_stopwatch, MILLISECOND), 1000);
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET
    job_status = IF(v_error IS NULL, 'SUCCESS', 'FAILED'),
    job_end_time = TIMESTAMP_ADD(v_now, INTERVAL CAST(1000 * v_seconds AS INT64) MILLISECOND),
    error_message = v_error,
    job_duration_seconds = v_seconds
  WHERE r.job_id = v_job_id AND r.job_start_time = v_now;

  IF v_error IS NOT NULL THEN
    RAISE USING MESSAGE = v_error;
  END IF;
END;
