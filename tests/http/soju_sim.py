"""A simulator of soju of a test's own: starts tests/sim/soju and gives it orders.

    soju = SojuSim()
    soju.env                                   # the settings of a portal that uses it
    soju.ask('user run alice network status')  # lines; Refused
    soju.control('network', user='alice', network='libera', state='disconnected', error='EOF')
    soju.state()['users']['alice']
    soju.stop()

With SojuSim.running(), the one of ./run.
"""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from patience import PATIENCE_S, wait_until
from stripe_sim import Answer, free_port

FOLDER = pathlib.Path(__file__).resolve().parent.parent / 'sim' / 'soju'


class Refused(Exception):
    """soju would not do it."""


class Cut(Exception):
    """The connection ended before the answer did; the argument is what came."""


class SojuSim:
    """Starts one; further settings by their names: SOJU_SIM_DATABASE_URL='…'."""

    def __init__(self, **settings):
        self.port, self.folder = free_port(), tempfile.mkdtemp(prefix='soju-sim-')
        self.socket = f'{self.folder}/admin'
        self.log = tempfile.NamedTemporaryFile(mode='w+', suffix='.log')
        env = {k: v for k, v in os.environ.items() if not k.startswith('SOJU_SIM_')}
        env.update(SOJU_SIM_PORT=str(self.port), SOJU_SIM_SOCKET=self.socket, **settings)
        self.process = subprocess.Popen([sys.executable, str(FOLDER)], env=env,
                                        stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        wait_until(self.is_ready, 'the start of the simulator of soju')

    @classmethod
    def running(cls):
        """The one that ./run has started, as its settings tell."""
        self = cls.__new__(cls)
        self.port, self.socket = int(os.environ['SOJU_SIM_PORT']), os.environ['SOJU_SIM_SOCKET']
        self.process = self.folder = None
        return self

    @property
    def env(self):
        return {'SOJU_ADMIN_SOCKET': self.socket,
                'SOJU_METRICS_URL': f'http://127.0.0.1:{self.port}/{{bouncer}}/metrics'}

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError('ended at once: ' + self.said())
        try:
            return self.get('/healthz').status == 200
        except OSError:
            return False

    def said(self):
        with open(self.log.name, encoding='utf-8', errors='replace') as f:
            return f.read()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=PATIENCE_S)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- HTTP ---

    def raw(self, method, path, body=None):
        link = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        try:
            link.request(method, path, body)
            return Answer(link.getresponse())
        finally:
            link.close()

    def get(self, path):
        return self.raw('GET', path)

    def control(self, order, **words):
        answer = self.raw('POST', '/control/' + order, json.dumps(words))
        if answer.status != 200:
            raise AssertionError(f'{order}: {answer.text}')

    def state(self):
        return self.get('/control').json()

    def metric(self, name, user=None):
        for line in self.get((f'/{user}' if user else '') + '/metrics').text.splitlines():
            if line.startswith(name + ' '):
                return float(line.split()[1])
        raise AssertionError(f'no {name}')

    # --- The socket ---

    def ask(self, line, timeout=PATIENCE_S):
        """The lines of one answer; the line is as soju splits it."""
        printed, raw = [], b''
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(timeout)
            admin.connect(self.socket)
            admin.sendall(f'BOUNCERSERV :{line}\r\n'.encode())
            for raw in admin.makefile('rb'):
                said = raw.decode('utf-8', 'replace').rstrip('\r\n').partition(' ')[2]
                if said.startswith('PRIVMSG * :') and raw.endswith(b'\n'):
                    printed.append(said.partition(' :')[2])
                elif said == 'BOUNCERSERV OK':
                    return printed
                elif said.startswith('FAIL BOUNCERSERV :'):
                    raise Refused(said.partition(' :')[2])
        raise Cut(raw)
