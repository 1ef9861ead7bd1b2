-- caption_bandit_stats has its 15 columns, with names, types and modes in order.
--
-- @category table schema
WITH
  checks AS (
    SELECT
      'caption_bandit_stats' AS subject,
      COALESCE(
        STRING_AGG(
          CONCAT(column_name, ' ', data_type, IF(is_nullable = 'NO', ' NOT NULL', '')),
          ', ' ORDER BY ordinal_position
        ),
        'no such table'
      ) AS found,
      ARRAY_TO_STRING([
        'caption_id INT64 NOT NULL',
        'page_name STRING NOT NULL',
        'successes INT64',
        'failures INT64',
        'total_observations INT64',
        'total_revenue FLOAT64',
        'avg_conversion_rate FLOAT64',
        'avg_emv FLOAT64',
        'last_emv_observed FLOAT64',
        'confidence_lower_bound FLOAT64',
        'confidence_upper_bound FLOAT64',
        'exploration_score FLOAT64',
        'last_used TIMESTAMP',
        'last_updated TIMESTAMP',
        'performance_percentile INT64'
      ], ', ') AS expected
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS`
    WHERE table_name = 'caption_bandit_stats'
  )
SELECT
  '3.1' AS test_id,
  'table schema' AS category,
  'bandit stats columns' AS name,
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
