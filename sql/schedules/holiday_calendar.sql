-- Keeps the holiday calendar right and two years ahead.
--
-- @trigger holiday_calendar | EROS: holiday calendar | every day 08:23
CALL `of-scheduler-proj.eros_scheduling_brain.refresh_holiday_calendar`();
