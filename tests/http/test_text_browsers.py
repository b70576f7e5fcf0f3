"""The pages in w3m and lynx: in the order of reading, each figure with its label, no markup."""
import html.parser
import os
import re
import shutil
import subprocess
import unittest

from client import PORTAL, Browser, control, hidden_fields, sql
from patience import wait_until

READERS = {
    'w3m': ['w3m', '-dump', '-cols', '80', '-T', 'text/html', '-I', 'UTF-8', '-O', 'UTF-8'],
    'lynx': ['lynx', '-stdin', '-dump', '-width=80', '-assume_charset=utf-8',
             '-display_charset=utf-8'],
}
# Tags, template marks and entities that nobody should read; names of channels may hold a "<".
MARKUP = re.compile(r'</|\{\{|\}\}|&(?:amp|lt|gt|quot|#\d+);')


class Names(html.parser.HTMLParser):
    """What links, buttons and headings are called."""

    def __init__(self, page):
        super().__init__()
        self.names, self.open = [], []  # a link may be within a heading, which it names, too
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ('a', 'button', 'summary', 'h1', 'h2', 'h3', 'h4'):
            name = [tag, '']
            self.names.append(name)
            self.open.append(name)
            self.add(attrs.get('aria-label', ''))
        elif tag == 'img':
            self.add(attrs.get('alt', ''))

    def handle_endtag(self, tag):
        if self.open and tag == self.open[-1][0]:
            self.open.pop()

    def handle_data(self, data):
        self.add(data)

    def add(self, words):
        for name in self.open:
            name[1] += words


