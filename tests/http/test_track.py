"""What is kept of requests by day: counted once whatever dies, errors in groups, of all services."""
import collections
import http.server
import json
import os
import re
import signal
import socket
import threading
import time
import unittest
import urllib.parse

from client import Browser, raw, request
from instance import Portal, Postgres, Simulator, Wire, free_port, through
from patience import PATIENCE_S, wait_until
from pics_service import Pics
from services import SECRET, Service
from test_kore_answers import CASES, answer_to

HIDDEN = 'hidden-word'  # stands in addresses, forms and headers, and must stand in no row
MACHINES = ('healthz', 'readyz', 'metrics')


class Forgetful(Wire):
    """Cuts the connection instead of passing on the answer to what holds the marker, `losses` times."""

    marker = b'INSERT INTO track_senders'

    def __init__(self, host, port):
        self.losses, self.lost, self.doomed = 0, 0, set()
        super().__init__(host, port)

    def pump(self, a, b):
        try:
            while data := a.recv(65536):
                if (a, b) in self.doomed:
                    self.lost += 1
                    break
                if self.marker in data and self.losses > 0:
                    self.losses -= 1
                    self.doomed.add((b, a))
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.stop, 'immediate')
        cls.port = free_port()
        cls.sim = Simulator(cls.port)
        cls.addClassCleanup(cls.sim.stop)

    def setUp(self):
        self.postgres.psql('TRUNCATE requests_daily, error_log, track_senders')

    def start(self, url=None, port=None, **settings):
        portal = Portal(**{
            'port': port, 'PUBLIC_URL': f'http://127.0.0.1:{self.port}', 'OIDC_ISSUER': self.sim.url,
            'DATABASE_URL': url or self.postgres.url,
            'DATABASE_DIRECT_URL': url or self.postgres.url, 'WORKERS': '2', **settings})
        self.addCleanup(portal.stop)
        return portal

    def wire(self, kind=Wire):
        parts = urllib.parse.urlsplit(self.postgres.url)
        wire = kind(parts.hostname, parts.port)
        self.addCleanup(wire.cut)
        return wire, through(self.postgres.url, wire)

    def requests(self, route=None, service='portal'):
        """How many there are of a route, or {(route, class): how many} without health checks."""
        rows = self.postgres.psql('SELECT route, class, sum(requests) FROM requests_daily'
                                  f" WHERE service = '{service}' GROUP BY 1, 2")
        found = {(name, int(kind)): int(n) for name, kind, n in rows if name not in MACHINES}
        if route is None:
            return found
        return sum(n for (name, _), n in found.items() if name == route)

    def errors(self, service='portal'):
        """{(route, cause, status): how many}"""
        rows = self.postgres.psql('SELECT route, cause, status, sum(errors) FROM error_log'
                                  f" WHERE service = '{service}' GROUP BY 1, 2, 3")
        return {(route, cause, int(status)): int(n) for route, cause, status, n in rows}

    def visit(self, portal, n, path='/robots.txt', **headers):
        for _ in range(n):
            answer = request('GET', portal.url + path, headers)
        return answer

    def check_sums(self):
        """What each row says of itself."""
        self.assertEqual(self.postgres.psql(
            'SELECT * FROM requests_daily WHERE requests <>'
            ' (SELECT sum(b) FROM unnest(buckets) b)'), [])


