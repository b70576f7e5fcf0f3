"""A real pgbouncer between the portal and its database, in each of its modes: what `portal doctor`
says of it, and that the portal does as it says."""
import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from client import Browser, request, sql
from instance import Portal, free_port
from patience import PATIENCE_S, wait_until
from test_doctor import doctor

PGBOUNCER = shutil.which('pgbouncer', path=os.environ['PATH'] + ':/usr/sbin')
DIRECT = os.environ['DATABASE_URL']
PARTS = urllib.parse.urlsplit(DIRECT)


class PgBouncer:
    """In front of the test database; ends with the test."""

    def __init__(self, mode, **more):
        self.folder = tempfile.TemporaryDirectory()
        self.port = free_port()
        folder = pathlib.Path(self.folder.name)
        settings = {
            'listen_addr': '127.0.0.1', 'listen_port': self.port, 'unix_socket_dir': '',
            'auth_type': 'scram-sha-256', 'auth_file': folder / 'users', 'pool_mode': mode,
            'logfile': folder / 'log', 'ignore_startup_parameters': 'options', **more}
        (folder / 'users').write_text(f'"{PARTS.username}" "{PARTS.password}"\n', encoding='utf-8')
        (folder / 'ini').write_text(
            f'[databases]\n* = host=127.0.0.1 port={PARTS.port}\n[pgbouncer]\n' +
            ''.join(f'{name} = {value}\n' for name, value in settings.items() if value is not None),
            encoding='utf-8')
        command, user = [PGBOUNCER, '-q', str(folder / 'ini')], None
        if os.geteuid() == 0:  # it does not run as root
            user = pwd.getpwnam('postgres')
            for path in (folder, *folder.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)
        self.process = subprocess.Popen(
            command, user=user and user.pw_uid, group=user and user.pw_gid, extra_groups=user and [],
            cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.wait()
        self.url = DIRECT.replace(f'@127.0.0.1:{PARTS.port}/', f'@127.0.0.1:{self.port}/')

    def wait(self):
        log = pathlib.Path(self.folder.name) / 'log'
        wait_until(lambda: self.process.poll() is not None or self.is_there(),
                   lambda: log.read_text(encoding='utf-8') if log.exists() else 'no log')
        assert self.process.poll() is None, log.read_text(encoding='utf-8') if log.exists() else ''

    def is_there(self):
        with contextlib.suppress(OSError), \
                socket.create_connection(('127.0.0.1', self.port), timeout=5):
            return True
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)
        self.folder.cleanup()


