-- A bouncer's life: how it is made, kept and taken away, how it and its networks were, minute by
-- minute, and on which days people used the service.

-- Those that stood here before were made by hand: 'none' provides for them, so nobody changes them.
ALTER TABLE bouncers
  ADD COLUMN provisioner text NOT NULL DEFAULT 'none'
    CHECK (provisioner IN ('none', 'soju', 'kubernetes')),
  -- requested → database → applied → ready; deleting (can be undone) → removing → the row is gone.
  -- failed: it will not go on by itself; failed_in says where it stopped.
  ADD COLUMN state text NOT NULL DEFAULT 'ready' CHECK (state IN
    ('requested', 'database', 'applied', 'ready', 'failed', 'deleting', 'removing')),
  ADD COLUMN failed_in text,
  -- removing: not even its first step was done, so what has its name may be somebody else's.
  ADD COLUMN is_untouched boolean NOT NULL DEFAULT false,
  ADD COLUMN state_at timestamptz NOT NULL DEFAULT now(), -- since when it is in this state
  ADD COLUMN ready_at timestamptz, -- the first time; NULL: never yet
  -- As many as the plan has at most, however many forms arrive at once: each takes a free number.
  -- NULL: made by hand.
  ADD COLUMN slot integer CHECK (slot >= 1),
  -- SHA-256 of what the form that made it carried: the same form makes no second one.
  ADD COLUMN form_hash bytea CHECK (length(form_hash) = 32),
  -- What is wanted of it: each change raises wanted, and the job makes it so.
  ADD COLUMN max_networks integer CHECK (max_networks >= 0), -- NULL: no limit was ever set
  ADD COLUMN history_days integer CHECK (history_days >= 1), -- NULL: as its soju has it
  ADD COLUMN suspended_at timestamptz, -- by an admin; NULL: it is not
  ADD COLUMN suspended_why text,       -- what its owner reads
  ADD COLUMN restarted_at timestamptz, -- when a restart was last asked for,
  ADD COLUMN restart_wanted bigint NOT NULL DEFAULT 0, -- and which `wanted` it was
  ADD COLUMN wanted bigint NOT NULL DEFAULT 1,
  ADD COLUMN applied bigint NOT NULL DEFAULT 1, -- the last `wanted` that was made so
  ADD COLUMN notice_id bigint, -- a notice that has still to be sent through it
  -- The work on it: one process at a time, over all machines.
  ADD COLUMN work_until timestamptz,
  ADD COLUMN next_try_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN attempts integer NOT NULL DEFAULT 0, -- of what is being tried now, all in vain so far
  ADD COLUMN waits integer NOT NULL DEFAULT 0, -- so often it was under way when it was looked at
  ADD COLUMN failure text, -- why the last attempt was in vain, for people; NULL: it was not
  ADD COLUMN delete_after timestamptz, -- deleting: when it can no longer be undone
  -- As it was at the last sample.
  ADD COLUMN sampled_at timestamptz,
  ADD COLUMN is_up boolean,      -- NULL: not known
  ADD COLUMN clients integer,    -- connected; NULL: not known, as in a soju that several share
  ADD COLUMN running_since timestamptz,
  ADD COLUMN restarts bigint,
  ADD COLUMN version text,       -- of soju
  ADD COLUMN networks_at timestamptz; -- when soju last told its networks
ALTER TABLE bouncers SET (fillfactor = 70); -- each row is written once a minute
UPDATE bouncers SET ready_at = created_at;
ALTER TABLE bouncers
  ADD CONSTRAINT bouncers_user_id_slot_key UNIQUE (user_id, slot),
  ADD CONSTRAINT bouncers_user_id_form_hash_key UNIQUE (user_id, form_hash),
  ADD CHECK ((state = 'failed') = (failed_in IS NOT NULL)),
  ADD CHECK ((state = 'deleting') = (delete_after IS NOT NULL)),
  ADD CHECK ((suspended_at IS NULL) = (suspended_why IS NULL)),
  ADD CHECK (applied <= wanted);
