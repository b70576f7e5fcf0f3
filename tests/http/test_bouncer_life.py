"""A bouncer's life, from the form to its end, against the simulators of soju and of the cluster.

Most of what pages write is written into the table here; test_bouncers.py is about them.
"""
import os
import re
import secrets
import signal
import unittest

from client import control, hidden_fields, request, sql
from services import Service
from soju_sim import SojuSim
from stripe_sim import wait_until

ADMIN = os.environ['ADMIN_DATABASE_URL']
PATIENCE = 30  # seconds, on the slowest machine


class Life(unittest.TestCase):
    """A portal and a soju of the tests' own. No test is here."""

    provisioner = 'soju'

    @classmethod
    def more_settings(cls):
        return {}

    @classmethod
    def start_soju(cls):
        return SojuSim()

    @classmethod
    def setUpClass(cls):
        cls.soju = cls.start_soju()
        cls.addClassCleanup(cls.soju.stop)
        cls.portal = Service('portal', BOUNCER_PROVISIONER=cls.provisioner, **cls.soju.env,
                             **cls.more_settings())
        cls.addClassCleanup(cls.portal.stop)

    def setUp(self):
        self.name = 'life-' + secrets.token_hex(4)
        self.sub = 'owner-of-' + self.name
        self.sql = self.portal.sql
        self.sql(f"INSERT INTO users (keycloak_sub, issuer) VALUES ('{self.sub}', 'x')")

    # --- What pages do ---

    def make(self, wish=True):
        """In one statement, as the portal does it: the job may take it up at once."""
        self.sql(
            "WITH made AS (INSERT INTO bouncers (user_id, name, soju_username, provisioner, state,"
            f" slot, max_networks, applied) SELECT id, '{self.name}', '{self.name}',"
            f" '{self.provisioner}', 'requested', 1, 3, 0 FROM users"
            f" WHERE keycloak_sub = '{self.sub}' RETURNING id)"
            " INSERT INTO bouncer_wishes (bouncer_id, network, address, nick, channels)"
            " SELECT id, 'libera', 'ircs://irc.libera.chat:6697', 'alice', '{#a,#b}' FROM made"
            f" WHERE {str(wish).lower()}")

    def set(self, what):
        self.sql(f"UPDATE bouncers SET {what} WHERE name = '{self.name}'")

    def want(self, what):
        self.set(what + ', wanted = wanted + 1, next_try_at = now()')

    def delete(self, grace='7 days'):
        self.want(f"state = 'deleting', state_at = now(), delete_after = now() + '{grace}'::interval")

    # --- What is seen ---

    def row(self):
        rows = self.sql("SELECT state, applied = wanted, coalesce(failure, ''), attempts,"
                        f" coalesce(failed_in, '') FROM bouncers WHERE name = '{self.name}'")
        return rows[0] if rows else None

    def wait_for(self, condition, what):
        try:
            wait_until(condition, what, timeout=PATIENCE, pause=0.05)
        except AssertionError as e:
            raise AssertionError(f'{e}: {self.row()}\n{self.portal.portal.log()[-3000:]}') from e

    def wait_settled(self, state='ready'):
        self.wait_for(lambda: (row := self.row()) is not None and row[0] == state and row[1] == 't',
                      f'{state}, and as it is wanted')

    def wait_failure(self, part):
        self.wait_for(lambda: (row := self.row()) is not None and part in row[2], part)

    def wait_gone(self):
        self.wait_for(lambda: self.row() is None, 'its end')

    def events(self):
        return [word for word, in self.sql(
            f"SELECT event_type FROM events WHERE user_sub = '{self.sub}'"
            f" AND metadata = '{{\"bouncer\": \"{self.name}\"}}' ORDER BY id")]

    def user(self):
        return self.soju.state()['users'].get(self.name)

    def metric(self, pattern):
        page = request('GET', self.portal.internal + '/metrics').text
        found = re.search(rf'(?m)^{pattern} (\d+)', page)
        return int(found.group(1)) if found else None


