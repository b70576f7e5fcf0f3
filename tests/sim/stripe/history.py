"""Random histories: what customers, people at the desk and banks may do, step by step, the same
with the same seed. Every step is one that Stripe allows."""
import random

import checkout
import checkout_api
import errors
import forms
import payments
import seed
import subscriptions
from call import Call
from events import editing, emit

WORDS = {path: forms.table(words) for method, path, _, words in checkout_api.ROUTES
         if method == 'POST'}


class History:
    """step() does one thing; `did` counts what was done."""

    def __init__(self, sim, world, order):
        self.sim, self.world = sim, world
        self.random = random.Random(order.get('seed', 1))
        self.did = {}
        self.hours_max = int(order.get('hours', 72))
        seed.prices(world)
        self.customers = [self.new_customer(f"{order.get('sub', 'user-')}{i}")
                          for i in range(int(order.get('customers', 10)))]

    def new_customer(self, sub):
        for found in self.world.all('customer'):
            if found.get('metadata', {}).get('user_sub') == sub and not found.get('deleted'):
                return found
        made = self.world.new('customer', email=f'{sub}@example.org', metadata={'user_sub': sub},
                              invoice_prefix=self.sim.numbers.letters(8).upper())
        emit(self.world, 'customer.created', made)
        return made

    def step(self):
        customer = self.random.choice(self.customers)
        alive = [s for s in self.world['subscription'].find('customer', customer['id'])
                 if s['status'] in subscriptions.ALIVE]
        if not alive:
            actions = [self.subscribe] * 6
        elif alive[0]['status'] in ('active', 'trialing', 'past_due'):
            actions = [self.change_price] * 3 + [self.change_quantity] * 2 + \
                [self.cancel_or_undo] * 3 + [self.end_now, self.pause_or_go_on]
        else:
            actions = [self.end_now]
        actions += [self.time_passes] * 8 + [self.card] * 2 + [self.refund] * 2 + \
            [self.credit, self.dispute, self.pay_open, self.pay_open, self.fail_checkout]
        action = self.random.choice(actions)
        if action(customer, alive[0] if alive else None) is not False:
            self.did[action.__name__] = self.did.get(action.__name__, 0) + 1

    # --- Steps; False: there was nothing to do ---

    def price(self):
        return self.world.get('price', self.random.choice(seed.PRICES)[0])

    def session(self, customer):
        sub = customer['metadata']['user_sub']
        params = {'mode': 'subscription', 'customer': customer['id'],
                  'line_items': [{'price': self.price()['id'], 'quantity': '1'}],
                  'success_url': 'http://127.0.0.1/done?s={CHECKOUT_SESSION_ID}',
                  'client_reference_id': sub, 'metadata': {'user_sub': sub},
                  'subscription_data': {'metadata': {'user_sub': sub}}}
        return checkout_api.create_session(Call(
            self.sim, self.world, self.sim.version, '', (),
            forms.read(params, WORDS['/checkout/sessions'])))

    def subscribe(self, customer, _sub):
        if self.random.random() < 0.6:
            checkout.pay(self.world, self.session(customer), self.random.random() < 0.1)
            return
        trial = self.world.now() + 7 * 86400 if self.random.random() < 0.2 else None
        subscriptions.create(self.world, customer,
                             [(self.price(), self.random.randint(1, 3))], trial_end=trial,
                             metadata={'user_sub': customer['metadata']['user_sub']},
                             coupons=self.coupon())

    def coupon(self):
        """Sometimes one of three."""
        kind = self.random.choice(('once', 'repeating', 'forever', None, None, None))
        if kind is None:
            return []
        given = f'history-{kind}'
        if self.world.get('coupon', given) is None:
            months = 2 if kind == 'repeating' else None
            emit(self.world, 'coupon.created', self.world.new(
                'coupon', id=given, duration=kind, percent_off=25, duration_in_months=months))
        return [{'coupon': given}]

    def fail_checkout(self, customer, sub):
        if sub is not None:
            return False
        checkout.decline(self.world, self.session(customer))

    def change_price(self, _customer, sub):
        item, price = subscriptions.items_of(self.world, sub)[0], self.price()
        if item['price'] == price['id']:
            return False
        subscriptions.change_items(self.world, sub, [(item, price, None, False)],
                                   self.random.choice(('create_prorations', 'none')))

    def change_quantity(self, _customer, sub):
        item, wanted = subscriptions.items_of(self.world, sub)[0], self.random.randint(1, 5)
        if item['quantity'] == wanted:
            return False
        subscriptions.change_items(self.world, sub, [(item, None, wanted, False)],
                                   self.random.choice(('always_invoice', 'create_prorations')))

    def cancel_or_undo(self, _customer, sub):
        with editing(self.world, sub, 'customer.subscription.updated'):
            subscriptions.want_end(self.world, sub, not sub.get('cancel_at_period_end'))

    def end_now(self, _customer, sub):
        subscriptions.end(self.world, sub, 'cancellation_requested')

    def pause_or_go_on(self, _customer, sub):
        with editing(self.world, sub, 'customer.subscription.updated'):
            sub['pause_collection'] = None if sub.get('pause_collection') else \
                {'behavior': 'void', 'resumes_at': None}

    def time_passes(self, _customer, _sub):
        self.sim.advance(self.random.randint(1, self.hours_max) * 3600)

    def card(self, customer, _sub):
        wanted = None if customer.get('_decline') else self.random.choice(
            ('insufficient_funds', 'expired_card', 'generic_decline'))
        with editing(self.world, customer, 'customer.updated'):
            customer['_decline'] = wanted

    def paid_charge(self, customer):
        found = [c for c in self.world['charge'].find('customer', customer['id'])
                 if c['status'] == 'succeeded' and c.get('amount_refunded', 0) < c['amount'] and
                 not c.get('disputed')]
        return self.random.choice(found) if found else None

    def refund(self, customer, _sub):
        made = self.paid_charge(customer)
        if made is None:
            return False
        left = made['amount'] - made.get('amount_refunded', 0)
        back = payments.refund(self.world, made, self.random.choice(
            (left, self.random.randint(1, left))))
        if self.random.random() < 0.1:
            payments.settle_refund(self.world, back, 'failed')

    def dispute(self, customer, _sub):
        made = self.paid_charge(customer)
        if made is None or made.get('amount_refunded'):
            return False
        case = payments.dispute(self.world, made)
        if self.random.random() < 0.7:
            payments.close_dispute(self.world, case, self.random.choice(('won', 'lost')))

    def credit(self, customer, _sub):
        payments.move_balance(self.world, customer, -self.random.randint(100, 2000), 'adjustment',
                              'eur')

    def pay_open(self, customer, _sub):
        for invoice in self.world['invoice'].find('customer', customer['id']):
            if invoice['status'] == 'open':
                subscriptions.pay_again(self.world, invoice)
                return None
        return False


def run(app, world, order):
    """So many steps, each under the lock for itself: deliveries and reads go on meanwhile."""
    with app.sim.lock:
        history = History(app.sim, world, order)
    for _ in range(int(order.get('steps', 100))):
        with app.sim.lock:
            try:
                history.step()
            except errors.StripeError as e:
                history.did[str(e)] = history.did.get(str(e), 0) + 1
    return {'did': history.did, 'events': sum(app.sim.counts.values())}
