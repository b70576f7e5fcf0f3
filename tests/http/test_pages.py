"""What every page has in common: statuses, methods, headers, hostile requests."""
import re
import tempfile
import unittest

from client import INTERNAL, PORTAL, Browser, check_headers, raw, request
from instance import Portal


class Pages(unittest.TestCase):
    def test_front_page_is_public(self):
        answer = request('GET', PORTAL + '/')
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header('content-type'), 'text/html; charset=utf-8')
        self.assertEqual(answer.header('cache-control'), 'no-store')
        self.assertIn('<h1', answer.text)
        self.assertIn('href="/signin"', answer.text)
        check_headers(self, answer)

    def test_links_with_odd_queries_are_followed(self):
        for query in ('utm_source=caf%E9', 'x=%00', 'x=%zz', '&'.join('a=1' for _ in range(300))):
            for path, status in (('/', 200), ('/signin', 303)):
                self.assertEqual(request('GET', f'{PORTAL}{path}?{query}').status, status, query)

    def test_pages_hold_nothing_inline(self):
        for path in ('/', '/nothing-here'):
            text = request('GET', PORTAL + path).text
            self.assertNotRegex(text, r'<style|style=|<script>|\son[a-z]+=')

    def test_unknown_address(self):
        for method in ('GET', 'POST', 'DELETE', 'PUT', 'PATCH'):
            with self.subTest(method):
                answer = request(method, PORTAL + '/nothing/here', body=b'')
                self.assertEqual(answer.status, 404)
                check_headers(self, answer)
                self.assertIn('href="/"', answer.text)

    def test_wrong_method_names_the_right_ones(self):
        cases = [('POST', '/', 'GET, HEAD'), ('DELETE', '/dashboard', 'GET, HEAD'),
                 ('GET', '/signout', 'POST'), ('OPTIONS', '/', 'GET, HEAD')]
        for method, path, allow in cases:
            with self.subTest(f'{method} {path}'):
                answer = request(method, PORTAL + path, body=b'')
                self.assertEqual(answer.status, 405)
                self.assertEqual(answer.header('allow'), allow)
                check_headers(self, answer)

    def test_head_has_headers_and_no_body(self):
        get, head = request('GET', PORTAL + '/'), request('HEAD', PORTAL + '/')
        self.assertEqual(head.status, 200)
        self.assertEqual(head.body, b'')
        self.assertEqual(head.header('content-length'), get.header('content-length'))

    def test_personal_pages_lead_to_the_sign_in(self):
        answer = request('GET', PORTAL + '/dashboard?tab=a%26b')
        self.assertEqual(answer.status, 303)
        self.assertEqual(answer.header('location'),
                         '/signin?return=%2Fdashboard%3Ftab%3Da%2526b')

    def test_header_values_cannot_split_the_answer(self):
        for path in ('/dashboard?x=%0d%0aset-cookie:%20a=b', '/dashboard?%0aevil: 1'):
            answer = raw(f'GET {path.replace(" ", "%20")} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
            head = answer.partition(b'\r\n\r\n')[0]
            self.assertNotRegex(head, rb'\r\n(set-cookie: a=b|evil)')

    def test_thirty_headers_keep_the_session_cookie(self):
        browser = Browser()
        browser.sign_in('alice')
        headers = {f'x-extra-{n}': 'y' * 20 for n in range(30)}
        answer = browser.get('/dashboard', headers)
        self.assertEqual(answer.status, 200)

    def test_assets_are_kept_for_ever_and_only_under_their_hash(self):
        page = request('GET', PORTAL + '/').text
        for name in ('portal.css', 'portal.js', 'favicon.svg'):
            with self.subTest(name):
                href = re.search(rf'"(/assets/[0-9a-f]+/{re.escape(name)})"', page).group(1)
                answer = request('GET', PORTAL + href)
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.header('cache-control'),
                                 'public, max-age=31536000, immutable')
                self.assertEqual(request('GET', PORTAL + f'/assets/0000000000000000/{name}').status,
                                 404)

    def test_templates_are_not_served(self):
        for path in ('/assets/0/landing.html', '/templates/site/error.html', '/assets/',
                     '/assets/../conf/portal.conf', '/assets/%2e%2e/portal.conf'):
            self.assertEqual(request('GET', PORTAL + path).status, 404)

    def test_requests_that_are_none(self):
        for data in (b'\r\n\r\n', b'GET\r\n\r\n', b'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
                     b'GET / HTTP/1.1\r\n\r\n', b'\x00\xff' * 50 + b'\r\n\r\n'):
            with self.subTest(data[:20]):
                answer = raw(data, timeout=2)
                self.assertRegex(answer, rb'^(HTTP/1\.1 (400|505) |$)')
        self.assertEqual(request('GET', PORTAL + '/').status, 200)


class Internal(unittest.TestCase):
    def test_health(self):
        for path in ('/healthz', '/readyz'):
            answer = request('GET', INTERNAL + path)
            self.assertEqual((answer.status, answer.text), (200, 'ok\n'))

    def test_the_public_address_has_none_of_it(self):
        for path in ('/metrics', '/healthz', '/readyz'):
            self.assertEqual(request('GET', PORTAL + path).status, 404)

    def test_the_internal_address_has_no_pages(self):
        answer = request('GET', INTERNAL + '/dashboard')
        self.assertEqual(answer.status, 404)
        self.assertEqual(answer.header('content-type'), 'text/plain; charset=utf-8')

    def test_metrics_count_requests_by_page(self):
        request('GET', PORTAL + '/secret-path-%3Cscript%3E')
        answer = request('GET', INTERNAL + '/metrics')
        self.assertEqual(answer.header('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
        self.assertIn('irc_now_http_requests_total{method="GET",route="not_found",code="404"}',
                      answer.text)
        self.assertNotIn('secret-path', answer.text)


class Mark(unittest.TestCase):
    """The service's own mark instead of ours."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = folder.name + '/mark.svg'

    def write(self, text):
        with open(self.path, 'w', encoding='utf-8') as f:
            f.write(text)

    def test_what_is_no_small_svg_stops_the_start(self):
        for text in ('', 'GIF89a', '<svg>' + ' ' * 17000):
            self.write(text)
            with self.subTest(text[:8]), self.assertRaisesRegex(AssertionError, 'is no SVG'):
                Portal(SITE_MARK_FILE=self.path)

    def test_it_stands_on_every_page_and_is_the_icon(self):
        self.write('<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>')
        portal = Portal(SITE_MARK_FILE=self.path, SITE_NAME='Nets & more')
        self.addCleanup(portal.stop)
        page = request('GET', portal.url + '/').text
        self.assertIn('<span class="mark-name">Nets &amp; more</span>', page)
        self.assertNotIn('mark-strokes', page)
        for pattern in ('<img class="mark-sign" src="([^"]*)"', '<link rel="icon" href="([^"]*)"'):
            answer = request('GET', portal.url + re.search(pattern, page).group(1))
            self.assertEqual((answer.status, answer.header('content-type')),
                             (200, 'image/svg+xml'))
            self.assertIn('<circle', answer.text)


if __name__ == '__main__':
    unittest.main()
