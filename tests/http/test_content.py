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



class Activity(unittest.TestCase):
    """Who made something on a day, page by page."""

    @classmethod
    def setUpClass(cls):
        cls.service = Service('txt', PORTAL_INTERNAL_URL=INTERNAL)
        cls.addClassCleanup(cls.service.stop)

    def ask(self, query, secret=SECRET):
        return self.service.ask('GET', '/api/activity' + query, secret)

    def test_bad_input(self):
        for query in ('', '?day=', '?day=today', '?day=2026-02-30', '?day=2026-1-01',
                      '?day=2026-01-01T00:00:00Z', "?day=2026-01-01'", '?after=x',
                      '?day=2026-01-01&after=%00', '?day=2026-01-01&after=%ff'):
            self.assertEqual(self.ask(query).status, 400, query)
        self.assertEqual(self.ask('?day=2026-01-01', 'x').status, 401)
        self.assertEqual(self.ask('?day=2026-01-01', None).status, 401)
        self.assertEqual(self.service.ask('POST', '/api/activity?day=2026-01-01').status, 405)
        self.assertEqual(request('GET', self.service.url + '/api/activity?day=2026-01-01',
                                 {'authorization': 'Bearer ' + SECRET}).status, 404)

    def test_nobody(self):
        self.assertEqual(self.ask('?day=2001-01-01').body, b'{"subs":[],"next":null}\n')

    def test_pages(self):
        self.service.sql("INSERT INTO users (keycloak_sub, issuer)"
                         " SELECT 'many-' || lpad(n::text, 4, '0'), 'x' FROM generate_series(1, 1001) n")
        # A day that no other test speaks of, and that is not so old that a job forgets it.
        day = self.service.sql("SELECT (now() AT TIME ZONE 'UTC')::date - 9")[0][0]
        self.service.sql(f"INSERT INTO made_days SELECT '{day}', id FROM users"
                         " WHERE keycloak_sub LIKE 'many-%'")
        found, after, pages = [], '', 0
        while after is not None:
            page = self.ask(f'?day={day}&after={after}').json()
            found, after, pages = found + page['subs'], page['next'], pages + 1
        self.assertEqual(found, [f'many-{n:04}' for n in range(1, 1002)])
        self.assertEqual(pages, 3)

    def test_a_paste_is_told_once(self):
        sub = 'made-' + secrets.token_hex(4)
        token = new_token(sub)
        for _ in range(2):
            answer = request('POST', self.service.url + '/api/pastes',
                             {'authorization': 'Bearer ' + token, 'content-type': 'text/plain'},
                             b'hello')
            self.assertIn(answer.status, (200, 201), answer.text)
        day = self.service.sql("SELECT (now() AT TIME ZONE 'UTC')::date")[0][0]
        self.assertEqual(self.ask(f'?day={day}').json()['subs'].count(sub), 1)
        self.service.sql(f"DELETE FROM pastes WHERE user_id ="
                         f" (SELECT id FROM users WHERE keycloak_sub = '{sub}')")
        self.assertIn(sub, self.ask(f'?day={day}').json()['subs'])


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
