"""The pages of bouncers: whose they are, bad input, forms that are kept, and soju's answers."""
import concurrent.futures
import html
import os
import re
import socket
import tempfile
import threading
import time
import unittest
import urllib.parse

from client import PORTAL, Browser, check_headers, form_of, request, sql
from services import Service

NEW = '/bouncers/new'
IS_OFFERED = os.environ.get('BOUNCER_PROVISIONER', 'none') != 'none'
ERROR = re.compile(r'<p class="field-error"[^>]*>([^<]*)</p>')


def field_errors(page):
    return [html.unescape(words) for words in ERROR.findall(page) if words]


class Case(unittest.TestCase):
    number = 0

    def setUp(self):
        Case.number += 1
        self.sub = f'bouncers-{os.getpid()}-{Case.number}'
        self.here = Browser()
        self.here.sign_in(self.sub)
        self.name = f'b{os.getpid()}-{Case.number}'

    def tearDown(self):
        sql(f"DELETE FROM bouncers WHERE name LIKE 'b{os.getpid()}-%'")

    def put(self, name=None, state='ready', provisioner='soju', sub=None, **columns):
        """A bouncer that no job takes up and that has the limits of the plan already. No soju knows it,
        so that no round of health writes down how it is."""
        name = name or self.name
        columns = {'max_networks': 3, **columns}
        more = ''.join(f', {column}' for column in columns)
        values = ''.join(f', {value}' for value in columns.values())
        sql(f"""INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, ready_at,
              work_until{more}) SELECT id, '{name}', '{name}', '{provisioner}', '{state}', now(),
              now() + interval '1 day'{values} FROM users WHERE keycloak_sub = '{sub or self.sub}'""")
        return f'/bouncers/{name}'

    def put_network(self, name, state='connected', error=None, address='ircs://irc.example.org:6697'):
        sql(f"""INSERT INTO bouncer_networks (bouncer_id, name, address, state, error, sampled_at)
              SELECT id, $a${name}$a$, $a${address}$a$, '{state}',
              {'NULL' if error is None else f'$a${error}$a$'}, now()
              FROM bouncers WHERE name = '{self.name}'""")

    def form(self, path, action=None):
        return form_of(self.here.get(path), action or path.partition('?')[0])

    def state(self, name=None):
        return sql(f"SELECT state FROM bouncers WHERE name = '{name or self.name}'")


