-- wilson_sample draws uniformly between the Wilson bounds, a new number for every row.
--
-- The mean of 1,000 uniform draws has a standard deviation of (upper - lower) / sqrt(12,000); five of them are
-- allowed, so a right function fails this test once in about two million runs.
-- @category UDF function
WITH
  bounds AS (
    SELECT `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(50, 50) AS b
  ),
  draws AS (
    SELECT `of-scheduler-proj.eros_scheduling_brain.wilson_sample`(50, 50) AS draw
    FROM UNNEST(GENERATE_ARRAY(1, 1000))
  ),
  summary AS (
    SELECT
      COUNTIF(draw BETWEEN b.lower_bound AND b.upper_bound) AS inside,
      COUNT(DISTINCT draw) AS distinct_draws,
      AVG(draw) AS mean,
      ANY_VALUE((b.lower_bound + b.upper_bound) / 2) AS middle,
      ANY_VALUE(5 * (b.upper_bound - b.lower_bound) / SQRT(12000)) AS tolerance
    FROM draws
    CROSS JOIN bounds
  ),
  checks AS (
    SELECT
      'draws inside the bounds' AS subject,
      FORMAT('%d of 1000', inside) AS found,
      '1000 of 1000' AS expected
    FROM summary
    UNION ALL
    SELECT
      'distinct draws',
      IF(distinct_draws >= 900, 'at least 900', FORMAT('%d', distinct_draws)),
      'at least 900'
    FROM summary
    UNION ALL
    SELECT
      'mean',
      IF(
        ABS(mean - middle) <= tolerance,
        FORMAT('within %.4f of %.4f', tolerance, middle),
        COALESCE(FORMAT('%.4f', mean), 'NULL')
      ),
      COALESCE(FORMAT('within %.4f of %.4f', tolerance, middle), 'within five deviations of the middle')
    FROM summary
  )
SELECT
  '2.4' AS test_id,
  'UDF function' AS category,
  'wilson sample' AS name,
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
