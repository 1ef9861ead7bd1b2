-- caption_bandit_stats is partitioned by day of last_updated, clustered by page_name, caption_id, last_used,
-- and keyed by caption_id, page_name.
--
-- The partitioning is read from the table's DDL, for no other view tells its unit: DATE(last_updated) is what
-- BigQuery writes for days of a TIMESTAMP.
-- @category table schema
WITH
  checks AS (
    SELECT
      'partitioning' AS subject,
      COALESCE(MAX(REGEXP_EXTRACT(REPLACE(ddl, '`', ''), r'(?i)\bPARTITION BY\s+([^\n;]+)')), 'none') AS found,
      'DATE(last_updated)' AS expected
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES`
    WHERE table_name = 'caption_bandit_stats'
    UNION ALL
    SELECT
      'clustering',
      COALESCE(STRING_AGG(column_name, ', ' ORDER BY clustering_ordinal_position), 'none'),
      'page_name, caption_id, last_used'
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS`
    WHERE table_name = 'caption_bandit_stats'
      AND clustering_ordinal_position IS NOT NULL
    UNION ALL
    SELECT
      'primary key',
      COALESCE(STRING_AGG(column_name, ', ' ORDER BY ordinal_position), 'none'),
      'caption_id, page_name'
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.KEY_COLUMN_USAGE`
    WHERE table_name = 'caption_bandit_stats'
      AND constraint_name = 'caption_bandit_stats.pk$'
  )
SELECT
  '3.2' AS test_id,
  'table schema' AS category,
  'bandit stats layout' AS name,
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
