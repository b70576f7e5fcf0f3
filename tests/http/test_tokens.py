"""API tokens: making one, seeing it once, revoking it; and the internal API that believes them."""
import concurrent.futures
import html
import json
import os
import re
import unittest
import urllib.parse

from client import INTERNAL, PORTAL, Browser, check_headers, hidden_fields, request, sql

PAGE = '/tokens'
REVOKE = '/tokens/revoke'
TOKEN = re.compile(r'<code id="token">(pt_[\w-]{43})</code>')
SECRET = os.environ['INTERNAL_SECRET']


def internal(method, path, body=None, secret=SECRET, **headers):
    if secret is not None:
        headers['authorization'] = f'Bearer {secret}'
    return request(method, INTERNAL + path, headers, body)


def check(token, **options):
    return internal('POST', '/api/tokens/check', json.dumps({'token': token}).encode(), **options)


class Case(unittest.TestCase):
    def setUp(self):
        self.sub = f'tokens-{id(self)}'
        self.here = Browser()
        self.here.sign_in(self.sub)

    def form(self, path=PAGE):
        page = self.here.get(path).text
        return dict(hidden_fields(page.split(f'action="{path.partition("?")[0]}"')[1]))

    def make(self, **fields):
        return self.here.post(PAGE, {**self.form(), 'label': 'Laptop', 'txt': 'on',
                                     'term': 'never', **fields})

    def token(self, **fields):
        answer = self.make(**fields)
        self.assertEqual(answer.status, 201, answer.text)
        return TOKEN.search(answer.text).group(1)

    def rows(self, columns='count(*)'):
        return sql(f'SELECT {columns} FROM api_tokens t JOIN users u ON u.id = t.user_id'
                   f" WHERE keycloak_sub = '{self.sub}'")

    def ids(self):
        return [int(x) for x in re.findall(REVOKE + r'\?id=(\d+)', self.here.get(PAGE).text)]

    def revoke(self, token_id):
        form = self.form(f'{REVOKE}?id={token_id}')
        return self.here.post(REVOKE, form)


