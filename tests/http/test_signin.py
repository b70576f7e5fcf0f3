"""Signing in and out: the good way once, every bad way, and nothing left behind."""
import base64
import json
import re
import time
import unittest
import urllib.parse

from client import PORTAL, SIM, Browser, control, metric, request, sql
from instance import Portal, Simulator, free_port

COOKIE = 'portal'


def query_of(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


class SignIn(unittest.TestCase):
    def setUp(self):
        control('/control/reset')
        self.addCleanup(control, '/control/reset')

    def refused(self, answer, status):
        self.assertEqual(answer.status, status, answer.text[:500])
        self.assertIn('<h1', answer.text)
        self.assertFalse([c for c in answer.all_headers('set-cookie')
                          if c.startswith(COOKIE + '=') and 'Max-Age=0' not in c])

    def test_the_whole_way(self):
        browser = Browser()
        page = browser.sign_in('carla', '/dashboard')
        self.assertEqual(page.status, 200)
        self.assertEqual(urllib.parse.urlsplit(page.url).path, '/dashboard')
        cookie = browser.jar(PORTAL)[COOKIE]
        self.assertRegex(cookie, r'^[A-Za-z0-9_-]{43}$')
        kept = sql("SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id"
                   " WHERE u.keycloak_sub = 'carla'")
        self.assertGreaterEqual(int(kept[0][0]), 1)
        whole = sql('SELECT count(*) FROM sessions WHERE encode(token_hash, \'escape\') LIKE '
                    f"'%{cookie}%'")
        self.assertEqual(whole[0][0], '0', 'the token itself is in the table')

    def test_the_request_to_the_provider(self):
        browser = Browser()
        answer = browser.get('/signin')
        self.assertEqual(answer.status, 303)
        asked = query_of(answer.header('location'))
        self.assertTrue(answer.header('location').startswith(SIM + '/'))
        self.assertEqual(asked['response_type'], 'code')
        self.assertEqual(asked['code_challenge_method'], 'S256')
        self.assertEqual(asked['redirect_uri'], PORTAL + '/auth/callback')
        self.assertIn('openid', asked['scope'].split())
        for name in ('state', 'nonce', 'code_challenge'):
            self.assertRegex(asked[name], r'^[A-Za-z0-9_-]{43}$')
        cookie = [c for c in answer.all_headers('set-cookie') if c.startswith('portal-login=')][0]
        for part in ('HttpOnly', 'SameSite=Lax', 'Path=/', 'Max-Age=600'):
            self.assertIn(part, cookie)
        self.assertNotIn(asked['state'], cookie)

    def test_events_of_a_new_account(self):
        sub = 'newcomer-' + base64.b32encode(id(self).to_bytes(8, 'big')).decode().strip('=').lower()
        Browser().sign_in(sub)
        Browser().sign_in(sub)
        events = sql(f"SELECT event_type, count(*) FROM events WHERE user_sub = '{sub}'"
                     ' GROUP BY 1 ORDER BY 1')
        self.assertEqual(events, [['login', '2'], ['signup', '1']])

    def test_the_first_visit_is_kept_with_the_account(self):
        sub = f'visitor-{id(self)}'
        browser = Browser()
        browser.get('/?utm_source=newsletter&utm_campaign=spring',
                    {'referer': 'https://irc.example.net/page?secret=1'})
        browser.get('/?utm_source=later')
        browser.sign_in(sub)
        Browser().sign_in(sub)
        row = sql('SELECT first_source, first_referrer, first_campaign FROM users'
                  f" WHERE keycloak_sub = '{sub}'")
        self.assertEqual(row, [['newsletter', 'irc.example.net', 'spring']])
        self.assertNotIn('portal-visit', browser.jar(PORTAL))

    def test_return_paths(self):
        evil = ['//evil', 'https:evil', '/\\evil', 'https://evil/', '/%5cevil', '/%2f/evil',
                '\\\\evil', '/\t/evil', 'javascript:alert(1)', '/signin', '/SignIn', '/signout', '/auth/callback?x',
                '/a' + 'b' * 3000, '']
        for path in evil:
            with self.subTest(path[:30]):
                browser = Browser()
                answer = browser.get('/signin?return=' + urllib.parse.quote(path, safe=''))
                if answer.status in (400, 414) or not answer.body and answer.status == 414:
                    continue
                back = browser.give_name(browser.follow(answer), 'alice')
                answer = browser.get(back.header('location'))
                self.assertEqual(answer.status, 303)
                self.assertEqual(answer.header('location'), '/dashboard')
        self.assertEqual(Browser().sign_in('alice', '/dashboard?a=1&b=%20').url,
                         PORTAL + '/dashboard?a=1&b=%20')

    def test_signing_in_again_leads_straight_on(self):
        browser = Browser()
        browser.sign_in('alice')
        answer = browser.get('/signin?return=%2Fdashboard%3Fx')
        self.assertEqual((answer.status, answer.header('location')), (303, '/dashboard?x'))

    def callback(self, login='alice'):
        """A browser just before it comes back, and where it would come back to."""
        browser = Browser()
        back = browser.give_name(browser.go_to_provider(), login)
        return browser, back.header('location')

    def test_state_must_be_ours_and_of_this_browser(self):
        browser, location = self.callback()
        state = query_of(location)['state']
        for other in ('', 'x', state[:-1] + ('A' if state[-1] != 'A' else 'B'), state + 'A'):
            with self.subTest(other):
                self.refused(browser.get(location.replace(state, other)), 401)
        self.refused(Browser().get(location), 401)
        self.assertEqual(browser.get(location).status, 303, 'the true one was used up')

    def test_a_callback_works_once(self):
        browser, location = self.callback()
        self.assertEqual(browser.get(location).status, 303)
        jar = browser.jar(PORTAL)
        self.refused(Browser().send('GET', location, {'cookie': f'portal-login={"A" * 43}'}), 401)
        jar.clear()
        self.refused(browser.get(location), 401)

    def test_two_tabs(self):
        """Both may finish, and going back to an old answer leads home."""
        browser = Browser()
        tabs = [browser.go_to_provider(f'/dashboard?tab={n}') for n in (1, 2)]
        for n, page in reversed(list(enumerate(tabs, 1))):
            back = browser.give_name(page, 'alice')
            answer = browser.get(back.header('location'))
            self.assertEqual((answer.status, answer.header('location')),
                             (303, f'/dashboard?tab={n}'))
        answer = browser.get(back.header('location'))
        self.assertEqual((answer.status, answer.header('location')), (303, '/dashboard'))

    def test_an_attempt_grows_old(self):
        browser, location = self.callback()
        sql("UPDATE login_attempts SET created_at = now() - interval '11 minutes'")
        self.refused(browser.get(location), 401)

    def test_a_code_of_another_attempt(self):
        _, first = self.callback('alice')
        browser, second = self.callback('bob')
        stolen = second.replace(query_of(second)['code'], query_of(first)['code'])
        self.refused(browser.get(stolen), 401)

    def test_the_provider_says_no(self):
        browser, location = self.callback()
        asked = query_of(location)
        base = location.split('?')[0]
        no = {'error': 'access_denied', 'state': asked['state'], 'iss': asked['iss']}
        self.refused(browser.get(base + '?' + urllib.parse.urlencode(no)), 401)

    def test_iss_of_the_answer(self):
        for value in (None, 'http://127.0.0.1:1', 'evil'):
            with self.subTest(value):
                browser, location = self.callback()
                asked = query_of(location)
                asked.pop('iss')
                if value is not None:
                    asked['iss'] = value
                answer = browser.get(location.split('?')[0] + '?' + urllib.parse.urlencode(asked))
                self.refused(answer, 403)

    def test_a_code_works_once(self):
        """Also for another attempt of the same browser, with a state that is good."""
        browser, used = self.callback()
        self.assertEqual(browser.get(used).status, 303)
        browser.jar(PORTAL).pop(COOKIE)
        again = browser.give_name(browser.go_to_provider(), 'alice').header('location')
        self.refused(browser.get(again.replace(query_of(again)['code'], query_of(used)['code'])),
                     401)

    def test_where_the_pages_of_a_failed_sign_in_lead(self):
        """To what the person wanted; the address of the callback works once."""
        browser = Browser()
        back = browser.give_name(browser.go_to_provider('/account/sessions?a=1'), 'alice')
        location = back.header('location')
        control('/control', target='oidc-token', mode='error')
        answer = browser.get(location)
        control('/control', target='oidc-token', mode='ok')
        self.refused(answer, 503)
        self.assertIn('href="/account/sessions?a=1">Try again</a>', answer.text)
        again = browser.get(location)
        self.refused(again, 401)
        self.assertIn('href="/signin?return=%2Fdashboard">Sign in</a>', again.text)
        for page in (answer, again):
            self.assertNotIn('/auth/callback', page.text)
            self.assertNotIn('straight back here', page.text)

    def test_rotated_keys_are_found_once_a_minute(self):
        """In a service of its own: one worker for pages, so that one set of keys is at stake."""
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        portal = Portal(port, OIDC_ISSUER=sim.url, WORKERS='2')
        self.addCleanup(portal.stop)
        first = Browser(portal.url).sign_in('alice')
        self.assertEqual(first.status, 200)
        control('/control/rotate', sim.url)
        self.assertEqual(Browser(portal.url).sign_in('alice').status, 200)
        control('/control/rotate', sim.url)
        self.assertEqual(Browser(portal.url).sign_in('alice').status, 502)
        self.assertIn('ID token: unknown_kid', portal.log())

    def test_nobody_is_sent_to_a_provider_that_went_away(self):
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        portal = Portal(port, OIDC_ISSUER=sim.url, WORKERS='2')
        self.addCleanup(portal.stop)
        browser, other = Browser(portal.url), Browser(portal.url)
        location = browser.give_name(browser.go_to_provider(), 'alice').header('location')
        for mode, status in (('error', 503), ('hang', 503), ('garbage', 303), ('ok', 303)):
            with self.subTest(mode):
                time.sleep(5)  # until then the last answer counts
                control('/control', sim.url, target='oidc-discovery', mode=mode)
                answer = other.get('/signin?return=%2Faccount%2Fsessions')
                self.assertEqual(answer.status, status)
                if status == 503:
                    self.assertRegex(answer.text,
                                     'sign-in service (does not answer|answers with an error)')
                    self.assertIn('href="/account/sessions">Try again</a>', answer.text)
                    self.assertIsNotNone(answer.header('retry-after'))
        self.assertEqual(browser.get(location).status, 303, 'who was there already comes back')

    def test_a_provider_that_is_away(self):
        port = free_port()
        portal = Portal(port, OIDC_ISSUER=f'http://127.0.0.1:{free_port()}')
        self.addCleanup(portal.stop)
        answer = request('GET', portal.url + '/signin')
        self.assertEqual(answer.status, 503)
        self.assertIn('sign-in service cannot be reached', answer.text)
        self.assertEqual(request('GET', portal.url + '/').status, 200)

    def test_provider_trouble_is_a_page_and_not_a_crash(self):
        for mode, statuses in (('error', {503}), ('garbage', {502}), ('refuse-auth', {500, 502}),
                               ('huge', {502}), ('truncated', {502}), ('hang', {504, 503})):
            with self.subTest(mode):
                browser, location = self.callback()
                control('/control', target='oidc-token', mode=mode)
                answer = browser.get(location)
                control('/control', target='oidc-token', mode='ok')
                self.assertIn(answer.status, statuses)
                self.refused(answer, answer.status)
        self.assertEqual(Browser().sign_in('alice').status, 200)

    def test_attempts_are_counted(self):
        before = metric('irc_now_login_attempts_total', result='login')
        Browser().sign_in('alice')
        self.assertEqual(metric('irc_now_login_attempts_total', result='login'), before + 1)


class ForgedTokens(unittest.TestCase):
    """Each is refused for what is wrong with it, and not by chance for something else."""
    WHY = {
        'alg-none': 'parts', 'hs256-public-key': 'alg', 'bad-signature': 'signature',
        'foreign-key': 'signature', 'embedded-jwk': 'signature', 'enc-key': 'unfit_key',
        'unknown-kid': 'unknown_kid', 'no-kid': 'no_kid', 'crit': 'crit', 'oversized': 'too_large',
        'wrong-iss': 'issuer', 'wrong-aud': 'audience', 'two-aud-no-azp': 'party',
        'wrong-azp': 'party', 'wrong-nonce': 'nonce', 'no-nonce': 'nonce', 'expired': 'expired',
        'no-exp': 'payload', 'future-iat': 'future', 'future-nbf': 'future',
        'empty-sub': 'subject', 'wrong-typ': 'type', 'wrong-at-hash': 'at_hash',
    }

    def setUp(self):
        port = free_port()
        self.sim = Simulator(port)
        self.addCleanup(self.sim.stop)
        self.portal = Portal(port, OIDC_ISSUER=self.sim.url, WORKERS='2')
        self.addCleanup(self.portal.stop)

    def try_with(self, forge):
        browser = Browser(self.portal.url)
        back = browser.give_name(browser.go_to_provider(), 'alice')
        control('/control/token', self.sim.url, forge=forge)
        answer = browser.get(back.header('location'))
        self.assertEqual(answer.status, 502)
        self.assertNotIn(COOKIE, browser.jar(self.portal.url))

    def causes(self):
        return re.findall(r'"oidc",[^\n]*"(?:ID token|oidc_token): (\w+)', self.portal.log())

    def keys_asked(self):
        return request('GET', self.sim.url + '/control').json()['targets']['oidc-jwks']['requests']

    def test_each(self):
        known = request('GET', self.sim.url + '/control').json()['forgeries']
        self.assertEqual(sorted(known), sorted(self.WHY))
        for forge in self.WHY:
            with self.subTest(forge):
                self.try_with(forge)
        self.assertEqual(Browser(self.portal.url).sign_in('alice').status, 200)
        self.portal.stop()
        self.assertEqual(self.causes(), list(self.WHY.values()))

    def test_unknown_keys_are_asked_for_once_a_minute(self):
        self.assertEqual(Browser(self.portal.url).sign_in('alice').status, 200)
        before = self.keys_asked()
        for _ in range(5):
            self.try_with('unknown-kid')
        self.assertEqual(self.keys_asked(), before + 1)
        self.portal.stop()
        self.assertEqual(self.causes(), ['unknown_kid'] * 5)


class Session(unittest.TestCase):
    def test_forged_and_odd_cookies(self):
        for value in ('', 'x', 'A' * 43, 'A' * 42, 'A' * 44, 'é', "' OR 1=1 --", 'A' * 4000):
            with self.subTest(value[:20]):
                answer = request('GET', PORTAL + '/dashboard',
                                 {'cookie': f'{COOKIE}={value}'.encode().decode('latin-1')})
                self.assertIn(answer.status, (303, 400))

    def test_the_name_of_the_cookie_is_exact(self):
        browser = Browser()
        browser.sign_in('alice')
        token = browser.jar(PORTAL)[COOKIE]
        for header in (f'PORTAL={token}', f'xportal={token}', f'portal2={token}'):
            self.assertEqual(request('GET', PORTAL + '/dashboard', {'cookie': header}).status, 303)
        many = '; '.join(f'c{n}={n}' for n in range(30))
        self.assertEqual(request('GET', PORTAL + '/dashboard',
                                 {'cookie': f'{many}; portal={token}'}).status, 200)

    def aged(self, change, headers=None):
        browser = Browser()
        browser.sign_in('dora')
        sql(f"UPDATE sessions SET {change} WHERE user_id ="
            " (SELECT id FROM users WHERE keycloak_sub = 'dora')")
        return browser.get('/dashboard', headers)

    def seen(self):
        """Whether somebody used the sessions that aged() made old."""
        return sql("SELECT max(last_seen_at) > now() - interval '10 seconds' FROM sessions s"
                   " JOIN users u ON u.id = s.user_id WHERE keycloak_sub = 'dora'") == [['t']]

    def test_sessions_end(self):
        for change in ("expires_at = now()", "last_seen_at = now() - interval '12 hours 1 second'"):
            with self.subTest(change):
                answer = self.aged(change)
                self.assertEqual(answer.status, 303)
                self.assertTrue(answer.header('location').startswith('/signin?return='))

    def test_last_use_is_written(self):
        answer = self.aged("last_seen_at = now() - interval '2 minutes'")
        self.assertEqual(answer.status, 200)
        self.assertTrue(self.seen())

    def test_a_page_that_refreshes_itself_is_no_use(self):
        answer = self.aged("last_seen_at = now() - interval '2 minutes'", {'x-refresh': '1'})
        self.assertEqual(answer.status, 200)
        self.assertFalse(self.seen())
        answer = self.aged("last_seen_at = now() - interval '12 hours 1 second'",
                           {'x-refresh': '1'})
        self.assertEqual(answer.status, 303)

    def test_admins_have_short_sessions(self):
        Browser().sign_in('erin')
        rows = sql("SELECT idle_seconds, roles, expires_at < now() + interval '12 hours 1 second'"
                   " FROM sessions s JOIN users u ON u.id = s.user_id WHERE keycloak_sub = 'erin'"
                   ' ORDER BY s.created_at DESC LIMIT 1')
        self.assertEqual(rows, [['1800', '{admin}', 't']])

    def test_banned_accounts_stay_outside(self):
        browser = Browser()
        browser.sign_in('mallory')
        sql("UPDATE users SET is_banned = true WHERE keycloak_sub = 'mallory'")
        self.addCleanup(sql, "UPDATE users SET is_banned = false WHERE keycloak_sub = 'mallory'")
        self.assertEqual(browser.get('/dashboard').status, 303)
        self.assertEqual(Browser().sign_in('mallory').status, 403)


class SignOut(unittest.TestCase):
    def setUp(self):
        self.browser = Browser()
        self.browser.sign_in('alice')

    def test_ends_the_session(self):
        token = self.browser.jar(PORTAL)[COOKIE]
        answer = self.browser.post('/signout', {'csrf': self.browser.csrf()})
        self.assertEqual(answer.status, 303)
        self.assertNotIn(COOKIE, self.browser.jar(PORTAL))
        again = request('GET', PORTAL + '/dashboard', {'cookie': f'{COOKIE}={token}'})
        self.assertEqual(again.status, 303, 'the old token still works')

    def test_needs_the_token_of_this_session(self):
        other = Browser()
        other.sign_in('bob')
        good = self.browser.csrf()
        for fields in ({}, {'csrf': ''}, {'csrf': 'x'}, {'csrf': other.csrf()},
                       {'csrf': good[:-1]}, {'csrf': good + 'A'}):
            with self.subTest(fields):
                self.assertEqual(self.browser.post('/signout', fields).status, 403)
        self.assertEqual(self.browser.get('/dashboard').status, 200)

    def test_needs_our_own_origin(self):
        good = self.browser.csrf()
        for headers in ({'origin': 'https://evil.example'}, {'origin': 'null'},
                        {'origin': PORTAL + '.evil.example'},
                        {'sec-fetch-site': 'cross-site'}, {'sec-fetch-site': 'same-site'}):
            with self.subTest(headers):
                answer = self.browser.post('/signout', {'csrf': good}, headers)
                self.assertEqual(answer.status, 403)
        answer = self.browser.post('/signout', {'csrf': good},
                                   {'origin': PORTAL, 'sec-fetch-site': 'same-origin'})
        self.assertEqual(answer.status, 303)

    def test_goes_on_to_the_provider_and_comes_back(self):
        answer = self.browser.post('/signout', {'csrf': self.browser.csrf()})
        location = answer.header('location')
        self.assertTrue(location.startswith(SIM + '/protocol/openid-connect/logout?'), location)
        asked = query_of(location)
        self.assertEqual(asked['post_logout_redirect_uri'], PORTAL + '/')
        self.assertEqual(asked['client_id'], 'portal')
        claims = json.loads(base64.urlsafe_b64decode(asked['id_token_hint'].split('.')[1] + '==='))
        self.assertEqual(claims['sub'], 'alice')
        back = self.browser.get(location)
        self.assertEqual((back.status, back.header('location')), (302, PORTAL + '/'),
                         'the provider asked, as if it did not know the session')

    def test_the_id_token_is_sealed(self):
        rows = sql("SELECT octet_length(id_token_sealed) > 500, get_byte(id_token_sealed, 0),"
                   " position('eyJ'::bytea IN id_token_sealed), refresh_token_sealed IS NULL"
                   " FROM sessions s JOIN users u ON u.id = s.user_id"
                   " WHERE keycloak_sub = 'alice' ORDER BY s.id DESC LIMIT 1")
        self.assertEqual(rows, [['t', '1', '0', 't']])

    def test_a_session_from_before_keeps_no_token(self):
        sql('UPDATE sessions SET id_token_sealed = NULL')
        answer = self.browser.post('/signout', {'csrf': self.browser.csrf()})
        self.assertNotIn('id_token_hint', query_of(answer.header('location')))

    def test_the_provider_may_be_away(self):
        """A portal that has not seen its provider yet, on the same database and key."""
        portal = Portal(OIDC_ISSUER=f'http://127.0.0.1:{free_port()}')
        self.addCleanup(portal.stop)
        other = Browser(portal.url)
        other.jar(portal.url).update(self.browser.jar(PORTAL))
        answer = other.post('/signout', {'csrf': other.csrf()})
        self.assertEqual((answer.status, answer.header('location')), (303, '/'))
        self.assertEqual(self.browser.get('/dashboard').status, 303, 'the session goes on')

    def test_forms_may_lead_to_the_provider(self):
        csp = self.browser.get('/dashboard').header('content-security-policy')
        rules = dict(rule.strip().split(' ', 1) for rule in csp.split(';'))
        self.assertEqual(rules['form-action'], f"'self' {SIM}")

    def test_without_a_session_it_is_no_error(self):
        answer = Browser().post('/signout', {})
        self.assertEqual((answer.status, answer.header('location')), (303, '/'))

    def test_bodies_that_are_no_forms(self):
        cookie = '; '.join(f'{k}={v}' for k, v in self.browser.jar(PORTAL).items())
        for body in (b'%zz=1', b'csrf=%00', b'a=\xff', b'&'.join(b'a=1' for _ in range(201))):
            with self.subTest(body[:10]):
                answer = request('POST', PORTAL + '/signout', {'cookie': cookie}, body)
                self.assertIn(answer.status, (400, 413))


if __name__ == '__main__':
    unittest.main()
