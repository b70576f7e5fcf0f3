"""The image, made by the Dockerfile's own steps: built, migrated, started and visited the way a
container runtime does it, though without one. Making it takes a minute, two the first time."""
import os
import pathlib
import secrets
import signal
import socket
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'http'))

# pylint: disable=wrong-import-position
import image
import kube_manifests
from client import Browser, request, sql
from instance import Process, Simulator
from patience import PATIENCE_S, wait_until

ADMIN = os.environ['ADMIN_DATABASE_URL']
DATABASE = 'portal_image_tests'
DATABASE_OF = {'portal': 'accounts', 'txt': 'txt', 'pics': 'pics'}
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


def tearDownModule():
    if MADE:
        sql(f'DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)', ADMIN)
        image.remove(MADE['image'].root)


def database_url():
    return urllib.parse.urlsplit(os.environ['DATABASE_URL'])._replace(path='/' + DATABASE).geturl()


def migrations_of(role):
    """Their names."""
    folder = image.ROOT / 'migrations' / DATABASE_OF[role]
    return sorted(p.name for p in folder.glob('*.sql'))


def make_database():
    sql(f'DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)', ADMIN)
    sql(f'CREATE DATABASE {DATABASE} OWNER portal TEMPLATE template0', ADMIN)


def must_haves(issuer):
    """The settings that have no default, but the secret ones."""
    return {'PUBLIC_URL': PUBLIC, 'OIDC_ISSUER': issuer, 'OIDC_CLIENT_ID': 'portal'}


def secret_ones():
    return {'DATABASE_URL': database_url(), 'SESSION_KEY': secrets.token_hex(32),
            'INTERNAL_SECRET': secrets.token_hex(32),
            'OIDC_CLIENT_SECRET': os.environ['OIDC_CLIENT_SECRET']}


class Container(Process):
    def __init__(self, settings, mounts=None):
        made = MADE['image']
        argv = made.container(made.stage.command, settings, mounts)
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
            return self.process.wait(timeout=PATIENCE_S)
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
        for role, database in DATABASE_OF.items():
            self.assertTrue((home / f'conf/site_{role}.conf').is_file(), role)
            there = sorted(p.name for p in (home / 'migrations' / database).glob('*.sql'))
            self.assertEqual(there, migrations_of(role))
        # Also what is a link to another role's.
        self.assertEqual(self.image.try_step(['sh', '-c', 'cat migrations/*/*.sql']).returncode, 0)
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

    def test_a_place_for_pictures(self):
        place = self.image.path('/var/lib/portal').stat()
        self.assertEqual(f'{place.st_uid}:{place.st_gid}', self.image.stage.values['USER'])

    def test_without_settings_it_says_what_is_missing(self):
        done = self.image.try_step(self.image.stage.command)
        self.assertEqual(done.returncode, 1)
        for name in ('PUBLIC_URL', 'DATABASE_URL', 'SESSION_KEY', 'OIDC_ISSUER'):
            self.assertIn(f'{name} is missing', done.stderr)


class Running(unittest.TestCase):
    def setUp(self):
        self.image = MADE['image']
        make_database()
        self.sim = Simulator(PORTS[0])
        self.addCleanup(self.sim.stop)

    def migrate(self, settings, mounts=None):
        done = image.run(self.image.container(['./portal', 'migrate'], settings, mounts),
                         timeout=60)
        applied = sql('SELECT name FROM schema_migrations ORDER BY name', database_url())
        role = settings.get('PORTAL_ROLE', 'portal')
        self.assertEqual([row[0] for row in applied], migrations_of(role), done)

    def start(self, settings, mounts=None):
        container = Container(settings, mounts)
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
        for pid in container.processes()[1:]:  # one may still start; the filter comes last
            wait_until(lambda pid=pid: status_of(pid)['Seccomp'] == '2', 'the filter')
        for pid in container.processes():
            status = status_of(pid)
            self.assertEqual(status['Uid'].split(), [user] * 4)
            self.assertEqual({status[f'Cap{what}'].strip('0') for what in ('Eff', 'Prm', 'Bnd')},
                             {''})
            self.assertEqual(status['NoNewPrivs'], '1')

    def test_migrates_serves_and_stops(self):
        self.assertFalse(self.is_healthy(), 'something else answers')
        settings = {**must_haves(self.sim.url), **secret_ones()}
        self.migrate(settings)
        self.migrate(settings)
        container = self.start(settings)
        wait_until(self.is_healthy, lambda: container.log()[-3000:], pause=0.1)
        self.visit(container)
        self.check_nobody_gained_anything(container)
        self.assertNotIn('violation', container.log())
        self.assertEqual(container.stop(), 0)
        self.assertFalse(self.is_healthy())

    def mounts_of(self, role, folder):
        """What the manifests mount: files of secrets readable by the group of the pod only, and for
        pics a volume that this group may write to. Made in the folder."""
        manifests, values = kube_manifests.manifests(), secret_ones()
        group = manifests.pod(role)['spec']['securityContext']['fsGroup']
        secret = folder / 'secrets'
        secret.mkdir(mode=0o755)
        for key in manifests.secrets(role):
            (secret / key).write_text(values.get(key, ''), encoding='utf-8')
            (secret / key).chmod(0o440)
            os.chown(secret / key, 0, group)
        mounts = {'/run/secrets/portal': secret}
        if role == 'pics':
            mounts['/var/lib/portal'] = folder / 'volume'
            mounts['/var/lib/portal'].mkdir()
            os.chown(folder / 'volume', 0, group)
            (folder / 'volume').chmod(0o2775)
        return mounts

    def start_as_manifests_do(self, role, folder):
        manifests = kube_manifests.manifests()
        settings = {**manifests.settings(role), **must_haves(self.sim.url)}
        mounts = self.mounts_of(role, folder)
        self.migrate(settings, mounts)
        return self.start(settings, mounts)

    def check_then_stop(self, container, role):
        """Once all of its workers are there."""
        workers = kube_manifests.manifests().settings(role)['WORKERS']
        self.assertEqual(len(container.processes()), 1 + int(workers))
        self.check_nobody_gained_anything(container)
        self.assertNotIn('violation', container.log())
        self.assertEqual(container.stop(), 0)

    def test_the_portal_as_the_manifests_run_it(self):
        with tempfile.TemporaryDirectory() as name:
            container = self.start_as_manifests_do('portal', pathlib.Path(name))
            self.visit(container)
            self.check_then_stop(container, 'portal')

    def test_txt_and_pics_as_the_manifests_run_them(self):
        for role in ('txt', 'pics'):
            with self.subTest(role), tempfile.TemporaryDirectory() as name:
                make_database()
                container = self.start_as_manifests_do(role, pathlib.Path(name))
                self.assertEqual(request('GET', container.internal + '/readyz').status, 200)
                browser = Browser(container.url)
                self.assertIn('<form', browser.go_to_provider().text)
                self.check_then_stop(container, role)


if __name__ == '__main__':
    unittest.main()
