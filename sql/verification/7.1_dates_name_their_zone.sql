-- No routine takes a date without naming a zone, and the days on which America/Los_Angeles changes to and from
-- summer time convert to the right dates and hours.
--
-- The bodies are read as text, in three steps:
--   1. Comments go, and of a string literal only its opening quote stays, so that neither can look like code.
--   2. The innermost parentheses are folded into '§', again and again. Each call is seen once with its own
--      arguments alone: a comma or an AT TIME ZONE of an inner call cannot be mistaken for the outer one's.
--   3. Every call that makes a date, a local time or an instant of another is judged by its arguments.
-- The text does not tell types. Where only the type decides (CAST, EXTRACT of a year, one argument of DATETIME), a
-- name that the warehouse uses for instants does: v_now, assigned_at, sending_time, last_used and the like.
-- @category time zone
WITH RECURSIVE
  bodies AS (
    SELECT
      routine_name,
      REGEXP_REPLACE(
        routine_definition,
        r"""(?s)--[^\n]*|#[^\n]*|/\*.*?\*/|('{3})(?:[^\\]|\\.)*?'{3}|("{3})(?:[^\\]|\\.)*?"{3}|(')(?:[^'\\]|\\.)*'|(")(?:[^"\\]|\\.)*["]""",
        r' \1\2\3\4 '
      ) AS code
    FROM `of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES`
    WHERE routine_body = 'SQL'
  ),
  folded AS (
    SELECT routine_name, code, 0 AS depth
    FROM bodies
    UNION ALL
    SELECT routine_name, REGEXP_REPLACE(code, r'\([^()]*\)', '§'), depth + 1
    FROM folded
    WHERE STRPOS(code, '(') > 0
      AND depth < 100
  ),
  calls AS (
    SELECT routine_name, UPPER(REGEXP_REPLACE(call, r'\s+', ' ')) AS call
    FROM folded
    CROSS JOIN
      UNNEST(REGEXP_EXTRACT_ALL(
        code,
        r'(?i)\b(?:CURRENT_DATE|CURRENT_DATETIME|CURRENT_TIME|DATE|DATETIME|TIME|TIMESTAMP|DATE_TRUNC|TIMESTAMP_TRUNC|FORMAT_TIMESTAMP|EXTRACT|CAST|SAFE_CAST)\s*\([^()]*\)'
      )) AS call
    UNION ALL
    -- CURRENT_DATE and its kin may stand without parentheses.
    SELECT routine_name, UPPER(REGEXP_EXTRACT(call, r'^\w+'))
    FROM bodies
    CROSS JOIN
      UNNEST(REGEXP_EXTRACT_ALL(code, r'(?i)\bCURRENT_(?:DATE|DATETIME|TIME)\b\s*(?:[^\s(]|\z)')) AS call
  ),
  judged AS (
    SELECT
      routine_name,
      REPLACE(REPLACE(call, " ' ", "'…'"), '§', '(…)') AS call,
      CASE
        WHEN REGEXP_CONTAINS(call, r'\bAT TIME ZONE\b') THEN FALSE
        WHEN REGEXP_CONTAINS(call, r'^CURRENT_(DATE|DATETIME|TIME)( ?\( ?\))?$') THEN TRUE
        -- One argument. A text, or a DATETIME whose own call is judged by itself, needs no zone.
        WHEN REGEXP_CONTAINS(call, r'^(DATE|TIMESTAMP) ?\([^,]*\)$')
          THEN NOT REGEXP_CONTAINS(call, r"""\( ?(['"]{1,3}|(CURRENT_|PARSE_)?DATETIME(_\w+)? ?§) ?\)$""")
        WHEN REGEXP_CONTAINS(call, r'^TIMESTAMP_TRUNC ?\([^,]*, ?(DAY|(ISO)?WEEK ?§?|MONTH|QUARTER|(ISO)?YEAR) ?\)$')
          THEN TRUE
        WHEN REGEXP_CONTAINS(call, r'^FORMAT_TIMESTAMP ?\([^,]*,[^,]*\)$') THEN TRUE
        WHEN REGEXP_CONTAINS(call, r'^EXTRACT ?\( ?(DATE|DATETIME|TIME|HOUR) FROM ')
          THEN NOT REGEXP_CONTAINS(call, r' FROM (CURRENT_|PARSE_)?(DATETIME|TIME)(_\w+)? ?§ ?\)$')
        WHEN REGEXP_CONTAINS(call, r'^(SAFE_)?CAST ?\(') AND NOT REGEXP_CONTAINS(call, r' AS (DATE|DATETIME|TIME) ?\)$')
          THEN FALSE
        WHEN REGEXP_CONTAINS(call, r'^(DATETIME|TIME) ?\([^,]*\)$|^DATE_TRUNC ?\([^,]*,[^,]*\)$|^(EXTRACT|(SAFE_)?CAST) ?\(')
          THEN REGEXP_CONTAINS(
            call,
            r'[( .](V_NOW|TS|INSTANT|LAST_USED|LAST_UPDATED|\w+_(AT|TIME|TS|TIMESTAMP)|EROS_NOW|TIMESTAMP(_\w+)?)\b'
          ) OR REGEXP_CONTAINS(call, r'EROS_NOW` ?§|@RUN_TIME\b')
        ELSE FALSE
      END AS lacks_zone
    FROM calls
  ),
  instants AS (
    SELECT
      instant,
      CONCAT(
        CAST(DATE(instant, 'America/Los_Angeles') AS STRING),
        ' ',
        CAST(EXTRACT(HOUR FROM instant AT TIME ZONE 'America/Los_Angeles') AS STRING)
      ) AS local
    FROM
      UNNEST([
        TIMESTAMP '2025-03-09 07:59:59+00',
        TIMESTAMP '2025-03-09 08:00:00+00',
        TIMESTAMP '2025-03-09 09:59:59+00',
        TIMESTAMP '2025-03-09 10:00:00+00',
        TIMESTAMP '2025-03-10 06:59:59+00',
        TIMESTAMP '2025-03-10 07:00:00+00',
        TIMESTAMP '2025-11-02 06:59:59+00',
        TIMESTAMP '2025-11-02 07:00:00+00',
        TIMESTAMP '2025-11-02 08:30:00+00',
        TIMESTAMP '2025-11-02 09:30:00+00',
        TIMESTAMP '2025-11-02 10:00:00+00',
        TIMESTAMP '2025-11-03 07:59:59+00',
        TIMESTAMP '2025-11-03 08:00:00+00'
      ]) AS instant
  ),
  checks AS (
    SELECT
      'dates without a zone' AS subject,
      COALESCE(STRING_AGG(DISTINCT IF(lacks_zone, CONCAT(call, ' in ', routine_name), NULL), ', '), 'none') AS found,
      'none' AS expected
    FROM judged
    UNION ALL
    SELECT
      'definitions read',
      FORMAT('%d of 12', COUNTIF(routines.routine_definition IS NOT NULL)),
      '12 of 12'
    FROM
      UNNEST([
        'caption_key',
        'caption_key_v2',
        'wilson_score_bounds',
        'wilson_sample',
        'eros_now',
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
    UNION ALL
    SELECT
      'to summer time',
      STRING_AGG(local, ', ' ORDER BY instant),
      '2025-03-08 23, 2025-03-09 0, 2025-03-09 1, 2025-03-09 3, 2025-03-09 23, 2025-03-10 0'
    FROM instants
    WHERE instant < TIMESTAMP '2025-06-01 00:00:00+00'
    UNION ALL
    SELECT
      'from summer time',
      STRING_AGG(local, ', ' ORDER BY instant),
      '2025-11-01 23, 2025-11-02 0, 2025-11-02 1, 2025-11-02 1, 2025-11-02 2, 2025-11-02 23, 2025-11-03 0'
    FROM instants
    WHERE instant >= TIMESTAMP '2025-06-01 00:00:00+00'
  )
SELECT
  '7.1' AS test_id,
  'time zone' AS category,
  'dates name their zone' AS name,
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
