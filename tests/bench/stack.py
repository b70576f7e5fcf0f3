"""The portal and everything around it, started by ./run in a state folder of the bench's own."""
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATE = ROOT / '.bench'
PORTAL_BIN = ROOT / 'build/prod/portal/portal'

NEEDED = """wrk sends the requests
nginx-light what the page is compared with
"""


class Failed(Exception):
    """Nothing can be measured; the text says why."""


def shell(*argv, **options):
    """Runs a command in the checkout; its output, or Failed with what it said."""
    run = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, **options)
    if run.returncode != 0:
        raise Failed(f'{" ".join(argv[:3])} failed:\n{(run.stdout + run.stderr)[-2000:]}')
    return run.stdout


def install():
    """What ./run does not need itself; says what it installs and why."""
    line = '. ./run; dir=.bench; mkdir -p $dir/log; touch $dir/made-by-run; install_missing'
    run = subprocess.run(['bash', '-c', line], cwd=ROOT, input=NEEDED, text=True, check=False)
    if run.returncode != 0:
        raise Failed('packages are missing')


def start():
    """Builds what is deployed and starts it; its settings become our environment."""
    stop()
    environment = {**os.environ, 'FLAVOR': 'prod', 'RATE_LIMITS': 'off', 'CACHE': 'off',
                   'CONTENT': 'simulated'}
    if subprocess.run(['./run', '--dir', '.bench', '--detach'], cwd=ROOT, env=environment,
                      stdout=subprocess.DEVNULL, check=False).returncode != 0:
        raise Failed('./run did not start the portal; .bench/log/ has the details')
    for line in (STATE / 'env').read_text().splitlines():
        if line and not line.startswith('#'):
            name, _, value = line.partition('=')
            os.environ[name] = value
    os.environ['PORTAL_BIN'] = str(PORTAL_BIN)
    # The tests' client reads its addresses from the environment when it is imported.
    sys.path.insert(0, str(ROOT / 'tests/http'))


def stop():
    subprocess.run(['./run', '--dir', '.bench', '--stop'], cwd=ROOT, stdout=subprocess.DEVNULL,
                   check=False)


def workers():
    """The processes of the portal's workers."""
    parent = (STATE / 'portal.pid').read_text().strip()
    return pathlib.Path(f'/proc/{parent}/task/{parent}/children').read_text().split()


def rss_mb(pid):
    status = pathlib.Path(f'/proc/{pid}/status').read_text()
    return int(re.search(r'VmRSS:\s+(\d+) kB', status).group(1)) / 1024


def count_failures():
    """Requests that the portal has answered with a status of 500 or more."""
    from client import request
    text = request('GET', os.environ['INTERNAL_URL'] + '/metrics').text
    return sum(int(n) for n in re.findall(
        r'irc_now_http_requests_total{[^}]*code="5\d\d"[^}]*} (\d+)', text))


def admin(statement, database='postgres'):
    """Runs a statement as the cluster's owner; the rows as lists of texts."""
    from client import sql
    return sql(statement, owner_url(database))


def owner_url(database):
    return os.environ['ADMIN_DATABASE_URL'].rpartition('/')[0] + '/' + database


class Account:
    """Somebody signed in, who looks at the dashboard."""

    def __init__(self, login, sub=None):
        from client import Browser
        self.sub = sub or login
        self.browser = Browser()
        self.sign_in(login)
        self.url = self.browser.portal + '/dashboard'

    def sign_in(self, login):
        """Twice if need be: the simulator may answer 408 on a connection that was idle for long."""
        for _ in range(2):
            try:
                status = self.browser.sign_in(login).status
            except AssertionError as e:
                status = e
            if status == 200:
                return
        raise Failed(f'{login} could not sign in: {status}')

    @property
    def cookie(self):
        return '; '.join(f'{k}={v}' for k, v in self.browser.jar(self.url).items())

    def view(self):
        answer = self.browser.get('/dashboard')
        if answer.status != 200:
            raise Failed(f'/dashboard answered {answer.status} to {self.sub}')
        return answer

    def time_view_ms(self):
        begun = time.monotonic()
        self.view()
        return (time.monotonic() - begun) * 1000

    def sql(self, statement):
        """:me in the statement is this account's id."""
        from client import sql
        me = f"(SELECT id FROM users WHERE keycloak_sub = '{self.sub}')"
        return sql(statement.replace(':me', me))

    def forget(self):
        """As if nobody had looked for a while: all sources are due."""
        self.sql("UPDATE source_snapshots SET tried_at = tried_at - interval '1 minute',"
                 " answered_at = answered_at - interval '1 minute',"
                 " seen_at = seen_at - interval '1 minute', refreshing_until = NULL"
                 ' WHERE user_id = :me')

    def is_refreshing(self):
        return self.sql('SELECT count(*) FROM source_snapshots WHERE user_id = :me'
                        ' AND refreshing_until > now()') != [['0']]

    def warm(self):
        """All sources fresh, for the next ten seconds at least."""
        self.forget()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.view()
            old = self.sql('SELECT count(*) FROM source_snapshots WHERE user_id = :me AND'
                           " (tried_at < now() - interval '3 seconds' OR refreshing_until > now())")
            if old == [['0']]:
                return
            time.sleep(0.1)
        raise Failed(f'the sources of {self.sub} do not become fresh')

    def give_bouncer(self, name):
        self.sql('DELETE FROM bouncers WHERE user_id = :me')
        self.sql('INSERT INTO bouncers (user_id, name, soju_username)'
                 f" VALUES (:me, '{name}', 'bench')")
