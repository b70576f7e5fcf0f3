"""Where you are signed in: the list, ending one and all others, and that it takes effect at once."""
import re
import unittest

from client import PORTAL, Browser, hidden_fields, request, sql

PAGE = '/account/sessions'
FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'


class Sessions(unittest.TestCase):
    def setUp(self):
        self.sub = f'sessions-{id(self)}'
        self.here = Browser()
        self.here.sign_in(self.sub)

    def sign_in_elsewhere(self, agent):
        """A browser that names itself when it comes back from the provider."""
        browser = Browser()
        back = browser.give_name(browser.go_to_provider(), self.sub)
        answer = browser.get(back.header('location'), {'user-agent': agent})
        self.assertEqual(answer.status, 303)
        return browser

    def forms(self, page):
        """The fields of each form that ends a session, by the words of its row."""
        found = {}
        for row in re.findall(r'<li class="card row">.*?</li>', page, re.S):
            words = re.search(r'<h3>(.*?)(?: <span|</h3>)', row).group(1)
            found[words] = dict(hidden_fields(row))
        return found

    def page(self):
        answer = self.here.get(PAGE)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header('cache-control'), 'no-store')
        return answer.text

    def others_token(self):
        form = self.page().split('action="/account/sessions/end-others"')[1]
        return next(iter(dict(hidden_fields(form)).values()))

    def test_strangers_are_sent_to_sign_in(self):
        answer = request('GET', PORTAL + PAGE)
        self.assertEqual((answer.status, answer.header('location')),
                         (303, '/signin?return=%2Faccount%2Fsessions'))
        for path in ('/end', '/end-others'):
            answer = request('POST', PORTAL + PAGE + path, body=b'id=1')
            self.assertEqual(answer.status, 401, path)

    def test_methods(self):
        for method, path, allow in (('POST', '', 'GET, HEAD'), ('GET', '/end', 'POST'),
                                    ('GET', '/end-others', 'POST')):
            with self.subTest(path):
                answer = self.here.send(method, PAGE + path)
                self.assertEqual((answer.status, answer.header('allow')), (405, allow))

    def test_the_list(self):
        self.sign_in_elsewhere(FIREFOX)
        page = self.page()
        self.assertEqual(page.count('>this one<'), 1)
        self.assertIn('<h3>Firefox on Linux</h3>', page)
        self.assertIn('Account made', page)
        self.assertEqual(page.count('<li>Signed in '), 2)
        self.assertIn('href="/account/sessions">Where you are signed in</a>', page)
        kept = sql('SELECT encode(token_hash, \'hex\') FROM sessions s JOIN users u'
                   f" ON u.id = s.user_id WHERE keycloak_sub = '{self.sub}'")
        self.assertEqual(len(kept), 2)
        for (token_hash,) in kept:
            self.assertNotIn(token_hash, page)

    def test_only_short_ascii_of_the_header_is_kept(self):
        self.sign_in_elsewhere('Lynx/2 <b>' + 'x' * 500)
        rows = sql('SELECT octet_length(user_agent) FROM sessions s JOIN users u ON u.id = s.user_id'
                   f" WHERE keycloak_sub = '{self.sub}' AND user_agent LIKE 'Lynx%'")
        self.assertEqual(rows, [['200']])
        self.assertIn('<h3>Lynx</h3>', self.page())

    def test_ending_one(self):
        first, second = self.sign_in_elsewhere(FIREFOX), self.sign_in_elsewhere('Lynx/2')
        answer = self.here.post(PAGE + '/end', self.forms(self.page())['Firefox on Linux'])
        self.assertEqual((answer.status, answer.header('location')), (303, PAGE + '?ended=one'))
        self.assertIn('That session has ended.', self.here.follow(answer).text)
        self.assertEqual(first.get('/dashboard').status, 303, 'the ended session still works')
        self.assertEqual(second.get('/dashboard').status, 200)
        self.assertEqual(self.here.get('/dashboard').status, 200)

    def test_ending_all_others(self):
        others = [self.sign_in_elsewhere(FIREFOX), self.sign_in_elsewhere('Lynx/2')]
        stranger = Browser()
        stranger.sign_in('bob')
        answer = self.here.post(PAGE + '/end-others', {'csrf': self.others_token()})
        self.assertEqual((answer.status, answer.header('location')), (303, PAGE + '?ended=others'))
        self.assertIn('signed in here only', self.here.follow(answer).text)
        for browser in others:
            self.assertEqual(browser.get('/dashboard').status, 303)
        self.assertEqual(stranger.get('/dashboard').status, 200)

    def test_bad_forms(self):
        self.sign_in_elsewhere('Lynx/2')
        good = self.forms(self.page())['Lynx']
        for change, status in (({'id': ''}, 400), ({'id': 'x'}, 400), ({'id': '0'}, 400),
                               ({'id': '99999999999999999999'}, 400), ({'csrf': 'x'}, 403),
                               ({'csrf': self.others_token()}, 403)):
            with self.subTest(change):
                answer = self.here.post(PAGE + '/end', {**good, **change})
                self.assertEqual(answer.status, status)
        answer = self.here.post(PAGE + '/end', {'csrf': good['csrf']})
        self.assertEqual(answer.status, 400)
        foreign = self.here.post(PAGE + '/end', good, {'origin': 'https://evil.example'})
        self.assertEqual(foreign.status, 403)
        self.assertIn('<h3>Lynx</h3>', self.page())

    def test_another_accounts_session_stays(self):
        bob = Browser()
        bob.sign_in('bob')
        row = sql('SELECT max(s.id) FROM sessions s JOIN users u ON u.id = s.user_id'
                  " WHERE keycloak_sub = 'bob'")
        self.sign_in_elsewhere('Lynx/2')
        form = self.forms(self.page())['Lynx']
        form['id'] = row[0][0]
        self.assertEqual(self.here.post(PAGE + '/end', form).status, 303)
        self.assertEqual(bob.get('/dashboard').status, 200)

    def test_an_unknown_word_in_the_address(self):
        self.assertEqual(self.here.get(PAGE + '?ended=x').status, 400)


if __name__ == '__main__':
    unittest.main()
