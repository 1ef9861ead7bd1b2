-- Tells people when something is stale: its run fails while a condition is critical.
--
-- @trigger health_monitor | EROS: health monitor | every 4 hours
-- @start_minute 47
CALL `of-scheduler-proj.eros_scheduling_brain.monitor_system_health`();
