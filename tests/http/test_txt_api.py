"""Pastes by programs: curl's ways, tokens, quotas that hold, and everything that is refused."""
import concurrent.futures
import secrets
import time
import unittest
import urllib.parse

from client import request, sql
from services import Service, new_token

LIMIT = 2000
BASE58 = '[1-9A-HJ-NP-Za-km-z]{13}'


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service('txt', TXT_MAX_BYTES=str(LIMIT))
        cls.addClassCleanup(cls.service.stop)

    def setUp(self):
        self.sub = f'api-{id(self)}'
        self.token = new_token(self.sub)

    def ask(self, method, path='/api/pastes', body=None, token=None, **headers):
        headers = {k.replace('_', '-'): v for k, v in headers.items()}
        headers['authorization'] = 'Bearer ' + (token or self.token)
        return request(method, self.service.url + path, headers, body)

    def make(self, body=b'hello\n', query='', **headers):
        answer = self.ask('POST', '/api/pastes' + query, body, **headers)
        self.assertEqual(answer.status, 201, answer.text)
        return answer

    def test_the_link_in_one_line(self):
        answer = self.make(content_type='application/x-www-form-urlencoded')
        self.assertEqual(answer.header('content-type'), 'text/plain; charset=utf-8')
        self.assertRegex(answer.text, rf'^{self.service.url}/{BASE58}\n$')
        url = answer.text.strip()
        self.assertEqual(answer.header('location'), url)
        self.assertEqual(request('GET', url + '/raw').body, b'hello\n')

    def test_json_on_request(self):
        body = 'x = 1 # =%41&ü\r\n'.encode()
        query = '?title=a%20b%2B&syntax=python&expires=1h&visibility=private'
        answer = self.make(body, query, accept='application/json').json()
        self.assertEqual(sorted(answer), ['bytes', 'expires_at', 'id', 'raw_url', 'url'])
        self.assertEqual(answer['bytes'], len(body))
        one = self.ask('GET', '/api/pastes/' + answer['id']).json()
        self.assertEqual(
            (one['title'], one['syntax'], one['visibility'], one['expires_at'], one['lines']),
            ('a b+', 'python', 'private', answer['expires_at'], 1))
        self.assertEqual(request('GET', answer['raw_url']).status, 404, 'private')

    def test_list_and_delete(self):
        ids = [self.make(accept='application/json').json()['id'] for _ in range(3)]
        listed = self.ask('GET').json()
        self.assertEqual([p['id'] for p in listed['pastes']], ids[::-1])
        self.assertEqual(listed['total'], 3)
        self.assertEqual(self.ask('GET', '/api/pastes?page=2').json()['pastes'], [])
        stranger = new_token(self.sub + '-other')
        self.assertEqual(self.ask('DELETE', '/api/pastes/' + ids[0], token=stranger).status, 404)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = list(pool.map(lambda _: self.ask('DELETE', '/api/pastes/' + ids[0]).status,
                                 range(2)))
        self.assertEqual(sorted(both), [200, 404], 'two deletes at once')
        self.assertEqual(self.service.usage(self.sub), {'paste_count': 2, 'storage_bytes': 12})
        for bad in ('x', '0' * 13, ids[0], '%00'):
            self.assertEqual(self.ask('GET', '/api/pastes/' + bad).status, 404)
        self.assertEqual(self.ask('GET', '/api/pastes?page=0').status, 400)

    def test_who_may(self):
        for header in (None, 'Bearer', 'Bearer x', 'Bearer pt_' + 'x' * 43, 'Basic x'):
            headers = {'authorization': header} if header else {}
            answer = request('POST', self.service.url + '/api/pastes', headers, b'x')
            self.assertEqual(answer.status, 401, header)
            self.assertEqual(answer.text.count('\n'), 1, 'one line for shells')
        answer = self.ask('POST', body=b'x', token=new_token(self.sub, '{pics}'))
        self.assertIn(answer.status, (401, 403), 'a token for pictures')
        browser = self.service.sign_in(self.sub)
        self.assertEqual(browser.send('POST', '/api/pastes', {}, b'x').status, 401, 'a cookie')

    def test_methods(self):
        self.assertEqual(self.ask('DELETE').header('allow'), 'GET, HEAD, POST')
        self.assertEqual(self.ask('POST', '/api/pastes/' + '1' * 13).header('allow'),
                         'GET, HEAD, DELETE')

    def test_refused(self):
        cases = [
            (b'', '', 400, 'empty'),
            (b'a' * (LIMIT + 1), '', 413, '2,001 bytes.*2,000'),
            (b'\xff', '', 415, 'no text.*Pictures'),
            (b'a\0', '', 415, 'no text'),
            (b'x', '?syntax=cobol', 400, 'syntax” can be text, irc'),
            (b'x', '?expires=2h', 400, 'expires” can be never, 1h, 1d, 1w or 30d'),
            (b'x', '?visibility=all', 400, 'public, unlisted or private'),
            (b'x', '?title=' + 'x' * 201, 400, '200 characters'),
            (b'x', '?title=%ff', 400, ''),
            (b'x', '?title=%zz', 400, ''),
        ]
        for body, query, status, words in cases:
            with self.subTest(query or len(body)):
                answer = self.ask('POST', '/api/pastes' + query, body)
                self.assertEqual(answer.status, status, answer.text)
                self.assertRegex(answer.text, words or '.')
                self.assertEqual(answer.text.count('\n'), 1)
                answer = self.ask('POST', '/api/pastes' + query, body, accept='application/json')
                self.assertEqual(answer.status, status)
                self.assertIn('error', answer.json())
        self.assertEqual(self.service.usage(self.sub)['paste_count'], 0)
        self.make(b'a' * LIMIT)

    def test_the_quota_holds_however_many_come_at_once(self):
        """20,000,000 bytes are the plan's; room is left for 7 of 1,000 each."""
        self.make(b'x')
        self.service.sql('UPDATE usage SET bytes = 20000000 - 7500 WHERE user_id ='
                         f" (SELECT id FROM users WHERE keycloak_sub = '{self.sub}')")
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            statuses = list(pool.map(
                lambda _: self.ask('POST', body=b'y' * 1000).status, range(200)))
        self.assertEqual(statuses.count(201), 7)
        self.assertEqual(statuses.count(413), 193)
        self.assertEqual(self.service.usage(self.sub)['storage_bytes'], 20000000 - 500)

    def test_guessing(self):
        for query, body, syntax in (('?title=' + urllib.parse.quote('a.rs'), b'x', 'rust'),
                                    ('', b'#!/bin/sh\n', 'sh'), ('', b'hello', 'text'),
                                    ('?syntax=auto', b'<?php', 'php')):
            made = self.make(body, query, accept='application/json').json()['id']
            self.assertEqual(self.ask('GET', '/api/pastes/' + made).json()['syntax'], syntax)


