"""The life of a subscription: begun, renewed, changed, paused, past due, ended."""
import discounts
import errors
import invoices
from events import editing, emit
from fractions import Fraction
from money import DAY, dated, period_end, price_amount, rounded

ALIVE = ('active', 'trialing', 'past_due', 'unpaid', 'incomplete', 'paused')
TRIAL_NOTICE_S = 3 * DAY
INCOMPLETE_S = 23 * 3600


# --- Parts ---

def items_of(world, sub):
    return [world.get('subscription_item', given) for given in sub['_items']]


def new_item(world, sub_id, price, quantity, metadata=None):
    is_metered = price['recurring'].get('usage_type') == 'metered'
    return world.new('subscription_item', subscription=sub_id, price=price['id'],
                     quantity=None if is_metered else quantity, metadata=metadata or {})


def name_of(world, price):
    product = world.get('product', price['product'])
    return price.get('nickname') or (product or {}).get('name') or price['id']


def line_of(world, item, period, amount=None, quantity=None, words=None):
    """A line of an invoice; the amount of a whole period when none is given."""
    price = world.get('price', item['price'])
    quantity = item.get('quantity') if quantity is None else quantity
    if amount is None:
        amount = rounded(price_amount(price, quantity))
    return {'amount': amount, 'price': price['id'], 'quantity': quantity, 'item': item['id'],
            'period': {'start': period[0], 'end': period[1]},
            'description': words or f'{quantity or 0} × {name_of(world, price)}'}


def whole_lines(world, sub):
    return [line_of(world, item, sub['_period']) for item in items_of(world, sub)]


def recurring_of(world, sub):
    return world.get('price', items_of(world, sub)[0]['price'])['recurring']


def decline_of(world, sub):
    """How the customer's card says no; None: it does not."""
    return world.get('customer', sub['customer']).get('_decline')


# --- Beginning ---

def create(world, customer, items, *, metadata=None, trial_end=None, coupons=None, pay=True,
           item_coupons=None, once=(), **members):
    """items, and once for what is paid with the first invoice only: [(price, quantity)].
    pay: False leaves the first invoice open, for a payment that comes later.
    Everything is told in events, as Stripe does."""
    now, sub_id = world.now(), world.new_id('subscription')
    made = [new_item(world, sub_id, price, quantity) for price, quantity in items]
    is_trial = trial_end is not None and trial_end > now
    recurring = items[0][0]['recurring']
    anchor = trial_end if is_trial else now
    period = [now, trial_end if is_trial else period_end(now, now, recurring)]
    sub = world.new('subscription', id=sub_id, customer=customer['id'], start_date=now,
                    currency=items[0][0]['currency'], billing_cycle_anchor=anchor,
                    metadata=metadata or {}, _items=[i['id'] for i in made], _period=period,
                    status='trialing' if is_trial else 'incomplete',
                    trial_start=now if is_trial else None,
                    trial_end=trial_end if is_trial else None,
                    default_payment_method='pm_simulated', **members)
    add_discounts(world, sub, made, coupons, item_coupons)
    lines = whole_lines(world, sub)
    paid_once = [line_of(world, {'id': None, 'price': price['id'], 'quantity': quantity},
                         (now, now)) for price, quantity in once]
    if is_trial:
        lines = [{**line, 'amount': 0, 'description': 'Trial period for ' + line['description']}
                 for line in lines]
        world.at(trial_end - TRIAL_NOTICE_S, 'trial_notice', sub_id)
    decline = decline_of(world, sub)
    if not (pay and decline and not is_trial):
        sub['status'] = 'trialing' if is_trial else 'active'
    if customer.get('currency') is None:
        with editing(world, customer):
            customer['currency'] = sub['currency']
    emit(world, 'customer.subscription.created', sub)
    world.at(period[1], 'period_ends', sub_id)
    invoice = invoices.make(world, sub, 'subscription_create', lines + paid_once)
    if pay and invoice['status'] == 'open' and not invoices.collect(world, invoice, decline):
        world.at(now + INCOMPLETE_S, 'incomplete_ends', sub_id)
    elif sub['status'] == 'incomplete':
        set_status(world, sub, 'active')
    return sub


