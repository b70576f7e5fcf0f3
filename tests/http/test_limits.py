"""Who asks too often waits: the limits of sign-ins and forms, on a portal that has them."""
import http.client
import re
import time
import unittest
import urllib.parse

from client import ALWAYS, Browser, request
from instance import Portal, Simulator, free_port

BURST = {'signin': 20, 'form': 60}


def ask(portal, path='/signin', source='127.0.0.1', method='GET', headers=None):
    """A request from an address of our own choice: all of 127.0.0.0/8 is this machine."""
    parts = urllib.parse.urlsplit(portal.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10,
                                            source_address=(source, 0))
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        response.text = response.read().decode()
        return response
    finally:
        connection.close()


class Limits(unittest.TestCase):
    def setUp(self):
        # Three workers: the two that answer must count together.
        port = free_port()
        self.sim = Simulator(port)
        self.addCleanup(self.sim.stop)
        self.portal = Portal(port, RATE_LIMITS='on', WORKERS='3', OIDC_ISSUER=self.sim.url)
        self.addCleanup(self.portal.stop)

    def metric(self, limit):
        page = request('GET', self.portal.internal + '/metrics').text
        found = re.search(rf'irc_now_rate_limited_requests_total{{limit="{limit}"}} (\d+)', page)
        return int(found.group(1)) if found else 0

    def exhaust(self, **what):
        """The statuses of requests until one is refused, and that one."""
        statuses = []
        for _ in range(200):
            answer = ask(self.portal, **what)
            if answer.status == 429:
                return statuses, answer
            statuses.append(answer.status)
        raise AssertionError(f'never refused: {statuses}')

    def test_sign_ins_per_address(self):
        begun = time.monotonic()
        statuses, refused = self.exhaust()
        regained = (time.monotonic() - begun) / 3
        self.assertEqual(set(statuses), {303})
        self.assertLessEqual(BURST['signin'], len(statuses))
        self.assertLessEqual(len(statuses), BURST['signin'] + regained + 1)

        wait = int(refused.getheader('retry-after'))
        self.assertIn(wait, (1, 2, 3))
        self.assertIn('Too many sign-ins were begun from your network.', refused.text)
        self.assertIn(f'in {wait} second', refused.text)
        self.assertEqual(refused.getheader('cache-control'), 'no-store')
        self.assertIsNone(refused.getheader('set-cookie'))
        for name, value in ALWAYS.items():
            self.assertEqual(refused.getheader(name), value)
        self.assertGreaterEqual(self.metric('signin'), 1)

        self.assertEqual(ask(self.portal, source='127.0.0.2').status, 303, 'another address')
        self.assertEqual(ask(self.portal, path='/').status, 200, 'reading')
        time.sleep(wait)
        self.assertEqual(ask(self.portal).status, 303, 'after Retry-After')

    def test_a_header_does_not_make_another_address(self):
        self.exhaust()
        for name in ('X-Forwarded-For', 'X-Real-IP', 'Forwarded'):
            value = 'for=192.0.2.1' if name == 'Forwarded' else '192.0.2.1'
            self.assertEqual(ask(self.portal, headers={name: value}).status, 429, name)

    def test_callbacks_per_address(self):
        statuses, refused = self.exhaust(path='/auth/callback?state=x&code=y')
        self.assertEqual(set(statuses), {401})
        self.assertGreaterEqual(len(statuses), BURST['signin'])
        self.assertIn('Too many sign-ins came', refused.text)
        self.assertEqual(ask(self.portal).status, 303, 'has a bucket of its own')

    def test_forms_per_account(self):
        alice, bob = Browser(self.portal.url), Browser(self.portal.url)
        self.assertEqual(alice.sign_in('alice').status, 200)
        self.assertEqual(bob.sign_in('bob').status, 200)
        statuses = []
        while 429 not in statuses and len(statuses) < 200:
            refused = alice.post('/signout', {'csrf': 'wrong'})
            statuses.append(refused.status)
        self.assertEqual(set(statuses), {403, 429})
        self.assertGreater(len(statuses), BURST['form'])
        self.assertEqual(refused.header('retry-after'), '1')
        self.assertIn('Too many forms', refused.text)
        self.assertEqual(bob.post('/signout', {'csrf': 'wrong'}).status, 403, 'another account')
        self.assertEqual(alice.get('/dashboard').status, 200, 'reading')
        time.sleep(1)
        self.assertEqual(alice.post('/signout', {'csrf': 'wrong'}).status, 403)

    def test_forms_of_strangers_per_address(self):
        statuses, _ = self.exhaust(method='POST', path='/signout')
        self.assertGreaterEqual(len(statuses), BURST['form'])
        self.assertNotEqual(ask(self.portal, '/signout', '127.0.0.2', 'POST').status, 429)

    def test_the_internal_address_has_no_limit(self):
        for _ in range(150):
            self.assertEqual(request('GET', self.portal.internal + '/healthz').status, 200)


class Off(unittest.TestCase):
    def test_nothing_is_refused(self):
        portal = Portal(RATE_LIMITS='off')
        self.addCleanup(portal.stop)
        for _ in range(2 * BURST['signin']):
            self.assertNotEqual(ask(portal, '/auth/callback').status, 429)


if __name__ == '__main__':
    unittest.main()
