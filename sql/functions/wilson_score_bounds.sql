-- Wilson score interval (95 %, z = 1.96) of a success rate, and the exploration bonus 1/sqrt(n + 1).
--
-- The bounds are the roots of (n + z²)p² − (2s + z²)p + s²/n = 0 (E. B. Wilson, JASA 22, 1927). With
-- u = s + z²/2 + z·sqrt(s·f/n + z²/4) the upper one is u/(n + z²), and the lower one, from their product, (s²/n)/u.
-- The textbook form takes it as a difference instead and rounds to −3e-17; where successes prevail the upper one
-- rounds to 1.0000000000000002, so there the bounds are 1 less those of the failures. Both lie in [0, 1] as they come.
-- Counts become FLOAT64 first, so that sums can't overflow. z² = 3.8416, z²/2 = 1.9208, z²/4 = 0.9604.
-- @param successes  observed successes; negative counts as 0
-- @param failures   observed failures; negative counts as 0
-- @returns  both bounds in [0, 1], 0.0 and 1.0 without observations; NULL if an argument is NULL
CREATE OR REPLACE FUNCTION `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(successes INT64, failures INT64)
RETURNS STRUCT<lower_bound FLOAT64, upper_bound FLOAT64, exploration_bonus FLOAT64>
AS (
  CASE
    WHEN successes IS NULL OR failures IS NULL THEN NULL
    WHEN successes <= 0 AND failures <= 0 THEN STRUCT(0.0 AS lower_bound, 1.0 AS upper_bound, 1.0 AS exploration_bonus)
    WHEN successes <= 0 THEN STRUCT(
      0.0 AS lower_bound,
      SAFE_DIVIDE(3.8416, CAST(failures AS FLOAT64) + 3.8416) AS upper_bound,
      SAFE_DIVIDE(1.0, SQRT(CAST(failures AS FLOAT64) + 1.0)) AS exploration_bonus
    )
    WHEN failures <= 0 THEN STRUCT(
      SAFE_DIVIDE(CAST(successes AS FLOAT64), CAST(successes AS FLOAT64) + 3.8416) AS lower_bound,
      1.0 AS upper_bound,
      SAFE_DIVIDE(1.0, SQRT(CAST(successes AS FLOAT64) + 1.0)) AS exploration_bonus
    )
    WHEN successes <= failures THEN STRUCT(
      SAFE_DIVIDE(
        CAST(successes AS FLOAT64) * SAFE_DIVIDE(
          CAST(successes AS FLOAT64), CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64)
        ),
        CAST(successes AS FLOAT64) + 1.9208 + 1.96 * SQRT(0.9604 + CAST(successes AS FLOAT64) * SAFE_DIVIDE(
          CAST(failures AS FLOAT64), CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64)
        ))
      ) AS lower_bound,
      SAFE_DIVIDE(
        CAST(successes AS FLOAT64) + 1.9208 + 1.96 * SQRT(0.9604 + CAST(successes AS FLOAT64) * SAFE_DIVIDE(
          CAST(failures AS FLOAT64), CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64)
        )),
        CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64) + 3.8416
      ) AS upper_bound,
      SAFE_DIVIDE(
        1.0, SQRT(CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64) + 1.0)
      ) AS exploration_bonus
    )
    ELSE STRUCT(
      1.0 - SAFE_DIVIDE(
        CAST(failures AS FLOAT64) + 1.9208 + 1.96 * SQRT(0.9604 + CAST(successes AS FLOAT64) * SAFE_DIVIDE(
          CAST(failures AS FLOAT64), CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64)
        )),
        CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64) + 3.8416
      ) AS lower_bound,
      1.0 - SAFE_DIVIDE(
        CAST(failures AS FLOAT64) * SAFE_DIVIDE(
          CAST(failures AS FLOAT64), CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64)
        ),
        CAST(failures AS FLOAT64) + 1.9208 + 1.96 * SQRT(0.9604 + CAST(successes AS FLOAT64) * SAFE_DIVIDE(
          CAST(failures AS FLOAT64), CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64)
        ))
      ) AS upper_bound,
      SAFE_DIVIDE(
        1.0, SQRT(CAST(successes AS FLOAT64) + CAST(failures AS FLOAT64) + 1.0)
      ) AS exploration_bonus
    )
  END
);
