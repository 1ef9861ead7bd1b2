-- schedule_recommendations_messages has its 18 columns in order and can be queried: one row for every active row
-- of schedule_recommendations.
--
-- The view has to be read to see that it can be. If it is missing or broken, the query ends in the engine's own
-- error, which says more about the cause than a finding could.
-- @category view
WITH
  checks AS (
    SELECT
      'columns' AS subject,
      COALESCE(
        STRING_AGG(CONCAT(column_name, ' ', data_type), ', ' ORDER BY ordinal_position),
        'no such view'
      ) AS found,
      ARRAY_TO_STRING([
        'schedule_id STRING',
        'page_name STRING',
        'day_of_week STRING',
        'scheduled_send_time TIMESTAMP',
        'message_type STRING',
        'caption_id INT64',
        'caption_text STRING',
        'price_tier STRING',
        'content_category STRING',
        'has_urgency BOOL',
        'performance_score FLOAT64',
        'confidence_lower_bound FLOAT64',
        'confidence_upper_bound FLOAT64',
        'total_observations INT64',
        'caption_last_updated TIMESTAMP',
        'schedule_created_at TIMESTAMP',
        'schedule_is_active BOOL',
        'time_slot_rank INT64'
      ], ', ') AS expected
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS`
    WHERE table_name = 'schedule_recommendations_messages'
    UNION ALL
    SELECT
      'rows',
      FORMAT('%d', (SELECT COUNT(*) FROM `of-scheduler-proj.eros_scheduling_brain.schedule_recommendations_messages`)),
      FORMAT('%d', (SELECT COUNTIF(is_active) FROM `of-scheduler-proj.eros_scheduling_brain.schedule_recommendations`))
  )
SELECT
  '4.1' AS test_id,
  'view' AS category,
  'schedule messages view' AS name,
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
