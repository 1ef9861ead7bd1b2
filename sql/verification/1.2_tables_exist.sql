-- Every owned table exists, as a BASE TABLE.
--
-- @category object existence
WITH
  checks AS (
    SELECT
      declared AS subject,
      COALESCE(tables.table_type, 'nothing') AS found,
      'BASE TABLE' AS expected
    FROM
      UNNEST([
        'automation_alerts',
        'caption_bandit_stats',
        'creator_processing_errors',
        'etl_job_runs',
        'holiday_calendar',
        'lock_sweep_log',
        'schedule_export_log',
        'schedule_generation_queue'
      ]) AS declared
    LEFT JOIN `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS tables
      ON tables.table_name = declared
  )
SELECT
  '1.2' AS test_id,
  'object existence' AS category,
  'tables exist' AS name,
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
