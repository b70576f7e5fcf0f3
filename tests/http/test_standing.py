"""Whose accounts txt and pics serve: what only the portal knows of them, and when it is away."""
import os
import subprocess
import time
import unittest

from client import INTERNAL, request, sql
from instance import Wire
from services import Service, new_token

SUB = 'standing'


class Standing(unittest.TestCase):
    """A txt whose way to the portal can be cut; the account is the portal's as well."""

    @classmethod
    def setUpClass(cls):
        cls.wire = Wire('127.0.0.1', int(INTERNAL.rpartition(':')[2]))
        cls.addClassCleanup(cls.wire.cut)
        cls.service = Service('txt', PORTAL_INTERNAL_URL=f'http://127.0.0.1:{cls.wire.port}')
        cls.addClassCleanup(cls.service.stop)

    def setUp(self):
        self.wire.mend()
        sql("INSERT INTO users (keycloak_sub, issuer, plan) VALUES (%s, 'x', 'pro')" % f"'{SUB}'")
        self.addCleanup(sql, f"DELETE FROM users WHERE keycloak_sub = '{SUB}'")
        self.addCleanup(self.service.sql, f"DELETE FROM users WHERE keycloak_sub = '{SUB}'")

    def row(self):
        rows = self.service.sql(
            f"SELECT plan, is_banned FROM users WHERE keycloak_sub = '{SUB}'")
        return rows[0] if rows else None

    def test_the_plan_comes_along_with_the_sign_in(self):
        self.service.sign_in(SUB)
        self.assertEqual(self.row(), ['pro', 'f'])

    def test_who_is_unknown_to_the_portal_has_the_first_plan(self):
        sql(f"DELETE FROM users WHERE keycloak_sub = '{SUB}'")
        self.service.sign_in(SUB)
        self.assertEqual(self.row(), ['free', 'f'])

    def test_who_is_banned_there_does_not_get_in(self):
        sql(f"UPDATE users SET is_banned = true WHERE keycloak_sub = '{SUB}'")
        with self.assertRaisesRegex(AssertionError, '403.*has been closed'):
            self.service.sign_in(SUB)
        self.assertEqual(self.row(), ['pro', 't'])

    def test_without_the_portal_one_gets_in_as_last_known(self):
        self.service.sign_in(SUB)
        sql(f"UPDATE users SET plan = 'free' WHERE keycloak_sub = '{SUB}'")
        self.wire.cut()
        self.service.sign_in(SUB)
        self.assertEqual(self.row(), ['pro', 'f'])
        self.wire.mend()
        self.service.sign_in(SUB)
        self.assertEqual(self.row(), ['free', 'f'])

    def test_sessions_of_a_service_have_no_roles_and_no_events(self):
        self.service.sign_in('erin')
        self.assertEqual(self.service.sql(
            "SELECT s.roles::text, to_regclass('events') IS NULL FROM sessions s"
            " JOIN users u ON u.id = s.user_id WHERE u.keycloak_sub = 'erin'"), [['{}', 't']])


class Tokens(unittest.TestCase):
    """The same for programs, with what is remembered of the portal's answers for a while."""

    @classmethod
    def setUpClass(cls):
        cls.wire = Wire('127.0.0.1', int(INTERNAL.rpartition(':')[2]))
        cls.addClassCleanup(cls.wire.cut)
        cls.service = Service('txt', CACHE='on',
                              PORTAL_INTERNAL_URL=f'http://127.0.0.1:{cls.wire.port}')
        cls.addClassCleanup(cls.service.stop)

    def setUp(self):
        self.wire.mend()
        self.sub = f'standing-{id(self)}'
        self.token = new_token(self.sub)

    def post(self, token=None):
        return request('POST', self.service.url + '/api/pastes',
                       {'authorization': 'Bearer ' + (token or self.token)}, b'x')

    def test_who_never_signed_in_here_gets_a_row(self):
        sql(f"UPDATE users SET plan = 'pro' WHERE keycloak_sub = '{self.sub}'")
        self.assertEqual(self.post().status, 201)
        self.assertEqual(self.service.sql(
            'SELECT plan, last_login_at IS NULL, email IS NULL FROM users'
            f" WHERE keycloak_sub = '{self.sub}'"), [['pro', 't', 't']])

    def test_a_revoked_token_is_refused_once_it_is_forgotten(self):
        service = Service('txt', CACHE='off', PORTAL_INTERNAL_URL=INTERNAL)
        self.addCleanup(service.stop)
        url = service.url + '/api/pastes'
        headers = {'authorization': 'Bearer ' + self.token}
        self.assertEqual(request('POST', url, headers, b'x').status, 201)
        sql('DELETE FROM api_tokens USING users u WHERE u.id = user_id'
            f" AND u.keycloak_sub = '{self.sub}'")
        self.assertEqual(request('POST', url, headers, b'x').status, 401)

    def test_a_banned_account_has_no_token_that_is_good(self):
        sql(f"UPDATE users SET is_banned = true WHERE keycloak_sub = '{self.sub}'")
        self.assertEqual(self.post().status, 401)

    def test_without_the_portal_only_what_is_remembered_is_good(self):
        self.assertEqual(self.post().status, 201)
        unknown = new_token(self.sub + '-later')
        self.wire.cut()
        self.assertEqual(self.post().status, 201)
        answer = self.post(unknown)
        self.assertEqual(answer.status, 503)
        self.assertIn('Whose token this is cannot be found out', answer.text)
        self.wire.mend()
        self.assertEqual(self.post(unknown).status, 201)

    def test_a_portal_that_hangs_costs_two_seconds_at_most(self):
        self.wire.silence()
        begun = time.monotonic()
        self.assertEqual(self.post().status, 503)
        self.assertLess(time.monotonic() - begun, 10)


class Doctor(unittest.TestCase):
    """It looks at what the role needs, and at nothing of the portal's."""

    @classmethod
    def setUpClass(cls):
        cls.service = Service('txt', PORTAL_INTERNAL_URL=INTERNAL)
        cls.addClassCleanup(cls.service.stop)

    def doctor(self, **settings):
        run = subprocess.run(
            [os.environ['PORTAL_BIN'], 'doctor'], capture_output=True, text=True, check=False,
            env={**os.environ, **self.service.settings, **settings})
        return run.returncode, run.stdout

    def test_all_is_well(self):
        status, text = self.doctor()
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r'ok +txt database.*migrations are applied')
        self.assertRegex(text, r'ok +portal.*accepts our secret')
        for other in ('Stripe', 'soju', 'Kubernetes'):
            self.assertNotIn(other, text)

    def test_a_portal_that_is_not_set_not_there_or_does_not_know_us(self):
        for settings, words in (
                ({'PORTAL_INTERNAL_URL': ''}, 'set PORTAL_INTERNAL_URL'),
                ({'PORTAL_INTERNAL_URL': 'http://127.0.0.1:1'}, 'PORTAL_INTERNAL_URL'),
                ({'INTERNAL_SECRET': 'x' * 40}, 'INTERNAL_SECRET must be the same')):
            status, text = self.doctor(**settings)
            self.assertEqual(status, 1, text)
            self.assertRegex(text, r'wrong +portal[^\n]*' + words)
