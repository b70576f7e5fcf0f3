"""Start and stop of the program."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from client import request
from instance import Portal, free_port

PORTAL = os.environ['PORTAL_BIN']
NOBODY = 65534


class Process(unittest.TestCase):
    def test_is_ready_soon_and_ends_at_once(self):
        portal = Portal()
        self.assertLess(portal.ready_after, 15)
        begun = time.monotonic()
        self.assertEqual(portal.stop(), 0)
        self.assertLess(time.monotonic() - begun, 9, 'it waits for the 10 s of its limit')

    def test_one_worker_is_enough(self):
        portal = Portal(WORKERS='1')
        self.addCleanup(portal.stop)
        for _ in range(5):
            self.assertEqual(request('GET', portal.url + '/').status, 200)

    def test_can_be_stopped_while_it_starts(self):
        """Kore's workers forget a signal that comes before they are up."""
        for _ in range(5):
            self.assertEqual(Portal().stop(), 0)

    def test_an_idle_connection_ends_without_an_answer(self):
        """An answer that nobody asked for would be taken for that of the next request."""
        portal = Portal()
        self.addCleanup(portal.stop)
        parts = urllib.parse.urlsplit(portal.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as s:
            s.sendall(b'GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n')
            self.assertIn(b'200 OK', s.recv(65536))
            self.assertEqual(s.recv(65536), b'')

    def test_half_a_request_is_cut(self):
        portal = Portal()
        self.addCleanup(portal.stop)
        parts = urllib.parse.urlsplit(portal.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as s:
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n')
            self.assertRegex(s.recv(65536), rb'^(HTTP/1.1 408 |$)')


class StartErrors(unittest.TestCase):
    """What keeps it from starting is told in a sentence of ours that names the setting."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.settings = {
            'PUBLIC_BIND': f'127.0.0.1:{free_port()}', 'INTERNAL_BIND': f'127.0.0.1:{free_port()}',
            'RUN_DIR': self.folder}

    def refused(self, *sentences, **changes):
        """It says these, a line each, and ends."""
        run = subprocess.run(
            [PORTAL, '-fnr'], env={**os.environ, **self.settings, **changes}, text=True,
            capture_output=True, check=False, timeout=60)
        err = run.stderr
        self.assertEqual((run.returncode, run.stdout), (1, ''), err)
        lines = err.removeprefix('portal: ').splitlines()
        self.assertEqual(len(lines), len(sentences), err)
        for line, sentence in zip(lines, sentences):
            self.assertRegex(line, sentence)
            self.assertTrue(line.endswith('.'), line)

    def test_a_port_that_is_taken(self):
        with socket.create_server(('127.0.0.1', 0)) as other:
            port = other.getsockname()[1]
            for name in ('PUBLIC_BIND', 'INTERNAL_BIND'):
                self.refused(f'^{name}: cannot listen at 127.0.0.1:{port}: another program',
                             **{name: f'127.0.0.1:{port}'})
            self.refused(f'^PUBLIC_BIND: .*:{port}: another', PUBLIC_BIND=f'0.0.0.0:{port}')

    def test_one_port_for_both(self):
        port = free_port()
        for public, internal in (('127.0.0.1', '127.0.0.1'), ('0.0.0.0', '127.0.0.1')):
            self.refused('^INTERNAL_BIND: .*: PUBLIC_BIND has that port',
                         PUBLIC_BIND=f'{public}:{port}', INTERNAL_BIND=f'{internal}:{port}')

    def test_an_address_of_another_machine(self):
        self.refused('^PUBLIC_BIND: cannot listen at 192.0.2.1:80: it is no address of this',
                     PUBLIC_BIND='192.0.2.1:80')
        self.refused(r'^INTERNAL_BIND: cannot listen at \[2001:db8::1\]:80: ',
                     INTERNAL_BIND='[2001:db8::1]:80')

    def test_all_mistakes_at_once(self):
        self.refused('^PORTAL_HOME ', '^RUN_DIR ', '^PUBLIC_BIND: ', '^INTERNAL_BIND: ',
                     PORTAL_HOME='/nonexistent', RUN_DIR='/nonexistent',
                     PUBLIC_BIND='192.0.2.1:80', INTERNAL_BIND='192.0.2.1:81')

    def test_the_folder_of_the_process_id(self):
        gone = self.folder + '/gone'
        self.refused(f'^RUN_DIR must be .*{gone}/portal.pid cannot be written: No such file',
                     RUN_DIR=gone)
        os.mkdir(gone)
        os.mkdir(gone + '/portal.pid')
        self.refused('^RUN_DIR must be .*: Is a directory', RUN_DIR=gone)
        self.refused('^RUN_DIR must be .*: Not a directory', RUN_DIR='/etc/passwd')
        self.refused('^RUN_DIR must be .*: No such file|^RUN_DIR must be .*: Permission',
                     RUN_DIR='/proc')

    @unittest.skipUnless(os.geteuid() == 0, 'only root may become somebody who may less')
    def test_what_this_user_may_not(self):
        """A copy of what the portal reads, as whoever runs the tests may keep it to himself."""
        own = tempfile.TemporaryDirectory(dir='/tmp')
        self.addCleanup(own.cleanup)
        os.chmod(own.name, 0o755)
        program = shutil.copy(PORTAL, own.name)
        for part in ('conf', 'migrations'):
            shutil.copytree(part, f'{own.name}/{part}')
        for name in ('KUBERNETES_TOKEN_FILE', 'KUBERNETES_CA_FILE', 'KUBERNETES_API_URL'):
            self.settings[name] = ''
        self.settings['BOUNCER_PROVISIONER'] = 'none'
        os.chmod(self.folder, 0o755)
        settings = {**os.environ, **self.settings, 'PORTAL_HOME': own.name}
        run = subprocess.run([program, '-fnr'], env=settings, user=NOBODY, capture_output=True,
                             text=True, check=False, timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, '^portal: RUN_DIR must .*: Permission denied.\n$')

    def test_what_is_applied_for_a_bouncer(self):
        self.refused('^BOUNCER_MANIFESTS must name what is applied .*README.md: .* is no JSON',
                     BOUNCER_MANIFESTS='README.md', BOUNCER_PROVISIONER='kubernetes')

    def test_the_folder_with_conf(self):
        self.refused('^PORTAL_HOME must name .* /nonexistent/conf/common.conf cannot be read: No',
                     PORTAL_HOME='/nonexistent')
        os.mkdir(self.folder + '/conf')
        for name, missing in (('common', 'conf/site_portal'), ('site_portal', 'migrations')):
            shutil.copy(f'conf/{name}.conf', self.folder + '/conf')
            self.refused(f'^PORTAL_HOME .* {self.folder}/{missing}', PORTAL_HOME=self.folder)

    def test_a_temporary_folder_that_takes_nothing(self):
        """By relative paths: the checkout itself may be below /tmp."""
        read_only = ('unshare', '-m', 'sh', '-c',
                     'mount -t tmpfs -o ro tmpfs /tmp || exit 77; exec "$0" "$@"')
        if subprocess.run([*read_only, 'true'], check=False, capture_output=True).returncode:
            self.skipTest('this user may not mount a folder of his own')
        run = subprocess.run([*read_only, os.path.relpath(PORTAL), '-fnr'], text=True, check=False,
                             env={**os.environ, **self.settings, 'RUN_DIR': '/dev/shm'},
                             capture_output=True, timeout=60)
        self.assertEqual((run.returncode, run.stdout), (1, ''), run.stderr)
        self.assertRegex(run.stderr, r'^portal: /tmp must be .*: Read-only file system\.\n$')

    def test_what_was_there_stays(self):
        path = self.folder + '/portal.pid'
        with open(path, 'w', encoding='ascii') as f:
            f.write('1\n')
        self.refused('^PUBLIC_BIND', PUBLIC_BIND='192.0.2.1:80')
        with open(path, encoding='ascii') as f:
            self.assertEqual(f.read(), '1\n')
        os.unlink(path)
        self.refused('^PUBLIC_BIND', PUBLIC_BIND='192.0.2.1:80')
        self.assertEqual(os.listdir(self.folder), [])


class CommandLine(unittest.TestCase):
    @staticmethod
    def run_it(*words):
        """Without any setting: none of these needs one."""
        run = subprocess.run([PORTAL, *words], env={}, capture_output=True, text=True,
                             check=False, timeout=60)
        return run.returncode, run.stdout, run.stderr

    def test_help(self):
        status, out, err = self.run_it('--help')
        self.assertEqual((status, err), (0, ''))
        for word in ('migrate', 'doctor', 'version', 'help', '-f', '-n', '-r', '-q', 'PORTAL_ROLE',
                     'conf/env.example', '--database accounts'):
            self.assertIn(word, out)
        for line in out.splitlines():
            self.assertLessEqual(len(line), 90)
        for words in (['-h'], ['help'], ['-fnr', '--help']):
            self.assertEqual(self.run_it(*words), (0, out, ''))

    def test_version(self):
        with open('CHANGELOG.md', encoding='utf-8') as f:
            newest = re.search(r'(?m)^## (\S+)', f.read()).group(1)
        for words in (['version'], ['--version'], ['-v']):
            self.assertEqual(self.run_it(*words), (0, f'portal {newest}\n', ''))

    def test_what_there_is_not(self):
        for words, what in ((['migrat'], 'subcommand "migrat"'), (['-x'], 'option "-x"'),
                            (['-fnr', 'x y'], 'subcommand "x y"'), ([''], 'subcommand ""'),
                            (['--port', '80'], 'option "--port"'), (['-'], 'option "-"'),
                            (['-fnrz'], 'option "-fnrz"')):
            self.assertEqual(self.run_it(*words), (
                1, '', f'portal: there is no {what}; portal help lists what there is\n'))

    def test_words_after_a_subcommand(self):
        for words in (['version', 'x'], ['doctor', 'x'], ['migrate', 'x'], ['migrate', '--x', 'y']):
            status, out, err = self.run_it(*words)
            self.assertEqual((status, out), (1, ''))
            self.assertIn(f'usage: portal {words[0]}', err)


if __name__ == '__main__':
    unittest.main()
