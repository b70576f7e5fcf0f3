"""The portal's words to soju, held against the real one: quoting, all that is asked, both ways in, and
what it says when a network cannot be reached. Then against a simulated one that breaks off.

tests/soju/build gets the real one; without it those tests are skipped, but not with CI=true."""
import contextlib
import functools
import itertools
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from patience import wait_until
from soju_sim import SojuSim
from stripe_sim import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests' / 'soju'))
import world  # noqa: E402

LOGIN, PASSWORD = 'portal_admin', 'a b"\'\\ ü:x'
# The longest that soju takes is among them.
NASTY = ['it\'s "a" \\ pä ss', '\\', '"', "'", ' ', '\t x ', '\\"', '$(x) `y` ;', '-x', '--', '%s',
         '\u00a0', '\u2028', '\u0085', 'x' * 72, '日本', '\x01ACTION\x01', '🎉 "']


@functools.cache
def tool():
    """The program that goes in by the portal's own door."""
    done = subprocess.run(['make', '-s', '--no-print-directory', 'soju-tools'], cwd=ROOT, text=True,
                          capture_output=True, check=False, timeout=600)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    variant = next((v for v in ('san', 'cov', 'fast') if os.environ.get(v.upper())), 'plain')
    return str(ROOT / 'build' / variant / 'soju' / 'door')


class Door:
    def __init__(self, address, *options):
        self.argv = [tool(), address, *options]

    def go(self, *words, user=None):
        """The word of the error, why, and the lines."""
        return self.go_many([words], user)[0]

    def go_many(self, things, user=None):
        """The same of each, all in one visit: each way in but the socket costs soju a password."""
        argv = self.argv + ([f'user={user}'] if user else []) + list(things[0])
        for words in things[1:]:
            argv += ['\x1e', *words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f'{argv}: {done.returncode} {done.stderr}')
        return [self.read(part) for part in done.stdout.split('\x1e\n')]

    @staticmethod
    def read(printed):
        # Not splitlines(): it knows ends of lines that a name may hold.
        lines = printed.split('\n')[:-1]
        error, _, why = lines[0].partition('\t')
        return error, why, lines[1:]


# --- The real one ---

CONFIG = '''hostname bouncer.irc.test
listen irc+insecure://127.0.0.1:{port}
listen ircs://127.0.0.1:{tls_port}
tls {cert} {key}
listen unix+admin://{folder}/admin
db postgres "{database}"
message-store db
'''