def add_discounts(world, sub, made, coupons, item_coupons):
    if coupons:
        sub['discounts'] = discounts.from_params(world, coupons, sub['customer'], sub['id'])
    for item, given in zip(made, item_coupons or []):
        if given:
            item['discounts'] = discounts.from_params(world, given, sub['customer'], None,
                                                      item['id'])


def set_status(world, sub, status, **more):
    with editing(world, sub, 'customer.subscription.updated'):
        sub.update(status=status, **more)
    customer = world.get('customer', sub['customer'])
    with editing(world, customer, 'customer.updated'):
        customer['delinquent'] = status in ('past_due', 'unpaid')


# --- What time does to it (called by clock.run_due) ---

def period_ends(world, sub_id):
    sub = world.get('subscription', sub_id)
    if sub['_period'][1] > world.now() or sub['status'] not in ('active', 'trialing', 'past_due',
                                                                'unpaid'):
        return
    if sub.get('cancel_at_period_end'):
        end(world, sub, 'cancellation_requested')
        return
    renew(world, sub)


def renew(world, sub):
    """The next period begins: charged in advance, with what is left over of the last."""
    was_trial = sub['status'] == 'trialing'
    start = sub['_period'][1]
    with editing(world, sub, 'customer.subscription.updated'):
        sub['_period'] = [start, period_end(sub['billing_cycle_anchor'], start,
                                            recurring_of(world, sub))]
        if was_trial:
            sub['status'] = 'active'
    world.at(sub['_period'][1], 'period_ends', sub['id'])
    lines = sub.pop('_pending', []) + whole_lines(world, sub)
    bill(world, sub, 'subscription_cycle', lines)


def bill(world, sub, reason, lines):
    """An invoice, and what follows from whether it is paid."""
    if sub['status'] == 'unpaid':
        return invoices.make(world, sub, reason, lines, collect=False)
    paused = sub.get('pause_collection')
    invoice = invoices.make(world, sub, reason, lines, collect=not paused)
    if paused:
        if paused['behavior'] != 'keep_as_draft':
            invoices.finalize(world, invoice)
            invoices.void(world, invoice, 'void' if paused['behavior'] == 'void'
                          else 'uncollectible')
        return invoice
    if invoice['status'] == 'open' and not invoices.collect(world, invoice, decline_of(world, sub)):
        if sub['status'] in ('active', 'trialing'):
            set_status(world, sub, 'past_due')
    return invoice


def trial_notice(world, sub_id):
    sub = world.get('subscription', sub_id)
    if sub['status'] == 'trialing':
        emit(world, 'customer.subscription.trial_will_end', sub)


def incomplete_ends(world, sub_id):
    sub = world.get('subscription', sub_id)
    if sub['status'] == 'incomplete':
        with editing(world, sub, 'customer.subscription.updated'):
            sub.update(status='incomplete_expired', ended_at=world.now())
        invoice = world.get('invoice', sub['latest_invoice'])
        if invoice['status'] == 'open':
            invoices.void(world, invoice)


def cancel_at(world, sub_id):
    sub = world.get('subscription', sub_id)
    due = sub.get('cancel_at')
    if sub['status'] in ALIVE and due is not None and due <= world.now() and \
            not sub.get('cancel_at_period_end'):
        end(world, sub, 'cancellation_requested')


def resumes(world, sub_id):
    sub = world.get('subscription', sub_id)
    paused = sub.get('pause_collection')
    if paused and paused.get('resumes_at') and paused['resumes_at'] <= world.now():
        with editing(world, sub, 'customer.subscription.updated'):
            sub['pause_collection'] = None


def retry_invoice(world, invoice_id):
    invoice = world.get('invoice', invoice_id)
    due = invoice.get('next_payment_attempt')
    if invoice['status'] != 'open' or due is None or due > world.now():
        return
    pay_again(world, invoice)


