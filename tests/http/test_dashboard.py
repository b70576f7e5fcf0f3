"""The dashboard over HTTP: what it says when all is well, and when something is not."""
import html.parser
import os
import re
import subprocess
import time
import unittest

from client import Browser, control, sql
from patience import wait_until

ADMIN = os.environ['ADMIN_DATABASE_URL']


def owner_of(database):
    """The address of a soju database for its owner."""
    return re.sub(r'/[^/]*$', f'/{database}', ADMIN)


class Text(html.parser.HTMLParser):
    """The words of a page, as a text browser shows them; a form feed before each heading."""

    def __init__(self, page):
        super().__init__()
        self.words = ''
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag in ('h1', 'h2', 'h3', 'h4', 'article', 'section'):
            self.words += '\f'

    def handle_data(self, data):
        self.words += data

    @property
    def text(self):
        return re.sub(r'[ \n\t]+', ' ', self.words)


class Account:
    """Somebody new, with bouncers and soju databases of their own."""

    count = 0

    def __init__(self, test):
        Account.count += 1
        self.sub = f'tester-{os.getpid()}-{Account.count}'
        self.browser = Browser()
        self.browser.sign_in(self.sub)
        test.addCleanup(sql, f"DELETE FROM bouncers WHERE user_id = {self.id}")
        self.test = test

    @property
    def id(self):
        return sql(f"SELECT id FROM users WHERE keycloak_sub = '{self.sub}'")[0][0]

    def bouncer(self, name, has_database=True):
        sql(f"INSERT INTO bouncers (user_id, name, soju_username) VALUES ({self.id}, '{name}', 'alice')")
        if has_database:
            sql(f'DROP DATABASE IF EXISTS "soju_{name}" WITH (FORCE)', ADMIN)
            sql(f'CREATE DATABASE "soju_{name}" TEMPLATE soju_alice', ADMIN)
            self.test.addCleanup(sql, f'DROP DATABASE IF EXISTS "soju_{name}" WITH (FORCE)', ADMIN)

    def forget(self):
        """As if nobody had looked for a while: all sources are due."""
        sql("UPDATE source_snapshots SET tried_at = tried_at - interval '1 minute',"
            " answered_at = answered_at - interval '1 minute', refreshing_until = NULL"
            f" WHERE user_id = {self.id}")

    def page(self):
        answer = self.browser.get('/dashboard')
        self.test.assertEqual(answer.status, 200)
        return answer.text

    def read(self):
        return Text(self.page()).text

    def read_until(self, pattern):
        """The page once it shows the pattern: the first refresh may outlast the page's patience."""
        text = self.read()

        def shows():
            nonlocal text
            text = self.read()
            return re.search(pattern, text)

        wait_until(shows, lambda: f'{pattern!r} in: {text}', pause=0.2)
        return text