@unittest.skipUnless(IS_OFFERED, 'nothing makes bouncers here')
class Making(Case):
    def make(self, browser=None, **fields):
        browser = browser or self.here
        return browser.post(NEW, {**self.form(NEW), 'name': self.name, 'network': 'none',
                                  **fields})

    def test_bad_names(self):
        for name in ('', '-x', 'x-', 'ab', 'x' * 33, 'x' * 64, 'Alice', 'a b', 'bücher', 'a_b',
                     'a.b', '../x', 'new', 'name', 'admin', 'a--b', '1st', "a'b", '日本語', 'a\nb'):
            with self.subTest(name):
                answer = self.make(name=name)
                self.assertEqual(answer.status, 400)
                self.assertEqual(len(field_errors(answer.text)), 1, answer.text)
                asked = self.here.get('/bouncers/name?' + urllib.parse.urlencode({'name': name}))
                if name and '\n' not in name:
                    self.assertEqual(asked.status, 200)
                    self.assertFalse(asked.json()['ok'])
                    self.assertEqual(asked.json()['problem'], field_errors(answer.text)[0])
        self.assertEqual(sql(f"SELECT count(*) FROM bouncers b JOIN users u ON u.id = b.user_id"
                             f" WHERE keycloak_sub = '{self.sub}'"), [['0']])

    def test_bad_networks(self):
        for fields, words in (
                ({'network': ''}, 'Choose a network'),
                ({'network': 'nonsense'}, 'Choose a network'),
                ({'network': 'other', 'network_name': 'x'}, 'Give the address'),
                ({'address': 'irc+unix:///run/soju'}, 'Only ircs://'),
                ({'address': 'http://irc.example.org'}, 'Only ircs://'),
                ({'address': '127.0.0.1'}, 'private'),
                ({'address': 'ircs://10.1.2.3:6697'}, 'private'),
                ({'address': 'ircs://[::1]'}, 'private'),
                ({'address': '192.168.1.1:6667'}, 'private'),
                ({'address': '169.254.169.254'}, 'private'),
                ({'address': 'localhost'}, 'private'),
                ({'address': 'irc.example.org', 'network_name': '-x'}, 'begin with'),
                ({'address': 'irc.example.org', 'network_name': 'a b'}, 'no spaces'),
                ({'address': 'irc.example.org', 'nick': '1alice'}, 'cannot begin'),
                ({'address': 'irc.example.org', 'channels': '#' + 'x' * 300}, 'channel'),
                ({'address': 'irc.example.org', 'channels': ' '.join(f'#c{i}' for i in range(21))},
                 'too many channels'),
        ):
            with self.subTest(fields):
                answer = self.make(**{'network': 'other', 'network_name': 'net', **fields})
                self.assertEqual(answer.status, 400)
                self.assertIn(words, ' '.join(field_errors(answer.text)))
                self.assertIn(f'value="{self.name}"', answer.text)
                for value in fields.values():
                    if value and value != 'nonsense':
                        self.assertIn(html.escape(value, quote=True), answer.text)
        self.assertEqual(self.state(), [])

    def test_a_refused_form_keeps_ticks_and_no_secret(self):
        answer = self.make(name='-x', network='libera', channel='#libera', channels='#<b>',
                           pass_='x', sasl_password='secret-1', nick='al<i>ce')
        self.assertEqual(answer.status, 400)
        self.assertRegex(answer.text, r'value="#libera" checked')
        self.assertRegex(answer.text, r'id="network-libera"[^>]* checked')
        self.assertIn('value="#&lt;b&gt;"', answer.text)
        self.assertNotIn('secret-1', answer.text)

    def test_blanks_around_a_name_are_no_part_of_it(self):
        asked = self.here.get('/bouncers/name?' + urllib.parse.urlencode(
            {'name': f' {self.name} '}))
        self.assertTrue(asked.json()['ok'], asked.text)
        self.assertIn('Type a name', field_errors(self.make(name='   ').text)[0])
        answer = self.make(name=f'  {self.name}\t')
        self.assertEqual((answer.status, answer.header('location')), (303, f'/bouncers/{self.name}'))

    def test_making_one(self):
        answer = self.make(network='libera', channel='#libera', channels='#a, #b', nick='alice')
        self.assertEqual((answer.status, answer.header('location')), (303, f'/bouncers/{self.name}'))
        page = self.here.get(f'/bouncers/{self.name}')
        self.assertEqual(page.status, 200)
        check_headers(self, page)
        self.assertIn(self.name, page.text)
        self.assertIn(self.state()[0][0], ('requested', 'database', 'applied', 'ready'))

    def test_the_same_form_twice_and_two_at_once(self):
        fields = {**self.form(NEW), 'name': self.name, 'network': 'none'}
        other = {**self.form(NEW), 'name': self.name + '-x', 'network': 'none'}
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda f: self.here.post(NEW, f),
                                    [fields, other, fields, other, fields, other]))
        self.assertEqual(sql(f"SELECT count(*) FROM bouncers b JOIN users u ON u.id = b.user_id"
                             f" WHERE keycloak_sub = '{self.sub}'"), [['1']])
        self.assertLessEqual({a.status for a in answers}, {303, 409})
        self.assertIn(303, {a.status for a in answers})

    def test_a_name_that_is_taken(self):
        fields = {**self.form(NEW), 'name': self.name, 'network': 'none'}
        self.put(name=self.name, sub=self.other())
        self.assertFalse(self.here.get(f'/bouncers/name?name={self.name}').json()['ok'])
        answer = self.here.post(NEW, fields)
        self.assertEqual(answer.status, 409)
        self.assertIn('taken', field_errors(answer.text)[0])

    def other(self):
        sub = self.sub + '-other'
        Browser().sign_in(sub)
        return sub

    def test_over_the_plan(self):
        fields = {**self.form(NEW), 'name': self.name + '-2', 'network': 'none'}
        self.put(slot=1)
        page = self.here.get(NEW)
        self.assertIn('as many as your plan Free has', page.text)
        self.assertNotIn('<form class="form', page.text)
        answer = self.here.post(NEW, fields)
        self.assertEqual(answer.status, 409)
        self.assertIn('as many bouncers as your plan allows', answer.text)

    def test_forms_of_strangers(self):
        for csrf in ('', 'x', self.form('/account', '/signout')['csrf']):
            self.assertEqual(self.make(csrf=csrf).status, 403)
        good = {**self.form(NEW), 'name': self.name, 'network': 'none'}
        for headers in ({'origin': 'https://evil.example'}, {'sec-fetch-site': 'cross-site'}):
            self.assertEqual(self.here.post(NEW, good, headers).status, 403)
        self.assertEqual(request('POST', PORTAL + NEW, body=b'name=x').status, 401)
        self.assertEqual(self.state(), [])

    def test_without_once(self):
        answer = self.make(once='')
        self.assertEqual(answer.status, 400)
        self.assertEqual(self.state(), [])

    def test_bytes_that_are_none(self):
        for value in (b'%00', b'%ff', b'%'):
            body = urllib.parse.urlencode({**self.form(NEW), 'network': 'none'}).encode()
            answer = self.here.send('POST', NEW,
                                    {'content-type': 'application/x-www-form-urlencoded'},
                                    body + b'&name=' + value)
            self.assertEqual(answer.status, 400)


