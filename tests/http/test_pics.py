"""Pictures that are stored: their files, pages and lists, and how they go."""
import re
import secrets
import threading
import unittest

import pictures
from client import check_headers, request
from pics_service import Pics, upload
from pictures import png
from services import token_of

SANDBOX = "default-src 'none'; sandbox; "


def stored(browser, data=None, **fields):
    """Uploads one; its path, such as /Xa1…"""
    answer = upload(browser, [data or png(300, 200)], list(fields.items()))
    assert answer.status == 303, answer.text[-500:]
    return answer.header('location').split('?')[0]


class Stored(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pics = Pics()
        cls.addClassCleanup(cls.pics.stop)

    def setUp(self):
        self.sub = 'pics-' + secrets.token_hex(4)
        self.here = self.pics.sign_in(self.sub)

    def tearDown(self):
        self.assertFalse(self.pics.portal.has_lost_workers(), self.pics.portal.log()[-3000:])
        self.pics.counters_are_true(self)

    def stranger(self, path, headers=None, method='GET'):
        return request(method, self.pics.url + path, headers)

    # ---- Files ----

    def test_the_headers_of_a_file(self):
        path = stored(self.here, visibility='public')
        for file, kind in (('.png', 'image/png'), ('/view', 'image/png'),
                           ('/thumb', 'image/webp')):
            answer = self.stranger(path + file)
            self.assertEqual((answer.status, answer.header('content-type')), (200, kind))
            self.assertEqual(answer.header('cache-control'), 'public, max-age=31536000, immutable')
            self.assertTrue(answer.header('content-security-policy').startswith(SANDBOX))
            self.assertEqual(answer.header('x-content-type-options'), 'nosniff')
            self.assertEqual(answer.header('cross-origin-resource-policy'), 'cross-origin')
            self.assertRegex(answer.header('content-disposition'), '^inline; filename="')
            self.assertRegex(answer.header('etag'), '^"[0-9a-f]{32}-(full|view|thumb)"$')
            self.assertIsNone(answer.header('set-cookie'))
            head = self.stranger(path + file, method='HEAD')
            self.assertEqual((head.status, head.body), (200, b''))
            self.assertEqual(head.header('content-length'), str(len(answer.body)))

    def test_only_its_own_name_leads_to_a_file(self):
        path = stored(self.here)
        for wrong in ('.jpg', '.svg', '.html', '.', '/full', '/../x', '.png/x', '/thumb/x'):
            self.assertEqual(self.stranger(path + wrong).status, 404, wrong)
        other = path[:-1] + ('2' if path[-1] == '1' else '1')
        for wrong in (other, other + '.png', '/x', '/x.png', '/' + 'x' * 500 + '/view'):
            self.assertEqual(self.stranger(wrong).status, 404, wrong)

    def test_ranges_and_what_one_has_already(self):
        path = stored(self.here) + '.png'
        whole = self.stranger(path)
        part = self.stranger(path, {'range': 'bytes=10-19'})
        self.assertEqual((part.status, part.body), (206, whole.body[10:20]))
        self.assertEqual(part.header('content-range'), f'bytes 10-19/{len(whole.body)}')
        beyond = self.stranger(path, {'range': 'bytes=99999999-'})
        self.assertEqual(beyond.status, 416)
        same = self.stranger(path, {'if-none-match': whole.header('etag')})
        self.assertEqual((same.status, same.body), (304, b''))
        self.assertEqual(same.header('cache-control'), whole.header('cache-control'))

    def test_a_large_one_has_a_smaller_view(self):
        path = stored(self.here, png(2400, 300))
        view = self.stranger(path + '/view')
        self.assertEqual(view.header('content-type'), 'image/webp')
        self.assertIn(f'src="{path}/view"', self.here.get(path).text)

    def test_an_animation_stays_one(self):
        path = stored(self.here, pictures.data('animated.gif'))
        self.assertEqual(self.stranger(path + '/view').header('content-type'), 'image/gif')
        self.assertIn('GIF of 4 frames', self.here.get(path).text)

    # ---- Who may see it ----

    def test_a_private_one_is_for_its_owner_alone(self):
        path = stored(self.here, visibility='private')
        other = self.pics.sign_in('pics-other')
        for file in ('', '.png', '/view', '/thumb'):
            mine = self.here.get(path + file)
            self.assertEqual(mine.status, 200, file)
            self.assertIn('no-store', mine.header('cache-control'))
            self.assertEqual(self.stranger(path + file).status, 404, file)
            self.assertEqual(other.get(path + file).status, 404, file)
            etag = mine.header('etag')
            if etag:
                self.assertEqual(
                    self.stranger(path + file, {'if-none-match': etag}).status, 404, file)

    def test_visibility_changes_at_once(self):
        path = stored(self.here, visibility='public')
        self.assertEqual(self.stranger(path + '.png').status, 200)
        self.edit(path, visibility='private')
        self.assertEqual(self.stranger(path + '.png').status, 404)
        self.edit(path, visibility='unlisted')
        answer = self.stranger(path + '.png')
        self.assertEqual((answer.status, answer.header('x-robots-tag')), (200, 'noindex'))

    def test_others_change_nothing(self):
        path = stored(self.here, title='Mine')
        other = self.pics.sign_in('pics-other')
        page = other.get(path)
        self.assertEqual(page.status, 200)
        self.assertNotIn('/edit"', page.text)
        csrf = token_of(other.get('/'), '/signout')
        for what in ('/edit', '/delete'):
            self.assertIn(other.post(path + what, {'csrf': csrf, 'title': 'X'}).status, (403, 404))
            self.assertEqual(other.get(path + '/delete').status, 404)
            self.assertEqual(self.stranger(path + what, method='POST').status, 401)
        self.assertIn('<h1>Mine</h1>', self.here.get(path).text)

    # ---- Words ----

    def edit(self, path, expected=303, **fields):
        csrf = token_of(self.here.get(path), path + '/edit')
        answer = self.here.post(path + '/edit', {'csrf': csrf, **fields})
        self.assertEqual(answer.status, expected, answer.text[-400:])
        return answer

    def test_words_are_changed(self):
        path = stored(self.here, title='Before', alt='Old words')
        answer = self.edit(path, title='After <b>', alt='New & true', visibility='public')
        page = self.here.follow(answer)
        self.assertIn('<h1>After &lt;b&gt;</h1>', page.text)
        self.assertIn('alt="New &amp; true"', page.text)
        self.assertIn('Saved.', page.text)
        check_headers(self, page)

    def test_what_does_not_fit_comes_back_as_typed(self):
        path = stored(self.here, title='Before')
        answer = self.edit(path, 400, title='x' * 121 + '<', alt='kept', visibility='public')
        self.assertIn('title is longer than 120', answer.text)
        self.assertIn('x' * 121 + '&lt;"', answer.text)
        self.assertIn('kept</textarea>', answer.text)
        self.assertIn('<h1>Before</h1>', self.here.get(path).text)
        self.assertIn('must be public', self.edit(path, 400, visibility='x').text)

    def test_hostile_words_stay_words(self):
        evil = '"><script>alert(1)</script>]()[/url]\u202e'
        path = stored(self.here, title=evil, alt=evil)
        for page in (self.here.get(path), self.here.get('/pictures'), self.stranger(path)):
            self.assertNotIn('<script>alert', page.text)
        self.assertNotIn('\u202e', self.here.get('/pictures').text)
        self.assertNotIn('\u202e', self.stranger(path).text)

    # ---- Views ----

    def test_views_of_others_count(self):
        path = stored(self.here)
        self.here.get(path)
        self.here.get(path + '.png')
        for _ in range(3):
            self.stranger(path)
        self.stranger(path + '.png')
        self.stranger(path + '/thumb')
        self.stranger(path + '.png', method='HEAD')
        self.pics.restart()  # the end writes what has come together
        self.assertEqual(
            self.pics.sql(f"SELECT views FROM pictures WHERE public_id = '{path[1:]}'"), [['4']])

    # ---- The list ----

    def titles(self, query=''):
        page = self.here.get('/pictures' + query)
        self.assertEqual(page.status, 200, query)
        return re.findall(r'<h2><a href="/\w+">([^<]*)</a></h2>', page.text)

    def test_lists_are_searched_and_sorted(self):
        for title, size in (('b cat', 10), ('A dog', 60), ('c 50%', 30)):
            stored(self.here, png(size, size, level=0), title=title, alt=f'shows {title}')
        self.assertEqual(self.titles(), ['c 50%', 'A dog', 'b cat'])
        self.assertEqual(self.titles('?sort=oldest'), ['b cat', 'A dog', 'c 50%'])
        self.assertEqual(self.titles('?sort=title'), ['A dog', 'b cat', 'c 50%'])
        self.assertEqual(self.titles('?sort=largest')[0], 'A dog')
        self.assertEqual(self.titles('?q=dog'), ['A dog'])
        self.assertEqual(self.titles('?q=SHOWS'), ['c 50%', 'A dog', 'b cat'])
        self.assertEqual(self.titles('?q=50%25'), ['c 50%'])
        self.assertEqual(self.titles('?q=%25'), ['c 50%'])
        self.assertEqual(self.titles('?q=_'), [])
        self.assertIn('Nothing found', self.here.get('/pictures?q=zebra').text)
        for wrong in ('?sort=x', '?page=0', '?page=x', '?q=%ff', '?done=x'):
            self.assertEqual(self.here.get('/pictures' + wrong).status, 400, wrong)

    def test_long_lists_have_pages(self):
        self.assertIn('No pictures yet', self.here.get('/pictures').text)
        upload(self.here, [png(seed=n) for n in range(20)])
        upload(self.here, [png(seed=n) for n in range(10)])
        self.assertEqual(len(self.titles()), 24)
        self.assertEqual(len(self.titles('?page=2')), 6)
        self.assertIn('1 to 24 of 30', self.here.get('/pictures').text)
        answer = self.here.get('/pictures?page=9')
        self.assertEqual((answer.status, answer.header('location')), (303, '/pictures'))

    # ---- Deleting ----

    def test_one_is_deleted_after_a_question(self):
        path = stored(self.here)
        self.assertEqual(self.stranger(path + '.png').status, 200)
        question = self.here.get(path + '/delete')
        self.assertIn('Delete this picture?', question.text)
        csrf = token_of(question, path + '/delete')
        self.assertEqual(self.here.post(path + '/delete', {'csrf': 'x'}).status, 403)
        answer = self.here.post(path + '/delete', {'csrf': csrf})
        self.assertEqual((answer.status, answer.header('location')),
                         (303, '/pictures?done=deleted&n=1'))
        for file in ('', '.png', '/view', '/thumb'):
            self.assertEqual(self.here.get(path + file).status, 404, file)
            self.assertEqual(self.stranger(path + file).status, 404, file)
        self.assertEqual(self.here.post(path + '/delete', {'csrf': csrf}).status, 404)
        self.assertEqual(self.pics.usage(self.sub), {'image_count': 0, 'storage_bytes': 0})

    def test_several_are_deleted_after_a_question(self):
        paths = [stored(self.here, png(seed=n)) for n in range(3)]
        csrf = token_of(self.here.get('/pictures'), '/pictures/delete')
        ids = [('id', path[1:]) for path in paths[:2]] + [('id', "x'"), ('id', 'x' * 13)]
        question = self.post('/pictures/delete', [('csrf', csrf), *ids])
        self.assertEqual(question.status, 200)
        self.assertEqual(self.pics.usage(self.sub)['image_count'], 3, 'without being asked')
        answer = self.post('/pictures/delete', [('csrf', csrf), *ids, ('confirmed', 'yes')])
        self.assertEqual(answer.header('location'), '/pictures?done=deleted&n=2')
        self.assertEqual(self.pics.usage(self.sub)['image_count'], 1)
        self.assertIn('2 pictures are deleted.', self.here.follow(answer).text)
        answer = self.post('/pictures/delete', [('csrf', csrf)])
        self.assertIn('Choose at least one picture', self.here.follow(answer).text)

    def post(self, path, fields):
        return self.here.post(path, fields)

    def test_nobody_deletes_those_of_others(self):
        path = stored(self.here)
        other = self.pics.sign_in('pics-other')
        upload(other, [png()])
        csrf = token_of(other.get('/pictures'), '/pictures/delete')
        answer = other.post('/pictures/delete', {'csrf': csrf, 'id': path[1:], 'confirmed': 'yes'})
        self.assertEqual(answer.header('location'), '/pictures?done=deleted&n=0')
        self.assertEqual(self.stranger(path).status, 200)

    def test_two_delete_at_once(self):
        paths = [stored(self.here, png(seed=n)) for n in range(4)]
        csrf = token_of(self.here.get('/pictures'), '/pictures/delete')
        answers = []

        def delete(order):
            fields = [('csrf', csrf), ('confirmed', 'yes'), *(('id', p[1:]) for p in order)]
            answers.append(self.here.post('/pictures/delete', fields))

        threads = [threading.Thread(target=delete, args=(order,))
                   for order in (paths, paths[::-1], paths, paths[::-1])]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual([a.status for a in answers], [303] * 4)
        self.assertEqual(sum(int(a.header('location').rpartition('=')[2]) for a in answers), 4)
        self.assertEqual(self.pics.usage(self.sub), {'image_count': 0, 'storage_bytes': 0})

    def test_an_erased_account_leaves_nothing(self):
        path = stored(self.here)
        answer = self.pics.ask('DELETE', f'/api/content/{self.sub}')
        self.assertEqual((answer.status, answer.json()['image_count']), (200, 1))
        self.assertEqual(self.stranger(path + '.png').status, 404)
        self.assertEqual(self.pics.usage(self.sub), {'image_count': 0, 'storage_bytes': 0})
        self.assertEqual(self.pics.ask('DELETE', f'/api/content/{self.sub}').status, 200)


if __name__ == '__main__':
    unittest.main()
