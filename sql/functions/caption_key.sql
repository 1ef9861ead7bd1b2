-- Compatibility name of caption_key_v2: the identity of a caption, computed from its text.
--
-- Contains no rule of its own, so that the two names can never disagree.
-- @param message  caption or message text, may be NULL
-- @returns  64 lower-case hex digits; NULL for NULL
CREATE OR REPLACE FUNCTION `of-scheduler-proj.eros_scheduling_brain.caption_key`(message STRING)
RETURNS STRING
AS (
  `of-scheduler-proj.eros_scheduling_brain.caption_key_v2`(message)
);
