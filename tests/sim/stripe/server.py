"""HTTP/1.1 over threads, one for each connection: small, so that it is quick."""
import http
import json
import socket
import socketserver
import threading
import traceback
import urllib.parse

import api as apis
import control
import errors
import faults
import pages

BODY_MAX = 64 * 1024 * 1024
LINE_MAX = 65536
REASONS = {s.value: s.phrase for s in http.HTTPStatus}


class BadRequest(Exception):
    pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256
    is_ended = False

    def __init__(self, port, app):
        self.app = app
        super().__init__(('127.0.0.1', port), Connection)


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    rbufsize = 65536

    def handle(self):
        try:
            while (request := self.read_request()) is not None:
                if not self.serve(request):
                    return
        except BadRequest:
            self.send(400, {'content-type': 'text/plain'}, b'Bad Request\n', False)
        except (ConnectionError, TimeoutError, socket.timeout):
            pass

    # --- Reading ---

    def read_request(self):
        line = self.rfile.readline(LINE_MAX)
        if not line.strip():
            return None
        words = line.decode('latin-1').split()
        if len(words) != 3:
            raise BadRequest
        headers = self.read_headers()
        try:
            length = int(headers.get('content-length', '0'))
        except ValueError as e:
            raise BadRequest from e
        if length < 0 or length > BODY_MAX or 'transfer-encoding' in headers:
            raise BadRequest
        if headers.get('expect', '').lower() == '100-continue':
            self.wfile.write(b'HTTP/1.1 100 Continue\r\n\r\n')
        body = self.rfile.read(length).decode('utf-8', 'replace') if length else ''
        path, _, query = words[1].partition('?')
        request = apis.Request(words[0], urllib.parse.unquote(path), query, headers, body)
        request.stays = headers.get('connection', '').lower() != 'close' and \
            words[2] == 'HTTP/1.1'
        return request

    def read_headers(self):
        headers = {}
        while (line := self.rfile.readline(LINE_MAX)) not in (b'\r\n', b'\n', b''):
            name, colon, value = line.decode('latin-1').partition(':')
            if not colon:
                raise BadRequest
            headers[name.strip().lower()] = value.strip()
        return headers

    # --- Answering ---

    def serve(self, request):
        """True: the connection stays."""
        app = self.server.app
        if not request.path.startswith(('/control', '/healthz')):
            with app.fault_lock:
                order = app.faults.strike(request.method, request.path)
            if order is not None and order['mode'] == 'slow':
                request.pause = lambda: faults.wait(order, lambda: self.server.is_ended)
            elif order is not None and order['mode'] == 'kept':
                request.fails = True
            elif order is not None:
                return self.suffer(order, request)
        status, headers, body = app.respond(request)
        return self.send(status, headers, body, request.stays)

    def suffer(self, order, request):
        """Does what was ordered; True: the connection stays."""
        if order['mode'] == 'hang':
            faults.wait(order, lambda: self.server.is_ended)
            return False
        if order['mode'] == 'truncated':
            self.wfile.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
                             b'content-length: 4096\r\n\r\n' + faults.BEGINS)
            return False
        if order['mode'] == 'lost':
            self.server.app.respond(request)
            return False
        status, headers, body = faults.error_answer(order)
        return self.send(status, {'request-id': 'req_fault', **headers}, body, request.stays)

    def send(self, status, headers, body, stays):
        lines = [f'HTTP/1.1 {status} {REASONS.get(status, "")}',
                 *(f'{name}: {value}' for name, value in headers.items()),
                 f'content-length: {len(body)}', *([] if stays else ['connection: close'])]
        head = '\r\n'.join(lines) + '\r\n\r\n'
        self.wfile.write(head.encode('latin-1', 'replace') + body)
        return stays


class App:
    """What answers: the API, pages, control."""

    def __init__(self, sim, api, fault_state, delivery):
        self.sim, self.api, self.faults, self.delivery = sim, api, fault_state, delivery
        self.fault_lock = threading.Lock()

    def respond(self, request):
        try:
            if request.path == '/healthz':
                return 200, {'content-type': 'text/plain'}, b'ok\n'
            if request.path.startswith('/v1'):
                return json_answer(*self.api.answer(request))
            if request.path.startswith('/control'):
                return json_answer(*control.answer(self, request))
            request.pause()
            return self.page(request)
        except Exception:  # told to the client as Stripe would, and to us in full
            traceback.print_exc()
            return json_answer(500, {}, {'error': {'type': 'api_error', 'message':
                                                   'An error in the simulator; see its log.'}})

    def page(self, request):
        try:
            with self.sim.lock:
                found = pages.answer(self.sim, request.method, request.path, request.body)
        except errors.StripeError:
            found = None
        if found is None:
            found = pages.frame('Not found', '<p>There is no such page.</p>')
            return 404, HTML, found.encode()
        if isinstance(found, pages.Redirect):
            return 303, {'location': found}, b''
        if isinstance(found, bytes):
            return 200, {'content-type': 'application/pdf'}, found
        return 200, HTML, found.encode()


HTML = {'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; "
                                   "frame-ancestors 'none'; base-uri 'none'"}


def json_answer(status, headers, shown):
    return status, {'content-type': 'application/json', **headers}, \
        json.dumps(shown, separators=(',', ':')).encode()
