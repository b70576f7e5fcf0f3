-- The sample accounts, as the simulator signs them in, and sixty days of other people's life, so
-- that figures and graphs have something to show. :'issuer' is the provider's address. Repeats
-- itself exactly, seen from today.

-- Partitions for the past: migrations make them from this month on only. Events are kept by moments,
-- activity by days.
SELECT format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
    parent || to_char(m, '_YYYY_MM'), parent, to_char(m, 'YYYY-MM-DD') || midnight,
    to_char(m + interval '1 month', 'YYYY-MM-DD') || midnight)
  FROM generate_series(
    date_trunc('month', now() AT TIME ZONE 'UTC' - interval '61 days'),
    date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month', '1 month') m,
    (VALUES ('events', ' 00:00:00+00'), ('activity_days', '')) p (parent, midnight)
  \gexec

INSERT INTO users (keycloak_sub, issuer, email, email_verified, name, plan, created_at,
    last_login_at, first_visit_at, first_source, first_referrer, first_campaign, is_staff) VALUES
  ('alice', :'issuer', 'alice@example.org', true, 'Alice Example', 'pro', now() - interval '42 days',
    now() - interval '3 hours', now() - interval '43 days', 'fediverse', 'social.example',
    NULL, false),
  ('bob', :'issuer', 'bob@example.org', true, 'Bob Example', 'free', now() - interval '1 day',
    now() - interval '1 day', now() - interval '1 day', NULL, NULL, NULL, false),
  ('erin', :'issuer', 'erin@example.org', true, 'Erin Example', 'free', now() - interval '60 days',
    now() - interval '2 days', now() - interval '60 days', NULL, NULL, NULL, true);

INSERT INTO bouncers (user_id, name, soju_username, created_at)
  SELECT id, b.name, b.name, now() - b.age
  FROM users, (VALUES ('alice', interval '42 days'), ('alice-work', interval '9 days')) b (name, age)
  WHERE keycloak_sub = 'alice';

-- Two hundred people who are only there to be counted: they have no bouncer and cannot sign in.
-- More come on later days, and fewer at weekends.
INSERT INTO users (keycloak_sub, issuer, email, email_verified, name, plan, created_at,
    last_login_at, first_visit_at, first_source, first_referrer)
  SELECT 'sample-' || n, :'issuer', 'person' || n || '@example.org', n % 9 > 0, 'Person ' || n,
    CASE WHEN n % 6 = 0 THEN 'pro' ELSE 'free' END, came, came, came - interval '20 minutes',
    (ARRAY['search', 'fediverse', NULL, 'friend', 'blog'])[1 + n % 5],
    (ARRAY['search.example', 'social.example', NULL])[1 + n % 3]
  FROM (
    SELECT n, date_trunc('hour', now()) - interval '1 hour'
      - (60 - floor(60 * sqrt(n / 200.0)))::int * interval '1 day'
      + CASE extract(isodow FROM now()
          - (60 - floor(60 * sqrt(n / 200.0)))::int * interval '1 day')
        WHEN 6 THEN interval '-1 day' WHEN 7 THEN interval '-2 days' ELSE interval '0' END
      - (n * 37 % 600) * interval '1 minute' AS came
    FROM generate_series(1, 200) n) arrivals
  WHERE came > now() - interval '61 days' + interval '1 hour';

-- Each signs up once and comes back: every second day at first, then less and less, and a quarter
-- not at all after a fortnight.
INSERT INTO events (user_sub, event_type, created_at)
  SELECT keycloak_sub, 'signup', created_at FROM users;
INSERT INTO events (user_sub, event_type, created_at)
  SELECT keycloak_sub, 'login', at
  FROM (
    SELECT u.keycloak_sub, u.created_at + d * interval '1 day' + (u.id * 53 % 240) * interval '1 minute'
      * (d > 0)::int AS at
    FROM users u CROSS JOIN generate_series(0, 60) d
    WHERE d = 0 OR (d * 7 + u.id * 13) % (2 + d / 4 + u.id % 5) = 0 AND (u.id % 4 > 0 OR d < 14)
  ) logins
  WHERE at <= now();

-- And some take a plan a few days later.
INSERT INTO events (user_sub, event_type, metadata, created_at)
  SELECT keycloak_sub, 'plan_upgrade', '{"from": "free", "to": "pro"}',
    created_at + (2 + id % 4) * interval '1 day' FROM users
  WHERE plan = 'pro' AND created_at + (2 + id % 4) * interval '1 day' < now();

UPDATE users u SET last_login_at = l.at
  FROM (SELECT user_sub, max(created_at) AS at FROM events WHERE event_type = 'login' GROUP BY 1) l
  WHERE l.user_sub = u.keycloak_sub;

-- Signing in is being active; a third have a client of IRC that stays for days (1), and some make
-- pastes (2) or pictures (4).
INSERT INTO activity_days (day, user_id, sources)
  SELECT day, user_id, bit_or(source) FROM (
    SELECT (e.created_at AT TIME ZONE 'UTC')::date AS day, u.id AS user_id,
      8 + CASE WHEN u.id % 5 = 0 THEN 2 ELSE 0 END + CASE WHEN u.id % 7 = 0 THEN 4 ELSE 0 END AS source
    FROM events e JOIN users u ON u.keycloak_sub = e.user_sub WHERE e.event_type = 'login'
    UNION ALL
    SELECT (e.created_at AT TIME ZONE 'UTC')::date + d, u.id, 1
    FROM events e JOIN users u ON u.keycloak_sub = e.user_sub CROSS JOIN generate_series(0, 2) d
    WHERE e.event_type = 'login' AND u.id % 3 = 0) a
  WHERE day <= (now() AT TIME ZONE 'UTC')::date
  GROUP BY 1, 2;
UPDATE account_seen s SET seen_at = greatest(s.seen_at, u.last_login_at),
    client_at = CASE WHEN u.id % 3 = 0 THEN greatest(u.last_login_at,
      least(s.last_day::timestamp AT TIME ZONE 'UTC', now())) END
  FROM users u WHERE u.id = s.user_id;