@unittest.skipUnless(PGBOUNCER, 'there is no pgbouncer; apt-get install pgbouncer')
class WithPgBouncer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """As doctor tells to do: the portal's own time limit does not pass a pooler."""
        cls.limit("SET statement_timeout = '2s'")
        cls.addClassCleanup(cls.limit, 'RESET statement_timeout')

    @staticmethod
    def limit(what):
        sql(f'ALTER ROLE "{PARTS.username}" {what}')

    def pooler(self, mode, **more):
        pooler = PgBouncer(mode, **more)
        self.addCleanup(pooler.stop)
        return pooler

    def doctor(self, pooler, wrong=None, **changes):
        """Its lines; all is well, or this is the one thing that is wrong."""
        text, status = doctor(**{'DATABASE_URL': pooler.url, 'DATABASE_DIRECT_URL': DIRECT,
                                 'WORKERS': '3', **changes})
        bad = [line for line in text.splitlines() if line.startswith('wrong')]
        if wrong is None:
            self.assertEqual((status, bad), (0, []), text)
        else:
            self.assertEqual((status, len(bad)), (1, 1), text)
            self.assertRegex(bad[0], wrong)
        self.assertNotIn(PARTS.password, text)
        return text

    def portal(self, pooler):
        portal = Portal(DATABASE_URL=pooler.url, DATABASE_DIRECT_URL=DIRECT, WORKERS='3')
        self.addCleanup(portal.stop)
        return portal

    def session(self):
        browser = Browser()
        browser.sign_in('alice')
        return '; '.join(f'{name}={value}' for name, value in browser.jar(browser.portal).items())

    def check_pages(self, portal, clients=8, each=25):
        """Many at once, so that statements meet every connection of the pool."""
        cookie, wrong = self.session(), []

        def visit():
            for path in ('/dashboard', '/account/sessions') * each:
                answer = request('GET', portal.url + path, {'cookie': cookie})
                if answer.status != 200:
                    wrong.append((path, answer.status))

        threads = [threading.Thread(target=visit) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [], portal.log()[-2000:])
        self.assertEqual(request('GET', portal.internal + '/readyz').status, 200)

    def check_jobs(self, portal):
        """One that takes the advisory lock ran at the start."""
        wanted = 'irc_now_job_runs_total{job="partitions",outcome="ok"} 1'
        wait_until(lambda: wanted in request('GET', portal.internal + '/metrics').text,
                   lambda: f'{wanted}: {portal.log()[-2000:]}', pause=0.1)

    def test_session_mode(self):
        pooler = self.pooler('session')
        self.assertIn('pools sessions', self.doctor(pooler))
        portal = self.portal(pooler)
        self.check_pages(portal)
        self.check_jobs(portal)
        self.assertNotIn('not prepared any more', portal.log())
        self.assertEqual(portal.log().count('"level":"error"'), 0, portal.log())

    def test_transaction_mode(self):
        pooler = self.pooler('transaction', default_pool_size=5)
        text = self.doctor(pooler)
        self.assertIn('pools transactions', text)
        portal = self.portal(pooler)
        self.check_pages(portal)
        self.check_jobs(portal)
        self.assertEqual('loses prepared' in text, 'not prepared any more' in portal.log(), text)
        self.assertEqual(portal.log().count('"level":"error"'), 0, portal.log())

    def test_transaction_mode_with_one_connection(self):
        text = self.doctor(self.pooler('transaction', default_pool_size=1))
        self.assertIn('pools transactions', text)

    def test_session_mode_all_the_way(self):
        """Jobs keep their locks there; but the limit that pages need would cut long ones."""
        pooler = self.pooler('session')
        self.doctor(pooler, 'through a pooler, too', DATABASE_DIRECT_URL=pooler.url + '?connect_timeout=3')
        portal = Portal(DATABASE_URL=pooler.url, DATABASE_DIRECT_URL=pooler.url, WORKERS='3')
        self.addCleanup(portal.stop)
        self.check_pages(portal, clients=2)
        self.check_jobs(portal)

    def test_statement_mode(self):
        text = self.doctor(self.pooler('statement'), 'pooler: it pools single statements.*'
                           'Mend: set pool_mode = transaction')
        self.assertIn('migrations are applied', text)

    def test_parameters_that_it_refuses(self):
        pooler = self.pooler('transaction', ignore_startup_parameters=None)
        self.doctor(pooler, 'no connection: .*unsupported startup parameter.*'
                    'ignore_startup_parameters = options', SOJU_DATABASE_URL='',
                    BOUNCER_PROVISIONER='none')

    def test_no_direct_way(self):
        pooler = self.pooler('transaction')
        self.doctor(pooler, 'DATABASE_DIRECT_URL is not set', DATABASE_DIRECT_URL=None)
        self.doctor(pooler, 'through a pooler, too',
                    DATABASE_DIRECT_URL=pooler.url + '?connect_timeout=3')

    def test_no_time_limit(self):
        self.limit('RESET statement_timeout')
        self.addCleanup(self.limit, "SET statement_timeout = '2s'")
        self.doctor(self.pooler('transaction'), 'pooler: statements have no time limit.*ALTER ROLE')

    def test_another_password(self):
        pooler = self.pooler('session')
        pooler.url = pooler.url.replace(PARTS.password, 'not-the-password')
        self.doctor(pooler, 'authentication failed.*check user and password', SOJU_DATABASE_URL='',
                    BOUNCER_PROVISIONER='none')


if __name__ == '__main__':
    unittest.main()
