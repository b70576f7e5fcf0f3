"""The figures of people: made every minute, they must not cost more when the history grows."""
import os
import pathlib
import statistics
import time
import urllib.parse

from stack import ROOT, Failed, admin, shell

ACCOUNTS = 100_000
SIZES = (10**6, 10**7)
TURNS = 5
JOB_MAX_MS, GROWTH_MAX = 100, 1.3
FIRST = '0010_user_figures.sql'  # comes when the history is there already

# Accounts of three years, of which a hundredth counts in no figure, and twenty days of each on which
# it was here. Foreign keys are true here, and checking them would take most of the time.
PARTITIONS = """
DO $$ DECLARE m date; e date; BEGIN
  FOR m IN SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC')
    - interval '37 months', date_trunc('month', now() AT TIME ZONE 'UTC'), '1 month') LOOP
    e := m + interval '1 month';
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
      'events_' || to_char(m, 'YYYY_MM'), m || ' 00:00:00+00', e || ' 00:00:00+00');
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF activity_days FOR VALUES FROM (%L)'
      || ' TO (%L)', 'activity_days_' || to_char(m, 'YYYY_MM'), m, e);
  END LOOP;
END $$;
"""
ACCOUNTS_SQL = f"""
SET session_replication_role = replica;
INSERT INTO users (keycloak_sub, issuer, created_at, last_login_at, is_staff, is_test, is_banned)
  SELECT 'bench-' || n, 'bench', at, at, n % 1000 = 1, n % 1000 = 2, n % 125 = 3
  FROM generate_series(1, {ACCOUNTS}) n, LATERAL (SELECT now()
    - (1 - sqrt(n / {ACCOUNTS}.0)) * interval '1095 days' AS at) a;
INSERT INTO activity_days (day, user_id, sources)
  SELECT DISTINCT (created_at + (now() - created_at) * power(random(), 1 + id % 3))::date, id, 8
  FROM users, generate_series(1, 20) ORDER BY 1, 2;
"""
# Mostly logins, spread over the life of each account; in order of time, as they come.
EVENTS = """
SET session_replication_role = replica; SET work_mem = '256MB'; SET maintenance_work_mem = '512MB';
DROP INDEX idx_events_user, idx_events_type_created;
INSERT INTO events (user_sub, event_type, metadata, created_at)
  SELECT keycloak_sub, CASE WHEN n = 1 THEN 'signup' WHEN n % 50 = 7 THEN 'bouncer_create'
      WHEN n % 50 = 8 THEN 'bouncer_delete' WHEN n % 100 = 9 AND id % 20 = 0 THEN 'plan_upgrade'
      ELSE 'login' END, '{{}}',
    created_at + (now() - created_at) * CASE WHEN n = 1 THEN 0 ELSE random() END AS at
  FROM users, generate_series(1, {each}) n ORDER BY at;
CREATE INDEX idx_events_type_created ON events (event_type, created_at);
CREATE INDEX idx_events_user ON events (user_sub, created_at);
"""
COUNTED = 'NOT (u.is_staff OR u.is_test OR u.is_banned)'
TODAY = "(now() AT TIME ZONE 'UTC')::date"
EVENTS_OF = f'FROM events e JOIN users u ON u.keycloak_sub = e.user_sub WHERE {COUNTED}'
DAY = "(e.created_at AT TIME ZONE 'UTC')::date"
SIGNED_UP = "(u.created_at AT TIME ZONE 'UTC')::date"


def signups(first, last):
    return (f'SELECT count(*) FROM users u WHERE {COUNTED} AND {SIGNED_UP} >= {TODAY} - {first}'
            f' AND {SIGNED_UP} < {TODAY} - {last}')


def active(days):
    return ('SELECT count(DISTINCT u.id) FROM activity_days a JOIN users u ON u.id = a.user_id'
            f' WHERE {COUNTED} AND a.day >= {TODAY} - {days} AND a.day < {TODAY}')


# The same by plain queries, as one would write them for a dashboard.
PLAIN = {
    'accounts': f'SELECT count(*) FROM users u WHERE {COUNTED}',
    'signups_7d': signups(7, 0),
    'signups_30d': signups(30, 0),
    'cohort_conversion_signups': signups(60, 30),
    'logins_total': f"SELECT count(*) {EVENTS_OF} AND e.event_type = 'login'",
    'active_users_1d': active(1),
    'active_users_7d': active(7),
    'active_users_30d': active(30),
    'conversion_upgraded_30d': f'SELECT count(DISTINCT u.id) {EVENTS_OF} AND {DAY} >= {TODAY} - 30'
                               f" AND {DAY} < {TODAY} AND e.event_type = 'plan_upgrade'",
    'retention_cohort_active':
        "SELECT to_char(u.created_at AT TIME ZONE 'UTC', 'YYYY-MM'), count(*) FROM users u WHERE"
        f' {COUNTED} AND {SIGNED_UP} < {TODAY} AND {SIGNED_UP} >= date_trunc(\'month\','
        f" {TODAY}::timestamp) - interval '23 months' AND EXISTS (SELECT FROM activity_days a"
        f' WHERE a.user_id = u.id AND a.day >= {TODAY} - 30 AND a.day < {TODAY}) GROUP BY 1',
}
# And what charts ask: how many of what on each day.
DAYS = f'SELECT e.event_type, {DAY}, count(*) {EVENTS_OF} GROUP BY 1, 2'


