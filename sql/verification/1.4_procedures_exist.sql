-- Every declared procedure exists, as a PROCEDURE.
--
-- @category object existence
WITH
  checks AS (
    SELECT
      declared AS subject,
      COALESCE(routines.routine_type, 'nothing') AS found,
      'PROCEDURE' AS expected
    FROM
      UNNEST([
        'update_caption_performance',
        'run_daily_automation',
        'sweep_expired_caption_locks',
        'select_captions_for_creator',
        'refresh_holiday_calendar',
        'monitor_system_health',
        'snapshot_state'
      ]) AS declared
    LEFT JOIN `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES` AS routines
      ON routines.routine_name = declared
  )
SELECT
  '1.4' AS test_id,
  'object existence' AS category,
  'procedures exist' AS name,
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