class Soju(Life):
    """As users of one soju."""

    def tearDown(self):
        self.soju.control('fault', mode='ok')

    def test_is_made_with_its_network(self):
        self.make()
        self.wait_settled()
        self.assertEqual(self.events(), ['bouncer_create'])
        self.assertTrue(self.user()['enabled'])
        status = self.soju.ask(f'user run {self.name} network status')
        self.assertIn('libera', ' '.join(status))
        channels = ' '.join(self.soju.ask(f'user run {self.name} channel status'))
        self.assertIn('#a', channels)
        self.assertIn('#b', channels)
        self.assertEqual(self.sql('SELECT count(*) FROM bouncer_wishes')[0][0], '0')
        self.assertNotIn(self.name, self.portal.portal.log())

    def test_figures(self):
        self.make()
        self.wait_settled()
        self.wait_for(lambda: self.metric(r'irc_now_bouncer_states\{state="ready"\}') or 0, 'its figure')
        self.assertIsNotNone(self.metric(r'irc_now_bouncer_states\{state="failed"\}'), '0 is known')
        self.assertGreaterEqual(
            self.metric(r'irc_now_bouncer_steps_total\{step="apply",outcome="done"\}'), 1)
        # Its door was opened and asked more than once.
        self.assertGreater(
            self.metric(r'irc_now_outside_calls_total\{service="soju_door",result="ok"\}'), 1)
        self.assertNotIn(self.name, request('GET', self.portal.internal + '/metrics').text)

    def test_soju_is_away_while_it_is_made(self):
        for mode in ('cut', 'garbage', 'late-cut'):
            with self.subTest(mode):
                self.setUp()
                self.soju.control('fault', mode=mode)
                self.make()
                self.wait_failure('.')
                self.assertIn(self.row()[0], ('requested', 'database', 'applied'))
                self.assertEqual(self.events(), [])
                self.soju.control('fault', mode='ok')
                self.wait_settled()
                self.assertEqual(self.row()[2], '')
                self.assertEqual(self.events(), ['bouncer_create'])

    def test_a_network_that_was_cut_short_is_finished(self):
        for match in ('"network" "create"', '"channel" "create"', '"network" "update"'):
            with self.subTest(match=match):
                self.setUp()
                self.soju.control('fault', mode='late-cut', match=match, times=1)
                self.make()
                self.wait_settled()
                network, = self.user()['networks']
                self.assertEqual((network['state'], sorted(network['channels'])),
                                 ('connected', ['#a', '#b']))

    def test_a_network_that_soju_refuses_is_told(self):
        self.soju.control('fault', mode='fail', match='"network" "create"')
        self.make()
        self.wait_settled()
        self.assertIn('soju refused the network libera', self.row()[2])
        self.assertEqual(self.sql('SELECT count(*) FROM bouncer_wishes')[0][0], '0')

    def test_portal_dies_amid_it_and_another_goes_on(self):
        self.soju.control('fault', mode='hang', match='"user" "create"')
        self.make()
        self.wait_for(lambda: self.row()[0] == 'database' and self.sql(
            f"SELECT work_until > now() FROM bouncers WHERE name = '{self.name}'")[0][0] == 't',
            'its second step')
        os.killpg(self.portal.portal.process.pid, signal.SIGKILL)
        self.soju.control('fault', mode='ok')
        self.portal.restart()
        self.set('work_until = now()')  # as a minute passes
        self.wait_settled()
        self.assertEqual(self.events(), ['bouncer_create'])

    def test_somebody_elses_user_is_not_taken(self):
        self.soju.ask(f'user create -username {self.name} -password x -admin')
        self.make()
        self.wait_for(lambda: self.row()[0] == 'failed', 'its failure')
        self.assertEqual(self.row()[4], 'requested')
        self.assertIn('has this name already', self.row()[2])
        self.set("state = 'removing', failed_in = NULL, is_untouched = true, next_try_at = now()")
        self.wait_gone()
        self.assertIsNotNone(self.user(), 'it is somebody else')
        self.assertEqual(self.events(), [])

    def test_deletion_is_undone_then_over(self):
        self.make()
        self.wait_settled()
        self.delete()
        self.wait_settled('deleting')
        self.assertFalse(self.user()['enabled'])
        self.want("state = 'ready', delete_after = NULL")
        self.wait_settled()
        self.assertTrue(self.user()['enabled'])
        self.delete('0 s')
        self.wait_gone()
        self.assertIsNone(self.user())
        self.assertEqual(self.events(), ['bouncer_create', 'bouncer_delete'])

    def test_one_that_was_never_ready_goes_without_an_event(self):
        self.soju.control('fault', mode='refuse')
        self.make()
        self.wait_failure('.')
        self.soju.control('fault', mode='ok')
        self.set("state = 'removing', failed_in = NULL, next_try_at = now()")
        self.wait_gone()
        self.assertEqual(self.events(), [])

    def test_banned_and_back(self):
        self.make(wish=False)
        self.wait_settled()
        self.sql(f"UPDATE users SET is_banned = true WHERE keycloak_sub = '{self.sub}'")
        self.wait_for(lambda: not self.user()['enabled'], 'its standing still')
        self.sql(f"UPDATE users SET is_banned = false WHERE keycloak_sub = '{self.sub}'")
        self.wait_for(lambda: self.user()['enabled'], 'its going on')

    def test_limits_follow_the_plan(self):
        self.make(wish=False)
        self.wait_settled()
        self.assertEqual(self.user()['max_networks'], 3)
        self.sql(f"UPDATE users SET plan = 'pro' WHERE keycloak_sub = '{self.sub}'")
        self.portal.restart()  # each start looks; then each minute does
        self.wait_for(lambda: self.user()['max_networks'] == 20, 'its new limit')
        self.sql(f"UPDATE users SET plan = 'free' WHERE keycloak_sub = '{self.sub}'")
        self.portal.restart()
        self.wait_for(lambda: self.user()['max_networks'] == 3, 'its old limit')

    def test_nothing_is_left_running_for_nobody(self):
        self.make(wish=False)
        self.wait_settled()
        self.sql(f"DELETE FROM events WHERE user_sub = '{self.sub}';"
                 f"DELETE FROM users WHERE keycloak_sub = '{self.sub}'")
        self.wait_gone()
        self.assertIsNone(self.user())

    def test_notice_is_sent_once(self):
        first, other = self.name, None
        self.make(wish=False)
        self.wait_settled()
        self.setUp()
        other = self.name
        self.make(wish=False)
        self.wait_settled()
        text = 'Back at ' + secrets.token_hex(4)
        self.sql("WITH n AS (INSERT INTO bouncer_notices (text, actor_sub, form_hash) VALUES"
                 f" ('{text}', 'x', sha256('{text}')) RETURNING id) UPDATE bouncers b"
                 " SET notice_id = n.id, next_try_at = now() FROM n"
                 f" WHERE b.name IN ('{first}', '{other}')")
        self.wait_for(lambda: self.sql('SELECT count(*) FROM bouncers WHERE notice_id IS NOT NULL')
                      [0][0] == '0', 'the notice')
        self.assertEqual(str(self.soju.state()['notices']).count(text), 1)


