-- caption_key_v2 gives one key to one caption: 64 hex digits that case, punctuation and emoji do not change,
-- and another key to another text.
--
-- The expected keys are the SHA-256 of the normalised text, computed outside BigQuery.
-- @category UDF function
WITH
  keys AS (
    SELECT
      subject,
      `of-scheduler-proj.eros_scheduling_brain.caption_key_v2`(text) AS found,
      expected
    FROM
      UNNEST([
        STRUCT(
          'plain text' AS subject,
          'test message' AS text,
          '3f0a377ba0a4a460ecb616f6507ce0d8cfa3e704025d4fda3ed0c5ca05468728' AS expected
        ),
        ('same text', 'Test message 123', '14277a56629a382a1a4ddff3d37d3228ead2fa8470a086aa5be861b35fd320cd'),
        ('case, punctuation, blanks', ' test  MESSAGE, 123! ', '14277a56629a382a1a4ddff3d37d3228ead2fa8470a086aa5be861b35fd320cd'),
        ('wrapped in emoji', '\u2764\uFE0Ftest message \U0001F48B', '3f0a377ba0a4a460ecb616f6507ce0d8cfa3e704025d4fda3ed0c5ca05468728'),
        ('composed letter', 'caf\u00E9', '850f7dc43910ff890f8879c0ed26fe697c93a067ad93a7d50f466a7028a9bf4e'),
        ('combining letter', 'cafe\u0301', '850f7dc43910ff890f8879c0ed26fe697c93a067ad93a7d50f466a7028a9bf4e'),
        ('without that letter', 'caf', '0fb91c7693196ba95dba58ea9576667e66fffd63e153388ef7b7b843ef23b330'),
        ('NULL', NULL, NULL)
      ])
  ),
  checks AS (
    SELECT subject, COALESCE(found, 'NULL') AS found, COALESCE(expected, 'NULL') AS expected
    FROM keys
    UNION ALL
    SELECT
      'same text twice',
      IF(
        `of-scheduler-proj.eros_scheduling_brain.caption_key_v2`('Limited time offer') = `of-scheduler-proj.eros_scheduling_brain.caption_key_v2`('Limited time offer'),
        'one key',
        'two keys'
      ),
      'one key'
    UNION ALL
    SELECT
      'red heart and sun',
      IF(
        `of-scheduler-proj.eros_scheduling_brain.caption_key_v2`('\u2764\uFE0F') = `of-scheduler-proj.eros_scheduling_brain.caption_key_v2`('\u2600\uFE0F'),
        'one key',
        'two keys'
      ),
      'two keys'
    UNION ALL
    SELECT
      'emoji alone',
      IF(
        REGEXP_CONTAINS(`of-scheduler-proj.eros_scheduling_brain.caption_key_v2`('\u2764\uFE0F'), r'^[0-9a-f]{64}$'),
        '64 hex digits',
        'something else'
      ),
      '64 hex digits'
  )
SELECT
  '2.1' AS test_id,
  'UDF function' AS category,
  'caption key v2' AS name,
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
