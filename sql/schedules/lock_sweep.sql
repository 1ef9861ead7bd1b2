-- Releases caption locks whose sending date has passed.
--
-- @trigger lock_sweep | EROS: lock sweep | every 1 hours
-- @start_minute 37
CALL `of-scheduler-proj.eros_scheduling_brain.sweep_expired_caption_locks`();
