"""A simulator of Stripe of a test's own: starts tests/sim/stripe, asks it as the API is asked, and
does what people do on its pages.

    stripe = StripeSim(webhook=portal.url + '/webhooks/stripe', secret='whsec_…')
    stripe.seed_prices()
    cus = stripe.post('/customers', email='a@example.org', metadata={'user_sub': 'alice'})
    back = stripe.checkout(url_of_a_session)            # presses Pay; where it leads to
    stripe.control('clock', days=31)
    stripe.settle()                                     # all webhooks are delivered
    stripe.truth()['subscriptions']
    stripe.stop()

`stripe.env` has the settings of a portal that uses it. With StripeSim.running(), the one of ./run.
"""
import http.client
import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import urllib.parse

from patience import PATIENCE_S, wait_until
from ports import free_port

FOLDER = pathlib.Path(__file__).resolve().parent.parent / 'sim' / 'stripe'
VERSION = '2025-10-29.clover'


class Refused(Exception):
    """Stripe said no: status and its error object."""

    def __init__(self, status, error):
        super().__init__(f'{status}: {error}')
        self.status, self.error = status, error
        self.code, self.param = error.get('code'), error.get('param')


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode('utf-8')

    def json(self):
        return json.loads(self.body)


def flatten(value, name=''):
    """{'a': {'b': [1]}} as [('a[b][0]', '1')], as forms of Stripe are written."""
    if isinstance(value, dict):
        parts = [(f'{name}[{k}]' if name else k, v) for k, v in value.items()]
    elif isinstance(value, (list, tuple)):
        parts = [(f'{name}[{i}]', v) for i, v in enumerate(value)]
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return [(name, '' if value is None else text)]
    return [pair for k, v in parts for pair in flatten(v, k)]


class StripeSim:
    """Starts one; further settings by their names: STRIPE_SIM_SEED='1'."""

    def __init__(self, webhook=None, secret=None, key=None, port=None, **settings):
        self.port = port or free_port()
        self.key = key or 'sk_test_' + secrets.token_hex(8)
        self.secret = secret or 'whsec_' + secrets.token_hex(16)
        self.url = f'http://127.0.0.1:{self.port}'
        self.env = {'STRIPE_API_BASE': self.url, 'STRIPE_SECRET_KEY': self.key,
                    'STRIPE_WEBHOOK_SECRET': self.secret}
        self.log = tempfile.NamedTemporaryFile(mode='w+', suffix='.log')
        env = {**os.environ, 'STRIPE_SIM_PORT': str(self.port), 'STRIPE_SIM_KEY': self.key,
               'STRIPE_SIM_WEBHOOK_URL': webhook or '', 'STRIPE_SIM_WEBHOOK_SECRET': self.secret,
               'STRIPE_SIM_URL': self.url}
        for name in ('STRIPE_SIM_STATE', 'STRIPE_SIM_SEED'):  # those of ./run are not ours
            env.pop(name, None)
        self.process = subprocess.Popen([sys.executable, str(FOLDER)], env={**env, **settings},
                                        stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        wait_until(self.is_ready, 'the start of the simulator of Stripe')

    @classmethod
    def running(cls):
        """The one that ./run has started, as its settings tell."""
        self = cls.__new__(cls)
        self.url, self.key = os.environ['STRIPE_API_BASE'], os.environ['STRIPE_SECRET_KEY']
        self.secret = os.environ.get('STRIPE_WEBHOOK_SECRET')
        self.port, self.process = urllib.parse.urlsplit(self.url).port, None
        self.env = {'STRIPE_API_BASE': self.url, 'STRIPE_SECRET_KEY': self.key,
                    'STRIPE_WEBHOOK_SECRET': self.secret}
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError('ended at once: ' + self.said())
        try:
            return self.raw('GET', '/healthz').status == 200
        except OSError:
            return False

    def said(self):
        with open(self.log.name, encoding='utf-8', errors='replace') as f:
            return f.read()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=PATIENCE_S)

    # --- The API ---

    def raw(self, method, path, body=None, headers=None, timeout=30):
        link = http.client.HTTPConnection('127.0.0.1', self.port, timeout=timeout)
        try:
            link.request(method, path, body, headers or {})
            return Answer(link.getresponse())
        finally:
            link.close()

    def ask(self, method, path, params=None, key=None, version=VERSION, idempotency_key=None):
        """The answer, whatever it is; the path is without /v1."""
        headers = {'authorization': 'Bearer ' + (key or self.key)}
        if version:
            headers['stripe-version'] = version
        if idempotency_key:
            headers['idempotency-key'] = idempotency_key
        form = urllib.parse.urlencode(flatten(params or {}))
        if method == 'GET':
            return self.raw('GET', f'/v1{path}' + ('?' + form if form else ''), None, headers)
        headers['content-type'] = 'application/x-www-form-urlencoded'
        return self.raw(method, '/v1' + path, form, headers)

    def object(self, answer):
        found = answer.json()
        if answer.status != 200:
            raise Refused(answer.status, found['error'])
        return found

    def get(self, path, **params):
        return self.object(self.ask('GET', path, params))

    def post(self, path, **params):
        return self.object(self.ask('POST', path, params))

    def delete(self, path, **params):
        return self.object(self.ask('DELETE', path, params))

    def all(self, path, **params):
        """Every object of a list, page by page."""
        found, params = [], {'limit': 100, **params}
        while True:
            page = self.get(path, **params)
            found += page['data']
            if not page['has_more']:
                return found
            params['starting_after'] = found[-1]['id']

    def seed_prices(self):
        """Product Pro with price_pro_monthly (9.00 EUR) and price_pro_yearly (90.00 EUR)."""
        self.control('seed')

    def new_subscription(self, price='price_pro_monthly', sub='alice', **more):
        """A customer of that account and its subscription, made by API; both."""
        customer = self.post('/customers', email=f'{sub}@example.org', metadata={'user_sub': sub})
        made = self.post('/subscriptions', customer=customer['id'],
                         items=[{'price': price, 'quantity': more.pop('quantity', 1)}], **more)
        return customer, made

    # --- Pages ---

    def press(self, url, action='pay', **fields):
        """Presses a button on a page of the simulator; the answer, not followed."""
        path = urllib.parse.urlsplit(url).path
        body = urllib.parse.urlencode({'action': action, **fields})
        return self.raw('POST', path, body,
                        {'content-type': 'application/x-www-form-urlencoded'})

    def checkout(self, url, action='pay'):
        """Pays ('pay', or 'later' by bank debit); the address that the person is sent on to."""
        answer = self.press(url, action)
        assert answer.status == 303, (answer.status, answer.text)
        return answer.headers['location']

    # --- Control ---

    def control(self, name, **order):
        answer = self.raw('POST', '/control/' + name, json.dumps(order),
                          {'content-type': 'application/json'})
        assert answer.status == 200, f'{name} {order}: {answer.status} {answer.text}'
        return answer.json()

    def state(self):
        return self.raw('GET', '/control').json()

    def truth(self, live=False):
        return self.raw('GET', '/control/truth' + ('?live' if live else ''), timeout=120).json()

    def settle(self, timeout=PATIENCE_S):
        """Waits until no delivery waits, is under way or will be tried again."""
        def is_settled():
            d = self.state()['delivery']
            return d['waiting'] + d['under_way'] == 0
        wait_until(is_settled, 'the delivery of all webhooks', timeout)