def pay_again(world, invoice, decline='of the card'):
    """Another attempt at an open invoice. True when it is paid now."""
    sub = world.get('subscription', invoice.get('_subscription'))
    if decline == 'of the card':
        decline = (world.get('customer', invoice['customer']) or {}).get('_decline')
    is_paid = invoices.collect(world, invoice, decline)
    if sub is None or sub['status'] not in ALIVE:
        return is_paid
    if is_paid:
        after_payment(world, sub)
    elif invoice['next_payment_attempt'] is None and sub['status'] == 'past_due':
        give_up(world, sub, invoice)
    return is_paid


def after_payment(world, sub):
    is_clear = not any(i['status'] == 'open' for i in
                       world['invoice'].find('_subscription', sub['id']))
    if sub['status'] in ('past_due', 'incomplete', 'unpaid') and is_clear:
        set_status(world, sub, 'active')


def give_up(world, sub, invoice):
    """All retries failed: what the account's settings say."""
    outcome = world.sim.after_retries
    if outcome == 'cancel':
        end(world, sub, 'payment_failed')
    elif outcome == 'unpaid':
        set_status(world, sub, 'unpaid')
    elif outcome == 'uncollectible':
        invoices.void(world, invoice, 'uncollectible')


# --- Ending ---

def end(world, sub, reason, details=None):
    now = world.now()
    world['subscription'].keep(sub)
    sub.update(status='canceled', ended_at=now, canceled_at=sub.get('canceled_at') or now,
               cancellation_details={'comment': None, 'feedback': None, 'reason': reason,
                                     **(details or {})})
    release_schedule(world, sub)
    world.sim.has_changed = True
    emit(world, 'customer.subscription.deleted', sub)
    latest = world.get('invoice', sub.get('latest_invoice'))
    if latest and latest['status'] == 'open':
        with editing(world, latest, 'invoice.updated'):
            latest.update(next_payment_attempt=None, auto_advance=False)
    customer = world.get('customer', sub['customer'])
    with editing(world, customer, 'customer.updated'):
        customer['delinquent'] = False
    return sub


def release_schedule(world, sub):
    schedule = world.get('subscription_schedule', sub.get('schedule'))
    if schedule is not None and schedule['status'] == 'active':
        with editing(world, schedule, 'subscription_schedule.canceled'):
            schedule.update(status='canceled', canceled_at=world.now())


def want_end(world, sub, at_period_end):
    """Sets or takes back the wish to end with the period; inside editing()."""
    if at_period_end == sub.get('cancel_at_period_end', False):
        return
    sub['cancel_at_period_end'] = at_period_end
    sub['cancel_at'] = sub['_period'][1] if at_period_end else None
    sub['canceled_at'] = world.now() if at_period_end else None
    sub['cancellation_details'] = {'comment': None, 'feedback': None, 'reason':
                                   'cancellation_requested' if at_period_end else None}


def want_end_at(world, sub, at):
    sub.update(cancel_at=at, cancel_at_period_end=False,
               canceled_at=world.now() if at else None)
    if at:
        world.at(at, 'cancel_at', sub['id'])


# --- Changing items ---

def change_items(world, sub, changes, proration='create_prorations'):
    """changes: [(item or None, price or None, quantity or None, is_deleted)].
    Stripe's rules: a change within the same interval is prorated onto the next invoice, or at once
    with always_invoice; another interval begins a new period now, with an invoice."""
    old_interval = recurring_of(world, sub)
    before = {item['id']: dict(item) for item in items_of(world, sub)}
    with editing(world, sub, 'customer.subscription.updated'):
        for item, price, quantity, is_deleted in changes:
            change_item(world, sub, item, price, quantity, is_deleted)
        sub['currency'] = world.get('price', items_of(world, sub)[0]['price'])['currency']
        is_new_period = old_interval != recurring_of(world, sub) and sub['status'] != 'trialing'
        lines = [] if proration == 'none' or sub['status'] == 'trialing' else \
            prorations(world, sub, before, is_new_period)
        if is_new_period:
            begin_period(world, sub)
        elif proration == 'create_prorations' and lines:
            sub['_pending'] = sub.get('_pending', []) + lines
    if is_new_period:
        bill(world, sub, 'subscription_update',
             sub.pop('_pending', []) + lines + whole_lines(world, sub))
    elif proration == 'always_invoice' and lines:
        bill(world, sub, 'subscription_update', sub.pop('_pending', []) + lines)


