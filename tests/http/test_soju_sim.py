"""The simulator of soju says what the real one says (tests/http/test_soju_door.py asks that one)."""
import hashlib
import os
import subprocess
import sys
import unittest

from soju_sim import FOLDER, Cut, Refused, SojuSim


class Case(unittest.TestCase):
    def setUp(self):
        self.soju = SojuSim()
        self.addCleanup(self.soju.stop)

    def refuses(self, line, words):
        with self.assertRaises(Refused) as caught:
            self.soju.ask(line)
        self.assertIn(words, str(caught.exception))

    def make(self, name='alice', more=''):
        self.soju.ask(f'user create -username {name} -password x {more}')


class TestCommands(Case):
    def test_what_is_no_command(self):
        for line, words in (('', 'no command specified'), ('   ', 'no command specified'),
                            ('"', 'unterminated quoted string'), ('\\', 'unterminated backslash'),
                            ('dance', 'command "dance" not found'), ('user', 'not found'),
                            ('user dance', 'not found'), ('server status now', 'unexpected'),
                            ('user run alice network status', 'unknown username "alice"'),
                            ('user run alice', 'at least two'),
                            ('user create -password x', '-username is required'),
                            ('user create -username x', '-password is required'),
                            ('user create -bogus x', 'not defined: -bogus'),
                            ('user create -username', 'needs an argument'),
                            ('user delete alice abcdef', 'unknown username'),
                            ('user update alice -enabled true', 'unknown username')):
            with self.subTest(line=line):
                self.refuses(line, words)

    def test_users(self):
        self.assertEqual(self.soju.ask('user create -username "a b" -password \'"\\\'\' '),
                         ['created user "a b"'])
        self.refuses('user create -username "a b" -disable-password', 'already exists')
        self.refuses('user update "a b" -password ' + 'x' * 73, '72 bytes')
        self.soju.ask('user update "a b" -enabled false -max-networks 3')
        self.assertEqual(self.soju.ask('user status "a b"'),
                         ['a b (disabled): 0 networks (3 max)'])
        token = hashlib.sha1(b'a b').hexdigest()[:6]
        self.assertIn(token, self.soju.ask('user delete "a b"')[0])
        self.refuses('user delete "a b" 123456', "doesn't match")
        self.soju.ask(f'user delete "a b" {token}')
        self.refuses('user status "a b"', 'unknown username')

    def test_networks(self):
        self.make(more='-max-networks 2')
        run = 'user run alice '
        self.assertIn('No network', self.soju.ask(run + 'network status')[0])
        self.soju.ask(run + 'network create -addr ircs://irc.example.org:6697 -name "n [1]" -nick a')
        self.refuses(run + 'network create -addr ircs://x -name "n [1]"', 'already exists')
        self.refuses(run + 'network create -addr ircs://irc.example.org:6697 -name z -nick a',
                     'unique constraint')
        self.refuses(run + 'network create -addr irc+unix:///x -name z', 'unknown scheme')
        self.soju.ask(run + 'network create -addr ircs://refused.example.org:6697')
        self.refuses(run + 'network create -addr ircs://third', 'maximum number of enabled')
        self.soju.ask(run + 'channel create "#a/n [1]"')
        self.refuses(run + 'channel create "#a/n [1]"', 'already exists')
        self.refuses(run + 'channel create "#a/x"', 'unknown network')
        first, second = self.soju.ask(run + 'network status')
        self.assertEqual(first, 'n [1] (ircs://irc.example.org:6697) [connected]: 1 channels')
        self.assertRegex(second, r'^ircs://refused\.example\.org:6697 \[disconnected\]: .*refused')
        self.soju.ask(run + 'network update "n [1]" -enabled false')
        self.assertIn('[disabled]', self.soju.ask(run + 'network status')[0])
        self.soju.ask(run + 'network delete "n [1]"')
        self.refuses(run + 'network delete "n [1]"', 'unknown network')

    def test_an_older_one(self):
        self.soju.control('version', version='0.8')
        self.refuses('user create -username a -password x -max-networks 3', 'not defined')
        self.make()
        self.refuses('user run alice channel create "#a/x"', 'not found')


class TestOrders(Case):
    def test_networks_and_addresses(self):
        self.make()
        self.soju.ask('user run alice network create -addr ircs://x -name n')
        self.soju.control('network', user='alice', network='n', state='disconnected', error='EOF')
        status = 'user run alice network status'
        self.assertEqual(self.soju.ask(status), ['n (ircs://x) [disconnected]: EOF'])
        self.soju.control('network', user='alice', network='n')
        self.assertEqual(self.soju.ask(status), ['n (ircs://x) [connected]: 0 channels'])
        self.soju.control('address', address='ircs://x', error='gone')
        self.assertEqual(self.soju.ask(status), ['n (ircs://x) [disconnected]: gone'])

    def test_counters_begin_anew(self):
        self.make()
        self.soju.control('user', user='alice', clients=2, upstream_in=70)
        self.assertEqual(self.soju.metric('soju_downstreams_active', 'alice'), 2)
        self.assertEqual(self.soju.metric('soju_upstream_in_messages_total'), 70)
        self.soju.control('restart', user='alice')
        self.assertEqual(self.soju.metric('soju_upstream_in_messages_total', 'alice'), 0)
        self.assertEqual(self.soju.get('/nobody/metrics').status, 404)
        self.soju.control('metrics', status=503)
        self.assertEqual(self.soju.get('/metrics').status, 503)

    def test_faults(self):
        self.make()
        for mode in ('cut', 'garbage', 'late-cut'):
            self.soju.control('fault', mode=mode, times=1)
            with self.assertRaises(Cut):
                self.soju.ask('server status')
            self.assertTrue(self.soju.ask('server status'))
        self.soju.control('fault', mode='fail', times=1, text='no')
        self.refuses('server status', 'no')
        self.soju.control('fault', mode='hang', match='network status')
        self.assertTrue(self.soju.ask('server status'))
        with self.assertRaises(TimeoutError):
            self.soju.ask('user run alice network status', timeout=0.3)
        self.soju.control('fault')
        self.soju.ask('user run alice network status')

    def test_what_is_no_order(self):
        for path, body in (('/control/fault', '{"mode":"dance"}'), ('/control/user', '{}'),
                           ('/control/user', '{"user":"nobody"}'), ('/control/fault', '{')):
            self.assertEqual(self.soju.raw('POST', path, body).status, 400, path)
        self.assertEqual(self.soju.raw('POST', '/control/dance', '{}').status, 404)

    def test_many_users(self):
        self.soju.control('users', prefix='load', n=200)
        self.assertEqual(len(self.soju.ask('user run load199 network status')), 2)
        self.assertIn('150 more', self.soju.ask('user status')[-1])


class TestSettings(unittest.TestCase):
    def test_what_makes_no_sense(self):
        for settings in ({}, {'SOJU_SIM_PORT': 'x', 'SOJU_SIM_SOCKET': '/tmp/x'},
                         {'SOJU_SIM_PORT': '20000', 'SOJU_SIM_SOCKET': 'x'},
                         {'SOJU_SIM_PORT': '20000', 'SOJU_SIM_SOCKET': '/' + 'x' * 107}):
            env = {k: v for k, v in os.environ.items() if not k.startswith('SOJU_SIM_')}
            done = subprocess.run([sys.executable, str(FOLDER)], env={**env, **settings},
                                  capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn('SOJU_SIM_', done.stderr)
