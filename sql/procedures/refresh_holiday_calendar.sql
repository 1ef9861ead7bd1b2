-- Keeps the holiday calendar right and at least two years ahead, by rule: no list of dates that somebody has to
-- extend every year.
--
-- Replaces a yearly INSERT that was forgotten and a MERGE seed with ON CONFLICT, which BigQuery does not have.
-- Corrects rows that differ, adds missing ones, and never touches rows an operator added on other dates.
-- Can be repeated: a second run changes nothing but its own log row.
CREATE OR REPLACE PROCEDURE `of-scheduler-proj.eros_scheduling_brain.refresh_holiday_calendar`()
BEGIN
  DECLARE v_now TIMESTAMP DEFAULT `of-scheduler-proj.eros_scheduling_brain.eros_now`();
  DECLARE v_stopwatch TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); -- the real clock, for the duration alone
  DECLARE v_last_year INT64 DEFAULT GREATEST(2030, EXTRACT(YEAR FROM v_now AT TIME ZONE 'America/Los_Angeles') + 2);
  DECLARE v_job_id STRING DEFAULT FORMAT(
    'refresh_holiday_calendar_%s_%s', FORMAT_TIMESTAMP('%Y%m%d_%H%M%S', v_now, 'UTC'), GENERATE_UUID()
  );
  DECLARE v_error STRING; -- why this run is FAILED; NULL while all is well
  DECLARE v_seconds FLOAT64;

  -- A run that was cancelled or timed out could not finish its own row.
  UPDATE `of-scheduler-proj.eros_scheduling_brain.etl_job_runs` AS r
  SET job_status = 'FAILED', job_end_time = v_now, error_message = 'abandoned'
  WHERE r.job_name = 'refresh_holiday_calendar'
    AND r.job_status = 'RUNNING'
    AND r.job_start_time < TIMESTAMP_SUB(v_now, INTERVAL 2 HOUR);

  INSERT INTO `of-scheduler-proj.eros_scheduling_brain.etl_job_runs`
    (job_id, job_name, job_start_time, job_status)
  VALUES (v_job_id, 'refresh_holiday_calendar', v_now, 'RUNNING');

  BEGIN
    MERGE `of-scheduler-proj.eros_scheduling_brain.holiday_calendar` AS t
    USING (
      WITH
        -- A holiday is a fixed day of the year, or the first weekday (1 is Sunday) on or after one. That covers the
        -- nth weekday of a month (the third Monday is the first one from the 15th on), the last Monday of May (from
        -- the 25th on) and the day after the fourth Thursday of November (the first Friday from the 23rd on).
        rules AS (
          SELECT *
          FROM UNNEST([
            STRUCT(
              'New Year Day' AS holiday_name, 'FEDERAL' AS holiday_type, TRUE AS is_major, 0.7 AS factor,
              1 AS month, 1 AS day, CAST(NULL AS INT64) AS weekday
            ),
            ('Martin Luther King Jr Day', 'FEDERAL', FALSE, 1.0, 1, 15, 2),
            ('Valentine Day', 'COMMERCIAL', TRUE, 0.8, 2, 14, NULL),
            ('Presidents Day', 'FEDERAL', FALSE, 1.0, 2, 15, 2),
            ('St Patrick Day', 'CULTURAL', FALSE, 1.0, 3, 17, NULL),
            ('Easter Sunday', 'CULTURAL', TRUE, 0.8, NULL, NULL, NULL),
            ('Mother Day', 'COMMERCIAL', TRUE, 0.8, 5, 8, 1),
            ('Memorial Day', 'FEDERAL', TRUE, 0.8, 5, 25, 2),
            ('Father Day', 'COMMERCIAL', FALSE, 0.9, 6, 15, 1),
            ('Juneteenth', 'FEDERAL', FALSE, 1.0, 6, 19, NULL),
            ('Independence Day', 'FEDERAL', TRUE, 0.7, 7, 4, NULL),
            ('Labor Day', 'FEDERAL', TRUE, 0.8, 9, 1, 2),
            ('Columbus Day', 'FEDERAL', FALSE, 1.0, 10, 8, 2),
            ('Halloween', 'CULTURAL', FALSE, 0.9, 10, 31, NULL),
            ('Veterans Day', 'FEDERAL', FALSE, 1.0, 11, 11, NULL),
            ('Thanksgiving', 'FEDERAL', TRUE, 0.7, 11, 22, 5),
            ('Black Friday', 'COMMERCIAL', FALSE, 0.9, 11, 23, 6),
            ('Christmas Eve', 'CULTURAL', TRUE, 0.7, 12, 24, NULL),
            ('Christmas Day', 'FEDERAL', TRUE, 0.6, 12, 25, NULL),
            ('New Year Eve', 'CULTURAL', TRUE, 0.7, 12, 31, NULL)
          ])
        ),
        -- Easter Sunday by the Gregorian computus, in the letters of J. Meeus, Astronomical Algorithms, chapter 8:
        -- h and l are days from 21 March to the paschal full moon and on to the day before Easter. Each quotient that
        -- is multiplied later has a column, and its dividend brackets: the embedded engine forgets to bracket both.
        years AS (
          SELECT year, MOD(year, 19) AS a, DIV(year, 100) AS b, MOD(year, 100) AS c
          FROM UNNEST(GENERATE_ARRAY(2024, v_last_year)) AS year
        ),
        moons AS (
          SELECT
            year,
            a,
            MOD(b, 4) AS e,
            DIV(c, 4) AS i,
            MOD(c, 4) AS k,
            MOD(19 * a + b - DIV(b, 4) - DIV((8 * b + 13), 25) + 15, 30) AS h
          FROM years
        ),
        sundays AS (
          SELECT year, a, h, MOD(32 + 2 * e + 2 * i - h - k, 7) AS l FROM moons
        ),
        easters AS (
          SELECT year, h, l, DIV((a + 11 * h + 22 * l), 451) AS m FROM sundays
        ),
        earliest AS (
          SELECT
            r.*,
            IF(
              r.month IS NULL,
              DATE_ADD(DATE(e.year, 3, 22), INTERVAL e.h + e.l - 7 * e.m DAY),
              DATE(e.year, r.month, r.day)
            ) AS first_day
          FROM rules AS r
          CROSS JOIN easters AS e
        )
      SELECT
        holiday_name,
        holiday_type,
        is_major,
        factor,
        DATE_ADD(
          first_day, INTERVAL IFNULL(MOD(weekday + 7 - (EXTRACT(DAYOFWEEK FROM first_day)), 7), 0) DAY
        ) AS holiday_date
      FROM earliest
      WHERE TRUE
      -- A date holds one holiday. Where two meet (Father Day and Juneteenth in 2033), the one that holds back more.
      QUALIFY ROW_NUMBER() OVER (PARTITION BY holiday_date ORDER BY factor, holiday_name) = 1
    ) AS s
    ON t.holiday_date = s.holiday_date
    WHEN MATCHED AND (
      t.holiday_name IS DISTINCT FROM s.holiday_name
      OR t.holiday_type IS DISTINCT FROM s.holiday_type
      OR t.is_major_holiday IS DISTINCT FROM s.is_major
      OR t.saturation_impact_factor IS DISTINCT FROM s.factor
    ) THEN UPDATE SET
      holiday_name = s.holiday_name,
      holiday_type = s.holiday_type,
      is_major_holiday = s.is_major,
      saturation_impact_factor = s.factor
    WHEN NOT MATCHED THEN
      INSERT (holiday_date, holiday_name, holiday_type, is_major_holiday, saturation_impact_factor)
      VALUES (s.holiday_date, s.holiday_name, s.holiday_type, s.is_major, s.factor);
  EXCEPTION WHEN ERROR THEN
    SET v_error = @@error.message;
  END;

  -- One alert of a kind in 6 hours, acknowledged or not.
  BEGIN
    INSERT INTO `of-scheduler-proj.eros_scheduling_brain.automation_alerts`
      (alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, job_id, acknowledged)
    SELECT GENERATE_UUID(), v_now, 'CRITICAL', 'refresh_holiday_calendar', 'job failed', v_error, v_job_id, FALSE
    FROM UNNEST([1]) AS once
    WHERE v_error IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
        WHERE a.alert_source = 'refresh_holiday_calendar'
          AND a.alert_level = 'CRITICAL'
          AND a.alert_kind = 'job failed'
          AND a.alert_time > TIMESTAMP_SUB(v_now, INTERVAL 6 HOUR)
      );
  EXCEPTION WHEN ERROR THEN
    SET v_error = COALESCE(v_error, @@error.message);
  END;

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
