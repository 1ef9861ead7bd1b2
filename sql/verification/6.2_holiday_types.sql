-- The holiday types in use are exactly FEDERAL, CULTURAL and COMMERCIAL.
--
-- @category data integrity
WITH
  checks AS (
    SELECT
      'types' AS subject,
      COALESCE(STRING_AGG(holiday_type, ', ' ORDER BY holiday_type), 'none') AS found,
      'COMMERCIAL, CULTURAL, FEDERAL' AS expected
    FROM (
      SELECT DISTINCT COALESCE(holiday_type, 'NULL') AS holiday_type
      FROM `of-scheduler-proj.eros_scheduling_brain.holiday_calendar`
    )
  )
SELECT
  '6.2' AS test_id,
  'data integrity' AS category,
  'holiday types' AS name,
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
