"""Pastes by people: the form, the page, the bytes, the list, and everything that is refused."""
import re
import unittest

from client import Browser, check_headers, raw, request
from patience import wait_until
from services import Service, multipart, token_of

LIMIT = 1000


class Txt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service('txt', TXT_MAX_BYTES=str(LIMIT), PICS_URL='https://pics.example.org')
        cls.addClassCleanup(cls.service.stop)

    def setUp(self):
        self.sub = f'person-{id(self)}'
        self.browser = self.service.sign_in(self.sub)

    def tearDown(self):
        self.assertFalse(self.service.portal.has_lost_workers())

    def send(self, body='hello\r\n', files=(), browser=None, headers=None, **fields):
        browser = browser or self.browser
        page = browser.get('/')
        fields = {'csrf': token_of(page, '/'), 'body': body, **fields}
        data, kind = multipart([(k, v) for k, v in fields.items() if v is not None], files)
        return browser.send('POST', '/', {**kind, **(headers or {})}, data)

    def make(self, body='hello\r\n', **fields):
        """The path of a new paste."""
        answer = self.send(body, **fields)
        self.assertEqual(answer.status, 303, answer.text[-2000:])
        return answer.header('location')

    def count(self):
        return self.service.usage(self.sub)['paste_count']

    # --- making and showing ---

    def test_a_paste_is_shown(self):
        path = self.make('int a;\r\n<b>&\r\n', title='<i> x.c')
        page = Browser(self.service.url).get(path)
        self.assertEqual(page.status, 200)
        check_headers(self, page)
        self.assertIn('&lt;i&gt; x.c', page.text)
        self.assertIn('<span class="ct">int</span> a;', page.text)
        self.assertIn('&lt;b&gt;&amp;', page.text)
        self.assertIn('id="L2"><a href="#L2">2 </a>', page.text)
        self.assertNotIn('<i>', page.text)
        self.assertEqual(page.header('x-robots-tag'), 'noindex', 'unlisted is the usual one')
        self.assertNotIn('Delete', page.text)
        self.assertIn('Delete', self.browser.get(path).text)

    def test_the_bytes_never_run(self):
        path = self.make('<script>alert(1)</script>', visibility='public', title='<b>.html')
        answer = Browser(self.service.url).get(path + '/raw')
        self.assertEqual((answer.status, answer.body), (200, b'<script>alert(1)</script>'))
        self.assertEqual(answer.header('content-type'), 'text/plain; charset=utf-8')
        self.assertEqual(answer.header('x-content-type-options'), 'nosniff')
        self.assertIn('sandbox', answer.header('content-security-policy'))
        self.assertEqual(answer.header('cache-control'), 'public, max-age=60')
        self.assertIsNone(answer.header('x-robots-tag'))
        etag = answer.header('etag')
        again = request('GET', self.service.url + path + '/raw', {'if-none-match': etag})
        self.assertEqual((again.status, again.body), (304, b''))
        part = request('GET', self.service.url + path + '/raw', {'range': 'bytes=0-6'})
        self.assertEqual((part.status, part.body), (206, b'<script'))
        down = request('GET', self.service.url + path + '/download')
        self.assertEqual(down.header('content-disposition'), 'attachment; filename="b-.html"')

    def test_private_ones_are_not_there(self):
        path = self.make(visibility='private')
        self.assertEqual(self.browser.get(path).status, 200)
        self.assertEqual(self.browser.get(path + '/raw').header('cache-control'),
                         'private, no-store')
        for browser in (Browser(self.service.url), self.service.sign_in('somebody-else')):
            for end in ('', '/raw', '/download'):
                self.assertEqual(browser.get(path + end).status, 404, end)
            self.assertEqual(browser.get('/?from=' + path[1:]).status in (200, 404), True)

    def test_what_is_no_paste(self):
        for path in ('/1111111111111', '/0OIl0OIl0OIl0', '/abc', '/1111111111111/', '/%00/raw',
                     '/1111111111111/raw', '/1111111111111/html'):
            self.assertEqual(self.browser.get(path).status, 404, path)

    def test_a_file_from_the_disk(self):
        path = self.make('', files=[('file', 'häuser/main.py', 'text/x-python', b'pass\r\n')],
                         title='')
        self.assertEqual(self.browser.get(path + '/raw').body, b'pass\r\n', 'to the byte')
        self.assertIn('<span class="ck">pass</span>', self.browser.get(path).text)

    def test_edit_as_new(self):
        path = self.make('one\r\ntwo\r\n', title='T', syntax='lua', visibility='private')
        page = self.browser.get('/?from=' + path[1:])
        self.assertIn('\none\ntwo\n</textarea>', page.text)
        self.assertIn('value="T"', page.text)
        self.assertIn('<option value="lua" selected>', page.text)
        self.assertIn('<option value="private" selected>', page.text)
        page = Browser(self.service.url).get('/?from=' + path[1:])
        self.assertIn(f'/signin?return=%2F%3Ffrom%3D{path[1:]}', page.text)
        self.assertNotIn('<textarea', page.text)

    def test_views_are_counted_but_not_the_owners(self):
        path = self.make()
        for _ in range(3):
            request('GET', self.service.url + path)
            request('GET', self.service.url + path + '/raw')
            request('HEAD', self.service.url + path + '/raw')
            self.browser.get(path)

        def views():
            return self.service.sql(
                f"SELECT views FROM pastes WHERE public_id = '{path[1:]}'")[0][0]
        wait_until(lambda: views() == '6', lambda: f'6, not {views()}', pause=0.1)

    def test_strangers_see_what_it_is(self):
        page = Browser(self.service.url).get('/')
        self.assertEqual(page.status, 200)
        self.assertIn('Sign in', page.text)
        self.assertNotIn('<textarea', page.text)
        self.assertEqual(Browser(self.service.url).get('/pastes').status, 303)

    # --- what is refused, with what was typed ---

    def expect_refused(self, answer, status, words, typed=None):
        self.assertEqual(answer.status, status, answer.text[-500:])
        self.assertRegex(answer.text, words)
        if typed is not None:
            self.assertIn(typed, answer.text)
        self.assertEqual(self.count(), 0)

    def test_empty(self):
        self.expect_refused(self.send(''), 400, 'empty')

    def test_one_byte_over_the_limit(self):
        body = 'a' * (LIMIT + 1)
        self.expect_refused(self.send(body), 413, '1,001 bytes.*1,000', body)
        path = self.make('a' * LIMIT)
        self.assertEqual(len(self.browser.get(path + '/raw').body), LIMIT)

    def test_far_over_the_limit(self):
        answer = self.send('a' * (4 * LIMIT + 70000))
        self.expect_refused(answer, 413, 'Too large')

    def test_bytes_that_are_no_text(self):
        for data in (b'\xff\xfe', b'a\0b', b'\x89PNG\r\n\x1a\n', b'\xed\xa0\x80'):
            answer = self.send('', files=[('file', 'x', 'application/octet-stream', data)])
            self.expect_refused(answer, 415, 'no text')
            self.assertIn('https://pics.example.org', answer.text)

    def test_words_that_are_none(self):
        for name, words in (('syntax', 'text, irc, c'), ('expires', 'never, 1h, 1d, 1w or 30d'),
                            ('visibility', 'public, unlisted or private')):
            answer = self.send('typed', **{name: 'nonsense'})
            self.expect_refused(answer, 400, f'“{name}” can be {words}', 'typed')

    def test_a_title_that_is_too_long(self):
        self.expect_refused(self.send('typed', title='é' * 201), 400, '200 characters', 'typed')
        self.make(title='é' * 200)

    def test_both_a_text_and_a_file(self):
        answer = self.send('typed', files=[('file', 'x', 'text/plain', b'data')])
        self.expect_refused(answer, 400, 'Send one of them', 'typed')

    def test_forms_from_elsewhere(self):
        for token in ('', 'x', None):
            self.expect_refused(self.send('typed', csrf=token), 403, 'save once more', 'typed')
        answer = self.send('typed', headers={'origin': 'https://evil.example'})
        self.expect_refused(answer, 403, 'another site')

    def test_a_session_that_ended_keeps_the_text(self):
        data, kind = multipart([('body', 'long thoughts'), ('csrf', 'x')])
        answer = request('POST', self.service.url + '/', kind, data)
        self.assertEqual(answer.status, 401)
        self.assertIn('long thoughts</textarea>', answer.text)

    def test_broken_bodies(self):
        for kind, data in (('multipart/form-data', b'x'),
                           ('multipart/form-data; boundary=x', b'--x\r\n'),
                           ('application/x-www-form-urlencoded', b'%zz'), ('x/y', b'\xff=\0')):
            answer = self.browser.send('POST', '/', {'content-type': kind}, data)
            self.expect_refused(answer, 400, 'alert')

    def test_chunked_is_told_so(self):
        got = raw(b'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
                  self.service.url)
        self.assertIn(b' 411 ', got.split(b'\r\n')[0])

    def test_a_wrong_length_stores_nothing(self):
        page = self.browser.get('/')
        data, kind = multipart([('csrf', token_of(page, '/')), ('body', 'half')])
        head = 'POST / HTTP/1.1\r\nHost: x\r\nCookie: ' + '; '.join(
            f'{k}={v}' for k, v in self.browser.jar(self.service.url).items())
        head += f'\r\nContent-Type: {kind["content-type"]}\r\nContent-Length: {len(data) + 50}'
        raw((head + '\r\n\r\n').encode() + data, self.service.url, timeout=1)
        self.assertEqual(self.count(), 0)

    def test_hostile_text(self):
        body = 'a\u202eb \x1b[31m\x07</pre><script>\ud7ff'
        page = self.browser.get(self.make(body))
        self.assertIn('<span class="cx">U+202E</span>', page.text)
        self.assertIn('\u241b', page.text)
        self.assertNotIn('<script>', page.text)
        self.assertNotIn('\u202e', page.text)

    # --- the list ---

    def titles(self, query=''):
        page = self.browser.get('/pastes' + query)
        self.assertEqual(page.status, 200, page.text[-300:])
        return re.findall(r'<th scope="row"><a href="/[^"]+">([^<]*)</a>', page.text)

    def test_list_search_and_sort(self):
        self.assertIn('No pastes yet', self.browser.get('/pastes').text)
        for title, body in (('beta', 'xxx'), ('Alpha_1', 'x'), ('gamma%', 'xx')):
            self.make(body, title=title)
        self.assertEqual(self.titles(), ['gamma%', 'Alpha_1', 'beta'])
        self.assertEqual(self.titles('?sort=title'), ['Alpha_1', 'beta', 'gamma%'])
        self.assertEqual(self.titles('?sort=-size'), ['beta', 'gamma%', 'Alpha_1'])
        self.assertEqual(self.titles('?q=ALPHA'), ['Alpha_1'])
        self.assertEqual(self.titles('?q=%25'), ['gamma%'])
        self.assertEqual(self.titles('?q=_'), ['Alpha_1'])
        self.assertEqual(self.titles('?q=nothing'), [])
        for bad in ('?sort=id', '?page=0', '?page=x'):
            self.assertEqual(self.browser.get('/pastes' + bad).status, 400, bad)

    def test_pages(self):
        self.service.sql(
            'INSERT INTO pastes (public_id, user_id, title, syntax, visibility, bytes, lines)'
            " SELECT '11111111' || translate(n::text, '0', 'x'), id, n::text, 'text', 'public', 1, 1"
            f" FROM users, generate_series(111, 170) n WHERE keycloak_sub = '{self.sub}'")
        self.service.sql('INSERT INTO usage SELECT id, 60, 60 FROM users'
                         f" WHERE keycloak_sub = '{self.sub}'")
        self.assertEqual(len(self.titles()), 50)
        self.assertEqual(len(self.titles('?page=2')), 10)
        self.assertIn('1 to 50 of 60', self.browser.get('/pastes').text)

    def test_several_are_deleted_after_a_question(self):
        ids = [self.make()[1:] for _ in range(3)]
        other = self.service.sign_in(self.sub + '-other')
        foreign = self.send(browser=other).header('location')[1:]
        query = '&'.join('id=' + i for i in [*ids[:2], foreign])
        page = self.browser.get('/pastes/delete?' + query)
        self.assertIn('Delete 2 pastes?', page.text)
        fields = [('csrf', token_of(page, '/pastes/delete')), *(('id', i) for i in ids[:2]),
                  ('id', foreign)]
        kind = {'content-type': 'application/x-www-form-urlencoded'}
        data = '&'.join(f'{k}={v}' for k, v in fields).encode()
        answer = self.browser.send('POST', '/pastes/delete', kind, data)
        self.assertEqual(answer.header('location'), '/pastes?deleted=2')
        self.assertIn('2 pastes are deleted', self.browser.get('/pastes?deleted=2').text)
        self.assertEqual(self.count(), 1)
        self.assertEqual(other.get('/' + foreign).status, 200, 'of somebody else')
        again = self.browser.send('POST', '/pastes/delete', kind, data)
        self.assertEqual(again.header('location'), '/pastes?deleted=0', 'two deletes')
        answer = self.browser.post('/pastes/delete', {'id': ids[2]})
        self.assertEqual(answer.status, 403, 'without a token')
        for bad in ('id=x', 'id=%27', '&'.join(['id=' + ids[2]] * 101)):
            self.assertEqual(self.browser.get('/pastes/delete?' + bad).status, 400, bad[:20])

    # --- time and room ---

    def test_expired_is_gone_at_once(self):
        path = self.make(expires='1h')
        self.assertEqual(request('GET', self.service.url + path + '/raw').status, 200)
        self.service.sql("UPDATE pastes SET created_at = now() - interval '2 hours',"
                         f" expires_at = now() - interval '1 second' WHERE public_id = '{path[1:]}'")
        for end in ('', '/raw', '/download'):
            self.assertEqual(self.browser.get(path + end).status, 404)
        self.assertEqual(self.titles(), [])

    def test_a_cache_ends_with_the_paste(self):
        path = self.make(expires='1h', visibility='public')
        self.service.sql("UPDATE pastes SET expires_at = now() + interval '20 seconds'"
                         f" WHERE public_id = '{path[1:]}'")
        age = request('GET', self.service.url + path + '/raw').header('cache-control')
        self.assertLessEqual(int(age.rsplit('=', 1)[1]), 20)

    def test_erasing(self):
        paths = [self.make() for _ in range(3)]
        answer = self.service.ask('DELETE', '/api/content/' + self.sub)
        self.assertEqual(answer.json(), {'paste_count': 3, 'storage_bytes': 18,
                                         'is_complete': True})
        for path in paths:
            self.assertEqual(request('GET', self.service.url + path).status, 404)
        answer = self.service.ask('DELETE', '/api/content/' + self.sub)
        self.assertEqual(answer.json(), {'paste_count': 0, 'storage_bytes': 0,
                                         'is_complete': True})
        self.assertEqual(self.browser.get('/pastes').status, 303, 'signed out here')

    def test_the_quota_says_its_numbers(self):
        self.make()
        self.service.sql('UPDATE usage SET bytes = 20000000 - 10 WHERE user_id ='
                         f" (SELECT id FROM users WHERE keycloak_sub = '{self.sub}')")
        answer = self.send('x' * 11)
        self.assertEqual(answer.status, 413)
        self.assertRegex(answer.text, 'room for 20 MB.*20 MB are used.*11 B more')
        self.assertIn('x' * 11, answer.text)
        self.make('x' * 10)

    def test_metrics(self):
        made = self.service.metric('irc_now_paste_created_total')
        refused = self.service.metric('irc_now_paste_refused_total', reason='empty')
        self.make()
        self.send('')
        self.assertEqual(self.service.metric('irc_now_paste_created_total'), made + 1)
        self.assertEqual(self.service.metric('irc_now_paste_refused_total', reason='empty'),
                         refused + 1)


