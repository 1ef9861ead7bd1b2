-- Every declared function exists, as a FUNCTION.
--
-- @category object existence
WITH
  checks AS (
    SELECT
      declared AS subject,
      COALESCE(routines.routine_type, 'nothing') AS found,
      'FUNCTION' AS expected
    FROM UNNEST(['caption_key', 'caption_key_v2', 'wilson_score_bounds', 'wilson_sample', 'eros_now']) AS declared
    LEFT JOIN `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES` AS routines
      ON routines.routine_name = declared
  )
SELECT
  '1.1' AS test_id,
  'object existence' AS category,
  'functions exist' AS name,
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
