-- schedule_recommendations_messages exists, as a VIEW.
--
-- @category object existence
WITH
  checks AS (
    SELECT
      declared AS subject,
      COALESCE(tables.table_type, 'nothing') AS found,
      'VIEW' AS expected
    FROM UNNEST(['schedule_recommendations_messages']) AS declared
    LEFT JOIN `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS tables
      ON tables.table_name = declared
  )
SELECT
  '1.3' AS test_id,
  'object existence' AS category,
  'view exists' AS name,
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