class Pages(Case):
    def test_strangers(self):
        for path in (PAGE, REVOKE + '?id=1'):
            answer = request('GET', PORTAL + path)
            self.assertEqual(answer.status, 303, path)
            self.assertIn('/signin?return=%2Ftokens', answer.header('location'))
        for path in (PAGE, REVOKE):
            answer = request('POST', PORTAL + path, body=b'label=x&txt=on&term=never&id=1')
            self.assertEqual(answer.status, 401, path)

    def test_methods(self):
        for path in (PAGE, REVOKE):
            answer = self.here.send('DELETE', path)
            self.assertEqual((answer.status, answer.header('allow')), (405, 'GET, HEAD, POST'))

    def test_bad_forms(self):
        cases = (
            ({'label': ''}, 'Give it a name'),
            ({'label': ' \t\n '}, 'Give it a name'),
            ({'label': 'x' * 61}, '60 characters at most'),
            ({'label': 'a\nb'}, 'one line'),
            ({'label': 'a\x01b'}, 'one line'),
            ({'txt': None}, 'at least one'),
            ({'term': '2d'}, 'how long'),
            ({'term': None}, 'how long'),
        )
        for change, words in cases:
            with self.subTest(change):
                fields = {**self.form(), 'label': '"Laptop" <b>', 'txt': 'on', 'term': '1y', **change}
                answer = self.here.post(PAGE, {k: v for k, v in fields.items() if v is not None})
                self.assertEqual(answer.status, 400)
                self.assertIn(words, answer.text)
                self.assertIsNone(TOKEN.search(answer.text))
                if 'label' not in change:
                    self.assertIn('value="&quot;Laptop&quot; &lt;b&gt;"', answer.text)
                if 'term' not in change:
                    self.assertIn('<option value="1y" selected>', answer.text)
                checked = re.findall(r'name="(\w+)" type="checkbox" value="on" checked', answer.text)
                self.assertEqual(checked, ['txt'] if 'txt' not in change else [])
        for csrf in ('', 'x'):
            self.assertEqual(self.make(csrf=csrf).status, 403)
        foreign = self.here.post(PAGE, {**self.form(), 'label': 'x', 'txt': 'on', 'term': 'never'},
                                 {'origin': 'https://evil.example'})
        self.assertEqual(foreign.status, 403)
        self.assertEqual(self.rows(), [['0']])

    def test_bad_bytes_make_no_token(self):
        for label in (b'%00', b'%ff', b'%'):
            body = urllib.parse.urlencode({**self.form(), 'txt': 'on', 'term': 'never'}).encode()
            answer = self.here.send('POST', PAGE,
                                    {'content-type': 'application/x-www-form-urlencoded'},
                                    body + b'&label=' + label)
            self.assertEqual(answer.status, 400, label)
        self.assertEqual(self.rows(), [['0']])

    def test_making_one(self):
        answer = self.make(label='  Büro <b>"1"  ', pics='on', term='30d')
        self.assertEqual(answer.status, 201)
        check_headers(self, answer)
        self.assertEqual(answer.header('cache-control'), 'no-store')
        token = TOKEN.search(answer.text).group(1)
        command = f'-H "Authorization: Bearer {token}" ' + os.environ['TXT_URL'] + '/api/pastes'
        self.assertIn(command, html.unescape(answer.text))
        self.assertIn(os.environ['PICS_URL'] + '/api/', answer.text)
        again = self.here.get(PAGE)
        self.assertNotIn(token, again.text)
        self.assertIn('<bdi>Büro &lt;b&gt;&quot;1&quot;</bdi>', again.text)
        self.assertIn('pastes and pictures', again.text)
        self.assertIn('last used never', again.text)
        self.assertIn(f'<code>{token[-4:]}</code>', again.text)
        rows = self.rows("label, scopes, expires_at - t.created_at, token_hash = sha256('" + token + "')")
        self.assertEqual(rows, [['Büro <b>"1"', '{txt,pics}', '30 days', 't']])

    def test_a_reload_makes_no_second_one(self):
        fields = {**self.form(), 'label': 'Laptop', 'txt': 'on', 'term': 'never'}
        first, second = self.here.post(PAGE, fields), self.here.post(PAGE, fields)
        self.assertEqual((first.status, second.status), (201, 409))
        self.assertIn('made its token already', second.text)
        self.assertIsNone(TOKEN.search(second.text))
        self.assertEqual(self.rows(), [['1']])
        # What was typed stays, and the form is a new one.
        self.assertIn('value="Laptop"', second.text)
        fields.update(hidden_fields(second.text.split(f'action="{PAGE}"')[1]))
        self.assertEqual(self.here.post(PAGE, fields).status, 201)

    def test_never_more_than_fifty(self):
        forms = [self.form() for _ in range(56)]

        def post(form):
            return self.here.post(PAGE, {**form, 'label': 'x', 'txt': 'on', 'term': '1y'}).status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(post, forms))
        self.assertEqual(set(statuses) - {201, 409}, set())
        while self.rows() != [['50']]:
            self.assertEqual(self.make().status, 201)
        page = self.here.get(PAGE).text
        self.assertIn('as many as an account may have', page)
        self.assertNotIn('action="/tokens"', page)
        self.assertEqual(post(forms[0]), 409)
        self.assertEqual(self.revoke(self.ids()[0]).status, 303)
        self.assertEqual(self.make().status, 201)
        self.assertEqual(self.rows(), [['50']])

    def test_revoking(self):
        token = self.token()
        self.assertEqual(check(token).status, 200)
        token_id = self.ids()[0]
        page = self.here.get(f'{REVOKE}?id={token_id}')
        self.assertEqual(page.status, 200)
        self.assertIn('Laptop', page.text)
        self.assertEqual(self.rows(), [['1']], 'asking revoked it')
        answer = self.revoke(token_id)
        self.assertEqual((answer.status, answer.header('location')), (303, PAGE + '?done=revoked'))
        self.assertIn('The token is revoked.', self.here.follow(answer).text)
        self.assertEqual(check(token).status, 404)
        self.assertEqual(self.here.get(f'{REVOKE}?id={token_id}').status, 404)

    def test_bad_revocations(self):
        self.token()
        token_id = self.ids()[0]
        form = self.form(f'{REVOKE}?id={token_id}')
        for change, status in (({'id': ''}, 400), ({'id': 'x'}, 400), ({'id': '0'}, 400),
                               ({'id': '99999999999999999999'}, 400), ({'csrf': 'x'}, 403),
                               ({'csrf': self.form()['csrf']}, 403)):
            with self.subTest(change):
                self.assertEqual(self.here.post(REVOKE, {**form, **change}).status, status)
        for query in ('', '?id=', '?id=x', '?id=-1'):
            self.assertEqual(self.here.get(REVOKE + query).status, 400)
        self.assertEqual(self.rows(), [['1']])

    def test_another_accounts_token_stays(self):
        self.token()
        token_id = self.ids()[0]
        stranger = Browser()
        stranger.sign_in('bob')
        self.assertEqual(stranger.get(f'{REVOKE}?id={token_id}').status, 404)
        sql("DELETE FROM api_tokens WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = 'bob')")
        here, self.here = self.here, stranger
        self.token()
        answer = stranger.post(REVOKE, {**self.form(f'{REVOKE}?id={self.ids()[0]}'),
                                        'id': token_id})
        self.here = here
        self.assertEqual(answer.status, 303)
        self.assertEqual(self.rows(), [['1']])

    def test_an_unknown_word_in_the_address(self):
        self.assertEqual(self.here.get(PAGE + '?done=x').status, 400)