class Whose(Case):
    PATHS = ('', '/connect', '/restart', '/delete', '/networks/new', '/networks/edit?name=x',
             '/networks/remove?name=x')

    def test_of_another_account(self):
        path = self.put(sub=self.sub)
        stranger = Browser()
        stranger.sign_in(self.sub + '-stranger')
        for rest in self.PATHS:
            with self.subTest(rest):
                self.assertEqual(stranger.get(path + rest).status, 404)
        self.assertNotIn(self.name, stranger.get('/bouncers').text)

    def test_names_that_are_none(self):
        for name in ('A', 'x%2F..', '%00', '%ff', '%3Cscript%3E', 'x' * 41, "a'--", '-x'):
            for rest in self.PATHS:
                with self.subTest(name + rest):
                    self.assertIn(self.here.get(f'/bouncers/{name}{rest}').status, (400, 404))

    def test_strangers(self):
        path = self.put()
        for rest in self.PATHS:
            answer = request('GET', PORTAL + path + rest)
            self.assertEqual(answer.status, 303, rest)
            self.assertIn('/signin?return=', answer.header('location'))


class States(Case):
    def test_not_ready(self):
        path = self.put(state='applied', failure="'<script>Nobody answers.'", attempts=2)
        page = self.here.get(path)
        self.assertEqual(page.status, 200)
        self.assertIn('&lt;script&gt;Nobody answers.', page.text)
        self.assertIn('<noscript><meta http-equiv="refresh"', page.text)
        for rest in ('/connect', '/restart', '/networks/new', '/networks/edit?name=x'):
            with self.subTest(rest):
                answer = self.here.get(path + rest)
                self.assertEqual(answer.status, 409)
                self.assertIn('not ready', answer.text)
                self.assertIn(f'href="{path}"', answer.text)

    def test_failed(self):
        path = self.put(state='failed', failed_in="'database'", failure="'The disk is full.'")
        page = self.here.get(path)
        self.assertIn('The disk is full.', page.text)
        self.assertNotIn('<noscript><meta http-equiv="refresh"', page.text)
        answer = self.here.post(path + '/retry', self.form(path, path + '/retry'))
        self.assertEqual(answer.status, 303)
        self.assertNotEqual(self.state(), [['failed']])

    def test_a_network_that_soju_refused(self):
        path = self.put()
        sql("INSERT INTO bouncer_wishes SELECT id, 'libera', 'ircs://irc.libera.chat:6697',"
            f" 'alice', '{{}}', 'soju refused <it>' FROM bouncers WHERE name = '{self.name}'")
        self.assertIn('was not added: soju refused &lt;it&gt;', self.here.get(path).text)
        answer = self.here.post(path + '/retry', self.form(path, path + '/retry'))
        self.assertEqual((answer.status, answer.header('location')), (303, path + '?done=retry'))
        self.assertNotIn('was not added', self.here.get(path).text)

    def test_suspended(self):
        path = self.put(suspended_at='now()', suspended_why="'<b>Spam'")
        page = self.here.get(path)
        self.assertIn('&lt;b&gt;Spam', page.text)
        self.assertNotIn('/networks/new', page.text)
        self.assertIn('suspended', self.here.get(path + '/networks/new').text)
        self.assertEqual(self.here.get(path + '/restart').status, 409)

    def test_the_dashboard_says_the_same_of_a_shared_soju(self):
        self.put(is_up='true', running_since="now() - interval '2 days'", sampled_at='now()')
        for page in ('/bouncers', '/dashboard'):
            text = self.here.get(page).text
            self.assertIn('<strong>Running</strong>', text, page)
            self.assertNotRegex(text, 'Not running|Not reported', page)
        sql(f"UPDATE bouncers SET suspended_at = now(), suspended_why = 'x', state = 'failed',"
            f" failed_in = 'applied' WHERE name = '{self.name}'")
        for page in ('/bouncers', '/dashboard'):
            self.assertIn('<strong>Suspended</strong>', self.here.get(page).text, page)
        self.assertEqual(sql("SELECT count(*) FROM source_snapshots s JOIN bouncers b ON"
                             f" b.id = s.bouncer_id WHERE b.name = '{self.name}' AND s.source = 'kube'"),
                         [['0']])

    def test_by_hand(self):
        path = self.put(provisioner='none')
        page = self.here.get(path)
        self.assertIn('set up by hand', page.text)
        self.assertEqual(self.here.get(path + '/connect').status, 200)
        for rest in ('/restart', '/delete', '/networks/new'):
            self.assertEqual(self.here.get(path + rest).status, 409, rest)

    def test_history_is_promised_only_where_soju_is_told(self):
        """The manifests as they come have no ${HISTORY_DAYS}."""
        path = self.put(provisioner='kubernetes', history_days='90')
        page = self.here.get(path).text
        self.assertNotIn('Kept for', page)
        self.assertIn('how long it is kept is not told here', page)

    def test_deleting_and_undoing(self):
        path = self.put()
        form = self.form(path + '/delete')
        for typed in ('', self.name.upper(), 'x', self.name + 'x', ' '):
            answer = self.here.post(path + '/delete', {**form, 'typed': typed})
            self.assertEqual(answer.status, 400, typed)
            self.assertEqual(self.state(), [['ready']])
        answer = self.here.post(path + '/delete', {**form, 'typed': f' {self.name} '})
        self.assertEqual((answer.status, answer.header('location')), (303, path))
        self.assertEqual(self.state(), [['deleting']])
        for rest in ('/connect', '/networks/new', '/restart'):
            answer = self.here.get(path + rest)
            self.assertEqual(answer.status, 409)
            self.assertIn('This bouncer is deleted, so nothing can', answer.text)
            self.assertNotIn('how far', answer.text)
        again = self.here.post(path + '/delete', {**form, 'typed': self.name})
        self.assertEqual(again.status, 409, 'the form sent twice ends the grace')
        self.assertEqual(self.state(), [['deleting']])
        undo = self.form(path, path + '/undo')
        self.assertEqual(self.here.post(path + '/undo', undo).status, 303)
        self.assertNotEqual(self.state(), [['deleting']])
        self.assertEqual(self.here.post(path + '/undo', undo).status, 409)

    def test_deleting_for_good(self):
        path = self.put()
        form = {**self.form(path + '/delete'), 'typed': self.name}
        for final in ('yes', 'no'):
            answer = self.here.post(path + '/delete', {**form, 'final': final})
            self.assertEqual(answer.status, 409 if final == 'yes' else 400)
        self.assertEqual(self.state(), [['ready']])
        self.here.post(path + '/delete', form)
        self.assertIn(f'href="{path}/delete"', self.here.get(path).text)
        final = self.form(path + '/delete')
        self.assertEqual(final['final'], 'yes')
        answer = self.here.post(path + '/delete', {**final, 'typed': 'another'})
        self.assertEqual(answer.status, 400)
        self.assertEqual(self.form(path + '/delete')['final'], 'yes')
        self.assertEqual(self.state(), [['deleting']])
        answer = self.here.post(path + '/delete', {**final, 'typed': self.name})
        self.assertEqual((answer.status, answer.header('location')),
                         (303, '/bouncers?done=removed'))
        self.assertIn(self.state(), ([['removing']], []))

    def test_restarting(self):
        path = self.put()
        page = self.here.get(path + '/restart')
        self.assertIn('sees you quit and join again', page.text)
        answer = self.here.post(path + '/restart', self.form(path + '/restart'))
        self.assertEqual(answer.header('location'), path + '?done=restart')
        self.assertEqual(sql(f"SELECT restarted_at IS NOT NULL FROM bouncers"
                             f" WHERE name = '{self.name}'"), [['t']])


