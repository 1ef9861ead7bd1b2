-- Alerts of the last 24 hours, newest first. An acknowledged alert is OK, and so is one of level INFO.
SELECT
  IF(a.acknowledged IS TRUE OR a.alert_level NOT IN ('WARNING', 'CRITICAL'), 'OK', a.alert_level) AS level,
  a.alert_time,
  a.alert_level,
  a.alert_source,
  a.alert_kind,
  a.alert_message,
  a.acknowledged IS TRUE AS acknowledged,
  a.acknowledged_by,
  a.alert_id
FROM `of-scheduler-proj.eros_scheduling_brain.automation_alerts` AS a
WHERE a.alert_time > TIMESTAMP_SUB(`of-scheduler-proj.eros_scheduling_brain.eros_now`(), INTERVAL 24 HOUR)
  AND a.alert_time <= `of-scheduler-proj.eros_scheduling_brain.eros_now`()
ORDER BY a.alert_time DESC, a.alert_source, a.alert_kind;
