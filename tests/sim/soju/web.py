"""soju's metrics over HTTP, for all users or one, and the control interface."""
import dataclasses
import http.server
import json
import time

import door
from world import Network, User

COUNTERS = ('upstream_in', 'upstream_out', 'downstream_in', 'downstream_out')


class Web(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port, world, admin):
        self.world, self.door, self.metrics_status = world, admin, 200
        super().__init__(('127.0.0.1', port), Request)


def metrics(users):
    """As soju 0.9 prints them."""
    networks = [network for user in users for network in user.networks]
    lines = []

    def add(name, kind, value):
        lines.extend([f'# TYPE {name} {kind}', f'{name} {value}'])
    add('process_start_time_seconds', 'gauge', min([u.started for u in users], default=0))
    add('soju_users_active', 'gauge', len(users))
    add('soju_downstreams_active', 'gauge', sum(user.clients for user in users))
    add('soju_upstreams_active', 'gauge', sum(n.state == 'connected' for n in networks))
    for counter in COUNTERS:
        add(f'soju_{counter}_messages_total', 'counter',
            sum(user.messages.get(counter, 0) for user in users))
    add('soju_upstream_connect_errors_total', 'counter', sum(bool(n.error) for n in networks))
    add('soju_worker_panics_total', 'counter', 0)
    return '\n'.join(lines) + '\n'


# --- Orders ---


def order_network(server, user, network, state=None, error=None, channels=None):
    """How a network is from now on, whatever would be by its address; {} lets it go."""
    found = server.world.user(user).network(network)
    found.is_held = state is not None
    if state is None:
        server.world.connect(server.world.user(user), found)
        return
    if state not in ('connected', 'disconnected'):
        raise ValueError('state is connected or disconnected')
    found.state, found.error = state, error
    if channels is not None:
        found.channels = dict.fromkeys(channels, False)
        server.world.save(server.world.user(user))


def order_address(server, address, error=None):
    """What comes of attempts to reach an address; without an error they succeed."""
    server.world.fates[address] = error
    for user in server.world.users.values():
        server.world.connect_all(user)


def order_user(server, user, clients=None, started_ago_s=None, **messages):
    found = server.world.user(user)
    if clients is not None:
        found.clients = clients
    if started_ago_s is not None:
        found.started = time.time() - started_ago_s
    unknown = set(messages) - set(COUNTERS)
    if unknown:
        raise ValueError(f'no such counter: {", ".join(unknown)}')
    found.messages.update(messages)


def order_restart(server, user=None):
    """Counters begin anew, clients are gone."""
    for found in [server.world.user(user)] if user else server.world.users.values():
        found.clients, found.messages, found.started = 0, {}, time.time()


def order_fault(server, mode='ok', **more):
    server.door.fault = None if mode == 'ok' else door.Fault(mode, **more)


def order_metrics(server, status=200):
    server.metrics_status = status


def order_version(server, version):
    server.world.version = tuple(int(part) for part in version.split('.'))


def order_users(server, prefix, n, networks=2):
    """Many at once, in memory only."""
    for i in range(n):
        user = User(f'{prefix}{i}')
        user.networks = [Network(f'net{k}', f'ircs://irc{k}.example.org:6697') for k in
                         range(networks)]
        server.world.connect_all(user)
        server.world.users[user.username] = user


def order_reset(server):
    server.door.fault, server.metrics_status = None, 200
    server.world.reset()


ORDERS = {'network': order_network, 'address': order_address, 'user': order_user,
          'restart': order_restart, 'fault': order_fault, 'metrics': order_metrics,
          'version': order_version, 'users': order_users, 'reset': order_reset}


def state(server):
    users = {name: {k: v for k, v in dataclasses.asdict(user).items() if k != 'username'}
             for name, user in server.world.users.items()}
    return {'users': users, 'notices': server.world.notices, 'asked': server.door.asked}


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_args):
        pass

    def send(self, status, body, kind='application/json'):
        if not isinstance(body, str):
            body = json.dumps(body)
        self.send_response(status)
        self.send_header('content-type', kind)
        self.send_header('content-length', str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        parts = self.path.strip('/').split('/')
        with self.server.world.lock:
            users = self.server.world.users
            if self.path == '/healthz':
                self.send(200, 'ok\n', 'text/plain')
            elif self.path == '/control':
                self.send(200, state(self.server))
            elif parts[-1] != 'metrics' or len(parts) > 2:
                self.send(404, 'there is nothing\n', 'text/plain')
            elif self.server.metrics_status != 200:
                self.send(self.server.metrics_status, 'no\n', 'text/plain')
            elif len(parts) == 2 and parts[0] not in users:
                self.send(404, 'no such bouncer\n', 'text/plain')
            else:
                shown = [users[parts[0]]] if len(parts) == 2 else list(users.values())
                self.send(200, metrics(shown), 'text/plain; version=0.0.4; charset=utf-8')

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        order = ORDERS.get(self.path.removeprefix('/control/'))
        if order is None:
            self.send(404, {'error': 'there is no such order'})
            return
        try:
            with self.server.world.lock:
                order(self.server, **json.loads(body or '{}'))
        except Exception as e:  # an order that is none
            self.send(400, {'error': str(e)})
            return
        self.send(200, {'ok': True})
