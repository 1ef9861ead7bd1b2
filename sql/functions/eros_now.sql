-- The clock of the whole dataset. Every procedure reads it once and decides by that instant alone.
--
-- A test replaces this one function to stand on any date. Durations are measured with the real clock,
-- CURRENT_TIMESTAMP(), and never with this function.
-- @returns  the current instant
CREATE OR REPLACE FUNCTION `of-scheduler-proj.eros_scheduling_brain.eros_now`()
RETURNS TIMESTAMP
AS (
  CURRENT_TIMESTAMP()
);
