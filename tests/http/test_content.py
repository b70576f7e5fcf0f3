"""What the portal asks txt and pics at the internal address: usage, and erasing an account."""
import secrets
import unittest

from client import INTERNAL, request, sql
from services import SECRET, Service, new_token


class Content(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service('txt')
        cls.addClassCleanup(cls.service.stop)
        cls.service.sql(
            "INSERT INTO users (keycloak_sub, issuer) VALUES ('alice', 'x'), ('a/b ü', 'x')")
        cls.service.sql(
            'INSERT INTO usage SELECT id, 12, 45678 FROM users')

    def test_usage_is_exactly_this(self):
        answer = self.service.ask('GET', '/api/usage/alice')
        self.assertEqual(answer.body, b'{"paste_count":12,"storage_bytes":45678}')
        self.assertEqual(answer.header('content-type'), 'application/json')
        self.assertEqual(self.service.usage('a/b ü'), {'paste_count': 12, 'storage_bytes': 45678})

    def test_unknown_accounts_have_nothing(self):
        self.assertEqual(self.service.ask('GET', '/api/usage/nobody').body,
                         b'{"paste_count":0,"storage_bytes":0}')

    def test_strangers_learn_nothing(self):
        for method, path in (('GET', '/api/usage/alice'), ('DELETE', '/api/content/alice')):
            for secret in (None, 'x', SECRET[:-1], SECRET + 'x'):
                answer = self.service.ask(method, path, secret)
                self.assertEqual(answer.status, 401, secret)
                self.assertIn('error', answer.json())
            answer = request(method, self.service.url + path,
                             {'authorization': 'Bearer ' + SECRET})
            self.assertEqual(answer.status, 404, 'the public address')
        self.assertEqual(self.service.usage('alice')['paste_count'], 12)

    def test_wrong_methods_and_names(self):
        self.assertEqual(self.service.ask('POST', '/api/usage/alice').status, 405)
        answer = self.service.ask('GET', '/api/content/alice')
        self.assertEqual((answer.status, answer.header('allow')), (405, 'DELETE'))
        for path in ('/api/usage/', '/api/usage/a/b', '/api/usage/%00', '/api/usage/%ff'):
            self.assertEqual(self.service.ask('GET', path).status, 404, path)

    def test_the_old_secret_is_good_while_they_roll(self):
        old = 'o' * 40
        service = Service('txt', INTERNAL_SECRET_OLD=old)
        self.addCleanup(service.stop)
        self.assertEqual(service.ask('GET', '/api/usage/x', old).status, 200)
        self.assertEqual(service.ask('GET', '/api/usage/x').status, 200)



class Erased(unittest.TestCase):
    def test_a_token_of_who_is_gone_brings_nothing_back(self):
        """Although the answer of a moment ago, that it is good, is still remembered."""
        service = Service('txt', PORTAL_INTERNAL_URL=INTERNAL, CACHE='on')
        self.addCleanup(service.stop)
        sub = 'erased-' + secrets.token_hex(4)
        token = new_token(sub, '{txt}')
        self.addCleanup(sql, f"DELETE FROM users WHERE keycloak_sub = '{sub}'")

        def post():
            return request('POST', service.url + '/api/pastes',
                           {'authorization': f'Bearer {token}'}, 'text').status

        self.assertEqual([post() for _ in range(10)], [201] * 10, 'both workers know it')
        sql(f"DELETE FROM users WHERE keycloak_sub = '{sub}'")
        self.assertEqual(post(), 201, 'believed for a moment')
        answer = service.ask('DELETE', '/api/content/' + sub)
        self.assertEqual((answer.status, answer.json()['is_complete']), (200, True))
        self.assertEqual({post() for _ in range(10)}, {401})
        self.assertEqual(service.sql('SELECT count(*) FROM users'), [['0']])


if __name__ == '__main__':
    unittest.main()