def read(reader, page):
    """The page as the reader prints it."""
    run = subprocess.run(READERS[reader], input=page.encode(), capture_output=True, check=True,
                         timeout=60, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb'})
    return run.stdout.decode()


class TextBrowsers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        missing = [name for name in READERS if shutil.which(name) is None]
        if missing:
            text = f'not installed: {" ".join(missing)} (Debian packages of the same names)'
            if os.environ.get('CI') == 'true':
                raise AssertionError(text)
            raise unittest.SkipTest(text)

    def setUp(self):
        control('/control/reset')
        self.browser = Browser()

    def check(self, page, patterns):
        """The patterns stand in the page in this order, in every reader."""
        for tag, name in Names(page).names:
            self.assertTrue(name.strip(), f'a nameless <{tag}>')
        for reader in READERS:
            with self.subTest(reader):
                text = read(reader, page)
                self.assertIsNone(MARKUP.search(text), text)
                # lynx marks links and buttons: one without words would stand alone.
                self.assertNotRegex(text, r'(?m)\[\d+\]\s*(\[|$)|\(BUTTON\)\s*$')
                self.assertNotRegex(text, r'(?m)^ *[*•+□] *$', 'a bullet without its words')
                self.assert_order(text, ['Skip to content', *patterns, r'© \d{4} '])

    def assert_order(self, text, patterns):
        at = 0
        for pattern in patterns:
            found = re.compile(pattern).search(text, at)
            self.assertIsNotNone(found, f'no {pattern!r} where it belongs in:\n{text}')
            at = found.end()

    def test_the_front_page(self):
        self.check(self.browser.get('/').text, [
            'Sign in', r'Close the laptop\.', 'Sign in', 'Signing in makes your account',
            'What you get', r'[*•] A bouncer of your own\n', r'[*•] Pastes\n', 'Plans',
            r'[*•] Free\n', 'For staying in touch', r'[*•] Pro\n'])

    def follow(self, page, words):
        """Goes where the link of those words leads."""
        href = re.search(rf'<a[^>]* href="([^"]+)"[^>]*>{words}</a>', page).group(1)
        return self.browser.follow(self.browser.get(href))

    def test_signing_in_and_out_is_following_links_and_sending_forms(self):
        login = self.follow(self.browser.get('/').text, 'Sign in')
        self.assertFalse(login.url.startswith(PORTAL), 'the provider asks who is there')
        back = self.browser.follow(self.browser.give_name(login, 'bob'))
        self.assertEqual((back.status, back.url), (200, PORTAL + '/dashboard'))
        answer = self.browser.post('/signout', {'csrf': self.browser.csrf()})
        self.assertEqual(answer.status, 303)
        self.assertEqual(self.browser.get('/dashboard').status, 303)

    def test_the_dashboard_as_w3m_fetches_it(self):
        self.browser.sign_in('alice')
        value = self.browser.jar(PORTAL)['portal']
        run = subprocess.run(['w3m', '-dump', '-cols', '80', '-header', f'Cookie: portal={value}',
                              PORTAL + '/dashboard'], capture_output=True, check=True, timeout=60)
        self.assertRegex(run.stdout.decode(), r'(?m)^Dashboard$')

    def dashboard(self, patterns):
        """The page once it shows them: a first refresh may outlast the page's patience."""
        page = ''

        def shows():
            nonlocal page
            page = self.browser.get('/dashboard').text
            text = read('w3m', page)
            return all(re.search(pattern, text) for pattern in patterns)

        wait_until(shows, lambda: f'{patterns} in {read("w3m", page)}', pause=0.3)
        return page

    def test_the_dashboard(self):
        self.browser.sign_in('alice')
        self.check(self.dashboard([
            r'Networks\n\s+2\n', r'Messages in history\n\s+[\d,]+\n', '27 restarts',
            r'Count\n\s+12\n', r'Storage\n\s+45\.7 kB\n', r'Count\n\s+8\n', r'280 kB\n']), [
            r'[*•] (\[\d+\])?Dashboard\n', r'[*•] (\[\d+\])?Account\n', 'Alice Example',
            r'Your account\n', r'Where you are signed in\n', 'Sign out', r'\n *Dashboard\n',
            r'\nBouncer\n', r'\n(\[\d+\])?alice\n', r'Networks\n\s+2\n', r'Channels\n\s+7\n',
            r'Messages in history\n\s+[\d,]+\n', r'[*•]\s+Libera\.Chat\n', 'enabled 5 channels',
            '#debian', r'\n(\[\d+\])?alice-work\n', 'Restarting', r'27 restarts', r'\nContent\n',
            r'\nPastes\n', r'Count\n\s+12\n', r'Storage\n\s+45\.7 kB\n', r'\nPictures\n',
            r'Count\n\s+8\n', r'\nTotal storage\n\s+280 kB\n', r'\nPlan\n'])

    def test_what_is_unknown_stands_apart_from_its_reason(self):
        control(target='txt', mode='error', status=503)
        self.addCleanup(control, '/control/reset')
        self.browser.sign_in(f'text-{id(self)}')
        self.check(self.dashboard(['No bouncer yet', r'answers\s+with\s+an\s+error']), [
            r'No bouncer yet\n', r'\nPastes\n', r'unknown\n\s*\S'])

    def test_the_account(self):
        self.browser.sign_in('alice')
        self.check(self.browser.get('/account').text, [
            r'\nYour account\n\n', r'Who you are\n', r'Name\n\s+Alice Example\n',
            r'E-mail\n\s+alice@example\.org verified\n', r'Member since\n\s+\S', r'\nPlan\n',
            r'signed in with \d+ browsers?\.', 'Where you are signed in'])

    def test_the_sessions(self):
        sub = f'text-{id(self)}'
        Browser().sign_in(sub)
        self.browser.sign_in(sub)
        self.check(self.browser.get('/account/sessions').text, [
            r'1\. (\[\d+\])?Account\n', r'2\. Sessions\n', r'\nWhere you are signed in\n\n',
            r'[*•]\s+An unknown browser this one\n', 'Begun just now, last used just now',
            r'[*•]\s+An unknown browser\n', r'End\n', 'End all others', r'\nRecent activity\n',
            'Signed in just now', r'Account made'])

    def test_the_tokens(self):
        self.browser.sign_in(f'text-tokens-{id(self)}')
        page = self.browser.get('/tokens').text
        self.check(page, [
            r'\nAPI tokens\n', r'\nYour tokens\n', 'You have no token', r'\nA new token\n',
            'Name', 'To tell it from the others', 'What it may do', 'Pastes', 'Pictures',
            'Good for', '90 days', 'Make the token'])
        fields = {**dict(hidden_fields(page.split('action="/tokens"')[1])),
                  'label': 'Laptop', 'txt': 'on', 'term': 'never'}
        self.check(self.browser.post('/tokens', fields).text, [
            r'\nYour new token\n', r'\n *pt_[\w-]{43}', r'\n *Make a paste\n', 'curl --data-binary',
            r'\nYour tokens\n', r'[*•]\s+Laptop\n', 'For pastes, ends in ', 'Made just now',
            'Revoke'])

    def test_bouncers_for_admins(self):
        name = f'text-{id(self)}'
        sql("INSERT INTO bouncers (user_id, name, soju_username, provisioner, work_until) SELECT id,"
            f" '{name}', 'x', 'kubernetes', now() + interval '1 day' FROM users"
            " WHERE keycloak_sub = 'alice'")
        self.addCleanup(sql, f"DELETE FROM bouncers WHERE name = '{name}'")
        self.browser.sign_in('erin')
        self.check(self.browser.get(f'/admin/bouncers?text={name}').text, [
            r'\nAll bouncers\n', 'Only in trouble', 'Name or owner', 'State', 'Show', name,
            'Alice', 'Ready', 'unknown'])
        self.check(self.browser.get(f'/admin/bouncers/{name}').text, [
            rf'\n *{name}\n', r'How it is\n', r'State\n\s+Ready\n', r'Running\n\s+unknown\n',
            'never sampled', r'What it is\n', r'Owner\n\s+Alice Example\n', 'What can be done',
            'Everybody who is connected', 'Restart', 'Why', 'A line that its owner reads', 'Suspend'])
        self.check(self.browser.get('/admin/bouncers/notice?text=Soon&bouncer=' + name).text, [
            r'\nMaintenance notice\n', 'As people will read it', 'Soon', f'connected to {name}',
            'Send it now', 'Write one', 'Show it first', 'Sent so far'])

    def test_an_error(self):
        answer = self.browser.get('/no/such/page')
        self.assertEqual(answer.status, 404)
        self.check(answer.text, ['404', r'\nNot found\n', 'There is nothing at this address',
                                 'Front page', 'Number of this request: '])


if __name__ == '__main__':
    unittest.main()
