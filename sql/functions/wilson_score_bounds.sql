-- Wilson score interval (95 %, z = 1.96) of a success rate, and the exploration bonus 1/sqrt(n + 1).
--
-- With p = s/n the textbook form is (p + z²/2n ± z·sqrt(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
-- (E. B. Wilson, JASA 22, 1927). Multiplied by n it reads (s + z²/2 ± z·sqrt(s·f/n + z²/4)) / (n + z²),
-- which has one division less and no special case but s·f/n for n = 0. Rounding may leave [0, 1] by one
-- unit in the last place, hence the clamps. Counts become FLOAT64 first, so that sums can't overflow.
-- z² = 3.8416, z²/2 = 1.9208, z²/4 = 0.9604.
-- @param successes  observed successes; negative counts as 0
-- @param failures   observed failures; negative counts as 0
-- @returns  both bounds in [0, 1], 0.0 and 1.0 without observations; NULL if an argument is NULL
CREATE OR REPLACE FUNCTION `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(successes INT64, failures INT64)
RETURNS STRUCT<lower_bound FLOAT64, upper_bound FLOAT64, exploration_bonus FLOAT64>
AS (
  CASE
    WHEN successes IS NULL OR failures IS NULL THEN NULL
    WHEN successes <= 0 AND failures <= 0 THEN STRUCT(0.0 AS lower_bound, 1.0 AS upper_bound, 1.0 AS exploration_bonus)
    ELSE STRUCT(
      LEAST(1.0, GREATEST(0.0, SAFE_DIVIDE(
        CAST(GREATEST(successes, 0) AS FLOAT64) + 1.9208 - 1.96 * SQRT(0.9604 + SAFE_DIVIDE(
          CAST(GREATEST(successes, 0) AS FLOAT64) * CAST(GREATEST(failures, 0) AS FLOAT64),
          CAST(GREATEST(successes, 0) AS FLOAT64) + CAST(GREATEST(failures, 0) AS FLOAT64)
        )),
        CAST(GREATEST(successes, 0) AS FLOAT64) + CAST(GREATEST(failures, 0) AS FLOAT64) + 3.8416
      ))) AS lower_bound,
      LEAST(1.0, GREATEST(0.0, SAFE_DIVIDE(
        CAST(GREATEST(successes, 0) AS FLOAT64) + 1.9208 + 1.96 * SQRT(0.9604 + SAFE_DIVIDE(
          CAST(GREATEST(successes, 0) AS FLOAT64) * CAST(GREATEST(failures, 0) AS FLOAT64),
          CAST(GREATEST(successes, 0) AS FLOAT64) + CAST(GREATEST(failures, 0) AS FLOAT64)
        )),
        CAST(GREATEST(successes, 0) AS FLOAT64) + CAST(GREATEST(failures, 0) AS FLOAT64) + 3.8416
      ))) AS upper_bound,
      SAFE_DIVIDE(
        1.0,
        SQRT(CAST(GREATEST(successes, 0) AS FLOAT64) + CAST(GREATEST(failures, 0) AS FLOAT64) + 1.0)
      ) AS exploration_bonus
    )
  END
);
