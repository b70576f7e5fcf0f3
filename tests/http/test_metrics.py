"""/metrics: exact in both formats, complete, the same whoever answers, and never going back."""
import http.client
import os
import shutil
import signal
import subprocess
import threading
import time
import unittest
import urllib.parse

import exposition
from client import INTERNAL, PORTAL, Browser, request
from instance import Portal, Wire, through
from patience import PATIENCE_S, wait_until

HEAD = '# HELP a A.\n# TYPE a gauge\n'
COUNTER = '# HELP a_total A.\n# TYPE a_total counter\n'
HISTOGRAM = '# HELP h H.\n# TYPE h histogram\n'
BUCKETS = 'h_bucket{le="0.5"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 2\n'
SUMS = 'h_sum 1.5\nh_count 2\n'

GOOD = [
    HEAD + 'a 1\n', HEAD, HEAD + 'a NaN\n', HEAD + 'a -1.5e-07\n', COUNTER + 'a_total 0\n',
    HEAD + 'a{b="c"} 1\na{b="d"} 1\n', HEAD + 'a{b="\\\\ \\" \\n é"} 1\n',
    HISTOGRAM + BUCKETS + SUMS, '# TYPE a gauge\n# HELP a A \\\\ \\n "b".\n',
    '# HELP s S.\n# TYPE s summary\ns_sum{a="b"} 1\ns_count{a="b"} 1\n',
]
BAD = [
    '', HEAD + 'a 1', HEAD + 'a 1\r\n', HEAD + '\na 1\n', HEAD + '# note\na 1\n', 'a 1\n',
    '# HELP a A.\na 1\n', '# TYPE a gauge\na 1\n', HEAD + 'a 1\na 1\n',
    HEAD + 'a{b="c",d="e"} 1\na{d="e",b="c"} 1\n', HEAD + 'a 1\n# HELP b B.\n# TYPE b gauge\na 2\n',
    HEAD + 'a 1\n# HELP b B.\n# TYPE b gauge\n' + HEAD + 'a{c="d"} 2\n', HEAD + HEAD + 'a 1\n',
    HEAD + 'a 1\n# TYPE a gauge\n', HEAD + 'b 1\n', HEAD + 'a  1\n', HEAD + 'a 1 1700000000\n',
    HEAD + 'a 0x1\n', HEAD + 'a inf\n', HEAD + 'a 1_0\n', HEAD + 'a .5\n', HEAD + 'a\n',
    HEAD + 'a{} 1\n', HEAD + 'a{b="c"}1\n', HEAD + 'a{b=c} 1\n', HEAD + 'a{b="c",} 1\n',
    HEAD + 'a{b="c",b="d"} 1\n', HEAD + 'a{__b="c"} 1\n', HEAD + 'a{1b="c"} 1\n',
    HEAD + 'a{b="\\q"} 1\n', HEAD + 'a{b="c"d"} 1\n', HEAD + 'a{b="c\n"} 1\n', HEAD + 'a{b="c\\"} 1\n',
    '# HELP a A \\q.\n# TYPE a gauge\n', '# HELP a A\\\n# TYPE a gauge\n',
    '# HELP a A.\n# TYPE a untyped\na 1\n', '# HELP a A.\n# TYPE a counter\na 1\n',
    '# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n', COUNTER + 'a_total -1\n',
    COUNTER + 'a_total NaN\n', HEAD + 'a{le="1"} 1\n', HISTOGRAM + SUMS,
    HISTOGRAM + BUCKETS + 'h_sum 1\n', HISTOGRAM + BUCKETS + 'h_count 2\n',
    HISTOGRAM + BUCKETS + 'h_sum 1\nh_count 3\n',
    HISTOGRAM + 'h_bucket{le="0.5"} 1\nh_bucket{le="1.0"} 2\n' + SUMS,
    HISTOGRAM + 'h_bucket{le="1.0"} 1\nh_bucket{le="0.5"} 1\nh_bucket{le="+Inf"} 2\n' + SUMS,
    HISTOGRAM + 'h_bucket{le="0.5"} 3\nh_bucket{le="+Inf"} 2\n' + SUMS,
    HISTOGRAM + SUMS + BUCKETS, HISTOGRAM + 'h 1\n' + BUCKETS + SUMS,
    HISTOGRAM + BUCKETS + SUMS + '# HELP h_sum S.\n# TYPE h_sum gauge\n',
    '# HELP s S.\n# TYPE s summary\ns_sum{a="b"} 1\n', HEAD.encode() + b'a{b="\xff"} 1\n',
    '# UNIT a a\n' + HEAD, '# HELP a_info A.\n# TYPE a_info info\na_info 1\n',
]
OPEN_COUNTER = '# HELP a A.\n# TYPE a counter\n'
OPEN_GOOD = [
    '# EOF\n', HEAD + 'a 1\n# EOF\n', OPEN_COUNTER + 'a_total 1\n# EOF\n',
    HISTOGRAM + BUCKETS + SUMS + '# EOF\n', '# HELP a A \\" \\\\ \\n.\n# TYPE a gauge\n# EOF\n',
    '# HELP a_bytes A.\n# TYPE a_bytes gauge\n# UNIT a_bytes bytes\n# EOF\n',
    '# HELP a A.\n# TYPE a info\na_info{b="c"} 1\n# EOF\n',
]
OPEN_BAD = [
    HEAD + 'a 1\n', HEAD + 'a 1\n# EOF', '# EOF\n# EOF\n', '# EOF\n' + HEAD, '\n# EOF\n',
    COUNTER + 'a_total 1\n# EOF\n', OPEN_COUNTER + 'a 1\n# EOF\n',
    OPEN_COUNTER + 'a_total 1\n# HELP a_total A.\n# TYPE a_total gauge\n# EOF\n',
    HISTOGRAM + BUCKETS.replace('1.0', '1') + SUMS + '# EOF\n',
    '# HELP a_bytes A.\n# TYPE a_bytes gauge\n# UNIT a_bytes seconds\n# EOF\n',
    '# HELP a A.\n# TYPE a info\na_info{b="c"} 2\n# EOF\n',
]


