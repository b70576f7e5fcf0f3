"""The filter of system calls: on in every worker, and in nobody's way.

A portal of its own runs every job once and answers every route, also while the services it needs
are broken; afterwards no worker has died. All of that whoever starts it: us, a plain user, or root
whose workers become a plain user.
"""
import os
import pwd
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import test_access
from client import Browser, control, hidden_fields, request, sql
from instance import Portal, Simulator, Wire, free_port, readable_copy, through
from patience import wait_until

WORKERS = 3
VIOLATION = 'sandbox violation'
PLAIN_USER = 'nobody'


def job_names():
    """Those of src/jobs/job_list.c that the portal does."""
    path = os.path.join(os.path.dirname(__file__), '..', '..', 'src', 'jobs', 'job_list.c')
    with open(path, encoding='utf-8') as f:
        table = f.read().split('job_list[] = {')[1]
    rows = re.findall(r'\{ "(\w+)", \{ SCHEDULE(.*?)\.run =', table, re.DOTALL)
    return {name for name, rest in rows if not re.search('TXT|PICS|CONTENT,', rest)}


def workers_of(portal):
    """Process ids of the children of the portal."""
    pid = portal.process.pid
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as f:
        return [int(child) for child in f.read().split()]


def user_of(pid):
    """(real, effective, saved, file system)"""
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        return re.search(r'^Uid:\t(.*)$', f.read(), re.M).group(1).split()


class Seccomp(unittest.TestCase):
    """As whoever runs the tests, which in CI is root."""

    workers_uid = os.geteuid()

    def start(self, **settings):
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        settings = {'WORKERS': str(WORKERS), 'OIDC_ISSUER': sim.url, **settings}
        self.portal = self.start_as(port, settings)
        self.addCleanup(self.portal.stop)

    def start_as(self, port, settings):
        return Portal(port, **settings)

    def metric(self, name, **labels):
        """The sample, None if there is none."""
        page = request('GET', self.portal.internal + '/metrics').text
        for line in page.splitlines():
            if re.match(rf'{name}[{{ ]', line) and \
                    all(f'{key}="{value}"' in line for key, value in labels.items()):
                return float(line.rsplit(' ', 1)[1])
        return None

    def jobs_done(self):
        page = request('GET', self.portal.internal + '/metrics').text
        return set(re.findall(r'^irc_now_job_runs_total\{job="(\w+)",outcome="ok"\} [1-9]', page, re.M))

    def wait_for_jobs(self, **settings):
        """Starts a portal in which each has come to a good end. One that another portal on this
        database has just done is not due here, and may be the other's every time: then anew."""
        missing = job_names()
        self.assertIn('partitions', missing)
        for _ in range(5):
            sql('DELETE FROM job_runs')
            self.start(**settings)
            until = time.monotonic() + 40
            while missing and time.monotonic() < until:
                missing -= self.jobs_done()
                time.sleep(0.5)
            if not missing:
                return
            self.check_nobody_died()
            self.portal.stop()
        self.assertFalse(missing, self.portal.log()[-3000:])

    def drive(self, browser):
        """Every address of the table of access, with every method."""
        css = re.search(r'href="(/assets/[^"]*\.css)"', browser.get('/').text).group(1)
        for row in test_access.TABLE:
            base = self.portal.internal if row.server == 'internal' else self.portal.url
            path = css if row.path is test_access.CSS else row.path
            for method in test_access.METHODS:
                body = b'a=b' if method in ('POST', 'PUT', 'PATCH') else None
                browser.send(method, base + path, body=body)

    def drive_as_everybody(self):
        self.drive(Browser(self.portal.url))
        for login in ('alice', 'erin', 'seccomp-new'):
            browser = Browser(self.portal.url)
            self.assertEqual(browser.sign_in(login).status, 200)
            self.drive(browser)
            token = dict(hidden_fields(browser.get('/dashboard').text))['csrf']
            self.assertEqual(browser.post('/signout', {'csrf': token}).status, 303)

    def check_nobody_died(self):
        self.assertNotIn(VIOLATION, self.portal.log())
        self.assertEqual(self.metric('irc_now_worker_starts_total'), WORKERS,
                         self.portal.log()[-3000:])

    def test_every_route_and_every_job(self):
        sql('DELETE FROM source_snapshots')
        self.wait_for_jobs(EVENTS_KEEP_DAYS='36500')
        self.drive_as_everybody()
        self.check_nobody_died()

    def test_while_services_are_broken(self):
        self.addCleanup(control, '/control/reset')
        wire = Wire('127.0.0.1', urllib.parse.urlsplit(os.environ['DATABASE_URL']).port)
        self.addCleanup(wire.cut)
        self.start(DATABASE_URL=through(os.environ['DATABASE_URL'], wire))
        browser = Browser(self.portal.url)
        browser.sign_in('alice')
        for mode in ('error', 'garbage', 'huge', 'truncated', 'refuse-auth', 'hang'):
            for target in ('txt', 'pics', 'kube'):
                control('/control', target=target, mode=mode)
            sql('DELETE FROM source_snapshots')
            self.assertEqual(browser.get('/dashboard').status, 200)
        wire.cut()
        self.drive(browser)
        wire.mend()
        time.sleep(2.5)  # the circuit breaker of the database
        self.drive(browser)
        self.check_nobody_died()

    def test_every_worker_has_the_filter(self):
        self.start()
        wait_until(lambda: len(workers_of(self.portal)) == WORKERS, 'all workers')  # one may answer
        for pid in workers_of(self.portal):
            self.wait_for_filter(pid)
            self.assertEqual(self.seccomp_mode(pid), 2)
            self.assertEqual(user_of(pid), [str(self.workers_uid)] * 4)

    def wait_for_filter(self, pid):
        """The others answer while one still starts; the filter comes last."""
        wait_until(lambda: self.seccomp_mode(pid) != 0, 'the filter')

    @staticmethod
    def seccomp_mode(pid):
        """As the kernel tells it: 0 none, 2 a filter."""
        with open(f'/proc/{pid}/status', encoding='ascii') as f:
            return int(re.search(r'^Seccomp:\t(\d)', f.read(), re.M).group(1))

    def test_a_violation_would_be_seen(self):
        """The kernel ends a worker by SIGSYS, and so does this."""
        self.start()
        os.kill(workers_of(self.portal)[-1], signal.SIGSYS)
        wait_until(lambda: VIOLATION in self.portal.log(), VIOLATION)
        with self.assertRaises(AssertionError):
            self.check_nobody_died()


