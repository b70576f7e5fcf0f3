"""Back-channel logout: the provider ends sessions; forged, repeated and odd tokens end none."""
import unittest
import urllib.parse

from client import PORTAL, Browser, control, request, sql

PATH = '/auth/backchannel'
FORGERIES = ('no-events', 'other-event', 'with-nonce', 'no-jti', 'nobody', 'header-typ', 'alg-none',
             'hs256-public-key', 'bad-signature', 'foreign-key', 'embedded-jwk', 'enc-key', 'no-kid',
             'crit', 'oversized', 'wrong-iss', 'wrong-aud', 'two-aud-no-azp', 'expired', 'no-exp',
             'future-iat', 'wrong-typ')


def post(body):
    return request('POST', PORTAL + PATH,
                   {'content-type': 'application/x-www-form-urlencoded'}, body)


def post_token(token):
    return post(urllib.parse.urlencode({'logout_token': token}).encode())


class BackChannel(unittest.TestCase):
    def setUp(self):
        control('/control/reset')
        self.sub = f'away-{id(self)}'

    def signed_in(self, sub=None):
        browser = Browser()
        browser.sign_in(sub or self.sub)
        return browser

    def logout(self, **order):
        return control('/control/logout', sub=self.sub, **order)

    def lives(self, browser):
        return browser.get('/dashboard').status == 200

    def test_ends_the_session_of_that_sid(self):
        for claims in ('both', 'sid'):
            with self.subTest(claims):
                older, newest, stranger = self.signed_in(), self.signed_in(), self.signed_in('bob')
                self.assertEqual(self.logout(claims=claims)['status'], 200)
                self.assertFalse(self.lives(newest))
                self.assertTrue(self.lives(older), 'another session of the person ended, too')
                self.assertTrue(self.lives(stranger))

    def test_ends_all_sessions_of_that_sub(self):
        browsers, stranger = [self.signed_in(), self.signed_in()], self.signed_in('bob')
        self.assertEqual(self.logout(claims='sub')['status'], 200)
        self.assertEqual([self.lives(b) for b in browsers], [False, False])
        self.assertTrue(self.lives(stranger))

    def test_forged_tokens_end_nothing(self):
        browser = self.signed_in()
        for forge in FORGERIES:
            with self.subTest(forge):
                self.assertIn(self.logout(forge=forge)['status'],
                              (400, 413) if forge == 'oversized' else (400,))
        self.assertTrue(self.lives(browser))

    def test_an_id_token_is_no_logout_token(self):
        browser = self.signed_in()
        answer = browser.post('/signout', {'csrf': browser.csrf()})
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.header('location')).query))
        other = self.signed_in()
        self.assertEqual(post_token(asked['id_token_hint']).status, 400)
        self.assertTrue(self.lives(other))

    def test_a_token_works_once(self):
        self.signed_in()
        sent = self.logout(claims='sub')
        self.assertEqual(sent['status'], 200)
        again = self.signed_in()
        self.assertEqual(post_token(sent['token']).status, 400)
        self.assertTrue(self.lives(again), 'a replayed token ended a session')

    def test_what_is_remembered_of_a_token(self):
        self.signed_in()
        self.logout()
        rows = sql("SELECT max(expires_at) BETWEEN now() + interval '170 seconds'"
                   " AND now() + interval '190 seconds' FROM logout_tokens")
        self.assertEqual(rows, [['t']])

    def test_nobody_to_sign_out_is_no_error(self):
        self.signed_in()
        sql("DELETE FROM sessions WHERE user_id ="
            f" (SELECT id FROM users WHERE keycloak_sub = '{self.sub}')")
        self.assertEqual(self.logout()['status'], 200)

    def test_headers(self):
        self.signed_in()
        sent = self.logout(forge='no-jti')
        for answer in (post_token(sent['token']), post(b'')):
            self.assertEqual(answer.status, 400)
            self.assertEqual(answer.header('cache-control'), 'no-store')
            self.assertEqual(answer.header('content-type'), 'text/plain; charset=utf-8')
            self.assertNotIn('<', answer.text)

    def test_odd_requests(self):
        for body in (b'', b'x', b'logout_token=', b'logout_token=a.b.c', b'logout_token=%zz',
                     b'logout_token=a&logout_token=b', b'{"logout_token":"a"}',
                     b'logout_token=' + b'.' * 20000):
            with self.subTest(body[:20]):
                self.assertEqual(post(body).status, 400)
        answer = request('GET', PORTAL + PATH)
        self.assertEqual((answer.status, answer.header('allow')), (405, 'POST'))


if __name__ == '__main__':
    unittest.main()