def timed(events, statement):
    begun = time.monotonic()
    found = admin(statement, name_of(events))
    return found, (time.monotonic() - begun) * 1000


def migrations(url, wanted):
    """Those whose names are true of it, each in one transaction; seconds of each."""
    seconds = {}
    for file in sorted(pathlib.Path(ROOT, 'migrations/accounts').glob('*.sql')):
        if wanted(file.name):
            begun = time.monotonic()
            shell('psql', '-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-f', str(file), url)
            seconds[file.name] = time.monotonic() - begun
    return seconds


def build(user, events):
    """A database with the history, and the seconds that the migration over it took."""
    name, url = name_of(events), url_of(events)
    drop(events)
    admin(f'CREATE DATABASE {name} OWNER {user} TEMPLATE template0')
    migrations(url, lambda file: file < FIRST)
    shell('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', url, input=PARTITIONS)
    shell('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', owner_url(events),
          input=ACCOUNTS_SQL + EVENTS.format(each=events // ACCOUNTS))
    admin('VACUUM ANALYZE', name)
    admin('CHECKPOINT')  # what follows does not wait for the disk
    seconds = migrations(url, lambda file: file >= FIRST)[FIRST]
    admin('VACUUM ANALYZE', name)
    admin('CHECKPOINT')
    return seconds


def name_of(events):
    return f'bench_figures_{events}'


def owner_url(events):
    return os.environ['ADMIN_DATABASE_URL'].rpartition('/')[0] + '/' + name_of(events)


def url_of(events):
    return urllib.parse.urlsplit(os.environ['DATABASE_URL'])._replace(
        path='/' + name_of(events)).geturl()


def drop(events):
    admin(f'DROP DATABASE IF EXISTS {name_of(events)} WITH (FORCE)')


def job(url):
    """Milliseconds of the rounds but the first, whose pages come from the disk; and the figures."""
    lines = shell(str(ROOT / 'build/fast/bench/figures'), url).splitlines()
    figures = {}
    for line in lines[1:]:
        name, label, value = line.split('|')
        figures.setdefault(name, {})[label] = float(value)
    return [float(ms) for ms in lines[0].split()][1:], figures


def plain(events, figures):
    """Milliseconds of all plain queries; Failed if they do not say what the job has found."""
    total = 0
    for name, statement in PLAIN.items():
        found, ms = timed(events, statement)
        total += ms
        wanted = {row[0] if len(row) > 1 else '': float(row[-1]) for row in found}
        got = {label: n for label, n in figures[name].items() if n or label in wanted}
        # A counter does not follow who was banned since.
        if got != wanted and not (name == 'logins_total' and got[''] >= wanted['']):
            raise Failed(f'{name}: the job has found {got}, a plain query {wanted}')
    return total


def measure(report):
    shell('make', '-s', 'bench-tools', 'FAST=1')
    user = urllib.parse.urlsplit(os.environ['DATABASE_URL']).username
    try:
        migrated_s = {events: build(user, events) for events in SIZES}
        rounds, figures = in_turns()
        for events in SIZES:
            tell(report, events, migrated_s[events], rounds[events], figures[events])
    finally:
        for events in SIZES:
            drop(events)
    growth = statistics.median(rounds[SIZES[-1]]) / statistics.median(rounds[SIZES[0]])
    report(f'  {SIZES[-1]:,} : {SIZES[0]:,} events', f'{growth:.2f} ×', f'≤ {GROWTH_MAX} ×',
           growth <= GROWTH_MAX)


def in_turns():
    """Rounds of each history, and its latest figures; what slows the machine slows all of them."""
    rounds, figures = {events: [] for events in SIZES}, {}
    for _ in range(TURNS):
        for events in SIZES:
            more, figures[events] = job(url_of(events))
            rounds[events] += more
    return rounds, figures


def tell(report, events, migrated_s, rounds, figures):
    median = statistics.median(rounds)
    report(f'figures of people, {ACCOUNTS:,} accounts, {events:,} events',
           f'{median:.1f} ms ({min(rounds):.1f}–{max(rounds):.1f})',
           f'< {JOB_MAX_MS} ms', median < JOB_MAX_MS)
    report('  the same by plain queries', f'{plain(events, figures):,.0f} ms')
    report('  events by day, by a plain query', f'{timed(events, DAYS)[1]:,.0f} ms')
    report('  the migration over them', f'{migrated_s:.1f} s')
