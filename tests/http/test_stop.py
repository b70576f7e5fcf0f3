"""SIGTERM: /readyz says so first, nobody who was let in is cut off, and it ends in time."""
import contextlib
import http.client
import os
import re
import signal
import socket
import threading
import time
import unittest
import urllib.parse

from client import Browser, request
from instance import Portal, Wire, through
from patience import PATIENCE_S, wait_until

LIMIT_S = 10
ASK = b'GET /robots.txt HTTP/1.1\r\nHost: x\r\n'


def seconds_to_end(portal):
    """How long until it has ended; its status is checked by the caller."""
    begun = time.monotonic()
    portal.process.wait(timeout=PATIENCE_S)
    return time.monotonic() - begun


def wait_for_readyz(portal, status):
    """The answer that has it."""
    def answer():
        with contextlib.suppress(OSError):
            got = request('GET', portal.internal + '/readyz')
            return got if got.status == status else None

    return wait_until(answer, f'/readyz says {status}')


class Visitor(threading.Thread):
    """Asks again and again, over one connection or a new one each time, until told to stop."""

    def __init__(self, portal, path, cookie, is_keeping):
        super().__init__()
        self.portal, self.path, self.cookie = portal, path, cookie
        self.is_keeping = is_keeping
        self.is_over = threading.Event()
        self.found = []  # (moment of connecting, moment of asking, status or the error's name)

    def run(self):
        parts = urllib.parse.urlsplit(self.portal.url)
        connection, connected = None, 0.0
        while not self.is_over.is_set():
            asked = 0.0
            try:
                if connection is None or connection.sock is None:
                    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
                    connection.connect()
                    connected = time.monotonic()
                connection.request('GET', self.path, headers={'cookie': self.cookie})
                asked = time.monotonic()
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
                connection.close()
            self.found.append((connected, asked, status))
            if not self.is_keeping or status != 200:
                connection.close()
                connection = None
                time.sleep(0.01)


