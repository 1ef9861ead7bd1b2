-- The procedure sweep_expired_caption_locks exists and has no parameters.
--
-- @category signatures
WITH
  checks AS (
    SELECT
      'sweep_expired_caption_locks' AS subject,
      CASE
        WHEN (
          SELECT COUNT(*)
          FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES`
          WHERE routine_name = 'sweep_expired_caption_locks'
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
    WHERE specific_name = 'sweep_expired_caption_locks'
      AND ordinal_position > 0
  )
SELECT
  '5.3' AS test_id,
  'signatures' AS category,
  'sweep expired caption locks signature' AS name,
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