class Parser(unittest.TestCase):
    """The tests below believe it."""

    def test_good_and_bad(self):
        for texts, kind in ((GOOD, exposition.PLAIN), (OPEN_GOOD, exposition.OPEN)):
            for text in texts:
                with self.subTest(text):
                    exposition.parse(text, kind)
        for texts, kind in ((BAD, exposition.PLAIN), (OPEN_BAD, exposition.OPEN)):
            for text in texts:
                with self.subTest(text), self.assertRaises(exposition.Wrong):
                    exposition.parse(text, kind)

    def test_values(self):
        page = exposition.parse(HEAD + 'a{b="\\\\n\\n\\"",c=""} 1.5\n' + COUNTER + 'a_total 7\n')
        self.assertEqual(page.value('a', b='\\n\n"', c=''), 1.5)
        self.assertEqual(page.values('a'), {('\\n\n"', ''): 1.5})
        self.assertIsNone(page.value('a', b='x'))
        self.assertEqual(page.cumulative(), {('a_total', ()): 7})


def scrape(address=INTERNAL, accept=None):
    answer = request('GET', address + '/metrics', {'accept': accept} if accept else {})
    assert answer.status == 200, answer.status
    return exposition.parse(answer.body, answer.header('content-type'))


class Formats(unittest.TestCase):
    def test_which_is_asked_for(self):
        for accept, want in (
                (None, exposition.PLAIN), ('*/*', exposition.PLAIN),
                ('text/plain', exposition.PLAIN), ('application/json', exposition.PLAIN),
                ('application/openmetrics-text', exposition.OPEN),
                ('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.2',
                 exposition.OPEN),
                ('application/openmetrics-text;version=0.0.1,text/plain;q=0.3', exposition.PLAIN),
                ('application/openmetrics-text;q=0.2, text/plain;q=0.3', exposition.PLAIN),
                ('application/openmetrics-text;q=0', exposition.PLAIN),
                ('x' * 3000, exposition.PLAIN)):
            with self.subTest(accept):
                answer = request('GET', INTERNAL + '/metrics', {'accept': accept} if accept else {})
                self.assertEqual(answer.header('content-type'), want)
                exposition.parse(answer.body, want)

    def test_both_say_the_same(self):
        plain, asked = scrape(), scrape(accept='application/openmetrics-text')
        names = [{s.name for s in page.samples} for page in (plain, asked)]
        self.assertEqual(*names)
        self.assertEqual(len(plain.families), len(asked.families))
        for name, family in plain.families.items():
            other = asked.families.get(name) or asked.families.get(name.removesuffix('_total')) or \
                asked.families[name.removesuffix('_info')]
            self.assertEqual(family.help, other.help)
            self.assertIn((family.type, other.type),
                          [(t, t) for t in ('counter', 'gauge', 'histogram', 'summary')] +
                          [('gauge', 'info')])

    @unittest.skipUnless(shutil.which('promtool'), 'promtool is not installed')
    def test_promtool_has_nothing_to_say(self):
        page = request('GET', INTERNAL + '/metrics').body
        run = subprocess.run(['promtool', 'check', 'metrics'], input=page, capture_output=True,
                             check=False)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, b'', b''))

    def test_help_says_where_it_comes_from(self):
        sources = ('Counted by this replica', 'As this replica knows', 'From the database',
                   'From /proc')
        for family in scrape().families.values():
            if family.name not in ('irc_now_build_info', 'process_start_time_seconds'):
                self.assertEqual(sum(s in family.help for s in sources), 1, family.name)

    def test_no_path_and_no_name_gets_in(self):
        request('GET', PORTAL + '/secret-path-%3Cscript%3E?secret-query')
        answer = request('GET', INTERNAL + '/metrics')
        self.assertNotIn('secret', answer.text)
        self.assertGreater(exposition.parse(answer.body).value(
            'irc_now_http_requests_total', method='GET', route='not_found', code='404'), 0)


