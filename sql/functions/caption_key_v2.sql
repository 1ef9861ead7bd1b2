-- The identity of a caption: SHA-256 of its normalised text. Texts that differ only in case, punctuation,
-- emoji or white space have one key.
--
-- Read from the inside out:
--   1. strip    remove variation selectors, joiners and tags, then whatever is not a letter, mark, number,
--               underscore or white space. RE2's \w and \s know ASCII only, so the classes are spelled out.
--   2. fold     NFKC with case folding turns full-width and mathematical letters into plain ones.
--   3. strip    again, because folding brings up new symbols (a fraction one half becomes 1, slash, 2).
--   4. collapse white space to one blank and trim last, when nothing can be removed any more.
-- A text without a letter or number (only emoji, say) is hashed as it stands, so that different ones differ.
--
-- Folding is about twenty times as dear as the rest, so it runs only where stripping leaves a non-ASCII
-- character. LOWER is the same elsewhere, and it may come before stripping: whatever non-ASCII character
-- it meets there is stripped, in either case. After folding it only makes sure of letters that become
-- capitals by NFKC (a script capital I), for engines that fold before they compose.
-- @param message  caption or message text, may be NULL
-- @returns  64 lower-case hex digits; NULL for NULL
CREATE OR REPLACE FUNCTION `of-scheduler-proj.eros_scheduling_brain.caption_key_v2`(message STRING)
RETURNS STRING
AS (
  TO_HEX(SHA256(COALESCE(
    REGEXP_EXTRACT(
      TRIM(REGEXP_REPLACE(
        REGEXP_REPLACE(
          LOWER(CASE
            -- Neither ASCII nor removed by step 1: something to fold.
            WHEN REGEXP_CONTAINS(
              message,
              r'[^\x00-\x7F\p{P}\p{S}\p{Cf}\x{FE00}-\x{FE0F}\x{20E3}\x{E0100}-\x{E01EF}]'
            ) THEN NORMALIZE_AND_CASEFOLD(
              REGEXP_REPLACE(
                message,
                r'[\x{FE00}-\x{FE0F}\x{200B}-\x{200F}\x{2060}\x{20E3}\x{E0020}-\x{E007F}\x{E0100}-\x{E01EF}]|[^\p{L}\p{M}\p{N}_\s\x0b\x{85}\p{Z}]',
                ''
              ),
              NFKC
            )
            ELSE message
          END),
          r'[\x{FE00}-\x{FE0F}\x{200B}-\x{200F}\x{2060}\x{20E3}\x{E0020}-\x{E007F}\x{E0100}-\x{E01EF}]|[^\p{L}\p{M}\p{N}_\s\x0b\x{85}\p{Z}]',
          ''
        ),
        r'[\s\x0b\x{85}\p{Z}]+',
        ' '
      )),
      r'(?s)^.*[\p{L}\p{N}].*$'
    ),
    message
  )))
);
