"""The log: one line of JSON for each request and job, nothing personal, and nobody waits for it."""
import json
import os
import re
import subprocess
import threading
import time
import unittest

from client import Browser, raw, request
from instance import Portal, Simulator, Wire, free_port, through
from patience import wait_until

ID = r'^[0-9a-f]{8}-[0-9a-f]+$'
TICK = 0.5


def lines_of(text):
    """What is JSON; Kore itself writes plain text."""
    return [json.loads(line) for line in text.splitlines() if line.startswith('{')]


class Log(unittest.TestCase):
    def start(self, **settings):
        portal = Portal(**settings)
        self.addCleanup(portal.stop)
        return portal

    def requests_of(self, portal, route=None):
        return [line for line in lines_of(portal.log())
                if line['area'] == 'request' and route in (None, line['route'])]

    def test_what_kore_refuses_is_logged_too(self):
        portal = self.start()
        head = raw(b'GET / HTTP/9.9\r\nHost: x\r\n\r\n', portal.url).partition(b'\r\n\r\n')[0]
        request_id = re.search(rb'x-request-id: (\S+)', head).group(1).decode()
        line, = self.wait_for_line(portal, request_id)
        del line['time']
        self.assertEqual(line, {'level': 'info', 'area': 'request', 'request': request_id,
                                'route': 'kore', 'method': 'other', 'status': 505,
                                'duration_us': None})

    def wait_for_line(self, portal, request_id):
        return wait_until(
            lambda: [line for line in self.requests_of(portal) if line['request'] == request_id],
            lambda: f'a line of {request_id} in {portal.log()[-2000:]}')

    def test_one_line_for_each_request(self):
        portal = self.start()
        cases = [('GET', '/', 'landing', 200, None), ('HEAD', '/', 'landing', 200, None),
                 ('GET', '/dashboard', 'dashboard', 303, None),
                 ('POST', '/', 'landing', 405, 'method'),
                 ('GET', '/nothing/here', 'not_found', 404, 'not_found'),
                 ('GET', '/robots.txt', 'robots', 200, None)]
        for method, path, route, status, error in cases:
            with self.subTest(f'{method} {path}'):
                answer = request(method, portal.url + path)
                self.assertEqual(answer.status, status)
                request_id = answer.header('x-request-id')
                self.assertRegex(request_id, ID)
                line, = self.wait_for_line(portal, request_id)
                self.assertLess(line['duration_us'], 5_000_000)
                self.assertGreaterEqual(line['duration_us'], 0)
                self.assertRegex(line['time'], r'^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$')
                expected = {'level': 'info', 'area': 'request', 'request': request_id,
                            'route': route, 'method': method, 'status': status}
                if error:
                    expected['error'] = error
                for name in ('time', 'duration_us'):
                    del line[name]
                self.assertEqual(line, expected)

    def test_ids_differ_over_requests_and_workers(self):
        portal = self.start(WORKERS='3')
        ids = {request('GET', portal.url + '/').header('x-request-id') for _ in range(60)}
        self.assertEqual(len(ids), 60)

    def test_an_error_page_shows_the_id_of_its_line_and_the_cause_is_told_once(self):
        wire = Wire('127.0.0.1', int(os.environ['DATABASE_PORT']))
        portal = self.start(DATABASE_URL=through(os.environ['DATABASE_URL'], wire))
        wire.cut()
        answer = request('GET', portal.url + '/dashboard',
                         {'cookie': 'portal=' + 'A' * 43})
        self.assertEqual(answer.status, 503)
        request_id = answer.header('x-request-id')
        self.assertIn(f'<code>{request_id}</code>', answer.text)
        line, = self.wait_for_line(portal, request_id)
        self.assertEqual((line['level'], line['status'], line['error']),
                         ('error', 503, 'unavailable'))
        causes = [other for other in lines_of(portal.log())
                  if other.get('request') == request_id and other['area'] != 'request']
        self.assertEqual([cause['area'] for cause in causes], ['db'])

    def test_a_visitor_who_leaves_has_a_line_too(self):
        wire = Wire('127.0.0.1', int(os.environ['DATABASE_PORT']))
        portal = self.start(DATABASE_URL=through(os.environ['DATABASE_URL'], wire))
        self.assertEqual(request('GET', portal.internal + '/readyz').status, 200)
        wire.silence()
        with self.assertRaises(OSError):
            request('GET', portal.url + '/dashboard', {'cookie': 'portal=' + 'A' * 43}, timeout=1)
        line, = wait_until(lambda: self.requests_of(portal, 'dashboard'), 'its line')
        self.assertIsNone(line['status'])
        self.assertGreater(line['duration_us'], 200_000)
        wire.mend()

    def test_nothing_personal(self):
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        portal = self.start(port=port, OIDC_ISSUER=sim.url, LOG_LEVEL='debug')
        browser = Browser(portal.url)
        self.assertEqual(browser.sign_in('alice').status, 200)
        browser.get('/private-path?secret=word', {'referer': 'https://where.example.net/',
                                                  'user-agent': 'Agent of alice'})
        cookie = browser.jar(portal.url)['portal']
        portal.stop()
        log = '\n'.join(json.dumps(line) for line in lines_of(portal.log()))
        self.assertIn('"dashboard"', log)
        for text in ('alice', 'private-path', 'secret=', 'where.example', 'Agent of', cookie,
                     '127.0.0.1', '@example.org', '/dashboard', '?'):
            self.assertNotIn(text, log)

    def test_what_is_gathered_is_written_at_the_end(self):
        portal = self.start()
        answer = request('GET', portal.url + '/')
        portal.stop()
        self.assertIn(answer.header('x-request-id'), portal.log())

    def test_one_line_for_each_run_of_a_job(self):
        portal = self.start()
        jobs = wait_until(
            lambda: [line for line in lines_of(portal.log()) if line['area'] == 'job'],
            lambda: f'the line of a job in {portal.log()[-2000:]}')
        for line in jobs:
            self.assertRegex(line['job'], r'^[a-z_]+$')
            self.assertIn(line['outcome'], ('ok', 'skipped'))
            self.assertEqual(line['level'], 'info')
            self.assertGreaterEqual(line['duration_us'], 0)


