"""The page of an account: who one is, the plan, and how many browsers are signed in."""
import re
import unittest

from client import PORTAL, Browser, request, sql


class Account(unittest.TestCase):
    def setUp(self):
        self.sub = f'account-{id(self)}'
        self.here = Browser()
        self.here.sign_in(self.sub)

    def page(self):
        answer = self.here.get('/account')
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header('cache-control'), 'no-store')
        return answer.text

    def test_strangers_are_sent_to_sign_in(self):
        answer = request('GET', PORTAL + '/account')
        self.assertEqual((answer.status, answer.header('location')),
                         (303, '/signin?return=%2Faccount'))

    def test_it_says_what_the_database_knows(self):
        sql("UPDATE users SET name = 'A <b>', email = 'a@example.org', email_verified = false,"
            f" plan = 'pro', created_at = now() - interval '4 days' WHERE keycloak_sub = '{self.sub}'")
        page = self.page()
        self.assertIn('<bdi>A &lt;b&gt;</bdi>', page)
        self.assertIn('a@example.org</bdi> <span class="badge is-off">not verified', page)
        self.assertIn('<p class="plan-name">Pro</p>', page)
        self.assertRegex(page, r'Member since</dt><dd><time [^>]*>4 days ago<')
        self.assertIn('signed in with 1 browser.', page)
        Browser().sign_in(self.sub)
        self.assertIn('signed in with 2 browsers.', self.page())

    def test_the_pages_of_the_account_are_beside_it(self):
        side = re.search(r'<nav class="side-pages" aria-label="Account">.*?</nav>', self.page(), re.S)
        self.assertEqual(re.findall(r'href="([^"]*)"', side.group()),
                         ['/account', '/account/sessions', '/billing', '/billing/invoices',
                          '/tokens'])
        self.assertEqual(side.group().count('aria-current="page"'), 1)
        crumbs = re.search(r'<nav class="crumbs".*?</nav>',
                           self.here.get('/account/sessions').text, re.S).group()
        self.assertIn('<a href="/account">Account</a>', crumbs)


if __name__ == '__main__':
    unittest.main()