class Stop(unittest.TestCase):
    def start(self, **settings):
        portal = Portal(**settings)
        self.addCleanup(portal.stop)
        return portal

    def cookie(self):
        browser = Browser()
        browser.sign_in('alice')
        return '; '.join(f'{k}={v}' for k, v in browser.jar(browser.portal).items())

    def visitors(self, portal, kept, new):
        cookie = self.cookie()
        found = [Visitor(portal, path, cookie, is_keeping)
                 for n, is_keeping in ((kept, True), (new, False))
                 for path in ('/dashboard', '/') for _ in range(n)]
        for visitor in found:
            visitor.start()
            self.addCleanup(visitor.join)
            self.addCleanup(visitor.is_over.set)
        wait_until(lambda: all(len(visitor.found) > 5 for visitor in found), 'answers for each')
        return found

    def check_end(self, portal, seconds=LIMIT_S - 1):
        """Well, and before the limit at which what is under way is cut off."""
        self.assertLess(seconds_to_end(portal), seconds)
        self.assertEqual(portal.process.returncode, 0)
        self.assertFalse(portal.has_lost_workers())

    def slow_portal(self, **settings):
        """A portal, the wire to its database, and somebody who has just opened a page."""
        parts = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
        wire = Wire(parts.hostname, parts.port or 5432)
        self.addCleanup(wire.cut)
        url = through(os.environ['DATABASE_URL'], wire)
        portal = self.start(DATABASE_URL=url, DATABASE_DIRECT_URL=url, **settings)
        headers = {'cookie': self.cookie()}
        for _ in range(10):
            self.assertEqual(request('GET', portal.url + '/dashboard', headers).status, 200)
        wire.silence()
        return portal, wire, headers

    @staticmethod
    def in_flight(portal):
        page = request('GET', portal.internal + '/metrics').text
        return int(re.search(r'(?m)^irc_now_http_requests_in_flight (\d+)', page).group(1))

    def ask_slowly(self, portal, headers):
        found, before = [], self.in_flight(portal)
        thread = threading.Thread(
            target=lambda: found.append(request('GET', portal.url + '/dashboard', headers)))
        thread.start()
        wait_until(lambda: self.in_flight(portal) > before, 'a page that is under way')
        return found, thread

    def test_readyz_first_and_pages_until_the_end(self):
        portal = self.start(STOP_DELAY_S='6')
        self.assertEqual(request('GET', portal.internal + '/readyz').status, 200)
        begun = time.monotonic()
        portal.process.send_signal(signal.SIGTERM)
        answer = wait_for_readyz(portal, 503)
        self.assertIn('stopping', answer.text)
        self.assertEqual(request('GET', portal.internal + '/healthz').status, 200)
        time.sleep(0.2)
        while time.monotonic() - begun < 3:
            answer = request('GET', portal.url + '/')
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.header('connection'), 'close', 'a proxy would keep it')
            time.sleep(0.1)
        self.check_end(portal)
        with self.assertRaises(ConnectionRefusedError):
            request('GET', portal.url + '/')

    def test_behind_a_balancer_no_visitor_notices(self):
        portal = self.start(STOP_DELAY_S='5')
        visitors = self.visitors(portal, kept=4, new=3)
        portal.process.send_signal(signal.SIGTERM)
        wait_for_readyz(portal, 503)
        time.sleep(0.3)  # as balancers do, it looks from time to time only
        for visitor in visitors:
            visitor.is_over.set()
        self.check_end(portal)
        for visitor in visitors:
            visitor.join()
            self.assertEqual({status for *_, status in visitor.found}, {200})

    def test_without_one_whoever_was_let_in_is_answered(self):
        for workers in ('1', '3'):
            with self.subTest(workers=workers):
                portal = self.start(WORKERS=workers)
                visitors = self.visitors(portal, kept=4, new=3)
                stopped = time.monotonic()
                portal.process.send_signal(signal.SIGTERM)
                self.check_end(portal)
                early = 0
                for visitor in visitors:
                    visitor.is_over.set()
                    visitor.join()
                    for connected, asked, status in visitor.found:
                        # A new connection counts from its beginning, a kept one from its question.
                        if asked and (asked if visitor.is_keeping else connected) < stopped:
                            early += 1
                            self.assertEqual(status, 200)
                self.assertGreater(early, 50)

    @staticmethod
    def is_refused(portal):
        """Who is neither that nor answered is left waiting, which raises another error."""
        try:
            request('GET', portal.url + '/', timeout=5)
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass  # between the two
        return False

    def test_what_is_under_way_is_finished(self):
        for signal_all in (False, True):  # service managers send it to each process
            with self.subTest(signal_all=signal_all):
                portal, wire, headers = self.slow_portal()
                parts = urllib.parse.urlsplit(portal.url)
                half = socket.create_connection((parts.hostname, parts.port), timeout=5)
                self.addCleanup(half.close)
                half.sendall(ASK)
                found, thread = self.ask_slowly(portal, headers)
                if signal_all:
                    os.killpg(portal.process.pid, signal.SIGTERM)
                else:
                    portal.process.send_signal(signal.SIGTERM)
                wait_until(lambda: self.is_refused(portal), 'an end of new visitors')
                self.assertIsNone(portal.process.poll())
                wire.is_silent = False
                half.sendall(b'\r\n')
                self.assertRegex(half.recv(65536), rb'^HTTP/1.1 200 (?s:.*)\r\nconnection: close')
                thread.join()
                self.assertEqual(found[0].status, 200)
                self.assertIn('<h1', found[0].text)
                self.check_end(portal)

    def test_what_never_ends_is_cut_off(self):
        """Takes the 10 s of the limit."""
        portal = self.start()
        parts = urllib.parse.urlsplit(portal.url)
        with socket.create_connection((parts.hostname, parts.port)) as half:
            half.sendall(ASK)
            time.sleep(1)
            portal.process.send_signal(signal.SIGTERM)
            self.check_end(portal, LIMIT_S + 15)
        self.assertRegex(portal.log(), re.compile('"area":"stop".*after 10 s is cut off'))

    def test_an_idle_connection_does_not_hold_it_up(self):
        portal = self.start()
        parts = urllib.parse.urlsplit(portal.url)
        with socket.create_connection((parts.hostname, parts.port)) as idle:
            idle.sendall(ASK + b'\r\n')
            self.assertIn(b'200 OK', idle.recv(65536))
            portal.process.send_signal(signal.SIGTERM)
            self.check_end(portal)

    def test_a_second_signal_ends_it_at_once(self):
        for again in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(again=again):
                portal = self.start(STOP_DELAY_S='60')
                portal.process.send_signal(signal.SIGTERM)
                wait_for_readyz(portal, 503)  # else both could come as one
                self.assertEqual(request('GET', portal.url + '/').status, 200)
                portal.process.send_signal(again)
                self.check_end(portal, 30)

    def test_ctrl_c_ends_it_at_once(self):
        portal = self.start(STOP_DELAY_S='60')
        os.killpg(portal.process.pid, signal.SIGINT)  # as a terminal does
        self.check_end(portal, 30)

    def test_a_worker_that_dies_meanwhile_is_replaced(self):
        portal = self.start(STOP_DELAY_S='12', WORKERS='2')
        portal.process.send_signal(signal.SIGTERM)
        wait_for_readyz(portal, 503)
        killed = portal.workers()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(set(portal.workers()) - set(killed)) == len(killed), 'new workers')
        wait_for_readyz(portal, 503)
        self.assertEqual(request('GET', portal.url + '/').status, 200)
        self.assertLess(seconds_to_end(portal), 12 + LIMIT_S - 1)
        self.assertEqual(portal.process.returncode, 0)


if __name__ == '__main__':
    unittest.main()