class UnreadPortal(Portal):
    """Its standard output is a pipe that is read only when the test wants to."""

    def __init__(self, **settings):
        self.reading, self.writing = os.pipe()
        self.text = ''
        super().__init__(**settings)
        os.close(self.writing)

    def popen(self, argv, **options):
        return subprocess.Popen(argv, **{**options, 'stdout': self.writing})

    def log(self):
        return self.text

    def read(self):
        """From now on; ends with the portal."""
        def follow():
            with open(self.reading, 'rb') as f:
                for line in f:
                    self.text += line.decode()
        self.thread = threading.Thread(target=follow)
        self.thread.start()


class Unread(unittest.TestCase):
    def test_nobody_waits_for_a_log_that_is_not_read(self):
        portal = UnreadPortal(WORKERS='2')
        self.addCleanup(portal.stop)
        line_bytes, room = 130, 64 * 1024 + 256 * 1024
        slowest = 0
        for _ in range(room // line_bytes + 500):
            begun = time.monotonic()
            self.assertEqual(request('GET', portal.url + '/robots.txt').status, 200)
            slowest = max(slowest, time.monotonic() - begun)
        self.assertLess(slowest, 10)
        wait_until(lambda: re.search(r'^irc_now_log_lines_dropped_total [1-9]',
                                     request('GET', portal.internal + '/metrics').text, re.M),
                   'a line that is dropped')

        portal.read()
        time.sleep(2 * TICK)
        last = request('GET', portal.url + '/').header('x-request-id')
        time.sleep(2 * TICK)
        portal.stop()
        portal.thread.join()
        lines = lines_of(portal.text)
        self.assertIn(last, [line.get('request') for line in lines], 'it goes on')
        kept = [line for line in lines if line.get('route') == 'robots']
        self.assertGreater(len(kept), room // line_bytes // 2)
        self.assertEqual(len({line['request'] for line in kept}), len(kept), 'a line came twice')


if __name__ == '__main__':
    unittest.main()
