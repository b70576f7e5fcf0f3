"""Processes of a test's own: portal, simulator, Postgres, a way to the database that can be cut."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

from client import request, sql
from patience import PATIENCE_S
from ports import free_port


NOGROUP = 65534


def home_with(folder, **limits):
    """Makes the folder a PORTAL_HOME whose conf/common.conf has other limits; its path."""
    here, home = pathlib.Path(os.environ.get('PORTAL_HOME', '.')).resolve(), pathlib.Path(folder)
    for part in ('templates', 'migrations'):
        (home / part).symlink_to(here / part)
    shutil.copytree(here / 'conf', home / 'conf')
    text = (home / 'conf/common.conf').read_text(encoding='utf-8')
    for name, value in limits.items():
        text, n = re.subn(rf'(?m)^{name}\s.*$', f'{name} {value}', text)
        text += '' if n else f'{name} {value}\n'
    (home / 'conf/common.conf').write_text(text, encoding='utf-8')
    return str(home)


class Process:
    """Started with changed settings; its log is kept for the test to read."""

    def __init__(self, argv, settings, health):
        self.log_file = tempfile.NamedTemporaryFile(mode='w+', suffix='.log')
        self.started = time.monotonic()
        self.process = self.popen(
            argv, env={**os.environ, **settings}, stdin=subprocess.DEVNULL,
            stdout=self.log_file, stderr=subprocess.STDOUT, start_new_session=True)
        self.wait_for(health)

    def popen(self, argv, **options):
        return subprocess.Popen(argv, **options)

    def wait_for(self, health):
        while time.monotonic() - self.started < PATIENCE_S:
            if self.process.poll() is not None:
                raise AssertionError(f'ended at once: {self.log()[-2000:]}')
            try:
                if request('GET', health, timeout=5).status == 200:
                    self.ready_after = time.monotonic() - self.started
                    return
            except OSError:
                pass
            time.sleep(0.005)
        self.stop()
        raise AssertionError(f'never answered: {self.log()[-2000:]}')

    def log(self):
        with open(self.log_file.name, encoding='utf-8', errors='replace') as f:
            return f.read()

    def stop(self):
        """Asks it to end; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait()


def readable_copy(folder):
    """Makes the folder a home that every user can read, with the program; the settings for it."""
    here, folder = pathlib.Path(os.environ.get('PORTAL_HOME', '.')).resolve(), pathlib.Path(folder)
    folder.chmod(0o755)
    for part in ('conf', 'migrations'):
        shutil.copytree(here / part, folder / part)
    shutil.copy(os.environ['PORTAL_BIN'], folder / 'portal')
    settings = {'PORTAL_HOME': str(folder), 'PORTAL_BIN': str(folder / 'portal')}
    for name in ('KUBERNETES_TOKEN_FILE', 'KUBERNETES_CA_FILE'):
        settings[name] = shutil.copy(os.environ[name], folder / name)
        os.chmod(settings[name], 0o644)
    return settings


class Portal(Process):
    """As another user than ours, it needs a home that this user can read."""

    def __init__(self, port=None, options='-fnr', user=None, **settings):
        public, internal = port or free_port(), free_port()
        self.url = f'http://127.0.0.1:{public}'
        self.internal = f'http://127.0.0.1:{internal}'
        self.folder = tempfile.TemporaryDirectory()
        self.user = user
        if user is not None:
            shutil.chown(self.folder.name, user)
        super().__init__(
            [settings.pop('PORTAL_BIN', os.environ['PORTAL_BIN']), options],
            {'PUBLIC_URL': self.url, 'PUBLIC_BIND': f'127.0.0.1:{public}',
             'INTERNAL_BIND': f'127.0.0.1:{internal}', 'RUN_DIR': self.folder.name, **settings},
            self.internal + '/healthz')

    def workers(self):
        """Their process ids."""
        pid = self.process.pid
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as f:
            return [int(x) for x in f.read().split()]

    def has_lost_workers(self):
        """Kore's word for one that died."""
        return '(hdlr: ' in self.log()

    def popen(self, argv, **options):
        if self.user is not None:
            options.update(user=self.user, group=NOGROUP, extra_groups=[], cwd='/')
        return super().popen(argv, **options)


