"""What the program asks of Kubernetes is what the manifests allow it."""
import http.server
import os
import re
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'http'))

# pylint: disable=wrong-import-position
import kube_manifests
from client import Browser, request, sql
from instance import Portal, Simulator, free_port
from patience import PATIENCE_S


class Recorder:
    """Stands before the simulator's Kubernetes API and notes what is asked of it."""

    def __init__(self, target):
        self.asked = set()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                recorder.asked.add((self.command, self.path))
                body = self.rfile.read(int(self.headers.get('content-length', 0))) or None
                answer = request(self.command, target + self.path, dict(self.headers), body)
                self.send_response(answer.status)
                self.send_header('content-type', answer.header('content-type'))
                self.send_header('content-length', str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def rights_of(method, path):
    """{(namespace, API group, resource, verb)} as the API server reads a request."""
    parts = urllib.parse.urlsplit(path)
    found = re.fullmatch(
        r'/(?:api|apis/(?P<group>[^/]+))/v1/namespaces/(?P<ns>[^/]+)/(?P<what>[^/]+)(?P<name>/.+)?',
        parts.path)
    get = 'get' if found['name'] else 'list'
    if 'watch=' in parts.query:
        get = 'watch'
    verb = {'GET': get, 'HEAD': get, 'POST': 'create', 'PUT': 'update', 'PATCH': 'patch',
            'DELETE': 'delete'}[method]
    # Applying what is not there yet takes the right to create it.
    verbs = {verb, 'create'} if 'fieldManager=' in parts.query else {verb}
    return {(found['ns'], found['group'] or '', found['what'], v) for v in verbs}


class Rights(unittest.TestCase):
    """The Role allows what the program asks, and nothing that it does not ask."""

    def setUp(self):
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        self.recorder = Recorder(sim.url)
        self.addCleanup(self.recorder.close)
        self.settings = {'OIDC_ISSUER': sim.url, 'KUBERNETES_API_URL': self.recorder.url}
        self.portal = Portal(port, **self.settings)
        self.addCleanup(self.portal.stop)

    def seen(self):
        return {right for asked in self.recorder.asked for right in rights_of(*asked)}

    def look_at_the_dashboard(self):
        browser = Browser(self.portal.url)
        browser.sign_in('alice')
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            sql('DELETE FROM source_snapshots')
            self.assertEqual(browser.get('/dashboard').status, 200)
            if len(self.seen()) >= 2:
                return
            time.sleep(0.1)

    def test_role(self):
        self.look_at_the_dashboard()
        seen = self.seen()
        self.recorder.asked.clear()
        subprocess.run([os.environ['PORTAL_BIN'], 'doctor'], check=False, capture_output=True,
                       env={**os.environ, **self.settings}, timeout=60)
        self.assertTrue(self.recorder.asked, 'the doctor asked nothing')
        seen |= self.seen()
        role = kube_manifests.manifests().one('Role')
        allowed = {(role['metadata']['namespace'], group, what, verb)
                   for rule in role['rules'] for group in rule['apiGroups']
                   for what in rule['resources'] for verb in rule['verbs']}
        self.assertEqual({right[0] for right in seen}, {os.environ['KUBERNETES_NAMESPACE']})
        self.assertEqual({right[1:] for right in seen}, {right[1:] for right in allowed})


if __name__ == '__main__':
    unittest.main()
