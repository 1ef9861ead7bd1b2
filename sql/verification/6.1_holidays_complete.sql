-- Every year from 2024 to 2030 has its 20 holidays on their true dates, factors lie in [0, 1], and no date is
-- there twice.
--
-- The days stand here as month and day of the seven years in turn, taken from an independent calendar and not from
-- the rules of refresh_holiday_calendar. Rows an operator added on other dates are welcome.
-- @category data integrity
WITH
  expected_holidays AS (
    SELECT holiday_name, PARSE_DATE('%Y-%m-%d', CONCAT(CAST(2024 + nth AS STRING), '-', day)) AS holiday_date
    FROM
      UNNEST([
        STRUCT('New Year Day' AS holiday_name, '01-01 01-01 01-01 01-01 01-01 01-01 01-01' AS days),
        ('Martin Luther King Jr Day', '01-15 01-20 01-19 01-18 01-17 01-15 01-21'),
        ('Valentine Day', '02-14 02-14 02-14 02-14 02-14 02-14 02-14'),
        ('Presidents Day', '02-19 02-17 02-16 02-15 02-21 02-19 02-18'),
        ('St Patrick Day', '03-17 03-17 03-17 03-17 03-17 03-17 03-17'),
        ('Easter Sunday', '03-31 04-20 04-05 03-28 04-16 04-01 04-21'),
        ('Mother Day', '05-12 05-11 05-10 05-09 05-14 05-13 05-12'),
        ('Memorial Day', '05-27 05-26 05-25 05-31 05-29 05-28 05-27'),
        ('Father Day', '06-16 06-15 06-21 06-20 06-18 06-17 06-16'),
        ('Juneteenth', '06-19 06-19 06-19 06-19 06-19 06-19 06-19'),
        ('Independence Day', '07-04 07-04 07-04 07-04 07-04 07-04 07-04'),
        ('Labor Day', '09-02 09-01 09-07 09-06 09-04 09-03 09-02'),
        ('Columbus Day', '10-14 10-13 10-12 10-11 10-09 10-08 10-14'),
        ('Halloween', '10-31 10-31 10-31 10-31 10-31 10-31 10-31'),
        ('Veterans Day', '11-11 11-11 11-11 11-11 11-11 11-11 11-11'),
        ('Thanksgiving', '11-28 11-27 11-26 11-25 11-23 11-22 11-28'),
        ('Black Friday', '11-29 11-28 11-27 11-26 11-24 11-23 11-29'),
        ('Christmas Eve', '12-24 12-24 12-24 12-24 12-24 12-24 12-24'),
        ('Christmas Day', '12-25 12-25 12-25 12-25 12-25 12-25 12-25'),
        ('New Year Eve', '12-31 12-31 12-31 12-31 12-31 12-31 12-31')
      ]),
      UNNEST(SPLIT(days, ' ')) AS day WITH OFFSET AS nth
  ),
  years AS (
    SELECT
      EXTRACT(YEAR FROM wanted.holiday_date) AS year,
      COUNT(DISTINCT calendar.holiday_date) AS present,
      STRING_AGG(
        IF(calendar.holiday_date IS NULL, CONCAT(wanted.holiday_name, ' ', CAST(wanted.holiday_date AS STRING)), NULL),
        ', ' ORDER BY wanted.holiday_date
      ) AS missing
    FROM expected_holidays AS wanted
    LEFT JOIN `of-scheduler-proj.eros_scheduling_brain.holiday_calendar` AS calendar
      ON calendar.holiday_date = wanted.holiday_date
      AND calendar.holiday_name = wanted.holiday_name
    GROUP BY year
  ),
  dates AS (
    SELECT
      holiday_date,
      COUNT(*) AS copies,
      -- A NULL factor counts as 1 wherever it is read, so it is none outside.
      LOGICAL_AND(COALESCE(saturation_impact_factor, 1.0) BETWEEN 0 AND 1) AS factor_fits
    FROM `of-scheduler-proj.eros_scheduling_brain.holiday_calendar`
    GROUP BY holiday_date
  ),
  checks AS (
    SELECT
      CAST(year AS STRING) AS subject,
      CONCAT(CAST(present AS STRING), ' of 20 holidays', COALESCE(CONCAT(' without ', missing), '')) AS found,
      '20 of 20 holidays' AS expected
    FROM years
    UNION ALL
    SELECT
      'factors outside [0, 1]',
      COALESCE(STRING_AGG(IF(factor_fits, NULL, CAST(holiday_date AS STRING)), ', ' ORDER BY holiday_date), 'none'),
      'none'
    FROM dates
    UNION ALL
    SELECT
      'dates there twice',
      COALESCE(STRING_AGG(IF(copies > 1, CAST(holiday_date AS STRING), NULL), ', ' ORDER BY holiday_date), 'none'),
      'none'
    FROM dates
  )
SELECT
  '6.1' AS test_id,
  'data integrity' AS category,
  'holidays complete' AS name,
  IF(LOGICAL_AND(found = expected), 'PASS', 'FAIL') AS status,
  COALESCE(
    STRING_AGG(
      IF(found = expected, NULL, CONCAT(subject, ': found ', found, ', expected ', expected)),
      '; ' ORDER BY subject
    ),
    CONCAT(
      'as expected: ',
      STRING_AGG(
        CONCAT(subject, ' = ', IF(CHAR_LENGTH(found) > 40, CONCAT(LEFT(found, 16), '…'), found)),
        '; ' ORDER BY subject
      )
    )
  ) AS detail
FROM checks;