class Content(unittest.TestCase):
    """A portal of its own: what it has counted is known."""

    @classmethod
    def setUpClass(cls):
        cls.portal = Portal(WORKERS='3')

    @classmethod
    def tearDownClass(cls):
        cls.portal.stop()

    def scrape(self, **kind):
        return scrape(self.portal.internal, **kind)

    def wait_for(self, what, limit_s=PATIENCE_S):
        """The first page for which what(page) is true."""
        until = time.monotonic() + limit_s
        while not what(page := self.scrape()):
            self.assertLess(time.monotonic(), until, 'it never came')
            time.sleep(0.2)
        return page

    def test_bytes_are_those_of_bodies(self):
        def of(page, name):
            return page.value(f'irc_now_http_{name}_bytes_total', route='robots') or 0
        before = self.scrape()
        answer = request('GET', self.portal.url + '/robots.txt')
        self.assertEqual(request('HEAD', self.portal.url + '/robots.txt').status, 200)
        after = self.scrape()
        self.assertEqual(of(after, 'response') - of(before, 'response'), len(answer.body))
        self.assertEqual(of(after, 'request'), of(before, 'request'))
        labels = {'method': 'POST', 'route': 'backchannel_logout', 'code': '400'}
        answer = request('POST', self.portal.url + '/auth/backchannel',
                         {'content-type': 'application/x-www-form-urlencoded'}, b'x=' + b'y' * 500)
        self.assertEqual(answer.status, 400)
        page = self.scrape()
        self.assertEqual(page.value('irc_now_http_requests_total', **labels), 1)
        self.assertEqual(page.value('irc_now_http_request_bytes_total', route='backchannel_logout'), 502)

    def test_statements_and_connections(self):
        for _ in range(5):
            request('GET', self.portal.url + '/dashboard', {'cookie': 'portal=' + 'A' * 43})
        page = self.wait_for(lambda p: p.value(
            'irc_now_db_queries_total', pool='jobs', outcome='ok')
            and p.value('irc_now_db_connections_busy', pool='main') == 0)
        for pool in ('main', 'jobs'):
            n = page.value('irc_now_db_queries_total', pool=pool, outcome='ok')
            self.assertGreater(n, 0)
            timed = page.value('irc_now_db_query_duration_seconds_count', pool=pool)
            self.assertGreaterEqual(timed, n)
            self.assertGreater(page.value('irc_now_db_wait_seconds_count', pool=pool), 0)
            self.assertGreater(page.value('irc_now_db_connections_open', pool=pool), 0)
        # The worker of the jobs answers no pages.
        self.assertEqual(page.value('irc_now_db_connections_max', pool='main'), 2 * 8)
        self.assertIsNone(page.value('irc_now_db_connections_max', pool='replica'))

    def test_jobs(self):
        page = self.wait_for(lambda p: p.value(
            'irc_now_job_runs_total', job='gauges', outcome='ok'))
        self.assertEqual(page.value('irc_now_job_period_seconds', job='gauges'), 15)
        self.assertEqual(page.value('irc_now_job_period_seconds', job='events_retention'), 86400)
        self.assertLess(page.value('irc_now_job_lag_seconds', job='gauges'), 10)
        self.assertEqual(page.families['irc_now_job_duration_seconds'].type, 'summary')
        self.assertGreater(page.value('irc_now_job_duration_seconds_sum', job='gauges'), 0)
        self.assertLess(abs(page.value(
            'irc_now_job_last_success_timestamp_seconds', job='gauges') - time.time()), 60)

    def test_figures_come_within_a_minute(self):
        page = self.wait_for(lambda p: p.value('irc_now_bouncer_waiting_seconds') is not None)
        self.assertIn('the same on every replica',
                      page.families['irc_now_bouncer_waiting_seconds'].help)

    def test_workers(self):
        page = self.wait_for(lambda p: p.value('irc_now_workers') == 3)
        self.assertGreaterEqual(page.value('irc_now_worker_starts_total'), 3)