class Networks(Case):
    def test_strangers_words(self):
        path = self.put()
        self.put_network('<script>', 'disconnected', '<script>"\'&')
        page = self.here.get(path)
        self.assertEqual(page.status, 200)
        self.assertNotIn('<script>"', page.text)
        self.assertIn('&lt;script&gt;', page.text)
        edit = re.search(r'href="([^"]*networks/edit[^"]*)"', page.text).group(1)
        self.assertEqual(self.here.get(html.unescape(edit)).status, 200)

    def test_five_hundred(self):
        path = self.put()
        sql(f"""INSERT INTO bouncer_networks (bouncer_id, name, address, state, sampled_at)
              SELECT id, 'net-' || n, 'ircs://irc.example.org:6697', 'connected', now()
              FROM bouncers, generate_series(1, 500) n WHERE name = '{self.name}'""")
        page = self.here.get(path)
        self.assertIn('1 to 20 of 500', page.text)
        self.assertLess(len(page.body), 100_000)
        self.assertIn('481 to 500 of 500', self.here.get(path + '?page=25').text)
        self.assertEqual(self.here.get(path + '?page=99').status, 200)
        answer = self.here.get(path + '/networks/new')
        self.assertIn('none can be added', answer.text)
        self.assertNotIn('<form class="form', answer.text)

    def test_over_the_limit_is_said_before_soju_is_asked(self):
        path = self.put()
        form = self.form(path + '/networks/new')
        for name in ('one', 'two', 'three'):
            self.put_network(name)
        answer = self.here.post(path + '/networks/new',
                                {**form, 'network': 'libera', 'nick': 'alice'})
        self.assertEqual(answer.status, 409)
        self.assertIn('as many networks as your plan allows', answer.text)

    def test_what_is_not_there(self):
        path = self.put()
        self.put_network('one')
        self.put_network('off', 'disabled')
        for rest in ('/networks/disable', '/networks/enable'):
            form = self.form(path, path + rest)
            self.assertEqual(self.here.post(path + rest, {**form, 'name': 'two'}).status, 404)
        for rest in ('/networks/edit?name=two', '/networks/remove?name=two'):
            answer = self.here.get(path + rest)
            self.assertEqual(answer.status, 404)
            self.assertIn('renamed or removed', answer.text)
        for rest in ('/networks/edit', '/networks/remove', '/networks/edit?name='):
            self.assertEqual(self.here.get(path + rest).status, 400)

    def test_bad_changes_keep_what_was_typed(self):
        path = self.put()
        self.put_network('one')
        form = self.form(path + '/networks/edit?name=one')
        answer = self.here.post(path + '/networks/edit',
                                {**form, 'network_name': 'o"ne', 'address': '10.0.0.1',
                                 'nick': 'a b', 'pass': 'secret-1'})
        self.assertEqual(answer.status, 400)
        self.assertEqual(len(field_errors(answer.text)), 3)
        self.assertIn('value="o&quot;ne"', answer.text)
        self.assertNotIn('secret-1', answer.text)


