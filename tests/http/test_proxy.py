"""conf/nginx.conf.example in front of a portal: compression, many headers, whose address counts."""
import gzip
import http.server
import re
import threading
import unittest
import urllib.parse

from client import Browser, check_headers, hidden_fields, request
from front import NGINX, ROOT, Front, Nginx
from instance import free_port

# What Chromium sends with a form over TLS, in its order; Host, length, type, origin and cookie are
# the client's.
CHROMIUM = {
    'Cache-Control': 'max-age=0',
    'sec-ch-ua': '"Chromium";v="120", "Not(A:Brand";v="24"',
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-platform': '"Linux"',
    'Upgrade-Insecure-Requests': '1',
    'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0 Safari/537.36',
    'Accept': 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8',
    'Sec-Fetch-Site': 'same-origin',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-User': '?1',
    'Sec-Fetch-Dest': 'document',
    'Accept-Encoding': 'gzip, deflate, br',
    'Accept-Language': 'en-GB,en;q=0.9',
}
EXTRA = {f'X-Extra-{n}': 'v' * 30 for n in range(15)}


class Echo(http.server.BaseHTTPRequestHandler):
    """Stands where the portal does, and tells which headers arrived."""

    def do_GET(self):
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


@unittest.skipUnless(NGINX, 'nginx is not installed')
class Proxy(unittest.TestCase):
    def start(self, changes=(), **settings):
        front = Front(changes, **settings)
        self.addCleanup(front.stop)
        return front

    def check_session_through_form(self, nginx):
        browser = Browser(nginx.url)
        page = browser.sign_in('alice')
        self.assertEqual(page.status, 200)
        headers = {**CHROMIUM, 'Origin': nginx.url, 'Referer': nginx.url + '/dashboard', **EXTRA}
        del headers['Accept-Encoding']
        # The last header of all, as Chromium has it.
        headers['Cookie'] = '; '.join(f'{k}={v}' for k, v in browser.jar(nginx.url).items())
        fields = dict(hidden_fields(page.text))
        without = browser.post('/signout', {'csrf': 'x' * len(fields['csrf'])}, headers)
        self.assertEqual(without.status, 403, 'the session was not found')
        self.assertEqual(browser.post('/signout', fields, headers).status, 303)
        self.assertEqual(browser.get('/dashboard').status, 303, 'still signed in')

    def test_a_form_with_many_headers_keeps_its_session(self):
        self.check_session_through_form(self.start())

    def test_so_it_does_where_the_proxy_lets_all_headers_through(self):
        self.check_session_through_form(self.start([
            ('proxy_pass_request_headers off;', 'proxy_pass_request_headers on;')]))

    def test_pages_are_compressed_and_complete(self):
        nginx = self.start()
        plain = request('GET', nginx.url + '/')
        packed = request('GET', nginx.url + '/', {'Accept-Encoding': 'gzip'})
        self.assertIsNone(plain.header('content-encoding'))
        self.assertEqual(packed.header('content-encoding'), 'gzip')
        self.assertEqual(packed.header('vary'), 'Accept-Encoding')
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertLess(len(packed.body), len(plain.body) / 2)
        for name in ('portal.css', 'portal.js'):
            href = re.search(rf'"(/assets/[0-9a-f]+/{re.escape(name)})"', plain.text).group(1)
            asset = request('GET', nginx.url + href, {'Accept-Encoding': 'gzip'})
            self.assertEqual(asset.header('content-encoding'), 'gzip', name)
            self.assertIn('immutable', asset.header('cache-control'))

    def test_the_portal_headers_come_through(self):
        nginx = self.start()
        for path, status in (('/', 200), ('/nothing', 404), ('/' + 'a' * 2100, 414)):
            answer = request('GET', nginx.url + path)
            self.assertEqual(answer.status, status)
            answer.headers = [(k, 'portal' if k == 'Server' else v) for k, v in answer.headers]
            check_headers(self, answer)

    def test_chunks_reach_the_portal_whole(self):
        nginx = self.start()
        browser = Browser(nginx.url)
        fields = dict(hidden_fields(browser.sign_in('alice').text))
        body = urllib.parse.urlencode(fields).encode()
        headers = {'content-type': 'application/x-www-form-urlencoded'}
        # http.client sends an iterable in chunks.
        answer = browser.send('POST', '/signout', headers, (body[i:i + 9] for i in
                                                            range(0, len(body), 9)))
        self.assertEqual(answer.status, 303)

    def test_the_address_cannot_be_made_up(self):
        upstream = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Echo)
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        self.addCleanup(upstream.server_close)
        self.addCleanup(upstream.shutdown)
        nginx = Nginx(f'127.0.0.1:{upstream.server_port}', free_port())
        self.addCleanup(nginx.stop)
        seen = request('GET', nginx.url + '/', {
            'X-Forwarded-For': '192.0.2.66', 'X-Forwarded-Proto': 'https', 'Forwarded': 'for=1',
            'X-Real-IP': '192.0.2.66', 'Cookie': 'a=b'}).text
        names = sorted(line.split(':')[0].lower() for line in seen.splitlines() if line)
        self.assertEqual(names, ['cookie', 'host', 'x-forwarded-for'])
        self.assertIn('X-Forwarded-For: 127.0.0.1\n', seen)


class Example(unittest.TestCase):
    def test_lets_through_what_the_portal_reads(self):
        example = (ROOT / 'conf/nginx.conf.example').read_text(encoding='utf-8').lower()
        pattern = r'web_(?:flow_request_header|headers_find|headers_all)\(\w[\w>-]*, "([^"]+)"'
        names = {name for source in (ROOT / 'src').rglob('*.c')
                 for name in re.findall(pattern, source.read_text(encoding='utf-8'))}
        self.assertLessEqual({'cookie', 'origin', 'x-forwarded-for'}, names)
        for name in names:
            with self.subTest(name):
                self.assertIn(f'proxy_set_header {name} ', example)


if __name__ == '__main__':
    unittest.main()
