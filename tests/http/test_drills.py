"""What goes wrong in the life of a service, under load: each drill counts what visitors see."""
import http.client
import os
import socket
import threading
import time
import unittest
import urllib.parse

from client import Browser, request, sql
from instance import Portal, Wire, through

ADMIN = os.environ['ADMIN_DATABASE_URL']


class Load:
    """Visitors who ask for one page over kept connections until told to stop."""

    def __init__(self, portal, cookie, visitors=16):
        self.portal, self.cookie = portal, cookie
        self.statuses = []  # (moment, status or the error's name)
        self.is_over = False
        self.threads = [threading.Thread(target=self.visit) for _ in range(visitors)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def visit(self):
        parts = urllib.parse.urlsplit(self.portal.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        while not self.is_over:
            try:
                connection.request('GET', '/dashboard', headers={'cookie': self.cookie})
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
                connection.close()
            self.statuses.append((time.monotonic(), status))
            if status != 200:
                time.sleep(0.05)  # as a person would, not as a flood

    def count(self, wanted, since=0.0):
        return sum(1 for at, status in self.statuses if at >= since and wanted(status))

    def failures(self, since=0.0):
        return self.count(lambda status: status != 200, since)


class Drills(unittest.TestCase):
    def setUp(self):
        browser = Browser()
        browser.sign_in('alice')
        self.cookie = '; '.join(f'{k}={v}' for k, v in browser.jar(browser.portal).items())

    def start(self, **settings):
        portal = Portal(**settings)
        self.addCleanup(portal.stop)
        self.assertEqual(request('GET', portal.url + '/dashboard', {'cookie': self.cookie}).status,
                         200)
        return portal

    def check_workers(self, portal):
        """No worker died, and each answers at once."""
        self.assertFalse(portal.has_lost_workers())
        for _ in range(20):
            begun = time.monotonic()
            answer = request('GET', portal.url + '/dashboard', {'cookie': self.cookie})
            self.assertEqual(answer.status, 200)
            self.assertLess(time.monotonic() - begun, 1)

    def named_url(self, name):
        url = os.environ['DATABASE_URL']
        return url + ('&' if '?' in url else '?') + f'application_name={name}'

    def test_backends_killed_at_random(self):
        name = f'drill-{os.getpid()}'
        url = self.named_url(name)
        portal = self.start(DATABASE_URL=url, DATABASE_DIRECT_URL=url)
        killed = 0
        with Load(portal, self.cookie) as load:
            end = time.monotonic() + 40
            while killed < 200 and time.monotonic() < end:
                killed += len(sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE'
                                  f" application_name = '{name}' ORDER BY random() LIMIT 4", ADMIN))
                time.sleep(0.05)
        self.assertGreaterEqual(killed, 200)
        self.assertGreater(load.count(lambda status: status == 200), 1000)
        self.assertLessEqual(load.failures(), killed)
        self.assertEqual(load.count(lambda status: status not in (200, 503)), 0,
                         'a lost answer was taken for an empty one')
        self.check_workers(portal)

    def test_the_database_goes_and_comes_back(self):
        parts = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
        wire = Wire(parts.hostname, parts.port or 5432)
        self.addCleanup(wire.cut)
        url = through(os.environ['DATABASE_URL'], wire)
        portal = self.start(DATABASE_URL=url, DATABASE_DIRECT_URL=url)
        with Load(portal, self.cookie) as load:
            time.sleep(1)
            wire.cut()
            away = time.monotonic()
            time.sleep(6)
            self.assertEqual(load.count(lambda status: status == 200, away + 0.5), 0)
            self.assertEqual(load.count(lambda status: status not in (200, 503), away), 0)
            wire.mend()
            back = time.monotonic()
            time.sleep(6)
        self.assertEqual(load.failures(back + 3), 0, 'not at full speed 3 s after its return')
        self.check_workers(portal)

    def test_visitors_who_leave(self):
        """They hang up as soon as they have asked; nothing of theirs stays behind."""
        portal = self.start(WORKERS='2')
        parts = urllib.parse.urlsplit(portal.url)
        ask = f'GET /dashboard HTTP/1.1\r\nHost: x\r\nCookie: {self.cookie}\r\n\r\n'.encode()

        def visit(times):
            for _ in range(times):
                with socket.create_connection((parts.hostname, parts.port)) as s:
                    s.sendall(ask)

        visit(500)
        time.sleep(1)
        before = self.resources(portal)
        visit(3000)
        time.sleep(1)
        after = self.resources(portal)
        self.assertLessEqual(after['files'], before['files'] + 8)
        if '/asan/' not in os.environ['PORTAL_BIN']:  # which keeps freed memory to watch over it
            self.assertLess(after['kB'], before['kB'] * 1.2 + 2000)
        self.check_workers(portal)

    @staticmethod
    def resources(portal):
        """Descriptors and private memory of the portal's workers."""
        files = kilobytes = 0
        with open(f'/proc/{portal.process.pid}/task/{portal.process.pid}/children',
                  encoding='ascii') as f:
            workers = f.read().split()
        for pid in workers:
            files += len(os.listdir(f'/proc/{pid}/fd'))
            with open(f'/proc/{pid}/status', encoding='ascii') as f:
                kilobytes += int([x for x in f if x.startswith('VmRSS')][0].split()[1])
        return {'files': files, 'kB': kilobytes}


if __name__ == '__main__':
    unittest.main()
