"""Calls to outside services that go wrong: the page, the log and the metric say how.

Both ways of making a call: without blocking the worker (sign-in) and from a task (the dashboard's
sources). Each wrong answer costs its limit at most, and what is not proven to be the service is not
believed.
"""
import os
import pathlib
import re
import tempfile
import threading
import time
import unittest
import urllib.parse

from bad_service import BadService, CERTIFICATES, make_certificates
from client import PORTAL, Browser, request, sql
from instance import Portal, free_port
from patience import wait_until

SAYS = {'dns': 'cannot be found', 'refused': 'cannot be reached', 'timeout': 'does not answer',
        'tls': 'does not prove who it is', 'cut': 'breaks off in the middle of its answer',
        'too_large': 'answers far too much', 'status': 'answers with an error',
        'not_json': 'answers something that cannot be read'}

# How the service behaves -> what the call came to, and a pattern of the cause in the log.
MODES = {
    'silent': ('timeout', r'timed out after (19|2\d)\d\d millisec'),
    'drips': ('timeout', r'timed out after (19|2\d)\d\d millisec.* out of 1000'),
    'huge': ('too_large', '[Ww]riting'),
    'huge, and says so': ('too_large', 'file size'),
    'cut': ('cut', 'closed with .* bytes remaining'),
    'closes at once': ('cut', 'Empty reply'),
    'no HTTP': ('not_json', 'HTTP/0.9'),
    'page': ('not_json', 'not_json$|not_json"|status 200'),
    'other JSON': ('not_json', 'other_issuer|not_bearer|status 200'),
    'redirect': ('status', '302'),
    'error': ('status', '503'),
}

TLS_CAUSES = {'self-signed': 'self.signed', 'unknown authority': 'unable to get local issuer',
              'another name': 'subject name', 'expired': 'expired'}


def metrics_of(portal, name):
    """The samples of one metric by their labels' values."""
    found = {}
    for line in request('GET', portal.internal + '/metrics').text.splitlines():
        match = re.match(rf'{name}{{(.*)}} (\S+)$', line)
        if match:
            labels = re.findall(r'="([^"]*)"', match.group(1))
            found[tuple(labels)] = float(match.group(2))
    return found


def calls_of(portal):
    return metrics_of(portal, 'irc_now_outside_calls_total')


