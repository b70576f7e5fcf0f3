"""Postgres is away: at the start, while running, and in the middle of a page."""
import contextlib
import os
import socket
import subprocess
import time
import unittest
import urllib.parse

from client import Browser, request, sql
from instance import Portal, Wire, through
from patience import wait_until


class DatabaseDown(unittest.TestCase):
    def setUp(self):
        parts = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
        self.wire = Wire(parts.hostname, parts.port or 5432)
        self.addCleanup(self.wire.cut)
        self.url = through(os.environ['DATABASE_URL'], self.wire)

    def start(self, **settings):
        portal = Portal(DATABASE_URL=self.url, DATABASE_DIRECT_URL=self.url, **settings)
        self.addCleanup(portal.stop)
        return portal

    def get(self, portal, path='/dashboard', cookie='portal=' + 'A' * 43):
        begun = time.monotonic()
        answer = request('GET', portal.url + path, {'cookie': cookie})
        self.assertLess(time.monotonic() - begun, 15, 'the answer took too long')
        return answer

    def session(self):
        """The cookie of somebody signed in: sessions live in the database, not in the process."""
        browser = Browser()
        browser.sign_in('alice')
        return '; '.join(f'{k}={v}' for k, v in browser.jar(browser.portal).items())

    def test_at_the_start(self):
        cookie = self.session()
        self.wire.cut()
        portal = self.start()
        self.assertEqual(request('GET', portal.internal + '/readyz').status, 503)
        self.assertEqual(request('GET', portal.internal + '/healthz').status, 200)
        self.assertEqual(self.get(portal, '/').status, 200, 'the front page needs no database')
        answer = self.get(portal)
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.header('retry-after'), '5')
        self.assertIn('<h1', answer.text)
        self.assertIn('no connection', portal.log())
        self.wire.mend()
        time.sleep(3)
        self.assertEqual(request('GET', portal.internal + '/readyz').status, 200)
        self.assertEqual(self.get(portal, cookie=cookie).status, 200)

    def test_while_running(self):
        cookie = self.session()
        portal = self.start()
        self.assertEqual(self.get(portal, cookie=cookie).status, 200)
        self.wire.cut()
        for _ in range(20):
            self.assertEqual(self.get(portal, cookie=cookie).status, 503)
            self.assertEqual(self.get(portal, '/').status, 200)
        self.wire.mend()
        time.sleep(3)
        for _ in range(20):
            self.assertEqual(self.get(portal, cookie=cookie).status, 200)
        self.assertNotIn('gone', portal.log(), 'a worker died')

    def test_idle_connections_that_died_cost_nothing(self):
        cookie = self.session()
        portal = self.start()
        for _ in range(10):
            self.get(portal, cookie=cookie)
        self.wire.cut()
        self.wire.mend()
        for _ in range(20):
            self.assertEqual(self.get(portal, cookie=cookie).status, 200)

    def test_a_table_that_changes_under_prepared_statements(self):
        cookie = self.session()
        portal = self.start()
        for kind in ('varchar(500)', 'text'):
            for _ in range(10):
                self.assertEqual(self.get(portal, cookie=cookie).status, 200)
            sql(f'ALTER TABLE users ALTER COLUMN name TYPE {kind}')
            for _ in range(20):
                self.assertEqual(self.get(portal, cookie=cookie).status, 200)

    def test_a_database_that_says_nothing(self):
        cookie = self.session()
        portal = self.start()
        self.assertEqual(self.get(portal, cookie=cookie).status, 200)
        self.wire.silence()
        answer = self.get(portal, cookie=cookie)
        self.assertEqual(answer.status, 503)
        self.wire.mend()
        self.wire.cut()
        self.wire.mend()
        time.sleep(3)
        self.assertEqual(self.get(portal, cookie=cookie).status, 200)

    def test_more_wait_than_the_queue_takes(self):
        """8 statements run, 500 wait; whoever comes then hears so at once, and it does not last."""
        cookie = self.session()
        portal = self.start(WORKERS='2')
        self.assertEqual(self.get(portal, cookie=cookie).status, 200)
        parts = urllib.parse.urlsplit(portal.url)
        ask = f'GET /dashboard HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n'.encode()
        with contextlib.ExitStack() as stack:
            stack.enter_context(locked('sessions'))
            for _ in range(520):
                visitor = stack.enter_context(
                    socket.create_connection((parts.hostname, parts.port)))
                visitor.sendall(ask)
            wait_until(lambda: 'no more are let in' in portal.log(), 'a full queue')
            begun = time.monotonic()
            for _ in range(5):
                answer = request('GET', portal.url + '/dashboard', {'cookie': cookie})
                self.assertEqual((answer.status, answer.header('retry-after')), (503, '5'))
            self.assertLess(time.monotonic() - begun, 5, 'they waited as long as the others')
            self.assertEqual(request('GET', portal.url + '/').status, 200)
        self.assertEqual(self.get(portal, cookie=cookie).status, 200)


@contextlib.contextmanager
def locked(table):
    """Nobody else reads the table meanwhile."""
    with subprocess.Popen(['psql', '-XqAt', os.environ['DATABASE_URL']], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        owner.stdin.write(f"BEGIN; LOCK TABLE {table}; SELECT 'locked';\n")
        owner.stdin.flush()
        assert owner.stdout.readline() == 'locked\n'
        yield
        owner.stdin.close()


if __name__ == '__main__':
    unittest.main()
