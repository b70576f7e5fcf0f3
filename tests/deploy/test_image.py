"""The image, made by the Dockerfile's own steps: built, migrated, started and visited the way a
container runtime does it, though without one. Making it takes a minute, two the first time."""
import os
import pathlib
import secrets
import signal
import socket
import sys
import tempfile
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'http'))

# pylint: disable=wrong-import-position
import image
import kube_manifests
from client import Browser, request, sql
from instance import Process, Simulator

ADMIN = os.environ['ADMIN_DATABASE_URL']
DATABASE = 'portal_image_tests'
PORTS = (8080, 9090)  # the Dockerfile's; a container has them for itself
PUBLIC, INTERNAL = (f'http://127.0.0.1:{port}' for port in PORTS)
MADE = {}


def setUpModule():
    why = image.why_not()
    if why:
        raise unittest.SkipTest(why)
    for port in PORTS:
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(('0.0.0.0', port))
            except OSError as error:
                raise unittest.SkipTest(f'port {port}, the image\'s, is taken here') from error
    try:
        MADE['image'] = image.build()
    except LookupError as error:
        raise unittest.SkipTest(str(error)) from error
    sql(f'DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)', ADMIN)
    sql(f'CREATE DATABASE {DATABASE} OWNER portal TEMPLATE template0', ADMIN)


def tearDownModule():
    if MADE:
        sql(f'DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)', ADMIN)
        image.remove(MADE['image'].root)


def database_url():
    return urllib.parse.urlsplit(os.environ['DATABASE_URL'])._replace(path='/' + DATABASE).geturl()


def must_haves(issuer):
    """The settings that have no default, but the secret ones."""
    return {'PUBLIC_URL': PUBLIC, 'OIDC_ISSUER': issuer, 'OIDC_CLIENT_ID': 'portal'}


def secret_ones():
    return {'DATABASE_URL': database_url(), 'SESSION_KEY': secrets.token_hex(32),
            'INTERNAL_SECRET': secrets.token_hex(32),
            'OIDC_CLIENT_SECRET': os.environ['OIDC_CLIENT_SECRET']}


