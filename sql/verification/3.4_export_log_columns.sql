-- schedule_export_log has its 9 columns, with names, types and modes in order.
--
-- @category table schema
WITH
  checks AS (
    SELECT
      'schedule_export_log' AS subject,
      COALESCE(
        STRING_AGG(
          CONCAT(column_name, ' ', data_type, IF(is_nullable = 'NO', ' NOT NULL', '')),
          ', ' ORDER BY ordinal_position
        ),
        'no such table'
      ) AS found,
      ARRAY_TO_STRING([
        'schedule_id STRING NOT NULL',
        'page_name STRING NOT NULL',
        'export_timestamp TIMESTAMP NOT NULL',
        'message_count INT64',
        'execution_time_seconds FLOAT64',
        'status STRING',
        'error_message STRING',
        'export_format STRING',
        'exported_by STRING'
      ], ', ') AS expected
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS`
    WHERE table_name = 'schedule_export_log'
  )
SELECT
  '3.4' AS test_id,
  'table schema' AS category,
  'export log columns' AS name,
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