DROP INDEX bouncers_user_id_idx; -- the one of (user_id, slot) does the same

-- An account that goes leaves its bouncers behind for as long as they take to be taken away: what
-- runs is never left to nobody. Those made by hand are not ours to stop, and go with their account.
ALTER TABLE bouncers
  ALTER COLUMN user_id DROP NOT NULL,
  ADD CHECK (user_id IS NOT NULL OR state = 'removing');
CREATE FUNCTION bouncers_leave(account bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE bouncers SET user_id = NULL, slot = NULL, form_hash = NULL, state = 'removing',
    is_untouched = is_untouched OR state = 'requested' OR coalesce(failed_in = 'requested', false),
    failed_in = NULL, delete_after = NULL, state_at = now(), next_try_at = now(), attempts = 0,
    waits = 0, failure = NULL
  WHERE user_id = account AND provisioner <> 'none';
$$;
CREATE FUNCTION users_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM bouncers_leave(OLD.id);
  RETURN OLD;
END $$;
CREATE TRIGGER users_leave BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION users_leave();

-- Whoever is banned, or no longer is: its bouncers are switched off, or on again.
CREATE FUNCTION users_ban() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bouncers SET wanted = wanted + 1, next_try_at = now()
  WHERE user_id = NEW.id AND provisioner <> 'none';
  RETURN NULL;
END $$;
CREATE TRIGGER users_ban AFTER UPDATE OF is_banned ON users FOR EACH ROW
  WHEN (OLD.is_banned <> NEW.is_banned) EXECUTE FUNCTION users_ban();
-- What waits for the job.
CREATE INDEX bouncers_work_idx ON bouncers (next_try_at) WHERE provisioner <> 'none'
  AND (state IN ('requested', 'database', 'applied', 'deleting', 'removing')
    OR (state = 'ready' AND (applied < wanted OR notice_id IS NOT NULL)));

-- What the form that made a bouncer asked for besides; obeyed once it is ready, then gone. What soju
-- refused stays until its owner has it tried again or adds a network by another way.
CREATE TABLE bouncer_wishes (
  bouncer_id bigint PRIMARY KEY REFERENCES bouncers ON DELETE CASCADE,
  network text NOT NULL,
  address text NOT NULL,
  nick text NOT NULL,
  channels text[] NOT NULL DEFAULT '{}',
  refusal text -- why soju refused it, for its owner; NULL: it did not
);

-- The networks of each bouncer as its soju last told.
CREATE TABLE bouncer_networks (
  bouncer_id bigint NOT NULL REFERENCES bouncers ON DELETE CASCADE,
  name text NOT NULL CHECK (name <> ''), -- the address where soju has no name
  address text NOT NULL,
  state text NOT NULL CHECK (state IN ('connected', 'disconnected', 'disabled')),
  -- When it was first seen in this state; NULL: it was so when it was first seen at all.
  state_since timestamptz,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  nick text,        -- where soju told it
  channels integer, -- joined; NULL: not told, as while it is not connected
  error text,       -- soju's words for why it is not connected; NULL: none
  sampled_at timestamptz NOT NULL,
  PRIMARY KEY (bouncer_id, name)
) WITH (fillfactor = 70);

-- A day (in UTC) of a bouncer, network '' , or of one of its networks. What it was like stands in
-- marks: pairs of a minute of the day and what it was from then on (0 not known, 1 up, 2 down, 3
-- switched off), until last_minute, the last that was sampled.
CREATE TABLE bouncer_days (
  bouncer_id bigint NOT NULL REFERENCES bouncers ON DELETE CASCADE,
  day date NOT NULL,
  network text NOT NULL DEFAULT '',
  marks smallint[] NOT NULL CHECK (cardinality(marks) BETWEEN 2 AND 2880),
  last_minute smallint NOT NULL CHECK (last_minute BETWEEN 0 AND 1439),
  samples integer NOT NULL, -- so many were taken, of which
  up integer NOT NULL,
  off integer NOT NULL,
  clients_max integer,      -- of the bouncer; NULL: not known
  relayed bigint NOT NULL DEFAULT 0, -- messages, by soju's own counters
  PRIMARY KEY (bouncer_id, day, network),
  CHECK (up + off <= samples)
) WITH (fillfactor = 70);
CREATE INDEX bouncer_days_day_idx ON bouncer_days (day);

-- soju's counters begin anew with each of its starts; what they have counted in all is kept here.
CREATE TABLE soju_meters (
  target text PRIMARY KEY, -- the name of a bouncer with a soju of its own; '' is the shared one
  value bigint NOT NULL,   -- as last read
  relayed bigint NOT NULL DEFAULT 0,
  read_at timestamptz NOT NULL,
  started_at timestamptz -- of the shared soju, whose value this is; NULL: not known
) WITH (fillfactor = 70);

-- What an admin tells the people who are connected.
CREATE TABLE bouncer_notices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 350),
  actor_sub text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  bouncer text, -- the name of the only one that it was for; NULL: for all
  sojus integer NOT NULL DEFAULT 0 CHECK (sojus >= 0), -- so many were to tell it
  form_hash bytea NOT NULL UNIQUE CHECK (length(form_hash) = 32)
);
ALTER TABLE bouncers ADD FOREIGN KEY (notice_id) REFERENCES bouncer_notices ON DELETE SET NULL;
CREATE INDEX bouncers_notice_id_idx ON bouncers (notice_id) WHERE notice_id IS NOT NULL;
-- What an admin looks for first: whatever may need a hand.
CREATE INDEX bouncers_trouble_idx ON bouncers (name)
  WHERE state = 'failed' OR failure IS NOT NULL OR is_up IS FALSE;

