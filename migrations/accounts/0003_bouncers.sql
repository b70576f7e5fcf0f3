-- The bouncers of each account and the last good answer of every source the dashboard shows.

CREATE TABLE bouncers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  -- Also the name of its deployment and, in SOJU_DATABASE_URL, of its database.
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$'),
  -- The account inside soju.
  soju_username text NOT NULL CHECK (soju_username <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bouncers_user_id_idx ON bouncers (user_id);

-- Rewritten at every refresh and never indexed by what changes: room in each page for the next
-- version of a row keeps the index out of it.
CREATE TABLE source_snapshots (
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  source text NOT NULL CHECK (source IN ('soju', 'kube', 'txt', 'pics')),
  bouncer_id bigint REFERENCES bouncers ON DELETE CASCADE, -- NULL: of the account itself
  answer json,             -- the last good one
  answered_at timestamptz, -- when it was given
  tried_at timestamptz,    -- the last attempt, good or bad
  failure text NOT NULL DEFAULT 'fine', -- of that attempt, a word of source_failure_words
  refreshing_until timestamptz, -- one refresh at a time, over all workers and machines
  -- Counting messages continues where it stopped and never starts over in a page: up to counted_id
  -- there are counted_messages with text.
  counted_id bigint NOT NULL DEFAULT 0,
  counted_messages bigint NOT NULL DEFAULT 0,
  -- The highest id seen, and when: ids commit out of order, so counted_id follows only up to an id
  -- that was there 10 s ago.
  seen_id bigint NOT NULL DEFAULT 0,
  seen_at timestamptz,
  -- A second count from the start, beside the first one, that finds what was deleted; it replaces
  -- the first when it has come as far. NULL: none is under way.
  recount_id bigint,
  recount_messages bigint,
  CHECK ((source IN ('soju', 'kube')) = (bouncer_id IS NOT NULL)),
  CHECK ((answer IS NULL) = (answered_at IS NULL)),
  CHECK ((recount_id IS NULL) = (recount_messages IS NULL)),
  UNIQUE NULLS NOT DISTINCT (user_id, source, bouncer_id)
) WITH (fillfactor = 70);
CREATE INDEX source_snapshots_bouncer_id_idx ON source_snapshots (bouncer_id);
