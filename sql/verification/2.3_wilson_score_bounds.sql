-- wilson_score_bounds gives the reference values of the Wilson 95 % interval, and never leaves [0, 1].
--
-- Unclamped, the formula ends a few units in the last place outside [0, 1] for some n without any failure or
-- success; hence the 400 extreme cases.
-- @category UDF function
WITH
  reference AS (
    SELECT
      successes,
      failures,
      `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(successes, failures) AS bounds,
      expected
    FROM
      UNNEST([
        STRUCT(100 AS successes, 100 AS failures, '0.4314 0.5686 0.0705' AS expected),
        (50, 50, '0.4038 0.5962 0.0995'),
        (10, 10, '0.2993 0.7007 0.2182'),
        (90, 10, '0.8256 0.9448 0.0995'),
        (10, 90, '0.0552 0.1744 0.0995'),
        (0, 0, '0.0000 1.0000 1.0000')
      ])
  ),
  extremes AS (
    SELECT `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(0, n) AS bounds
    FROM UNNEST(GENERATE_ARRAY(1, 200)) AS n
    UNION ALL
    SELECT `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(n, 0) AS bounds
    FROM UNNEST(GENERATE_ARRAY(1, 200)) AS n
  ),
  checks AS (
    SELECT
      FORMAT('(%d, %d)', successes, failures) AS subject,
      COALESCE(
        FORMAT('%.4f %.4f %.4f', bounds.lower_bound, bounds.upper_bound, bounds.exploration_bonus),
        'NULL'
      ) AS found,
      expected
    FROM reference
    UNION ALL
    SELECT
      'cases with 0 <= lower <= upper <= 1',
      FORMAT(
        '%d of %d',
        COUNTIF(0 <= bounds.lower_bound AND bounds.lower_bound <= bounds.upper_bound AND bounds.upper_bound <= 1),
        COUNT(*)
      ),
      '400 of 400'
    FROM extremes
  )
SELECT
  '2.3' AS test_id,
  'UDF function' AS category,
  'wilson score bounds' AS name,
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
