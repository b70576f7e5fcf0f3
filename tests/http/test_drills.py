"""What goes wrong in the life of a service, under load: each drill counts what visitors see.

All together take about two minutes: Postgres is away for a whole one, and 10,000 visitors take
theirs. Under the address sanitizer (SAN=1), where each page costs several times as much, both are
shorter, and speed and memory are not measured.
"""
import contextlib
import http.client
import os
import re
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

from client import Browser, request, sql
from instance import Portal, Postgres, Simulator, Wire, free_port, through

ADMIN = os.environ['ADMIN_DATABASE_URL']
IS_SANITIZED = '/asan/' in os.environ['PORTAL_BIN']
AWAY_S = 15 if IS_SANITIZED else 60
LEAVERS = 2000 if IS_SANITIZED else 10000
MOST_BACKENDS = 2 * 8 + 3 * 8  # pgsql_conn_max of two workers with pages, task_threads of all three


class Load:
    """Visitors who ask for one page over kept connections until told to stop."""

    def __init__(self, portal, cookie, visitors=16, path='/dashboard', pause=0.0):
        self.portal, self.cookie, self.path, self.pause = portal, cookie, path, pause
        self.found = []  # (moment, seconds it took, status or the error's name, Retry-After)
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
            begun, patience = time.monotonic(), None
            try:
                connection.request('GET', self.path, headers={'cookie': self.cookie})
                answer = connection.getresponse()
                answer.read()
                status, patience = answer.status, answer.getheader('retry-after')
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
                connection.close()
            now = time.monotonic()
            self.found.append((now, now - begun, status, patience))
            # After an error as a person would, not as a flood.
            time.sleep(self.pause if status == 200 else 0.05)

    def count(self, wanted, since=0.0, until=float('inf')):
        return sum(1 for at, _, status, _ in self.found if since <= at < until and wanted(status))

    def failures(self, since=0.0):
        return self.count(lambda status: status != 200, since)

    def speed(self, since, until):
        """Pages a second."""
        return self.count(lambda status: status == 200, since, until) / (until - since)

    def times(self, since, until=float('inf')):
        """How long the answers took, quickest first."""
        return sorted(taken for at, taken, *_ in self.found if since <= at < until)


def cookie_of(browser):
    return '; '.join(f'{k}={v}' for k, v in browser.jar(browser.portal).items())