class Dashboard(unittest.TestCase):
    def setUp(self):
        control('/control/reset')
        self.addCleanup(control, '/control/reset')

    def test_a_new_account_is_told_what_to_do_next(self):
        text = Account(self).read_until('No bouncer yet')
        self.assertRegex(text, r'No bouncer yet')
        self.assertRegex(text, r'(?i)paste')
        self.assertRegex(text, r'Free')

    def test_figures_of_a_bouncer(self):
        owner = owner_of('soju_alice')
        networks = sql("SELECT COALESCE(NULLIF(n.name, ''), n.addr) FROM \"Network\" n"
                       " JOIN \"User\" u ON u.id = n.\"user\" WHERE u.username = 'alice'", owner)
        channels = sql('SELECT count(*) FROM "Channel"', owner)[0][0]
        messages = sql('SELECT count(*) FROM "Message" WHERE text IS NOT NULL'
                       " AND time < now() - interval '10 seconds'", owner)[0][0]
        browser = Browser()
        browser.sign_in('alice')
        account = Account(self)
        account.browser, account.sub = browser, 'alice'
        text = account.read_until(rf'{int(messages):,}')
        for (name,) in networks:
            self.assertIn(name[:20], text)
        self.assertRegex(text, rf'Networks {len(networks)}\b')
        self.assertRegex(text, rf'Channels {channels}\b')
        self.assertRegex(text, r'running since \d{4}-\d\d-\d\d \d\d:\d\d UTC|Running')
        self.assertRegex(text, r'(?i)restarting')  # alice-work
        self.assertRegex(text, r'12\b')
        self.assertRegex(text, r'45\.7 kB')

    def test_new_figures_come_within_seconds(self):
        account = Account(self)
        account.read_until('Count|paste')
        control('/control/usage', sub=account.sub, paste_count=1234, paste_bytes=5600000,
                image_count=1, image_bytes=10)
        account.forget()
        text = account.read_until('1,234')
        self.assertIn('5.6 MB', text)

    def test_trouble_is_said_and_never_shown_as_zero(self):
        reasons = {'error': 'answers with an error', 'garbage': 'cannot be read',
                   'huge': 'far too much', 'refuse-auth': 'does not let the portal in',
                   'truncated': 'breaks off', 'hang': 'does not answer'}
        for mode, reason in reasons.items():
            with self.subTest(mode):
                control('/control', target='txt', mode=mode)
                text = Account(self).read_until(f'unknown[^\f]*{reason}')
                self.assertNotRegex(text, r'Pastes[^\f]*\b0\b')
                self.assertRegex(text, r'Pictures')
                control('/control', target='txt', mode='ok')

    def test_the_last_answer_stays_with_its_age(self):
        account = Account(self)
        control('/control/usage', sub=account.sub, paste_count=77, paste_bytes=1000,
                image_count=5, image_bytes=10)
        account.forget()
        account.read_until(r'\b77\b')
        control('/control', target='txt', mode='error')
        account.forget()
        text = account.read_until('answers with an error')
        self.assertRegex(text, r'\b77\b')
        self.assertRegex(text, r'minutes? ago|seconds ago')
        self.assertIn('<time datetime="', account.page())

    def test_four_silent_sources_hold_the_page_for_400_ms_at_most(self):
        account = Account(self)
        account.bouncer(f'quiet-{os.getpid()}')
        for target in ('txt', 'pics', 'kube'):
            control('/control', target=target, mode='hang')
        lock = subprocess.Popen(
            ['psql', '-X', '-q', owner_of(f'soju_quiet-{os.getpid()}'), '-c',
             'BEGIN; LOCK TABLE "Network", "User", "Config" IN ACCESS EXCLUSIVE MODE;'
             ' SELECT pg_sleep(60)'])
        self.addCleanup(lock.wait)
        self.addCleanup(lock.terminate)
        wait_until(lambda: sql(
            'SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.granted AND'
            f" d.datname = 'soju_quiet-{os.getpid()}' AND l.mode = 'AccessExclusiveLock'", ADMIN),
            'the lock')
        for _ in range(5):  # once is enough, as the machine may be busy with something else
            account.forget()
            begun = time.monotonic()
            text = account.read()
            taken = time.monotonic() - begun
            self.assertGreater(text.count('unknown'), 3, text)
            if taken < 1.2:
                break
        self.assertLess(taken, 1.2, 'it waits for more than its own patience of 0.4 s')
        # Others are not held up by it.
        begun = time.monotonic()
        Account(self)
        self.assertLess(time.monotonic() - begun, 20)

    def test_kubernetes(self):
        says = {'running': 'Running', 'starting': 'Starting', 'crashloop': 'CrashLoopBackOff',
                'imagepull': 'ImagePullBackOff', 'stopped': 'Stopped',
                'missing': '(?i)not (running|found|set up)|no deployment|nothing'}
        account = Account(self)
        name = f'phases-{os.getpid()}'
        account.bouncer(name)
        for phase, words in says.items():
            with self.subTest(phase):
                control('/control/kube', deployment=name, phase=phase)
                account.forget()
                account.read_until(words)

    def test_a_newer_soju(self):
        account = Account(self)
        name = f'newer-{os.getpid()}'
        account.bouncer(name)
        sql('UPDATE "Config" SET version = 21', owner_of(f'soju_{name}'))
        account.read_until('newer version than the portal knows')

    def test_a_bouncer_whose_database_is_gone(self):
        account = Account(self)
        account.bouncer(f'gone-{os.getpid()}', has_database=False)
        text = account.read_until('knows nothing under this name')
        self.assertNotRegex(text, r'Networks 0')

    def test_300_networks_of_20_channels(self):
        account = Account(self)
        name = f'large-{os.getpid()}'
        account.bouncer(name)
        owner = owner_of(f'soju_{name}')
        sql('DELETE FROM "Network"', owner)
        sql("""INSERT INTO "Network" ("user", name, addr)
            SELECT u.id, 'net ' || i, 'irc' || i || '.example.org:6697'
            FROM "User" u, generate_series(1, 300) i WHERE u.username = 'alice'""", owner)
        sql("""INSERT INTO "Channel" (network, name)
            SELECT n.id, '#c' || lpad(i::text, 2, '0')
            FROM "Network" n, generate_series(1, 20) i""", owner)
        text = account.read_until('Networks 300')
        self.assertRegex(text, r'Channels 6,000\b')
        self.assertIn('80 more networks', text)
        self.assertIn('And 200 more networks not listed here.', text)
        self.assertNotIn('far too much', text)
        page = account.page()
        self.assertEqual(page.count('class="network"'), 100)
        self.assertEqual(page.count('>#c20<'), 100)
        self.assertLess(len(page), 300_000)
        sql("""INSERT INTO "Channel" (network, name)
            SELECT (SELECT max(id) FROM "Network"), '#extra' || i
            FROM generate_series(1, 30000) i""", owner)
        account.forget()
        self.assertIn('And 200 more networks', account.read_until(r'Channels 36,000\b'))

    def test_a_network_without_a_name_shows_its_address_once(self):
        account = Account(self)
        name = f'nameless-{os.getpid()}'
        account.bouncer(name)
        text = account.read_until('Networks 2')
        self.assertEqual(text.count('irc.oftc.net'), 1)
        self.assertIn('ircs://irc.oftc.net:6697', text)

    def test_hostile_names(self):
        account = Account(self)
        name = f'hostile-{os.getpid()}'
        account.bouncer(name)
        owner = owner_of(f'soju_{name}')
        names = ['<script>alert(1)</script>', 'a"b\'c', 'x' * 200, '\u202eevil', 'tab\there',
                 '\x02bold\x0f', '{{raw frame}}', '日本 🎉']
        values = ', '.join("((SELECT min(id) FROM \"User\" WHERE username = 'alice'), "
                           f"$q${value}$q$, 'irc{n}.example.org')" for n, value in enumerate(names))
        sql(f'INSERT INTO "Network" ("user", name, addr) VALUES {values}', owner)
        text = account.read_until('alert\\(1\\)')
        page = account.page()
        self.assertNotIn('<script>alert', page)
        self.assertNotRegex(page, '[\u202e\x02\x0f]')
        self.assertIn('日本', text)
        self.assertNotIn('x' * 100, text)
        self.assertIn('x' * 200, page, 'the whole name is nowhere to be found')

    def test_accounts_see_their_own_only(self):
        one, other = Account(self), Account(self)
        one.bouncer(f'mine-{os.getpid()}')
        one.read_until('mine-')
        self.assertNotIn('mine-', other.read())


if __name__ == '__main__':
    unittest.main()