class Track(Case):
    def test_pages_and_errors(self):
        wire, url = self.wire()
        portal = self.start(url, self.port, TXT_INTERNAL_URL='', PIC_INTERNAL_URL='')
        browser = Browser(portal.url)
        browser.sign_in('alice')
        cookie = '; '.join(f'{k}={v}' for k, v in browser.jar(portal.url).items())
        before = time.time()
        self.visit(portal, 5)
        self.visit(portal, 3, f'/nothing/{HIDDEN}?q={HIDDEN}')
        self.visit(portal, 2, f'/dashboard?q={HIDDEN}')
        self.assertEqual(request('POST', portal.url + '/signout', {
            'origin': 'http://evil.example', 'cookie': cookie,
            'content-type': 'application/x-www-form-urlencoded'}, f'q={HIDDEN}'.encode()).status, 403)
        self.assertIn(b' 400 ', raw(f'GET /{HIDDEN} HTTP/1.1\r\nnothing\r\n\r\n'.encode(), portal.url))
        wire.cut()
        failed = self.visit(portal, 4, f'/dashboard?{HIDDEN}', cookie=cookie)
        self.assertEqual(failed.status, 503)
        wire.mend()
        self.assertEqual(portal.stop(), 0)
        found, errors = self.requests(), self.errors()
        self.assertEqual(found['robots', 2], 5)
        self.assertEqual(found['not_found', 4], 3)
        self.assertGreaterEqual(found['dashboard', 3], 2)
        self.assertEqual(found['dashboard', 5], 4)
        self.assertEqual(found['kore', 4], 1)
        self.assertEqual(errors['signout', 'forbidden: check_origin', 403], 1)
        self.assertEqual(errors['kore', 'Bad Request', 400], 1)
        self.assertEqual(sum(n for (route, cause, status), n in errors.items()
                             if (route, status) == ('not_found', 404)
                             and cause.startswith('not_found: ')), 3)
        self.assertEqual(errors['dashboard', 'unavailable: database', 503], 4)
        self.check_sums()
        (day, first, last, group, seen), = self.postgres.psql(
            "SELECT day = (now() AT TIME ZONE 'UTC')::date OR extract(hour FROM now()) = 0,"
            " extract(epoch FROM first_at), extract(epoch FROM last_at), request, errors"
            " FROM error_log WHERE route = 'dashboard'")
        self.assertEqual((day, seen), ('t', '4'))
        self.assertTrue(before - 2 <= float(first) <= float(last) <= time.time() + 1)
        self.assertEqual(group, failed.header('x-request-id'))
        rows = str(self.postgres.psql('SELECT * FROM error_log')
                   + self.postgres.psql('SELECT * FROM requests_daily'))
        for word in (HIDDEN, 'alice', 'evil', cookie.split('=')[1]):
            self.assertNotIn(word, rows)

    def test_files_and_what_kore_answers(self):
        """No page of ours runs for the latter; the first are the same for everybody."""
        portal = self.start()
        path = re.search(r'"(/assets/[^"]+)"', request('GET', portal.url + '/').text).group(1)
        self.assertEqual(self.visit(portal, 3, path).status, 200)
        self.assertEqual(self.visit(portal, 2, '/favicon.ico').status, 200)
        self.visit(portal, 4, '/assets/nothing.css')
        for _, data, status in CASES:
            self.assertEqual(answer_to(data, portal.url).status, status)
        self.assertEqual(portal.stop(), 0)
        found, errors = self.requests(), self.errors()
        self.assertEqual((found['asset', 2], found['favicon', 2], found['asset', 4]), (3, 2, 4))
        self.assertEqual(found['kore', 4] + found['kore', 5], len(CASES))
        self.assertEqual(collections.Counter(status for _, _, status in CASES), {
            status: n for (route, _, status), n in errors.items() if route == 'kore'})

    def test_a_storm_of_errors_is_one_group(self):
        portal = self.start()
        self.visit(portal, 400, '/nothing')
        self.assertEqual(portal.stop(), 0)
        (group, n), = self.errors().items()
        self.assertEqual((group[0], group[2], n), ('not_found', 404, 400))
        self.assertEqual(self.postgres.psql('SELECT count(*) FROM error_log'), [['1']])

    def test_it_comes_by_itself(self):
        """The job runs every minute, which the test waits for; the figure follows."""
        portal = self.start()
        end = time.monotonic() + 300
        while self.postgres.psql('SELECT count(*) FROM track_senders') == [['0']]:  # a first run
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)
        self.visit(portal, 7, '/nothing')
        while self.requests('not_found') < 7:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.5)
        self.visit(portal, 2, '/nothing')
        while 'irc_now_error_groups 1' not in request('GET', portal.internal + '/metrics').text:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.5)
        self.assertEqual(portal.stop(), 0)
        self.assertEqual(self.requests('not_found'), 9)
        self.assertEqual(self.postgres.psql(
            "SELECT count(*) FROM job_runs WHERE job = 'requests_flush'"), [['0']])

    def test_two_replicas(self):
        pair = [self.start(), self.start()]
        for portal, n in zip(pair, (11, 6)):
            self.visit(portal, n, '/nothing')
        for portal in pair:
            self.assertEqual(portal.stop(), 0)
        self.assertEqual(self.requests('not_found'), 17)
        self.assertEqual(sum(self.errors().values()), 17)
        self.assertEqual(self.postgres.psql('SELECT count(*) FROM track_senders'), [['2']])

    def test_workers_that_are_killed(self):
        """Both in turn: one answers, the other one hands over. What they had counted stays."""
        portal = self.start()
        asked = 0
        for turn in range(4):
            self.visit(portal, 10, '/nothing')
            asked += 10
            before = portal.workers()
            os.kill(before[turn % len(before)], signal.SIGKILL)
            end = time.monotonic() + PATIENCE_S
            while portal.workers() == before or len(portal.workers()) < len(before):
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)
            self.until_it_answers(portal)
        asked += 1
        self.visit(portal, 1, '/nothing')
        self.assertEqual(portal.stop(), 0)
        self.assertEqual(self.requests('not_found'), asked)

    def until_it_answers(self, portal):
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                request('GET', portal.url + '/robots.txt', timeout=2)
                return
            except OSError:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)

    def test_killed_with_all_its_workers(self):
        """What came since the last minute is lost, and nothing else goes wrong."""
        portal = self.start()
        self.visit(portal, 3, '/nothing')
        os.killpg(portal.process.pid, signal.SIGKILL)
        portal.process.wait()
        self.assertLessEqual(self.requests('not_found'), 3)
        other = self.start()
        self.visit(other, 2, '/nothing')
        self.assertEqual(other.stop(), 0)
        self.assertIn(self.requests('not_found'), (2, 3, 4, 5))

    def test_the_database_is_away_for_a_while(self):
        """The job of the start and later ones fail; all of it comes with the stop."""
        wire, url = self.wire()
        wire.cut()
        portal = self.start(url)
        self.visit(portal, 8, '/nothing')
        time.sleep(3)
        self.visit(portal, 1, '/nothing')
        self.assertEqual(self.requests(), {})
        wire.mend()
        self.assertEqual(portal.stop(), 0)
        self.assertEqual(self.requests('not_found'), 9)
        self.check_sums()

    def test_it_never_comes_back(self):
        wire, url = self.wire()
        portal = self.start(url)
        self.visit(portal, 8, '/nothing')
        wire.cut()
        self.assertEqual(portal.stop(), 0)
        self.assertRegex(portal.log(), '"area":"track".*missing in the days')

    def test_the_answer_of_the_database_is_lost(self):
        """It was taken, and nobody knows: it is sent again, and not counted again."""
        wire, url = self.wire(Forgetful)
        portal = self.start(url)
        self.visit(portal, 8, '/nothing')
        wire.losses = 1
        self.assertEqual(portal.stop(), 0)
        self.assertEqual(wire.lost, 1)
        self.assertEqual(self.requests('not_found'), 8)
        self.assertEqual(sum(self.errors().values()), 8)
        self.check_sums()