class Outside(unittest.TestCase):
    SERVICES = {'oidc_discovery', 'oidc_jwks', 'oidc_token', 'soju_db', 'kube', 'txt', 'pics'}

    def test_what_a_dashboard_asks_is_counted_and_timed(self):
        browser = Browser()
        browser.sign_in('alice')
        until = time.monotonic() + PATIENCE_S
        while not self.SERVICES <= {s for s, _ in scrape().values('irc_now_outside_calls_total')}:
            self.assertLess(time.monotonic(), until, 'not all were asked')
            browser.get('/dashboard')
            time.sleep(0.5)
        page = scrape()
        calls = page.values('irc_now_outside_calls_total')
        for service in self.SERVICES:
            with self.subTest(service):
                timed = page.value('irc_now_outside_call_duration_seconds_count', service=service)
                self.assertGreater(timed, 0)
                n = sum(count for (name, _), count in calls.items() if name == service)
                self.assertAlmostEqual(n, timed, delta=1)  # another one may just be counted
                good = page.value('irc_now_outside_last_success_timestamp_seconds', service=service)
                self.assertEqual(good is not None, (service, 'ok') in calls)
        for service in ('oidc_token', 'soju_db', 'kube'):
            self.assertIn((service, 'ok'), calls)


# The one that was asked is dead, perhaps in the middle of its answer.
GONE = (OSError, http.client.IncompleteRead)


