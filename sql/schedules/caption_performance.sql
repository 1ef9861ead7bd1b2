-- Learns from the messages sent: recomputes what every caption earned on every page.
--
-- @trigger caption_performance | EROS: caption performance | every 6 hours
-- @start_minute 17
CALL `of-scheduler-proj.eros_scheduling_brain.update_caption_performance`();
