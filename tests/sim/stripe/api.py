"""From a request to an answer: the key, the version, the route, its parameters, idempotency."""
import base64
import hashlib
import re
import threading

import call as calls
import catalog_api
import checkout_api
import customer_api
import errors
import forms
import shapes
import subscription_api
import versions

ROUTES = catalog_api.ROUTES + customer_api.ROUTES + subscription_api.ROUTES + checkout_api.ROUTES

KEPT_S = 24 * 3600  # the answer to an idempotency key


def compiled(routes):
    """{method: [(pattern, handler, known parameters, its right)]}"""
    found = {}
    for method, path, handler, words in routes:
        pattern = re.compile('/v1' + re.sub(r':id', '([^/]+)', path) + '$')
        right = 'rak_' + path.split('/:')[0].strip('/').replace('/', '_').rstrip('s') + \
            ('_read' if method == 'GET' else '_write')
        found.setdefault(method, []).append((pattern, handler, forms.table(words), right))
    return found


class Request:
    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.query = method, path, query
        self.headers, self.body = headers, body  # names in lower case
        self.pause = lambda: None                # a slow answer waits in it
        self.fails = False                       # with an error of Stripe's own


class Api:
    def __init__(self, sim, key):
        self.sim, self.key = sim, key
        self.rights = set()  # of restricted keys: 'rak_balance_read', or 'all'
        self.routes = compiled(ROUTES)
        self.under_way, self.lock = set(), threading.Lock()
        self.numbers = iter(range(1, 1 << 60))

    def answer(self, request):
        """(status, headers, object)"""
        version = request.headers.get('stripe-version', self.sim.version)
        headers = {'request-id': f'req_sim{next(self.numbers):012}', 'stripe-version': version}
        try:
            key = self.check_key(request)
            versions.check(version)
            status, more, shown = self.route(request, key, version, headers['request-id'])
            headers.update(more)
        except errors.StripeError as e:
            status, shown = e.status, self.error_of(e, headers['request-id'])
        return status, headers, shown

    def error_of(self, e, request_id):
        return {'error': {**e.error,
                          'request_log_url': f'https://dashboard.stripe.com/logs/{request_id}'}}

    # --- Keys ---

    def check_key(self, request):
        given = request.headers.get('authorization', '')
        scheme, _, value = given.partition(' ')
        value = value.strip()
        if scheme.lower() == 'basic':
            try:
                value = base64.b64decode(value).decode().partition(':')[0]
            except ValueError:
                value = ''
        elif scheme.lower() != 'bearer':
            value = ''
        if not value:
            raise errors.no_key()
        if not re.match('(sk|rk)_(test|live)_', value) or len(self.key) <= 8 or \
                value[8:] != self.key[8:]:
            raise errors.wrong_key(value)
        return value

    def world_of(self, key):
        return self.sim.worlds[key[3:8] == 'live_']

    # --- Routes ---

    def route(self, request, key, version, request_id):
        for pattern, handler, known, right in self.routes.get(request.method, ()):
            found = pattern.match(request.path)
            if found:
                break
        else:
            raise errors.no_such_address(request.method, request.path)
        if key.startswith('rk_') and not self.rights & {'all', right}:
            raise errors.not_allowed(key, right)
        params = forms.decode(request.query if request.method == 'GET' else
                              '&'.join(filter(None, (request.query, request.body))))
        world = self.world_of(key)
        expand = params.get('expand')
        shapes.expand_tree(expand if isinstance(expand, list) else [])

        def run():
            if request.fails:
                raise errors.own_fault()
            call = calls.Call(self.sim, world, version, request.path, found.groups(),
                              calls.read_params(params, known))
            return calls.answer_of(call, handler(call), call.params.get('expand'))
        if request.method != 'POST':
            request.pause()
            with self.sim.lock:
                self.sim.request = {'id': request_id}
                return 200, {}, run()
        return self.post(request, params, world, request_id, run)

    # --- Idempotency ---

    def post(self, request, params, world, request_id, run):
        key = request.headers.get('idempotency-key')
        if key is None:
            request.pause()
            return self.do_post(None, request_id, run)
        if len(key) > 255:
            raise errors.StripeError(400, 'Idempotency keys can be at most 255 characters.',
                                     'idempotency_error')
        mark = hashlib.sha256(f'{request.path}\n{forms_text(params)}'.encode()).hexdigest()
        place = (world.livemode, key)
        with self.lock:
            if place in self.under_way:
                raise errors.key_in_use(key)
            self.under_way.add(place)
        try:
            request.pause()
            return self.post_once(world, key, mark, request_id, run)
        finally:
            with self.lock:
                self.under_way.discard(place)

    def post_once(self, world, key, mark, request_id, run):
        kept = world.answers.get(key)
        if kept is not None and kept[4] > world.now() - KEPT_S:
            if kept[0] != mark:
                raise errors.key_reused(key)
            return kept[1], {'idempotent-replayed': 'true', 'original-request': kept[3]}, kept[2]
        try:
            status, more, shown = self.do_post(key, request_id, run)
        except errors.StripeError as e:
            if e.is_kept:
                world.answers[key] = [mark, e.status, self.error_of(e, request_id), request_id,
                                      world.now()]
            raise
        world.answers[key] = [mark, status, shown, request_id, world.now()]
        return status, more, shown

    def do_post(self, key, request_id, run):
        with self.sim.lock:
            self.sim.request = {'id': request_id, 'idempotency_key': key}
            try:
                return 200, {}, run()
            finally:
                self.sim.request = {}


def forms_text(params):
    """The same text for the same parameters, in whatever order they came."""
    if isinstance(params, dict):
        return '{' + ','.join(f'{n}={forms_text(params[n])}' for n in sorted(params)) + '}'
    if isinstance(params, list):
        return '[' + ','.join(map(forms_text, params)) + ']'
    return repr(params)
