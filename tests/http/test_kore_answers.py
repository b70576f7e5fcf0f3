"""The errors that Kore answers before any page of ours runs: they look like ours."""
import os
import re
import socket
import tempfile
import time
import unittest
import urllib.parse

from client import INTERNAL, PORTAL, Answer, check_headers, metric, raw, request
from instance import Portal, home_with

HEAD = ' HTTP/1.1\r\nHost: x\r\n'
LONG = 'a' * 2100

# What is sent, the status, and whether a body comes back.
CASES = [
    ('no host', 'GET / HTTP/1.1\r\nA: b\r\n\r\n', 400),
    ('one line', 'GET / HTTP/1.1\r\n\r\n', 400),
    ('a first line of two words', 'GET /\r\nHost: x\r\n\r\n', 400),
    ('a method of nobody', f'BREW /{HEAD}\r\n', 400),
    ('a header without a name', f'GET /{HEAD}nothing\r\n\r\n', 400),
    ('a header without a value', f'GET /{HEAD}a:\r\n\r\n', 400),
    ('a header in Latin-1', f'GET /{HEAD}a: \xe9\r\n\r\n', 400),
    ('a host without end', f'GET / HTTP/1.1\r\nHost: {LONG}\r\n\r\n', 400),
    ('a whole address', f'GET http://x/{HEAD}\r\n', 404),
    ('an asterisk', f'OPTIONS *{HEAD}\r\n', 404),
    ('a new method in old HTTP', 'PUT / HTTP/1.0\r\nHost: x\r\n\r\n', 405),
    ('a body of unknown length', f'POST /signout{HEAD}\r\n', 411),
    ('a body in chunks', f'POST /signout{HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 411),
    ('a negative length', f'POST /signout{HEAD}Content-Length: -1\r\n\r\n', 411),
    ('a large body', f'POST /signout{HEAD}Content-Length: 99999999\r\n\r\n', 413),
    ('a long address', f'GET /{LONG}{HEAD}\r\n', 414),
    ('a head beyond measure', f'GET /{HEAD}Cookie: ' + LONG * 10 + '\r\n\r\n', 431),
    ('a head without end', f'GET /{HEAD}Cookie: ' + LONG * 100, 431),
    ('HTTP of the future', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', 505),
]


class Bytes:
    """An answer as raw() gives it, for http.client's reading of it."""

    def __init__(self, data):
        self.head, _, self.body = data.partition(b'\r\n\r\n')
        lines = self.head.decode('latin-1').split('\r\n')
        self.status = int(lines[0].split()[1])
        self.pairs = [tuple(line.split(': ', 1)) for line in lines[1:]]

    def getheaders(self):
        return self.pairs


def answer_to(data, base=PORTAL, timeout=5):
    if isinstance(data, str):
        data = data.encode('latin-1')
    got = Bytes(raw(data, base, timeout))
    return Answer(got, got.body)


def connect(base):
    parts = urllib.parse.urlsplit(base)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


class Pages(unittest.TestCase):
    def check(self, answer, status, has_body=True):
        self.assertEqual(answer.status, status)
        check_headers(self, answer)
        self.assertEqual(answer.header('connection'), 'close')
        self.assertEqual(answer.header('content-type'), 'text/html; charset=utf-8')
        self.assertEqual(answer.header('cache-control'), 'no-store')
        self.assertRegex(answer.header('x-request-id'), '^[0-9a-f]{8}-[0-9a-f]+$')
        if not has_body:
            self.assertEqual(answer.body, b'')
            self.assertGreater(int(answer.header('content-length')), 1000)
            return
        self.assertEqual(int(answer.header('content-length')), len(answer.body))
        self.assertIn(f'<p class="notice-status">{status}</p>', answer.text)
        self.assertIn('href="/signin"', answer.text)
        self.assertRegex(answer.text, r'/assets/[0-9a-f]+/portal\.css')
        self.assertTrue(answer.text.rstrip().endswith('</html>'))

    def start(self, **limits):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        portal = Portal(PORTAL_HOME=home_with(folder.name, **limits), WORKERS='2')
        self.addCleanup(portal.stop)
        return portal

    def test_each_refusal(self):
        for base in (PORTAL, INTERNAL):
            for name, data, status in CASES:
                with self.subTest(name, base=base):
                    self.check(answer_to(data, base), status)
        self.assertEqual(request('GET', PORTAL + '/').status, 200)

    def test_head_has_no_body(self):
        for name, data, status in CASES:
            if data.startswith('GET '):
                with self.subTest(name):
                    self.check(answer_to('HEAD ' + data[4:], timeout=3), status, has_body=False)

    def test_each_has_its_own_words(self):
        pages = {status: answer_to(data).text for _, data, status in CASES}
        titles = {re.search('<h1>(.*)</h1>', page).group(1) for page in pages.values()}
        self.assertEqual(len(titles), len(pages), titles)

    def test_old_http_is_told_its_methods(self):
        answer = answer_to('DELETE / HTTP/1.0\r\nHost: x\r\n\r\n')
        self.assertEqual((answer.status, answer.header('allow')), (405, 'GET, HEAD, POST'))

    def test_they_are_counted(self):
        labels = {'route': 'kore', 'method': 'other', 'code': '505'}
        before = metric('irc_now_http_requests_total', **labels)
        answer_to('GET / HTTP/9.9\r\nHost: x\r\n\r\n')
        self.assertEqual(metric('irc_now_http_requests_total', **labels), before + 1)

    def test_an_answer_of_ours_with_an_empty_body_stays_as_it_is(self):
        answer = answer_to(f'GET /dashboard{HEAD}Connection: close\r\n\r\n')
        self.assertEqual((answer.status, answer.body), (303, b''))
        self.assertEqual(answer.header('connection'), 'close')

    def test_the_refusal_reaches_who_still_sends(self):
        """Closing at once would reset the connection, and with it the answer."""
        data = f'POST /signout{HEAD}Content-Length: 3000000\r\n\r\n'.encode() + b'x' * 3000000
        for _ in range(5):
            with connect(PORTAL) as s:
                s.sendall(data)
                got = Bytes(read_all(s))
            self.check(Answer(got, got.body), 413)

    def test_who_never_stops_sending_is_cut(self):
        with connect(PORTAL) as s:
            s.sendall(f'POST /{HEAD}Content-Length: 999999999\r\n\r\n'.encode())
            begun, sent = time.monotonic(), 0
            with self.assertRaises(OSError):
                while time.monotonic() - begun < 30:
                    sent += s.send(b'x' * 65536)
            self.assertLess(sent, 20_000_000)
        with connect(PORTAL) as s:
            s.sendall(b'GET / HTTP/9.9\r\nHost: x\r\n\r\n')
            begun = time.monotonic()
            with self.assertRaises(OSError):
                while time.monotonic() - begun < 30:
                    s.send(b'x')
                    time.sleep(0.05)
            self.assertLess(time.monotonic() - begun, 25)

    def test_a_slow_head(self):
        portal = self.start(http_header_timeout=2)
        for method, has_body in (('GET', True), ('HEAD', False)):
            answer = answer_to(f'{method} /{HEAD}', portal.url, timeout=30)
            self.check(answer, 408, has_body)

    def test_a_slow_body(self):
        portal = self.start(http_body_timeout=2)
        answer = answer_to(f'POST /signout{HEAD}Content-Length: 10\r\n\r\nHEAD ', portal.url, 30)
        self.check(answer, 408)

    def test_too_many_requests_at_once(self):
        portal = self.start(http_request_limit=1)
        # A worker at its limit accepts no connection, so this one must be there before.
        with connect(portal.url) as first, connect(portal.url) as second:
            time.sleep(1)
            first.sendall(f'POST /signout{HEAD}Content-Length: 10\r\n\r\nx'.encode())
            time.sleep(1)
            second.sendall(f'GET /{HEAD}\r\n'.encode())
            got = Bytes(read_all(second))
        answer = Answer(got, got.body)
        self.check(answer, 503)
        self.assertEqual(answer.header('retry-after'), '5')

    def test_no_room_for_a_body(self):
        folder = tempfile.mkdtemp()
        portal = self.start(http_body_disk_offload=10, http_body_disk_path=folder)
        os.rmdir(folder)
        data = f'POST /signout{HEAD}Content-Length: 20\r\n\r\n' + 'x' * 20
        self.check(answer_to(data, portal.url), 500)

    def test_hsts_with_https(self):
        portal = Portal(PUBLIC_URL='https://portal.example.org')
        self.addCleanup(portal.stop)
        for data in (f'GET /healthz{HEAD}\r\n', CASES[0][1]):
            self.assertEqual(answer_to(data, portal.internal).header('strict-transport-security'),
                             'max-age=31536000; includeSubDomains')


def read_all(s):
    got = b''
    while piece := s.recv(65536):
        got += piece
    return got


if __name__ == '__main__':
    unittest.main()