class Case(unittest.TestCase):
    def portal(self, **settings):
        # One worker for pages: what it knows of the provider, all requests share.
        portal = Portal(WORKERS='2', **settings)
        self.addCleanup(portal.stop)
        return portal

    def service(self, context=None):
        service = BadService(context)
        self.addCleanup(service.stop)
        return service

    def certificates(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name, make_certificates(folder.name)

    def new_lines(self, portal, pattern, seen):
        """The log's lines since it was `seen` bytes long that match; waits for one."""
        return wait_until(lambda: [line for line in portal.log()[seen:].splitlines()
                                   if re.search(pattern, line)], pattern)


class SignIn(Case):
    """The discovery document, asked for at each attempt as long as none came."""

    def attempt(self, portal, service, word, cause):
        before, seen = calls_of(portal), len(portal.log())
        began = time.monotonic()
        answer = request('GET', portal.url + '/signin')
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(answer.status, 503)
        self.assertIn(f'The sign-in service {SAYS[word]}. Everything else works', answer.text)
        lines = self.new_lines(portal, 'oidc_discovery: ', seen)
        self.assertEqual(len(lines), 1, lines)
        self.assertIn(f'oidc_discovery: {word}: ', lines[0])
        self.assertRegex(lines[0], cause)
        label = ('oidc_discovery', word)
        self.assertEqual(calls_of(portal).get(label, 0), before.get(label, 0) + 1)
        self.assertEqual(self.calls_to_provider(calls_of(portal)),
                         self.calls_to_provider(before) + 1)
        if service is not None:
            self.assertNotIn('GET /elsewhere HTTP/1.1', service.asked)

    @staticmethod
    def calls_to_provider(calls):
        """Jobs may call the others at any moment."""
        return sum(n for (service, _), n in calls.items() if service.startswith('oidc_'))

    def test_every_way_to_go_wrong_and_then_right(self):
        service = self.service()
        portal = self.portal(OIDC_ISSUER=service.url)
        for mode, (word, cause) in MODES.items():
            with self.subTest(mode):
                service.mode = mode
                self.attempt(portal, service, word, cause)
        service.mode = 'good'
        self.assertEqual(request('GET', portal.url + '/signin').status, 303)
        self.assertEqual(calls_of(portal)[('oidc_discovery', 'ok')], 1)

    def test_nobody_there(self):
        portal = self.portal(OIDC_ISSUER=f'http://127.0.0.1:{free_port()}')
        self.attempt(portal, None, 'refused', 'connect')

    def test_no_such_name(self):
        portal = self.portal(OIDC_ISSUER='https://id.portal.invalid')
        self.attempt(portal, None, 'dns', 'resolve host')

    def test_a_host_that_never_ends_to_connect(self):
        """Half the time of a call: connecting has a limit of its own."""
        folder, contexts = self.certificates()
        service = self.service(contexts['good'])
        portal = self.portal(OIDC_ISSUER=service.url, OIDC_CA_FILE=folder + '/ca.crt')
        service.mode = 'silent before TLS'
        began = time.monotonic()
        self.attempt(portal, service, 'timeout', r'(?i)connection time')
        self.assertLess(time.monotonic() - began, 15)

    def test_certificates(self):
        folder, contexts = self.certificates()
        service = self.service(contexts['good'])
        portal = self.portal(OIDC_ISSUER=service.url, OIDC_CA_FILE=folder + '/ca.crt')
        for what, cause in TLS_CAUSES.items():
            with self.subTest(what):
                service.context = contexts[what]
                self.attempt(portal, service, 'tls', '(?i)' + cause)
        service.mode = 'no TLS'
        self.attempt(portal, service, 'tls', 'wrong version number')
        self.assertEqual(service.asked, [], 'something was said to who is not the provider')
        service.mode, service.context = 'good', contexts['good']
        self.assertEqual(request('GET', portal.url + '/signin').status, 303)

    def test_the_systems_authorities_do_not_count_with_a_file_and_ours_not_without(self):
        _, contexts = self.certificates()
        service = self.service(contexts['good'])
        portal = self.portal(OIDC_ISSUER=service.url)
        self.attempt(portal, service, 'tls', 'unable to get local issuer')

    def test_proxies_of_the_environment_are_not_asked(self):
        service, proxy = self.service(), self.service()
        portal = self.portal(OIDC_ISSUER=service.url, http_proxy=proxy.url, HTTP_PROXY=proxy.url,
                             all_proxy=proxy.url, ALL_PROXY=proxy.url)
        self.assertEqual(request('GET', portal.url + '/signin').status, 303)
        self.assertEqual((service.connections, proxy.connections), (1, 0))


class Token(Case):
    """The call that follows each callback: a provider that says each time that it knows no code."""

    def setUp(self):
        self.provider = self.service()
        self.signin = self.portal(OIDC_ISSUER=self.provider.url)

    def callback(self):
        """Comes back from the provider with a code; the answer and its seconds."""
        browser = Browser(self.signin.url)
        asked = urllib.parse.urlsplit(browser.get('/signin').header('location')).query
        state = dict(urllib.parse.parse_qsl(asked))['state']
        began = time.monotonic()
        answer = browser.get(f'/auth/callback?state={state}&code=x')
        return answer, time.monotonic() - began

    def test_the_page_says_how_it_went_wrong(self):
        self.assertEqual(self.callback()[0].status, 401)
        for mode, (word, cause) in MODES.items():
            if word == 'timeout' and mode != 'silent':
                continue
            with self.subTest(mode):
                self.provider.mode = mode
                seen = len(self.signin.log())
                answer, _ = self.callback()
                self.assertIn(answer.status, (502, 503, 504))
                self.assertIn(f'The sign-in service {SAYS[word]}. Please try again', answer.text)
                lines = self.new_lines(self.signin, 'oidc_token: ', seen)
                self.assertEqual(len(lines), 1, lines)
                self.assertRegex(lines[0], f'oidc_token: {word}: .*(?:{cause})')
                self.assertGreaterEqual(calls_of(self.signin)[('oidc_token', word)], 1)

    def test_connections_are_used_again_and_calls_begin_at_once(self):
        """Kore by itself begins a call up to 100 ms late; the quickest of ten shows it."""
        taken = [self.callback()[1] for _ in range(10)]
        self.assertLess(min(taken), 0.08, taken)
        self.assertEqual(sum('/token' in line for line in self.provider.asked), 10)
        self.assertLessEqual(self.provider.connections, 2)
        methods = {line.split()[0] for line in self.provider.asked if '/token' in line}
        self.assertEqual(methods, {'POST'})


class SingleFlight(Case):
    """Thirty people at once, after a restart: one document is fetched once, and fails once."""

    def at_once(self, portal, n=30):
        answers = [None] * n

        def visit(i):
            answers[i] = request('GET', portal.url + '/signin')

        threads = [threading.Thread(target=visit, args=(i,)) for i in range(n)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return [a.status for a in answers]

    def test_one_fetches_and_the_others_wait(self):
        service = self.service()
        service.delay = 0.5
        portal = self.portal(OIDC_ISSUER=service.url)
        self.assertEqual(self.at_once(portal), [303] * 30)
        self.assertEqual(len(service.asked), 1)

    def test_one_is_told_and_tells_the_others(self):
        service = self.service()
        service.mode = 'silent'
        portal = self.portal(OIDC_ISSUER=service.url)
        began = time.monotonic()
        self.assertEqual(self.at_once(portal), [503] * 30)
        self.assertLess(time.monotonic() - began, 15)
        self.assertLessEqual(len(service.asked), 2)

    def test_the_one_who_fetches_may_leave(self):
        service = self.service()
        service.delay = 1
        portal = self.portal(OIDC_ISSUER=service.url)
        with self.assertRaises(OSError):
            request('GET', portal.url + '/signin', timeout=0.3)
        self.assertEqual(self.at_once(portal, 5), [303] * 5)
        self.assertLessEqual(len(service.asked), 2)


class Sources(Case):
    """The same from a task: what the dashboard says of txt and of Kubernetes."""

    def setUp(self):
        self.sub = f'caller-{os.getpid()}-{time.monotonic_ns()}'
        self.browser = Browser()
        self.browser.sign_in(self.sub)
        self.id = sql(f"SELECT id FROM users WHERE keycloak_sub = '{self.sub}'")[0][0]
        self.addCleanup(sql, f'DELETE FROM bouncers WHERE user_id = {self.id}')

    def watch(self, **settings):
        """A portal with these sources only, where the same person is signed in."""
        portal = self.portal(**{'SOJU_DATABASE_URL': '', 'KUBERNETES_API_URL': '',
                                'BOUNCER_PROVISIONER': 'none',
                                'TXT_INTERNAL_URL': '', 'PIC_INTERNAL_URL': '', **settings})
        self.cookie = {'cookie': f'portal={self.browser.jar(PORTAL)["portal"]}'}
        return portal

    def refresh(self, portal, source):
        """Has it asked once more; the word that is kept of how it went."""
        sql(f'DELETE FROM source_snapshots WHERE user_id = {self.id}')
        def kept():
            page = request('GET', portal.url + '/dashboard', self.cookie)
            self.assertEqual(page.status, 200)
            return sql(f"SELECT failure FROM source_snapshots WHERE user_id = {self.id}"
                       f" AND source = '{source}' AND tried_at IS NOT NULL")

        return wait_until(kept, f'a refresh of {source}', pause=0.1)[0][0]

    def expect(self, portal, source, word, cause):
        before, seen = calls_of(portal), len(portal.log())
        self.assertEqual(self.refresh(portal, source), word)
        self.assertIn(f'the service {SAYS[word]}',
                      request('GET', portal.url + '/dashboard', self.cookie).text)
        after = calls_of(portal)
        self.assertGreater(after.get((source, word), 0), before.get((source, word), 0))
        self.assertEqual(sum(n for (service, _), n in after.items() if service == source),
                         metrics_of(portal, 'irc_now_outside_call_duration_seconds_count')[source,])
        refreshes = metrics_of(portal, 'irc_now_source_refreshes_total')
        self.assertGreaterEqual(refreshes[(source, word)], 1)
        lines = self.new_lines(portal, f'{source}: {word} ', seen)
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], cause)
        self.assertNotIn(self.sub, lines[0])

    def test_every_way_to_go_wrong_and_then_right(self):
        service = self.service()
        portal = self.watch(TXT_INTERNAL_URL=service.url)
        for mode, (word, cause) in MODES.items():
            with self.subTest(mode):
                service.mode = mode
                self.expect(portal, 'txt', word, cause)
        service.mode = 'good'
        self.assertEqual(self.refresh(portal, 'txt'), 'fine')
        self.assertGreaterEqual(calls_of(portal)[('txt', 'ok')], 1)

    def test_nobody_there_and_no_such_name(self):
        for url, word, cause in ((f'http://127.0.0.1:{free_port()}', 'refused', 'connect'),
                                 ('http://txt.portal.invalid', 'dns', 'resolve host')):
            with self.subTest(word):
                portal = self.watch(TXT_INTERNAL_URL=url)
                self.expect(portal, 'txt', word, cause)

    def test_connections_are_used_again(self):
        service = self.service()
        portal = self.watch(TXT_INTERNAL_URL=service.url)
        for _ in range(6):
            self.assertEqual(self.refresh(portal, 'txt'), 'fine')
        self.assertEqual(sum('/api/usage/' in line for line in service.asked), 6)
        # One for each thread that refreshes; there are more calls than that.
        self.assertLess(service.connections, 6)

    def test_certificates(self):
        folder, contexts = self.certificates()
        token = pathlib.Path(folder, 'token')
        token.write_text('secret-of-kubernetes', encoding='ascii')
        service = self.service(contexts['good'])
        sql(f"INSERT INTO bouncers (user_id, name, soju_username) VALUES"
            f" ({self.id}, 'tls-{os.getpid()}', 'alice')")
        portal = self.watch(KUBERNETES_API_URL=service.url, KUBERNETES_NAMESPACE='irc',
                            KUBERNETES_CA_FILE=folder + '/ca.crt',
                            KUBERNETES_TOKEN_FILE=str(token))
        for what, cause in TLS_CAUSES.items():
            with self.subTest(what):
                service.context = contexts[what]
                self.expect(portal, 'kube', 'tls', '(?i)' + cause)
        self.assertEqual(service.asked, [], 'the token was sent to who is not Kubernetes')
        service.context = contexts['good']
        self.assertEqual(self.refresh(portal, 'kube'), 'not_json')
        self.assertEqual(len(service.asked), 1)


if __name__ == '__main__':
    unittest.main()
