"""Who asks too often waits: the limits of sign-ins and forms, on a portal that has them."""
import http.client
import itertools
import re
import socket
import time
import unittest
import urllib.parse

from client import ALWAYS, Browser, request
from instance import Portal, Simulator, free_port

BURST = {'signin': 20, 'form': 60, 'backchannel': 600}


def ask(portal, path='/signin', source='127.0.0.1', method='GET', headers=()):
    """A request from an address of our own choice: all of 127.0.0.0/8 is this machine."""
    parts = urllib.parse.urlsplit(portal.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10,
                                            source_address=(source, 0))
    try:
        connection.putrequest(method, path)
        for name, value in headers:
            connection.putheader(name, value)
        if method == 'POST':
            connection.putheader('Content-Length', '0')
        connection.endheaders()
        response = connection.getresponse()
        response.text = response.read().decode()
        return response
    finally:
        connection.close()


def check_empty(test, one, what):
    """The bucket that it takes from has nothing left but what a slow machine has regained."""
    for _ in range(BURST['signin'] // 2):
        answer = one()
        if answer.status == 429:
            return answer
    return test.fail(f'{what}: not refused')


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
        for _ in range(1000):
            answer = ask(self.portal, **what)
            if answer.status == 429:
                return statuses, answer
            statuses.append(answer.status)
        raise AssertionError(f'never refused: {set(statuses)}')

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
            check_empty(self, lambda more=[(name, value)]: ask(self.portal, headers=more), name)

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
        elsewhere = Browser(self.portal.url)
        self.assertEqual(elsewhere.sign_in('alice').status, 200)
        self.assertEqual({elsewhere.post('/signout', {'csrf': 'wrong'}).status for _ in range(30)}
                         - {403}, {429}, 'another session of the same account')
        self.assertEqual(alice.get('/dashboard').status, 200, 'reading')
        time.sleep(1)
        self.assertEqual(alice.post('/signout', {'csrf': 'wrong'}).status, 403)

    def test_forms_of_strangers_per_address(self):
        statuses, _ = self.exhaust(method='POST', path='/signout')
        self.assertGreaterEqual(len(statuses), BURST['form'])
        self.assertNotEqual(ask(self.portal, '/signout', '127.0.0.2', 'POST').status, 429)

    def test_what_the_provider_posts_per_address(self):
        begun = time.monotonic()
        statuses, refused = self.exhaust(method='POST', path='/auth/backchannel')
        regained = (time.monotonic() - begun) / 0.1
        self.assertEqual(set(statuses), {400})
        self.assertLessEqual(BURST['backchannel'], len(statuses))
        self.assertLessEqual(len(statuses), BURST['backchannel'] + regained + 1)
        self.assertEqual(refused.getheader('retry-after'), '1')
        self.assertIn('Too many logout tokens', refused.text)
        self.assertGreaterEqual(self.metric('backchannel'), 1)
        self.assertEqual(ask(self.portal, '/auth/backchannel', '127.0.0.2', 'POST').status, 400)
        self.assertEqual(ask(self.portal).status, 303, 'a class of its own')

    def test_the_internal_address_has_no_limit(self):
        for _ in range(150):
            self.assertEqual(request('GET', self.portal.internal + '/healthz').status, 200)


CALLBACK = '/auth/callback?state=x&code=y'  # costs no call to the provider


def forwarded(*values, name='X-Forwarded-For'):
    return [(name, value) for value in values]


class Forwarded(unittest.TestCase):
    """Whose bucket it is behind a proxy. Each test has addresses of its own."""

    @classmethod
    def setUpClass(cls):
        cls.portal = Portal(RATE_LIMITS='on', WORKERS='3',
                            TRUSTED_PROXIES='127.0.0.1, 127.0.0.9,127.0.1.0/24')
        cls.addClassCleanup(cls.portal.stop)

    def ask(self, *values, source='127.0.0.1'):
        return ask(self.portal, CALLBACK, source, headers=forwarded(*values))

    def status(self, *values, **more):
        return self.ask(*values, **more).status

    def check_empty(self, *values, **more):
        return check_empty(self, lambda: self.ask(*values, **more), values)

    def exhaust(self, *headers, source='127.0.0.1'):
        """The headers' values in turn, until one is refused; how many were let through."""
        for n, values in enumerate(itertools.islice(itertools.cycle(headers), 40)):
            answer = self.ask(*values, source=source)
            if answer.status == 429:
                self.assertGreaterEqual(n, BURST['signin'])
                return answer
            self.assertEqual(answer.status, 401)
        raise AssertionError(f'{headers[:2]} never refused')

    def test_two_clients_of_one_proxy(self):
        refused = self.exhaust(['192.0.2.1'])
        self.assertIn(refused.getheader('retry-after'), ('1', '2', '3'))
        self.assertEqual(self.status('192.0.2.2'), 401, 'another client')
        self.assertEqual(self.status(), 401, 'the proxy itself')
        refused = self.check_empty('192.0.2.1', source='127.0.0.9')  # by another proxy
        time.sleep(int(refused.getheader('retry-after')))
        self.assertEqual(self.status('192.0.2.1'), 401, 'after Retry-After')

    def test_what_the_client_wrote_itself_counts_for_nothing(self):
        self.exhaust(*([f'198.51.100.{n}, 192.0.2.10'] for n in range(40)))
        for left in ('127.0.0.1', '127.0.0.9, 127.0.0.9', '192.0.2.11', 'unknown', ',,', '::1',
                     ', '.join(['10.0.0.1'] * 60)):
            with self.subTest(left):
                self.check_empty(f'{left}, 192.0.2.10')
        self.assertEqual(self.status('198.51.100.0'), 401, 'who was named has lost nothing')

    def test_proxies_in_a_row(self):
        self.exhaust(['192.0.2.20, 127.0.0.9'])
        self.check_empty('192.0.2.20')
        self.check_empty('192.0.2.20, 127.0.1.255, 127.0.0.9')
        self.assertEqual(self.status('192.0.2.21, 127.0.0.9'), 401)
        self.assertEqual(self.status('192.0.2.20, 127.0.2.1'), 401, 'that proxy is none of ours')

    def test_a_peer_that_is_no_proxy(self):
        self.exhaust(*([f'192.0.2.{n}'] for n in range(30, 70)), source='127.0.0.2')
        self.check_empty(source='127.0.0.2')
        self.check_empty('127.0.0.1', source='127.0.0.2')
        self.assertEqual(self.status('192.0.2.30'), 401, 'who was named has lost nothing')
        self.assertEqual(self.status('192.0.2.30', source='127.0.2.0'), 401, 'another peer')

    def test_ipv6(self):
        self.exhaust(['2001:db8:1:2::1'])
        self.check_empty('[2001:DB8:1:2::ffff]:443')  # the same network
        self.assertEqual(self.status('2001:db8:1:3::1'), 401)

    def test_ipv4_in_other_clothes(self):
        self.exhaust(['192.0.2.80'], ['::ffff:192.0.2.80'], ['192.0.2.80:50000'],
                     ['[::ffff:192.0.2.80]:50000'], ['::ffff:c000:250'])
        for text in ('192.0.2.80', '::ffff:192.0.2.80', '192.0.2.80:1', '::ffff:c000:250'):
            self.check_empty(text)
        self.assertEqual(self.status('::ffff:192.0.2.81'), 401)

    def test_several_lines_are_one_list(self):
        self.exhaust(['198.51.100.90', '192.0.2.90'])
        self.check_empty('192.0.2.90')
        self.check_empty('192.0.2.90', '127.0.0.9')
        self.check_empty('x', ',', '192.0.2.91, 192.0.2.90')
        self.check_empty(*['198.51.100.9'] * 30, '192.0.2.90')
        self.assertEqual(self.status('198.51.100.90'), 401)
        self.assertEqual(self.status('192.0.2.90', '192.0.2.91'), 401)
        lower = forwarded('192.0.2.90', name='x-forwarded-for')
        check_empty(self, lambda: ask(self.portal, CALLBACK, headers=lower), lower)

    def test_what_kore_refuses_costs_nobody_a_token(self):
        for value in ('', b'\xff\xfe', '192.0.2.99\t'):
            for _ in range(BURST['signin'] + 5):
                self.assertEqual(self.status(value, source='127.0.1.9'), 400)
        self.assertEqual(self.status(source='127.0.1.9'), 401)

    def test_what_is_no_address_leaves_the_proxy(self):
        odd = ['unknown', 'for=192.0.2.95', '192.0.2.256', '_hidden', '"192.0.2.95"', ',',
               '192.0.2.95,', '192.0.2.95 192.0.2.96', 'a' * 1000, 'fe80::1%eth0',
               '192.0.2.95/32', '0x7f.1', '3221226079']
        self.exhaust(*([value] for value in odd), source='127.0.1.5')
        for value in odd:
            with self.subTest(value):
                self.check_empty(value, source='127.0.1.5')
        self.assertEqual(self.status('192.0.2.95', source='127.0.1.5'), 401)
        self.assertEqual(self.status('x', source='127.0.1.6'), 401, 'another proxy')


class ForwardedBySix(unittest.TestCase):
    def test_a_proxy_that_comes_over_ipv6(self):
        try:
            with socket.create_server(('::1', 0), family=socket.AF_INET6):
                pass
        except OSError:
            self.skipTest('this machine has no IPv6')
        port = free_port()
        portal = Portal(port, RATE_LIMITS='on', TRUSTED_PROXIES='::1', PUBLIC_BIND=f'[::1]:{port}')
        self.addCleanup(portal.stop)
        portal.url = f'http://[::1]:{port}'

        def one(value):
            return ask(portal, CALLBACK, '::1', headers=forwarded(value))
        statuses = [one('192.0.2.1').status for _ in range(BURST['signin'] + 5)]
        self.assertEqual(set(statuses) - {429}, {401})
        check_empty(self, lambda: one('192.0.2.1'), 'the client')
        self.assertEqual(one('192.0.2.2').status, 401)
        check_empty(self, lambda: one('192.0.2.1, ::1'), 'the client of two proxies')


class Off(unittest.TestCase):
    def test_nothing_is_refused(self):
        portal = Portal(RATE_LIMITS='off')
        self.addCleanup(portal.stop)
        for _ in range(2 * BURST['signin']):
            self.assertNotEqual(ask(portal, '/auth/callback').status, 429)


if __name__ == '__main__':
    unittest.main()
