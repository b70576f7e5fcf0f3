"""txt or pics of a test's own: a fresh migrated database, a provider, the service, people."""
import hashlib
import os
import secrets
import subprocess
import urllib.parse

from client import Browser, hidden_fields, request, sql
from instance import Portal, Simulator, free_port

SECRET = os.environ['INTERNAL_SECRET']


class Service:
    """PORTAL_ROLE txt or pics. `settings` win; `url` and `internal` are its addresses."""

    def __init__(self, role, **settings):
        self.role = role
        self.admin = os.environ['ADMIN_DATABASE_URL']
        self.name = f'test_{role}_{secrets.token_hex(4)}'
        parts = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
        self.database = parts._replace(path='/' + self.name).geturl()
        self.portal = self.sim = None
        sql(f'CREATE DATABASE {self.name} OWNER {parts.username} TEMPLATE template0', self.admin)
        self.settings = {
            'PORTAL_ROLE': role, 'DATABASE_URL': self.database, 'DATABASE_DIRECT_URL': '',
            'WORKERS': '2', 'RATE_LIMITS': 'off', **settings}
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        self.run('migrate')
        port = free_port()
        self.sim = Simulator(port)
        self.settings.setdefault('OIDC_ISSUER', self.sim.url)
        self.portal = Portal(port, **self.settings)
        self.url, self.internal = self.portal.url, self.portal.internal

    def run(self, *words):
        """A subcommand, with the settings of the service."""
        return subprocess.run([os.environ['PORTAL_BIN'], *words], check=True, capture_output=True,
                              text=True, env={**os.environ, **self.settings})

    def restart(self):
        self.portal.stop()
        self.portal = Portal(urllib.parse.urlsplit(self.url).port, **self.settings)
        self.internal = self.portal.internal

    def stop(self):
        for process in (self.portal, self.sim):
            if process is not None:
                process.stop()
        sql(f'DROP DATABASE IF EXISTS {self.name} WITH (FORCE)', self.admin)

    def sql(self, statement):
        """As client.sql(), in the database of the service."""
        return sql(statement, self.database)

    def sign_in(self, login, path='/'):
        """A browser in which that person is signed in."""
        browser = Browser(self.url)
        answer = browser.sign_in(login, path)
        assert answer.status == 200, (answer.status, answer.text[-500:])
        return browser

    def ask(self, method, path, secret=SECRET, **options):
        """The internal address, as one of our services asks it."""
        headers = {'authorization': f'Bearer {secret}'} if secret else {}
        return request(method, self.internal + path, headers, **options)

    def usage(self, sub):
        answer = self.ask('GET', '/api/usage/' + urllib.parse.quote(sub, safe=''))
        assert answer.status == 200, answer.status
        return answer.json()

    def metric(self, name, **labels):
        """The value of one sample of its /metrics; 0 if there is none yet."""
        for line in request('GET', self.internal + '/metrics').text.splitlines():
            if line.startswith((name + '{', name + ' ')) and all(
                    f'{key}="{value}"' in line for key, value in labels.items()):
                return float(line.rsplit(' ', 1)[1])
        return 0.0


def new_token(sub, scopes='{txt,pics}'):
    """An API token of the account, which is made at the portal when it is not there."""
    token = 'pt_' + secrets.token_urlsafe(32)
    sql(f"INSERT INTO users (keycloak_sub, issuer) VALUES ('{sub}', '{os.environ['OIDC_ISSUER']}')"
        ' ON CONFLICT DO NOTHING')
    sql('INSERT INTO api_tokens (user_id, slot, label, scopes, token_hash, hint, form_hash)'
        " SELECT id, (SELECT count(*) + 1 FROM api_tokens t WHERE t.user_id = users.id), 'test',"
        f" '{scopes}', '\\x{hashlib.sha256(token.encode()).hexdigest()}', '{token[-4:]}',"
        f" '\\x{secrets.token_hex(32)}' FROM users WHERE keycloak_sub = '{sub}'")
    return token


def multipart(fields, files=()):
    """A body and its headers. Fields are (name, text); files (name, file name, type, bytes)."""
    boundary = '----test' + secrets.token_hex(12)
    out = b''
    for name, text in fields:
        out += (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
                + (text if isinstance(text, bytes) else text.encode()) + b'\r\n')
    for name, file_name, kind, data in files:
        out += (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
                f'filename="{file_name}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
                + data + b'\r\n')
    out += f'--{boundary}--\r\n'.encode()
    return out, {'content-type': f'multipart/form-data; boundary={boundary}'}


def token_of(answer, action):
    """The CSRF token of the form of the page that is posted to that path."""
    for form in answer.text.split('<form')[1:]:
        if f'action="{action}"' in form.split('>')[0]:
            return dict(hidden_fields(form.split('</form>')[0]))['csrf']
    raise AssertionError(f'no form for {action}')
