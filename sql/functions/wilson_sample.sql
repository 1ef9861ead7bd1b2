-- One Thompson-style draw for a caption: uniform between its Wilson bounds, so little-known captions vary most.
--
-- An expression without a subquery: RAND() inside a subquery with constant arguments may be evaluated once
-- for all rows. LEAST keeps a draw inside the interval when the sum rounds up.
-- @param successes  observed successes; negative counts as 0
-- @param failures   observed failures; negative counts as 0
-- @returns  a draw from [lower_bound, upper_bound], a new one for every row; NULL if an argument is NULL
CREATE OR REPLACE FUNCTION `of-scheduler-proj.eros_scheduling_brain.wilson_sample`(successes INT64, failures INT64)
RETURNS FLOAT64
AS (
  LEAST(
    `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(successes, failures).upper_bound,
    `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(successes, failures).lower_bound
      + RAND() * (
        `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(successes, failures).upper_bound
        - `of-scheduler-proj.eros_scheduling_brain.wilson_score_bounds`(successes, failures).lower_bound
      )
  )
);
