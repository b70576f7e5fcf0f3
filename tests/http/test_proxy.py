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
    """Stands where a role does, and tells which headers arrived and how long the body was."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        got = self.rfile.read(int(self.headers.get('content-length', 0)))
        body = f'{self.headers}\nServer-Port: {self.server.server_port}\nGot: {len(got)}\n'.encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format, *args):
        pass


def start_echo(test):
    """Its port."""
    upstream = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Echo)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    test.addCleanup(upstream.server_close)
    test.addCleanup(upstream.shutdown)
    return upstream.server_port


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
        nginx = Nginx(f'127.0.0.1:{start_echo(self)}', free_port())
        self.addCleanup(nginx.stop)
        seen = request('GET', nginx.url + '/', {
            'X-Forwarded-For': '192.0.2.66', 'X-Forwarded-Proto': 'https', 'Forwarded': 'for=1',
            'X-Real-IP': '192.0.2.66', 'Cookie': 'a=b'}).text
        heads = seen.split('\n\n')[0]
        names = sorted(line.split(':')[0].lower() for line in heads.splitlines() if line)
        self.assertEqual(names, ['cookie', 'host', 'x-forwarded-for'])
        self.assertIn('X-Forwarded-For: 127.0.0.1\n', seen)


@unittest.skipUnless(NGINX, 'nginx is not installed')
class Hosts(unittest.TestCase):
    """Each role has a host of its own, and room for what it takes."""

    HOSTS = ('portal.example.org', 'txt.example.org', 'pics.example.org')
    MIB = 1 << 20

    def setUp(self):
        self.ports = [start_echo(self) for _ in self.HOSTS]
        first, *others = [f'127.0.0.1:{port}' for port in self.ports]
        self.nginx = Nginx(first, free_port(), others=others)
        self.addCleanup(self.nginx.stop)

    def send(self, host, body=None, **headers):
        """As a program does, with a token; a body that is no bytes goes in chunks."""
        return request('POST' if body else 'GET', self.nginx.url + '/api/x?a=b', {
            'Host': host, 'Authorization': 'Bearer pt_x', **headers}, body)

    def test_each_host_leads_to_its_role(self):
        for host, port in zip(self.HOSTS, self.ports):
            seen = self.send(host).text
            self.assertIn(f'Server-Port: {port}\n', seen)
            self.assertIn(f'Host: {host}\n', seen)
            self.assertIn('Authorization: Bearer pt_x\n', seen)
            self.assertIn('X-Forwarded-For: 127.0.0.1\n', seen)
        for host in ('127.0.0.1', 'x.example.org', 'PORTAL.example.org'):
            self.assertIn(f'Server-Port: {self.ports[0]}\n', self.send(host).text)

    def test_what_programs_and_players_send_arrives(self):
        headers = {'Accept': 'application/json', 'Range': 'bytes=0-9', 'If-Range': '"x"',
                   'If-None-Match': '"y"', 'Content-Type': 'image/png'}
        seen = self.send('pics.example.org', b'x', **headers).text
        for name, value in headers.items():
            self.assertIn(f'{name}: {value}\n', seen)

    def test_sizes(self):
        for host, limit in zip(self.HOSTS, (self.MIB, 2 * self.MIB, 65 * self.MIB)):
            with self.subTest(host):
                self.assertIn(f'Got: {limit}\n', self.send(host, b'x' * limit).text)
                self.assertEqual(self.send(host, b'x' * (limit + 1)).status, 413)

    def test_chunks_arrive_whole_and_counted(self):
        size = 3 * self.MIB
        seen = self.send('pics.example.org', (b'x' * 65536 for _ in range(size // 65536))).text
        self.assertIn(f'Content-Length: {size}\n', seen)
        self.assertNotIn('Transfer-Encoding', seen)
        self.assertIn(f'Got: {size}\n', seen)


class Example(unittest.TestCase):
    def test_lets_through_what_the_portal_reads(self):
        example = (ROOT / 'conf/nginx.conf.example').read_text(encoding='utf-8').lower()
        pattern = r'web_(?:flow_request_header|headers_find|headers_all)\(\w[\w>-]*, "([^"]+)"'
        names = {name for source in (ROOT / 'src').rglob('*.c')
                 for name in re.findall(pattern, source.read_text(encoding='utf-8'))}
        self.assertLessEqual({'cookie', 'origin', 'x-forwarded-for'}, names)
        names.remove('soju-username')  # of the internal address; conf/nginx-soju.conf.example has it
        for name in names:
            with self.subTest(name):
                self.assertIn(f'proxy_set_header {name} ', example)

    def test_lets_through_as_much_as_the_program_takes(self):
        example = (ROOT / 'conf/nginx.conf.example').read_text(encoding='utf-8')
        sizes = dict(re.findall(r'server_name (\w+)\.example\.org;[^}]*client_max_body_size (\d+)m;',
                                example))
        self.assertEqual(list(sizes), ['portal', 'txt', 'pics'])
        settings = (ROOT / 'conf/env.example').read_text(encoding='utf-8')
        of_txt = 2 * int(re.search(r'(?m)^#TXT_MAX_BYTES=(\d+)$', settings)[1]) + 65536
        for role, size in sizes.items():
            conf = (ROOT / 'conf/common.conf').read_text(encoding='utf-8')
            conf += (ROOT / f'conf/site_{role}.conf').read_text(encoding='utf-8')
            conf = conf.replace('${TXT_BODY_MAX}', str(of_txt))
            taken = re.findall(r'(?m)^http_body_max\s+(\d+)$', conf)[-1]  # the last one counts
            self.assertGreaterEqual(int(size) << 20, int(taken), role)


if __name__ == '__main__':
    unittest.main()