class Passwords(Case):
    def test_what_cannot_be_one(self):
        path = self.put()
        form = self.form(path + '/connect', path + '/password')
        for typed in ('short', 'x' * 73, 'ä' * 37, 'ten chars\r\n', 'ten\nchars!'):
            with self.subTest(typed):
                answer = self.here.post(path + '/password', {**form, 'typed': typed})
                self.assertEqual(answer.status, 400)
                self.assertEqual(len(field_errors(answer.text)), 1)
                self.assertNotIn(html.escape(typed), answer.text)

    def test_the_network_that_was_chosen_is_kept(self):
        path = self.put()
        self.put_network('libera')
        form = self.form(path + '/connect?network=libera', path + '/password')
        self.assertEqual(form['network'], 'libera')
        answer = self.here.post(path + '/password', {**form, 'typed': 'short'})
        self.assertEqual(answer.status, 400)
        self.assertIn(f'id="user">{self.name}/libera<', answer.text)
        self.assertNotIn('network', self.form(path + '/connect', path + '/password'))

    def test_a_soju_that_does_not_know_it(self):
        path = self.put()
        form = self.form(path + '/connect', path + '/password')
        answer = self.here.post(path + '/password', form)
        self.assertIn(answer.status, (404, 503))
        self.assertNotIn('id="password-made"', answer.text)
        self.assertIn('Nothing was changed', answer.text)


