"""What is believed for a moment, and that a change on this host ends it at once in all workers."""
import time
import unittest

from client import Browser, control, hidden_fields, request, sql
from instance import Portal, Simulator, free_port
from patience import wait_until


class Cache(unittest.TestCase):
    def setUp(self):
        port = free_port()
        self.sim = Simulator(port)
        self.addCleanup(self.sim.stop)
        self.portal = Portal(port, CACHE='on', WORKERS='3', OIDC_ISSUER=self.sim.url,
                             TXT_INTERNAL_URL=self.sim.url + '/txt',
                             PIC_INTERNAL_URL=self.sim.url + '/pics')
        self.addCleanup(self.portal.stop)
        self.sub = f'cache-{id(self)}'

    def sign_in(self):
        browser = Browser(self.portal.url)
        browser.sign_in(self.sub)
        return browser

    def status(self, browser, path='/account', times=12):
        """The statuses of several requests, so that each worker is asked."""
        return {browser.get(path).status for _ in range(times)}

    def test_who_comes_again_is_not_looked_up_again(self):
        browser = self.sign_in()
        self.assertEqual(self.status(browser), {200})
        sql(f"UPDATE users SET name = 'Changed elsewhere' WHERE keycloak_sub = '{self.sub}'")
        self.assertNotIn('Changed elsewhere', browser.get('/account').text)
        time.sleep(5.1)
        self.assertIn('Changed elsewhere', browser.get('/account').text)

    def test_a_session_that_ended_elsewhere_lives_for_seconds_only(self):
        browser = self.sign_in()
        self.assertEqual(self.status(browser), {200})
        sql("DELETE FROM sessions USING users WHERE user_id = users.id"
            f" AND keycloak_sub = '{self.sub}'")
        time.sleep(5.1)
        self.assertEqual(self.status(browser), {303})

    def test_signing_out_ends_it_at_once(self):
        browser = self.sign_in()
        self.assertEqual(self.status(browser), {200})
        cookie = '; '.join(f'{k}={v}' for k, v in browser.jar(self.portal.url).items())
        self.assertEqual(browser.post('/signout', {'csrf': browser.csrf()}).status, 303)
        for _ in range(20):
            answer = request('GET', self.portal.url + '/account', {'cookie': cookie})
            self.assertEqual(answer.status, 303)

    def test_signing_in_in_another_tab_ends_the_session_before_at_once(self):
        browser = Browser(self.portal.url)
        other_tab = browser.go_to_provider()
        browser.sign_in(self.sub)
        self.assertEqual(self.status(browser), {200})
        old = '; '.join(f'{k}={v}' for k, v in browser.jar(self.portal.url).items())
        back = browser.give_name(other_tab, self.sub)
        self.assertEqual(browser.get(back.header('location')).status, 303)
        for _ in range(20):
            answer = request('GET', self.portal.url + '/account', {'cookie': old})
            self.assertEqual(answer.status, 303)
        self.assertEqual(self.status(browser), {200})

    def test_ending_the_others_ends_them_at_once(self):
        here, there = self.sign_in(), self.sign_in()
        self.assertEqual(self.status(there), {200})
        form = here.get('/account/sessions').text.split('action="/account/sessions/end-others"')[1]
        self.assertEqual(here.post('/account/sessions/end-others',
                                   dict(hidden_fields(form))).status, 303)
        self.assertEqual(self.status(there), {303})
        self.assertEqual(self.status(here), {200})

    def test_the_provider_ends_it_at_once(self):
        browser = self.sign_in()
        self.assertEqual(self.status(browser), {200})
        self.assertEqual(control('/control/logout', self.sim.url, sub=self.sub)['status'], 200)
        self.assertEqual(self.status(browser), {303})

    def test_roles_change_at_once_when_they_were_read_again(self):
        control('/control/account', self.sim.url, sub=self.sub, roles=['admin'])
        browser = self.sign_in()
        self.assertIn('admin', browser.get('/account').text)
        control('/control/account', self.sim.url, sub=self.sub, roles=[])
        sql("UPDATE sessions SET roles_read_at = now() - interval '301 seconds' FROM users"
            f" WHERE user_id = users.id AND keycloak_sub = '{self.sub}'")
        time.sleep(5.1)
        for _ in range(12):
            self.assertNotIn('<dt>Roles</dt>', browser.get('/account').text)

    def test_the_dashboard_shows_at_once_what_a_refresh_found(self):
        browser = self.sign_in()
        self.assertEqual(self.status(browser, '/dashboard'), {200})
        control('/control/usage', self.sim.url, sub=self.sub, paste_count=1234, paste_bytes=1,
                image_count=1, image_bytes=1)
        sql("UPDATE source_snapshots SET tried_at = tried_at - interval '2 minutes',"
            " answered_at = answered_at - interval '2 minutes' FROM users"
            f" WHERE user_id = users.id AND keycloak_sub = '{self.sub}'")
        time.sleep(2.1)
        # The answer may come after the page's patience; once a page has it, all do.
        wait_until(lambda: '1,234' in browser.get('/dashboard').text, 'the new figure')
        pages = [browser.get('/dashboard').text for _ in range(12)]
        self.assertTrue(all('1,234' in page for page in pages))


if __name__ == '__main__':
    unittest.main()
