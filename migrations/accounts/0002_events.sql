-- What accounts did, append-only. Columns and index names are a contract with those who read the
-- table; the primary key holds created_at because the table is partitioned by month.

CREATE TABLE events (
  id bigserial NOT NULL,
  -- Erasing a person renames the sub: the history stays true, the person is gone.
  user_sub text NOT NULL REFERENCES users (keycloak_sub) ON UPDATE CASCADE,
  event_type text NOT NULL,
  metadata jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

CREATE INDEX idx_events_type_created ON events (event_type, created_at);
CREATE INDEX idx_events_user ON events (user_sub, created_at);

-- Both functions below need the table for themselves. While they wait for a reader, everyone who
-- signs in waits behind them, so they give up after two seconds and are tried again later.

-- Makes the partitions of this month and of the next `ahead` months; returns how many were missing.
CREATE FUNCTION events_make_partitions(ahead integer) RETURNS integer LANGUAGE plpgsql
SET lock_timeout = '2s' AS $$
DECLARE
  first_day timestamp;
  partition text;
  made integer := 0;
BEGIN
  FOR first_day IN
    SELECT generate_series(
      date_trunc('month', now() AT TIME ZONE 'UTC'),
      date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead),
      '1 month')
  LOOP
    partition := 'events_' || to_char(first_day, 'YYYY_MM');
    IF to_regclass(partition) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
        partition,
        to_char(first_day, 'YYYY-MM-DD') || ' 00:00:00+00',
        to_char(first_day + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;

-- Drops the partitions whose last moment is older than `keep_days`; returns how many.
CREATE FUNCTION events_drop_partitions(keep_days integer) RETURNS integer LANGUAGE plpgsql
SET lock_timeout = '2s' AS $$
DECLARE
  partition text;
  dropped integer := 0;
BEGIN
  FOR partition IN
    SELECT c.relname
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_\d{4}_\d{2}$'
      AND (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC'
        < now() - make_interval(days => keep_days)
  LOOP
    EXECUTE format('DROP TABLE %I', partition);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;

SELECT events_make_partitions(3);
