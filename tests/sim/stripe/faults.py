"""What goes wrong on order: by the beginning of the path, how, and how often."""
import re
import time

MODES = ('ok', 'hang', 'error', 'garbage', 'html', 'huge', 'slow', 'refuse-auth', 'truncated',
         'rate_limit', 'lost', 'kept')
HANG_S = 600
HUGE_BYTES = 10 * 1024 * 1024
BEGINS = b'{"object":"list","data":[],'


class Faults:
    def __init__(self):
        self.orders = []  # the newest first
        self.requests = {}

    def set(self, order):
        """A ValueError with a sentence when the order makes no sense."""
        mode, prefix = order.get('mode'), order.get('path', '/v1')
        if mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}.")
        for name in ('ms', 'status', 'times', 'retry_after'):
            if not isinstance(order.get(name, 0), int) or order.get(name, 0) < 0:
                raise ValueError(f'{name} is a number from 0.')
        if not 400 <= order.get('status', 500) <= 599:
            raise ValueError('status is a number from 400 to 599.')
        self.orders = [o for o in self.orders if o['path'] != prefix or
                       o.get('method') != order.get('method')]
        if mode != 'ok':
            self.orders.insert(0, {'ms': 1000, 'status': 500, 'times': 0, **order, 'path': prefix})

    def clear(self):
        self.orders, self.requests = [], {}

    def strike(self, method, path):
        """The order that this request suffers; None: none. Counts it."""
        name = method + ' ' + re.sub(r'/(?=[a-zA-Z]+_)[A-Za-z0-9_]*\d[A-Za-z0-9_]*', '/:id', path)
        self.requests[name] = self.requests.get(name, 0) + 1
        for order in self.orders:
            if path.startswith(order['path']) and order.get('method') in (None, method):
                if order['times'] > 0:
                    order['times'] -= 1
                    if order['times'] == 0:
                        self.orders.remove(order)
                return order
        return None


def error_answer(order):
    """(status, headers, bytes) of those modes that are an answer."""
    mode, json_type = order['mode'], 'application/json'
    if mode == 'refuse-auth':
        return 401, {'content-type': json_type}, \
            b'{"error":{"message":"Expired API Key provided","type":"invalid_request_error",' \
            b'"code":"api_key_expired"}}'
    if mode == 'error':
        return order['status'], with_hints(order, json_type), \
            b'{"error":{"message":"An unknown error occurred","type":"api_error"}}'
    if mode == 'rate_limit':
        return 429, {**with_hints(order, json_type),
                     'stripe-rate-limited-reason': 'global-rate'}, \
            b'{"error":{"message":"Request rate limit exceeded.","code":"rate_limit",' \
            b'"type":"invalid_request_error"}}'
    if mode == 'garbage':
        return 200, {'content-type': json_type}, b'{"object":"list",,<html>\xff\xfe\0\x01 not JSON'
    if mode == 'html':
        return order['status'] if 'status' in order and order['status'] != 500 else 200, \
            {'content-type': 'text/html'}, b'<!doctype html><title>Maintenance</title>'
    if mode == 'huge':
        pad = HUGE_BYTES - len(BEGINS) - 9
        return 200, {'content-type': json_type}, BEGINS + b'"pad":"' + b'x' * pad + b'"}'
    return None


def with_hints(order, kind):
    headers = {'content-type': kind}
    if 'retry_after' in order:
        headers['retry-after'] = str(order['retry_after'])
    if 'should_retry' in order:
        headers['stripe-should-retry'] = 'true' if order['should_retry'] else 'false'
    return headers


def wait(order, is_ended):
    """Holds a request back; goes on at once when the server ends."""
    end = time.monotonic() + (order['ms'] / 1000 if order['mode'] == 'slow' else HANG_S)
    while time.monotonic() < end and not is_ended():
        time.sleep(min(0.05, max(0.0, end - time.monotonic())))
