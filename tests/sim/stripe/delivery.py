"""Webhooks: each event to each endpoint that wants it, signed anew at each attempt, again and again
with longer pauses until it is taken; and all that may go wrong on the way, by a seeded choice."""
import hashlib
import heapq
import hmac
import http.client
import json
import random
import threading
import time
import urllib.parse

import shapes
from catalog_api import is_type

THREADS = 4
TIMEOUT_S = 20

# What control may set; percentages are of deliveries. "hold" keeps what comes until it is "on".
USUAL = {'mode': 'on', 'lose': 0, 'duplicate': 0, 'shuffle_ms': 0, 'delay_ms': 0,
         'thin': False, 'wrong_secret': False, 'retry_ms': 1000, 'retry_max_ms': 60000,
         'attempts': 15, 'seed': None, 'skew_s': 0}
MODES = ('on', 'off', 'hold')


def signature(secrets, at, body):
    """The header, with a v1 for each secret: two while one is replaced by another."""
    signed = str(at).encode() + b'.' + body
    parts = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in secrets]
    return ','.join([f't={at}', *('v1=' + p for p in parts)])


def body_of(world, event, version):
    shown = shapes.render(world, event, event['api_version'])
    shown.update(shapes.event_data(event, version), api_version=version)
    return json.dumps(shown, indent=2, ensure_ascii=False).encode()


def thin_body(event):
    stamp = time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime(event['created']))
    kind = json.loads(event['_bodies'][event['api_version']][0])['object']
    return json.dumps({'id': event['id'], 'object': 'v2.core.event', 'created': stamp,
                       'type': 'v1.' + event['type'], 'livemode': event['livemode'],
                       'related_object': {'id': event['_object'], 'type': kind,
                                          'url': f"/v1/{kind}s/{event['_object']}"}}).encode()


class Job:
    """One delivery of one event to one endpoint."""

    def __init__(self, world, event, endpoint, body, secrets):
        self.world, self.event, self.endpoint = world, event, endpoint
        self.body, self.secrets, self.attempts = body, secrets, 0


