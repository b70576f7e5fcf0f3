"""Several statements at once for one page, and a streaming replica that takes some of them."""
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from client import Browser, request, sql
from instance import Portal, Wire, free_port, through
from patience import wait_until

ADMIN = os.environ['ADMIN_DATABASE_URL']
PG_BIN = '/usr/lib/postgresql/15/bin'
PAGE = '/account/sessions'
NAMED = os.environ['DATABASE_URL'] + '?application_name=replica'


class Watch(Wire):
    """Counts how many connections wait for an answer at the same moment; answers dawdle."""

    def __init__(self, host, port):
        self.waiting, self.most, self.lock = set(), 0, threading.Lock()
        super().__init__(host, port)

    def see(self, a, b):
        if (a, b) in self.pairs:
            with self.lock:
                self.waiting.add(a)
                self.most = max(self.most, len(self.waiting))
        else:
            time.sleep(0.1)
            with self.lock:
                self.waiting.discard(b)


class Replica:
    """A streaming replica of the tests' Postgres."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='portal-replica-', dir='/tmp')
        self.data, self.port = f'{self.folder}/data', free_port()
        if os.geteuid() == 0:
            shutil.chown(self.folder, 'postgres', 'postgres')
        self.run('pg_basebackup', '-d', ADMIN, '-D', self.data, '-R', '-X', 'stream',
                 '-c', 'fast', '--no-sync')

    def run(self, program, *arguments):
        """PostgreSQL refuses to be run by root."""
        user = (['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--']
                if os.geteuid() == 0 else [])
        subprocess.run([*user, f'{PG_BIN}/{program}', *arguments], check=True, cwd='/',
                       stdout=subprocess.DEVNULL, timeout=60)

    def url(self, url):
        return through(url, self)

    def start(self):
        if not os.path.exists(f'{self.data}/postmaster.pid'):
            self.run('pg_ctl', '-s', '-w', '-D', self.data, '-l', f'{self.folder}/log', '-o',
                     f"-p {self.port} -k ''", 'start')

    def stop(self):
        if os.path.exists(f'{self.data}/postmaster.pid'):
            self.run('pg_ctl', '-s', '-w', '-D', self.data, '-m', 'immediate', 'stop')

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)


class Pages(unittest.TestCase):
    def setUp(self):
        browser = Browser()
        browser.sign_in('alice')
        self.cookie = '; '.join(f'{k}={v}' for k, v in browser.jar(browser.portal).items())

    def start(self, **settings):
        portal = Portal(WORKERS='2', **settings)
        self.addCleanup(portal.stop)
        return portal

    def get(self, portal):
        begun = time.monotonic()
        answer = request('GET', portal.url + PAGE, {'cookie': self.cookie})
        self.assertEqual(answer.status, 200)
        self.assertIn('<li>Signed in ', answer.text)
        return time.monotonic() - begun

    def wire(self, url, kind=Wire):
        parts = urllib.parse.urlsplit(url)
        wire = kind(parts.hostname, parts.port)
        self.addCleanup(wire.cut)
        return wire


class AtOnce(Pages):
    def test_a_page_asks_for_two_lists_at_once(self):
        wire = self.wire(os.environ['DATABASE_URL'], Watch)
        portal = self.start(DATABASE_URL=through(os.environ['DATABASE_URL'], wire),
                            DATABASE_DIRECT_URL=os.environ['DATABASE_URL'])  # jobs pass it by
        self.get(portal)
        wait_until(lambda: not wire.waiting, 'the end of what the first page asked')
        wire.most = 0
        self.get(portal)
        self.assertEqual(wire.most, 2)


class ReplicaTest(Pages):
    @classmethod
    def setUpClass(cls):
        cls.replica = Replica()
        cls.addClassCleanup(cls.replica.remove)

    def setUp(self):
        super().setUp()
        self.replica.start()
        self.catch_up()
        self.url = self.replica.url(NAMED)

    def catch_up(self):
        at = sql('SELECT pg_current_wal_lsn()', ADMIN)[0][0]
        wait_until(lambda: sql(f"SELECT pg_last_wal_replay_lsn() >= '{at}'",
                               self.replica.url(ADMIN)) == [['t']], 'the replica catches up')

    def asked(self, words, database):
        """Whether a connection of the portal there has sent such a statement last."""
        return sql("SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'replica'"
                   f" AND query LIKE '%{words}%'", database) == [['t']]

    def test_it_answers_what_may_be_old_and_nothing_else(self):
        portal = self.start(DATABASE_URL=NAMED, DATABASE_REPLICA_URL=self.url)
        self.get(portal)
        there = self.replica.url(ADMIN)
        self.assertTrue(self.asked('event_type, metadata', there))
        self.assertFalse(self.asked('event_type, metadata', ADMIN))
        self.assertTrue(self.asked('ORDER BY token_hash', ADMIN))
        self.assertFalse(self.asked('ORDER BY token_hash', there))

    def test_without_it_the_main_database_answers(self):
        portal = self.start(DATABASE_REPLICA_URL=self.url)
        self.get(portal)
        self.replica.stop()
        for _ in range(5):
            self.get(portal)
        self.assertEqual(portal.log().count('no connection (replica)'), 1, 'the breaker is shut')
        self.assertEqual(request('GET', portal.internal + '/readyz').status, 200)

    def test_it_may_fall_silent(self):
        wire = self.wire(self.url)
        portal = self.start(DATABASE_REPLICA_URL=through(self.url, wire))
        self.get(portal)
        wire.silence()
        self.get(portal)
        # The quickest of some, as the machine may be busy with something else.
        self.assertLess(min(self.get(portal) for _ in range(5)), 1,
                        'only one visitor waits for it')
