-- Prepares the day's schedule queue at 03:05 in Los Angeles, whatever the season.
--
-- Schedules are UTC, and 03:05 in Los Angeles is 10:05 UTC in summer and 11:05 UTC in winter: of the two triggers
-- the script skips the one that is out of season. Every other @run_time is a manual or back-fill run.
-- @run_time is the intended time, so a late start does not matter.
-- @trigger daily_automation_pdt | EROS: daily automation (PDT) | every day 10:05
-- @trigger daily_automation_pst | EROS: daily automation (PST) | every day 11:05
IF NOT (
  EXTRACT(HOUR FROM @run_time AT TIME ZONE 'UTC') IN (10, 11)
  AND EXTRACT(MINUTE FROM @run_time AT TIME ZONE 'UTC') = 5
  AND EXTRACT(HOUR FROM @run_time AT TIME ZONE 'America/Los_Angeles') != 3
) THEN
  CALL `of-scheduler-proj.eros_scheduling_brain.run_daily_automation`(DATE(@run_time, 'America/Los_Angeles'));
END IF;
