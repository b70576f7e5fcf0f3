"""Many requests need no more memory than some. `make bench` does the same with 200,000 of them."""
import http.client
import os
import re
import unittest
import urllib.parse

from client import Browser
from instance import Portal, Simulator, free_port

IS_ASAN = os.environ.get('FLAVOR') == 'asan'  # keeps what was freed, and is slow
RUN = 1500 if IS_ASAN else 6000  # a leak of 350 bytes in a request shows in one of two workers
RSS_MAX_KB, GROWTH_MAX_KB = 24 * 1024, 1024
# A leak shows in each; what a worker needs for its first job or refresh shows in one or two.
ROUNDS = 5


class Memory(unittest.TestCase):
    def test_twice_as_many_requests_need_no_more(self):
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        portal = Portal(port, WORKERS='3', RATE_LIMITS='off', OIDC_ISSUER=sim.url)
        self.addCleanup(portal.stop)
        browser = Browser(portal.url)
        self.assertEqual(browser.sign_in('alice').status, 200)
        cookie = '; '.join(f'{k}={v}' for k, v in browser.jar(portal.url).items())
        self.send(portal, cookie)
        first = self.workers(portal)
        for _ in range(ROUNDS):
            self.send(portal, cookie)
            second = self.workers(portal)
            self.assertEqual(first.keys(), second.keys(), 'a worker died')
            self.assertEqual(len(second), 3)
            growth = max(second[pid] - first[pid] for pid in first)
            if IS_ASAN or growth < GROWTH_MAX_KB:
                break
            first = second
        if IS_ASAN:
            return
        self.assertLess(growth, GROWTH_MAX_KB, 'each time')
        self.assertLess(max(second.values()), RSS_MAX_KB)

    def send(self, portal, cookie):
        parts = urllib.parse.urlsplit(portal.url)
        connections = [http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
                       for _ in range(8)]
        for n in range(RUN // 3):
            for method, path, body, wanted in (('GET', '/dashboard', None, 200),
                                               ('GET', '/nothing-here', None, 404),
                                               ('POST', '/signout', 'csrf=wrong', 403)):
                connection = connections[n % len(connections)]
                connection.request(method, path, body, {
                    'Cookie': cookie, 'Content-Type': 'application/x-www-form-urlencoded'})
                answer = connection.getresponse()
                answer.read()
                self.assertEqual(answer.status, wanted)
        for connection in connections:
            connection.close()

    @staticmethod
    def workers(portal):
        """The resident kilobytes of each worker by its process."""
        parent, sizes = portal.process.pid, {}
        with open(f'/proc/{parent}/task/{parent}/children', encoding='ascii') as f:
            pids = f.read().split()
        for pid in pids:
            with open(f'/proc/{pid}/status', encoding='ascii') as f:
                sizes[pid] = int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))
        return sizes


if __name__ == '__main__':
    unittest.main()
