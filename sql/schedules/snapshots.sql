-- Takes the daily snapshot of every owned table.
--
-- @trigger snapshots | EROS: snapshots | every day 09:13
CALL `of-scheduler-proj.eros_scheduling_brain.snapshot_state`();