class Silent:
    """A soju that takes commands and never answers."""

    def __init__(self, path):
        self.commands, self.kept = [], []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(100)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer = self.socket.accept()[0]
            except OSError:
                return
            self.kept.append(peer)
            threading.Thread(target=self.listen, args=(peer,), daemon=True).start()

    def listen(self, peer):
        said = peer.recv(65536)
        if b'"network" "update"' in said:
            self.commands.append(said)

    def stop(self):
        for one in (self.socket, *self.kept):
            one.close()


class Lane(unittest.TestCase):
    """Too many changes at once, in a portal of its own with one worker."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        path = self.folder.name + '/admin'
        self.soju = Silent(path)
        self.addCleanup(self.soju.stop)
        self.there = Service('portal', WORKERS='1', SOJU_ADMIN_SOCKET=path)
        self.addCleanup(self.there.stop)

    def test_what_never_began_is_said_to_be_so_and_never_done(self):
        browser = self.there.sign_in('alice@example.org')
        self.there.sql("""WITH b AS (INSERT INTO bouncers
              (user_id, name, soju_username, provisioner, state, ready_at, work_until)
              SELECT id, 'busy', 'busy', 'soju', 'ready', now(), now() + interval '1 day' FROM users
              RETURNING id) INSERT INTO bouncer_networks (bouncer_id, name, address, state, sampled_at)
              SELECT id, 'one', 'ircs://irc.example.org:6697', 'connected', now() FROM b""")
        action = '/bouncers/busy/networks/disable'
        form = {**form_of(browser.get('/bouncers/busy'), action), 'name': 'one'}
        cookies = '; '.join(f'{k}={v}' for k, v in browser.jar(self.there.url).items())
        headers = {'cookie': cookies, 'content-type': 'application/x-www-form-urlencoded'}
        body = urllib.parse.urlencode(form).encode()
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: request('POST', self.there.url + action, headers,
                                                      body, timeout=120), range(40)))
        self.assertEqual({a.status for a in answers}, {503})
        busy = [a for a in answers if 'was not begun. Nothing was changed' in a.text]
        unsure = [a for a in answers if 'not known whether it was done' in a.text]
        self.assertEqual(len(busy) + len(unsure), 40, 'each has one of the two reasons')
        self.assertGreaterEqual(len(unsure), 3)
        self.assertGreater(len(busy), 7, 'those that waited in vain are among them')
        self.there.portal.stop()
        self.assertEqual(len(self.soju.commands), len(unsure), 'nothing of the busy ones is done')


class Mail(unittest.TestCase):
    def test_the_switch(self):
        """A portal of its own: the other one sends no mail, and has no such form."""
        there = Service('portal', SMTP_URL='smtp://127.0.0.1:1', MAIL_FROM='portal@example.org')
        self.addCleanup(there.stop)
        browser = there.sign_in('alice@example.org')
        for wants, status, answer in (('off', 303, 'f'), ('on', 303, 't'), ('x', 400, 't')):
            form = form_of(browser.get('/account'), '/account/mail')
            self.assertEqual(browser.post('/account/mail', {**form, 'wants': wants}).status, status)
            self.assertEqual(there.sql('SELECT wants_outage_mail FROM users'), [[answer]])


if __name__ == '__main__':
    unittest.main()
