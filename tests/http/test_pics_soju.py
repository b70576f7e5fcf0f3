"""conf/nginx-soju.conf.example between soju and pics: chunks become pictures; the real soju, too."""
import contextlib
import base64
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

from client import request, sql
from front import NGINX, ROOT
from instance import free_port
from patience import PATIENCE_S, wait_until
from pics_service import ID, Pics
from pictures import noise, png

sys.path.insert(0, str(ROOT / 'tests/soju'))
import world  # noqa: E402

SOJU = ROOT / 'build/soju/soju'
LONG = 400 * 1024  # more than pics keeps in memory


class Between:
    """nginx as the example has it, in front of the internal address of a pics."""

    def __init__(self, pics):
        port = free_port()
        self.url = f'http://127.0.0.1:{port}'
        self.folder = tempfile.TemporaryDirectory()
        places = ''.join(f'{kind}_temp_path {self.folder.name}/{kind};\n'
                         for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        text = (ROOT / 'conf/nginx-soju.conf.example').read_text(encoding='utf-8')
        for old, new in (('listen 127.0.0.1:8083', f'listen 127.0.0.1:{port}'),
                         ('127.0.0.1:9092', urllib.parse.urlsplit(pics.internal).netloc),
                         ('/run/nginx-soju.pid', f'{self.folder.name}/pid'),
                         ('/var/log/nginx/error-soju.log', f'{self.folder.name}/error.log'),
                         ('http {\n', 'http {\n' + places)):
            assert old in text, old
            text = text.replace(old, new)
        conf = pathlib.Path(self.folder.name) / 'nginx.conf'
        conf.write_text(text, encoding='utf-8')
        os.chmod(self.folder.name, 0o755)
        self.process = subprocess.Popen(
            [NGINX, '-p', self.folder.name, '-c', str(conf), '-g', 'daemon off;'],
            stdin=subprocess.DEVNULL)
        wait_for(self.url + '/')

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)
        self.folder.cleanup()


def wait_for(url):
    def answer():
        with contextlib.suppress(OSError):
            return request('GET', url, timeout=5)

    return wait_until(answer, url)


@unittest.skipUnless(NGINX, 'nginx is not installed')
class Chunks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pics = Pics()
        cls.addClassCleanup(cls.pics.stop)
        cls.nginx = Between(cls.pics)
        cls.addClassCleanup(cls.nginx.stop)
        cls.path = cls.pics.run('upload-url', 'alice').stdout.strip()

    def test_a_picture_in_chunks(self):
        for data in (png(), noise(400, 400)):
            # http.client sends an iterable in chunks, as Go does with a reader.
            answer = request('POST', self.nginx.url + self.path,
                             {'soju-username': 'alice', 'content-type': 'image/png'},
                             (data[i:i + 4096] for i in range(0, len(data), 4096)))
            self.assertEqual(answer.status, 201, answer.text)
            self.assertRegex(answer.header('location'), f'^{self.pics.url}/{ID}[.]png$')
            self.assertEqual(request('GET', answer.header('location')).status, 200)
        self.assertGreater(len(data), LONG)

    def test_nothing_else_gets_through(self):
        for method, path, status in (
                ('GET', self.path, 403), ('GET', '/metrics', 404), ('GET', '/api/usage/alice', 404),
                ('POST', '/', 404), ('POST', '/soju/alice/x', 404), ('DELETE', self.path, 403),
                ('POST', '/soju/../metrics', 404), ('POST', '/soju/%2e%2e/metrics', 404),
                ('POST', '/sojux', 404)):
            answer = request(method, self.nginx.url + path, {'soju-username': 'alice'})
            self.assertEqual(answer.status, status, (method, path))

    def test_pics_takes_no_chunks_itself(self):
        answer = request('POST', self.pics.internal + self.path, {'soju-username': 'alice'},
                         iter([png()]))
        self.assertEqual(answer.status, 411)


@unittest.skipUnless(NGINX, 'nginx is not installed')
class RealSoju(unittest.TestCase):
    """A client sends a picture to its bouncer and gets the address in pics."""

    @classmethod
    def setUpClass(cls):
        built = subprocess.run([ROOT / 'tests/soju/build'], capture_output=True, text=True,
                               check=False)
        if built.returncode == 77:
            raise unittest.SkipTest(built.stderr.strip())
        assert built.returncode == 0, built.stderr
        cls.pics = Pics()
        cls.addClassCleanup(cls.pics.stop)
        cls.nginx = Between(cls.pics)
        cls.addClassCleanup(cls.nginx.stop)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.start_soju()

    @classmethod
    def start_soju(cls):
        admin_url, name = os.environ['ADMIN_DATABASE_URL'], cls.pics.name + '_soju'
        sql(f'CREATE DATABASE {name} TEMPLATE template0', admin_url)
        cls.addClassCleanup(sql, f'DROP DATABASE {name} WITH (FORCE)', admin_url)
        http, admin = free_port(), cls.folder.name + '/admin'
        words = world.url_for_soju(admin_url, name)
        target = cls.nginx.url + cls.pics.run('upload-url', 'alice').stdout.strip()
        conf = pathlib.Path(cls.folder.name) / 'soju.conf'
        conf.write_text(
            f'hostname bouncer.irc.test\nlisten http+insecure://127.0.0.1:{http}\n'
            f'listen unix+admin://{admin}\ndb postgres "{words}"\nmessage-store db\n'
            f'file-upload http {target}\n', encoding='utf-8')
        log = open(cls.folder.name + '/log', 'wb')
        cls.addClassCleanup(log.close)
        process = subprocess.Popen([SOJU, '-config', conf], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        cls.soju = f'http://127.0.0.1:{http}'
        wait_for(cls.soju + '/')
        for name in ('alice', 'nobody'):
            world.bouncerserv(admin, 'user', 'create', '-username', name, '-password', 'pass')

    def upload(self, data, user='alice', kind='image/png', name='lab.png'):
        login = base64.b64encode(f'{user}:pass'.encode()).decode()
        return request('POST', self.soju + '/uploads', {
            'authorization': 'Basic ' + login, 'content-type': kind,
            'content-disposition': f'attachment; filename="{name}"'}, data)

    def test_an_upload_of_a_client(self):
        before = self.pics.usage('alice')['image_count']
        for data in (png(), noise(400, 400)):
            answer = self.upload(data)
            self.assertEqual(answer.status, 201, answer.text)
            location = answer.header('location')
            self.assertRegex(location, f'{self.pics.url}/{ID}[.]png$')
            self.assertEqual(request('GET', location[location.index('http'):]).status, 200)
        self.assertEqual(self.pics.usage('alice')['image_count'], before + 2)

    def test_the_client_reads_why_not(self):
        answer = self.upload(b'some words', kind='text/plain', name='../../x.txt')
        self.assertEqual(answer.status, 400, answer.text)
        self.assertIn('picture', answer.text)
        answer = self.upload(png(), user='nobody')
        self.assertEqual(answer.status, 403)
        self.assertIn('No account here belongs to this user', answer.text)


if __name__ == '__main__':
    unittest.main()