class Service(Case):
    ROUTES = (('POST', '/api/tokens/check'), ('POST', '/api/requests'),
              ('GET', '/api/accounts/alice'), ('GET', '/api/uploaders/alice/alice'))

    def test_nothing_of_it_is_public(self):
        for method, path in self.ROUTES:
            for headers in ({}, {'authorization': f'Bearer {SECRET}'}):
                answer = request(method, PORTAL + path, headers, b'{}' if method == 'POST' else None)
                self.assertEqual(answer.status, 404, path)
                self.assertNotIn('json', answer.header('content-type'))

    def test_only_with_the_secret(self):
        for method, path in self.ROUTES:
            for secret in (None, '', 'x', SECRET[:-1], SECRET + 'x', SECRET.upper() + ' '):
                with self.subTest(path=path, secret=secret and len(secret)):
                    answer = internal(method, path, b'{}' if method == 'POST' else None, secret)
                    self.assertEqual(answer.status, 401)
                    self.assertEqual(answer.header('www-authenticate'), 'Bearer')
                    self.assertEqual(answer.header('content-type'), 'application/json')
                    check_headers(self, answer)
                    said = answer.json()
                    self.assertEqual(set(said), {'error', 'request_id'})
                    self.assertEqual(said['request_id'], answer.header('x-request-id'))

    def test_a_session_is_no_secret(self):
        cookie = '; '.join(f'{k}={v}' for k, v in self.here.jar(PORTAL).items())
        answer = internal('GET', '/api/accounts/alice', secret=None, cookie=cookie)
        self.assertEqual(answer.status, 401)

    def test_methods(self):
        for method, path, allow in (('GET', '/api/tokens/check', 'POST'),
                                    ('POST', '/api/accounts/alice', 'GET, HEAD'),
                                    ('DELETE', '/api/uploaders/a/b', 'GET, HEAD')):
            answer = internal(method, path)
            self.assertEqual((answer.status, answer.header('allow')), (405, allow))
            self.assertIn('error', answer.json())

    def test_bodies_that_are_no_question(self):
        for body in (b'', b'x', b'[]', b'{}', b'{"token":7}', b'{"token":null}', b'{"token":"x"',
                     b'\xff', b'{"token":"a","token":"b"}', b'token=pt_x'):
            with self.subTest(body):
                answer = internal('POST', '/api/tokens/check', body)
                self.assertEqual(answer.status, 400)
                self.assertIn('{"token":"pt_…"}', answer.json()['error'])
        answer = internal('POST', '/api/tokens/check', b' ' * 5000)
        self.assertEqual(answer.status, 413)
        self.assertIn('error', answer.json())

    def test_tokens_that_are_none(self):
        token = self.token()
        for bad in ('', 'pt_', token[:-1], token + 'x', token[3:], 'PT_' + token[3:], token + '\n',
                    'pt_' + 'A' * 43, "pt_' OR true --" + 'x' * 31, 'ü' * 46):
            with self.subTest(bad):
                answer = check(bad)
                self.assertEqual(answer.status, 404)
                self.assertEqual(set(answer.json()), {'error', 'request_id'})

    def test_a_good_one(self):
        for fields, scopes in (({}, ['txt']), ({'txt': 'on', 'pics': 'on'}, ['txt', 'pics'])):
            answer = check(self.token(**fields))
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.header('content-type'), 'application/json')
            self.assertEqual(answer.header('cache-control'), 'no-store')
            said = answer.json()
            self.assertIn([str(said.pop('token_id'))], self.rows('t.id'))
            self.assertEqual(said, {'sub': self.sub, 'plan': 'free', 'scopes': scopes})

    def test_when_it_is_over(self):
        token = self.token(term='30d')
        self.assertEqual(check(token).status, 200)
        sql('UPDATE api_tokens SET expires_at = now() WHERE user_id ='
            f" (SELECT id FROM users WHERE keycloak_sub = '{self.sub}')")
        self.assertEqual(check(token).status, 404)
        self.assertIn('>expired<', self.here.get(PAGE).text)

    def test_of_a_banned_account(self):
        token = self.token()
        sql(f"UPDATE users SET is_banned = true WHERE keycloak_sub = '{self.sub}'")
        self.assertEqual(check(token).status, 404)
        self.assertEqual(self.rows('last_used_at IS NULL'), [['t']])
        self.assertEqual(internal('GET', f'/api/accounts/{self.sub}').json(),
                         {'sub': self.sub, 'plan': 'free', 'is_banned': True})

    def test_the_last_use_is_written_once_a_minute(self):
        token = self.token()
        check(token)
        first = self.rows('last_used_at')
        check(token)
        self.assertEqual(self.rows('last_used_at'), first)
        sql("UPDATE api_tokens SET last_used_at = now() - interval '61 s' WHERE user_id ="
            f" (SELECT id FROM users WHERE keycloak_sub = '{self.sub}')")
        check(token)
        self.assertEqual(self.rows("last_used_at > now() - interval '10 s'"), [['t']])
        self.assertNotIn('last used never', self.here.get(PAGE).text)

    def test_accounts(self):
        for path in ('', 'nobody', '%', '%00', '%ff', '%2e%2e', "x'--", 'alice%2f'):
            self.assertEqual(internal('GET', '/api/accounts/' + path).status, 404, path)
        odd = f'odd/{self.sub} æ?#%'
        sql(f"INSERT INTO users (keycloak_sub, issuer, plan) VALUES ('{odd}', 'i', 'pro')")
        answer = internal('GET', '/api/accounts/' + urllib.parse.quote(odd, safe=''))
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json(), {'sub': odd, 'plan': 'pro', 'is_banned': False})

    def test_uploaders(self):
        name = f'b{id(self)}'
        sql('INSERT INTO bouncers (user_id, name, soju_username)'
            f" SELECT id, '{name}', '{name}-admin' FROM users WHERE keycloak_sub = '{self.sub}'")
        good = {'sub': self.sub, 'plan': 'free', 'is_banned': False}
        for path, expected in ((f'{name}/{name}-admin', good), (f'-/{name}-admin', good),
                               (f'{name}/', None), (f'{name}', None), ('', None),
                               (f'{name}/other', None), (f'other/{name}-admin', None),
                               ('-/-', None), ('-/nobody', None)):
            with self.subTest(path):
                answer = internal('GET', '/api/uploaders/' + path)
                self.assertEqual(answer.status, 200 if expected else 404)
                if expected:
                    self.assertEqual(answer.json(), expected)
        # A second bouncer of the same account changes nothing, another account's makes it unclear.
        sql('INSERT INTO bouncers (user_id, name, soju_username)'
            f" SELECT id, '{name}2', '{name}-admin' FROM users WHERE keycloak_sub = '{self.sub}'")
        self.assertEqual(internal('GET', f'/api/uploaders/-/{name}-admin').json(), good)
        sql('INSERT INTO bouncers (user_id, name, soju_username)'
            f" SELECT id, '{name}3', '{name}-admin' FROM users WHERE keycloak_sub = 'bob'")
        self.assertEqual(internal('GET', f'/api/uploaders/-/{name}-admin').status, 404)
        self.assertEqual(internal('GET', f'/api/uploaders/{name}2/{name}-admin').json(), good)
        sql(f"DELETE FROM bouncers WHERE name LIKE '{name}%'")


if __name__ == '__main__':
    unittest.main()
