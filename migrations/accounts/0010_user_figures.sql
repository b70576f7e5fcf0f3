-- Figures of people that cost the same however long the history is: events are added up by day as
-- they come, and of each account stands when it was last active.

-- Until this is committed nobody signs in, as a trigger needs its table for itself; nothing that
-- happens meanwhile can then be missed, nor counted by both the triggers and the recount at the end.

-- ---- Accounts: who counts, and when they were last here ----

-- One row for each account, short, because all of them are read every minute.
CREATE TABLE account_seen (
  user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  signed_up date NOT NULL,   -- in UTC, as all days
  last_day date,             -- the latest day of activity_days; NULL: never active
  prev_day date,             -- the one before that; NULL: there is none
  seen_at timestamptz,       -- last active in any way, as far as a moment is known; NULL: never
  client_at timestamptz,     -- an IRC client was connected, to 15 minutes; NULL: never
  upgraded_day date,         -- the latest day with a plan_upgrade, as of the last events_fold()
  upgraded_prev date,        -- and the one before that
  -- Whether event_days has its events, as of the last events_fold(), which alone changes it: staff,
  -- test and banned accounts are in no figure.
  is_counted boolean NOT NULL DEFAULT true,
  CHECK (prev_day < last_day), CHECK (upgraded_prev < upgraded_day)
) WITH (fillfactor = 70);

-- Who may have become counted, or not counted any more, since the last events_fold().
CREATE TABLE account_turns (user_id bigint NOT NULL);

CREATE FUNCTION users_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO account_seen (user_id, signed_up, is_counted)
  VALUES (NEW.id, (NEW.created_at AT TIME ZONE 'UTC')::date,
    NOT (NEW.is_staff OR NEW.is_test OR NEW.is_banned))
  ON CONFLICT (user_id) DO UPDATE SET signed_up = excluded.signed_up;
  RETURN NULL;
END $$;
CREATE TRIGGER users_seen AFTER INSERT OR UPDATE OF created_at ON users
  FOR EACH ROW EXECUTE FUNCTION users_seen();

CREATE FUNCTION users_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO account_turns VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER users_turn AFTER UPDATE OF is_staff, is_test, is_banned ON users FOR EACH ROW
  WHEN ((OLD.is_staff OR OLD.is_test OR OLD.is_banned)
    <> (NEW.is_staff OR NEW.is_test OR NEW.is_banned))
  EXECUTE FUNCTION users_turn();

-- The second of the two latest days, when last and prev were the two, and latest and before are the
-- two of what has come.
CREATE FUNCTION second_day(last date, prev date, latest date, before date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN latest IS NULL THEN prev
    WHEN last IS NULL OR latest > last THEN greatest(last, before)
    WHEN latest = last THEN greatest(prev, before)
    ELSE greatest(prev, latest) END
$$;

-- Days may become known in any order, and several of an account at once. Of the moment a day says
-- only that it was not before midnight; who knows better writes seen_at besides.
CREATE FUNCTION activity_days_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM added) THEN
    RETURN NULL;
  END IF;
  -- In one order, so that no two wait for each other.
  PERFORM FROM account_seen WHERE user_id IN (SELECT user_id FROM added)
    ORDER BY user_id FOR NO KEY UPDATE;
  UPDATE account_seen s SET
    last_day = greatest(s.last_day, a.latest),
    prev_day = second_day(s.last_day, s.prev_day, a.latest, a.before),
    seen_at = greatest(s.seen_at, least(a.latest::timestamp AT TIME ZONE 'UTC', now()))
  FROM (SELECT user_id, max(day) AS latest, (array_agg(day ORDER BY day DESC))[2] AS before
    FROM added GROUP BY user_id) a
  WHERE s.user_id = a.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER activity_days_seen AFTER INSERT ON activity_days REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION activity_days_seen();

-- Where the two days of a row do not say it, as clocks were ahead. A function for the planner's sake:
-- it would think that all of account_seen is asked for it.
CREATE FUNCTION activity_last_day(account bigint, before date) RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN (SELECT max(day) FROM activity_days WHERE user_id = account AND day < before);
END $$;

-- ---- Events by day ----

