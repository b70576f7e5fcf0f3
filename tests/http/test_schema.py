"""A portal whose database was not migrated, or not far enough: what people and the log are told, and
that it goes on by itself."""
import os
import re
import subprocess
import time
import unittest
import urllib.parse

from client import INTERNAL, Browser, check_headers, request, sql
from instance import Portal
from patience import wait_until
from stripe_events import SECRET, event, post

SENTENCE = 'This site is being set up or brought up to date'
HINT = 'run portal migrate'
ADMIN = os.environ['ADMIN_DATABASE_URL']


class Schema(unittest.TestCase):
    def empty_database(self):
        """The address of one of the portal's own, which goes with the test."""
        sql('DROP DATABASE IF EXISTS not_yet WITH (FORCE)', ADMIN)
        sql('CREATE DATABASE not_yet OWNER portal', ADMIN)
        self.addCleanup(sql, 'DROP DATABASE not_yet WITH (FORCE)', ADMIN)
        return urllib.parse.urlsplit(os.environ['DATABASE_URL'])._replace(path='/not_yet').geturl()

    @staticmethod
    def migrate(url):
        subprocess.run([os.environ['PORTAL_BIN'], 'migrate'], check=True, capture_output=True,
                       env={**os.environ, 'DATABASE_URL': url, 'DATABASE_DIRECT_URL': url})

    def wait_for(self, portal, status):
        """Until /readyz says so; its answer."""
        def ready():
            answer = request('GET', portal.internal + '/readyz')
            return answer if answer.status == status else None

        return wait_until(ready, lambda: f'{status}: {portal.log()[-2000:]}')

    def check_closed(self, portal, cookie):
        """Pages that need the database say so; others go on."""
        for path in ('/dashboard', '/account/sessions', '/signin'):
            answer = request('GET', portal.url + path, {'cookie': cookie})
            self.assertEqual(answer.status, 503, path)
            self.assertEqual(answer.header('retry-after'), '5')
            self.assertIn(SENTENCE, answer.text)
            self.assertNotIn('migrat', answer.text)
            check_headers(self, answer)
        answer = request('POST', portal.url + '/signout', {'cookie': cookie})
        self.assertEqual(answer.status, 503)
        for path, status in (('/', 200), ('/robots.txt', 200), ('/nothing', 404)):
            answer = request('GET', portal.url + path, {'cookie': cookie})
            self.assertEqual(answer.status, status, path)
            self.assertNotIn(SENTENCE, answer.text)
        self.assertEqual(request('GET', portal.internal + '/healthz').status, 200)

    def check_log(self, log, missing):
        """One line says what to do; none is written for each request but its own."""
        lines = [line for line in log.splitlines() if HINT in line]
        self.assertEqual(len(lines), 1, log)
        self.assertRegex(lines[0], f'"level":"error".*{missing}')
        self.assertEqual(re.findall('.*(?:statement failed|does not exist).*', log), [])

    def test_before_the_first_migration(self):
        url, cookie = self.empty_database(), 'portal=' + 'A' * 43
        portal = Portal(DATABASE_URL=url, DATABASE_DIRECT_URL=url)
        self.addCleanup(portal.stop)
        self.assertIn(HINT, self.wait_for(portal, 503).text)
        for _ in range(20):
            self.check_closed(portal, cookie)
        time.sleep(2.5)  # it looks every second
        self.check_log(portal.log(), 'no migration is applied')
        begun = len(portal.log())
        self.migrate(url)
        self.wait_for(portal, 200)
        self.assertEqual(request('GET', portal.url + '/signin').status, 303)
        answer = request('GET', portal.url + '/dashboard', {'cookie': cookie})
        self.assertEqual((answer.status, answer.header('location')),
                         (303, '/signin?return=%2Fdashboard'))
        log = portal.log()[begun:]
        self.assertRegex(log, r'all \d+ migrations are applied')
        self.assertNotIn(HINT, log)

    def test_jobs_begin_afterwards(self):
        url = self.empty_database()
        portal = Portal(DATABASE_URL=url, DATABASE_DIRECT_URL=url)
        self.addCleanup(portal.stop)
        self.wait_for(portal, 503)
        self.assertNotIn('irc_now_job_runs_total{', self.metrics(portal))
        self.migrate(url)
        wanted = 'irc_now_job_runs_total{job="partitions",outcome="ok"} 1'
        wait_until(lambda: wanted in self.metrics(portal), lambda: portal.log()[-2000:])

    def test_a_webhook_before_the_first_migration(self):
        """Stripe is told that it was not kept, and so are the figures; once it can be, it is."""
        url, e = self.empty_database(), event()
        portal = Portal(DATABASE_URL=url, DATABASE_DIRECT_URL=url, STRIPE_WEBHOOK_SECRET=SECRET,
                        STRIPE_SECRET_KEY='sk_test_0123456789abcdef')
        self.addCleanup(portal.stop)
        self.wait_for(portal, 503)
        answer = post(portal.url, e)
        self.assertEqual((answer.status, answer.text.strip()),
                         (500, 'The event could not be kept.'))
        self.assertIn('irc_now_stripe_webhooks_total{result="not_stored"} 1', self.metrics(portal))
        self.migrate(url)
        self.wait_for(portal, 200)
        self.assertEqual(post(portal.url, e).status, 200)
        self.assertEqual(sql('SELECT id FROM stripe_events', url), [[e['id']]])

    @staticmethod
    def metrics(portal):
        return request('GET', portal.internal + '/metrics').text

    def test_a_migration_that_is_missing(self):
        """Found at the start, and by /readyz while it runs, as after a backup was put back."""
        browser = Browser()
        browser.sign_in('alice')
        cookie = '; '.join(f'{k}={v}' for k, v in browser.jar(browser.portal).items())
        name, sha = sql('SELECT name, sha256 FROM schema_migrations ORDER BY name DESC LIMIT 1')[0]
        put_back = ('INSERT INTO schema_migrations (name, sha256) VALUES'
                    f" ('{name}', '{sha}') ON CONFLICT DO NOTHING")
        # The portal of the other tests looks at it every second as well.
        self.addCleanup(wait_until, lambda: request('GET', INTERNAL + '/readyz').status == 200,
                        'the portal of all tests')
        self.addCleanup(sql, put_back)
        portal = Portal()
        self.addCleanup(portal.stop)
        self.wait_for(portal, 200)
        self.assertEqual(request('GET', portal.url + '/dashboard', {'cookie': cookie}).status, 200)
        sql(f"DELETE FROM schema_migrations WHERE name = '{name}'")
        self.assertIn(HINT, self.wait_for(portal, 503).text)
        self.check_closed(portal, cookie)
        time.sleep(2.2)
        self.check_log(portal.log(), f'migration {name} is missing')
        other = Portal()
        self.addCleanup(other.stop)
        self.wait_for(other, 503)
        self.check_closed(other, cookie)
        sql(put_back)
        for one in (portal, other):
            self.wait_for(one, 200)
            answer = request('GET', one.url + '/dashboard', {'cookie': cookie})
            self.assertEqual(answer.status, 200)

    def test_a_newer_database(self):
        """Replicas of the old version go on while the new one takes over."""
        sql("INSERT INTO schema_migrations (name, sha256) VALUES ('9999_later.sql', 'x')")
        self.addCleanup(sql, "DELETE FROM schema_migrations WHERE name = '9999_later.sql'")
        portal = Portal()
        self.addCleanup(portal.stop)
        self.wait_for(portal, 200)
        self.assertEqual(request('GET', portal.url + '/signin').status, 303)
        wait_until(lambda: 'migrations that this version does not know: 1' in portal.log(),
                   portal.log)

    def test_a_migration_that_was_changed(self):
        """All is there, so the site stays open; the log says it once."""
        name, sha = sql('SELECT name, sha256 FROM schema_migrations ORDER BY name LIMIT 1')[0]
        sql(f"UPDATE schema_migrations SET sha256 = 'x' WHERE name = '{name}'")
        self.addCleanup(
            sql, f"UPDATE schema_migrations SET sha256 = '{sha}' WHERE name = '{name}'")
        portal = Portal()
        self.addCleanup(portal.stop)
        self.wait_for(portal, 200)
        self.assertEqual(request('GET', portal.url + '/signin').status, 303)
        wait_until(lambda: f'{name} was changed' in portal.log(), portal.log)
        time.sleep(1.2)  # in which it looks again
        self.assertEqual(portal.log().count(f'{name} was changed'), 1, portal.log())


if __name__ == '__main__':
    unittest.main()