class Limits(unittest.TestCase):
    """A program may change 120 things at once; whose tokens are none is soon not asked any more."""

    @classmethod
    def setUpClass(cls):
        cls.service = Service('txt', RATE_LIMITS='on', CACHE='on')
        cls.addClassCleanup(cls.service.stop)

    def post(self, token):
        return request('POST', self.service.url + '/api/pastes',
                       {'authorization': 'Bearer ' + token}, b'x')

    def exhaust(self, token):
        """The statuses of posts until one is refused, and that one; some are regained meanwhile."""
        statuses = []
        for _ in range(1000):
            answer = self.post(token())
            if answer.status == 429:
                return statuses, answer
            statuses.append(answer.status)
        raise AssertionError(f'never refused: {set(statuses)}')

    def test_changes_of_an_account(self):
        token = new_token(f'limits-{id(self)}')
        begun = time.monotonic()
        statuses, refused = self.exhaust(lambda: token)
        regained = (time.monotonic() - begun) / 0.5
        self.assertEqual(set(statuses), {201})
        self.assertGreaterEqual(len(statuses), 120)
        self.assertLessEqual(len(statuses), 120 + regained + 1)
        self.assertIn('Too many changes came from your programs.', refused.text)
        self.assertGreater(int(refused.header('retry-after')), 0)
        self.assertEqual(request('GET', self.service.url + '/api/pastes',
                                 {'authorization': 'Bearer ' + token}).status, 200)
        self.assertEqual(self.post(new_token(f'limits-other-{id(self)}')).status, 201)

    def test_tokens_that_are_none(self):
        good = new_token(f'limits-good-{id(self)}')
        self.assertEqual(self.post(good).status, 201)
        begun = time.monotonic()
        statuses, _ = self.exhaust(lambda: 'pt_' + secrets.token_urlsafe(32))
        regained = (time.monotonic() - begun) / 3
        self.assertEqual(set(statuses), {401})
        self.assertLessEqual(len(statuses), 20 + regained + 1)
        self.assertEqual(self.post(good).status, 201, 'it is remembered')


if __name__ == '__main__':
    unittest.main()