class Drills(unittest.TestCase):
    def start(self, **settings):
        portal = Portal(**settings)
        self.addCleanup(portal.stop)
        return portal

    def check_workers(self, portal, cookie):
        """No worker died, and each answers at once."""
        self.assertFalse(portal.has_lost_workers())
        for _ in range(20):
            begun = time.monotonic()
            answer = request('GET', portal.url + '/dashboard', {'cookie': cookie})
            self.assertEqual(answer.status, 200)
            self.assertLess(time.monotonic() - begun, 10)

    def own_world(self, is_direct=False, **settings):
        """A Postgres of the test's own, the wire to it, a portal, and the cookie of a member."""
        postgres = Postgres()
        self.addCleanup(postgres.stop, 'immediate')
        wire = Wire('127.0.0.1', postgres.port)
        self.addCleanup(wire.cut)
        url = postgres.url if is_direct else through(postgres.url, wire)
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        portal = self.start(port=port, OIDC_ISSUER=sim.url, DATABASE_URL=url,
                            DATABASE_DIRECT_URL=url, **settings)
        browser = Browser(portal.url)
        self.assertEqual(browser.sign_in('alice').status, 200)
        return postgres, wire, portal, cookie_of(browser)

    def test_backends_killed_at_random(self):
        name = f'drill-{os.getpid()}'
        url = os.environ['DATABASE_URL']
        url += ('&' if '?' in url else '?') + f'application_name={name}'
        browser = Browser()
        browser.sign_in('alice')
        cookie = cookie_of(browser)
        portal = self.start(DATABASE_URL=url, DATABASE_DIRECT_URL=url)
        killed = 0
        with Load(portal, cookie) as load:
            end = time.monotonic() + 180
            while killed < 200 and time.monotonic() < end:
                killed += len(sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE'
                                  f" application_name = '{name}' ORDER BY random() LIMIT 4", ADMIN))
                time.sleep(0.15 if IS_SANITIZED else 0.05)  # connecting takes longer there
        print(f'{killed} killed: {load.count(lambda status: status == 200)} answers,'
              f' {load.failures()} failures')
        self.assertGreaterEqual(killed, 200)
        self.assertGreater(load.count(lambda status: status == 200), 100 if IS_SANITIZED else 300)
        self.assertLessEqual(load.failures(), killed)
        self.assertEqual(load.count(lambda status: status not in (200, 503)), 0,
                         'a lost answer was taken for an empty one')
        self.check_workers(portal, cookie)

    def test_postgres_is_stopped_for_a_minute(self):
        postgres, _, portal, cookie = self.own_world(is_direct=True)
        with Load(portal, cookie, 12) as members, Load(portal, cookie, 2, '/', 0.02) as public:
            time.sleep(2)
            begun = time.monotonic()
            time.sleep(5)
            gone = time.monotonic()
            postgres.stop('immediate')
            away = time.monotonic()
            answer = request('GET', portal.url + '/dashboard', {'cookie': cookie})
            time.sleep(AWAY_S)
            end = time.monotonic()
            postgres.start()
            back = time.monotonic()
            before, after = members.speed(begun, gone), 0.0
            time.sleep(3)
            for _ in range(10):  # something else may keep the machine busy for a while
                since = time.monotonic()
                time.sleep(6)
                after = members.speed(since, time.monotonic())
                if IS_SANITIZED or after > before * 0.6:
                    break
        self.assertEqual(answer.status, 503)
        self.assertIn('<h1', answer.text)
        self.assertEqual(members.failures() - members.failures(gone), 0, 'failed before')
        self.assertGreater(members.count(lambda status: status == 503, away, end), AWAY_S)
        self.assertEqual(members.count(lambda status: status != 503, away + 0.1, end), 0)
        self.assertEqual(members.count(lambda status: status not in (200, 503)), 0)
        self.assertEqual({p for *_, status, p in members.found if status == 503}, {'5'})
        self.assertEqual(public.failures(), 0, 'public pages need no database')
        for name, load in (('members', members), ('public', public)):
            times = load.times(gone, back)
            print(f'{name}: {len(times)} answers while Postgres was away,'
                  f' median {times[len(times) // 2] * 1000:.1f} ms,'
                  f' 99 of 100 within {times[len(times) * 99 // 100] * 1000:.1f} ms,'
                  f' longest {times[-1] * 1000:.1f} ms')
            self.assertLess(times[len(times) * 99 // 100], 0.5)
            self.assertLess(times[-1], 2.5, 'the limit of one statement')
        self.assertEqual(members.failures(back + 3), 0, 'not back 3 s after its return')
        print(f'{before:.0f} pages a second before, {after:.0f} after its return')
        if not IS_SANITIZED:
            self.assertGreater(after, before * 0.6)
        self.check_workers(portal, cookie)

    def crowd(self, portal, cookie, postgres, visitors, at_once, stay, pause):
        """Each asks, stays for a moment, and hangs up; the most backends there were meanwhile."""
        parts = urllib.parse.urlsplit(portal.url)
        ask = f'GET /dashboard HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n'.encode()
        left = []

        def visit():
            for _ in range(visitors // at_once):
                with socket.create_connection((parts.hostname, parts.port), timeout=10) as s:
                    s.sendall(ask)
                    time.sleep(stay)
                left.append(1)
                time.sleep(pause)

        threads = [threading.Thread(target=visit) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        peak = 0
        while any(thread.is_alive() for thread in threads):
            peak = max(peak, self.backends(postgres))
            time.sleep(0.2)
        self.assertEqual(len(left), visitors)
        return peak

    def leavers(self, visitors, delay=0.0, is_locked=False, **crowd):
        """Lets them come and go; what there is of everything before and after, and the rest."""
        postgres, wire, portal, cookie = self.own_world(WORKERS='3')
        self.assertEqual(len(portal.workers()), 3)
        wire.delay = delay
        if not is_locked:  # there they break off the preparation of statements as well
            with Load(portal, cookie, 32):  # as many connections as there will ever be
                time.sleep(2)
        found = []
        for n in (visitors // 10, visitors):
            with (self.lock(postgres) if is_locked else contextlib.nullcontext()):
                begun = time.monotonic(), self.answered(portal), self.queries(postgres)
                peak = self.crowd(portal, cookie, postgres, n, **crowd)
                taken = time.monotonic() - begun[0]
            time.sleep(3)  # what is under way comes to its end
            found.append((self.resources(portal), self.backends(postgres)))
        answered = self.answered(portal) - begun[1]
        queries = self.queries(postgres) - begun[2]
        wire.delay = 0.0
        self.check_workers(portal, cookie)
        print(f'{visitors} left within {taken:.0f} s, {queries} had been asked for,'
              f' {answered:.0f} were answered; {peak} backends at most;'
              f' before {found[0]}, after {found[1]}')
        self.assertLess(answered, visitors / 20, 'they stayed to the end')
        self.assertNotIn('not prepared any more', portal.log())
        self.assertLessEqual(peak, MOST_BACKENDS)
        return found, queries

    def check_nothing_stays(self, found):
        before, after = found
        # A worker that had little to do so far may still open what it keeps for good: eight
        # connections, and for each of eight threads one and two channels.
        self.assertLessEqual(after[1], before[1] + 16)
        for old, new in zip(before[0], after[0]):
            self.assertLessEqual(new['files'], old['files'] + 32)
            if not IS_SANITIZED:  # which keeps freed memory to watch over it
                self.assertLess(new['kB'], old['kB'] + 3000)

    def test_visitors_who_leave_amid_their_query(self):
        """The way to the database is slow; nothing of theirs stays behind."""
        # Not more at once than one worker has connections: nobody waits for one.
        found, queries = self.leavers(LEAVERS, delay=0.005, at_once=8, stay=0.003, pause=0.012)
        self.check_nothing_stays(found)
        self.assertGreater(queries, LEAVERS * 0.8, 'they left before their query')

    def test_visitors_who_leave_while_nothing_is_answered(self):
        """Postgres does not notice that its client has gone: no connection may be made instead."""
        found, _ = self.leavers(2000, is_locked=True, at_once=20, stay=0.02, pause=0.0)
        self.check_nothing_stays(found)

    @staticmethod
    def answered(portal):
        """Dashboards that were answered, well or not."""
        page = request('GET', portal.internal + '/metrics').text
        return sum(float(x) for x in re.findall(
            r'(?m)^irc_now_http_requests_total\{.*route="dashboard".* ([0-9.e+]+)$', page))

    @staticmethod
    def queries(postgres):
        """Transactions so far; each statement of a page is one."""
        return int(postgres.psql('SELECT xact_commit FROM pg_stat_database WHERE datname ='
                                 " 'accounts'", postgres.admin_url)[0][0])

    @staticmethod
    def backends(postgres):
        return int(postgres.psql('SELECT count(*) FROM pg_stat_activity WHERE datname = '
                                 "'accounts' AND application_name = 'portal'",
                                 postgres.admin_url)[0][0])

    @contextlib.contextmanager
    def lock(self, postgres):
        """No query that looks for a session goes on meanwhile."""
        with subprocess.Popen(['psql', '-X', '-q', postgres.url], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as psql:
            psql.stdin.write('BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE; SELECT 1;\n')
            psql.stdin.flush()
            psql.stdout.readline()
            yield
            psql.communicate('ROLLBACK;\n')

    @staticmethod
    def resources(portal):
        """Descriptors and memory of each worker."""
        found = []
        for pid in portal.workers():
            with open(f'/proc/{pid}/status', encoding='ascii') as f:
                kilobytes = int(re.search(r'VmRSS:\s*(\d+)', f.read()).group(1))
            found.append({'files': len(os.listdir(f'/proc/{pid}/fd')), 'kB': kilobytes})
        return found


if __name__ == '__main__':
    unittest.main()