class Refusal(http.server.BaseHTTPRequestHandler):
    """A portal that does not understand the first report."""

    def do_POST(self):
        self.server.reports.append(json.loads(self.rfile.read(int(self.headers['content-length']))))
        is_first = len(self.server.reports) == 1
        body = b'{"error":"No."}' if is_first else b'{"is_new":true}'
        self.send_response(400 if is_first else 200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Services(Case):
    """txt and pics have databases of their own, and hand theirs over to the portal."""

    def service(self, role, portal):
        settings = {'PORTAL_INTERNAL_URL': portal}
        service = Pics(**settings) if role == 'pics' else Service(role, **settings)
        self.addCleanup(service.stop)
        return service

    def test_theirs_are_in_the_portals_database(self):
        portal = self.start()
        for role, n in (('txt', 4), ('pics', 2)):
            service = self.service(role, portal.internal)
            for _ in range(n):
                self.assertEqual(request('GET', service.url + f'/a/b/{HIDDEN}').status, 404)
            self.assertEqual(service.portal.stop(), 0)
            self.assertEqual(self.requests('not_found', role), n)
            self.assertEqual(sum(self.errors(role).values()), n)
        self.assertEqual(portal.stop(), 0)
        self.assertGreaterEqual(self.requests('api_requests'), 2)

    def test_without_a_portal(self):
        service = self.service('txt', f'http://127.0.0.1:{free_port()}')
        request('GET', service.url + '/nothing/here/at/all')
        self.assertEqual(service.portal.stop(), 0)
        self.assertIn('missing in the days', service.portal.log())

    def test_a_report_that_is_refused_keeps_nothing_back(self):
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Refusal)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        server.reports = []
        threading.Thread(target=server.serve_forever).start()
        service = self.service('txt', f'http://127.0.0.1:{server.server_port}')
        request('GET', service.url + '/nothing/here/at/all')
        wait_until(lambda: server.reports)
        request('GET', service.url + '/nothing/here/at/all')
        self.assertEqual(service.portal.stop(), 0)
        first, second = server.reports
        self.assertEqual((first['number'], second['number']), (1, 2))
        self.assertEqual(sum(sum(row['buckets']) for row in first['requests'] + second['requests']
                             if row['route'] == 'not_found'), 2)
        self.assertRegex(service.portal.log(), r'"area":"track".*batch 1 was refused')

    def test_told_of_no_portal(self):
        service = self.service('txt', '')
        request('GET', service.url + '/nothing/here/at/all')
        self.assertEqual(service.portal.stop(), 0)
        self.assertNotIn('"area":"track"', service.portal.log())

    SENDER = '01234567-89ab-4cde-8f01-23456789abcd'
    DAY = int(time.time()) // 86400  # old ones are forgotten

    def report(self, number=1, **changes):
        return {'sender': self.SENDER, 'service': 'txt', 'number': number, 'requests': [
            {'day': self.DAY, 'route': 'paste_show', 'class': 2, 'sum_us': 700,
             'buckets': [2] + [0] * 11}], 'errors': [
            {'day': self.DAY, 'route': 'paste_show', 'cause': 'not_found: step 1', 'status': 404,
             'errors': 2, 'first_at': self.DAY * 86400, 'last_at': self.DAY * 86400 + 1,
             'request': 'a-1'}], **changes}

    def post(self, portal, body, secret=SECRET):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return request('POST', portal.internal + '/api/requests',
                       {'authorization': f'Bearer {secret}'}, body)

    def test_a_report_is_taken_once(self):
        portal = self.start()
        for number, is_new in ((1, True), (1, False), (2, True), (1, False)):
            answer = self.post(portal, self.report(number))
            self.assertEqual((answer.status, answer.json()), (200, {'is_new': is_new}))
        self.assertEqual(self.requests('paste_show', 'txt'), 4)
        self.assertEqual(self.errors('txt'), {('paste_show', 'not_found: step 1', 404): 4})

    def test_what_is_no_report(self):
        portal = self.start()
        for body in (b'', b'x', b'[]', b'{}', b'\xff', json.dumps(self.report())[:-1].encode(),
                     self.report(service='portal'), self.report(service="'; DROP TABLE users; --"),
                     self.report(sender=''), self.report(number=0), self.report(number='1'),
                     self.report(requests=None), self.report(errors=7),
                     self.report(requests=self.report()['requests'] * 401),
                     self.report(requests=[{'day': self.DAY}])):
            with self.subTest(body=str(body)[:100]):
                answer = self.post(portal, body)
                self.assertEqual(answer.status, 400)
                self.assertIn('error', answer.json())
        self.assertEqual(self.post(portal, self.report(), secret='x').status, 401)
        self.assertEqual(self.post(portal, b' ' * 300000).status, 413)
        self.assertEqual(self.requests(None, 'txt'), {})


if __name__ == '__main__':
    unittest.main()
