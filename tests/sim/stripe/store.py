"""Where Stripe's objects are kept: one world for test mode, one for live mode.

An object is a dict in the newest shape, without what has no value. Members that begin with "_" are
ours and are never shown; references are ids. A block (bulk.py) stands for many objects that are
made only when they are asked for.
"""
import bisect
import hashlib
import heapq

PREFIXES = {
    'product': 'prod_', 'price': 'price_', 'coupon': '', 'discount': 'di_', 'customer': 'cus_',
    'customer_balance_transaction': 'cbtxn_', 'checkout.session': 'cs_',
    'billing_portal.session': 'bps_', 'billing_portal.configuration': 'bpc_',
    'subscription': 'sub_', 'subscription_item': 'si_', 'subscription_schedule': 'sub_sched_',
    'invoice': 'in_', 'invoice_payment': 'inpay_', 'payment_intent': 'pi_', 'charge': 'ch_',
    'refund': 're_', 'dispute': 'du_', 'balance_transaction': 'txn_', 'event': 'evt_',
    'webhook_endpoint': 'we_', 'line_item': 'il_', 'payment_method': 'pm_',
}

# Members that lists are filtered by, and that never change.
INDEXES = {
    'price': ('product',), 'customer_balance_transaction': ('customer',),
    'checkout.session': ('customer',), 'subscription': ('customer',),
    'subscription_item': ('subscription',), 'subscription_schedule': ('customer',),
    'invoice': ('customer', '_subscription'), 'invoice_payment': ('invoice', '_payment_intent'),
    'payment_intent': ('customer',), 'charge': ('customer', 'payment_intent'),
    'refund': ('charge', 'payment_intent'), 'dispute': ('charge', 'payment_intent'),
    'event': ('type',), 'balance_transaction': ('source', 'type'),
}

LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'


class Collection:
    """All objects of a kind, by id and in the order they were made."""

    def __init__(self, kind):
        self.kind = kind
        self.objects = {}
        self.keys = {}   # id: (created, number, id)
        self.order = []  # keys, oldest first
        self.by = {name: {} for name in INDEXES.get(kind, ())}
        self.blocks = []

    def insert(self, obj, number):
        key = (obj['created'], number, obj['id'])
        self.objects[obj['id']] = obj
        self.keys[obj['id']] = key
        bisect.insort(self.order, key)
        for name, lists in self.by.items():
            if obj.get(name) is not None:
                bisect.insort(lists.setdefault(obj[name], []), key)

    def remove(self, given):
        obj, key = self.objects.pop(given), self.keys.pop(given)
        self.order.remove(key)
        for name, lists in self.by.items():
            if obj.get(name) is not None:
                lists[obj[name]].remove(key)

    def get(self, given):
        obj = self.objects.get(given)
        if obj is None:
            for block in self.blocks:
                obj = block.get(self.kind, given)
                if obj is not None:
                    return obj
        return obj

    def keep(self, obj):
        """An object of a block is about to change: from now on it is an object like others."""
        self.objects.setdefault(obj['id'], obj)

    def key_of(self, given):
        key = self.keys.get(given)
        for block in self.blocks if key is None else ():
            key = key or block.key_of(self.kind, given)
        return key

    def walk(self, where=None, newest_first=True, after=None):
        """The objects, from behind the key `after`; where: (member, value) of an index."""
        keys = self.order if where is None else self.by[where[0]].get(where[1], [])
        ways = [walk_keys(keys, newest_first, after)]
        ways += [block.walk(self.kind, where, newest_first, after) for block in self.blocks]
        merged = ways[0] if len(ways) == 1 else heapq.merge(*ways, reverse=newest_first)
        for key in merged:
            obj = self.get(key[2])
            if obj is not None:
                yield obj

    def find(self, name, value):
        """All with that value of an indexed member, oldest first."""
        return list(self.walk((name, value), newest_first=False))

    def __len__(self):
        return len(self.objects) + sum(block.count(self.kind) for block in self.blocks)


def walk_keys(keys, newest_first, after):
    if newest_first:
        end = len(keys) if after is None else bisect.bisect_left(keys, after)
        for i in range(end - 1, -1, -1):
            yield keys[i]
    else:
        start = 0 if after is None else bisect.bisect_right(keys, after)
        yield from keys[start:]


class Numbers:
    """Ids: the same with the same seed, and never twice."""

    def __init__(self, seed, used=0):
        self.seed, self.used = seed, used

    def next(self):
        self.used += 1
        return self.used

    def letters(self, length):
        n = int.from_bytes(hashlib.sha512(f'{self.seed}:{self.next()}'.encode()).digest(), 'big')
        found = ''
        for _ in range(length):
            n, rest = divmod(n, len(LETTERS))
            found += LETTERS[rest]
        return found


class World:
    """One mode of the account, with all its objects."""

    def __init__(self, sim, livemode):
        self.sim, self.livemode = sim, livemode
        self.kinds = {kind: Collection(kind) for kind in PREFIXES}
        self.answers = {}     # of POSTs, by idempotency key
        self.due = []         # heap of (time, number, what, id): see clock.py
        self.on_event = None  # what is told about each event: events.emit() calls it

    def __getitem__(self, kind):
        return self.kinds[kind]

    def now(self):
        return self.sim.clock.now()

    def new_id(self, kind):
        numbers = self.sim.numbers
        if kind == 'coupon':
            return numbers.letters(8)
        if kind == 'checkout.session':
            return f"cs_{'live' if self.livemode else 'test'}_{numbers.letters(48)}"
        is_short = kind in ('customer', 'product', 'subscription_item')
        return PREFIXES[kind] + '1' + numbers.letters(13 if is_short else 23)

    def new(self, kind, **members):
        """Makes an object and keeps it."""
        obj = {'id': members.pop('id', None) or self.new_id(kind), 'object': kind,
               'created': members.pop('created', None) or self.now(), 'livemode': self.livemode,
               **members}
        self.kinds[kind].insert(obj, self.sim.numbers.next())
        self.sim.has_changed = True
        return obj

    def get(self, kind, given):
        return self.kinds[kind].get(given) if given else None

    def all(self, kind):
        """Oldest first, without what stands in blocks."""
        found = self.kinds[kind]
        return [found.objects[key[2]] for key in found.order if key[2] in found.objects]

    def at(self, when, what, given):
        """Something is to be done with an object at that time."""
        heapq.heappush(self.due, (when, self.sim.numbers.next(), what, given))
