-- The procedure select_captions_for_creator exists and has its six parameters with names, types and modes in order.
--
-- @category signatures
WITH
  checks AS (
    SELECT
      'select_captions_for_creator' AS subject,
      CASE
        WHEN (
          SELECT COUNT(*)
          FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES`
          WHERE routine_name = 'select_captions_for_creator'
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
      ARRAY_TO_STRING([
        'IN p_page_name STRING',
        'IN p_behavioral_segment STRING',
        'IN p_num_budget_needed INT64',
        'IN p_num_mid_needed INT64',
        'IN p_num_premium_needed INT64',
        'IN p_num_bump_needed INT64'
      ], ', ') AS expected
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.PARAMETERS`
    WHERE specific_name = 'select_captions_for_creator'
      AND ordinal_position > 0
  )
SELECT
  '5.4' AS test_id,
  'signatures' AS category,
  'select captions for creator signature' AS name,
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