def change_item(world, sub, item, price, quantity, is_deleted):
    if item is None:
        made = new_item(world, sub['id'], price, 1 if quantity is None else quantity)
        sub['_items'] = sub['_items'] + [made['id']]
    elif is_deleted:
        sub['_items'] = [given for given in sub['_items'] if given != item['id']]
        if not sub['_items']:
            raise errors.invalid('items', 'A subscription must have at least one active plan.')
        world['subscription_item'].remove(item['id'])
    else:
        world['subscription_item'].keep(item)
        if price is not None:
            item['price'] = price['id']
        if quantity is not None:
            item['quantity'] = quantity


def begin_period(world, sub):
    now = world.now()
    sub['billing_cycle_anchor'] = now
    sub['_period'] = [now, period_end(now, now, recurring_of(world, sub))]
    world.at(sub['_period'][1], 'period_ends', sub['id'])


def prorations(world, sub, before, is_new_period):
    """Credit for the rest of the period at the old terms, and the same time at the new ones."""
    now, (start, stop) = world.now(), sub['_period']
    share = Fraction(max(0, stop - now), stop - start)
    after = {item['id']: item for item in items_of(world, sub)}
    lines = []
    for given, old in before.items():
        if after.get(given) is None or is_new_period or \
                (old['price'], old.get('quantity')) != (after[given]['price'],
                                                       after[given].get('quantity')):
            lines.append(proration(world, old, -share, now, stop, 'Unused time on '))
            if given in after and not is_new_period:
                lines.append(proration(world, after[given], share, now, stop,
                                       'Remaining time on '))
    for given, new in after.items():
        if given not in before and not is_new_period:
            lines.append(proration(world, new, share, now, stop, 'Remaining time on '))
    return [line for line in lines if line['amount'] != 0]


def proration(world, item, share, now, stop, words):
    price = world.get('price', item['price'])
    amount = rounded(price_amount(price, item.get('quantity')) * share)
    words += f"{item.get('quantity') or 0} × {name_of(world, price)} after {dated(now)}"
    return {**line_of(world, item, (now, stop), amount, words=words), 'proration': True}


# --- Schedules ---

def begin_phase(world, schedule_id):
    schedule = world.get('subscription_schedule', schedule_id)
    if schedule['status'] not in ('active', 'not_started'):
        return
    now = world.now()
    sub = world.get('subscription', schedule['subscription'])
    phase = next((p for p in schedule['phases'] if p['start_date'] <= now < p['end_date']), None)
    if phase is None:
        finish_schedule(world, schedule, sub)
        return
    with editing(world, schedule, 'subscription_schedule.updated'):
        schedule['current_phase'] = {'start_date': phase['start_date'],
                                     'end_date': phase['end_date']}
    apply_phase(world, sub, phase)


def apply_phase(world, sub, phase):
    current = items_of(world, sub)
    changes = []
    for i, wanted in enumerate(phase['items']):
        item = current[i] if i < len(current) else None
        price = world.get('price', wanted['price'])
        if item is None or (item['price'], item.get('quantity')) != (price['id'],
                                                                    wanted.get('quantity')):
            changes.append((item, price, wanted.get('quantity'), False))
    changes += [(item, None, None, True) for item in current[len(phase['items']):]]
    if changes:
        change_items(world, sub, changes, phase.get('proration_behavior', 'create_prorations'))


def finish_schedule(world, schedule, sub):
    if schedule['end_behavior'] == 'cancel':
        with editing(world, schedule, 'subscription_schedule.completed'):
            schedule.update(status='completed', completed_at=world.now(), current_phase=None)
        end(world, sub, 'cancellation_requested')
        return
    release(world, schedule)


def release(world, schedule):
    sub = world.get('subscription', schedule['subscription'])
    with editing(world, schedule, 'subscription_schedule.released'):
        schedule.update(status='released', released_at=world.now(), current_phase=None,
                        released_subscription=schedule['subscription'], subscription=None)
    with editing(world, sub, 'customer.subscription.updated'):
        sub['schedule'] = None
