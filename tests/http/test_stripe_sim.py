"""The simulator of Stripe does what Stripe's documentation says, errors and faults included."""
import base64
import collections
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from patience import wait_until
from stripe_sim import FOLDER, Refused, StripeSim

DAY = 86400
SAMPLES = pathlib.Path(__file__).resolve().parent.parent / 'data' / 'stripe'
OLD = '2024-06-20'


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks; `statuses` are the next answers, then 200."""

    daemon_threads = True

    def __init__(self):
        self.got, self.statuses = [], []
        super().__init__(('127.0.0.1', 0), Hook)
        self.url = f'http://127.0.0.1:{self.server_port}/hook'
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def types(self):
        return [json.loads(body)['type'] for _, body in self.got]


class Hook(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.got.append((self.headers, body))
        self.send_response(status)
        self.send_header('content-length', '0')
        self.end_headers()

    def log_message(self, *_args):
        pass


class Case(unittest.TestCase):
    """One simulator for the class, with the two prices."""

    @classmethod
    def setUpClass(cls):
        cls.sim = StripeSim()
        cls.addClassCleanup(cls.sim.stop)
        cls.sim.seed_prices()

    def tearDown(self):
        self.sim.control('reset')
        self.assertNotIn('Traceback', self.sim.said())

    def refused(self, status, code, call, /, *args, param=None, **params):
        """Stripe says no like that; its message."""
        with self.assertRaises(Refused) as caught:
            call(*args, **params)
        self.assertEqual((caught.exception.status, caught.exception.code), (status, code),
                         caught.exception)
        if param is not None:
            self.assertEqual(caught.exception.param, param)
        return caught.exception.error['message']

    def session(self, **more):
        params = {'mode': 'subscription',
                  'success_url': 'http://127.0.0.1:9/ok?s={CHECKOUT_SESSION_ID}',
                  'cancel_url': 'http://127.0.0.1:9/no',
                  'line_items': [{'price': 'price_pro_monthly', 'quantity': 1}], **more}
        return self.sim.post('/checkout/sessions', **params)

    def price(self, **more):
        return self.sim.post('/prices', product='prod_pro', currency='eur',
                             recurring={'interval': 'month'}, **more)


class Keys(Case):
    def balance(self, authorization):
        headers = {'authorization': authorization} if authorization else {}
        return self.sim.raw('GET', '/v1/balance', None, headers)

    def test_bearer_and_basic(self):
        key = self.sim.key
        basic = base64.b64encode(f'{key}:'.encode()).decode()
        for words in (f'Bearer {key}', f'bearer {key}', f'Basic {basic}'):
            answer = self.balance(words)
            self.assertEqual((answer.status, answer.json()['object']), (200, 'balance'))
            self.assertRegex(answer.headers['request-id'], '^req_')

    def test_others_are_refused_and_not_repeated(self):
        key = self.sim.key
        for words in (None, 'Bearer', 'Digest x', 'Bearer ' + key[:-1] + 'g', 'Bearer pk' + key[2:],
                      'Basic !', f'Bearer {key}0', 'Bearer sk_test_'):
            answer = self.balance(words)
            self.assertEqual(answer.status, 401, words)
            self.assertNotIn(key[8:], answer.text)

    def test_a_restricted_key_may_what_it_was_given(self):
        key = 'rk' + self.sim.key[2:]
        answer = self.sim.ask('GET', '/balance', key=key)
        self.assertEqual(answer.status, 403)
        self.assertIn("'rak_balance_read'", answer.json()['error']['message'])
        self.sim.control('account', rights=['rak_balance_read', 'rak_customer_write'])
        self.addCleanup(self.sim.control, 'account', rights=[])
        self.assertEqual(self.sim.ask('GET', '/balance', key=key).status, 200)
        self.assertEqual(self.sim.ask('POST', '/customers', key=key).status, 200)
        self.assertEqual(self.sim.ask('GET', '/customers', key=key).status, 403)

    def test_live_mode_is_another_world(self):
        live = self.sim.key.replace('_test_', '_live_')
        made = self.sim.ask('POST', '/customers', {'name': 'L'}, key=live).json()
        self.assertTrue(made['livemode'])
        self.refused(404, 'resource_missing', self.sim.get, '/customers/' + made['id'])
        self.assertEqual(self.sim.ask('GET', '/customers/' + made['id'], key=live).status, 200)

    def test_versions(self):
        for version, status in (('2025-10-29.clover', 200), ('2024-06-20', 200), ('newest', 400),
                                ('2024-6-20', 400)):
            answer = self.sim.ask('GET', '/balance', version=version)
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.headers['stripe-version'], version)

    def test_what_there_is_not(self):
        for method, path in (('GET', '/nothing'), ('POST', '/balance'), ('DELETE', '/events/x'),
                             ('GET', '/customers/')):
            answer = self.sim.ask(method, path)
            self.assertEqual(answer.status, 404)
            self.assertIn('Unrecognized request URL', answer.json()['error']['message'])


class Parameters(Case):
    def test_nested_names(self):
        made = self.sim.raw(
            'POST', '/v1/customers',
            'metadata%5Bkey%5D=a%26b&address[city]=K%C3%B6ln&preferred_locales[]=de'
            '&preferred_locales[]=en', {'authorization': 'Bearer ' + self.sim.key}).json()
        self.assertEqual((made['metadata'], made['address'], made['preferred_locales']),
                         ({'key': 'a&b'}, {'city': 'Köln'}, ['de', 'en']))

    def test_bad_ones(self):
        post, get = self.sim.post, self.sim.get
        line = {'price': 'price_pro_monthly', 'quantity': 1}
        good = {'mode': 'subscription', 'success_url': 'http://x/'}
        for status, code, param, call, path, params in (
                (400, 'parameter_unknown', 'nmae', post, '/customers', {'nmae': 'x'}),
                (400, 'parameter_missing', 'currency', post, '/prices', {'product': 'prod_pro'}),
                (400, 'parameter_missing', 'customer', post, '/subscriptions', {'items': [line]}),
                (400, 'parameter_missing', 'items', post, '/subscriptions', {'customer': 'x'}),
                (400, 'resource_missing', 'customer', post, '/subscriptions',
                 {'customer': 'cus_none', 'items': [line]}),
                (400, 'parameter_missing', 'success_url', post, '/checkout/sessions',
                 {'mode': 'subscription', 'line_items': [line]}),
                (400, None, 'mode', post, '/checkout/sessions', {**good, 'mode': 'gift'}),
                (400, None, 'customer_creation', post, '/checkout/sessions',
                 {**good, 'line_items': [line], 'customer_creation': 'always'}),
                (400, 'resource_missing', 'line_items[0][price]', post, '/checkout/sessions',
                 {**good, 'line_items': [{'price': 'price_none', 'quantity': 1}]}),
                (400, 'parameter_missing', 'line_items[0][quantity]', post, '/checkout/sessions',
                 {**good, 'line_items': [{'price': 'price_pro_monthly'}]}),
                (400, 'parameter_unknown', 'line_items[0][prize]', post, '/checkout/sessions',
                 {**good, 'line_items': [{'prize': 'x'}]}),
                (400, 'url_invalid', 'success_url', post, '/checkout/sessions',
                 {**good, 'success_url': 'nowhere', 'line_items': [line]}),
                (400, None, 'expires_at', post, '/checkout/sessions',
                 {**good, 'line_items': [line], 'expires_at': int(time.time()) + 60}),
                (404, 'resource_missing', 'id', get, '/customers/cus_none', {}),
                (404, 'resource_missing', 'id', post, '/subscriptions/sub_none', {}),
                (400, 'parameter_invalid_integer', 'limit', get, '/customers', {'limit': 0}),
                (400, 'parameter_invalid_integer', 'limit', get, '/customers', {'limit': 101}),
                (400, 'parameter_invalid_integer', 'limit', get, '/customers', {'limit': 'x'}),
                (400, 'resource_missing', 'starting_after', get, '/customers',
                 {'starting_after': 'cus_none'}),
                (400, None, 'status', get, '/subscriptions', {'status': 'gone'}),
                (400, 'parameter_missing', 'subscription', get, '/subscription_items', {}),
                (400, 'parameter_missing', 'payment[type]', get, '/invoice_payments',
                 {'payment': {'payment_intent': 'pi_1'}}),
                (400, 'parameter_missing', 'charge', post, '/refunds', {})):
            with self.subTest((path, params)):
                self.refused(status, code, call, path, param=param, **params)

    def test_empty_values_unset(self):
        made = self.sim.post('/customers', name='A', metadata={'a': '1', 'b': '2'})
        made = self.sim.post('/customers/' + made['id'], name='', metadata={'a': '', 'c': '3'})
        self.assertEqual((made['name'], made['metadata']), (None, {'b': '2', 'c': '3'}))
        self.assertEqual(self.sim.post('/customers/' + made['id'], metadata='')['metadata'], {})

    def test_a_deleted_customer_is_hardly_there(self):
        made, sub = self.sim.new_subscription()
        gone = self.sim.delete('/customers/' + made['id'])
        self.assertEqual(gone, {'id': made['id'], 'object': 'customer', 'deleted': True})
        self.assertEqual(self.sim.get('/customers/' + made['id']), gone)
        found = self.sim.get('/subscriptions/' + sub['id'], expand=['customer'])
        self.assertEqual(found['customer'], gone)
        self.assertEqual(self.sim.get('/subscriptions/' + sub['id'])['status'], 'canceled')
        self.refused(400, 'resource_missing', self.sim.post, '/billing_portal/sessions',
                     param='customer', customer=made['id'])


class Nonsense(Case):
    VALUES = ('', 'x', '-1', '0', '99999999999999999', {'x': 'y'}, ['x'], [{'x': 'y'}], {'0': ''})

    def routes(self):
        """[method, path, names of parameters] of all that there is."""
        program = ('import json, sys; sys.path.insert(0, sys.argv[1]); import api, forms; '
                   'print(json.dumps([[m, p, list(forms.table(w))] for m, p, _, w in api.ROUTES]))')
        run = subprocess.run([sys.executable, '-c', program, str(FOLDER)], capture_output=True,
                             text=True, check=True)
        return json.loads(run.stdout)

    def valid(self):
        """An id for each place in an address, and parameters that let others be looked at."""
        customer, sub = self.sim.new_subscription()
        charge = self.sim.get('/charges', limit=1)['data'][0]
        params = {
            'currency': 'eur', 'product': 'prod_pro', 'unit_amount': 5, 'name': 'N',
            'amount': 1, 'customer': customer['id'], 'mode': 'subscription', 'url': 'http://x/',
            'success_url': 'http://x/', 'enabled_events': ['*'], 'percent_off': 5,
            'line_items': [{'price': 'price_pro_monthly', 'quantity': 1}],
            'items': [{'price': 'price_pro_monthly'}], 'charge': charge['id'],
            'features': {'x': {'enabled': 'true'}}, 'from_subscription': sub['id'],
            'subscription': sub['id']}
        ids = {'customers': customer['id'], 'subscriptions': sub['id'], 'charges': charge['id'],
               'invoices': sub['latest_invoice'], 'products': 'prod_pro',
               'prices': 'price_pro_monthly', 'payment_intents': charge['payment_intent'],
               'subscription_items': sub['items']['data'][0]['id']}
        return params, ids

    def test_every_parameter_of_every_route(self):
        params, ids = self.valid()
        for method, path, names in self.routes():
            if method == 'DELETE':
                continue
            target = path.replace(':id', ids.get(path.split('/')[1], 'none'))
            good = {n: v for n, v in params.items() if n in names} if method == 'POST' else {}
            for name in names:
                for value in self.VALUES:
                    with self.subTest((method, path, name, value)):
                        answer = self.sim.ask(method, target, {**good, name: value})
                        self.assertIn(answer.status, (200, 400, 402, 404))

    def test_bodies_that_are_no_forms(self):
        headers = {'authorization': 'Bearer ' + self.sim.key}
        for body in ('&' * 9, 'a[', 'a[]]=1', '[a]=1', 'name=1&name[x]=2', '\0=\0', '{"name":1}',
                     'x=1&' * 6000, 'a' + '[b]' * 3000 + '=1'):
            answer = self.sim.raw('POST', '/v1/customers', body, headers)
            self.assertIn(answer.status, (200, 400), body[:20])


class Idempotency(Case):
    def create(self, key, **params):
        return self.sim.ask('POST', '/customers', params, idempotency_key=key)

    def test_the_same_again(self):
        first, second = self.create('k1', name='A'), self.create('k1', name='A')
        self.assertEqual(first.json(), second.json())
        self.assertEqual(second.headers['idempotent-replayed'], 'true')
        self.assertNotEqual(self.create('k2', name='A').json()['id'], first.json()['id'])

    def test_other_parameters(self):
        self.create('k3', name='A')
        answer = self.create('k3', name='B')
        self.assertEqual((answer.status, answer.json()['error']['type']),
                         (400, 'idempotency_error'))

    def test_what_was_refused_is_not_kept(self):
        self.assertEqual(self.create('k4', nmae='A').status, 400)
        self.assertEqual(self.create('k4', name='A').status, 200)

    def test_at_the_same_time(self):
        self.sim.control('fault', path='/v1/customers', mode='slow', ms=1000, times=1)
        slow = threading.Thread(target=self.create, args=('k5',), kwargs={'name': 'A'})
        slow.start()
        wait_until(lambda: not self.sim.state()['faults'], 'the slow request')
        answer = self.create('k5', name='A')
        self.assertEqual((answer.status, answer.json()['error']['type']),
                         (409, 'idempotency_error'))
        slow.join()
        self.assertEqual(self.create('k5', name='A').headers['idempotent-replayed'], 'true')

    def test_a_lost_answer(self):
        self.sim.control('fault', path='/v1/customers', mode='lost', times=1)
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.create('k6', name='lost')
        self.assertEqual(self.create('k6', name='lost').status, 200)
        self.assertEqual(sum(c['name'] == 'lost' for c in self.sim.all('/customers')), 1)

    def test_for_a_day(self):
        first = self.create('k7', name='A').json()['id']
        self.sim.control('clock', hours=25)
        self.assertNotEqual(self.create('k7', name='A').json()['id'], first)


class Lists(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = [cls.sim.post('/customers', email=f'l{i}@example.org')['id'] for i in range(25)]

    def ids(self, **params):
        page = self.sim.get('/customers', **params)
        return [c['id'] for c in page['data']], page['has_more']

    def test_pages(self):
        newest = self.made[::-1]
        self.assertEqual(self.ids(), (newest[:10], True))
        self.assertEqual(self.ids(limit=25), (newest, False))
        self.assertEqual(self.ids(limit=5, starting_after=newest[4]), (newest[5:10], True))
        self.assertEqual(self.ids(limit=5, starting_after=newest[19]), (newest[20:], False))
        self.assertEqual(self.ids(limit=5, ending_before=newest[20]), (newest[15:20], True))
        self.assertEqual(self.ids(limit=5, ending_before=newest[3]), (newest[:3], False))
        self.assertEqual([c['id'] for c in self.sim.all('/customers', limit=7)], newest)

    def test_filters(self):
        self.assertEqual(self.ids(email='l3@example.org'), ([self.made[3]], False))
        self.assertEqual(self.ids(email='L3@example.org'), ([], False))
        now = int(time.time())
        for created, n in (({'gte': now + 60}, 0), ({'lte': now + 60}, 25), ({'lt': 1}, 0),
                           ({'gt': now - 600, 'lt': now + 60}, 25)):
            self.assertEqual(len(self.ids(limit=100, created=created)[0]), n, created)


class Filters(Case):
    def test_statuses_of_subscriptions(self):
        customer, active = self.sim.new_subscription()
        canceled = self.sim.post('/subscriptions', customer=customer['id'],
                                 items=[{'price': 'price_pro_monthly'}])
        self.sim.delete('/subscriptions/' + canceled['id'])
        for status, ids in ((None, {active['id']}), ('all', {active['id'], canceled['id']}),
                            ('canceled', {canceled['id']}), ('ended', {canceled['id']}),
                            ('past_due', set())):
            params = {'customer': customer['id'], **({'status': status} if status else {})}
            found = {s['id'] for s in self.sim.all('/subscriptions', **params)}
            self.assertEqual(found, ids, status)
        self.assertEqual([s['id'] for s in self.sim.all(
            '/subscriptions', price='price_pro_monthly', customer=active['customer'])],
            [active['id']])
        self.assertEqual(self.sim.all('/subscriptions', price='price_pro_yearly',
                                      customer=customer['id']), [])

    def test_embedded_lists_are_cut_at_ten(self):
        prices = [self.price(unit_amount=100 + i)['id'] for i in range(30)]
        customer = self.sim.post('/customers')
        sub = self.sim.post('/subscriptions', customer=customer['id'],
                            items=[{'price': p} for p in prices])
        self.assertEqual((len(sub['items']['data']), sub['items']['has_more']), (10, True))
        found = self.sim.all('/subscription_items', subscription=sub['id'], limit=7)
        self.assertEqual([i['price']['id'] for i in found], prices)
        invoice = self.sim.get('/invoices/' + sub['latest_invoice'])
        self.assertEqual((len(invoice['lines']['data']), invoice['lines']['has_more']), (10, True))
        lines = self.sim.all(f"/invoices/{invoice['id']}/lines")
        self.assertEqual(sum(line['amount'] for line in lines), invoice['total'])

    def test_events(self):
        self.sim.post('/customers')
        wanted = self.sim.all('/events', type='customer.created')
        self.assertGreaterEqual(len(wanted), 1)
        self.assertEqual({e['type'] for e in wanted}, {'customer.created'})
        some = self.sim.all('/events', types=['product.created', 'price.created'])
        self.assertEqual({e['type'] for e in some}, {'product.created', 'price.created'})
        self.assertTrue(all(e['type'].startswith('price.')
                            for e in self.sim.all('/events', type='price.*')))
        self.refused(400, None, self.sim.get, '/events', type='a', types=['b'])


class Shapes(Case):
    OBJECTS = {'balance_transaction': '/balance_transactions', 'charge': '/charges',
               'customer': '/customers', 'event': '/events', 'invoice': '/invoices',
               'invoice_payment': '/invoice_payments', 'payment_intent': '/payment_intents',
               'price': '/prices', 'refund': '/refunds', 'subscription': '/subscriptions',
               'checkout.session': '/checkout/sessions', 'coupon': '/coupons'}
    # Of samples: what is shown only when it is asked for, or only before 2025-03-31.basil.
    NOT_SHOWN = {'charge': {'refunds', 'source'}, 'invoice': {'subscription'},
                 'payment_intent': {'source'}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coupon = cls.sim.post('/coupons', percent_off='25.5', duration='forever')
        cls.customer, cls.sub = cls.sim.new_subscription(
            discounts=[{'coupon': cls.coupon['id']}])
        intent = cls.sim.get('/payment_intents')['data'][0]
        cls.sim.post('/refunds', payment_intent=intent['id'], amount=100)
        cls.sim.post('/checkout/sessions', mode='subscription', success_url='http://x/',
                     line_items=[{'price': 'price_pro_monthly', 'quantity': 1}])

    def test_every_member_of_the_samples(self):
        for kind, path in self.OBJECTS.items():
            with self.subTest(kind):
                sample = json.loads((SAMPLES / f'{kind}.json').read_text(encoding='utf-8'))
                shown = self.sim.get(path, limit=1)['data'][0]
                missing = set(sample) - set(shown) - self.NOT_SHOWN.get(kind, set())
                self.assertEqual(missing, set())
                self.assertFalse([name for name in shown if name.startswith('_')])
        item = json.loads((SAMPLES / 'subscription.json').read_text())['items']['data'][0]
        self.assertEqual(set(item) - set(self.sub['items']['data'][0]), set())

    def test_expand(self):
        found = self.sim.get('/subscriptions', expand=['data.discounts.source.coupon',
                                                      'data.latest_invoice.payments',
                                                      'data.items.data.price'])['data'][0]
        self.assertEqual(found['discounts'][0]['source']['coupon']['percent_off'], 25.5)
        payment = found['latest_invoice']['payments']['data'][0]
        self.assertEqual(payment['amount_paid'], 670)  # 229.5 off are 230
        self.assertIsInstance(self.sub['discounts'][0], str)
        sub = self.sim.get('/subscriptions/' + self.sub['id'], expand=[
            'customer', 'discounts.source.coupon.applies_to', 'items.data.price.tiers',
            'items.data.price.product'])
        price = sub['items']['data'][0]['price']
        self.assertEqual((price['tiers'], price['product']['id']), (None, 'prod_pro'))
        self.assertIsNone(sub['discounts'][0]['source']['coupon']['applies_to'])
        charge = self.sim.get('/charges', expand=['data.payment_intent.customer'])['data'][0]
        self.assertEqual(charge['payment_intent']['customer']['id'], self.customer['id'])
        charge = self.sim.get('/charges/' + charge['id'], expand=['refunds'])
        self.assertEqual([r['amount'] for r in charge['refunds']['data']], [100])

    def test_expand_that_cannot_be(self):
        get = self.sim.get
        for path, code in (('data.items.data.price.tiers', 'property_expansion_max_depth'),
                           ('data.payments.data.payment.charge', 'property_expansion_max_depth'),
                           ('data.nothing', None), ('customer', None), ('data.status', None),
                           ('', None)):
            self.refused(400, code, get, '/subscriptions', param='expand', expand=[path])
        self.refused(400, None, get, '/invoices', expand=['data.payment_intent'])

    def test_old_shapes(self):
        def get(path, version=OLD):
            return self.sim.ask('GET', path, version=version).json()
        sub = get('/subscriptions/' + self.sub['id'])
        item = self.sub['items']['data'][0]
        self.assertEqual((sub['current_period_start'], sub['current_period_end']),
                         (item['current_period_start'], item['current_period_end']))
        self.assertNotIn('current_period_end', sub['items']['data'][0])
        self.assertEqual(sub['discount']['coupon']['id'], self.coupon['id'])
        invoice = get('/invoices/' + sub['latest_invoice'])
        self.assertEqual((invoice['subscription'], invoice['paid']), (sub['id'], True))
        intent = get('/payment_intents/' + invoice['payment_intent'])
        self.assertEqual(intent['invoice'], invoice['id'])
        self.assertEqual(get('/charges/' + invoice['charge'])['invoice'], invoice['id'])
        self.assertEqual(invoice['lines']['data'][0]['price']['id'], 'price_pro_monthly')
        for name in ('parent', 'total_taxes'):
            self.assertNotIn(name, invoice)

    def test_new_shapes(self):
        self.assertNotIn('current_period_end', self.sub)
        self.assertNotIn('discount', self.sub)
        invoice = self.sim.get('/invoices/' + self.sub['latest_invoice'])
        self.assertEqual(invoice['parent']['subscription_details']['subscription'], self.sub['id'])
        for name in ('subscription', 'payment_intent', 'charge', 'paid', 'payments'):
            self.assertNotIn(name, invoice)
        intent = self.sim.get('/payment_intents')['data'][0]
        [payment] = self.sim.get('/invoice_payments', payment={
            'type': 'payment_intent', 'payment_intent': intent['id']})['data']
        self.assertEqual(payment['invoice'], invoice['id'])

    def test_between_basil_and_clover(self):
        answer = self.sim.ask('GET', '/subscriptions/' + self.sub['id'],
                              {'expand': ['discounts']}, version='2025-06-30.basil').json()
        self.assertEqual(answer['discounts'][0]['coupon']['id'], self.coupon['id'])
        self.assertIn('current_period_end', answer['items']['data'][0])


class Money(Case):
    def total(self, price, quantity=1, **more):
        customer = self.sim.post('/customers')
        sub = self.sim.post('/subscriptions', customer=customer['id'],
                            items=[{'price': price['id'], 'quantity': quantity}], **more)
        return self.sim.get('/invoices/' + sub['latest_invoice'])['total']

    def test_prices(self):
        tiers = [{'up_to': 5, 'unit_amount': 500}, {'up_to': 'inf', 'unit_amount': 300,
                                                   'flat_amount': 100}]
        for amount, quantity, params in (
                (2700, 3, {'unit_amount': 900}),
                (2, 3, {'unit_amount_decimal': '0.5'}),  # 1.5, half up
                (400, 25, {'unit_amount': 200,
                           'transform_quantity': {'divide_by': 10, 'round': 'down'}}),
                (600, 25, {'unit_amount': 200,
                           'transform_quantity': {'divide_by': 10, 'round': 'up'}}),
                (3500, 5 + 3, {'tiers_mode': 'graduated', 'tiers': tiers,
                               'billing_scheme': 'tiered'}),
                (2500, 8, {'tiers_mode': 'volume', 'tiers': tiers, 'billing_scheme': 'tiered'}),
                (2500, 5, {'tiers_mode': 'volume', 'tiers': tiers, 'billing_scheme': 'tiered'})):
            with self.subTest(params):
                self.assertEqual(self.total(self.price(**params), quantity), amount)

    def test_a_fraction_has_no_unit_amount(self):
        price = self.price(unit_amount_decimal='0.5')
        self.assertEqual((price['unit_amount'], price['unit_amount_decimal']), (None, '0.5'))
        price = self.price(tiers_mode='volume', tiers=[{'up_to': 'inf', 'unit_amount': 3}])
        self.assertNotIn('tiers', price)
        price = self.sim.get('/prices/' + price['id'], expand=['tiers'])
        self.assertEqual([(t['up_to'], t['unit_amount']) for t in price['tiers']], [(None, 3)])

    def test_coupons(self):
        half = self.sim.post('/coupons', percent_off=50, duration='forever')['id']
        two = self.sim.post('/coupons', amount_off=200, currency='eur', duration='forever')['id']
        yen = self.sim.post('/coupons', amount_off=200, currency='jpy', duration='forever')['id']
        other = self.sim.post('/coupons', percent_off=50, duration='forever',
                              applies_to={'products': ['prod_other']})['id']
        price = self.price(unit_amount=900)
        for amount, coupons in ((450, [half]), (700, [two]), (250, [half, two]), (350, [two, half]),
                                (900, [yen]), (900, [other])):
            self.assertEqual(
                self.total(price, discounts=[{'coupon': c} for c in coupons]), amount, coupons)
        self.refused(400, 'resource_missing', self.total, price, discounts=[{'coupon': 'none'}])

    def test_a_discount_of_an_item_and_one_of_the_customer(self):
        half = self.sim.post('/coupons', percent_off=50, duration='forever')['id']
        customer = self.sim.post('/customers', coupon=half)
        self.assertEqual(customer['discount']['source']['coupon'], half)
        sub = self.sim.post('/subscriptions', customer=customer['id'],
                            items=[{'price': 'price_pro_monthly'}])
        self.assertEqual(self.sim.get('/invoices/' + sub['latest_invoice'])['total'], 450)
        sub = self.sim.post('/subscriptions', customer=self.sim.post('/customers')['id'], items=[
            {'price': 'price_pro_monthly', 'discounts': [{'coupon': half}]}])
        self.assertEqual(self.sim.get('/invoices/' + sub['latest_invoice'])['total'], 450)
        item = sub['items']['data'][0]
        item = self.sim.get('/subscription_items/' + item['id'],
                            expand=['discounts.source.coupon'])
        self.assertEqual(item['discounts'][0]['source']['coupon']['percent_off'], 50)

    def test_credit_pays_first(self):
        customer = self.sim.post('/customers')
        path = f"/customers/{customer['id']}/balance_transactions"
        entry = self.sim.post(path, amount=-1000, currency='eur')
        self.assertEqual((entry['type'], entry['ending_balance']), ('adjustment', -1000))
        given = self.sim.control('credit', customer=customer['id'], amount=-300, currency='eur')
        entry = self.sim.get(f"{path}/{given['id']}")
        self.assertEqual((entry['type'], entry['ending_balance']), ('credit_note', -1300))
        sub = self.sim.post('/subscriptions', customer=customer['id'],
                            items=[{'price': 'price_pro_monthly', 'quantity': 2}])
        invoice = self.sim.get('/invoices/' + sub['latest_invoice'])
        self.assertEqual((invoice['total'], invoice['amount_due'], invoice['amount_paid'],
                          invoice['starting_balance'], invoice['ending_balance']),
                         (1800, 500, 500, -1300, 0))
        self.assertEqual([(e['type'], e['amount']) for e in self.sim.all(path)],
                         [('applied_to_invoice', 1300), ('credit_note', -300),
                          ('adjustment', -1000)])
        self.refused(400, None, self.sim.post, path, amount=1, currency='usd')

    def test_refunds(self):
        _, sub = self.sim.new_subscription()
        charge = self.sim.get('/charges')['data'][0]
        self.sim.post('/refunds', charge=charge['id'], amount=300)
        charge = self.sim.get('/charges/' + charge['id'])
        self.assertEqual((charge['amount_refunded'], charge['refunded']), (300, False))
        self.refused(400, None, self.sim.post, '/refunds', charge=charge['id'], amount=601)
        rest = self.sim.post('/refunds', payment_intent=charge['payment_intent'])
        self.assertEqual((rest['amount'], rest['status']), (600, 'succeeded'))
        self.assertTrue(self.sim.get('/charges/' + charge['id'])['refunded'])
        self.refused(400, 'charge_already_refunded', self.sim.post, '/refunds', charge=charge['id'])
        self.sim.control('refund/settle', refund=rest['id'], status='failed')
        self.assertEqual(self.sim.get('/charges/' + charge['id'])['amount_refunded'], 300)
        self.assertEqual(self.sim.get('/refunds/' + rest['id'])['status'], 'failed')
        self.assertEqual(self.sim.get('/invoices/' + sub['latest_invoice'])['status'], 'paid')

    def test_disputes(self):
        self.sim.new_subscription()
        charge = self.sim.get('/charges')['data'][0]
        for outcome, moved in (('lost', [-900]), ('won', [-900, 900])):
            given = self.sim.control('dispute', charge=charge['id'])['id']
            self.assertEqual(self.sim.get('/disputes/' + given)['status'], 'needs_response')
            self.sim.control('dispute/close', dispute=given, status=outcome)
            case = self.sim.get('/disputes/' + given)
            self.assertEqual(case['status'], outcome)
            self.assertEqual([t['amount'] for t in case['balance_transactions']], moved)
        self.assertTrue(self.sim.get('/charges/' + charge['id'])['disputed'])
        self.assertEqual(len(self.sim.all('/disputes', charge=charge['id'])), 2)

    def test_prorations(self):
        _, sub = self.sim.new_subscription()
        item = sub['items']['data'][0]
        length = item['current_period_end'] - item['current_period_start']
        self.sim.control('clock', seconds=length // 2)
        self.sim.post('/subscriptions/' + sub['id'], proration_behavior='always_invoice',
                      items=[{'id': item['id'], 'quantity': 3}])
        invoice = self.sim.get('/invoices', subscription=sub['id'])['data'][0]
        self.assertEqual(invoice['billing_reason'], 'subscription_update')
        self.assertAlmostEqual(invoice['total'], 900, delta=2)  # two more for half a month
        self.sim.post('/subscriptions/' + sub['id'], items=[{'id': item['id'], 'quantity': 1}])
        self.assertEqual(len(self.sim.all('/invoices', subscription=sub['id'])), 2)
        self.sim.control('clock', seconds=length // 2 + 60)
        invoice = self.sim.get('/invoices', subscription=sub['id'])['data'][0]
        self.assertAlmostEqual(invoice['total'], 0, delta=2)
        self.assertEqual(len(invoice['lines']['data']), 3)


class Time(Case):
    def status(self, sub):
        return self.sim.get('/subscriptions/' + sub['id'])['status']

    def types(self, sub):
        """Of the events about it and its invoices, oldest first."""
        invoices = {i['id'] for i in self.sim.all('/invoices', subscription=sub['id'])}
        return [e['type'] for e in self.sim.all('/events')[::-1]
                if e['data']['object'].get('id') in invoices | {sub['id']}]

    def test_renewals_keep_the_day(self):
        self.sim.control('clock', to=1800000000 - 1800000000 % DAY)  # 2027-01-15
        self.sim.control('clock', days=16)                           # 31 January
        _, sub = self.sim.new_subscription()
        ends = []
        for _ in range(3):
            ends.append(self.sim.get('/subscriptions/' + sub['id'])['items']['data'][0]
                        ['current_period_end'])
            self.sim.control('clock', days=31)
        self.assertEqual([time.gmtime(e)[1:3] for e in ends], [(2, 28), (3, 31), (4, 30)])
        reasons = [i['billing_reason'] for i in self.sim.all('/invoices', subscription=sub['id'])]
        self.assertEqual(reasons, ['subscription_cycle'] * 3 + ['subscription_create'])

    def test_a_trial(self):
        _, sub = self.sim.new_subscription(trial_period_days=14)
        self.assertEqual(sub['status'], 'trialing')
        self.assertEqual(self.sim.get('/invoices/' + sub['latest_invoice'])['amount_paid'], 0)
        self.sim.control('clock', days=12)
        self.assertIn('customer.subscription.trial_will_end', self.types(sub))
        self.sim.control('clock', days=3)
        self.assertEqual(self.status(sub), 'active')
        invoice = self.sim.get('/invoices', subscription=sub['id'])['data'][0]
        self.assertEqual(invoice['amount_paid'], 900)

    def test_the_end_of_the_period(self):
        _, sub = self.sim.new_subscription()
        sub = self.sim.post('/subscriptions/' + sub['id'], cancel_at_period_end=True)
        end = sub['items']['data'][0]['current_period_end']
        self.assertEqual((sub['status'], sub['cancel_at']), ('active', end))
        self.assertIsNotNone(sub['canceled_at'])
        undone = self.sim.post('/subscriptions/' + sub['id'], cancel_at_period_end=False)
        self.assertEqual((undone['cancel_at'], undone['canceled_at']), (None, None))
        self.sim.post('/subscriptions/' + sub['id'], cancel_at_period_end=True)
        self.sim.control('clock', days=31)
        sub = self.sim.get('/subscriptions/' + sub['id'])
        self.assertEqual((sub['status'], sub['ended_at']), ('canceled', end))
        self.assertLess(sub['canceled_at'], end)
        self.assertEqual(self.types(sub)[-1], 'customer.subscription.deleted')
        self.refused(404, 'resource_missing', self.sim.delete, '/subscriptions/' + sub['id'])

    def test_a_card_that_fails(self):
        for outcome, status in (('cancel', 'canceled'), ('unpaid', 'unpaid'),
                                ('past_due', 'past_due')):
            with self.subTest(outcome):
                self.sim.control('account', after_retries=outcome)
                customer, sub = self.sim.new_subscription()
                self.sim.control('card', customer=customer['id'], decline='insufficient_funds')
                self.sim.control('clock', days=31)
                self.assertEqual(self.status(sub), 'past_due')
                invoice = self.sim.get('/invoices', subscription=sub['id'])['data'][0]
                self.assertEqual((invoice['status'], invoice['attempt_count']), ('open', 1))
                self.assertGreater(invoice['next_payment_attempt'], invoice['created'])
                self.sim.control('clock', days=16)
                self.assertEqual(self.status(sub), status)
                invoice = self.sim.get('/invoices/' + invoice['id'])
                self.assertEqual((invoice['attempt_count'], invoice['next_payment_attempt']),
                                 (4, None))
                self.assertEqual(self.types(sub).count('invoice.payment_failed'), 4)
        self.sim.control('account', after_retries='cancel')

    def test_a_card_that_works_again(self):
        customer, sub = self.sim.new_subscription()
        self.sim.control('card', customer=customer['id'], decline='expired_card')
        self.sim.control('clock', days=31)
        self.assertTrue(self.sim.get('/customers/' + customer['id'])['delinquent'])
        invoice = self.sim.get('/invoices', subscription=sub['id'])['data'][0]
        message = self.refused(402, 'card_declined', self.sim.post,
                               f"/invoices/{invoice['id']}/pay")
        self.assertIn('expired', message)
        self.sim.control('card', customer=customer['id'], decline=None)
        self.assertEqual(self.sim.post(f"/invoices/{invoice['id']}/pay")['status'], 'paid')
        self.assertEqual(self.status(sub), 'active')
        self.assertFalse(self.sim.get('/customers/' + customer['id'])['delinquent'])

    def test_a_first_payment_that_fails(self):
        customer = self.sim.post('/customers')
        self.sim.control('card', customer=customer['id'], decline='generic_decline')
        sub = self.sim.post('/subscriptions', customer=customer['id'],
                            items=[{'price': 'price_pro_monthly'}])
        self.assertEqual(sub['status'], 'incomplete')
        self.sim.control('clock', days=1)
        self.assertEqual(self.status(sub), 'incomplete_expired')
        self.assertEqual(self.sim.get('/invoices/' + sub['latest_invoice'])['status'], 'void')

    def test_discounts_end(self):
        once = self.sim.post('/coupons', percent_off=50, duration='once')['id']
        two = self.sim.post('/coupons', percent_off=50, duration='repeating',
                            duration_in_months=2)['id']
        subs = [self.sim.new_subscription(discounts=[{'coupon': c}])[1] for c in (once, two)]
        self.sim.control('clock', days=95)
        for sub, amounts in zip(subs, ([450, 900, 900, 900], [450, 450, 900, 900])):
            found = self.sim.all('/invoices', subscription=sub['id'])[::-1]
            self.assertEqual([i['total'] for i in found], amounts)
            self.assertEqual(self.sim.get('/subscriptions/' + sub['id'])['discounts'], [])

    def test_paused_collection(self):
        for behavior, status in (('void', 'void'), ('mark_uncollectible', 'uncollectible'),
                                 ('keep_as_draft', 'draft')):
            _, sub = self.sim.new_subscription()
            self.sim.post('/subscriptions/' + sub['id'], pause_collection={
                'behavior': behavior, 'resumes_at': self.sim.state()['now'] + 40 * DAY})
            self.sim.control('clock', days=32)
            found = self.sim.get('/invoices', subscription=sub['id'])['data'][0]
            self.assertEqual((found['status'], self.status(sub)), (status, 'active'))
            self.sim.control('clock', days=31)
            found = self.sim.get('/invoices', subscription=sub['id'])['data'][0]
            self.assertEqual(found['status'], 'paid')
            self.assertIsNone(self.sim.get('/subscriptions/' + sub['id'])['pause_collection'])

    def test_a_schedule(self):
        _, sub = self.sim.new_subscription(price='price_pro_yearly')
        made = self.sim.post('/subscription_schedules', from_subscription=sub['id'])
        self.assertEqual(self.sim.get('/subscriptions/' + sub['id'])['schedule'], made['id'])
        phase = made['phases'][0]
        self.sim.post('/subscription_schedules/' + made['id'], phases=[
            {'items': [{'price': 'price_pro_yearly', 'quantity': 1}],
             'start_date': phase['start_date'], 'end_date': phase['end_date']},
            {'items': [{'price': 'price_pro_monthly', 'quantity': 2}], 'iterations': 1}])
        self.sim.control('clock', days=366)
        [item] = self.sim.get('/subscriptions/' + sub['id'])['items']['data']
        self.assertEqual((item['price']['id'], item['quantity']), ('price_pro_monthly', 2))
        self.sim.control('clock', days=31)
        made = self.sim.get('/subscription_schedules/' + made['id'])
        self.assertEqual(made['status'], 'released')
        self.assertIsNone(self.sim.get('/subscriptions/' + sub['id'])['schedule'])

    def test_paused_and_resumed(self):
        _, sub = self.sim.new_subscription()
        self.refused(400, None, self.sim.post, f"/subscriptions/{sub['id']}/resume")
        self.sim.control('object', kind='subscription', id=sub['id'], set={'status': 'paused'},
                         event='customer.subscription.paused')
        self.assertEqual(self.status(sub), 'paused')
        self.assertEqual(self.sim.post(f"/subscriptions/{sub['id']}/resume")['status'], 'active')

    def test_events_are_listed_for_thirty_days(self):
        self.sim.post('/customers')
        self.sim.control('clock', days=31)
        self.sim.post('/customers')
        oldest = min(e['created'] for e in self.sim.all('/events'))
        self.assertGreaterEqual(oldest, self.sim.state()['now'] - 30 * DAY - 5)


class Pages(Case):
    def customer(self):
        return self.sim.post('/customers', email='p@example.org')['id']

    def test_pay(self):
        customer = self.customer()
        made = self.session(customer=customer, client_reference_id='alice', metadata={'a': 'b'},
                            subscription_data={'metadata': {'user_sub': 'alice'}})
        self.assertEqual((made['status'], made['payment_status'], made['amount_total']),
                         ('open', 'unpaid', 900))
        page = self.sim.raw('GET', made['url'].removeprefix(self.sim.url))
        for words in ('Simulator — no real payment', 'EUR 9.00', 'width=device-width',
                      'http://127.0.0.1:9/no', 'method="post"'):
            self.assertIn(words, page.text)
        self.assertNotIn('<script', page.text)
        before = len(self.sim.all('/events'))
        back = self.sim.checkout(made['url'])
        self.assertEqual(back, 'http://127.0.0.1:9/ok?s=' + made['id'])
        made = self.sim.get('/checkout/sessions/' + made['id'], expand=['subscription', 'invoice'])
        self.assertEqual((made['status'], made['payment_status'], made['client_reference_id'],
                          made['url']), ('complete', 'paid', 'alice', None))
        self.assertEqual(made['subscription']['metadata'], {'user_sub': 'alice'})
        self.assertEqual((made['invoice']['status'], made['invoice']['amount_paid']), ('paid', 900))
        types = [e['type'] for e in self.sim.all('/events')][:-before]
        for name in ('customer.subscription.created', 'invoice.paid', 'charge.succeeded',
                     'invoice.payment_succeeded', 'invoice_payment.paid',
                     'payment_intent.succeeded', 'checkout.session.completed'):
            self.assertEqual(types.count(name), 1, name)
        self.assertEqual(self.sim.press(made['success_url'] and
                                        f"{self.sim.url}/c/pay/{made['id']}").status, 200)
        self.assertEqual(len(self.sim.all('/subscriptions', customer=customer)), 1)

    def test_decline(self):
        made = self.session(customer=self.customer())
        for _ in range(2):
            page = self.sim.press(made['url'], 'decline')
            self.assertEqual(page.status, 200)
            self.assertIn('Your card was declined.', page.text)
        self.assertEqual(self.sim.get('/checkout/sessions/' + made['id'])['status'], 'open')
        [intent] = self.sim.get('/payment_intents', customer=made['customer'])['data']
        self.assertEqual(intent['last_payment_error']['code'], 'card_declined')
        self.assertEqual(self.sim.get('/subscriptions', customer=made['customer'])['data'], [])
        self.sim.checkout(made['url'])

    def test_later(self):
        for succeeds, status, sub_status in ((True, 'paid', 'active'),
                                             (False, 'unpaid', 'past_due')):
            made = self.session(customer=self.customer())
            self.sim.checkout(made['url'], 'later')
            made = self.sim.get('/checkout/sessions/' + made['id'])
            self.assertEqual((made['status'], made['payment_status']), ('complete', 'unpaid'))
            self.assertEqual(self.sim.get('/invoices/' + made['invoice'])['status'], 'open')
            self.sim.control('async', session=made['id'], succeeds=succeeds)
            made = self.sim.get('/checkout/sessions/' + made['id'], expand=['subscription'])
            self.assertEqual((made['payment_status'], made['subscription']['status']),
                             (status, sub_status))
            word = 'succeeded' if succeeds else 'failed'
            self.assertEqual(self.sim.get('/events')['data'][0]['type'],
                             'checkout.session.async_payment_' + word)

    def test_later_by_itself(self):
        made = self.session(customer=self.customer())
        self.sim.checkout(made['url'], 'later')
        self.sim.control('clock', days=4)
        self.assertEqual(self.sim.get('/checkout/sessions/' + made['id'])['payment_status'], 'paid')

    def test_one_payment(self):
        once = self.sim.post('/prices', product='prod_pro', currency='eur', unit_amount=500)
        self.refused(400, None, self.session, param='line_items',
                     line_items=[{'price': once['id'], 'quantity': 1}])
        made = self.session(mode='payment', line_items=[{'price': once['id'], 'quantity': 2}])
        self.sim.checkout(made['url'])
        made = self.sim.get('/checkout/sessions/' + made['id'], expand=['payment_intent'])
        self.assertEqual((made['payment_intent']['amount_received'], made['invoice']), (1000, None))
        self.assertTrue(made['customer'])
        self.refused(400, None, self.session, mode='payment', param='mode')

    def test_a_trial_costs_nothing_yet(self):
        made = self.session(subscription_data={'trial_period_days': 7})
        self.sim.checkout(made['url'])
        made = self.sim.get('/checkout/sessions/' + made['id'], expand=['subscription'])
        self.assertEqual((made['payment_status'], made['subscription']['status']),
                         ('no_payment_required', 'trialing'))

    def test_expired(self):
        made, other = self.session(), self.session()
        self.assertEqual(self.sim.post(f"/checkout/sessions/{made['id']}/expire")['status'],
                         'expired')
        self.refused(400, None, self.sim.post, f"/checkout/sessions/{made['id']}/expire")
        self.assertIn('expired', self.sim.press(made['url']).text)
        self.sim.control('clock', hours=25)
        self.assertEqual(self.sim.get('/checkout/sessions/' + other['id'])['status'], 'expired')

    def test_line_items(self):
        made = self.session()
        [item] = self.sim.all(f"/checkout/sessions/{made['id']}/line_items")
        self.assertEqual((item['price']['id'], item['amount_total']), ('price_pro_monthly', 900))
        self.assertNotIn('line_items', made)
        made = self.sim.get('/checkout/sessions/' + made['id'],
                            expand=['line_items.data.price.product'])
        self.assertEqual(made['line_items']['data'][0]['price']['product']['name'], 'Pro')

    def portal(self, customer, **more):
        return self.sim.post('/billing_portal/sessions', customer=customer['id'],
                             return_url='http://127.0.0.1:9/back', **more)['url']

    def test_portal(self):
        customer, sub = self.sim.new_subscription()
        url, given = self.portal(customer), sub['id']

        def now():
            return self.sim.get('/subscriptions/' + given)
        page = self.sim.raw('GET', url.removeprefix(self.sim.url)).text
        for words in ('Change to pro yearly: EUR 90.00 per year', 'Cancel subscription',
                      'http://127.0.0.1:9/back', 'Simulator — no real payment'):
            self.assertIn(words, page)
        self.sim.press(url, 'change', sub=given, price='price_pro_yearly')
        self.assertEqual(now()['items']['data'][0]['price']['id'], 'price_pro_yearly')
        self.sim.press(url, 'cancel', sub=given)
        self.assertTrue(now()['cancel_at_period_end'])
        self.assertIn('cancel subscription', self.sim.press(url, 'undo', sub=given).text.lower())
        self.assertFalse(now()['cancel_at_period_end'])
        self.sim.press(url, 'cancel_now', sub=given)
        self.assertEqual(now()['status'], 'canceled')

    def test_portal_of_another_customer(self):
        _, theirs = self.sim.new_subscription()
        mine, _ = self.sim.new_subscription()
        self.sim.press(self.portal(mine), 'cancel_now', sub=theirs['id'])
        self.assertEqual(self.sim.get('/subscriptions/' + theirs['id'])['status'], 'active')
        self.refused(400, 'resource_missing', self.portal, mine, flow_data={
            'type': 'subscription_cancel', 'subscription_cancel': {'subscription': theirs['id']}})

    def test_portal_pays_what_is_open(self):
        customer, sub = self.sim.new_subscription()
        self.sim.control('card', customer=customer['id'], decline='generic_decline')
        self.sim.control('clock', days=31)
        url = self.portal(customer, flow_data={'type': 'payment_method_update'})
        page = self.sim.raw('GET', url.removeprefix(self.sim.url)).text
        self.assertNotIn('Cancel subscription', page)
        self.assertIn('Update card', page)
        self.sim.press(url, 'card')
        self.assertEqual(self.sim.get('/subscriptions/' + sub['id'])['status'], 'active')

    def test_portal_flows(self):
        customer, sub = self.sim.new_subscription()
        for kind, shown, hidden in (('subscription_cancel', 'Cancel subscription', 'Change to'),
                                    ('subscription_update', 'Change to', 'Cancel subscription')):
            url = self.portal(customer, flow_data={'type': kind, kind: {'subscription': sub['id']}})
            page = self.sim.raw('GET', url.removeprefix(self.sim.url)).text
            self.assertIn(shown, page)
            self.assertNotIn(hidden, page)
            self.assertNotIn('Update card', page)
        self.refused(400, 'parameter_missing', self.portal, customer,
                     flow_data={'type': 'subscription_cancel'})

    def test_invoice(self):
        _, sub = self.sim.new_subscription()
        made = self.sim.get('/invoices/' + sub['latest_invoice'])
        page = self.sim.raw('GET', made['hosted_invoice_url'].removeprefix(self.sim.url))
        self.assertIn(made['number'], page.text)
        paper = self.sim.raw('GET', made['invoice_pdf'].removeprefix(self.sim.url))
        self.assertEqual((paper.headers['content-type'], paper.body[:5]),
                         ('application/pdf', b'%PDF-'))

    def test_names_are_escaped(self):
        product = self.sim.post('/products', name='<b>"&')
        price = self.sim.post('/prices', product=product['id'], currency='jpy', unit_amount=500,
                              recurring={'interval': 'month', 'interval_count': 3})
        made = self.session(line_items=[{'price': price['id'], 'quantity': 1}])
        page = self.sim.raw('GET', made['url'].removeprefix(self.sim.url)).text
        self.assertIn('&lt;b&gt;&quot;&amp;: JPY 500 per 3 months', page)
        self.assertEqual(self.sim.raw('GET', '/c/pay/cs_none').status, 404)


class Webhooks(unittest.TestCase):
    def setUp(self):
        self.hook = Receiver()
        self.addCleanup(self.hook.server_close)
        self.addCleanup(self.hook.shutdown)
        self.sim = StripeSim(webhook=self.hook.url, secret='whsec_first', STRIPE_SIM_SEED='7')
        self.addCleanup(self.sim.stop)
        self.sim.control('delivery', retry_ms=10)

    def signed_by(self, secret, headers, body):
        parts = headers['stripe-signature'].split(',')
        at = parts[0].removeprefix('t=')
        self.assertLess(abs(int(at) - time.time()), 60)
        want = hmac.new(secret.encode(), f'{at}.'.encode() + body, hashlib.sha256).hexdigest()
        return 'v1=' + want in parts[1:]

    def test_signed_with_the_whole_secret(self):
        made = self.sim.post('/customers', name='Ærø 日本')
        self.sim.settle()
        [(headers, body)] = self.hook.got
        self.assertTrue(self.signed_by('whsec_first', headers, body))
        event = json.loads(body)
        self.assertEqual((event['type'], event['data']['object']), ('customer.created', made))
        self.assertEqual((event['api_version'], event['livemode'], event['pending_webhooks']),
                         ('2025-10-29.clover', False, 1))
        self.assertRegex(event['request']['id'], '^req_')

    def test_what_changed(self):
        made = self.sim.post('/customers', name='A')
        self.sim.post('/customers/' + made['id'], name='B')
        self.sim.post('/customers/' + made['id'], name='B')
        self.sim.settle()
        self.assertEqual(sorted(self.hook.types()), ['customer.created', 'customer.updated'])
        [event] = self.sim.all('/events', type='customer.updated')
        self.assertEqual(event['data']['previous_attributes'], {'name': 'A'})
        self.assertEqual(event['pending_webhooks'], 0)

    def test_again_until_it_is_taken(self):
        self.hook.statuses = [500, 302, 404]
        self.sim.post('/customers')
        self.sim.settle()
        self.assertEqual(len(self.hook.got), 4)
        self.assertEqual(len({body for _, body in self.hook.got}), 1)
        for headers, body in self.hook.got:
            self.assertTrue(self.signed_by('whsec_first', headers, body))

    def test_given_up(self):
        self.sim.control('delivery', attempts=2)
        self.hook.statuses = [500] * 9
        self.sim.post('/customers')
        self.sim.settle()
        self.assertEqual(len(self.hook.got), 2)
        self.assertEqual(len(self.sim.all('/events', delivery_success=False)), 1)
        self.hook.statuses = []
        self.sim.control('resend')
        self.sim.settle()
        self.assertEqual(self.sim.all('/events', delivery_success=False), [])

    def test_each_endpoint_in_its_version(self):
        other = Receiver()
        self.addCleanup(other.server_close)
        self.addCleanup(other.shutdown)
        made = self.sim.post('/webhook_endpoints', url=other.url, api_version=OLD,
                             enabled_events=['customer.subscription.*'])
        self.assertRegex(made['secret'], '^whsec_')
        self.assertNotIn('secret', self.sim.get('/webhook_endpoints/' + made['id']))
        self.sim.seed_prices()
        self.sim.new_subscription()
        self.sim.settle()
        [(headers, body)] = other.got
        self.assertTrue(self.signed_by(made['secret'], headers, body))
        event = json.loads(body)
        self.assertEqual((event['type'], event['api_version']),
                         ('customer.subscription.created', OLD))
        self.assertIn('current_period_end', event['data']['object'])
        mine = next(json.loads(b) for _, b in self.hook.got if json.loads(b)['id'] == event['id'])
        self.assertNotIn('current_period_end', mine['data']['object'])
        self.sim.delete('/webhook_endpoints/' + made['id'])
        self.sim.new_subscription()
        self.sim.settle()
        self.assertEqual(len(other.got), 1)

    def make(self, n):
        for i in range(n):
            self.sim.post('/customers', name=str(i))
        self.sim.settle()
        return [json.loads(body)['data']['object']['name'] for _, body in self.hook.got]

    def test_lost_and_doubled(self):
        self.sim.control('delivery', lose=30, duplicate=30)
        got = collections.Counter(self.make(60))
        stats = self.sim.state()['delivery']
        self.assertEqual(stats['lost'], 60 - len(got))
        self.assertEqual(stats['duplicated'], sum(n == 2 for n in got.values()))
        self.assertTrue(5 < stats['lost'] < 35 and 5 < stats['duplicated'] < 35, stats)
        lost = self.sim.all('/events', delivery_success=False)
        self.assertEqual(len(lost), stats['lost'])

    def test_shuffled(self):
        self.sim.control('delivery', mode='hold', shuffle_ms=50)
        self.assertEqual(self.make(40), [])
        self.sim.control('delivery', mode='on')
        self.sim.settle()
        got = self.make(0)
        self.assertEqual(sorted(got, key=int), [str(i) for i in range(40)])
        self.assertNotEqual(got, sorted(got, key=int))

    def test_off(self):
        self.sim.control('delivery', mode='off')
        self.assertEqual(self.make(3), [])
        self.assertEqual(len(self.sim.all('/events')), 3)

    def test_thin_and_wrongly_signed(self):
        self.sim.control('delivery', thin=True, wrong_secret=True)
        made = self.sim.post('/customers')
        self.sim.settle()
        [(headers, body)] = self.hook.got
        self.assertFalse(self.signed_by('whsec_first', headers, body))
        event = json.loads(body)
        self.assertEqual((event['object'], event['type'], event['related_object']['id']),
                         ('v2.core.event', 'v1.customer.created', made['id']))
        self.assertNotIn('data', event)

    def test_two_secrets(self):
        self.sim.control('endpoint', id='we_environment', secrets=['whsec_new', 'whsec_first'])
        self.sim.post('/customers')
        self.sim.settle()
        [(headers, body)] = self.hook.got
        for secret in ('whsec_new', 'whsec_first'):
            self.assertTrue(self.signed_by(secret, headers, body))

    def test_bad_orders(self):
        for order in ({'mode': 'sometimes'}, {'loose': 3}):
            answer = self.sim.raw('POST', '/control/delivery', json.dumps(order))
            self.assertEqual(answer.status, 400)


class Faults(Case):
    def ask(self, **more):
        return self.sim.ask('GET', '/balance', **more)

    def test_answers(self):
        for mode, status, check in (
                ('error', 500, lambda a: a.json()['error']['type'] == 'api_error'),
                ('refuse-auth', 401, lambda a: a.json()['error']['code'] == 'api_key_expired'),
                ('rate_limit', 429, lambda a: a.json()['error']['code'] == 'rate_limit'),
                ('html', 200, lambda a: b'<title>' in a.body),
                ('huge', 200, lambda a: len(a.body) == 10 * 1024 * 1024 and a.json())):
            with self.subTest(mode):
                self.sim.control('fault', mode=mode)
                answer = self.ask()
                self.assertEqual(answer.status, status)
                self.assertTrue(check(answer))
        self.sim.control('fault', mode='garbage')
        with self.assertRaises(ValueError):
            self.ask().json()

    def test_hints(self):
        self.sim.control('fault', mode='rate_limit', retry_after=7, should_retry=True)
        headers = self.ask().headers
        self.assertEqual((headers['retry-after'], headers['stripe-should-retry']), ('7', 'true'))

    def test_truncated_and_slow_and_hanging(self):
        self.sim.control('fault', mode='truncated')
        with self.assertRaises(http.client.IncompleteRead):
            self.ask()
        self.sim.control('fault', mode='slow', ms=300)
        begin = time.monotonic()
        self.assertEqual(self.ask().status, 200)
        self.assertGreater(time.monotonic() - begin, 0.25)
        self.sim.control('fault', mode='hang')
        with self.assertRaises(OSError):
            self.sim.raw('GET', '/v1/balance', timeout=0.3)

    def test_some_paths_and_some_times(self):
        self.sim.control('fault', path='/v1/customers', mode='error', status=503, times=2,
                         method='GET')
        self.assertEqual(self.ask().status, 200)
        self.assertEqual(self.sim.ask('POST', '/customers').status, 200)
        self.assertEqual([self.sim.ask('GET', '/customers').status for _ in range(3)],
                         [503, 503, 200])
        self.assertEqual(self.sim.state()['requests']['GET /v1/customers'], 3)

    def test_bad_orders(self):
        for name, order in (('fault', {'mode': 'no'}), ('fault', {'mode': 'error', 'status': 200}),
                            ('fault', {'mode': 'slow', 'ms': -1}), ('clock', {'days': -1}),
                            ('card', {'customer': 'cus_none'}), ('card', {}), ('nothing', {}),
                            ('dispute', {'charge': 'ch_none'}), ('bulk', {'customers': 0})):
            answer = self.sim.raw('POST', '/control/' + name, json.dumps(order))
            self.assertIn(answer.status, (400, 404), (name, order))
            self.assertTrue(answer.json()['error'])
        self.assertEqual(self.sim.raw('POST', '/control/clock', '[').status, 400)


class Much(Case):
    def test_many_invoices_are_cheap(self):
        before = self.memory_kb()
        self.sim.control('bulk', customers=1000, invoices=100000)
        self.assertLess(self.memory_kb() - before, 20000)
        invoice = self.sim.get('/invoices/in_bulk1x0054321', expand=['customer', 'payments'])
        self.assertEqual((invoice['customer']['id'], invoice['status']),
                         ('cus_bulk1x0000321', 'paid'))
        mine = self.sim.all('/invoices', customer='cus_bulk1x0000321', limit=30)
        self.assertEqual(len(mine), 100)
        self.assertEqual({i['parent']['subscription_details']['subscription'] for i in mine},
                         {'sub_bulk1x0000321'})
        page = self.sim.get('/invoices', created={'lt': invoice['created']}, limit=1)['data']
        self.assertEqual(page[0]['id'], 'in_bulk1x0054320')
        ids = [i['id'] for i in self.sim.get('/invoices', limit=100,
                                             ending_before='in_bulk1x0054320')['data']]
        self.assertEqual(ids, [f'in_bulk1x{n:07}' for n in range(54420, 54320, -1)])

    def memory_kb(self):
        status = pathlib.Path(f'/proc/{self.sim.process.pid}/status').read_text(encoding='ascii')
        return int(re.search(r'VmRSS:\s+(\d+)', status).group(1))

    def test_what_is_changed_stays_changed(self):
        self.sim.control('bulk', customers=10, invoices=20, sub='few-')
        [customer] = self.sim.all('/customers', email='bulk3@example.org',
                                  created={'gte': self.sim.state()['now'] - 70 * DAY})[:1]
        [sub] = self.sim.all('/subscriptions', customer=customer['id'])
        self.sim.delete('/subscriptions/' + sub['id'])
        self.assertEqual(self.sim.all('/subscriptions', customer=customer['id']), [])
        self.assertEqual(self.sim.get('/subscriptions/' + sub['id'])['status'], 'canceled')
        charge = self.sim.all('/charges', customer=customer['id'])[0]
        self.sim.post('/refunds', charge=charge['id'])
        self.assertTrue(self.sim.get('/charges/' + charge['id'])['refunded'])

    def test_it_is_quick(self):
        _, sub = self.sim.new_subscription()
        link = http.client.HTTPConnection('127.0.0.1', self.sim.port, timeout=10)
        self.addCleanup(link.close)
        begin = time.monotonic()
        for _ in range(200):
            link.request('GET', '/v1/subscriptions/' + sub['id'],
                         headers={'authorization': 'Bearer ' + self.sim.key})
            answer = link.getresponse()
            answer.read()
            self.assertEqual(answer.status, 200)
        self.assertLess(time.monotonic() - begin, 4)  # with delayed ACKs it would be 8


class Histories(unittest.TestCase):
    def play(self):
        sim = StripeSim(STRIPE_SIM_SEED='11')
        try:
            sim.control('clock', to=1790000000)
            did = sim.control('history', seed=5, customers=10, steps=400)['did']
            return did, sim.truth(), sim.all('/events', type='charge.succeeded')
        finally:
            sim.stop()
            self.assertNotIn('Traceback', sim.said())

    def test_the_same_again(self):
        (did, truth, _), (did_again, again, _) = self.play(), self.play()
        self.assertEqual(did, did_again)
        self.assertGreaterEqual(len(did), 11)
        for kind in ('subscriptions', 'invoices', 'refunds'):
            self.assertEqual([x['status'] for x in truth[kind].values()],
                             [x['status'] for x in again[kind].values()])

    def test_up_to_the_present(self):
        sim = StripeSim()
        self.addCleanup(sim.stop)
        sim.control('seed')
        weekly = sim.post('/prices', product='prod_pro', currency='eur', unit_amount=100,
                          recurring={'interval': 'week'})['id']
        sim.control('history', days=29, steps=300, customers=5, prices=[weekly])
        state, events = sim.state(), sim.all('/events')
        self.assertEqual(state['offset'], 0)
        self.assertEqual(len(events), sum(state['events'].values()))
        self.assertLess(events[-1]['created'], state['now'] - 28 * DAY)
        self.assertTrue(any(i['billing_reason'] == 'subscription_cycle'
                            for i in sim.all('/invoices')))

    def test_the_sums_are_right(self):
        _, truth, _ = self.play()
        self.assertTrue(truth['subscriptions'] and truth['refunds'] and truth['disputes'])
        for given, invoice in truth['invoices'].items():
            self.assertEqual(invoice['status'] == 'paid', invoice['paid_at'] is not None, given)
            self.assertLessEqual(invoice['amount_paid'], max(0, invoice['total']), given)
        entries = collections.Counter()
        for entry in truth['balance_entries'].values():
            entries[entry['customer']] += entry['amount']
        for given, customer in truth['customers'].items():
            self.assertEqual(customer['balance'], entries[given], given)
        alive = collections.Counter(s['customer'] for s in truth['subscriptions'].values()
                                    if s['status'] in ('active', 'trialing', 'past_due'))
        self.assertLessEqual(max(alive.values(), default=0), 1)


class Kept(unittest.TestCase):
    def test_over_a_restart(self):
        with tempfile.TemporaryDirectory() as folder:
            state = {'STRIPE_SIM_STATE': os.path.join(folder, 'stripe.json')}
            hook = Receiver()
            self.addCleanup(hook.server_close)
            self.addCleanup(hook.shutdown)
            sim = StripeSim(webhook='http://127.0.0.1:9/closed', **state)
            sim.seed_prices()
            customer, sub = sim.new_subscription()
            sim.control('bulk', customers=5)
            sim.control('clock', days=5)
            first = sim.ask('POST', '/customers', {'name': 'A'}, idempotency_key='k').json()
            sim.stop()
            self.assertNotIn('Traceback', sim.said())
            again = StripeSim(webhook=hook.url, key=sim.key, **state)
            try:
                self.assertEqual(again.get('/subscriptions/' + sub['id']), sub)
                self.assertEqual(again.ask('POST', '/customers', {'name': 'A'},
                                           idempotency_key='k').json(), first)
                self.assertEqual(len(again.all('/customers')), 7)
                invoice = again.get('/invoices/' + sub['latest_invoice'])
                page = invoice['hosted_invoice_url']
                self.assertTrue(page.startswith(again.url + '/invoice/'), page)
                again.settle()
                self.assertIn('customer.subscription.created', hook.types())
                again.control('clock', days=31)
                self.assertEqual(len(again.all('/invoices', customer=customer['id'])), 2)
            finally:
                again.stop()
            self.assertNotIn('Traceback', again.said())


if __name__ == '__main__':
    unittest.main()
