"""The form of pics: good pictures, and everything that is none."""
import secrets
import socket
import unittest
import urllib.parse

import pictures
from client import request
from pics_service import ID, Pics, upload
from pictures import png
from services import multipart, token_of


class Form(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pics = Pics(PICS_MAX_BYTES='100000', PICS_MAX_PIXELS='1000000')
        cls.addClassCleanup(cls.pics.stop)

    def setUp(self):
        self.sub = 'form-' + secrets.token_hex(4)
        self.here = self.pics.sign_in(self.sub)

    def tearDown(self):
        self.assertFalse(self.pics.portal.has_lost_workers(), self.pics.portal.log()[-3000:])
        self.pics.counters_are_true(self)

    def check_refused(self, answer, status, sentence):
        self.assertEqual(answer.status, status, answer.text[-600:])
        self.assertIn(sentence, answer.text)
        self.assertEqual(self.pics.usage(self.sub), {'image_count': 0, 'storage_bytes': 0})

    def test_one_picture_and_its_page(self):
        answer = upload(self.here, [png()], [('title', 'Lab & cat'), ('alt', 'A cat, asleep'),
                                             ('visibility', 'public')])
        self.assertEqual(answer.status, 303, answer.text[-600:])
        self.assertRegex(answer.header('location'), f'^/{ID}[?]done=stored$')
        page = self.here.get(answer.header('location'))
        self.assertIn('<h1>Lab &amp; cat</h1>', page.text)
        self.assertIn('alt="A cat, asleep"', page.text)
        self.assertIn('The picture is stored.', page.text)
        usage = self.pics.usage(self.sub)
        self.assertEqual(usage['image_count'], 1)
        self.assertGreater(usage['storage_bytes'], 0)

    def test_several_at_once(self):
        answer = upload(self.here, [png(seed=1), png(seed=2), pictures.data('animated.gif')])
        self.assertEqual((answer.status, answer.header('location')),
                         (303, '/pictures?done=stored&n=3'))
        page = self.here.get(answer.header('location'))
        self.assertIn('3 pictures are stored.', page.text)
        self.assertEqual(page.text.count('class="card tile"'), 3)

    def test_every_format(self):
        for name, kind in (('rgb.png', 'png'), ('gps.jpg', 'jpeg'), ('animated.gif', 'gif'),
                           ('lossy.webp', 'webp')):
            answer = upload(self.here, [(name, pictures.data(name))])
            self.assertEqual(answer.status, 303, name)
            file = self.here.get(answer.header('location').split('?')[0] + '/view')
            self.assertEqual(file.header('content-type'), f'image/{kind}', name)
            self.assertNotIn(b'Exif', file.body)

    def test_what_is_no_picture(self):
        broken = png()[:60]
        for data, status, sentence in (
                (b'', 400, 'empty'),
                (b'\n', 400, ''),
                (b'hello, world', 400, ''),
                (broken, 400, 'broken'),
                (pictures.data('rgb.png')[:-20], 400, 'broken'),
                (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 400,
                 'SVG'),
                (b'<!doctype html><script>alert(1)</script>', 400, ''),
                (b'GIF89a=alert(1);//', 413, 'pixels'),  # 15\'677 × 25\'964
                (pictures.bomb(), 413, 'pixels'),
                (pictures.data('bomb.png'), 413, 'pixels'),
                (pictures.data('bomb.gif'), 413, 'pixels'),
                (b'\xff\xd8\xff\xe0', 400, 'broken'),
                (b'\r\n--' * 1000, 400, '')):
            with self.subTest(data=data[:30]):
                self.check_refused(upload(self.here, [data]), status, sentence)

    def test_what_hides_behind_a_picture_is_gone(self):
        script = b'/*<script>alert(1)</script>*/'
        photo = pictures.data('gps.jpg')
        comment = b'\xff\xfe' + (len(script) + 2).to_bytes(2, 'big') + script
        exif = b'Exif\0\0' + script
        exif = b'\xff\xe1' + (len(exif) + 2).to_bytes(2, 'big') + exif
        for data in (photo[:2] + comment + photo[2:], photo[:2] + exif + photo[2:],
                     pictures.data('one.gif') + script, png() + script,
                     photo + script, pictures.data('text.png')):
            answer = upload(self.here, [data])
            self.assertEqual(answer.status, 303, data[:20])
            file = self.here.get(answer.header('location').split('?')[0] + '/view')
            for word in (b'script', b'Exif', b'GPS', b'Author', b'Comment'):
                self.assertNotIn(word, file.body)

    def test_the_limit_of_bytes(self):
        at_most, more = pictures.padded(100_000), pictures.padded(100_001)
        self.check_refused(upload(self.here, [more]), 413, '100 kB')
        self.assertEqual(upload(self.here, [at_most]).status, 303)

    def test_names_of_files_are_only_shown(self):
        answer = upload(self.here, [('../../x', b'no picture'), ('<b>%22\'.png', b'none')])
        self.check_refused(answer, 400, '../../x')
        self.assertIn('&lt;b&gt;', answer.text)
        self.assertNotIn('<b>', answer.text)
        self.assertFalse(any('x' == name for name in self.pics.files()))

    def test_some_are_good(self):
        answer = upload(self.here, [('good.png', png()), ('bad.png', b'x')], [('title', 'Both')])
        self.assertEqual(answer.status, 200)
        self.assertIn('<strong>bad.png</strong> was not stored.', answer.text)
        self.assertIn('<strong>good.png</strong> is stored', answer.text)
        self.assertIn('value="Both"', answer.text)

    def test_what_was_typed_stays(self):
        answer = upload(self.here, [b'x'], [('title', 'T<'), ('alt', 'A"'),
                                            ('visibility', 'private')])
        self.assertIn('value="T&lt;"', answer.text)
        self.assertIn('A&quot;</textarea>', answer.text)
        self.assertIn('value="private" selected', answer.text)

    def test_words_that_do_not_fit(self):
        for fields, sentence in (([('title', 'x' * 121)], 'title is longer'),
                                 ([('alt', 'x' * 1001)], 'description is longer'),
                                 ([('visibility', 'friends')], 'must be public'),
                                 ([('title', b'\xff')], 'not text'),
                                 ([('title', 'a\0b')], 'not text')):
            with self.subTest(sentence):
                self.check_refused(upload(self.here, [png()], fields), 400, sentence)

    def test_no_file_and_too_many(self):
        self.check_refused(upload(self.here, []), 400, 'Choose at least one')
        self.check_refused(upload(self.here, [('', b'')]), 400, 'Choose at least one')
        answer = upload(self.here, [png(seed=n) for n in range(22)])
        self.assertIn('One form takes 20 pictures', answer.text)
        self.assertEqual(self.pics.usage(self.sub)['image_count'], 20)

    def test_without_a_good_token(self):
        for csrf in ([], [('csrf', '')], [('csrf', 'x' * 43)]):
            body, kind = multipart(csrf, [('file', 'a.png', 'image/png', png())])
            self.check_refused(self.here.send('POST', '/', kind, body), 403, 'this sign-in')
        answer = upload(self.here, [png()], origin='https://evil.example')
        self.check_refused(answer, 403, 'another site')

    def test_strangers_read_what_it_is(self):
        page = request('GET', self.pics.url + '/')
        self.assertEqual(page.status, 200)
        self.assertIn('Sign in to upload', page.text)
        self.assertNotIn('type="file"', page.text)
        body, kind = multipart([], [('file', 'a.png', 'image/png', png())])
        self.assertEqual(request('POST', self.pics.url + '/', kind, body).status, 401)
        answer = request('GET', self.pics.url + '/pictures')
        self.assertEqual((answer.status, answer.header('location')),
                         (303, '/signin?return=%2Fpictures'))

    def test_a_form_that_is_cut_off_or_lies(self):
        csrf = token_of(self.here.get('/'), '/')
        body, kind = multipart([('csrf', csrf)], [('file', 'a.png', 'image/png', png())])
        self.check_refused(self.here.send('POST', '/', kind, body[:-10]), 400, 'arrive whole')
        self.check_refused(self.here.send('POST', '/', {'content-type': 'multipart/form-data'},
                                          body), 400, 'names no boundary')
        cookie = '; '.join(f'{k}={v}' for k, v in self.here.jar(self.pics.url).items())
        head = ('POST / HTTP/1.1\r\nHost: x\r\nCookie: ' + cookie + '\r\nContent-Type: '
                + kind['content-type'] + '\r\n')
        for length, status in (('-1', b'411'), ('x', b'411'), ('99999999999', b'413')):
            answer = self.raw(head + f'Content-Length: {length}\r\n\r\n')
            self.assertIn(b' ' + status + b' ', answer.split(b'\r\n')[0], length)
        answer = self.raw(head + 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n')
        self.assertIn(b' 411 ', answer.split(b'\r\n')[0])

    def raw(self, text):
        parts = urllib.parse.urlsplit(self.pics.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as s:
            s.sendall(text.encode())
            return s.recv(65536)

    def test_who_leaves_amid_the_upload_has_stored_nothing(self):
        parts = urllib.parse.urlsplit(self.pics.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as s:
            s.sendall(b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n' + b'x' * 99)
        self.assertEqual(self.pics.usage(self.sub)['image_count'], 0)

    def test_the_script_is_answered_in_json(self):
        answer = upload(self.here, [png()], accept='application/json')
        self.assertEqual(answer.status, 200)
        self.assertRegex(answer.json()['pictures'][0]['id'], f'^{ID}$')
        self.assertEqual(answer.json()['refused'], [])
        answer = upload(self.here, [('x', b'none')], accept='application/json')
        self.assertEqual(answer.status, 400)
        self.assertEqual(answer.json()['refused'][0]['name'], 'x')
        self.assertEqual(answer.json()['refused'][0]['reason'], 'no_picture')
        body, kind = multipart([], [('file', 'a.png', 'image/png', png())])
        answer = self.here.send('POST', '/', {**kind, 'accept': 'application/json'}, body)
        self.assertEqual(answer.status, 403)
        self.assertIn('this sign-in', answer.json()['error'])

    def test_what_is_counted(self):
        before = [self.pics.metric('irc_now_pic_uploaded_total'),
                  self.pics.metric('irc_now_pic_refused_total', reason='broken'),
                  self.pics.metric('irc_now_pic_processing_seconds_count')]
        upload(self.here, [png()], [('visibility', 'private')])
        upload(self.here, [png()[:60]])
        self.assertEqual(
            [self.pics.metric('irc_now_pic_uploaded_total'),
             self.pics.metric('irc_now_pic_refused_total', reason='broken'),
             self.pics.metric('irc_now_pic_processing_seconds_count')],
            [before[0] + 1, before[1] + 1, before[2] + 2])
        days = self.pics.sql('SELECT format, source, visibility, size_class, aspect_class'
                             " FROM picture_days WHERE visibility = 'private'")
        self.assertIn(['png', 'form', 'private', 'to_100k', 'wide'], days)


if __name__ == '__main__':
    unittest.main()
