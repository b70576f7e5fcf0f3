-- What is known alike of everything that people store: the same for txt and pics, which share the
-- code that reads it (the file of pics is a link to that of txt). The migration that makes the table
-- of objects also makes two functions for that code:
--   add_views(ids bigint[], counts bigint[]) RETURNS bigint
--     adds views to the objects that are still there, says how many those are;
--   erase_content(sub text, at_most integer, OUT erased bigint, OUT bytes bigint)
--     deletes so many objects of an account, says what it deleted.

-- What an account stores now: changed by the statement that makes an object, and by a trigger when
-- objects go, so that asking costs the same however many there are.
CREATE TABLE usage (
  user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  count bigint NOT NULL CHECK (count >= 0),
  bytes bigint NOT NULL CHECK (bytes >= 0)
) WITH (fillfactor = 50);

-- What was sent in, by day (UTC): counts of nobody in particular, which stay when accounts go. The
-- words come from the program, so a day has a bounded number of rows.
CREATE TABLE content_days (
  day date NOT NULL,
  kind text NOT NULL, -- a syntax, a format
  visibility text NOT NULL CHECK (visibility IN ('public', 'unlisted', 'private')),
  outcome text NOT NULL, -- stored, or why not
  count bigint NOT NULL CHECK (count >= 0),
  bytes bigint NOT NULL CHECK (bytes >= 0), -- of what was sent
  process_us bigint NOT NULL CHECK (process_us >= 0), -- what it took to make it ready
  PRIMARY KEY (day, kind, visibility, outcome)
);
