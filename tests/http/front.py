"""conf/nginx.conf.example in front of a portal and its provider; run as a program it prints its
address and lives until its input ends."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

from client import request
from instance import Portal, Simulator, free_port
from patience import PATIENCE_S

ROOT = pathlib.Path(__file__).resolve().parents[2]
NGINX = shutil.which('nginx', path=os.environ['PATH'] + ':/usr/sbin')
SKIPPED = 77


class Nginx:
    """The example, with ports and files of its own; `changes` are (old, new) texts. It leads to
    `upstream`; `others` are where txt and pics are."""

    def __init__(self, upstream, port, changes=(), others=()):
        self.url = f'http://127.0.0.1:{port}'
        self.folder = tempfile.TemporaryDirectory()
        text = (ROOT / 'conf/nginx.conf.example').read_text(encoding='utf-8')
        places = ''.join(f'{kind}_temp_path {self.folder.name}/{kind};\n'
                         for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        for old, new in [
                ('127.0.0.1:8000', f'127.0.0.1:{port}'), ('127.0.0.1:8080', upstream),
                *zip(('127.0.0.1:8081', '127.0.0.1:8082'), others),
                ('/run/nginx.pid', f'{self.folder.name}/pid'),
                ('/var/log/nginx/error.log', f'{self.folder.name}/error.log'),
                ('http {\n', 'http {\n' + places), *changes]:
            assert old in text, f'the example has no {old!r}'
            text = text.replace(old, new)
        conf = pathlib.Path(self.folder.name) / 'nginx.conf'
        conf.write_text(text, encoding='utf-8')
        # As root, its workers are of another user who must be able to look into the folder.
        os.chmod(self.folder.name, 0o755)
        self.process = subprocess.Popen(
            [NGINX, '-p', self.folder.name, '-c', str(conf), '-g', 'daemon off;'],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.wait()

    def wait(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(self.process.stderr.read())
            try:
                request('GET', self.url + '/robots.txt', timeout=1)
                return
            except OSError:
                time.sleep(0.02)
        self.stop()
        raise AssertionError('nginx never answered')

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stderr.close()
        self.folder.cleanup()


class Front:
    """A portal that the browser knows by nginx's address, with a provider that sends back there."""

    def __init__(self, changes=(), **settings):
        port, portal_port = free_port(), free_port()
        self.url = f'http://127.0.0.1:{port}'
        self.parts = [Simulator(port)]
        path = urllib.parse.urlsplit(os.environ['OIDC_ISSUER']).path
        try:
            self.parts.append(Portal(portal_port, PUBLIC_URL=self.url, TRUSTED_PROXIES='127.0.0.1',
                                     OIDC_ISSUER=self.parts[0].url + path, **settings))
            self.parts.append(Nginx(f'127.0.0.1:{portal_port}', port, changes))
        except BaseException:
            self.stop()
            raise

    def stop(self):
        while self.parts:
            self.parts.pop().stop()


def main():
    if NGINX is None:
        sys.exit(SKIPPED)
    front = Front()
    print(front.url, flush=True)
    sys.stdin.read()
    front.stop()


if __name__ == '__main__':
    main()
