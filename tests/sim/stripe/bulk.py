"""Many objects that are made only when somebody asks for them: 100,000 paid invoices take no time
to make and hardly any memory. They send no events, and the clock passes them by; one that is
changed becomes an object like others.

Invoice number i belongs to customer i % customers, and its time is start + i * step: so the order
of a list, what belongs to whom and where a page goes on are all arithmetic.
"""
import bisect
import re

from money import period_end, price_amount, rounded
from store import PREFIXES

OF_CUSTOMERS = ('customer', 'subscription', 'subscription_item')
OF_INVOICES = ('invoice', 'invoice_payment', 'payment_intent', 'charge')
KINDS = OF_CUSTOMERS + OF_INVOICES
MONTH_S = 30 * 86400

# Which indexed member holds the id of which kind.
MEMBER_KINDS = {'customer': 'customer', '_subscription': 'subscription',
                'subscription': 'subscription', 'invoice': 'invoice',
                '_payment_intent': 'payment_intent', 'payment_intent': 'payment_intent'}


class Block:
    def __init__(self, world, settings):
        self.world, self.settings = world, settings
        self.tag, self.number = settings['tag'], settings['number']
        self.customers, self.invoices = settings['customers'], settings['invoices']
        self.start = settings['start']
        self.step = settings['step']
        self.amounts = {}

    # --- What Collection asks for ---

    def count(self, kind):
        if kind not in KINDS:
            return 0
        return self.customers if kind in OF_CUSTOMERS else self.invoices

    def id_of(self, kind, i):
        return f'{PREFIXES[kind]}bulk{self.tag}x{i:07}'

    def place(self, kind, given):
        """The i of an id; None: not one of these."""
        found = re.fullmatch(f'{PREFIXES[kind]}bulk{self.tag}x([0-9]{{7}})', given) \
            if kind in KINDS else None
        i = int(found.group(1)) if found else -1
        return i if 0 <= i < self.count(kind) else None

    def key(self, kind, i):
        return (self.start + i * self.step, self.number + i, self.id_of(kind, i))

    def key_of(self, kind, given):
        i = self.place(kind, given)
        return None if i is None else self.key(kind, i)

    def get(self, kind, given):
        i = self.place(kind, given)
        return None if i is None else getattr(self, 'make_' + kind)(i)

    def walk(self, kind, where, newest_first, after):
        places = self.places(kind, where)
        if after is not None:
            # Keys grow with i; a range is a sorted sequence of them.
            cut = bisect.bisect_left if newest_first else bisect.bisect_right
            at = cut(places, after, key=lambda i: self.key(kind, i))
            places = places[:at] if newest_first else places[at:]
        for i in reversed(places) if newest_first else places:
            yield self.key(kind, i)

    def places(self, kind, where):
        """The i of all that have that value, as a range."""
        if where is None:
            return range(self.count(kind))
        target = MEMBER_KINDS.get(where[0])
        i = self.place(target, where[1]) if target else None
        if i is None or kind not in KINDS:
            return range(0)
        if (target in OF_CUSTOMERS) == (kind in OF_CUSTOMERS):
            return range(i, i + 1)
        return range(i, self.invoices, self.customers) if target in OF_CUSTOMERS else range(0)

    # --- The objects ---

    def base(self, kind, i):
        return {'id': self.id_of(kind, i), 'object': kind, 'livemode': self.world.livemode,
                'created': self.start + i * self.step}

    def of_customer(self, values, i):
        """The settings hold lists that customers take turns in."""
        return values[i % self.customers % len(values)]

    def price(self, i):
        return self.world.get('price', self.of_customer(self.settings['prices'], i))

    def amount(self, i):
        price = self.price(i)
        if price['id'] not in self.amounts:
            self.amounts[price['id']] = rounded(price_amount(price, 1))
        return self.amounts[price['id']]

    def make_customer(self, i):
        return {**self.base('customer', i), 'email': f'bulk{i}@example.org',
                'invoice_prefix': f'B{self.tag}{i:06}', 'currency': self.price(i)['currency'],
                'metadata': {'user_sub': f"{self.settings['sub']}{i}"}}

    def latest(self, i):
        return i + (self.invoices - 1 - i) // self.customers * self.customers

    def make_subscription(self, i):
        created = self.start + i * self.step
        status = self.of_customer(self.settings['statuses'], i)
        begun = self.start + self.latest(i) * self.step
        period = [begun, period_end(begun, begun, self.price(i)['recurring'])]
        ended = begun + 1 if status in ('canceled', 'incomplete_expired') else None
        return {**self.base('subscription', i), 'customer': self.id_of('customer', i),
                'status': status, 'currency': self.price(i)['currency'], 'start_date': created,
                'billing_cycle_anchor': created, 'ended_at': ended, 'canceled_at': ended,
                'latest_invoice': self.id_of('invoice', self.latest(i)),
                'metadata': {'user_sub': f"{self.settings['sub']}{i}"},
                '_items': [self.id_of('subscription_item', i)], '_period': period}

    def make_subscription_item(self, i):
        return {**self.base('subscription_item', i), 'price': self.price(i)['id'], 'quantity': 1,
                'subscription': self.id_of('subscription', i)}

    def make_invoice(self, i):
        customer, at, amount = i % self.customers, self.start + i * self.step, self.amount(i)
        price, given = self.price(i), self.id_of('invoice', i)
        period = [at, period_end(at, at, price['recurring'])]
        line = {'id': f'il_bulk{self.tag}x{i:07}', 'amount': amount, 'price': price['id'],
                'quantity': 1, 'item': self.id_of('subscription_item', customer),
                'period': {'start': period[0], 'end': period[1]}, 'description': '1 × plan'}
        reason = 'subscription_create' if i < self.customers else 'subscription_cycle'
        return {**self.base('invoice', i), 'customer': self.id_of('customer', customer),
                'currency': price['currency'], 'status': 'paid', 'billing_reason': reason,
                'number': f'B{self.tag}{customer:06}-{i // self.customers + 1:04}',
                'subtotal': amount, 'subtotal_excluding_tax': amount, 'total': amount,
                'total_excluding_tax': amount, 'amount_due': amount, 'amount_paid': amount,
                'amount_remaining': 0, 'attempted': True, 'attempt_count': 1,
                'period_start': period[0], 'period_end': period[1], '_lines': [line],
                '_subscription': self.id_of('subscription', customer),
                'hosted_invoice_url': f'{self.world.sim.base}/invoice/{given}',
                'invoice_pdf': f'{self.world.sim.base}/invoice/{given}.pdf',
                'status_transitions': {'finalized_at': at, 'marked_uncollectible_at': None,
                                       'paid_at': at, 'voided_at': None}}

    def make_invoice_payment(self, i):
        intent = self.id_of('payment_intent', i)
        return {**self.base('invoice_payment', i), 'invoice': self.id_of('invoice', i),
                'status': 'paid', 'amount_paid': self.amount(i), 'amount_requested': self.amount(i),
                'currency': self.price(i)['currency'], '_payment_intent': intent,
                'payment': {'type': 'payment_intent', 'payment_intent': intent},
                'status_transitions': {'canceled_at': None,
                                       'paid_at': self.start + i * self.step}}

    def make_payment_intent(self, i):
        return {**self.base('payment_intent', i), 'amount': self.amount(i),
                'amount_received': self.amount(i), 'currency': self.price(i)['currency'],
                'customer': self.id_of('customer', i % self.customers), 'status': 'succeeded',
                'latest_charge': self.id_of('charge', i)}

    def make_charge(self, i):
        return {**self.base('charge', i), 'amount': self.amount(i), 'status': 'succeeded',
                'amount_captured': self.amount(i), 'currency': self.price(i)['currency'],
                'customer': self.id_of('customer', i % self.customers),
                'payment_intent': self.id_of('payment_intent', i)}


def make(world, order):
    """A block of so many customers, each with a subscription, and so many invoices in all."""
    customers, invoices = int(order.get('customers', 1000)), int(order.get('invoices', 0))
    invoices = invoices or customers
    if not 1 <= customers <= invoices <= 9_999_999:
        raise ValueError('There are 1 customer or more, and as many invoices or more.')
    prices = order.get('prices') or ['price_pro_monthly']
    for given in prices:
        price = world.get('price', given)
        if price is None or not price.get('recurring'):
            raise ValueError(f'{given} is no recurring price.')
    step = int(order.get('step', max(1, MONTH_S // customers)))
    settings = {'tag': str(len(world['invoice'].blocks) + 1), 'number': world.sim.numbers.used + 1,
                'customers': customers, 'invoices': invoices, 'prices': prices, 'step': step,
                'start': world.now() - invoices * step, 'sub': order.get('sub', 'bulk-'),
                'statuses': order.get('statuses') or ['active']}
    world.sim.numbers.used += invoices
    return add(world, settings)


def add(world, settings):
    block = Block(world, settings)
    for kind in KINDS:
        world[kind].blocks.append(block)
    world.sim.has_changed = True
    return block
