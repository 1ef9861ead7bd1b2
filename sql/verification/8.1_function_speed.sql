-- 1,000 calls of each function in one query take less than 10 ms a call, measured.
--
-- CURRENT_TIMESTAMP() stands still within a statement, so this is a script: each SET notes when it started and makes
-- 1,000 calls, and the start of the next one tells how long it took, the start of a statement included.
-- Every call has arguments of its own, new ones in each run (v_salt), and every result is counted, so that neither
-- a stored result nor a call folded into a constant can hide the cost. Only eros_now has no argument to vary.
-- The texts hold an accented letter and an emoji: the dear way through caption_key_v2.
-- @category performance
DECLARE v_salt INT64 DEFAULT MOD(UNIX_MICROS(CURRENT_TIMESTAMP()), 1000000);
DECLARE v_caption_key_v2, v_caption_key, v_wilson_score_bounds, v_wilson_sample, v_eros_now, v_end TIMESTAMP;
DECLARE v_results INT64;

SET (v_caption_key_v2, v_results) = (
  CURRENT_TIMESTAMP(),
  (
    SELECT COUNT(DISTINCT `of-scheduler-proj.eros_scheduling_brain.caption_key_v2`(
      FORMAT('Caf\u00E9 offer \U0001F48B no %d of %d!', n, v_salt)
    ))
    FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n
  )
);
SET (v_caption_key, v_results) = (
  CURRENT_TIMESTAMP(),
  (
    SELECT COUNT(DISTINCT `of-scheduler-proj.eros_scheduling_brain.caption_key`(
      FORMAT('Caf\u00E9 offer \U0001F48B no %d of %d!', n, v_salt)
    ))
    FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n
  )
);
SET (v_wilson_score_bounds, v_results) = (
  CURRENT_TIMESTAMP(),
  (
    SELECT COUNT(DISTINCT TO_JSON_STRING(
      `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(n, v_salt)
    ))
    FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n
  )
);
SET (v_wilson_sample, v_results) = (
  CURRENT_TIMESTAMP(),
  (
    SELECT COUNT(DISTINCT `of-scheduler-proj.eros_scheduling_brain.wilson_sample`(n, v_salt))
    FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n
  )
);
SET (v_eros_now, v_results) = (
  CURRENT_TIMESTAMP(),
  (
    SELECT COUNT(DISTINCT TIMESTAMP_ADD(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL n SECOND))
    FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n
  )
);
SET v_end = CURRENT_TIMESTAMP();

WITH
  measured AS (
    SELECT
      function_name,
      -- Microseconds for 1,000 calls are nanoseconds for one.
      TIMESTAMP_DIFF(ended, started, MICROSECOND) / 1000000 AS milliseconds
    FROM
      UNNEST([
        STRUCT('caption_key_v2' AS function_name, v_caption_key_v2 AS started, v_caption_key AS ended),
        ('caption_key', v_caption_key, v_wilson_score_bounds),
        ('wilson_score_bounds', v_wilson_score_bounds, v_wilson_sample),
        ('wilson_sample', v_wilson_sample, v_eros_now),
        ('eros_now', v_eros_now, v_end)
      ])
  )
SELECT
  '8.1' AS test_id,
  'performance' AS category,
  'function speed' AS name,
  IF(LOGICAL_AND(milliseconds < 10), 'PASS', 'FAIL') AS status,
  CONCAT(
    'found ',
    STRING_AGG(FORMAT('%s %.3f ms', function_name, milliseconds), ', ' ORDER BY function_name),
    ' a call; expected less than 10 ms each'
  ) AS detail
FROM measured;