class Simulator(Process):
    def __init__(self, portal_port):
        port = free_port()
        self.url = f'http://127.0.0.1:{port}'
        self.folder = tempfile.TemporaryDirectory()
        super().__init__(
            [os.environ.get('SIM_BIN', 'tests/sim/sim'), '-fnr'],
            {'SIM_PORT': str(port), 'SIM_TLS_PORT': '',
             'SIM_PIDFILE': self.folder.name + '/sim.pid',
             'SIM_REDIRECT_URIS': f'http://127.0.0.1:{portal_port}/auth/callback',
             'SIM_POST_LOGOUT_URIS': f'http://127.0.0.1:{portal_port}/',
             'SIM_BACKCHANNEL_URI': f'http://127.0.0.1:{portal_port}/auth/backchannel'},
            self.url + '/healthz')


class Postgres:
    """A cluster of its own with a migrated database, which can be stopped and started."""

    BIN = pathlib.Path('/usr/lib/postgresql/15/bin')
    USER = {'user': 'postgres', 'group': 'postgres', 'extra_groups': []} if os.getuid() == 0 else {}

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.data = self.folder.name + '/data'
        self.port = free_port()
        self.admin_url = f'postgresql://postgres@127.0.0.1:{self.port}/postgres'
        self.url = f'postgresql://postgres@127.0.0.1:{self.port}/accounts'
        if self.USER:
            shutil.chown(self.folder.name, self.USER['user'])
        self.run('initdb', '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync',
                 '--auth=trust')
        self.start()
        self.psql('CREATE DATABASE accounts', self.admin_url)
        subprocess.run([os.environ['PORTAL_BIN'], 'migrate'], check=True, capture_output=True,
                       env={**os.environ, 'DATABASE_URL': self.url,
                            'DATABASE_DIRECT_URL': self.url})

    def run(self, program, *arguments):
        with open(self.folder.name + '/output', 'a+', encoding='utf-8') as out:
            run = subprocess.run(
                [self.BIN / program, '-D', self.data, *arguments], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, check=False, cwd='/', **self.USER)
            if run.returncode != 0:
                out.seek(0)
                raise AssertionError(f'{program}: {out.read()[-2000:]}')

    def start(self):
        """Returns when it takes connections."""
        self.run('pg_ctl', 'start', '-w', '-l', self.data + '/log.txt', '-o',
                 f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
                 ' -c fsync=off')

    def stop(self, mode='fast'):
        self.run('pg_ctl', 'stop', '-w', '-m', mode)

    def psql(self, statement, url=None):
        """As client.sql()."""
        return sql(statement, url or self.url)


class Wire:
    """A way from a port of its own to a server, which can be cut, made silent and mended.

    `delay` is how many seconds it takes longer.
    """

    delay = 0.0

    def __init__(self, host, port):
        self.target = (host, port)
        self.port = free_port()
        self.pairs = []
        self.is_silent = False
        self.server = None
        self.mend()

    def mend(self):
        self.is_silent = False
        if self.server is None:
            self.server = socket.create_server(('127.0.0.1', self.port))
            threading.Thread(target=self.accept, args=(self.server,), daemon=True).start()

    def accept(self, server):
        while True:
            try:
                here, _ = server.accept()
                there = socket.create_connection(self.target)
            except OSError:
                return
            self.pairs.append((here, there))
            for a, b in ((here, there), (there, here)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, a, b):
        try:
            while data := a.recv(65536):
                time.sleep(self.delay)
                while self.is_silent:
                    time.sleep(0.02)
                self.see(a, b)
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def see(self, a, b):
        """Called before each piece goes from a to b."""

    def cut(self):
        """Ends all connections and refuses new ones."""
        if self.server is not None:
            # Linux wakes accept() on shutdown, not on close.
            self.server.shutdown(socket.SHUT_RDWR)
            self.server.close()
            self.server = None
        for pair in self.pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                s.close()
        self.pairs = []

    def silence(self):
        """Keeps connections open and lets nothing through."""
        self.is_silent = True


def through(url, wire):
    """The database URL, by way of the wire."""
    parts = urllib.parse.urlsplit(url)
    user = parts.netloc.rpartition('@')[0]
    return parts._replace(netloc=f'{user}@127.0.0.1:{wire.port}').geturl()