-- What has come and is not in event_days yet: only ever added to, so that nobody who signs in waits
-- for anybody else, and emptied by events_fold().
CREATE TABLE event_changes (
  user_id bigint NOT NULL,
  event_type text NOT NULL,
  day date NOT NULL,
  n bigint NOT NULL CHECK (n > 0)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE FUNCTION events_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_changes (user_id, event_type, day, n)
  SELECT u.id, a.event_type, (a.created_at AT TIME ZONE 'UTC')::date, count(*)
  FROM added a JOIN users u ON u.keycloak_sub = a.user_sub GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
-- Not on the partitions: a restored backup fills those, and brings event_days with it.
CREATE TRIGGER events_change AFTER INSERT ON events REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION events_change();

-- Brings event_days up to date; returns how many changes there were. All of it is one statement,
-- which sees one moment: an event with its change, and a ban with its turn, or neither. So
-- each event of an account that counts is in exactly once, however many of them and of bans come at
-- the same time, and a fold that is broken off has done nothing. Who turned takes all events along,
-- or brings them; those that retention has dropped stay counted as they were.
CREATE FUNCTION events_fold() RETURNS bigint LANGUAGE plpgsql
SET jit = off AS $$ -- it would compile for every partition, which takes longer than the fold
DECLARE
  changes bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(6975330, 10); -- one after the other
  PERFORM set_config('portal.folds', 'yes', true); -- see event_days_guard
  WITH folded AS (DELETE FROM event_changes RETURNING *),
  looked AS (DELETE FROM account_turns RETURNING user_id),
  turned AS MATERIALIZED (
    SELECT s.user_id, u.keycloak_sub, NOT s.is_counted AS is_counted
    FROM (SELECT DISTINCT user_id FROM looked) l
      JOIN account_seen s ON s.user_id = l.user_id JOIN users u ON u.id = l.user_id
    WHERE s.is_counted = (u.is_staff OR u.is_test OR u.is_banned)),
  upgraded AS MATERIALIZED (
    SELECT user_id, max(day) AS latest, (array_agg(DISTINCT day ORDER BY day DESC))[2] AS before
    FROM folded WHERE event_type = 'plan_upgrade' GROUP BY user_id),
  locked AS ( -- in one order, so that no two wait for each other
    SELECT s.user_id, t.is_counted, g.latest, g.before
    FROM account_seen s LEFT JOIN turned t USING (user_id) LEFT JOIN upgraded g USING (user_id)
    WHERE s.user_id IN (SELECT user_id FROM turned UNION SELECT user_id FROM upgraded)
    ORDER BY s.user_id FOR NO KEY UPDATE OF s),
  accounts AS (
    UPDATE account_seen s SET is_counted = coalesce(l.is_counted, s.is_counted),
      upgraded_day = greatest(s.upgraded_day, l.latest),
      upgraded_prev = second_day(s.upgraded_day, s.upgraded_prev, l.latest, l.before)
    FROM locked l WHERE s.user_id = l.user_id),
  sums AS MATERIALIZED (
    SELECT event_type, day, sum(n)::bigint AS n FROM (
      SELECT f.event_type, f.day, f.n FROM folded f
      WHERE (SELECT s.is_counted FROM account_seen s WHERE s.user_id = f.user_id)
      UNION ALL
      SELECT e.event_type, e.day, CASE WHEN t.is_counted THEN e.n ELSE -e.n END
      FROM turned t, LATERAL (
        SELECT event_type, (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n
        FROM events WHERE user_sub = t.keycloak_sub GROUP BY 1, 2) e) c
    GROUP BY 1, 2),
  emptied AS (
    DELETE FROM event_days d USING sums s
    WHERE d.event_type = s.event_type AND d.day = s.day AND d.events + s.n <= 0),
  filled AS (
    INSERT INTO event_days (event_type, day, events)
    SELECT event_type, day, coalesce(d.events, 0) + s.n
    FROM sums s LEFT JOIN event_days d USING (event_type, day)
    WHERE s.n <> 0 AND coalesce(d.events, 0) + s.n > 0
    ON CONFLICT (event_type, day) DO UPDATE SET events = excluded.events)
  SELECT (SELECT count(*) FROM folded) + (SELECT count(*) FROM looked) INTO changes;
  PERFORM set_config('portal.folds', '', true);
  RETURN changes;
END $$;

-- ---- What there is already ----

SET LOCAL jit = off; -- with many partitions it takes longer than all of this

WITH latest AS MATERIALIZED (
  SELECT user_id, max(day) AS day, max(day) FILTER (WHERE sources & 1 = 1) AS client_day
  FROM activity_days GROUP BY user_id),
before AS (
  SELECT d.user_id, max(d.day) AS day FROM activity_days d JOIN latest l ON l.user_id = d.user_id
  WHERE d.day < l.day GROUP BY d.user_id),
upgraded AS (
  SELECT user_sub, array_agg(DISTINCT (created_at AT TIME ZONE 'UTC')::date
    ORDER BY (created_at AT TIME ZONE 'UTC')::date DESC) AS days
  FROM events WHERE event_type = 'plan_upgrade' GROUP BY user_sub)
INSERT INTO account_seen (user_id, signed_up, last_day, prev_day, seen_at, client_at, upgraded_day,
  upgraded_prev, is_counted)
SELECT u.id, (u.created_at AT TIME ZONE 'UTC')::date, l.day, b.day,
  greatest(u.last_login_at, least(l.day::timestamp AT TIME ZONE 'UTC', now())),
  least(l.client_day::timestamp AT TIME ZONE 'UTC', now()), g.days[1], g.days[2],
  NOT (u.is_staff OR u.is_test OR u.is_banned)
FROM users u LEFT JOIN latest l ON l.user_id = u.id LEFT JOIN before b ON b.user_id = u.id
  LEFT JOIN upgraded g ON g.user_sub = u.keycloak_sub;

-- All days whose events are there, today included: also those that the daily job had counted, as it
-- missed what came late and who was banned afterwards.
WITH recount AS MATERIALIZED (
  SELECT e.event_type, (e.created_at AT TIME ZONE 'UTC')::date AS day,
    count(*) FILTER (WHERE s.is_counted) AS n
  FROM events e JOIN users u ON u.keycloak_sub = e.user_sub JOIN account_seen s ON s.user_id = u.id
  GROUP BY 1, 2),
gone AS (
  DELETE FROM event_days d WHERE day >= (SELECT min(day) FROM recount)
    AND NOT EXISTS (SELECT FROM recount r
      WHERE r.event_type = d.event_type AND r.day = d.day AND r.n > 0))
INSERT INTO event_days (event_type, day, events)
SELECT event_type, day, n FROM recount WHERE n > 0
ON CONFLICT (event_type, day) DO UPDATE SET events = excluded.events;

-- From here on only events_fold() adds days. The job `event_days` of a version before this one, which
-- may still be running or come back, would add days whose changes are still to be folded.
CREATE FUNCTION event_days_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RETURN NULL;
END $$;
CREATE TRIGGER event_days_guard BEFORE INSERT ON event_days FOR EACH ROW
  WHEN (current_setting('portal.folds', true) IS DISTINCT FROM 'yes')
  EXECUTE FUNCTION event_days_guard();

ANALYZE account_seen;
