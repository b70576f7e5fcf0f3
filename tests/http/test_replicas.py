"""Two portals on one database: a session is everywhere, a job is done once, a source asked once.

Takes about 50 seconds, because a replica that finds a job's lock held looks again after 30.
"""
import os
import re
import signal
import subprocess
import threading
import time
import unittest
import urllib.parse

from client import Browser, control, hidden_fields, request
from instance import Portal, Postgres, Simulator, free_port
from patience import wait_until

# Under the lock of a job; `gauges` is done by every replica, and leaves no row.
JOBS = ['activity_content', 'activity_soju', 'billing_figures', 'bouncer_days_purge',
        'bouncer_health', 'bouncer_limits', 'events_retention', 'job_runs_purge', 'messages_recount',
        'mrr_days', 'outage_mail', 'partitions', 'requests_purge', 'sessions_purge', 'stripe_gaps',
        'stripe_poll', 'stripe_purge', 'stripe_reconcile', 'stripe_relink', 'user_figures']
AT_START = ['bouncer_limits', 'partitions']  # each start makes sure, whatever was done before


def cookie_line(jar):
    return '; '.join(f'{name}={value}' for name, value in jar.items())


class Replicas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.stop, 'immediate')
        cls.port = free_port()
        cls.sim = Simulator(cls.port)
        cls.addClassCleanup(cls.sim.stop)

    def replica(self, port=None):
        """All have one address for the public; only where they listen differs."""
        portal = Portal(
            port=port, PUBLIC_URL=f'http://127.0.0.1:{self.port}', OIDC_ISSUER=self.sim.url,
            DATABASE_URL=self.postgres.url, DATABASE_DIRECT_URL=self.postgres.url,
            TXT_INTERNAL_URL=self.sim.url + '/txt', PIC_INTERNAL_URL=self.sim.url + '/pics')
        self.addCleanup(portal.stop)
        return portal

    def pair(self):
        """Both start at the same moment."""
        found = []
        threads = [threading.Thread(target=lambda port=port: found.append(self.replica(port)))
                   for port in (self.port, None)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(found), 2)
        return sorted(found, key=lambda portal: not portal.url.endswith(f':{self.port}'))

    def get(self, portal, browser, path='/dashboard'):
        """With the cookies of the browser, which knows the public address only."""
        cookie = cookie_line(browser.jar(browser.portal))
        return request('GET', portal.url + path, {'cookie': cookie} if cookie else {})

    def post(self, portal, browser, path, fields):
        return request('POST', portal.url + path,
                       {'cookie': cookie_line(browser.jar(browser.portal)),
                        'content-type': 'application/x-www-form-urlencoded'},
                       urllib.parse.urlencode(fields).encode())

    def form(self, page, action):
        return dict(hidden_fields(page.text.split(f'action="{action}"')[1].split('</form>')[0]))

    # --- Sessions ---

    def test_a_session_of_one_works_on_the_other(self):
        one, other = self.pair()
        browser = Browser(one.url)
        browser.sign_in('alice')
        for _ in range(10):
            self.assertEqual(self.get(one, browser).status, 200)
            self.assertEqual(self.get(other, browser).status, 200)

    def test_signing_out_of_one_ends_it_on_the_other(self):
        for ends in (0, 1):
            pair = self.pair()
            browser = Browser(pair[0].url)
            browser.sign_in('alice')
            page = self.get(pair[1 - ends], browser)  # the form is of the other one
            answer = self.post(pair[ends], browser, '/signout', self.form(page, '/signout'))
            self.assertEqual(answer.status, 303)
            self.assertEqual(self.get(pair[1 - ends], browser).status, 303)
            self.assertEqual(self.get(pair[ends], browser).status, 303)
            for portal in pair:
                self.assertEqual(portal.stop(), 0)

    def test_ending_all_others(self):
        one, other = self.pair()
        browsers = [Browser(one.url) for _ in range(3)]
        for browser in browsers:
            browser.sign_in('bob')
        page = self.get(other, browsers[0], '/account/sessions')
        path = '/account/sessions/end-others'
        answer = self.post(other, browsers[0], path, self.form(page, path))
        self.assertEqual(answer.status, 303)
        for portal in (one, other):
            self.assertEqual(self.get(portal, browsers[0]).status, 200)
            for browser in browsers[1:]:
                self.assertEqual(self.get(portal, browser).status, 303)

    def test_signing_in_begun_on_one_ends_on_the_other(self):
        one, other = self.pair()
        for begins, ends in ((one, other), (other, one)):
            browser = Browser(one.url)
            begun = self.get(begins, browser, '/signin?return=%2Fdashboard')
            for line in begun.all_headers('set-cookie'):
                browser.keep(browser.jar(one.url), line)
            page = browser.get(begun.header('location'))
            back = browser.give_name(browser.follow(page), 'carol').header('location')
            self.assertTrue(back.startswith(one.url + '/auth/callback?'), back)
            done = self.get(ends, browser, back[len(one.url):])
            self.assertEqual((done.status, done.header('location')), (303, '/dashboard'))
            for line in done.all_headers('set-cookie'):
                browser.keep(browser.jar(one.url), line)
            self.assertEqual(self.get(begins, browser).status, 200)

    # --- Jobs ---

    def runs(self):
        rows = self.postgres.psql(
            "SELECT job, outcome, count(*) FROM job_runs WHERE started_at > now() - interval"
            " '10 minutes' GROUP BY 1, 2 ORDER BY 1, 2")
        return [(job, outcome, int(n)) for job, outcome, n in rows]

    def wait_for(self, what):
        wait_until(what, lambda: self.runs(), pause=0.1)

    def test_each_job_is_done_once(self):
        """All are due whenever two replicas start together, as if they had slept for two days."""
        for _ in range(4):
            self.postgres.psql("UPDATE job_runs SET started_at = started_at - interval '2 days',"
                               " ended_at = ended_at - interval '2 days'")
            begun, pair = time.time(), self.pair()
            self.wait_for(lambda: {job for job, *_ in self.runs()} == set(JOBS))
            time.sleep(1)  # in which the other one would begin them, too
            self.wait_for(lambda: 'running' not in {outcome for _, outcome, _ in self.runs()})
            # Those of each day are due at minutes that five divides: one may have come meanwhile.
            is_due_again = begun // 300 != time.time() // 300
            for job, outcome, n in self.runs():
                self.assertEqual(outcome, 'ok')
                self.assertIn(n, (1, 2) if job in AT_START or is_due_again else (1,), job)
            for portal in pair:
                self.assertEqual(portal.stop(), 0)

    def skipped(self, portal, job):
        page = request('GET', portal.internal + '/metrics').text
        found = re.search(rf'(?m)^irc_now_job_runs_total{{.*job="{job}",outcome="skipped".* (\d+)',
                          page)
        return found is not None

    def test_what_a_killed_replica_was_doing_the_other_does(self):
        """Its lock goes with its connection; the other one looks again after 30 s."""
        self.postgres.psql('DELETE FROM job_runs')
        with subprocess.Popen(['psql', '-X', '-q', self.postgres.url], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as psql:
            psql.stdin.write('BEGIN; LOCK TABLE logout_tokens; SELECT 1;\n')
            psql.stdin.flush()
            psql.stdout.readline()
            one = self.replica()
            self.wait_for(lambda: ('sessions_purge', 'running', 1) in self.runs())
            other = self.replica()
            self.wait_for(lambda: self.skipped(other, 'sessions_purge'))
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()
            time.sleep(0.5)
            self.assertIn(('sessions_purge', 'running', 1), self.runs())
            psql.communicate('ROLLBACK;\n')
        self.wait_for(lambda: ('sessions_purge', 'ok', 1) in self.runs())
        rows = self.postgres.psql("SELECT outcome, error FROM job_runs WHERE job ="
                                  " 'sessions_purge' ORDER BY id")
        self.assertEqual(rows, [['failed', 'interrupted'], ['ok', '']])

    def test_who_stops_begins_no_job(self):
        portal = self.replica()
        self.wait_for(lambda: {job for job, *_ in self.runs()} == set(JOBS))
        self.assertEqual(portal.stop(), 0)
        self.assertEqual([row for row in self.runs() if row[1] == 'running'], [])

    # --- Figures ---

    def figures(self, portal):
        """Those of people, with their labels."""
        page = request('GET', portal.internal + '/metrics').text
        return dict(re.findall(r'(?m)^irc_now_((?:accounts|signups|logins|active_users|'
                               r'bouncer_active|retention|conversion|cohort)\S*) (\S+)$', page))

    def test_figures_of_people_are_the_same_on_both(self):
        """Counted by one, shown by both as they are, and by one that starts anew at once."""
        one = self.replica(self.port)
        before = int(self.postgres.psql(
            "SELECT count(*) FROM events WHERE event_type = 'login'")[0][0])
        for login in ('alice', 'bob', 'bob'):
            Browser(one.url).sign_in(login)
        self.assertEqual(one.stop(), 0)
        self.postgres.psql(
            "UPDATE users SET is_banned = keycloak_sub = 'erin', created_at = now() - interval"
            " '3 days' WHERE keycloak_sub <> 'bob';"
            " UPDATE users SET created_at = now() WHERE keycloak_sub = 'bob';"
            " INSERT INTO activity_days SELECT (now() AT TIME"
            " ZONE 'UTC')::date - 2, id, 8 FROM users WHERE keycloak_sub = 'alice'; UPDATE job_runs"
            " SET started_at = started_at - interval '2 days', ended_at = ended_at - interval"
            " '2 days'")
        accounts = int(self.postgres.psql('SELECT count(*) FROM users WHERE NOT (is_staff OR'
                                          ' is_test OR is_banned)')[0][0])
        begun = time.monotonic()
        pair = self.pair()
        wanted = {'accounts': accounts, 'logins_total': before + 3, 'signups_7d': accounts - 1,
                  'signups_today': 1, 'active_users_7d': 1, 'active_users_1d': 0}
        for portal in pair:
            self.wait_for(lambda p=portal: float(self.figures(p).get('logins_total', -1))
                          >= before + 3)
        self.wait_for(lambda: self.figures(pair[0]) == self.figures(pair[1]))
        shown = self.figures(pair[0])
        self.assertEqual({name: int(float(shown[name])) for name in wanted}, wanted)
        month = [label for label in shown if label.startswith('retention_cohort{')]
        self.assertEqual(len(month), 1)
        self.assertAlmostEqual(float(shown[month[0]]), 1 / (accounts - 1))
        [(_, _, runs)] = [run for run in self.runs() if run[0] == 'user_figures']
        self.assertIn(runs, range(1, 3 + int(time.monotonic() - begun) // 60))
        third = self.replica()
        self.wait_for(lambda: self.figures(third) == shown)

    # --- Sources ---

    def test_a_source_is_asked_once(self):
        """Twelve pages at once, six of each replica, while the answer takes its time."""
        one, other = self.pair()
        browser = Browser(one.url)
        browser.sign_in('dave')
        self.addCleanup(control, '/control/reset', self.sim.url)
        for target in ('txt', 'pics'):
            control(sim=self.sim.url, target=target, mode='slow', ms=700)
        self.wait_for(lambda: self.is_quiet(browser, one, other))
        for _ in range(4):
            self.postgres.psql(
                "UPDATE source_snapshots SET tried_at = tried_at - interval '1 minute',"
                " answered_at = answered_at - interval '1 minute', refreshing_until = NULL")
            before = self.asked()
            pages = []
            threads = [threading.Thread(target=lambda p=p: pages.append(self.get(p, browser).status))
                       for p in (one, other) * 6]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            wait_until(self.nothing_is_refreshed, 'the end of the refreshes', pause=0.1)
            time.sleep(1.5)  # in which another one would ask
            self.assertEqual(pages, [200] * 12)
            self.assertEqual([new - old for old, new in zip(before, self.asked())], [1, 1])

    def nothing_is_refreshed(self):
        return self.postgres.psql(
            'SELECT count(*) FROM source_snapshots WHERE refreshing_until > now()') == [['0']]

    def is_quiet(self, browser, *portals):
        """The dashboard has been answered, and so has the job that asks txt and pics."""
        for portal in portals:
            self.get(portal, browser)
        return self.nothing_is_refreshed() and self.postgres.psql(
            "SELECT count(*) FROM source_snapshots s JOIN users u ON u.id = s.user_id AND source IN"
            " ('txt', 'pics') AND answered_at IS NOT NULL AND keycloak_sub = 'dave' UNION ALL"
            " SELECT count(*) FROM job_runs WHERE job = 'activity_content' AND outcome = 'running'"
        ) == [['2'], ['0']] and self.has_run('activity_content')

    def has_run(self, job):
        return self.postgres.psql(f"SELECT 1 FROM job_runs WHERE job = '{job}'") != []

    def asked(self):
        targets = request('GET', self.sim.url + '/control').json()['targets']
        return [targets[target]['requests'] for target in ('txt', 'pics')]


if __name__ == '__main__':
    unittest.main()