@unittest.skipUnless(os.geteuid() == 0, 'only root can become another user')
class OfAPlainUser(Seccomp):
    """Started by a plain user, as in a container."""

    workers_uid = pwd.getpwnam(PLAIN_USER).pw_uid

    def home(self):
        folder = tempfile.TemporaryDirectory(dir='/tmp')
        self.addCleanup(folder.cleanup)
        return readable_copy(folder.name)

    def start_as(self, port, settings):
        return Portal(port, user=PLAIN_USER, **self.home(), **settings)


class OfRootWithRunAs(OfAPlainUser):
    """Started by root, with a secret that root alone can read; the workers become a plain user."""

    def start_as(self, port, settings):
        home = self.home()
        key = home['PORTAL_HOME'] + '/session-key'
        with open(os.open(key, os.O_CREAT | os.O_WRONLY, 0o400), 'w', encoding='ascii') as f:
            f.write(os.environ['SESSION_KEY'])
        portal = Portal(port, options='-fn', RUN_AS=PLAIN_USER, SESSION_KEY='',
                        SESSION_KEY_FILE=key, **home, **settings)
        self.assertEqual(user_of(portal.process.pid), ['0'] * 4)
        return portal

    def test_they_belong_to_no_group_of_root(self):
        self.start()
        for pid in workers_of(self.portal):
            self.wait_for_filter(pid)
            with open(f'/proc/{pid}/status', encoding='ascii') as f:
                groups = re.findall(r'^(Gid|Groups):\t(.*)$', f.read(), re.M)
            gid = str(pwd.getpwnam(PLAIN_USER).pw_gid)
            self.assertEqual({g for _, words in groups for g in words.split()}, {gid})


class Refused(unittest.TestCase):
    """What cannot be is told in a sentence, and nothing starts."""

    def check(self, sentence, *options, user=None, **settings):
        with tempfile.TemporaryDirectory(dir='/tmp') as name:
            # Only a plain user needs a copy of its own.
            home = readable_copy(name) if os.geteuid() == 0 else {}
            program = home.pop('PORTAL_BIN', os.environ['PORTAL_BIN'])
            run = subprocess.run(
                [program, *options], capture_output=True, text=True, timeout=20, check=False,
                user=user, cwd='/', env={**os.environ, **home, 'RUN_DIR': name, **settings})
        self.assertEqual((run.returncode, run.stderr), (1, f'portal: {sentence}.\n'))

    @unittest.skipUnless(os.geteuid() == 0, 'only root can start it as root')
    def test_by_root(self):
        self.check('root starts it, but workers should not be root: let RUN_AS name a plain user, '
                   'or start it as one with -r', '-fn')
        self.check('RUN_AS must name a user of this machine', '-fn', RUN_AS='no-such-user')
        self.check('RUN_AS must name a plain user, not root', '-fn', RUN_AS='root')

    def test_by_a_plain_user(self):
        user = PLAIN_USER if os.geteuid() == 0 else None
        self.check('only root can become another user; start it with -r', '-fn', user=user)
        self.check('only root can become another user; start it with -r', '-fn', user=user,
                   RUN_AS=PLAIN_USER)

    def test_in_a_locked_folder(self):
        self.check('serving in a locked folder is not possible; start it with -n', '-fr')


if __name__ == '__main__':
    unittest.main()
