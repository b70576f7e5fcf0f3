"""Mail about outages: to whom, once, what stands in it, how it stops, and what a bad server does.

A database of its own; each round of the job is a start of the portal.
"""
import email
import email.policy
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time
import unittest

from bad_service import make_certificates
from client import Browser, check_headers, request
from instance import Portal, Postgres
from patience import wait_until
from test_doctor import doctor

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'sim'))
from smtp import Server  # pylint: disable=wrong-import-position

FROM = 'portal@example.org'


def read(mail):
    return email.message_from_bytes(mail.data, policy=email.policy.default)


def link_of(mail):
    return re.fullmatch(r'<(.*)>', read(mail)['list-unsubscribe'].strip()).group(1)


def path_of(url):
    return re.sub(r'^https?://[^/]*', '', url)


class Mails(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        make_certificates(cls.folder)
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.stop, 'immediate')

    def setUp(self):
        self.server = self.serve()
        self.postgres.psql('DELETE FROM bouncers; DELETE FROM users')

    def serve(self, **options):
        server = Server(**options)
        self.addCleanup(server.stop)
        return server

    def file(self, name):
        return f'{self.folder}/{name}'

    def put(self, who, networks=('libera',), hours=7, error='NULL', bouncer='true', user='true'):
        """An account with a bouncer, whose networks are down; `bouncer`, `user`: more to set."""
        self.postgres.psql(f"""
            INSERT INTO users (keycloak_sub, issuer, email, email_verified)
              VALUES ('{who}', 'i', '{who}@example.org', true);
            INSERT INTO bouncers (user_id, name, soju_username, provisioner)
              SELECT id, 'b-{who}', 'x', 'soju' FROM users WHERE keycloak_sub = '{who}';""")
        for name in networks:
            quoted = name.replace("'", "''")
            self.postgres.psql(f"""INSERT INTO bouncer_networks
                (bouncer_id, name, address, state, state_since, error, sampled_at)
                SELECT id, '{quoted}', 'ircs://irc.example.org:6697', 'disconnected',
                  now() - interval '{hours} hours', {error}, now()
                FROM bouncers WHERE name = 'b-{who}'""")
        if bouncer != 'true':
            self.postgres.psql(f"UPDATE bouncers SET {bouncer} WHERE name = 'b-{who}'")
        if user != 'true':
            self.postgres.psql(f"UPDATE users SET {user} WHERE keycloak_sub = '{who}'")

    def portal(self, server=None, **settings):
        server = server or self.server
        settings = {'SMTP_URL': f'smtp://127.0.0.1:{server.port}', 'MAIL_FROM': FROM,
                    'DATABASE_URL': self.postgres.url, 'DATABASE_DIRECT_URL': self.postgres.url,
                    'WORKERS': '2', 'SITE_NAME': 'Portal, “ours”', **settings}
        portal = Portal(**settings)
        self.addCleanup(portal.stop)
        return portal

    def round(self, server=None, **settings):
        """One run of the job; its outcome and error."""
        self.postgres.psql("DELETE FROM job_runs WHERE job = 'outage_mail'")
        portal = self.portal(server, **settings)
        row = "SELECT outcome, coalesce(error, '') FROM job_runs WHERE job = 'outage_mail'" \
              " AND outcome <> 'running'"
        rows = wait_until(lambda: self.postgres.psql(row), lambda: portal.log()[-2000:], pause=0.1)
        self.log = portal.log()
        self.assertFalse(portal.has_lost_workers(), self.log[-2000:])
        portal.stop()
        self.assertEqual(len(rows), 1, self.log[-2000:])
        return rows[0]

    def let_a_day_go_by(self):
        self.postgres.psql("UPDATE users SET outage_mailed_at = outage_mailed_at - interval '1 day'")

    def subjects(self, server=None):
        return [(m.recipients, read(m)['subject']) for m in (server or self.server).mails]

    # ---- To whom, and what ----

    def test_one_mail_with_all_networks_of_an_account(self):
        self.put('sam', ('libera', 'oftc & <friends>'), error="'dial tcp: connection refused'")
        self.assertEqual(self.round(), ['ok', ''])
        self.assertEqual(self.subjects(),
                         [(['sam@example.org'], '2 networks of your bouncers are not connected')])
        mail = self.server.mails[0]
        message = read(mail)
        text = message.get_content().replace('\r\n', '\n')
        self.assertEqual(mail.sender, FROM)
        self.assertEqual(message['from'].addresses[0].display_name, 'Portal, “ours”')
        self.assertEqual(message['to'], 'sam@example.org')
        self.assertEqual(message['auto-submitted'], 'auto-generated')
        self.assertEqual(message['list-unsubscribe-post'], 'List-Unsubscribe=One-Click')
        self.assertIsNotNone(message['date'].datetime)
        self.assertRegex(message['message-id'], r'^<[0-9a-f]{32}@example\.org>$')
        for part in ('libera\n', 'oftc & <friends>\n', '7 hours', '/bouncers/b-sam\n', link_of(mail)):
            self.assertIn(part, text)
        self.assertNotIn('dial tcp', text, 'plain words')
        self.assertEqual(self.server.complaints, [])

    def test_not_twice_a_day(self):
        self.put('sam')
        self.round()
        self.round()
        self.assertEqual(len(self.server.mails), 1)
        self.let_a_day_go_by()
        self.round()
        self.assertEqual(len(self.server.mails), 2)

    def test_to_nobody_else(self):
        for who, more in (('banned', {'user': 'is_banned = true'}), ('test', {'user': 'is_test = true'}),
                          ('unverified', {'user': 'email_verified = false'}),
                          ('none', {'user': 'email = NULL'}),
                          ('stopped', {'user': 'wants_outage_mail = false'}),
                          ('short', {'hours': 5}), ('suspended', {'bouncer':
                           "suspended_at = now(), suspended_why = 'x'"}),
                          ('going', {'bouncer': "state = 'deleting', delete_after = now()"})):
            self.put(who, **more)
        self.put('unknown')
        self.postgres.psql("UPDATE bouncer_networks SET sampled_at = now() - interval '1 hour'")
        self.put('sam', hours=6)
        self.put('off')
        self.postgres.psql("UPDATE bouncer_networks w SET state = 'disabled' FROM bouncers b"
                           " WHERE b.id = w.bouncer_id AND b.name = 'b-off'")
        self.assertEqual(self.round(), ['ok', ''])
        self.assertEqual([m.recipients for m in self.server.mails], [['sam@example.org']])

    def test_one_that_was_never_connected_counts_from_the_first_sight(self):
        for who, hours in (('sam', 7), ('tess', 5)):
            self.put(who)
            self.postgres.psql(f"""UPDATE bouncer_networks w SET state_since = NULL,
                first_seen_at = now() - interval '{hours} hours'
                FROM bouncers b WHERE b.id = w.bouncer_id AND b.name = 'b-{who}'""")
        self.assertEqual(self.round(), ['ok', ''])
        self.assertEqual(self.subjects(), [(['sam@example.org'],
                                            'b-sam is not connected to libera, for 7 hours now')])

    def test_hostile_names_begin_no_header(self):
        self.put('sam', ('x\r\nBcc: all@example.org\r\n\r\n.\r\nQUIT',))
        self.put('tess', ('ü' * 40 + '\u202e',), error="E'.\\r\\n.\\r\\nMAIL FROM:<x@y>'")
        self.round()
        self.assertEqual(len(self.server.mails), 2)
        for mail in self.server.mails:
            message = read(mail)
            self.assertIsNone(message['bcc'])
            self.assertEqual(len(mail.recipients), 1)
            self.assertLessEqual(max(map(len, mail.data.split(b'\r\n'))), 200)
            self.assertTrue(mail.data.isascii())
        self.assertEqual(self.server.complaints, [])

    def test_an_address_that_means_something_to_a_server(self):
        self.put('sam', user="email = 'a@example.org>\r\nRCPT TO:<b@example.org'")
        self.put('tess')
        self.assertEqual(self.round(), ['ok', ''])
        self.assertEqual([m.recipients for m in self.server.mails], [['tess@example.org']])

    def test_without_a_server_or_with_0_hours_nobody_is_claimed(self):
        self.put('sam')
        for settings in ({'SMTP_URL': ''}, {'OUTAGE_MAIL_HOURS': '0'}):
            self.assertEqual(self.round(**settings), ['ok', ''])
        self.assertEqual(self.postgres.psql('SELECT count(*) FROM users WHERE outage_mailed_at'
                                            ' IS NOT NULL'), [['0']])

    # ---- No more of it ----

    def wants(self, who):
        return self.postgres.psql(
            f"SELECT wants_outage_mail FROM users WHERE keycloak_sub = '{who}'") == [['t']]

    def unsubscribe(self):
        """The portal, and the path of the link in a mail to sam."""
        self.put('sam')
        self.round()
        return self.portal(), path_of(link_of(self.server.mails[0]))

    def test_by_link(self):
        portal, path = self.unsubscribe()
        browser = Browser(portal.url)
        page = browser.get(path)
        self.assertEqual(page.status, 200)
        check_headers(self, page)
        self.assertNotIn('sam', page.text, 'it says nothing of whose it is')
        self.assertTrue(self.wants('sam'), 'looking changes nothing')
        action = re.search(r'<form method="post" action="([^"]*)"', page.text).group(1)
        done = browser.post(action, {})
        self.assertEqual(done.status, 200)
        self.assertIn('No more such mail', done.text)
        self.assertIn('href="/account"', done.text, 'where it is switched on again')
        self.assertFalse(self.wants('sam'))
        self.assertEqual(browser.post(action, {}).status, 200, 'once more is fine')
        self.let_a_day_go_by()
        self.round()
        self.assertEqual(len(self.server.mails), 1)

    def test_by_one_click_of_a_mail_program(self):
        portal, path = self.unsubscribe()
        answer = request('POST', portal.url + path,
                         {'content-type': 'application/x-www-form-urlencoded',
                          'origin': 'https://mail.example.com', 'sec-fetch-site': 'cross-site'},
                         b'List-Unsubscribe=One-Click')
        self.assertEqual(answer.status, 200)
        self.assertFalse(self.wants('sam'))

    def test_tokens_that_are_none(self):
        portal, path = self.unsubscribe()
        token = path.partition('token=')[2]
        number, _, mac = token.partition('.')
        for bad in ('', '?token=', f'?token={token}x', f'?token={token[:-1]}', f'?token=1{token}',
                    f'?token=0{token}', f'?token={int(number) + 1}.{mac}', f'?token={number}',
                    f'?token=-{token}', f'?token={token}%00', f'?token=%20{token}',
                    f'?token={"9" * 30}.{mac}', f'?TOKEN={token}', '?token=' + 'x' * 1000):
            for method in ('GET', 'POST'):
                answer = request(method, f'{portal.url}/mail/unsubscribe{bad}')
                self.assertEqual(answer.status, 400, bad)
                self.assertIn(b'on the page of your account', answer.body)
        self.assertTrue(self.wants('sam'))
        self.postgres.psql('DELETE FROM bouncers; DELETE FROM users')
        self.assertEqual(request('POST', portal.url + path).status, 200)

    # ---- Servers ----

    def due(self):
        """In how many minutes the next mail to sam may go, at least."""
        return int(self.postgres.psql(
            "SELECT greatest(0, extract(epoch FROM outage_mailed_at + interval '1 day' - now()) / 60)"
            "::int FROM users WHERE keycloak_sub = 'sam'")[0][0])

    def check_due(self, minutes):
        """Less what has gone by since, on a slow machine."""
        self.assertTrue(minutes - 10 <= self.due() <= minutes, self.due())

    def test_down_then_up(self):
        self.put('sam')
        self.put('tess')
        down = self.serve()
        down.stop()
        outcome, error = self.round(down)
        self.assertEqual((outcome, error), ('failed', 'the mail server cannot be reached'))
        self.assertIn('"level":"warn"', self.log)
        self.assertNotIn('sam@', self.log)
        self.check_due(30)
        self.round()
        self.assertEqual(self.server.mails, [], 'not at once again')
        self.postgres.psql("UPDATE users SET outage_mailed_at = outage_mailed_at - interval '31 min'")
        self.assertEqual(self.round(), ['ok', ''])
        self.assertEqual(len(self.server.mails), 2)
        self.assertEqual(self.server.connections, 1, 'one connection for all')

    def test_what_a_server_says_no_to(self):
        cases = (({'MAIL': '451 4.3.0 Later'}, {}, 'ok', 30), ({'end': '452 4.2.2 Full'}, {}, 'ok', 30),
                 ({}, {'sam@example.org': '550 5.1.1 Nobody here'}, 'ok', 1440),
                 ({'end': '554 5.7.1 Spam'}, {}, 'ok', 1440),
                 ({'connect': '554 5.3.2 Not here'}, {}, 'failed', 30),
                 ({'connect': '421 4.3.2 Too many'}, {}, 'failed', 30),
                 ({'DATA': 'cut'}, {}, 'failed', 30), ({'connect': 'cut'}, {}, 'failed', 30),
                 ({'end': 'cut'}, {}, 'failed', 1440), ({'taken': 'cut'}, {}, 'failed', 1440))
        for failures, refused, outcome, minutes in cases:
            with self.subTest(f'{failures} {refused}'):
                self.postgres.psql('DELETE FROM bouncers; DELETE FROM users')
                self.put('sam')
                server = self.serve()
                server.failures, server.refused = failures, refused
                self.assertEqual(self.round(server)[0], outcome)
                self.check_due(minutes)
                self.assertNotIn('sam@example.org', self.log)

    def test_one_refusal_keeps_nobody_else_from_his_mail(self):
        for who in ('sam', 'tess', 'ulla'):
            self.put(who)
        self.server.refused['tess@example.org'] = '550 5.1.1 Nobody here'
        self.assertEqual(self.round(), ['ok', ''])
        self.assertEqual([m.recipients[0] for m in self.server.mails],
                         ['sam@example.org', 'ulla@example.org'])

    def test_a_slow_server_is_waited_for(self):
        self.put('sam')
        self.server.failures = {'MAIL': 2.5, 'taken': 1.0}
        self.assertEqual(self.round(), ['ok', ''])
        self.assertEqual(len(self.server.mails), 1)

    def end_amid(self, where, ends):
        """Ends the portal while a server hangs over the first of three mails; minutes until the next."""
        for who in ('sam', 'tess', 'ulla'):
            self.put(who)
        self.server.failures = {where: 'hang'}
        self.postgres.psql("DELETE FROM job_runs WHERE job = 'outage_mail'")
        portal = self.portal()
        for _ in range(600):
            if 'MAIL' in self.server.commands:
                break
            self.server.released.wait(0.1)
        self.assertIn('MAIL', self.server.commands, portal.log()[-2000:])
        begun = time.monotonic()
        ends(portal)
        self.assertLess(time.monotonic() - begun, 9, portal.log()[-2000:])
        self.server.stop()
        return sorted(int(row[0]) for row in self.postgres.psql(
            "SELECT greatest(0, extract(epoch FROM outage_mailed_at + interval '1 day' - now()) / 60)"
            "::int FROM users"))

    def test_a_crash_loses_one_mail_at_most(self):
        def crash(portal):
            os.killpg(portal.process.pid, signal.SIGKILL)
            portal.process.wait()
        minutes = self.end_amid('MAIL', crash)
        self.assertTrue(set(minutes[:2]) <= {29, 30}, minutes)
        self.assertIn(minutes[2], (1439, 1440))

    def test_a_stop_waits_for_no_server(self):
        minutes = self.end_amid('MAIL', lambda portal: self.assertEqual(portal.stop(), 0))
        self.assertTrue(set(minutes) <= {29, 30}, minutes)
        self.assertEqual(self.postgres.psql("SELECT outcome FROM job_runs WHERE job = 'outage_mail'"
                                            " ORDER BY started_at DESC LIMIT 1"), [['ok']])

    def secure(self, name='good', **options):
        return self.serve(cert=self.file(f'{name}.crt'), key=self.file(f'{name}.key'), **options)

    def test_tls_and_a_password(self):
        for is_tls in (False, True):
            self.postgres.psql('DELETE FROM bouncers; DELETE FROM users')
            self.put('sam')
            server = self.secure(user='portal@x', password='p:a/s s%', is_tls=is_tls)
            scheme = 'smtps' if is_tls else 'smtp'
            url = f'{scheme}://portal%40x:p%3Aa%2Fs%20s%25@127.0.0.1:{server.port}'
            self.assertEqual(self.round(SMTP_URL=url, SMTP_CA_FILE=self.file('ca.crt')), ['ok', ''])
            self.assertEqual([(m.was_encrypted, m.user) for m in server.mails], [(True, 'portal@x')])

    def test_a_wrong_password(self):
        self.put('sam')
        server = self.secure(user='portal', password='right')
        outcome, error = self.round(SMTP_URL=f'smtp://portal:wr0ng-one@127.0.0.1:{server.port}',
                                    SMTP_CA_FILE=self.file('ca.crt'))
        self.assertEqual((outcome, error), ('failed', 'the mail server answers with an error'))
        self.assertNotIn('wr0ng-one', self.log)
        self.check_due(30)

    def test_certificates_that_prove_nothing(self):
        self.put('sam')
        for name in ('self-signed', 'unknown-authority', 'another-name', 'expired'):
            for is_tls in (False, True):
                with self.subTest(f'{name} {is_tls}'):
                    server = self.secure(name, is_tls=is_tls, user='u', password='p')
                    url = f'{"smtps" if is_tls else "smtp"}://u:p@127.0.0.1:{server.port}'
                    outcome = self.round(SMTP_URL=url, SMTP_CA_FILE=self.file('ca.crt'))
                    self.assertEqual(outcome, ['failed', 'the mail server does not prove who it is'])
                    self.assertNotIn('AUTH', server.commands)
                    self.assertEqual(server.mails, [])
                    self.postgres.psql('UPDATE users SET outage_mailed_at = NULL')

    def test_no_starttls_where_it_is_wanted(self):
        """As if somebody in between had taken it out."""
        self.put('sam')
        server = self.secure(has_starttls=False)
        outcome = self.round(server, SMTP_CA_FILE=self.file('ca.crt'))
        self.assertEqual(outcome, ['failed', 'the mail server does not prove who it is'])
        self.assertNotIn('MAIL', server.commands)

    # ---- portal doctor ----

    def doctor(self, server, scheme='smtp', user='', **settings):
        text, _ = doctor(SMTP_URL=f'{scheme}://{user}127.0.0.1:{server.port}', MAIL_FROM=FROM,
                         **settings)
        self.assertEqual(server.mails, [], 'nothing is sent')
        return next(line for line in text.splitlines() if 'mail server' in line)

    def test_the_doctor_tries_it(self):
        self.assertRegex(self.doctor(self.server), r'^ok +mail server: answers')
        self.assertNotIn('MAIL', self.server.commands)
        ca = self.file('ca.crt')
        server = self.secure(user='portal', password='s3cret')
        self.assertRegex(self.doctor(server, user='portal:s3cret@', SMTP_CA_FILE=ca),
                         r'^ok .* knows user and password')
        line = self.doctor(server, user='portal:wr0ng@', SMTP_CA_FILE=ca)
        self.assertRegex(line, r'^wrong .*answers with an error.*user and password')
        self.assertNotIn('wr0ng', line)
        for bad in (self.secure('expired'), self.secure(has_starttls=False)):
            self.assertRegex(self.doctor(bad, SMTP_CA_FILE=ca),
                             r'^wrong .*does not prove who it is.*STARTTLS')
        down = self.serve()
        down.stop()
        self.assertRegex(self.doctor(down), r'^wrong .*cannot be reached')
        self.assertRegex(doctor(SMTP_URL='')[0], r'(?m)^not set up +mail server:')


if __name__ == '__main__':
    unittest.main()
