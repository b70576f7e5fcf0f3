"""Roles are the provider's word for five minutes: then it is asked again, and doubt is no role."""
import socket
import threading
import time
import unittest
import urllib.parse

from client import PORTAL, Browser, control, metric, sql
from instance import Portal, Simulator, free_port
from patience import wait_until

PAGE = '/account/sessions'


class Roles(unittest.TestCase):
    def setUp(self):
        control('/control/reset')
        self.addCleanup(control, '/control/reset')
        self.sub = f'staff-{id(self)}'
        self.set_roles('admin', 'ops', 'unheard-of')
        self.browser = Browser()
        self.browser.sign_in(self.sub)

    def set_roles(self, *roles):
        control('/control/account', sub=self.sub, roles=list(roles))

    def mine(self):
        return f"user_id = (SELECT id FROM users WHERE keycloak_sub = '{self.sub}')"

    def grow_old(self):
        sql("UPDATE sessions SET roles_read_at = now() - interval '301 seconds',"
            f' roles_refreshing_until = NULL WHERE {self.mine()}')

    def shown(self, browser=None):
        """The roles of a request, as its page says them; None: the session has ended."""
        answer = (browser or self.browser).get(PAGE)
        if answer.status == 303:
            return None
        self.assertEqual(answer.status, 200)
        parts = answer.text.split('Your roles at the moment: <strong>')
        return parts[1].split('</strong>')[0] if len(parts) > 1 else ''

    def kept(self):
        return sql("SELECT array_to_string(roles, ' '), roles_read_at > now() - interval '1 minute',"
                   f' refresh_token_sealed IS NOT NULL FROM sessions WHERE {self.mine()}')

    def test_young_roles_are_not_asked_for(self):
        self.set_roles('billing')
        sql(f"UPDATE sessions SET roles_read_at = now() - interval '290 seconds' WHERE {self.mine()}")
        self.assertEqual(self.shown(), 'admin ops')

    def test_members_have_no_refresh_token(self):
        sub = f'member-{id(self)}'
        Browser().sign_in(sub)
        rows = sql('SELECT refresh_token_sealed IS NULL FROM sessions s JOIN users u'
                   f" ON u.id = s.user_id WHERE keycloak_sub = '{sub}'")
        self.assertEqual(rows, [['t']])

    def test_the_refresh_token_is_sealed(self):
        rows = sql('SELECT get_byte(refresh_token_sealed, 0), octet_length(refresh_token_sealed)'
                   f' FROM sessions WHERE {self.mine()}')
        self.assertEqual(rows, [['1', str(43 + 29)]])

    def test_changes_bite(self):
        before = metric('irc_now_outside_calls_total', service='oidc_refresh', result='ok')
        for roles in (('support', 'billing'), ('admin',)):
            self.set_roles(*roles)
            self.grow_old()
            self.assertEqual(self.shown().split(), sorted(roles))
            self.assertEqual(self.kept(), [[' '.join(sorted(roles)), 't', 't']])
        self.set_roles()
        self.grow_old()
        self.assertEqual(self.shown(), '')
        self.assertEqual(self.kept(), [['', 't', 'f']])
        self.assertEqual(self.shown(), '', 'the session goes on as a member')
        self.assertEqual(metric('irc_now_outside_calls_total', service='oidc_refresh', result='ok'),
                         before + 3)

    def test_no_ends_the_session(self):
        control('/control/account', sub=self.sub, enabled=False)
        self.grow_old()
        self.assertIsNone(self.shown())
        self.assertEqual(self.kept(), [])

    def test_a_provider_in_trouble_means_no_role_for_now(self):
        for mode in ('error', 'garbage', 'truncated', 'huge', 'refuse-auth', 'hang'):
            with self.subTest(mode):
                self.grow_old()
                control('/control', target='oidc-token', mode=mode)
                self.assertEqual(self.shown(), '')
                self.assertEqual(self.browser.get('/dashboard').status, 200)
                control('/control', target='oidc-token', mode='ok')
                self.assertEqual(self.kept(), [['admin ops', 'f', 't']])
                self.grow_old()
                self.assertEqual(self.shown(), 'admin ops')

    def test_a_token_that_cannot_be_trusted_means_no_role_for_now(self):
        for forge in ('bad-signature', 'wrong-aud', 'expired', 'empty-sub', 'wrong-iss'):
            with self.subTest(forge):
                self.grow_old()
                control('/control/token', forge=forge)
                self.assertEqual(self.shown(), '')
                self.assertEqual(self.kept(), [['admin ops', 'f', 't']])
                self.assertEqual(self.shown(), 'admin ops', 'the new refresh token was lost')

    def test_a_session_without_refresh_token(self):
        sql(f'UPDATE sessions SET refresh_token_sealed = NULL WHERE {self.mine()}')
        self.grow_old()
        self.assertEqual(self.shown(), '')

    def test_a_refresh_token_of_another_session(self):
        other = Browser()
        other.sign_in(self.sub)
        sql('UPDATE sessions SET refresh_token_sealed = (SELECT refresh_token_sealed FROM sessions'
            f' WHERE {self.mine()} ORDER BY id LIMIT 1) WHERE {self.mine()}')
        self.grow_old()
        self.assertEqual(self.shown(other), '')
        self.grow_old()
        self.assertEqual(self.shown(), 'admin ops')

    def test_many_requests_ask_once(self):
        """The simulator ends the session of a refresh token that comes twice, as Keycloak does."""
        before = metric('irc_now_outside_calls_total', service='oidc_refresh', result='ok')
        self.grow_old()
        seen = []
        threads = [threading.Thread(target=lambda: seen.append(self.shown())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(seen, ['admin ops'] * 8)
        self.assertEqual(metric('irc_now_outside_calls_total', service='oidc_refresh', result='ok'),
                         before + 1)

    def leave_early(self, after):
        """Asks for a page and hangs up before it comes."""
        parts = urllib.parse.urlsplit(PORTAL)
        cookie = '; '.join(f'{k}={v}' for k, v in self.browser.jar(PORTAL).items())
        with socket.create_connection((parts.hostname, parts.port)) as s:
            s.sendall(f'GET {PAGE} HTTP/1.1\r\nHost: {parts.netloc}\r\n'
                      f'Cookie: {cookie}\r\n\r\n'.encode())
            time.sleep(after)

    def test_a_visitor_who_leaves_does_not_lose_the_new_refresh_token(self):
        """The provider has taken the old one; used again, it would end the session."""
        old = sql(f'SELECT refresh_token_sealed FROM sessions WHERE {self.mine()}')
        self.set_roles('billing')
        self.grow_old()
        control('/control', target='oidc-token', mode='slow', ms=600, times=1)
        self.leave_early(0.2)
        self.assertEqual(self.shown(), 'billing', 'another request waits for the same answer')
        self.assertEqual(self.kept(), [['billing', 't', 't']])
        new = sql(f'SELECT refresh_token_sealed FROM sessions WHERE {self.mine()}')
        self.assertNotEqual(new, old)
        self.set_roles('admin')
        self.grow_old()
        self.assertEqual(self.shown(), 'admin', 'the new refresh token was lost')

    def test_leaving_as_soon_as_possible(self):
        for after in (0, 0.001, 0.003, 0.01, 0.03):
            with self.subTest(after):
                self.grow_old()
                self.leave_early(after)
                time.sleep(0.3)
                wait_until(lambda: sql(f'SELECT 1 FROM sessions WHERE {self.mine()}'
                                       ' AND roles_refreshing_until > now()') == [],
                           'the end of the refresh')
                self.grow_old()
                self.assertEqual(self.shown(), 'admin ops')

    def test_a_key_found_by_a_refresh_is_known_to_sign_ins(self):
        """One worker for pages: what it may ask for once a minute serves both."""
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        portal = Portal(port, OIDC_ISSUER=sim.url, WORKERS='2')
        self.addCleanup(portal.stop)
        control('/control/account', sim.url, sub=self.sub, roles=['admin'])
        browser = Browser(portal.url)
        browser.sign_in(self.sub)
        control('/control/rotate', sim.url, keep_old=False)
        self.grow_old()
        self.assertEqual(self.shown(browser), 'admin')
        self.assertEqual(Browser(portal.url).sign_in('alice').status, 200)
        self.assertNotIn('ID token: ', portal.log())

    def test_a_provider_that_is_gone(self):
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        portal = Portal(port, OIDC_ISSUER=sim.url, WORKERS='2')
        self.addCleanup(portal.stop)
        control('/control/account', sim.url, sub=self.sub, roles=['admin'])
        browser = Browser(portal.url)
        browser.sign_in(self.sub)
        self.grow_old()
        self.assertEqual(self.shown(browser), 'admin')
        sim.stop()
        self.grow_old()
        self.assertEqual(self.shown(browser), '')
        self.assertEqual(browser.get('/dashboard').status, 200)


if __name__ == '__main__':
    unittest.main()