-- On which days (in UTC) an account did something: 1 an IRC client was connected, 2 a paste was
-- made, 4 a picture was uploaded, 8 it signed in. Days that are over may still gain a bit, never
-- lose one.
CREATE TABLE activity_days (
  day date NOT NULL,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  sources smallint NOT NULL CHECK (sources BETWEEN 1 AND 15),
  PRIMARY KEY (day, user_id)
) PARTITION BY RANGE (day);
CREATE INDEX activity_days_user_id_idx ON activity_days (user_id, day);

-- As events_make_partitions() of 0002, from last month on, because what happened in the last
-- minutes of a month may be told in the next.
CREATE FUNCTION activity_make_partitions(ahead integer) RETURNS integer LANGUAGE plpgsql
SET lock_timeout = '2s' AS $$
DECLARE
  first_day date;
  partition text;
  made integer := 0;
BEGIN
  FOR first_day IN
    SELECT generate_series(
      date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month',
      date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead),
      '1 month')
  LOOP
    partition := 'activity_days_' || to_char(first_day, 'YYYY_MM');
    IF to_regclass(partition) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF activity_days FOR VALUES FROM (%L) TO (%L)',
        partition, first_day, (first_day + interval '1 month')::date);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
SELECT activity_make_partitions(3);

-- How far txt and pics have told who made what.
CREATE TABLE activity_cursors (
  source text PRIMARY KEY CHECK (source IN ('txt', 'pics')),
  day date NOT NULL -- days before it are complete
);

-- Mail about a network that has been down for long: never more than one a day.
ALTER TABLE users
  ADD COLUMN wants_outage_mail boolean NOT NULL DEFAULT true,
  ADD COLUMN outage_mailed_at timestamptz;
-- Those who may be due one: the job looks every five minutes, and most networks are connected.
CREATE INDEX bouncer_networks_down_idx ON bouncer_networks (coalesce(state_since, first_seen_at))
  WHERE state = 'disconnected';
