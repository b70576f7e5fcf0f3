"""What Stripe posts: events, signed as it does."""
import hashlib
import hmac
import itertools
import json
import time
import uuid

from client import request

SECRET = 'whsec_0123456789abcdefghijABCDEFGHIJ01'
OLD_SECRET = 'whsec_old_0123456789abcdefghijABCDEF'
_numbers = itertools.count()
_run = uuid.uuid4().hex[:12]


def event_id():
    """One that no test has used."""
    return f'evt_{_run}{next(_numbers)}'


def event(**changes):
    """An event of test mode about an invoice; a member that is None is taken away."""
    what = {'id': event_id(), 'object': 'event', 'api_version': '2025-10-29.clover',
            'created': int(time.time()), 'livemode': False, 'pending_webhooks': 1,
            'request': {'id': None, 'idempotency_key': None}, 'type': 'invoice.paid',
            'data': {'object': {'id': f'in_{_run}', 'object': 'invoice', 'amount_paid': 900,
                                'currency': 'eur', 'customer': 'cus_1',
                                'customer_email': 'alice@example.org'}}, **changes}
    return {name: value for name, value in what.items() if value is not None}


def sign(body, secret=SECRET, at=None):
    """The value of Stripe-Signature."""
    at = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), b'%d.' % at + body, hashlib.sha256).hexdigest()
    return f't={at},v1={mac}'


def post(portal_url, body, signature=None, timeout=10):
    """Posts an event (or bytes) as Stripe does; without a signature one of our own."""
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    headers = {'content-type': 'application/json; charset=utf-8', 'user-agent': 'Stripe/1.0',
               'stripe-signature': sign(body) if signature is None else signature}
    if signature == '':
        del headers['stripe-signature']
    return request('POST', portal_url + '/webhooks/stripe', headers, body, timeout=timeout)
