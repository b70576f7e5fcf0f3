"""pics for programs: the API with tokens, and soju's uploads with the real portal behind them."""
import json
import os
import secrets
import subprocess
import threading
import time
import unittest
import urllib.parse

import pictures
from client import INTERNAL, request, sql
from front import NGINX
from pics_service import ID, Pics
from pictures import png
from services import multipart, new_token


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pics = Pics(PICS_MAX_BYTES='100000')
        cls.addClassCleanup(cls.pics.stop)

    def setUp(self):
        self.sub = 'api-' + secrets.token_hex(4)
        self.token = new_token(self.sub)
        self.addCleanup(sql, f"DELETE FROM users WHERE keycloak_sub = '{self.sub}'")

    def tearDown(self):
        self.assertFalse(self.pics.portal.has_lost_workers(), self.pics.portal.log()[-3000:])
        self.pics.counters_are_true(self)

    def ask(self, method, path, body=None, token=None, **headers):
        headers = {'authorization': f'Bearer {token or self.token}', **headers}
        return request(method, self.pics.url + path, headers, body)

    def post(self, body, query='', **headers):
        return self.ask('POST', '/api/pictures' + query, body, **headers)

    def test_as_the_body(self):
        answer = self.post(png(), '?title=A%20b&alt=C&visibility=public',
                           **{'content-type': 'application/x-www-form-urlencoded'})
        self.assertEqual(answer.status, 201, answer.text)
        self.assertRegex(answer.text, f'^{self.pics.url}/{ID}[.]png\n$')
        self.assertEqual(answer.header('location'), answer.text.strip())
        self.assertEqual(request('GET', answer.text.strip()).status, 200)
        one = self.ask('GET', '/api/pictures/' + answer.text.split('/')[-1][:13])
        self.assertEqual(
            {k: one.json()[k] for k in ('title', 'alt', 'visibility', 'width', 'frames')},
            {'title': 'A b', 'alt': 'C', 'visibility': 'public', 'width': 40, 'frames': 1})

    def test_as_a_form_and_in_json(self):
        body, kind = multipart([('title', 'T')], [('file', 'a.png', 'image/png', png())])
        answer = self.post(body, accept='application/json', **kind)
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.json()['pictures'][0]['title'], 'T')
        self.assertEqual(answer.json()['pictures'][0]['url'],
                         f"{self.pics.url}/{answer.json()['pictures'][0]['id']}")
        one = answer.json()['pictures'][0]
        self.assertEqual(self.ask('GET', '/api/pictures/' + one['id']).json(), one)

    def test_curl_as_the_page_says_it(self):
        file = self.pics.pictures.name + '/../curl-test.png'
        with open(file, 'wb') as f:
            f.write(png(seed=5))
        self.addCleanup(os.unlink, file)
        for words in (['-F', f'file=@{file}'], ['--data-binary', f'@{file}']):
            run = subprocess.run(
                ['curl', '-sS', *words, '-H', f'Authorization: Bearer {self.token}',
                 self.pics.url + '/api/pictures'], capture_output=True, text=True, check=True)
            self.assertRegex(run.stdout, f'^{self.pics.url}/{ID}[.]png\n$')

    def test_what_is_refused(self):
        for body, status, sentence in (
                (b'', 400, 'empty'), (b'x', 400, ''), (png()[:60], 400, 'broken'),
                (pictures.bomb(), 413, 'pixels'), (pictures.padded(100_001), 413, '100 kB'),
                (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 400, 'SVG')):
            answer = self.post(body)
            self.assertEqual(answer.status, status, sentence)
            self.assertIn(sentence, answer.text)
            self.assertIsNone(answer.header('location'))
            self.assertEqual(answer.header('content-type'), 'text/plain; charset=utf-8')
            answer = self.post(body, accept='application/json')
            self.assertEqual(answer.status, status)
            self.assertIn(sentence, answer.json()['refused'][0]['error'])
        self.assertEqual(self.post(png(), '?visibility=x').status, 400)
        self.assertEqual(self.post(png(), '?title=' + 'x' * 121).status, 400)

    def test_lists_and_deletes(self):
        for seed in range(3):
            self.post(png(seed=seed), f'?title=n{seed}')
        answer = self.ask('GET', '/api/pictures?sort=oldest')
        self.assertEqual(answer.status, 200)
        self.assertEqual([p['title'] for p in answer.json()['pictures']], ['n0', 'n1', 'n2'])
        self.assertEqual(answer.json()['total'], 3)
        self.assertEqual(self.ask('GET', '/api/pictures?q=n1').json()['total'], 1)
        one = answer.json()['pictures'][0]
        path = '/api/pictures/' + one['id']
        self.assertEqual(self.ask('GET', path, token=new_token('api-other')).status, 404)
        self.assertEqual(self.ask('DELETE', path, token=new_token('api-other')).status, 404)
        gone = self.ask('DELETE', path)
        self.assertEqual((gone.status, gone.json()), (200, {'deleted': one['id']}))
        self.assertEqual(self.ask('DELETE', path).status, 404)
        self.assertEqual(request('GET', one['file']).status, 404)
        self.assertEqual(self.pics.usage(self.sub)['image_count'], 2)

    def test_tokens_that_are_none(self):
        for headers in ({}, {'authorization': 'Bearer x'},
                        {'authorization': 'Bearer pt_' + 'x' * 43}):
            for method, path in (('POST', '/api/pictures'), ('GET', '/api/pictures'),
                                 ('DELETE', '/api/pictures/' + 'x' * 13)):
                answer = request(method, self.pics.url + path, headers,
                                 png() if method == 'POST' else None)
                self.assertEqual(answer.status, 401, (method, headers))
        answer = self.ask('POST', '/api/pictures', png(), new_token(self.sub, '{txt}'))
        self.assertEqual(answer.status, 403)
        self.assertIn('not for pictures', answer.text)

    def test_a_token_that_is_revoked_while_the_picture_is_on_its_way(self):
        """It is asked for when all bytes are there, so one that nobody remembers is refused."""
        parts = urllib.parse.urlsplit(self.pics.url)
        import socket  # only here
        body = png(300, 300, level=0)[:90_000]
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as s:
            s.sendall(f'POST /api/pictures HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n'
                      f'Authorization: Bearer {self.token}\r\n\r\n'.encode() + body[:1000])
            sql('DELETE FROM api_tokens WHERE user_id = (SELECT id FROM users'
                f" WHERE keycloak_sub = '{self.sub}')")
            s.sendall(body[1000:])
            self.assertIn(b' 401 ', s.recv(65536).split(b'\r\n')[0])
        self.assertEqual(self.pics.usage(self.sub)['image_count'], 0)

    def test_many_at_once_never_take_more_than_there_is(self):
        """A free plan that is nearly full: what fits, fits; the counters are true to the byte."""
        self.assertEqual(self.post(png()).status, 201)
        one = self.pics.usage(self.sub)['storage_bytes']
        room = 500_000_000 - 7 * one - one // 2
        self.pics.sql('UPDATE usage SET bytes = bytes + %d WHERE user_id ='
                      " (SELECT id FROM users WHERE keycloak_sub = '%s')"
                      % (room - one, self.sub))
        statuses = []

        def send(n):
            for _ in range(10):
                statuses.append(self.post(png()).status)

        threads = [threading.Thread(target=send, args=(n,)) for n in range(30)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(statuses.count(201), 7, {s: statuses.count(s) for s in statuses})
        self.assertEqual(set(statuses) - {201, 413, 429, 503}, set())
        usage = self.pics.usage(self.sub)
        self.assertEqual(usage, {'image_count': 8, 'storage_bytes': room + 7 * one})
        answer = self.post(png())
        self.assertEqual(answer.status, 413)
        self.assertIn('500 MB', answer.text)
        self.pics.sql('UPDATE usage SET bytes = bytes - %d WHERE user_id ='
                      " (SELECT id FROM users WHERE keycloak_sub = '%s')"
                      % (room - one, self.sub))

    def test_one_account_does_not_fill_the_queue_of_all(self):
        big, answers = png(1500, 1500), []
        threads = [threading.Thread(target=lambda: answers.append(self.post(big)))
                   for _ in range(40)]
        for t in threads:
            t.start()
        other = self.ask('POST', '/api/pictures', png(seed=9), new_token('api-other'))
        for t in threads:
            t.join()
        self.assertEqual(other.status, 201, other.text)
        refused = [a for a in answers if a.status == 429]
        self.assertGreaterEqual(len(refused), 1)
        self.assertEqual({a.status for a in answers}, {201, 429})
        self.assertIn('Many of your pictures', refused[0].text)
        self.assertEqual(refused[0].header('retry-after'), '5')
        self.assertEqual(self.post(png()).status, 201, 'once they are done')


class Soju(unittest.TestCase):
    """What soju sends for an upload of a client: the picture as the body, and whose it is."""

    @classmethod
    def setUpClass(cls):
        cls.old = 'o' * 40
        cls.pics = Pics(INTERNAL_SECRET_OLD=cls.old)
        cls.addClassCleanup(cls.pics.stop)

    def url(self, *words, **settings):
        env = {**os.environ, **self.pics.settings, **settings}
        run = subprocess.run([os.environ['PORTAL_BIN'], 'upload-url', *words], env=env, text=True,
                             capture_output=True, check=True)
        return run.stdout.strip()

    def post(self, path, body, **headers):
        return request('POST', self.pics.internal + path,
                       {'user-agent': 'soju', 'content-type': 'image/png',
                        'content-disposition': 'attachment; filename="../../x.png"',
                        'soju-username': 'alice', **headers}, body)

    def test_a_picture(self):
        before = self.pics.usage('alice')['image_count']
        answer = self.post(self.url('alice'), png(seed=1))
        self.assertEqual(answer.status, 201, answer.text)
        self.assertRegex(answer.header('location'), f'^{self.pics.url}/{ID}[.]png$')
        self.assertEqual(request('GET', answer.header('location')).status, 200)
        self.assertEqual(self.pics.usage('alice')['image_count'], before + 1)
        answer = self.post(self.url(), png(seed=2))
        self.assertEqual(answer.status, 201, 'one soju for all')

    def test_the_address_is_a_secret(self):
        path = self.url('alice')
        for wrong in (path[:-1], path[:-1] + ('A' if path[-1] != 'A' else 'B'), '/soju/alice/x',
                      path.replace('/alice/', '/alice-work/'), path.replace('/alice/', '/-/')):
            self.assertEqual(self.post(wrong, png()).status, 404, wrong)
        public = request('POST', self.pics.url + path, {'soju-username': 'alice'}, png())
        self.assertEqual(public.status, 404)
        old = self.url('alice', INTERNAL_SECRET=self.old, INTERNAL_SECRET_OLD='')
        self.assertNotEqual(old, path)
        self.assertEqual(self.post(old, png(seed=3)).status, 201, 'the old one, while they roll')

    def test_whose_it_is(self):
        for name in ('nobody', "alice'", 'a/b'):
            answer = self.post(self.url('alice'), png(), **{'soju-username': name})
            self.assertEqual(answer.status, 403, name)
            self.assertIn('No account', answer.text)
        answer = request('POST', self.pics.internal + self.url('alice'), {}, png())
        self.assertEqual(answer.status, 400)
        self.assertIn('Soju-Username', answer.text)

    def test_what_is_refused(self):
        for body, status in ((b'', 400), (b'hello', 400), (pictures.bomb(), 413)):
            answer = self.post(self.url('alice'), body)
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.header('content-type'), 'text/plain; charset=utf-8')
        self.assertEqual(request('GET', self.pics.internal + self.url('alice')).status, 405)


if __name__ == '__main__':
    unittest.main()
