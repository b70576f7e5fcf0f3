"""Programs that ask before they send a large body (Expect: 100-continue) are told to go on."""
import socket
import time
import unittest
import urllib.parse

from client import PORTAL, raw

BODY = b'a=' + b'b' * 20000
GO_ON = b'HTTP/1.1 100 Continue\r\n\r\n'


def head(*more, version='1.1'):
    lines = [f'POST /nowhere HTTP/{version}', 'Host: x', f'Content-Length: {len(BODY)}',
             'Connection: close', *more]
    return ('\r\n'.join(lines) + '\r\n\r\n').encode()


class Continue(unittest.TestCase):
    def connect(self):
        parts = urllib.parse.urlsplit(PORTAL)
        s = socket.create_connection((parts.hostname, parts.port), timeout=5)
        self.addCleanup(s.close)
        return s

    def rest(self, s):
        got = b''
        while piece := s.recv(65536):
            got += piece
        return got

    def test_who_asks_is_told_to_go_on_and_then_answered(self):
        s = self.connect()
        begun = time.monotonic()
        s.sendall(head('Expect: 100-continue'))
        self.assertEqual(s.recv(len(GO_ON), socket.MSG_WAITALL), GO_ON)
        self.assertLess(time.monotonic() - begun, 10)
        for i in range(0, len(BODY), 5000):
            s.sendall(BODY[i:i + 5000])
            time.sleep(0.01)
        answer = self.rest(s)
        self.assertTrue(answer.startswith(b'HTTP/1.1 404'), answer[:80])
        self.assertNotIn(GO_ON, answer)

    def test_nobody_else_is(self):
        for lines in ((), ('Expect: a-miracle',), ('Expect: 100-continued',)):
            s = self.connect()
            s.sendall(head(*lines))
            time.sleep(0.05)
            s.sendall(BODY)
            self.assertTrue(self.rest(s).startswith(b'HTTP/1.1 404'), lines)

    def test_who_does_not_wait_needs_no_word(self):
        answer = raw(head('Expect: 100-continue') + BODY)
        self.assertLessEqual(answer.count(GO_ON), 1)
        self.assertIn(b'HTTP/1.1 404', answer)

    def test_old_http_knows_no_such_thing(self):
        s = self.connect()
        s.sendall(head('Expect: 100-continue', version='1.0'))
        time.sleep(0.05)
        s.sendall(BODY)
        self.assertTrue(self.rest(s).startswith(b'HTTP/1.0 404'))

    def test_what_is_too_large_is_refused_instead(self):
        s = self.connect()
        s.sendall(b'POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n'
                  b'Expect: 100-continue\r\n\r\n')
        answer = self.rest(s)
        self.assertTrue(answer.startswith(b'HTTP/1.1 413'), answer[:80])