class Pages(Life):
    """The whole way, through the pages."""

    def form(self, browser, path, action):
        page = browser.get(path).text
        found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.S)
        self.assertIsNotNone(found, f'{path} has no form for {action}')
        return dict(hidden_fields(found.group(0)))

    def test_made_twice_by_one_form_then_deleted_undone_and_deleted(self):
        browser = self.portal.sign_in(self.sub)
        form = {**self.form(browser, '/bouncers/new', '/bouncers/new'), 'name': self.name,
                'network': 'none'}
        for _ in range(2):
            self.assertEqual(browser.post('/bouncers/new', form).status, 303)
        self.wait_settled()
        self.assertEqual(self.events(), ['bouncer_create'])
        self.assertEqual(self.sql(f"SELECT count(*) FROM bouncers b JOIN users u ON u.id = b.user_id"
                                  f" WHERE u.keycloak_sub = '{self.sub}'"), [['1']])
        path = f'/bouncers/{self.name}'
        form = {**self.form(browser, path + '/delete', path + '/delete'), 'typed': self.name}
        self.assertEqual(browser.post(path + '/delete', form).status, 303)
        self.wait_settled('deleting')
        self.assertFalse(self.user()['enabled'])
        self.assertEqual(browser.post(path + '/undo', self.form(browser, path, path + '/undo'))
                         .status, 303)
        self.wait_settled()
        self.assertTrue(self.user()['enabled'])
        self.assertEqual(browser.post(path + '/delete', form).status, 303)
        self.wait_settled('deleting')
        self.set('delete_after = now(), next_try_at = now()')  # as the days pass
        self.wait_gone()
        self.assertEqual(self.events(), ['bouncer_create', 'bouncer_delete'])
        self.assertEqual(browser.get(path).status, 404)


