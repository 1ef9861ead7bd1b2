-- The procedure update_caption_performance exists and has no parameters.
--
-- @category signatures
WITH
  checks AS (
    SELECT
      'update_caption_performance' AS subject,
      CASE
        WHEN (
          SELECT COUNT(*)
          FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES`
          WHERE routine_name = 'update_caption_performance'
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
      'no parameters' AS expected
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.PARAMETERS`
    WHERE specific_name = 'update_caption_performance'
      AND ordinal_position > 0
  )
SELECT
  '5.1' AS test_id,
  'signatures' AS category,
  'update caption performance signature' AS name,
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
