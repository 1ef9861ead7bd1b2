-- holiday_calendar has its 5 columns, and at least 20 rows of 2025.
--
-- Rows are counted by partition, so that a missing table or a renamed column is a finding and not an error.
-- Whether they are the right ones is the business of 6.1.
-- @category table schema
WITH
  checks AS (
    SELECT
      'columns' AS subject,
      COALESCE(
        STRING_AGG(
          CONCAT(column_name, ' ', data_type, IF(is_nullable = 'NO', ' NOT NULL', '')),
          ', ' ORDER BY ordinal_position
        ),
        'no such table'
      ) AS found,
      ARRAY_TO_STRING([
        'holiday_date DATE NOT NULL',
        'holiday_name STRING NOT NULL',
        'holiday_type STRING',
        'is_major_holiday BOOL',
        'saturation_impact_factor FLOAT64'
      ], ', ') AS expected
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS`
    WHERE table_name = 'holiday_calendar'
    UNION ALL
    SELECT
      'rows of 2025',
      IF(COALESCE(SUM(total_rows), 0) >= 20, 'at least 20', FORMAT('%d', CAST(COALESCE(SUM(total_rows), 0) AS INT64))),
      'at least 20'
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.PARTITIONS`
    WHERE table_name = 'holiday_calendar'
      AND STARTS_WITH(partition_id, '2025')
  )
SELECT
  '3.3' AS test_id,
  'table schema' AS category,
  'holiday calendar' AS name,
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
