-- caption_key equals caption_key_v2, on NULL too.
--
-- That caption_key_v2 itself is right is the business of 2.1.
-- @category UDF function
WITH
  texts AS (
    SELECT subject, text
    FROM
      UNNEST([
        STRUCT('plain' AS subject, 'Hey babe check this out' AS text),
        ('punctuated', 'Hey, babe! Check this out...'),
        ('accented', 'Caf\u00E9 cr\u00E8me'),
        ('with emoji', 'Hey babe \U0001F525 check this out'),
        ('emoji alone', '\u2764\uFE0F'),
        ('empty', ''),
        ('NULL', NULL)
      ])
  ),
  checks AS (
    SELECT
      subject,
      COALESCE(`of-scheduler-proj.eros_scheduling_brain.caption_key`(text), 'NULL') AS found,
      COALESCE(`of-scheduler-proj.eros_scheduling_brain.caption_key_v2`(text), 'NULL') AS expected
    FROM texts
  )
SELECT
  '2.2' AS test_id,
  'UDF function' AS category,
  'caption key wrapper' AS name,
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
