"""A small HTTP client for the tests: raw requests, cookies, signing in through the simulator.

Nothing is smoothed over: no redirects are followed unless asked for, headers stay as they came.
"""
import http.client
import html
import json
import os
import re
import socket
import subprocess
import urllib.parse

PORTAL = os.environ['PORTAL_URL']
INTERNAL = os.environ['INTERNAL_URL']
SIM = os.environ['SIM_URL']

ALWAYS = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.getheaders()
        self.body = body

    @property
    def text(self):
        return self.body.decode('utf-8')

    def header(self, name):
        """The one header of that name; None if there is none."""
        values = self.all_headers(name)
        assert len(values) <= 1, f'{name} came {len(values)} times'
        return values[0] if values else None

    def all_headers(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)


def request(method, url, headers=None, body=None, timeout=30):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    target = parts.path + ('?' + parts.query if parts.query else '')
    try:
        connection.request(method, target or '/', body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response, response.read())
    finally:
        connection.close()


def raw(data, base=PORTAL, timeout=5):
    """Sends bytes as they are; the bytes that come back until the other side closes or is silent."""
    parts = urllib.parse.urlsplit(base)
    with socket.create_connection((parts.hostname, parts.port), timeout=timeout) as s:
        s.sendall(data)
        got = b''
        try:
            while True:
                piece = s.recv(65536)
                if not piece:
                    return got
                got += piece
                head, _, body = got.partition(b'\r\n\r\n')
                length = re.search(rb'content-length: (\d+)', head)
                if length and len(body) >= int(length.group(1)):
                    return got
        except (socket.timeout, ConnectionResetError):
            return got


def check_headers(test, answer):
    """What every answer has, whatever it says."""
    for name, value in ALWAYS.items():
        test.assertEqual(answer.header(name), value)
    csp = answer.header('content-security-policy')
    test.assertIn("default-src 'none'", csp)
    test.assertIn("frame-ancestors 'none'", csp)
    test.assertNotIn('unsafe', csp)
    test.assertIsNone(answer.header('strict-transport-security'), 'HSTS over plain http')
    test.assertEqual(answer.header('server'), 'portal')


def control(path='/control', sim=SIM, **what):
    """Tells the simulator how to behave."""
    answer = request('POST', sim + path, {'content-type': 'application/json'},
                     json.dumps(what).encode())
    assert answer.status < 300, f'{path} {what}: {answer.status} {answer.text}'
    return answer.json() if answer.body else None


class Browser:
    """Keeps cookies, follows redirects on demand."""

    def __init__(self, portal=PORTAL):
        self.portal = portal
        self.jars = {}  # by host and port

    def jar(self, url):
        return self.jars.setdefault(urllib.parse.urlsplit(url).netloc, {})

    def send(self, method, url, headers=None, body=None):
        if url.startswith('/'):
            url = self.portal + url
        headers = dict(headers or {})
        jar = self.jar(url)
        if jar and 'cookie' not in headers:
            headers['cookie'] = '; '.join(f'{name}={value}' for name, value in jar.items())
        answer = request(method, url, headers, body)
        answer.url = url
        for line in answer.all_headers('set-cookie'):
            self.keep(jar, line)
        return answer

    @staticmethod
    def keep(jar, line):
        pair, *attributes = line.split(';')
        name, _, value = pair.partition('=')
        if any(a.strip().lower() == 'max-age=0' for a in attributes):
            jar.pop(name, None)
        else:
            jar[name] = value

    def get(self, url, headers=None):
        return self.send('GET', url, headers)

    def post(self, url, fields, headers=None):
        headers = {'content-type': 'application/x-www-form-urlencoded', **(headers or {})}
        return self.send('POST', url, headers, urllib.parse.urlencode(fields).encode())

    def follow(self, answer):
        """Goes where the answer leads, until it leads nowhere."""
        for _ in range(10):
            if answer.status not in (302, 303):
                return answer
            answer = self.get(urllib.parse.urljoin(answer.url, answer.header('location')))
        raise AssertionError('too many redirects')

    def go_to_provider(self, path='/dashboard'):
        """Clicks on Sign in; the provider's login page."""
        answer = self.get('/signin?return=' + urllib.parse.quote(path, safe=''))
        assert answer.status == 303, answer.status
        return self.follow(answer)

    def give_name(self, page, login):
        """Sends the provider's login form; the redirect back to us, not followed."""
        action = re.search(r'<form[^>]*action="([^"]+)"', page.text).group(1)
        fields = dict(hidden_fields(page.text))
        fields['login'] = login
        url = urllib.parse.urljoin(page.url, html.unescape(action))
        return self.post(url, fields)

    def sign_in(self, login, path='/dashboard'):
        """The whole way; the page that the person wanted."""
        back = self.give_name(self.go_to_provider(path), login)
        assert back.status in (302, 303), (back.status, back.text[-300:])
        return self.follow(back)

    def csrf(self):
        """The token of the sign-out form of the page /dashboard."""
        return dict(hidden_fields(self.get('/dashboard').text))['csrf']


def hidden_fields(page):
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', page):
        name = re.search(r'name="([^"]*)"', tag).group(1)
        value = re.search(r'value="([^"]*)"', tag)
        yield name, html.unescape(value.group(1)) if value else ''


def forms_of(page, action):
    """The hidden fields of each form that is posted there; `page` is an answer or its text."""
    found = []
    for form in re.findall(r'<form.*?</form>', getattr(page, 'text', page), re.S):
        head = form.split('>')[0]
        if 'method="post"' in head and f'action="{action}"' in head:
            found.append(dict(hidden_fields(form)))
    return found


def form_of(page, action, **fields):
    """The hidden fields of the first of them that has those among its own."""
    for found in forms_of(page, action):
        if fields.items() <= found.items():
            return found
    raise AssertionError(f'no form for {action} with {fields}')


def sql(statement, database=None):
    """Runs a statement as the owner of the accounts database; the rows as lists of texts."""
    run = subprocess.run(
        ['psql', '-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', statement,
         database or os.environ['DATABASE_URL']],
        capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [line.split('\t') for line in run.stdout.splitlines()]


def metric(name, **labels):
    """The value of one sample of /metrics; 0 if there is none yet."""
    page = request('GET', INTERNAL + '/metrics').text
    for line in page.splitlines():
        if line.startswith('#') or not re.match(rf'{name}[{{ ]', line):
            continue
        if all(f'{key}="{value}"' in line for key, value in labels.items()):
            return float(line.rsplit(' ', 1)[1])
    return 0.0
