-- The procedure run_daily_automation exists and has one parameter, the date to run for.
--
-- @category signatures
WITH
  checks AS (
    SELECT
      'run_daily_automation' AS subject,
      CASE
        WHEN (
          SELECT COUNT(*)
          FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES`
          WHERE routine_name = 'run_daily_automation'
            AND routine_type = 'PROCEDURE'
        ) = 0 THEN 'no such procedure'
        ELSE COALESCE(
          STRING_AGG(
            CONCAT(COALESCE(parameter_mode, 'IN'), ' ', parameter_name, ' ', data_type),
            ', ' ORDER BY ordinal_position
          ),
          'no parameters'
        )
      END AS found,
      'IN p_execution_date DATE' AS expected
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.PARAMETERS`
    WHERE specific_name = 'run_daily_automation'
      AND ordinal_position > 0
  )
SELECT
  '5.2' AS test_id,
  'signatures' AS category,
  'run daily automation signature' AS name,
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