class Kept(unittest.TestCase):
    """With the cache on, as people have it."""

    def test_what_is_kept_ends_with_a_deletion(self):
        service = Service('txt', CACHE='on', WORKERS='3')
        self.addCleanup(service.stop)
        browser = service.sign_in('alice')
        data, kind = multipart([('csrf', token_of(browser.get('/'), '/')), ('body', 'x' * 99)])
        path = browser.send('POST', '/', kind, data).header('location')
        url = service.url + path + '/raw'
        self.assertEqual({request('GET', url).status for _ in range(20)}, {200})
        page = browser.get('/pastes/delete?id=' + path[1:])
        browser.post('/pastes/delete', {'csrf': token_of(page, '/pastes/delete'), 'id': path[1:]})
        self.assertEqual({request('GET', url).status for _ in range(20)}, {404})

    def test_a_service_that_stops_loses_no_view(self):
        service = Service('txt', CACHE='on')
        self.addCleanup(service.stop)
        browser = service.sign_in('alice')
        data, kind = multipart([('csrf', token_of(browser.get('/'), '/')), ('body', 'x' * 9999)])
        path = browser.send('POST', '/', kind, data).header('location')
        for _ in range(5):
            answer = request('GET', service.url + path + '/raw', {'range': 'bytes=9990-'})
            self.assertEqual((answer.status, answer.body), (206, b'x' * 9))
        self.assertEqual(service.portal.stop(), 0)
        self.assertEqual(service.sql('SELECT views FROM pastes'), [['5']])
        self.assertEqual(service.sql('SELECT kind, outcome, count, bytes FROM content_days'),
                         [['text', 'stored', '1', '9999']])

    def test_long_texts_get_their_colours_from_a_thread(self):
        service = Service('txt', CACHE='on')
        self.addCleanup(service.stop)
        browser = service.sign_in('alice')
        body = 'int a = 1; /* x */\n' * 6000
        data, kind = multipart(
            [('csrf', token_of(browser.get('/'), '/')), ('body', body), ('syntax', 'c')])
        path = browser.send('POST', '/', kind, data).header('location')
        wait_until(lambda: '<span class="ct">int</span>' in browser.get(path).text, 'its colours')
        self.assertEqual(service.sql('SELECT count(*), min(version) FROM paste_colours'),
                         [['1', '1']])
        self.assertFalse(service.portal.has_lost_workers())


if __name__ == '__main__':
    unittest.main()