class Delivery:
    """One for both worlds. `lock` is the simulator's, held by callers of queue()."""

    def __init__(self, sim):
        self.sim = sim
        self.settings = dict(USUAL)
        self.random = random.Random(sim.seed)
        self.ready = threading.Condition()
        self.jobs, self.held, self.number, self.busy = [], [], 0, 0
        self.stats = {'sent': 0, 'delivered': 0, 'failed': 0, 'lost': 0, 'duplicated': 0,
                      'given_up': 0}
        self.latest = []  # of the last answers: (event type, status or error)
        for world in sim.worlds.values():
            world.on_event = self.queue
            self.go_on(world)
        for _ in range(THREADS):
            threading.Thread(target=self.work, daemon=True).start()

    def go_on(self, world):
        """What an earlier run of the simulator had not delivered yet."""
        for event in world.all('event'):
            for given, state in event.get('_deliveries', {}).items():
                endpoint = world.get('webhook_endpoint', given)
                if state == 'waiting' and endpoint is not None:
                    self.put(self.job_for(world, event, endpoint), 0)

    # --- What is to be sent ---

    def queue(self, world, event):
        for endpoint in world.all('webhook_endpoint'):
            if endpoint.get('status', 'enabled') == 'enabled' and any(
                    is_type(event['type'], wanted) for wanted in endpoint['enabled_events']):
                self.queue_for(world, event, endpoint)

    def queue_for(self, world, event, endpoint):
        s = self.settings
        event.setdefault('_deliveries', {})[endpoint['id']] = 'waiting'
        if s['mode'] == 'off' or self.happens('lose'):
            event['_deliveries'][endpoint['id']] = 'lost'
            self.stats['lost'] += 1
            return
        job = self.job_for(world, event, endpoint)
        copies = 1
        if self.happens('duplicate'):
            copies = 2
            self.stats['duplicated'] += 1
        for _ in range(copies):
            wait_ms = s['delay_ms'] + (self.random.randrange(s['shuffle_ms'] + 1)
                                       if s['shuffle_ms'] else 0)
            self.put(job, wait_ms)

    def happens(self, name):
        return self.settings[name] > 0 and self.random.random() * 100 < self.settings[name]

    def job_for(self, world, event, endpoint):
        body = thin_body(event) if self.settings['thin'] else \
            body_of(world, event, endpoint['_version'])
        secrets = ['whsec_wrong'] if self.settings['wrong_secret'] else endpoint['_secrets']
        return Job(world, event, endpoint, body, secrets)

    def put(self, job, wait_ms):
        with self.ready:
            if self.settings['mode'] == 'hold':
                self.held.append(job)
                return
            self.number += 1
            heapq.heappush(self.jobs, (time.monotonic() + wait_ms / 1000, self.number, job))
            self.ready.notify()

    def set(self, order):
        self.settings.update(order)
        if order.get('seed') is not None:
            self.random = random.Random(order['seed'])
        if self.settings['mode'] == 'on':
            held, self.held = self.held, []
            if self.settings['shuffle_ms']:
                self.random.shuffle(held)
            for job in held:
                self.put(job, 0)

    def resend(self, world, event):
        """As the Dashboard's button does; whatever the settings say."""
        for endpoint in world.all('webhook_endpoint'):
            self.put(self.job_for(world, event, endpoint), 0)

    # --- Sending ---

    def work(self):
        connections = {}
        while True:
            job = self.next_job()
            try:
                self.attempt(job, connections)
            finally:
                with self.ready:
                    self.busy -= 1

    def next_job(self):
        with self.ready:
            while not self.jobs or self.jobs[0][0] > time.monotonic():
                self.ready.wait(self.jobs[0][0] - time.monotonic() if self.jobs else None)
            self.busy += 1
            return heapq.heappop(self.jobs)[2]

    def attempt(self, job, connections):
        job.attempts += 1
        at = int(time.time()) + self.settings['skew_s']
        headers = {'content-type': 'application/json; charset=utf-8',
                   'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
                   'stripe-signature': signature(job.secrets, at, job.body)}
        result = post(connections, job.endpoint['url'], job.body, headers)
        with self.sim.lock:
            self.note(job, result)

    def note(self, job, result):
        self.stats['sent'] += 1
        self.latest = [*self.latest[-49:], {'event': job.event['id'], 'type': job.event['type'],
                                            'attempt': job.attempts, 'result': result}]
        if isinstance(result, int) and 200 <= result < 300:
            job.event['_deliveries'][job.endpoint['id']] = 'delivered'
            self.stats['delivered'] += 1
            self.sim.has_changed = True
            return
        self.stats['failed'] += 1
        gone = job.world.get('webhook_endpoint', job.endpoint['id']) is None
        if gone or job.attempts >= self.settings['attempts']:
            self.stats['given_up'] += 1
            job.event['_deliveries'][job.endpoint['id']] = 'failed'
            return
        self.put(job, min(self.settings['retry_ms'] * 2 ** (job.attempts - 1),
                          self.settings['retry_max_ms']))

    def state(self):
        with self.ready:
            return {'settings': self.settings, 'waiting': len(self.jobs), 'held': len(self.held),
                    'under_way': self.busy, **self.stats, 'latest': self.latest[-10:]}


def post(connections, url, body, headers):
    """The status, or in a word what went wrong. A kept connection that died is opened anew."""
    parts = urllib.parse.urlsplit(url)
    for is_fresh in (parts.netloc not in connections, True):
        try:
            if is_fresh:
                kind = http.client.HTTPSConnection if parts.scheme == 'https' else \
                    http.client.HTTPConnection
                connections[parts.netloc] = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
            link = connections[parts.netloc]
            link.request('POST', parts.path or '/', body, headers)
            answer = link.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException) as e:
            connections.pop(parts.netloc, None)
            if is_fresh:
                return type(e).__name__
    return 'no answer'