class Container(Process):
    def __init__(self, settings, folder=''):
        made = MADE['image']
        argv = made.container(made.stage.command, settings, folder)
        self.url, self.internal = PUBLIC, INTERNAL
        super().__init__(argv, {}, INTERNAL + '/healthz')

    def first(self):
        """The process that is number 1 inside; None before it is there."""
        pid = self.process.pid
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as f:
            children = f.read().split()
        return int(children[0]) if children else None

    def processes(self):
        """Numbers of it and its workers."""
        first = self.first()
        with open(f'/proc/{first}/task/{first}/children', encoding='ascii') as f:
            return [first, *map(int, f.read().split())]

    def stop(self):
        """What waits outside of the namespace passes no signals on."""
        if self.process.poll() is None and self.first():
            os.kill(self.first(), signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except Exception:
            self.process.kill()
            raise


def status_of(pid):
    """/proc/PID/status."""
    with open(f'/proc/{pid}/status', encoding='utf-8') as f:
        return dict(line.rstrip('\n').split(':\t', 1) for line in f)


class What(unittest.TestCase):
    """What is in it, and what is not."""

    def setUp(self):
        self.image = MADE['image']

    def test_nothing_of_the_build_is_left(self):
        there = [p for p in ('usr/bin/gcc', 'usr/bin/cc', 'usr/bin/make', 'usr/share/kore', 'src',
                             'usr/include', 'usr/bin/kodev')
                 if (self.image.root / p).exists() and
                 ((self.image.root / p).is_file() or any((self.image.root / p).iterdir()))]
        self.assertEqual(there, [])
        self.assertEqual(list(self.image.root.glob('var/lib/apt/lists/*_Packages*')), [])

    def test_what_the_program_finds(self):
        home = self.image.path('.')
        self.assertEqual({p.name for p in home.iterdir()}, {'portal', 'conf', 'migrations'})
        self.assertFalse((home / 'conf/kubernetes').exists())
        debug = self.image.try_step(['sh', '-c', 'test -s portal && ! grep -q debug_info portal'])
        self.assertEqual(debug.returncode, 0, 'not stripped')

    def test_its_user_can_write_nothing_but_tmp(self):
        for path in ('/srv/portal/x', '/srv/portal/portal', '/etc/x', '/usr/bin/x'):
            done = self.image.try_step(['sh', '-c', f'echo x >> {path}'])
            self.assertNotEqual(done.returncode, 0, path)
        self.assertEqual(self.image.try_step(['sh', '-c', 'echo x >/tmp/x']).returncode, 0)
        writable = self.image.try_step(
            ['find', '/srv', '/etc', '/usr', '-writable', '-not', '-type', 'l'])
        self.assertEqual(writable.stdout, '')

    def test_without_settings_it_says_what_is_missing(self):
        done = self.image.try_step(self.image.stage.command)
        self.assertEqual(done.returncode, 1)
        for name in ('PUBLIC_URL', 'DATABASE_URL', 'SESSION_KEY', 'OIDC_ISSUER'):
            self.assertIn(f'{name} is missing', done.stderr)


class Running(unittest.TestCase):
    def setUp(self):
        self.image = MADE['image']
        self.sim = Simulator(PORTS[0])
        self.addCleanup(self.sim.stop)

    def migrate(self, settings, folder=''):
        done = image.run(self.image.container(['./portal', 'migrate'], settings, folder),
                         timeout=60)
        self.assertEqual(
            sql('SELECT count(*) FROM schema_migrations', database_url()),
            [[str(len(list((image.ROOT / 'migrations/accounts').glob('*.sql'))))]], done)

    def start(self, settings, folder=''):
        container = Container(settings, folder)
        self.addCleanup(container.stop)
        return container

    def is_healthy(self):
        """What the HEALTHCHECK says, run inside."""
        check = ['/bin/sh', '-c', self.image.stage.healthcheck]
        return self.image.try_step(check).returncode == 0

    def visit(self, container):
        self.assertEqual(request('GET', container.url + '/').status, 200)
        self.assertEqual(request('GET', container.internal + '/readyz').status, 200)
        browser = Browser(container.url)
        self.assertIn('<form', browser.go_to_provider().text)
        self.assertEqual(browser.sign_in('alice').status, 200)

    def check_nobody_gained_anything(self, container):
        user = self.image.stage.values['USER'].partition(':')[0]
        for pid in container.processes():
            status = status_of(pid)
            self.assertEqual(status['Uid'].split(), [user] * 4)
            self.assertEqual({status[f'Cap{what}'].strip('0') for what in ('Eff', 'Prm', 'Bnd')},
                             {''})
            self.assertEqual(status['NoNewPrivs'], '1')
        for pid in container.processes()[1:]:
            self.assertEqual(status_of(pid)['Seccomp'], '2')

    def test_migrates_serves_and_stops(self):
        self.assertFalse(self.is_healthy(), 'something else answers')
        settings = {**must_haves(self.sim.url), **secret_ones()}
        self.migrate(settings)
        self.migrate(settings)
        container = self.start(settings)
        until = time.monotonic() + 10
        while not self.is_healthy() and time.monotonic() < until:
            time.sleep(0.1)
        self.assertTrue(self.is_healthy(), container.log()[-3000:])
        self.visit(container)
        self.check_nobody_gained_anything(container)
        self.assertNotIn('violation', container.log())
        self.assertEqual(container.stop(), 0)
        self.assertFalse(self.is_healthy())

    def test_as_the_manifests_run_it(self):
        """Their settings, their files for the secrets, readable by the group of the pod only."""
        manifests = kube_manifests.Manifests()
        keys = manifests.one('Secret')['stringData']
        with tempfile.TemporaryDirectory() as name:
            folder, values = pathlib.Path(name), secret_ones()
            for key in keys:
                (folder / key).write_text(values.get(key, ''), encoding='utf-8')
                (folder / key).chmod(0o440)
                os.chown(folder / key, 0, manifests.pod()['spec']['securityContext']['fsGroup'])
            folder.chmod(0o755)
            settings = {**manifests.settings(), **must_haves(self.sim.url)}
            self.migrate(settings, folder)
            container = self.start(settings, folder)
            self.visit(container)
            self.check_nobody_gained_anything(container)
            self.assertEqual(len(container.processes()), 1 + int(settings['WORKERS']))
            self.assertEqual(container.stop(), 0)


if __name__ == '__main__':
    unittest.main()