class RealSoju:
    """A soju with a database of its own, and a network to go to."""

    def __init__(self, binary, admin_url):
        self.stack = contextlib.ExitStack()
        try:
            self.start(binary, admin_url)
        except BaseException:
            self.stack.close()
            raise

    def start(self, binary, admin_url):
        self.folder = tempfile.mkdtemp(prefix='soju-door-')
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)
        name = f'soju_door_{os.getpid()}'
        world.create_database(admin_url, name)
        self.stack.callback(world.drop_database, admin_url, name)
        self.irc_port, self.port, self.tls_port = free_port(), free_port(), free_port()
        self.write('ngircd.conf', world.NGIRCD.format(name='harbour', port=self.irc_port))
        self.spawn(shutil.which('ngircd') or '/usr/sbin/ngircd', '-n', '-f', 'ngircd.conf')
        subprocess.run([str(ROOT / 'tests' / 'sim' / 'certs'), self.folder], check=True,
                       capture_output=True)
        words = world.url_for_soju(admin_url, name).replace('\\', '\\\\').replace('"', '\\"')
        self.write('soju.conf', CONFIG.format(
            port=self.port, tls_port=self.tls_port, cert=self.folder + '/server.crt',
            key=self.folder + '/server.key', folder=self.folder, database=words))
        self.spawn(binary, '-config', 'soju.conf')
        self.path = self.folder + '/admin'
        wait_until(lambda: os.path.exists(self.path) and world.answers(self.port) and
                   world.answers(self.irc_port), 'the start of soju')
        world.bouncerserv(self.path, 'user', 'create', '-username', LOGIN, '-password', PASSWORD,
                          '-admin')

    def write(self, name, text):
        pathlib.Path(self.folder, name).write_text(text, encoding='utf-8')

    def spawn(self, *argv):
        process = subprocess.Popen(argv, cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.stack.callback(process.wait, 15)
        self.stack.callback(process.terminate)


def each_way(test):
    """Does the test by the socket, by IRC and by TLS; alice is not there when it begins."""
    @functools.wraps(test)
    def by_each(self):
        for way, self.door in self.doors.items():
            with self.subTest(way=way):
                self.go('drop_user')
                test(self, way)
    return by_each


class TestRealSoju(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        built = subprocess.run([str(ROOT / 'tests' / 'soju' / 'build')], capture_output=True,
                               text=True, check=False)
        if built.returncode == 77:
            raise unittest.SkipTest(built.stderr.strip())
        if built.returncode != 0 or 'ADMIN_DATABASE_URL' not in os.environ:
            raise AssertionError(built.stderr + ' ADMIN_DATABASE_URL is needed')
        cls.soju = RealSoju(str(ROOT / 'build' / 'soju' / 'soju'), os.environ['ADMIN_DATABASE_URL'])
        cls.addClassCleanup(cls.soju.stack.close)
        login = (f'login={LOGIN}', f'password={PASSWORD}')
        cls.doors = {
            'socket': Door(cls.soju.path),
            'irc': Door(f'irc+insecure://127.0.0.1:{cls.soju.port}', *login),
            'tls': Door(f'ircs://127.0.0.1:{cls.soju.tls_port}', *login,
                        f'ca={cls.soju.folder}/ca.crt'),
        }

    def go(self, *words, is_='ok', why='', user='alice'):
        error, reason, lines = self.door.go(*words, user=user)
        self.assertEqual(error, is_, (words, reason))
        self.assertIn(why, reason)
        return lines

    def go_all(self, things):
        for words, (error, reason, _) in zip(things, self.door.go_many(things, user='alice'),
                                             strict=True):
            self.assertEqual(error, 'ok', (words, reason))

    def status(self):
        """{name: (address, state, channels, sentence)}"""
        return {parts[0]: tuple(parts[1:]) for parts in
                (line.split('\t') for line in self.go('status'))}

    @each_way
    def test_users(self, _):
        self.go('status', is_='not_found')
        self.go('set_enabled', 'true', is_='not_found')
        self.go('drop_user')
        self.go('make_user', '2')
        self.go('make_user', '2')
        self.go('set_max_networks', '1')
        self.go('set_password', 'x' * 73, is_='invalid', why='72 bytes')
        self.go('set_password', '', is_='invalid')
        self.go('set_password', 'a\nb', is_='invalid')
        self.go('set_enabled', 'false')
        self.go('set_enabled', 'true')
        self.go('set_enabled', 'true', user='-alice', is_='invalid')
        self.go('notice', 'a "quoted" \\ notice')
        self.assertEqual(self.status(), {})

    @each_way
    def test_passwords_are_the_ones_that_were_meant(self, _):
        self.go('make_user', '-1')
        for password in NASTY:
            self.go('set_password', password)
            self.assertEqual(self.log_in(password), 'ok', password)
        self.assertEqual(self.log_in('y' + NASTY[-1]), 'forbidden')

    def log_in(self, password):
        return Door(f'irc+insecure://127.0.0.1:{self.soju.port}', 'login=alice',
                    f'password={password}').go('run', 'network', 'status')[0]

    @each_way
    def test_names_come_back_as_they_were(self, _):
        names = [name for name in NASTY if not name.startswith('-') and len(name) < 40] + \
            ['a [connected]', 'b (c) [disabled]', 'c [connected]: 2 channels', 'd: e']
        names = [name for name in names if not any(c < ' ' or '\x7f' <= c < '\xa0' or
                                                    c == '\u2028' for c in name)]
        self.go('make_user', '-1')
        self.go_all([('add_network', f'name={name}', f'nick=a{i}', 'enabled=false',
                      'address=ircs://irc.example.org:6697', f'pass={name}', f'realname={name}')
                     for i, name in enumerate(names)])
        self.assertEqual(set(self.status()), set(names))
        self.go_all([('drop_network', name) for name in names])
        self.assertEqual(self.status(), {})

    @each_way
    def test_networks(self, way):
        here = f'address=irc+insecure://127.0.0.1:{self.soju.irc_port}'
        dead = f'irc+insecure://127.0.0.1:{free_port()}'
        self.go('make_user', '2')
        self.go('add_network', 'name=harbour', here, f'nick={way}', 'channels=#a, #b')
        self.go('add_network', 'name=harbour', here, 'nick=x', is_='conflict')
        self.go('add_network', 'name=other', here, f'nick={way}', is_='conflict')
        self.go('add_network', 'name=dead', f'address={dead}', 'sasl_login=-u',
                'sasl_password= -p"')
        for more in ((), ('channels=#x',), ('sasl_login=a', 'sasl_password=b')):
            self.go('add_network', 'name=third', here, 'nick=y', *more, is_='forbidden')
        wait_until(lambda: self.status()['harbour'][1:3] == ('connected', '2'), 'both channels')
        wait_until(lambda: 'refused' in self.status()['dead'][3], 'the refusal')
        self.assertEqual(self.status()['dead'],
                         (dead, 'disconnected', '-1', 'The server refused the connection.'))
        self.assertIn('SASL PLAIN enabled with username "-u"', self.go(
            'run', 'user', 'run', 'alice', 'sasl', 'status', '-network', 'dead'))
        self.go('change_network', 'nowhere', 'name=x', here, is_='not_found')
        self.go('change_network', 'harbour', 'name=haven', here, 'channels=#b #c')
        self.go('join', 'haven', '#c', '#d')
        self.go('join', 'nowhere', '#c', is_='not_found')
        wait_until(lambda: self.status()['haven'][1:3] == ('connected', '4'), 'four channels')
        self.go('enable_network', 'dead', 'false')
        self.assertEqual(self.status()['dead'][1], 'disabled')
        self.go('drop_network', 'dead')
        self.go('drop_network', 'dead', is_='not_found')
        self.go('drop_network', '-x', is_='invalid')
        self.go('set_enabled', 'false')
        self.assertEqual(self.status()['haven'][1], 'disconnected')

    @each_way
    def test_many_answers_stay_in_order(self, _):
        self.go('make_user', '-1')
        self.go('many', '2000', 'user', 'run', 'alice', 'network', 'status', why='2000 answers')

    @each_way
    def test_what_is_refused_and_what_is_long(self, _):
        self.go('make_user', '-1')
        self.go('run', 'dance', why='not found')
        self.go('run', '', why='ambiguous')
        self.go('run', 'user', 'run', 'alice', 'network', 'create', '-bogus', why='not defined')
        self.go('run', 'user', 'run', 'alice', 'network', 'create', '-addr', 'ircs://x', '-name',
                'n' * 3900, why='value too long')
        self.go('run', 'x' * 4000, is_='invalid')

    def test_who_is_not_let_in(self):
        port, tls_port = self.soju.port, self.soju.tls_port
        self.go_in(f'irc+insecure://127.0.0.1:{port}', 'forbidden', f'login={LOGIN}', 'password=x')
        self.go_in(f'irc+insecure://127.0.0.1:{port}', 'forbidden', 'login=nobody', 'password=x')
        self.go_in(f'irc+insecure://127.0.0.1:{port}', 'invalid')
        login = (f'login={LOGIN}', f'password={PASSWORD}')
        self.go_in(f'ircs://127.0.0.1:{tls_port}', 'upstream', *login)  # an unknown authority
        self.go_in(f'ircs://127.0.0.1:{port}', 'upstream', *login)      # no TLS there
        self.go_in(f'irc+insecure://127.0.0.1:{tls_port}', 'upstream', *login)
        self.go_in(f'irc+insecure://127.0.0.1:{free_port()}', 'upstream', *login)

    def go_in(self, address, wanted, *options):
        error, why, _ = Door(address, *options, 'timeout=5000').go('run', 'server', 'status')
        self.assertEqual(error, wanted, (address, why))
        self.assertNotIn(PASSWORD, why)


# --- One that breaks off ---


class Listener:
    """Says what it is given, in pieces, to whoever comes to its socket; then closes or stays."""

    def __init__(self, pieces, stays=False, is_irc=False):
        self.folder = tempfile.mkdtemp(prefix='soju-cut-')
        self.path, self.pieces, self.stays = self.folder + '/admin', pieces, stays
        # Whoever never ends makes no pause either.
        self.pause_s = 0 if isinstance(pieces, itertools.repeat) else 0.02
        self.server = socket.socket(socket.AF_INET if is_irc else socket.AF_UNIX)
        self.server.bind(('127.0.0.1', 0) if is_irc else self.path)
        if is_irc:
            self.path = f'irc+insecure://127.0.0.1:{self.server.getsockname()[1]}'
        self.server.listen()
        self.ended = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            visitor, _ = self.server.accept()
            with visitor:
                visitor.recv(65536)
                for piece in self.pieces:
                    visitor.sendall(piece)
                    time.sleep(self.pause_s)
                if self.stays:
                    self.ended.wait(60)

    def stop(self):
        self.ended.set()
        self.server.close()
        shutil.rmtree(self.folder, ignore_errors=True)


LINE = b':soju PRIVMSG * :a (ircs://a) [disabled]\r\n'
OK = b':soju BOUNCERSERV OK\r\n'


class TestBadAnswers(unittest.TestCase):
    def visit(self, pieces, stays=False, timeout=60000):
        there = Listener(pieces, stays)
        self.addCleanup(there.stop)
        return Door(there.path, f'timeout={timeout}').go('status', user='alice')

    def test_pieces(self):
        whole = LINE * 2 + OK
        error, _, lines = self.visit([whole[i:i + 1] for i in range(len(whole))])
        self.assertEqual((error, len(lines)), ('ok', 2))
        self.assertEqual(self.visit([OK.replace(b'\r', b'')])[0], 'ok')
        self.assertEqual(self.visit([b'\r\n\r\n:soju NOTICE * :hello\r\n', LINE, OK])[0], 'ok')
        self.assertEqual(self.visit([b'PRIVMSG * :error: no\r\n', OK])[:2], ('invalid', 'no'))
        self.assertEqual(self.visit([b'FAIL BOUNCERSERV CODE x :no\r\n'])[:2], ('invalid', 'no'))
        self.assertEqual(self.visit([b'FAIL\r\n'])[0], 'invalid')

    def test_answers_that_end_too_soon(self):
        for pieces in ([], [LINE], [LINE + LINE[:20]], [OK[:-2]], [b'\x00\xff\xfe' * 9],
                       [b'ERROR :no\r\n'], [b'HTTP/1.1 400 Bad Request\r\n\r\n']):
            self.assertEqual(self.visit(pieces)[0], 'upstream', pieces)

    def test_answers_that_never_end(self):
        self.assertEqual(self.visit([LINE], True, 300)[0], 'timeout')
        self.assertEqual(self.visit([], True, 300)[0], 'timeout')
        self.assertEqual(self.visit([b'x' * 40000], True)[0], 'upstream')
        self.assertEqual(self.visit([LINE * 6000], True)[0], 'upstream')
        for unasked in (b':soju NOTICE * :hello\r\n', b'PING :x\r\n'):
            self.assertEqual(self.visit(itertools.repeat(unasked * 300), False, 500)[0], 'timeout')

    def test_login(self):
        """Only what is said of the password is told as a wrong one."""
        for line, wanted, words in ((b':soju 904 portal :no\r\n', 'forbidden', 'password'),
                                    (b':soju 464 portal :no\r\n', 'forbidden', 'password'),
                                    (b':soju CAP * NAK :sasl\r\n', 'forbidden', 'SASL'),
                                    (b'ERROR :Server is stopping\r\n', 'upstream', 'closed'),
                                    (b':soju NOTICE * :hello\r\n', 'upstream', 'closed')):
            there = Listener([line], is_irc=True)
            self.addCleanup(there.stop)
            error, why, _ = Door(there.path, 'login=a', 'password=b', 'timeout=60000').go(
                'status', user='alice')
            self.assertEqual(error, wanted, line)
            self.assertIn(words, why)

    def test_lines_that_are_not_understood(self):
        strange = b':soju PRIVMSG * :something new\r\n'
        self.assertEqual(self.visit([strange, OK])[0], 'upstream')
        error, _, lines = self.visit([strange, LINE, b':soju PRIVMSG * :\xff [x]\r\n', OK])
        self.assertEqual((error, len(lines)), ('ok', 1))

    def test_where_nobody_is(self):
        for address, wanted in (('/nowhere/admin', 'upstream'), ('/' + 'x' * 120, 'invalid'),
                                ('unix:///nowhere/admin', 'upstream'), ('', 'invalid'),
                                ('http://127.0.0.1', 'invalid'), ('ircs://', 'invalid'),
                                ('ircs://a/b', 'invalid'), ('irc+unix:///x', 'invalid'),
                                ('ircs://user@a', 'invalid'), ('ircs://a:0', 'invalid')):
            error, why, _ = Door(address, 'login=a', 'password=b', 'timeout=30000').go(
                'status', user='alice')
            self.assertEqual(error, wanted, address)
            self.assertTrue(why)


class TestSimulatedSoju(unittest.TestCase):
    def setUp(self):
        self.soju = SojuSim()
        self.addCleanup(self.soju.stop)
        self.door = Door(self.soju.socket, 'timeout=60000')

    def test_an_older_one(self):
        self.soju.control('version', version='0.8')
        self.assertEqual(self.door.go('make_user', '3', user='alice')[0], 'ok')
        self.assertEqual(self.door.go('set_max_networks', '3', user='alice')[0], 'method')
        self.assertEqual(self.door.go('add_network', 'name=n', 'address=ircs://x', 'channels=#a,#b',
                                      user='alice')[0], 'ok')
        network, = self.soju.state()['users']['alice']['networks']
        self.assertEqual(network['commands'], ['JOIN #a,#b'])
        self.assertEqual(network['state'], 'connected')

    def test_what_breaks_off(self):
        self.soju.ask('user create -username alice -password x')
        for mode, wanted in (('cut', 'upstream'), ('garbage', 'upstream'), ('late-cut', 'upstream'),
                             ('fail', 'invalid'), ('refuse', 'upstream')):
            self.soju.control('fault', mode=mode)
            self.assertEqual(self.door.go('status', user='alice')[0], wanted, mode)
            self.soju.control('fault')
        self.soju.control('fault', mode='hang')
        hasty = Door(self.soju.socket, 'timeout=1000')
        self.assertEqual(hasty.go('status', user='alice')[0], 'timeout')

    def test_what_was_done_before_it_broke_off_can_be_done_again(self):
        self.soju.control('fault', mode='late-cut', times=1)
        self.assertEqual(self.door.go('make_user', '3', user='alice')[0], 'upstream')
        self.assertEqual(self.door.go('make_user', '3', user='alice')[0], 'ok')
        self.soju.control('fault', mode='late-cut', times=1)
        self.assertEqual(self.door.go('drop_user', user='alice')[0], 'upstream')
        self.assertEqual(self.door.go('drop_user', user='alice')[0], 'ok')
