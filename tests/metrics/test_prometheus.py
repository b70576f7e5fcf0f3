"""Debian's Prometheus beside two replicas of the portal on one database: what dashboards and rules
ask for is on /metrics, is there once, and goes on when workers are killed.

Takes about a minute: figures are loaded every fifteen seconds, and Prometheus looks every two."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'http'))

# pylint: disable=wrong-import-position
from client import Browser, request
from declared import declared_names, figure_names
from instance import Portal, Postgres, Simulator, free_port
from prometheus import INTERVAL_S, Prometheus, Refused
from promql import as_prometheus, selectors
from stripe_sim import StripeSim

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The names that other people's dashboards use.
SEED = ('irc_now_mrr_cents irc_now_subscriptions_active irc_now_subscriptions_canceled_30d'
        ' irc_now_signups_7d irc_now_logins_total irc_now_conversion_rate_30d'
        ' irc_now_churn_rate_30d irc_now_retention_cohort irc_now_active_users_24h'
        ' irc_now_bouncer_active_users irc_now_messages_relayed_total').split()


class World:
    """Started once for all tests of the file."""

    postgres = sim = stripe = prometheus = public = cookie = None
    portals = []


def seed(run):
    """People of some months, of whom one pays and one does not any more; messages of a soju."""
    run('SELECT events_make_partitions(1), activity_make_partitions(1)')
    run("""
        INSERT INTO users (keycloak_sub, issuer, plan, created_at, last_login_at)
        SELECT 'seed-' || n, 'https://id.example.org', 'free', now() - n * interval '4 days', now()
        FROM generate_series(1, 20) n;
        INSERT INTO events (user_sub, event_type, created_at)
        SELECT keycloak_sub, 'login', now() FROM users;
        INSERT INTO activity_days (user_id, day, sources)
        SELECT id, (now() AT TIME ZONE 'UTC')::date - 1, 2 FROM users LIMIT 10;
        INSERT INTO soju_meters (target, value, relayed, read_at) VALUES ('', 1000, 1000, now())""")
    World.stripe.seed_prices()
    _, subscription = World.stripe.new_subscription(sub='seed-10')
    subprocess.run([os.environ['PORTAL_BIN'], 'backfill', '--days', '1'], check=True,
                   capture_output=True, env={**os.environ, **settings()})
    run(f"""
        INSERT INTO mrr_days (is_live, day, closed_at)
        SELECT false, (now() AT TIME ZONE 'UTC')::date - n, now() FROM generate_series(1, 32) n;
        INSERT INTO mrr_payers (is_live, user_id, has_paid, left_on)
        SELECT false, id, true, CASE keycloak_sub
            WHEN 'seed-11' THEN (now() AT TIME ZONE 'UTC')::date - 10 END
        FROM users WHERE keycloak_sub IN ('seed-10', 'seed-11');
        INSERT INTO mrr_stock (subscription_id, payer_id, currency, mrr)
        SELECT '{subscription["id"]}', p.id, 'eur', 900 FROM mrr_payers p WHERE left_on IS NULL;
        INSERT INTO mrr_movements (day, payer_id, currency, was_mrr, is_mrr, kind, churn_kind)
        SELECT left_on, id, 'eur', 900, 0, 'churn', 'voluntary' FROM mrr_payers
        WHERE left_on IS NOT NULL""")


def settings():
    return {'DATABASE_URL': World.postgres.url, 'DATABASE_DIRECT_URL': World.postgres.url,
            **World.stripe.env}


def replica(port=None):
    return Portal(port=port, PUBLIC_URL=f'http://127.0.0.1:{World.public}', WORKERS='2',
                  OIDC_ISSUER=World.sim.url, TXT_INTERNAL_URL=World.sim.url + '/txt',
                  PIC_INTERNAL_URL=World.sim.url + '/pics', **settings())


def setUpModule():
    World.public = free_port()
    World.postgres = Postgres()
    unittest.addModuleCleanup(World.postgres.stop, 'immediate')
    World.stripe = StripeSim()
    unittest.addModuleCleanup(World.stripe.stop)
    seed(World.postgres.psql)
    World.sim = Simulator(World.public)
    unittest.addModuleCleanup(World.sim.stop)
    for port in (World.public, None):
        World.portals.append(replica(port))
        unittest.addModuleCleanup(World.portals[-1].stop)
    World.prometheus = Prometheus(
        {'portal': [portal.internal.removeprefix('http://') for portal in World.portals]})
    unittest.addModuleCleanup(World.prometheus.stop)
    browser = Browser(World.portals[0].url)
    browser.sign_in('alice')
    World.cookie = '; '.join(f'{name}={value}' for name, value in
                             browser.jar(World.portals[0].url).items())
    for name in SEED:
        World.prometheus.wait(lambda name=name: World.prometheus.value(
            f'count(count by (instance) ({name}))') == 2, name)


def page(portal):
    return request('GET', portal.internal + '/metrics').text


def names_on(text):
    """Metrics of a page, as queries name them."""
    found = set()
    for name, kind in re.findall(r'(?m)^# TYPE (\S+) (\S+)$', text):
        suffixes = {'histogram': ('_bucket', '_sum', '_count'),
                    'summary': ('', '_sum', '_count')}.get(kind, ('',))
        found.update(name + suffix for suffix in suffixes)
    return found


def texts_for_people():
    """(file, text) of what is written of metrics."""
    for path in [*ROOT.glob('*.md'), *ROOT.glob('*/*.md'), *ROOT.glob('grafana/*/*.md'),
                 *ROOT.glob('conf/*.example'), *ROOT.glob('grafana/prometheus/*.yml')]:
        yield str(path.relative_to(ROOT)), path.read_text(encoding='utf-8')


def board_queries():
    """(dashboard, panel, query as Prometheus takes it)."""
    for path in sorted(ROOT.glob('grafana/dashboards/*.json')):
        board = json.loads(path.read_text(encoding='utf-8'))
        variables = [v['name'] for v in board['templating']['list']]
        for panel in board['panels']:
            for target in panel.get('targets', []):
                # This Prometheus has not seen five minutes yet.
                expr = target['expr'].replace(':5m]', f':{INTERVAL_S}s]')
                yield path.stem, panel['title'], as_prometheus(expr, variables)


def rule_queries():
    """('rules', name, query) of each, alerts as well."""
    for group in World.prometheus.api('rules')['groups']:
        for rule in group['rules']:
            yield 'rules', rule['name'], rule['query']


class Visitors(threading.Thread):
    """Somebody who is signed in looks at the dashboard of both replicas until it is over."""

    def __init__(self):
        super().__init__(daemon=True)
        self.is_over = threading.Event()
        self.answers = 0

    def run(self):
        while not self.is_over.wait(0.01):
            for portal in World.portals:
                try:
                    self.answers += request('GET', portal.url + '/dashboard',
                                            {'cookie': World.cookie}).status == 200
                except OSError:
                    pass  # the worker has just been killed

    def stop(self):
        self.is_over.set()
        self.join()


class Page(unittest.TestCase):
    def test_promtool_is_silent(self):
        for portal in World.portals:
            run = subprocess.run(['promtool', 'check', 'metrics'], input=page(portal), text=True,
                                 capture_output=True, check=False, timeout=60)
            self.assertEqual((run.returncode, run.stdout, run.stderr), (0, '', ''))

    def test_no_series_is_there_twice(self):
        """promtool does not look for that, nor for a family in two places."""
        for portal in World.portals:
            series, families = [], []
            for line in page(portal).splitlines():
                if line.startswith('# TYPE '):
                    families.append(line.split()[2])
                elif not line.startswith('#'):
                    series.append(line.rsplit(' ', 1)[0])
                    name = re.match(r'\w+', line)[0]
                    self.assertTrue(name.startswith(families[-1]), line)
            self.assertEqual(len(series), len(set(series)))
            self.assertEqual(len(families), len(set(families)))

    def test_prometheus_takes_all_of_it(self):
        prometheus = World.prometheus
        for portal in World.portals:
            lines = [line for line in page(portal).splitlines() if not line.startswith('#')]
            instance = portal.internal.removeprefix('http://')
            taken = prometheus.value(f'scrape_samples_scraped{{instance="{instance}"}}')
            self.assertAlmostEqual(taken, len(lines), delta=20)  # some come with these requests
        own = request('GET', prometheus.url + '/metrics').text
        for what in ('duplicate_timestamp', 'out_of_order', 'out_of_bounds'):
            self.assertIn(f'\nprometheus_target_scrapes_sample_{what}_total 0\n', own)

    def test_nothing_of_people(self):
        for portal in World.portals:
            text = page(portal)
            for word in ('alice', 'seed-', '@', 'cus_', 'sub_seed'):
                self.assertNotIn(word, text)


class Names(unittest.TestCase):
    def test_those_of_the_seed_have_one_value_over_replicas(self):
        for name in SEED:
            with self.subTest(name):
                by = ' by (cohort)' if name == 'irc_now_retention_cohort' else ''
                self.assertGreaterEqual(len(World.prometheus.query(f'max{by} ({name})')), 1)
                # Replicas load them at moments of their own, at most 15 seconds apart.
                World.prometheus.wait(lambda name=name, by=by: all(
                    value == 0 for _, value in World.prometheus.query(
                        f'max{by} ({name}) - min{by} ({name})')), f'{name} alike', 60)

    def test_they_say_what_they_should(self):
        for name, value in (('irc_now_mrr_cents', 900), ('irc_now_subscriptions_active', 1),
                            ('irc_now_subscriptions_canceled_30d', 0),
                            ('irc_now_churn_rate_30d', 0.5),
                            ('irc_now_active_users_1d', 10)):
            self.assertEqual(World.prometheus.value(f'max({name})'), value, name)
        self.assertEqual(World.prometheus.value('max by (currency) (irc_now_mrr_cents)'), 900)
        self.assertGreaterEqual(World.prometheus.value('max(irc_now_signups_7d)'), 1)
        self.assertGreaterEqual(World.prometheus.value('max(irc_now_logins_total)'), 20)

    def test_ratios_are_none_of_percents(self):
        for name, value in World.prometheus.query('{__name__=~"irc_now_.+_(ratio|cohort)"}'):
            self.assertTrue(0 <= value <= 1, name)

    def test_our_label_job_is_kept(self):
        jobs = {labels['exported_job'] for labels, _ in
                World.prometheus.query('irc_now_job_runs_total{job="portal"}')}
        self.assertIn('gauges', jobs)


# What this world has not seen: dashboard, panel, why.
NOTHING_YET = [
    ('bouncers', 'Clients', 'no bouncer was made'),
    ('bouncers', 'Clients over time', 'no bouncer was made'),
    ('bouncers', 'Age of the oldest sample', 'no bouncer was made'),
    ('bouncers', 'Steps', 'no bouncer was made'),
    ('outside', 'Runs that failed', 'none did'),
    ('outside', 'Webhooks', 'none came'),
    ('service', 'Errors by page', 'no page failed'),
    ('service', 'Errors of pages', 'no page failed'),
    ('service', 'Turned away', 'there are no limits'),
    ('service', 'Made', 'txt and pics tell it'),
    ('service', 'Refused', 'txt and pics tell it'),
    ('service', 'Time that work takes', 'txt and pics tell it')]

NOT_TOLD_YET = {  # for the same reasons
    'irc_now_bouncer_clients', 'irc_now_bouncer_sample_age_seconds', 'irc_now_bouncer_steps_total',
    'irc_now_stripe_webhooks_total', 'irc_now_rate_limited_requests_total',
    'irc_now_paste_created_total', 'irc_now_paste_refused_total', 'irc_now_paste_colouring_seconds',
    'irc_now_pic_uploaded_total', 'irc_now_pic_refused_total', 'irc_now_pic_processing_seconds'}


class Queries(unittest.TestCase):
    def test_all_of_dashboards_find_something(self):
        """A query with a label that is misspelt is valid, and finds nothing."""
        visitors = Visitors()
        visitors.start()
        self.addCleanup(visitors.stop)
        time.sleep(3 * INTERVAL_S)
        empty = set()
        for board, title, expr in board_queries():
            try:
                if not World.prometheus.query(expr):
                    empty.add((board, title))
            except Refused as error:
                self.fail(f'{board}: {title}: {expr}: {error}')
        self.assertLessEqual(empty, {(board, title) for board, title, _ in NOTHING_YET})

    def test_all_name_metrics_that_there_are(self):
        known = set().union(*(names_on(page(portal)) for portal in World.portals)) | {'up'}
        known |= {name for _, name, _ in rule_queries()}
        named = {}
        for where, title, expr in [*board_queries(), *rule_queries()]:
            for s in selectors(expr):
                self.assertTrue(s.names(), f'{where}: {title}: {expr}')
                named.update((name, f'{where}: {title}') for name in s.names())
        for where, text in texts_for_people():
            named.update((name, where) for name in re.findall(r'\birc_now_\w+', text))
        unknown = {name: where for name, where in named.items() if name not in known}
        self.assertEqual({name: where for name, where in unknown.items()
                          if re.sub('_(bucket|sum|count)$', '', name) not in NOT_TOLD_YET}, {})
        self.assertLessEqual(set(unknown), declared_names())

    def test_figures_of_the_whole_service_are_never_added_up_by_rules(self):
        figures = figure_names()
        for _, title, expr in rule_queries():
            for s in selectors(expr):
                if s.name in figures:
                    self.assertTrue(s.is_within_max(), f'{title}: {expr}')

    def test_what_takes_revenue_away_is_below_0(self):
        [expr] = [expr for _, title, expr in board_queries()
                  if title == 'Movements of MRR in 30 days']
        found = {labels['kind']: value for labels, value in World.prometheus.query(expr)}
        self.assertEqual(found, {'new': 0, 'reactivation': 0, 'expansion': 0, 'contraction': 0,
                                 'churn': -9, 'paused': 0, 'fx': 0})

    def test_rules_are_evaluated_without_an_error(self):
        """Of a group that is evaluated rarely, the queries are valid."""
        def rules():
            found = [rule for group in World.prometheus.api('rules')['groups']
                     for rule in group['rules'] if group['interval'] < 60]
            return found if all(rule['health'] != 'unknown' for rule in found) else None
        for rule in World.prometheus.wait(rules, 'an evaluation of every rule'):
            self.assertEqual((rule['health'], rule.get('lastError', '')), ('ok', ''), rule['name'])
        for group in World.prometheus.api('rules')['groups']:
            for rule in group['rules']:
                World.prometheus.query(rule['query'])

    def test_a_new_service_that_is_well_has_no_alert(self):
        """Nor one that waits for its time to come, but for a moment."""
        def alerts():
            return {rule['name'] for group in World.prometheus.api('rules')['groups']
                    for rule in group['rules'] if rule.get('state', 'inactive') != 'inactive'}
        World.prometheus.wait(lambda: not alerts(), f'an end of {alerts()}')


COUNTERS = '{__name__=~"(irc_now|process)_.+_(total|bucket|sum|count)"}'


class Killed(unittest.TestCase):
    """Workers, with SIGKILL."""

    def test_workers_that_are_killed_leave_no_trace_in_counters(self):
        prometheus, visitors = World.prometheus, Visitors()
        began = time.time()
        visitors.start()
        self.addCleanup(visitors.stop)
        starts = prometheus.value('sum(irc_now_worker_starts_total)')
        for n, portal in enumerate(World.portals, 1):
            prometheus.rest_between_scrapes()
            os.kill(self.worker(portal), signal.SIGKILL)
            prometheus.wait(lambda n=n: prometheus.value(
                'sum(irc_now_worker_starts_total)') == starts + n, 'a new worker')
        time.sleep(2 * INTERVAL_S)
        visitors.stop()
        self.assertGreater(visitors.answers, 20)
        now = time.time()
        window = f'[{int(now - began)}s]'  # what was loaded just before was in no scrape before
        self.falls_never(window, now)
        self.has_no_gap(window, now)
        self.sums_agree()

    def worker(self, portal):
        """One that answers requests; the others of the program listen to nobody."""
        return max(portal.workers())

    def falls_never(self, window, now):
        series = World.prometheus.query(COUNTERS + window, now)
        self.assertGreater(len(series), 50)
        for labels, values in series:
            self.assertEqual(values, sorted(values), labels)
        moved = [labels for labels, values in series if values[-1] > values[0]
                 and labels['__name__'] == 'irc_now_http_requests_total']
        self.assertGreaterEqual(len({labels['instance'] for labels in moved}), 2)

    def has_no_gap(self, window, now):
        """Each scrape succeeded, and what was there before is in each."""
        ups = World.prometheus.query('up' + window, now)
        self.assertEqual([values for _, values in ups if 0 in values], [])
        scrapes = {labels['instance']: len(values) for labels, values in ups}
        for name in ('irc_now_build_info', 'irc_now_logins_total'):
            for labels, values in World.prometheus.query(name + window, now):
                self.assertEqual(len(values), scrapes[labels['instance']], name)

    def sums_agree(self):
        """A histogram has counted what the counter of requests has, on each page."""
        prometheus = World.prometheus
        of_pages = '{route!~"metrics|healthz|readyz"}'

        def differences():
            return prometheus.query(
                f'sum by (instance, route) (irc_now_http_requests_total{of_pages}) !='
                ' sum by (instance, route) (irc_now_http_request_duration_seconds_count)')
        prometheus.wait(lambda: differences() == [], 'equal sums', 30)
        self.assertEqual(prometheus.query(
            'sum by (instance, route) (irc_now_http_request_duration_seconds_count) != '
            'sum by (instance, route) (irc_now_http_request_duration_seconds_bucket{le="+Inf"})'),
            [])


class Stopped(unittest.TestCase):
    """Comes last: the database is away for a moment."""

    def test_figures_stay_and_statements_fail(self):
        prometheus, visitors = World.prometheus, Visitors()
        before = {name: prometheus.value(f'max({name})') for name in self.FIGURES}
        began = time.time()
        World.postgres.stop('immediate')
        visitors.start()
        try:
            prometheus.wait(lambda: prometheus.value(
                'sum(irc_now_db_queries_total{outcome="unavailable"})'), 'a statement that fails')
            prometheus.wait(lambda: prometheus.value(
                'min by (job) (irc_now_job_lag_seconds{exported_job="gauges"}) > 0'), 'a late job')
            for name, value in before.items():
                self.assertEqual(prometheus.value(f'max({name})'), value, name)
        finally:
            visitors.stop()
            World.postgres.start()
        prometheus.wait(lambda: prometheus.value(
            'max(irc_now_job_lag_seconds{exported_job="gauges"})') == 0, 'a job in time')
        now = time.time()
        for name, value in before.items():
            for _, values in prometheus.query(f'{name}[{int(now - began)}s]', now):
                self.assertGreaterEqual(min(values), value, name)

    FIGURES = ('irc_now_accounts', 'irc_now_logins_total', 'irc_now_mrr_cents',
               'irc_now_messages_relayed_total')


if __name__ == '__main__':
    unittest.main()
