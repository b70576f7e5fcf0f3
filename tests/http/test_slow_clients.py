"""Clients that say little or nothing, and clients that say too much."""
import contextlib
import os
import resource
import socket
import tempfile
import time
import unittest
import urllib.parse

from client import check_headers, request
from instance import Portal, Wire, home_with, through

HEAD = ' HTTP/1.1\r\nHost: x\r\n'
NOTHING = b''
HALF_HEAD = f'GET /{HEAD}Cookie: por'.encode()
HALF_BODY = f'POST /signout{HEAD}Content-Length: 1000\r\n\r\ncsrf='.encode()
MANY = 500


def allow_files(n):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < n:
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, hard))


class Base(unittest.TestCase):
    def start(self, limits=None, **settings):
        if limits is not None:
            folder = tempfile.TemporaryDirectory()
            self.addCleanup(folder.cleanup)
            settings['PORTAL_HOME'] = home_with(folder.name, **limits)
        # One worker for jobs, one for all connections: none that happens to be free.
        portal = Portal(WORKERS='2', **settings)
        self.addCleanup(portal.stop)
        return portal

    def open(self, portal, n, data):
        """n connections that send the data and then nothing."""
        parts = urllib.parse.urlsplit(portal.url)
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        sockets = [stack.enter_context(socket.create_connection((parts.hostname, parts.port), 30))
                   for _ in range(n)]
        for s in sockets:
            s.sendall(data)
        return sockets


class HalfOpen(Base):
    def check_others(self, portal):
        for path, status in (('/', 200), ('/nothing', 404), ('/dashboard', 303)):
            begun = time.monotonic()
            answer = request('GET', portal.url + path, timeout=30)
            self.assertEqual(answer.status, status)
            self.assertLess(time.monotonic() - begun, 8)

    def test_they_do_not_stop_the_others(self):
        """Of each kind 500, on the one worker that there is."""
        allow_files(4 * MANY)
        portal = self.start()
        for data in (NOTHING, HALF_HEAD, HALF_BODY):
            self.open(portal, MANY, data)
            self.check_others(portal)
        self.assertEqual(request('GET', portal.internal + '/readyz').status, 200)

    def test_more_than_a_worker_takes_stops_nobody_for_long(self):
        """Once the limit is reached the others wait in the backlog, no longer than the time-outs."""
        portal = self.start({'worker_max_connections': 100, 'http_keepalive_time': 1,
                             'http_header_timeout': 2, 'http_body_timeout': 2})
        for data in (NOTHING, HALF_HEAD, HALF_BODY):
            self.open(portal, 120, data)
            begun = time.monotonic()
            self.assertEqual(request('GET', portal.url + '/', timeout=60).status, 200)
            self.assertLess(time.monotonic() - begun, 30)

    def test_all_are_cut(self):
        portal = self.start({'http_header_timeout': 2, 'http_body_timeout': 2})
        begun = time.monotonic()
        sockets = self.open(portal, 100, HALF_HEAD) + self.open(portal, 100, HALF_BODY)
        for s in sockets:
            s.settimeout(30)
            self.assertTrue(s.recv(65536).startswith(b'HTTP/1.1 408 '))
        self.assertLess(time.monotonic() - begun, 30)

    def test_a_byte_now_and_then_is_no_progress(self):
        """Each byte starts Kore's idle time anew, but not the time that a head or body may take."""
        portal = self.start({'http_header_timeout': 2, 'http_body_timeout': 2})
        for start in (HALF_HEAD, HALF_BODY):
            s, = self.open(portal, 1, start)
            begun = time.monotonic()
            s.settimeout(0.3)
            got = b''
            while not got and time.monotonic() - begun < 30:
                s.sendall(b'x')
                with contextlib.suppress(TimeoutError):
                    got = s.recv(65536)
            self.assertTrue(got.startswith(b'HTTP/1.1 408 '), got[:40])


class Bodies(Base):
    def post(self, size):
        return request('POST', self.portal.url + '/signout',
                       {'content-type': 'application/x-www-form-urlencoded'},
                       b'a=' + b'x' * (size - 2))

    def test_a_form_has_a_limit(self):
        self.portal = self.start()
        for size, is_fine in ((65536, True), (65537, False), (1048576, False), (1048577, False)):
            with self.subTest(size=size):
                answer = self.post(size)
                self.assertEqual(answer.status != 413, is_fine, answer.status)
                if not is_fine:
                    check_headers(self, answer)
                    self.assertIn('<p class="notice-status">413</p>', answer.text)
        self.assertIn('which is 64 KiB', self.post(65537).text)

    def test_a_body_that_came_late_leaves_the_page_its_time(self):
        """Kore lets the clock run on: it would answer 408 in the page's place."""
        parts = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
        wire = Wire(parts.hostname, parts.port or 5432)
        self.addCleanup(wire.cut)
        url = through(os.environ['DATABASE_URL'], wire)
        portal = self.start({'http_body_timeout': 1}, DATABASE_URL=url, DATABASE_DIRECT_URL=url)
        cookie = 'portal=' + 'A' * 43
        self.assertEqual(request('GET', portal.url + '/dashboard', {'cookie': cookie}).status, 303)
        wire.silence()
        s, = self.open(portal, 1, f'POST /signout{HEAD}Cookie: {cookie}\r\n'
                                  'Content-Length: 6\r\n\r\n'.encode())
        time.sleep(0.2)
        s.sendall(b'csrf=x')
        s.settimeout(30)
        begun = time.monotonic()
        self.assertTrue(s.recv(65536).startswith(b'HTTP/1.1 503 '))
        self.assertGreater(time.monotonic() - begun, 1.5, 'the page was not slow')


if __name__ == '__main__':
    unittest.main()