class Workers(unittest.TestCase):
    """Whoever answers says the same, and one who dies takes nothing with it."""

    def setUp(self):
        self.portal = Portal(WORKERS='4')
        self.addCleanup(self.portal.stop)

    def scrape(self):
        """Over a connection of its own: any worker may take it."""
        return scrape(self.portal.internal)

    def test_whoever_answers(self):
        for _ in range(40):
            request('GET', self.portal.url + '/robots.txt')
        wanted = {('irc_now_http_requests_total',
                   (('method', 'GET'), ('route', 'robots'), ('code', '200'))): 40.0}
        for _ in range(40):
            have = self.scrape().cumulative()
            self.assertEqual({key: have.get(key) for key in wanted}, wanted)

    def page_workers(self):
        """Kore's own two are among the children."""
        def name(pid):
            with open(f'/proc/{pid}/cmdline', encoding='utf-8', errors='replace') as f:
                return f.read()
        return [pid for pid in self.portal.workers() if '[wrk ' in name(pid)]

    def test_counters_never_fall_while_workers_die(self):
        stop, falls, pages, errors = threading.Event(), [], [], []

        def watch():
            last = {}
            while not stop.is_set():
                try:
                    now = self.scrape().cumulative()
                except GONE:
                    continue
                except Exception as error:  # pylint: disable=broad-except
                    errors.append(error)
                    return
                falls.extend(key for key, value in now.items() if value < last.get(key, 0))
                falls.extend(key for key in last if key not in now)
                last = now
                pages.append(now)

        def visit():
            while not stop.is_set():
                try:
                    request('GET', self.portal.url + '/robots.txt')
                except GONE:
                    pass

        threads = [threading.Thread(target=run) for run in (watch, visit, visit)]
        for t in threads:
            t.start()
        starts = self.wait_for_starts(0)
        for n in range(4):
            victims = self.page_workers()
            self.assertTrue(victims)
            os.kill(victims[-1], signal.SIGKILL)
            starts = self.wait_for_starts(starts)
            wait_until(lambda n=n: len(pages) > 3 * (n + 1) or errors, 'more pages')
        stop.set()
        for t in threads:
            t.join()
        self.assertEqual(errors, [])
        self.assertEqual(falls, [])

    def wait_for_starts(self, more_than):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                starts = self.scrape().value('irc_now_worker_starts_total')
                if starts > more_than:
                    return starts
            except GONE:
                pass
            time.sleep(0.1)
        self.fail('no worker was started')


class DatabaseAway(unittest.TestCase):
    """What cannot be known any more is told as that, and nothing begins anew."""

    def setUp(self):
        parts = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
        self.wire = Wire(parts.hostname, parts.port or 5432)
        self.addCleanup(self.wire.cut)
        url = through(os.environ['DATABASE_URL'], self.wire)
        self.portal = Portal(DATABASE_URL=url, DATABASE_DIRECT_URL=url, WORKERS='2')
        self.addCleanup(self.portal.stop)

    def wait_for(self, what, limit_s=PATIENCE_S):
        until = time.monotonic() + limit_s
        while not what(page := scrape(self.portal.internal)):
            self.assertLess(time.monotonic(), until, 'it never came')
            time.sleep(0.2)
        return page

    def test_jobs_are_late_and_statements_fail(self):
        def lag(page):
            return page.value('irc_now_job_lag_seconds', job='bouncers') or 0
        before = self.wait_for(
            lambda p: p.value('irc_now_bouncer_waiting_seconds') is not None and lag(p) <= 1)
        self.wire.cut()
        request('GET', self.portal.url + '/dashboard', {'cookie': 'portal=' + 'A' * 43})
        page = self.wait_for(lambda p: lag(p) >= 5)
        self.assertGreater(page.value(
            'irc_now_db_queries_total', pool='main', outcome='unavailable'), 0)
        self.assertEqual(page.value('irc_now_bouncer_waiting_seconds'),
                         before.value('irc_now_bouncer_waiting_seconds'))
        for key, value in before.cumulative().items():
            self.assertGreaterEqual(page.cumulative()[key], value)
        self.wire.mend()
        self.wait_for(lambda p: lag(p) <= 1)


if __name__ == '__main__':
    unittest.main()
