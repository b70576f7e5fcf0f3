"""Start and stop of the program."""
import socket
import time
import unittest
import urllib.parse

from client import request
from instance import Portal


class Process(unittest.TestCase):
    def test_is_ready_soon_and_ends_at_once(self):
        portal = Portal()
        self.assertLess(portal.ready_after, 1)
        begun = time.monotonic()
        self.assertEqual(portal.stop(), 0)
        self.assertLess(time.monotonic() - begun, 3)

    def test_one_worker_is_enough(self):
        portal = Portal(WORKERS='1')
        self.addCleanup(portal.stop)
        for _ in range(5):
            self.assertEqual(request('GET', portal.url + '/', timeout=3).status, 200)

    def test_can_be_stopped_while_it_starts(self):
        """Kore's workers forget a signal that comes before they are up."""
        for _ in range(5):
            self.assertEqual(Portal().stop(), 0)

    def test_an_idle_connection_ends_without_an_answer(self):
        """An answer that nobody asked for would be taken for that of the next request."""
        portal = Portal()
        self.addCleanup(portal.stop)
        parts = urllib.parse.urlsplit(portal.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=25) as s:
            s.sendall(b'GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n')
            self.assertIn(b'200 OK', s.recv(65536))
            self.assertEqual(s.recv(65536), b'')

    def test_half_a_request_is_cut(self):
        portal = Portal()
        self.addCleanup(portal.stop)
        parts = urllib.parse.urlsplit(portal.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as s:
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n')
            self.assertRegex(s.recv(65536), rb'^(HTTP/1.1 408 |$)')


if __name__ == '__main__':
    unittest.main()