class Cluster(Life):
    """As a deployment each."""

    provisioner = 'kubernetes'
    databases = re.sub(r'/[^/]*$', '/soju_{bouncer}', ADMIN)

    @classmethod
    def start_soju(cls):
        return SojuSim(SOJU_SIM_DATABASE_URL=cls.databases, SOJU_SIM_ROLE='portal_reader')

    @classmethod
    def more_settings(cls):
        return {'BOUNCER_IMAGE': 'registry.example.org/soju:0.9.0',
                'BOUNCER_HOST': '{bouncer}.irc.example.org',
                'SOJU_DATABASE_ADMIN_URL': ADMIN}

    def setUp(self):
        super().setUp()
        control('/control/kube', cluster={'new': 'running', 'after_ms': 0, 'gone_after_ms': 0, 'refuse': {}})
        self.addCleanup(control, '/control/reset')
        self.addCleanup(self.drop)

    def drop(self):
        sql(f'DROP DATABASE IF EXISTS "soju_{self.name}" WITH (FORCE)', ADMIN)
        sql(f'DROP ROLE IF EXISTS "soju_{self.name}"', ADMIN)

    def has_database(self):
        return sql(f"SELECT 1 FROM pg_database WHERE datname = 'soju_{self.name}'", ADMIN) != []

    def test_is_made_and_removed(self):
        self.make()
        self.wait_settled()
        self.assertEqual(self.events(), ['bouncer_create'])
        self.assertTrue(self.has_database())
        self.assertIn('libera', ' '.join(self.soju.ask(f'user run {self.name} network status')))
        self.delete('0 s')
        self.wait_gone()
        self.assertFalse(self.has_database())
        self.assertEqual(self.events(), ['bouncer_create', 'bouncer_delete'])

    def test_cluster_is_down_while_it_is_made(self):
        control(target='kube', mode='error', status=503)
        self.make()
        self.wait_failure('cluster')
        self.assertEqual(self.row()[0], 'database')
        control(target='kube', mode='ok')
        self.wait_settled()
        self.assertEqual(self.events(), ['bouncer_create'])

    def test_pods_that_come_late(self):
        control('/control/kube', cluster={'after_ms': 3000})
        self.make(wish=False)
        self.wait_for(lambda: self.row()[0] == 'applied', 'its start')
        self.wait_settled()

    def test_pods_that_never_come_are_told(self):
        control('/control/kube', cluster={'new': 'crashloop'})
        self.make(wish=False)
        self.wait_failure('starts and stops again')
        self.assertEqual(self.row()[0], 'applied')
        self.set("state_at = now() - interval '1 hour', next_try_at = now()")
        self.wait_for(lambda: self.row()[0] == 'failed', 'the end of patience')
        self.assertEqual(self.row()[4], 'applied')
        control('/control/kube', deployment=self.name, phase='running')
        self.set("state = failed_in, failed_in = NULL, state_at = now(), next_try_at = now(),"
                 " failure = NULL, attempts = 0")
        self.wait_settled()
        self.assertEqual(self.events(), ['bouncer_create'])


if __name__ == '__main__':
    unittest.main()
